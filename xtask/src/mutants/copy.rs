//! A copy of the tree that may be broken.
//!
//! Invariant: the tree itself is never changed; only its copy below `target` is.

use std::path::{Path, PathBuf};

use anyhow::Context;
use xshell::{Shell, cmd};

use super::patch::Patch;
use crate::tree::Tree;

/// The copy, and a shell that stands in it.
pub(super) struct Copy {
    pub(super) sh: Shell,
    /// Where its programs are built, apart from the real ones.
    pub(super) programs: PathBuf,
    /// Where its tests are built: beside the tree's own, whose dependencies they share.
    pub(super) tests: PathBuf,
    patches: PathBuf,
}

impl Copy {
    /// The tree as it is now. Files that are the same already are not touched, so that
    /// cargo builds again only what a patch changes.
    pub(super) fn fresh(tree: &Tree) -> anyhow::Result<Self> {
        let root = tree.path("target/mutants/tree");
        for path in tree.paths()? {
            copy(&tree.path(&path), &root.join(&path))?;
        }
        let sh = Shell::new()?;
        sh.change_dir(&root);
        // Without this git would take the copy for a part of the repository around it.
        sh.set_var("GIT_CEILING_DIRECTORIES", root.parent().unwrap_or(&root));
        sh.set_var("INSTA_UPDATE", "no");
        sh.set_var("INSTA_WORKSPACE_ROOT", &root);
        // What a bug made fail must not be tried again on the next one.
        sh.set_var("PROPTEST_DISABLE_FAILURE_PERSISTENCE", "true");
        Ok(Self {
            sh,
            programs: tree.path("target/mutants/build"),
            tests: tree.path("target"),
            patches: tree.path(""),
        })
    }

    pub(super) fn apply(&self, patch: &Patch) -> anyhow::Result<()> {
        let file = self.patches.join(&patch.path);
        let applied = cmd!(self.sh, "git apply --whitespace=nowarn {file}");
        applied
            .quiet()
            .run()
            .with_context(|| format!("{} does not fit the code any more", patch.path))?;
        eprintln!("{} is in {}", patch.path, self.sh.current_dir().display());
        Ok(())
    }
}

/// Copies a file if the copy is another one, or takes the copy away if there is no file.
fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    let Ok(bytes) = std::fs::read(from) else {
        // What git still lists may be gone from the disk.
        let _gone = std::fs::remove_file(to);
        return Ok(());
    };
    if std::fs::read(to).is_ok_and(|copied| copied == bytes) {
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(to, bytes).with_context(|| to.display().to_string())
}
