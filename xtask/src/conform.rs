//! `cargo xtask conform`: the adapters' conformance tests, as a table of vendors and clauses.
//!
//! A conformance test prints one line per clause: `clause <id> pass`, `clause <id> n/a
//! <reason>` for what does not apply to its vendor, `clause <id> fail <what was seen>` for
//! what is broken, and `should` in its place where that is allowed. What the clauses ask is the business of the tests.
//!
//! Invariant: a test that ran nothing has failed.

mod junit;
mod live;
mod table;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::bail;
use xshell::{Cmd, cmd};

use crate::flags;
use crate::report::{Counts, Verdict};
use crate::test::{exit, is_ci};
use crate::tree::{self, Tree};

/// The folder that holds one folder per vendor.
pub(crate) const ADAPTERS: &str = "adapters";

/// The clauses, in the order in which they are shown.
const SPECIFICATION: &str = "docs/adapter-spec.md";

impl flags::Conform {
    pub(crate) fn run(self, tree: &Tree) -> anyhow::Result<ExitCode> {
        if let Some(config) = &self.live {
            let (vendor, junit) = (self.vendor.as_deref(), self.junit.as_deref());
            return live::run(tree, config, vendor, junit, &self.asked);
        }
        let results = match &self.description {
            Some(file) => shown(tree, vec![described(tree, file)?])?,
            None => examined(tree, &selected(tree.packages(ADAPTERS), self.vendor)?)?,
        };
        if let Some(path) = self.junit {
            tree.sh.write_file(path, junit::junit(&results))?;
        }
        Ok(exit(overall(&results).fails(is_ci())))
    }
}

/// All vendors, or the one that was asked for.
fn selected(vendors: Vec<String>, asked: Option<String>) -> anyhow::Result<Vec<String>> {
    match asked {
        None => Ok(vendors),
        Some(vendor) if vendors.contains(&vendor) => Ok(vec![vendor]),
        Some(vendor) => bail!(
            "there is no {ADAPTERS}/{vendor}; the vendors are: {}",
            vendors.join(", ")
        ),
    }
}

/// Runs the conformance tests of these vendors, and prints what they found.
pub(crate) fn conform(tree: &Tree, vendors: &[String]) -> anyhow::Result<Verdict> {
    examined(tree, vendors).map(|results| overall(&results))
}

fn examined(tree: &Tree, vendors: &[String]) -> anyhow::Result<Vec<Conformance>> {
    let mut results = Vec::new();
    for vendor in vendors {
        results.push(examine(tree, vendor)?);
    }
    shown(tree, results)
}

/// Prints what was found, in the order of the specification.
fn shown(tree: &Tree, results: Vec<Conformance>) -> anyhow::Result<Vec<Conformance>> {
    let clauses = table::specified(&tree.sh.read_file(SPECIFICATION)?);
    println!("\n{}", table::table(&results, &clauses));
    Ok(results)
}

/// What one vendor's conformance test said.
#[derive(Clone, Debug)]
struct Conformance {
    vendor: String,
    verdict: Verdict,
    /// By clause: `pass`, or `n/a`, `fail` or `should` and its reason.
    clauses: BTreeMap<String, String>,
}

fn examine(tree: &Tree, vendor: &str) -> anyhow::Result<Conformance> {
    let folder = format!("{ADAPTERS}/{vendor}/tests/conformance");
    if !tree.has(&format!("{folder}.rs")) && !tree.has(&format!("{folder}/main.rs")) {
        return Ok(Conformance {
            vendor: vendor.to_owned(),
            verdict: Verdict::Skipped("it has no conformance test".to_owned()),
            clauses: BTreeMap::new(),
        });
    }
    let cargo = cmd!(
        tree.sh,
        "cargo test --package rackrate-{vendor} --test conformance -- --show-output"
    );
    heard(vendor, cargo)
}

/// A description is examined by the crate that reads descriptions.
fn described(tree: &Tree, file: &Path) -> anyhow::Result<Conformance> {
    let file = std::path::absolute(file)?;
    let _named = tree.sh.push_env("RACKRATE_DESCRIPTION", &file);
    let cargo = cmd!(
        tree.sh,
        "cargo test --package rackrate-generic --test description -- --show-output"
    );
    let name = file.file_stem().unwrap_or_default();
    heard(&name.to_string_lossy(), cargo)
}

/// Runs a conformance test and listens to what it says of each clause. The table says it
/// all, so that the test's own output is of use where it failed only.
fn heard(vendor: &str, cargo: Cmd<'_>) -> anyhow::Result<Conformance> {
    let mut clauses = BTreeMap::new();
    let mut counts = Counts::default();
    let mut output = String::new();
    let success = tree::hear(cargo, |line| {
        counts.add_line(line);
        clauses.extend(clause(line));
        let _ = writeln!(output, "{line}");
    })?;
    if !success {
        println!("{output}");
    }
    Ok(Conformance {
        vendor: vendor.to_owned(),
        verdict: judge(success, counts),
        clauses,
    })
}

fn judge(success: bool, counts: Counts) -> Verdict {
    match (success, counts.passed) {
        (false, _) => Verdict::Failed("see its output above".to_owned()),
        (true, 0) => Verdict::Failed("its conformance test ran nothing".to_owned()),
        (true, _) => Verdict::Passed,
    }
}

/// Reads `clause <id> <answer>`; other lines are none.
fn clause(line: &str) -> Option<(String, String)> {
    let (id, answer) = line.trim().strip_prefix("clause ")?.split_once(' ')?;
    Some((id.to_owned(), answer.trim().to_owned()))
}

/// The worst end decides, and names its vendors.
fn overall(results: &[Conformance]) -> Verdict {
    let named = |wanted: fn(&Verdict) -> bool| {
        let ended = results.iter().filter(|result| wanted(&result.verdict));
        let names: Vec<&str> = ended.map(|result| result.vendor.as_str()).collect();
        names.join(", ")
    };
    let failed = named(|verdict| matches!(verdict, Verdict::Failed(_)));
    let skipped = named(|verdict| matches!(verdict, Verdict::Skipped(_)));
    match (failed.is_empty(), skipped.is_empty()) {
        (false, _) => Verdict::Failed(format!("of {failed}")),
        (true, false) => Verdict::Skipped(format!("no conformance test in {skipped}")),
        (true, true) => Verdict::Passed,
    }
}

/// A result from the lines of a test, for tests.
#[cfg(test)]
fn result(vendor: &str, verdict: Verdict, lines: &str) -> Conformance {
    Conformance {
        vendor: vendor.to_owned(),
        verdict,
        clauses: lines.lines().filter_map(clause).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vendors() -> Vec<String> {
        vec!["acme".to_owned(), "globe".to_owned()]
    }

    #[test]
    fn a_wrong_vendor_is_told_the_right_ones() {
        let error = selected(vendors(), Some("acne".to_owned())).unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no adapters/acne; the vendors are: acme, globe"
        );
    }

    #[test]
    fn a_conformance_test_that_ran_nothing_has_failed() {
        let verdict = judge(true, Counts::default());
        assert_eq!(
            verdict,
            Verdict::Failed("its conformance test ran nothing".to_owned())
        );
    }

    #[test]
    fn a_failed_vendor_outweighs_a_skipped_one() {
        let verdict = overall(&[
            result("acme", Verdict::Skipped("none".to_owned()), ""),
            result("globe", Verdict::Failed("exit".to_owned()), ""),
        ]);
        assert_eq!(verdict, Verdict::Failed("of globe".to_owned()));
    }
}
