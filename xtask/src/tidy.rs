//! `cargo xtask tidy`: what no compiler checks.
//!
//! This file collects; the rules are pure functions over the files' texts: [`text`] has
//! those that look at one file, [`documents`] those that compare documents with the tree,
//! [`direction`] those about who may depend on whom.

mod direction;
mod documents;
mod text;

use std::fmt;
use std::process::ExitCode;

use xshell::cmd;

use crate::flags;
use crate::report::Verdict;
use crate::test::{exit, is_ci};
use crate::tree::{File, Tree};

impl flags::Tidy {
    pub(crate) fn run(self, tree: &Tree) -> anyhow::Result<ExitCode> {
        let verdict = tidy(tree)?;
        Ok(exit(verdict.fails(is_ci())))
    }
}

/// Something that is not tidy.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Fault {
    path: String,
    /// From one; none for a fault of the whole file.
    line: Option<usize>,
    message: String,
    /// Told, but no reason to fail.
    warning: bool,
}

impl Fault {
    fn of(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            line: None,
            message: message.into(),
            warning: false,
        }
    }

    /// `index` counts from zero, as iterators do.
    fn at(mut self, index: usize) -> Self {
        self.line = Some(index + 1);
        self
    }

    fn warning(mut self) -> Self {
        self.warning = true;
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = if self.warning { "warning" } else { "error" };
        write!(f, "{severity}: {}", self.path)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.message)
    }
}

/// Applies every rule, and prints what it finds.
pub(crate) fn tidy(tree: &Tree) -> anyhow::Result<Verdict> {
    let files = tree.files()?;
    let mut faults = faults(&files);
    for package in pure_packages(tree) {
        let cargo = cmd!(
            tree.sh,
            "cargo tree --edges normal --prefix none --package {package}"
        );
        faults.extend(direction::reaches(&package, &cargo.quiet().read()?));
    }
    for fault in &faults {
        println!("{fault}");
    }
    let errors = faults.iter().filter(|fault| !fault.warning).count();
    println!(
        "tidy: {} files, {errors} errors, {} warnings",
        files.len(),
        faults.len() - errors
    );
    Ok(match errors {
        0 => Verdict::Passed,
        _ => Verdict::Failed(format!("{errors} errors")),
    })
}

fn faults(files: &[File]) -> Vec<Fault> {
    let mut faults: Vec<Fault> = files.iter().flat_map(text::faults).collect();
    faults.extend(documents::missing_paths(files));
    faults.extend(documents::misnumbered_records(files));
    faults.extend(documents::unshared_clauses(files));
    faults
}

/// The packages that decide and never act: the core, and every adapter.
fn pure_packages(tree: &Tree) -> Vec<String> {
    let adapters = tree.packages("adapters").into_iter();
    let named = adapters.map(|vendor| format!("rackrate-{vendor}"));
    std::iter::once("rackrate-core".to_owned())
        .chain(named)
        .collect()
}

#[cfg(test)]
fn file(path: &str, text: &str) -> File {
    File {
        path: path.to_owned(),
        text: text.to_owned(),
    }
}

#[cfg(test)]
fn shown(faults: impl IntoIterator<Item = Fault>) -> Vec<String> {
    faults.into_iter().map(|fault| fault.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_tidy_tree_has_no_faults() {
        let files = [
            file("ARCHITECTURE.md", "# Map\n\n`crates/a` is small."),
            file("crates/a/src/lib.rs", "//! Is small.\n\npub fn f() {}\n"),
            file("docs/adr/0001-start.md", "# 1. Start\n"),
        ];
        assert_eq!(faults(&files), []);
    }
}
