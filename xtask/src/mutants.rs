//! `cargo xtask mutants`: bugs made on purpose, which the simulation has to find.
//!
//! A judge that never says no proves nothing. So each patch puts one bug into a copy of the
//! tree, and the simulation there has to fail within some seeds.
//!
//! Invariant: the tree itself is never changed; only its copy below `target` is.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, ensure};
use xshell::{Shell, cmd};

use crate::flags;
use crate::sim_test::PACKAGE;
use crate::test::exit;
use crate::tree::Tree;

/// Where the bugs are.
const PATCHES: &str = "tests/simulation/mutants";

impl flags::Mutants {
    pub(crate) fn run(self, tree: &Tree) -> anyhow::Result<ExitCode> {
        let mut rows = Vec::new();
        for name in names(tree, self.name.as_deref())? {
            eprintln!("\n== {name}");
            let copy = Copy::fresh(tree)?;
            copy.apply(&tree.path(&format!("{PATCHES}/{name}.patch")))?;
            let found = copy.hunt(self.seeds)?;
            let row = Row { name, found };
            eprintln!("{row}");
            rows.push(row);
        }
        println!("\n{}", table(&rows));
        Ok(exit(rows.iter().any(|row| row.found.is_none())))
    }
}

/// The bugs wanted, in order of name.
fn names(tree: &Tree, only: Option<&str>) -> anyhow::Result<Vec<String>> {
    let entries = std::fs::read_dir(tree.path(PATCHES)).context(PATCHES)?;
    let mut names = Vec::new();
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        names.extend(name.strip_suffix(".patch").map(str::to_owned));
    }
    names.retain(|name| only.is_none_or(|only| only == name));
    names.sort();
    ensure!(!names.is_empty(), "there is no such bug in {PATCHES}");
    Ok(names)
}

/// A copy of the tree that may be broken.
struct Copy {
    sh: Shell,
    root: PathBuf,
    build: PathBuf,
}

impl Copy {
    /// The tree as it is now. Files that are the same already are not touched, so that
    /// cargo builds again only what a patch changes.
    fn fresh(tree: &Tree) -> anyhow::Result<Self> {
        let (root, build) = (
            tree.path("target/mutants/tree"),
            tree.path("target/mutants/build"),
        );
        for path in tree.paths()? {
            copy(&tree.path(&path), &root.join(&path))?;
        }
        let sh = Shell::new()?;
        sh.change_dir(&root);
        // Without this git would take the copy for a part of the repository around it.
        sh.set_var("GIT_CEILING_DIRECTORIES", root.parent().unwrap_or(&root));
        sh.set_var("CARGO_TARGET_DIR", &build);
        Ok(Self { sh, root, build })
    }

    fn apply(&self, patch: &Path) -> anyhow::Result<()> {
        let applied = cmd!(self.sh, "git apply --whitespace=nowarn {patch}");
        applied
            .quiet()
            .run()
            .with_context(|| format!("{} does not fit the code any more", patch.display()))?;
        eprintln!("{} is in {}", patch.display(), self.root.display());
        Ok(())
    }

    /// Builds and runs the simulation; says at which seed and by which counts it failed.
    fn hunt(&self, seeds: u64) -> anyhow::Result<Option<Found>> {
        cmd!(self.sh, "cargo build --quiet --release --package {PACKAGE}").run()?;
        let program = self.build.join("release").join(PACKAGE);
        let seeds = seeds.to_string();
        let run = cmd!(self.sh, "{program} --seeds {seeds} --first");
        let output = run.ignore_status().output()?;
        let told = String::from_utf8_lossy(&output.stderr);
        let found = Found::first(&told);
        ensure!(
            output.status.success() == found.is_none(),
            "the simulation failed without naming a seed: {told}"
        );
        Ok(found)
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

/// How a bug was found.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Found {
    /// Counted from zero.
    seed: u64,
    by: String,
}

impl Found {
    /// The lowest seed of lines such as `seed 7: lost 3`.
    fn first(told: &str) -> Option<Self> {
        let line = |line: &str| {
            let (seed, by) = line.strip_prefix("seed ")?.split_once(": ")?;
            let seed = seed.parse().ok()?;
            let by = by.to_owned();
            Some(Self { seed, by })
        };
        told.lines().filter_map(line).min_by_key(|found| found.seed)
    }
}

struct Row {
    name: String,
    found: Option<Found>,
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.found {
            Some(found) => write!(f, "{:<28} {:>6}  {}", self.name, found.seed + 1, found.by),
            None => write!(f, "{:<28} {:>6}", self.name, "NOT FOUND"),
        }
    }
}

fn table(rows: &[Row]) -> String {
    let head = format!("{:<28} {:>6}  found by", "bug", "seeds");
    let rows = rows.iter().map(Row::to_string);
    let lines: Vec<_> = std::iter::once(head).chain(rows).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_seed_counts_however_the_lines_come() {
        let told = "seed 12: lost 1\n  replay: x\nseed 3: doubled 2, overlaps 1\nnoise";
        let found = Found::first(told).unwrap();
        assert_eq!(
            (found.seed, found.by.as_str()),
            (3, "doubled 2, overlaps 1")
        );
        assert_eq!(Found::first("nothing"), None);
    }

    #[test]
    fn a_bug_that_is_not_found_stands_out() {
        let row = |name: &str, found| Row {
            name: name.to_owned(),
            found,
        };
        let found = Found {
            seed: 3,
            by: "lost 1".to_owned(),
        };
        assert_eq!(
            table(&[row("a", Some(found)), row("b", None)]),
            "bug                           seeds  found by\n\
             a                                 4  lost 1\n\
             b                            NOT FOUND"
        );
    }
}
