//! `cargo xtask mutants`: bugs made on purpose, which the checks have to find.
//!
//! A judge that never says no proves nothing. So each patch puts one bug into a copy of the
//! tree, and what hunts it there has to fail: the simulation within some seeds, or the
//! tests of the adapter that is wrong.
//!
//! Invariant: a bug that does not fit the code, or does not compile, is not found.

mod copy;
mod found;
mod hunt;
mod patch;

use std::collections::BTreeSet;
use std::fmt;
use std::process::ExitCode;

use anyhow::ensure;

use crate::flags;
use crate::test::exit;
use crate::tree::Tree;
use copy::Copy;
use found::Found;
use patch::{Hunt, Patch};

impl flags::Mutants {
    pub(crate) fn run(self, tree: &Tree) -> anyhow::Result<ExitCode> {
        let patches = wanted(patch::all(tree)?, &self.names)?;
        let mut field = Field::new(tree, self.seeds);
        let mut rows = Vec::new();
        for patch in patches {
            eprintln!("\n== {}", patch.name);
            let end = field.hunted(&patch);
            let row = Row { patch, end };
            eprintln!("{row}");
            rows.push(row);
        }
        println!("\n{}", table(&rows));
        Ok(exit(rows.iter().any(|row| !row.is_found())))
    }
}

/// The bugs of that name, or hunted by that, in order; all of them where nothing is named.
fn wanted(patches: Vec<Patch>, names: &[String]) -> anyhow::Result<Vec<Patch>> {
    let is = |patch: &Patch, name: &String| patch.name == *name || patch.hunt.by() == name;
    for name in names {
        ensure!(
            patches.iter().any(|patch| is(patch, name)),
            "there is no bug {name}, and none that it hunts"
        );
    }
    let mut wanted = patches;
    wanted.retain(|patch| names.is_empty() || names.iter().any(|name| is(patch, name)));
    // What hunts with the same tests comes together, so that little is built again.
    wanted.sort_by(|one, two| (&one.hunt, &one.name).cmp(&(&two.hunt, &two.name)));
    Ok(wanted)
}

/// Where bugs are let loose.
struct Field<'t> {
    tree: &'t Tree,
    seeds: u64,
    /// Packages whose tests were seen to pass without any bug.
    sound: BTreeSet<String>,
}

impl<'t> Field<'t> {
    fn new(tree: &'t Tree, seeds: u64) -> Self {
        Self {
            tree,
            seeds,
            sound: BTreeSet::new(),
        }
    }

    fn hunted(&mut self, patch: &Patch) -> anyhow::Result<Option<Found>> {
        let copy = Copy::fresh(self.tree)?;
        match &patch.hunt {
            Hunt::Simulation => {
                copy.apply(patch)?;
                hunt::by_simulation(&copy, self.seeds)
            }
            Hunt::Tests(package) => {
                self.ensure_sound(&copy, package)?;
                copy.apply(patch)?;
                hunt::by_tests(&copy, package)
            }
        }
    }

    /// Tests that fail anyhow would find every bug.
    fn ensure_sound(&mut self, copy: &Copy, package: &str) -> anyhow::Result<()> {
        if !self.sound.contains(package) {
            let found = hunt::by_tests(copy, package)?;
            let found = found.map(|found| found.to_string()).unwrap_or_default();
            ensure!(found.is_empty(), "fails without a bug: {found}");
            self.sound.insert(package.to_owned());
        }
        Ok(())
    }
}

/// A bug and what became of it.
struct Row {
    patch: Patch,
    end: anyhow::Result<Option<Found>>,
}

impl Row {
    fn is_found(&self) -> bool {
        matches!(self.end, Ok(Some(_)))
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<34} {:<42} ", self.patch.name, self.patch.place)?;
        match &self.end {
            Ok(Some(found)) => write!(f, "{found}"),
            Ok(None) => write!(f, "NOT FOUND"),
            Err(error) => write!(f, "ERROR: {error:#}"),
        }
    }
}

/// The bugs, and how many of them were found.
fn table(rows: &[Row]) -> String {
    let mut lines = vec![format!("{:<34} {:<42} found by", "bug", "where")];
    lines.extend(rows.iter().map(Row::to_string));
    let found = rows.iter().filter(|row| row.is_found()).count();
    lines.push(format!("{found} of {} found", rows.len()));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patch(name: &str, hunt: Hunt) -> Patch {
        Patch {
            name: name.to_owned(),
            place: "src/a.rs".to_owned(),
            hunt,
            path: format!("{name}.patch"),
        }
    }

    fn patches() -> Vec<Patch> {
        let tests = || Hunt::Tests("rackrate-acme".to_owned());
        vec![
            patch("rounded", tests()),
            patch("late", Hunt::Simulation),
            patch("dropped", tests()),
        ]
    }

    fn names(wish: &[&str]) -> anyhow::Result<Vec<String>> {
        let wish: Vec<String> = wish.iter().map(|name| (*name).to_owned()).collect();
        let wanted = wanted(patches(), &wish)?;
        Ok(wanted.into_iter().map(|patch| patch.name).collect())
    }

    #[test]
    fn bugs_are_chosen_by_name_or_by_what_hunts_them() {
        assert_eq!(names(&[]).unwrap(), ["late", "dropped", "rounded"]);
        assert_eq!(names(&["rackrate-acme"]).unwrap(), ["dropped", "rounded"]);
        assert_eq!(names(&["late", "rounded"]).unwrap(), ["late", "rounded"]);
        assert!(names(&["late", "early"]).is_err());
    }

    #[test]
    fn a_bug_that_is_not_found_stands_out_and_so_does_one_that_could_not_be_hunted() {
        let row = |name: &str, end| Row {
            patch: patch(name, Hunt::Simulation),
            end,
        };
        let by = "lost 1".to_owned();
        let rows = [
            row("a", Ok(Some(Found::Seed { seed: 3, by }))),
            row("b", Ok(None)),
            row("c", Err(anyhow::anyhow!("does not fit"))),
        ];
        let table = table(&rows);
        for (line, end) in table.lines().skip(1).zip([
            " seed 4: lost 1",
            " NOT FOUND",
            " ERROR: does not fit",
            "1 of 3 found",
        ]) {
            assert!(line.ends_with(end), "{table}");
        }
    }
}
