//! Patches: where they lie, what they change, and what hunts them.
//!
//! They lie in folders called `mutants`, beside the tests that have to find them. The first
//! lines, each after a `#`, say in a sentence what is wrong, and `hunt: simulation` or
//! `hunt: tests <package>`.

use anyhow::{Context, ensure};

use crate::tree::Tree;

/// One bug.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Patch {
    /// The name of its file.
    pub(super) name: String,
    /// The first file it changes.
    pub(super) place: String,
    pub(super) hunt: Hunt,
    /// Its own file, below the root.
    pub(super) path: String,
}

/// What has to find a bug.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hunt {
    /// Seeds of the simulation, until one fails.
    Simulation,
    /// All tests of that package.
    Tests(String),
}

impl Hunt {
    /// The hunter's name.
    pub(super) fn by(&self) -> &str {
        match self {
            Self::Simulation => "simulation",
            Self::Tests(package) => package,
        }
    }

    fn of(text: &str) -> Option<Self> {
        match text.split_once(' ') {
            None if text == "simulation" => Some(Self::Simulation),
            Some(("tests", package)) => Some(Self::Tests(package.trim().to_owned())),
            _ => None,
        }
    }
}

/// Every patch of the tree.
pub(super) fn all(tree: &Tree) -> anyhow::Result<Vec<Patch>> {
    let mut patches = Vec::new();
    for path in tree.paths()? {
        if let Some(name) = name(&path) {
            let text = std::fs::read_to_string(tree.path(&path)).context(path.clone())?;
            patches.push(read(name, &path, &text)?);
        }
    }
    ensure!(!patches.is_empty(), "there are no bugs in this tree");
    Ok(patches)
}

/// The name of the bug at that path, where there is one.
fn name(path: &str) -> Option<&str> {
    let (folder, file) = path.rsplit_once('/')?;
    let name = file.strip_suffix(".patch")?;
    (folder.rsplit('/').next() == Some("mutants")).then_some(name)
}

fn read(name: &str, path: &str, text: &str) -> anyhow::Result<Patch> {
    let head = text.lines().map_while(|line| line.strip_prefix('#'));
    let hunt = head
        .filter_map(|line| line.trim().strip_prefix("hunt: "))
        .find_map(Hunt::of);
    let place = text.lines().find_map(|line| line.strip_prefix("+++ b/"));
    Ok(Patch {
        name: name.to_owned(),
        place: place
            .with_context(|| format!("{path} changes nothing"))?
            .to_owned(),
        hunt: hunt.with_context(|| {
            format!("{path} has no line `# hunt: simulation` or `# hunt: tests <package>`")
        })?,
        path: path.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIFF: &str = "diff --git a/x.rs b/x.rs\n--- a/x.rs\n+++ b/x.rs\n@@ -1 +1 @@\n";

    fn hunt(head: &str) -> anyhow::Result<Hunt> {
        read("bug", "mutants/bug.patch", &format!("{head}{DIFF}")).map(|patch| patch.hunt)
    }

    #[test]
    fn the_first_lines_say_what_hunts() {
        let acme = Hunt::Tests("rackrate-acme".to_owned());
        let head = "# A price is rounded.\n# hunt: tests rackrate-acme\n";
        assert_eq!(hunt(head).unwrap(), acme);
        assert_eq!(hunt("# hunt: simulation\n").unwrap(), Hunt::Simulation);
        for head in [
            "",
            "# hunt: luck\n",
            "# hunt: tests\n",
            "\n# hunt: simulation\n",
        ] {
            assert!(hunt(head).is_err(), "{head}");
        }
    }

    #[test]
    fn a_bug_is_a_patch_in_a_folder_of_mutants() {
        assert_eq!(name("adapters/acme/tests/mutants/late.patch"), Some("late"));
        assert_eq!(name("adapters/acme/late.patch"), None);
        assert_eq!(name("adapters/acme/tests/mutants/README.md"), None);
    }
}
