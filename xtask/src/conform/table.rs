//! The table of vendors by clauses, and what to do next about a vendor that breaks some.

use std::collections::BTreeSet;

use super::Conformance;
use crate::report::Verdict;

/// A clause of the specification: its number and its sentence.
pub(super) type Clause = (String, String);

/// The clauses that the specification lists, in its order.
pub(super) fn specified(page: &str) -> Vec<Clause> {
    let rows = page.lines().filter_map(|line| line.strip_prefix("| **"));
    let clauses = rows.filter_map(|row| {
        let (id, rest) = row.split_once("** | ")?;
        let (_level, rest) = rest.split_once(" | ")?;
        let sentence = rest.split(" | ").next()?;
        Some((id.to_owned(), sentence.to_owned()))
    });
    clauses.collect()
}

/// One line per clause, one column per vendor that gave answers; then the reasons for what
/// does not apply or is broken, every vendor's end, and where to go on.
pub(super) fn table(results: &[Conformance], clauses: &[Clause]) -> String {
    let spoke: Vec<_> = results
        .iter()
        .filter(|result| !result.clauses.is_empty())
        .collect();
    let ids = ordered(&spoke, clauses);
    let width = ids.iter().map(|id| id.len()).max().unwrap_or(0).max(6);
    let mut lines = Vec::new();
    if !spoke.is_empty() {
        let names = spoke.iter().map(|result| result.vendor.as_str());
        lines.push(line("clause", width, names, &spoke));
    }
    for id in &ids {
        let answers = spoke.iter().map(|result| cell(result.clauses.get(*id)));
        lines.push(line(id, width, answers, &spoke));
    }
    lines.extend(spoke.iter().flat_map(|result| reasons(result, &ids)));
    lines.extend(results.iter().map(end));
    lines.extend(
        spoke
            .iter()
            .filter_map(|result| next(result, &ids, clauses)),
    );
    lines.join("\n")
}

/// The clauses that somebody answered: as specified, then any others.
fn ordered<'a>(spoke: &[&'a Conformance], clauses: &'a [Clause]) -> Vec<&'a String> {
    let answered: BTreeSet<&String> = spoke
        .iter()
        .flat_map(|result| result.clauses.keys())
        .collect();
    let mut ids: Vec<&String> = clauses.iter().map(|(id, _)| id).collect();
    ids.retain(|id| answered.contains(id));
    let others = answered.into_iter().filter(|id| !ids.contains(id));
    let others: Vec<_> = others.collect();
    ids.extend(others);
    ids
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

fn reasons(result: &Conformance, ids: &[&String]) -> Vec<String> {
    let reason = |id: &&String| {
        let (word, reason) = result.clauses.get(*id)?.split_once(' ')?;
        Some(format!("{}: {id} {word}: {reason}", result.vendor))
    };
    ids.iter().filter_map(reason).collect()
}

fn end(result: &Conformance) -> String {
    match &result.verdict {
        Verdict::Passed => format!("{}: passed", result.vendor),
        Verdict::Failed(reason) => format!("{}: failed: {reason}", result.vendor),
        Verdict::Skipped(reason) => format!("{}: skipped: {reason}", result.vendor),
    }
}

/// Where to go on: the first clause that is broken, with its sentence and what was seen.
fn next(result: &Conformance, ids: &[&String], clauses: &[Clause]) -> Option<String> {
    let seen = |id: &&&String| result.clauses.get(**id)?.strip_prefix("fail");
    let broken: Vec<_> = ids.iter().filter(|id| seen(id).is_some()).collect();
    let first = broken.first()?;
    let sentence = clauses.iter().find(|(id, _)| id == **first);
    Some(format!(
        "\n{}: {} clauses are broken. The first is {first}: {}\n  {}\nWhy it matters: \
         docs/adapter-spec.md. How to go on: docs/adding-a-vendor.md.",
        result.vendor,
        broken.len(),
        sentence.map_or("", |(_, sentence)| sentence),
        seen(first).unwrap_or_default().trim(),
    ))
}

#[cfg(test)]
mod tests {
    use super::super::result;
    use super::*;

    fn clauses() -> Vec<Clause> {
        specified(
            "# X\n\n| **P1** | MUST | It is understood. | Why |\n| **A1** | MUST | It stays. | Why |\n",
        )
    }

    #[test]
    fn the_table_shows_vendors_by_clauses_in_the_specifications_order() {
        let skipped = Verdict::Skipped("it has no conformance test".to_owned());
        let acme =
            "running 2 tests\nclause A1 pass\nclause P1 pass\nclause Z9 n/a it has no jobs\n";
        let results = [
            result("acme", Verdict::Passed, acme),
            result("globe", Verdict::Passed, "clause A1 pass\n"),
            result("orbit", skipped, ""),
        ];
        assert_eq!(
            table(&results, &clauses()),
            "clause  acme  globe\n\
             P1      pass  -\n\
             A1      pass  pass\n\
             Z9      n/a   -\n\
             acme: Z9 n/a: it has no jobs\n\
             acme: passed\n\
             globe: passed\n\
             orbit: skipped: it has no conformance test"
        );
    }

    #[test]
    fn a_broken_vendor_is_told_where_to_go_on() {
        let lines = "clause A1 fail goes elsewhere\nclause P1 fail not written yet\n";
        let failed = Verdict::Failed("exit".to_owned());
        let table = table(&[result("acme", failed, lines)], &clauses());
        let (_, told) = table.split_once("\n\n").unwrap();
        assert_eq!(
            told,
            "acme: 2 clauses are broken. The first is P1: It is understood.\n  \
             not written yet\n\
             Why it matters: docs/adapter-spec.md. How to go on: docs/adding-a-vendor.md."
        );
    }
}
