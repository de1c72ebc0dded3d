//! Rules that compare documents with the tree: paths, decision records, clauses.

use std::collections::{BTreeMap, BTreeSet};

use super::Fault;
use crate::tree::File;

const MAP: &str = "ARCHITECTURE.md";
const RECORDS: &str = "docs/adr/";
const SPECIFICATION: &str = "docs/adapter-spec.md";
const CHECKS: &str = "crates/rackrate-conformance/";

/// A word of the map that begins like this is a path of this tree.
const ROOTS: [&str; 8] = [
    "crates/",
    "adapters/",
    "xtask/",
    "docs/",
    "examples/",
    "fixtures/",
    "tests/",
    ".ci/",
];

/// Paths that the map names and the tree does not have. A word with a placeholder such as
/// `<vendor>` is a pattern, not a path.
pub(super) fn missing_paths(files: &[File]) -> Vec<Fault> {
    let known = paths_and_folders(files);
    let mut faults = Vec::new();
    for map in files.iter().filter(|file| file.path == MAP) {
        for (index, line) in map.text.lines().enumerate() {
            let missing = paths(line).filter(|path| !known.contains(path));
            faults.extend(
                missing.map(|path| Fault::of(MAP, format!("`{path}` does not exist")).at(index)),
            );
        }
    }
    faults
}

fn paths_and_folders(files: &[File]) -> BTreeSet<&str> {
    let mut known = BTreeSet::new();
    for file in files {
        known.insert(file.path.as_str());
        known.extend(file.path.match_indices('/').map(|(at, _)| &file.path[..at]));
    }
    known
}

fn paths(line: &str) -> impl Iterator<Item = &str> {
    let words = line.split(|c: char| c.is_whitespace() || "`()[]\"',;|".contains(c));
    words
        .filter(|word| ROOTS.iter().any(|root| word.starts_with(root)))
        .filter(|word| !word.contains(['<', '*', '{']))
        .map(|word| word.trim_end_matches(['.', ':', '/', '!', '?']))
}

/// Decision records whose numbers are not 0001, 0002 and so on.
pub(super) fn misnumbered_records(files: &[File]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut expected = 1;
    let mut paths: Vec<&str> = files.iter().filter_map(record).collect();
    paths.sort_unstable();
    for path in paths {
        match number(path) {
            Some(number) if number == expected => expected += 1,
            Some(_) => faults.push(Fault::of(path, format!("the next number is {expected:04}"))),
            None => faults.push(Fault::of(path, "name it NNNN-what-was-decided.md")),
        }
    }
    faults
}

fn record(file: &File) -> Option<&str> {
    let name = file.path.strip_prefix(RECORDS)?;
    (name.ends_with(".md") && name != "README.md").then_some(&file.path)
}

fn number(path: &str) -> Option<u32> {
    let (number, title) = path.strip_prefix(RECORDS)?.split_once('-')?;
    let titled = title.len() > ".md".len();
    let four_digits = number.len() == 4 && number.bytes().all(|byte| byte.is_ascii_digit());
    if titled && four_digits {
        number.parse().ok()
    } else {
        None
    }
}

/// Clauses that only the specification or only the checks know, with their level. Nothing is
/// compared until both exist.
pub(super) fn unshared_clauses(files: &[File]) -> Vec<Fault> {
    let is_check = |file: &&File| file.path.starts_with(CHECKS) && file.path.ends_with(".rs");
    let Some(specification) = files.iter().find(|file| file.path == SPECIFICATION) else {
        return Vec::new();
    };
    if !files.iter().any(|file| is_check(&file)) {
        return Vec::new();
    }
    let specified = clauses(std::iter::once(specification), row);
    let checked = clauses(files.iter().filter(is_check), check);
    let unchecked = difference(&specified, &checked, "no check has this number and level");
    unchecked
        .chain(difference(
            &checked,
            &specified,
            "the specification has no such clause",
        ))
        .collect()
}

/// Where each clause stands first, by number and level.
type Clauses<'a> = BTreeMap<String, (&'a str, usize)>;

fn clauses<'a>(
    files: impl Iterator<Item = &'a File>,
    find: fn(&str) -> Option<(&str, &str)>,
) -> Clauses<'a> {
    let mut clauses = Clauses::new();
    for file in files {
        for (index, line) in file.text.lines().enumerate() {
            let Some((id, level)) = find(line).filter(|(id, _)| is_clause(id)) else {
                continue;
            };
            let clause = format!("{id} {}", level.to_uppercase());
            clauses.entry(clause).or_insert((&file.path, index));
        }
    }
    clauses
}

