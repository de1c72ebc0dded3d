//! `cargo xtask conform`: the adapters' conformance tests, as a table of vendors and clauses.
//!
//! A conformance test prints one line per clause: `clause <id> pass`, or `clause <id> n/a
//! <reason>` for what does not apply to its vendor. What the clauses ask is the business of
//! the tests.
//!
//! Invariant: a test that ran nothing has failed.

mod live;

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use anyhow::bail;
use xshell::cmd;

use crate::flags;
use crate::report::{Counts, Verdict};
use crate::test::{exit, is_ci};
use crate::tree::{self, Tree};

/// The folder that holds one folder per vendor.
pub(crate) const ADAPTERS: &str = "adapters";

impl flags::Conform {
    pub(crate) fn run(self, tree: &Tree) -> anyhow::Result<ExitCode> {
        if let Some(config) = &self.live {
            return live::run(tree, config, self.vendor.as_deref(), &self.asked);
        }
        let vendors = selected(tree.packages(ADAPTERS), self.vendor)?;
        let verdict = conform(tree, &vendors)?;
        Ok(exit(verdict.fails(is_ci())))
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
    let mut results = Vec::new();
    for vendor in vendors {
        results.push(examine(tree, vendor)?);
    }
    println!("\n{}", table(&results));
    Ok(overall(&results))
}

/// What one vendor's conformance test said.
#[derive(Clone, Debug)]
struct Conformance {
    vendor: String,
    verdict: Verdict,
    /// By clause: `pass`, or `n/a` and its reason.
    clauses: BTreeMap<String, String>,
}

fn examine(tree: &Tree, vendor: &str) -> anyhow::Result<Conformance> {
    let folder = format!("{ADAPTERS}/{vendor}/tests/conformance");
    let mut clauses = BTreeMap::new();
    let mut counts = Counts::default();
    let verdict = if tree.has(&format!("{folder}.rs")) || tree.has(&format!("{folder}/main.rs")) {
        let cargo = cmd!(
            tree.sh,
            "cargo test --package rackrate-{vendor} --test conformance -- --show-output"
        );
        let success = tree::watch(cargo, |line| {
            counts.add_line(line);
            clauses.extend(clause(line));
        })?;
        judge(success, counts)
    } else {
        Verdict::Skipped("it has no conformance test".to_owned())
    };
    Ok(Conformance {
        vendor: vendor.to_owned(),
        verdict,
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

/// One line per clause, one column per vendor that gave answers; then the reasons for what
/// does not apply, and every vendor's end.
fn table(results: &[Conformance]) -> String {
    let spoke: Vec<_> = results
        .iter()
        .filter(|result| !result.clauses.is_empty())
        .collect();
    let ids: BTreeSet<&String> = spoke
        .iter()
        .flat_map(|result| result.clauses.keys())
        .collect();
    let width = ids.iter().map(|id| id.len()).max().unwrap_or(0).max(6);
    let mut lines = Vec::new();
    if !spoke.is_empty() {
        let names = spoke.iter().map(|result| result.vendor.as_str());
        lines.push(line("clause", width, names, &spoke));
    }
    for id in ids {
        let answers = spoke.iter().map(|result| cell(result.clauses.get(id)));
        lines.push(line(id, width, answers, &spoke));
    }
    lines.extend(spoke.iter().flat_map(|result| reasons(result)));
    lines.extend(results.iter().map(end));
    lines.join("\n")
}

fn line<'a>(
    first: &str,
    width: usize,
    cells: impl Iterator<Item = &'a str>,
    spoke: &[&Conformance],
) -> String {
    let mut text = format!("{first:<width$}");
    for (cell, result) in cells.zip(spoke) {
        let column = result.vendor.len().max(4);
        text.push_str(&format!("  {cell:<column$}"));
    }
    text.trim_end().to_owned()
}

fn cell(answer: Option<&String>) -> &str {
    let word = answer.and_then(|answer| answer.split(' ').next());
    word.unwrap_or("-")
}

fn reasons(result: &Conformance) -> impl Iterator<Item = String> {
    result.clauses.iter().filter_map(|(id, answer)| {
        let (word, reason) = answer.split_once(' ')?;
        Some(format!("{}: {id} {word}: {reason}", result.vendor))
    })
}

fn end(result: &Conformance) -> String {
    match &result.verdict {
        Verdict::Passed => format!("{}: passed", result.vendor),
        Verdict::Failed(reason) => format!("{}: failed: {reason}", result.vendor),
        Verdict::Skipped(reason) => format!("{}: skipped: {reason}", result.vendor),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn vendors() -> Vec<String> {
        vec!["acme".to_owned(), "globe".to_owned()]
    }

    fn result(vendor: &str, verdict: Verdict, lines: &str) -> Conformance {
        Conformance {
            vendor: vendor.to_owned(),
            verdict,
            clauses: lines.lines().filter_map(clause).collect(),
        }
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
    fn the_table_shows_vendors_by_clauses_with_reasons() {
        let table = table(&[
            result(
                "acme",
                Verdict::Passed,
                "running 2 tests\nclause C-AUTH-1 pass\nclause C-JOB-2 n/a it has no jobs\n",
            ),
            result("globe", Verdict::Passed, "clause C-AUTH-1 pass\n"),
            result(
                "orbit",
                Verdict::Skipped("it has no conformance test".to_owned()),
                "",
            ),
        ]);
        assert_eq!(
            table,
            "clause    acme  globe\n\
             C-AUTH-1  pass  pass\n\
             C-JOB-2   n/a   -\n\
             acme: C-JOB-2 n/a: it has no jobs\n\
             acme: passed\n\
             globe: passed\n\
             orbit: skipped: it has no conformance test"
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
