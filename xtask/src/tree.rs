//! The tree the commands work on: where it is, which files it has, how cargo runs in it.
//!
//! Invariant: commands run at the root of the workspace, wherever they were called from.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context;
use xshell::{Cmd, Shell, cmd};

/// The workspace, and a shell that stands at its root.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) sh: Shell,
    root: PathBuf,
}

/// A file with its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct File {
    /// Relative to the root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Tree {
    /// The workspace this program belongs to.
    pub(crate) fn open() -> anyhow::Result<Self> {
        // Cargo sets the variable when it runs us; the one from the build may be stale.
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
            .unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let root = Path::new(&manifest)
            .parent()
            .context("xtask has no folder above it")?
            .to_owned();
        let sh = Shell::new()?;
        sh.change_dir(&root);
        sh.set_var("INSTA_UPDATE", "no");
        sh.set_var("INSTA_WORKSPACE_ROOT", &root);
        Ok(Self { sh, root })
    }

    /// Whether that path exists.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.root.join(path).exists()
    }

    /// The names of the folders in that folder that hold a package, in order.
    pub(crate) fn packages(&self, folder: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.root.join(folder));
        let names: BTreeSet<String> = entries
            .into_iter()
            .flatten()
            .flatten()
            .filter(|entry| entry.path().join("Cargo.toml").exists())
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect();
        names.into_iter().collect()
    }

    /// That path, below the root.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// Every file that is or would be committed, relative to the root, in order.
    pub(crate) fn paths(&self) -> anyhow::Result<BTreeSet<String>> {
        match self.listed() {
            Some(paths) => Ok(paths),
            None => self.walked(),
        }
    }

    /// Every text file that is or would be committed, in order of path.
    pub(crate) fn files(&self) -> anyhow::Result<Vec<File>> {
        let mut files = Vec::new();
        for path in self.paths()? {
            // What git still lists may be gone from the disk, or be no text.
            if let Ok(text) = std::fs::read_to_string(self.root.join(&path)) {
                files.push(File { path, text });
            }
        }
        Ok(files)
    }

    /// What git lists; `None` without git, and where it knows nothing of this tree.
    fn listed(&self) -> Option<BTreeSet<String>> {
        let git = cmd!(
            self.sh,
            "git ls-files -z --cached --others --exclude-standard"
        );
        let list = git.quiet().ignore_stderr().read().ok()?;
        let paths = list.split('\0').filter(|path| !path.is_empty());
        let paths: BTreeSet<String> = paths.map(str::to_owned).collect();
        (!paths.is_empty()).then_some(paths)
    }

    /// What lies on the disk, without build output: an unpacked archive has no git.
    fn walked(&self) -> anyhow::Result<BTreeSet<String>> {
        let mut paths = BTreeSet::new();
        let mut folders = vec![self.root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder)? {
                let entry = entry?;
                let path = entry.path();
                if !entry.file_type()?.is_dir() {
                    paths.insert(slashed(path.strip_prefix(&self.root)?));
                } else if !is_by_product(&entry.file_name().to_string_lossy()) {
                    folders.push(path);
                }
            }
        }
        Ok(paths)
    }
}

/// Whether a folder of that name holds what tools made.
fn is_by_product(name: &str) -> bool {
    name == ".git" || name == "target" || name.starts_with("target-")
}

fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

/// Runs a command whose output people watch, and hands every line of it to `line` too.
/// Returns whether the command succeeded.
pub(crate) fn watch(cmd: Cmd<'_>, mut line: impl FnMut(&str)) -> anyhow::Result<bool> {
    hear(cmd, |text| {
        println!("{text}");
        line(text);
    })
}

/// Runs a command and hands every line of its output to `line`.
/// Returns whether the command succeeded.
pub(crate) fn hear(cmd: Cmd<'_>, mut line: impl FnMut(&str)) -> anyhow::Result<bool> {
    eprintln!("$ {cmd}");
    let mut child = Command::from(cmd).stdout(Stdio::piped()).spawn()?;
    let stdout = child.stdout.take().context("the output is not piped")?;
    for text in BufReader::new(stdout).split(b'\n') {
        let text = text?;
        line(&String::from_utf8_lossy(&text));
    }
    Ok(child.wait()?.success())
}
