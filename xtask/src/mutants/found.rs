//! How a bug was found, read from what its hunters print.

use std::fmt;

/// So many clauses and tests are named; the others are counted.
const NAMED: usize = 3;

/// What found a bug.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A seed of the simulation, counted from zero, and the counts by which it failed.
    Seed { seed: u64, by: String },
    /// Failed tests: those of the specification's clauses by number, the others by name.
    Tests {
        clauses: Vec<String>,
        tests: Vec<String>,
    },
}

impl Found {
    /// The lowest seed of lines such as `seed 7: lost 3`.
    pub(super) fn by_seed(told: &str) -> Option<Self> {
        let line = |line: &str| {
            let (seed, by) = line.strip_prefix("seed ")?.split_once(": ")?;
            Some((seed.parse().ok()?, by.to_owned()))
        };
        let (seed, by) = told.lines().filter_map(line).min()?;
        Some(Self::Seed { seed, by })
    }

    /// Lines such as `test limits::a_quota_waits ... FAILED`.
    pub(super) fn by_tests(told: &str) -> Option<Self> {
        let (mut clauses, mut tests) = (Vec::new(), Vec::new());
        for name in told.lines().filter_map(failed) {
            match clause(name) {
                Some(id) => clauses.push(id),
                None => tests.push(name.to_owned()),
            }
        }
        // A vendor may be described twice, and then has every clause twice.
        clauses.sort();
        clauses.dedup();
        let some = !(clauses.is_empty() && tests.is_empty());
        some.then_some(Self::Tests { clauses, tests })
    }
}

fn failed(line: &str) -> Option<&str> {
    let name = line.strip_prefix("test ")?.strip_suffix(" ... FAILED")?;
    Some(name.trim_end_matches(" - should panic"))
}

/// The number of the clause that a test checks, as in
/// `conformance::m1_amounts_are_written_exactly`. Other tests begin with a word.
fn clause(name: &str) -> Option<String> {
    let (id, _) = name.rsplit("::").next()?.split_once('_')?;
    let (letter, digits) = id.split_at_checked(1)?;
    let is_clause = letter.chars().all(|one| one.is_ascii_lowercase())
        && !digits.is_empty()
        && digits.bytes().all(|digit| digit.is_ascii_digit());
    is_clause.then(|| id.to_uppercase())
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seed { seed, by } => write!(f, "seed {}: {by}", seed + 1),
            Self::Tests { clauses, tests } => {
                let none = if clauses.is_empty() {
                    "no clause; "
                } else {
                    ""
                };
                let all: Vec<&str> = clauses.iter().chain(tests).map(String::as_str).collect();
                let named = &all[..all.len().min(NAMED)];
                write!(f, "{none}{}", named.join(", "))?;
                match all.len() - named.len() {
                    0 => Ok(()),
                    more => write!(f, " and {more} more"),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_seed_counts_however_the_lines_come() {
        let told = "seed 12: lost 1\n  replay: x\nseed 3: doubled 2, overlaps 1\nnoise";
        let by = "doubled 2, overlaps 1".to_owned();
        assert_eq!(Found::by_seed(told), Some(Found::Seed { seed: 3, by }));
        assert_eq!(Found::by_seed("nothing"), None);
    }

    #[test]
    fn failed_clauses_come_before_failed_tests() {
        let told = "test answers::all_is_well ... FAILED\n\
                    test payloads::two ... FAILED\n\
                    test conformance::p1_a_good_answer_is_understood ... ok\n\
                    test conformance::p2_a_failure_is_no_success ... FAILED\n\
                    test conformance::m1_amounts_are_written_exactly ... FAILED\n\
                    test a_twin::m1_amounts_are_written_exactly ... FAILED\n\
                    test conformance::some_clause_is_kept_and_all_are_asked_for ... FAILED\n";
        let found = Found::by_tests(told).unwrap();
        assert_eq!(found.to_string(), "M1, P2, answers::all_is_well and 2 more");
    }

    #[test]
    fn a_bug_that_only_an_adapters_own_test_finds_is_told_so() {
        let found = Found::by_tests("test it::works ... FAILED\ntest it::ends ... ok\n");
        assert_eq!(found.unwrap().to_string(), "no clause; it::works");
        assert_eq!(Found::by_tests("test it::ends ... ok\n"), None);
    }
}