/// A row of the specification: `| **A1** | MUST | …`.
fn row(line: &str) -> Option<(&str, &str)> {
    let (id, rest) = line.strip_prefix("| **")?.split_once("** | ")?;
    Some((id, rest.split(' ').next()?))
}

/// A line of the checks: `"A1" Must "…" …;`.
fn check(line: &str) -> Option<(&str, &str)> {
    let (id, rest) = line.trim_start().strip_prefix('"')?.split_once("\" ")?;
    let level = rest.split(' ').next()?;
    matches!(level, "Must" | "Should").then_some((id, level))
}

/// Whether a word is a clause's number: a capital and digits, such as `A1`.
fn is_clause(word: &str) -> bool {
    let Some((letter, number)) = word.split_at_checked(1) else {
        return false;
    };
    letter.as_bytes().iter().all(u8::is_ascii_uppercase)
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

fn difference<'a>(
    these: &'a Clauses<'_>,
    those: &'a Clauses<'_>,
    message: &'a str,
) -> impl Iterator<Item = Fault> + 'a {
    let missing = these.iter().filter(|(id, _)| !those.contains_key(*id));
    missing.map(move |(id, (path, index))| Fault::of(*path, format!("{id}: {message}")).at(*index))
}

#[cfg(test)]
mod tests {
    use super::super::{file, shown};
    use super::*;

    #[test]
    fn a_path_of_the_map_exists_as_a_file_or_a_folder() {
        let files = [
            file(
                MAP,
                "See `crates/a`, (docs/b.md) and crates/gone/src.\nAlso adapters/<vendor>.\n",
            ),
            file("crates/a/src/lib.rs", ""),
            file("docs/b.md", ""),
        ];
        assert_eq!(
            shown(missing_paths(&files)),
            ["error: ARCHITECTURE.md:1: `crates/gone/src` does not exist"]
        );
    }

    #[test]
    fn an_address_is_not_a_path_of_the_tree() {
        let files = [file(
            MAP,
            "https://example.com/docs/b.md application/json\n",
        )];
        assert_eq!(missing_paths(&files), []);
    }

    #[test]
    fn records_are_numbered_without_gaps_and_doubles() {
        let records = [
            "0001-a.md",
            "0002-b.md",
            "0002-c.md",
            "0004-d.md",
            "README.md",
            "why.md",
        ];
        let files: Vec<File> = records
            .iter()
            .map(|name| file(&format!("{RECORDS}{name}"), ""))
            .collect();
        assert_eq!(
            shown(misnumbered_records(&files)),
            [
                "error: docs/adr/0002-c.md: the next number is 0003",
                "error: docs/adr/0004-d.md: the next number is 0003",
                "error: docs/adr/why.md: name it NNNN-what-was-decided.md"
            ]
        );
    }

    #[test]
    fn clauses_are_shared_by_the_specification_and_the_checks() {
        let checks = "    \"A1\" Must \"It.\" a::b;\n    \"J2\" Must \"It.\" a::b;\n    \"L3\" Must \"It.\" c;\n    a \"Z9\"\n";
        let files = [
            file(
                SPECIFICATION,
                "| **A1** | MUST | It. |\n\nP7 in prose.\n| **R3** | MUST | It. |\n| **L3** | SHOULD | It. |\n",
            ),
            file("crates/rackrate-conformance/src/clause.rs", checks),
        ];
        assert_eq!(
            shown(unshared_clauses(&files)),
            [
                "error: docs/adapter-spec.md:5: L3 SHOULD: no check has this number and level",
                "error: docs/adapter-spec.md:4: R3 MUST: no check has this number and level",
                "error: crates/rackrate-conformance/src/clause.rs:2: J2 MUST: the specification has no such clause",
                "error: crates/rackrate-conformance/src/clause.rs:3: L3 MUST: the specification has no such clause"
            ]
        );
    }

    #[test]
    fn a_specification_without_checks_is_not_compared() {
        let specification = file(SPECIFICATION, "| **A1** | MUST | It. |\n");
        assert_eq!(unshared_clauses(&[specification]), []);
    }

    #[test]
    fn a_clause_is_a_capital_and_a_number() {
        assert!(["A1", "V12"].iter().all(|word| is_clause(word)));
        let others = ["", "A", "1", "a1", "AB1", "A1b", "A-1", "é1"];
        assert!(others.iter().all(|word| !is_clause(word)));
    }
}
