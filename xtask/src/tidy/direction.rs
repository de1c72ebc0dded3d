//! Rules about who may depend on whom.
//!
//! Invariant: what decides does not act, so the core and the adapters never reach a library
//! that does I/O, not even through another crate.

use std::collections::BTreeSet;

use super::Fault;

/// Libraries that act.
const ACTING: [&str; 3] = ["tokio", "hyper", "reqwest"];

/// What a pure package reaches and must not, from `cargo tree` without prefixes.
pub(super) fn reaches(package: &str, tree: &str) -> Vec<Fault> {
    let names: BTreeSet<&str> = tree
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    let acting = ACTING.iter().filter(|name| names.contains(*name));
    acting
        .map(|name| Fault::of(package, format!("it is pure and must not reach {name}")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::shown;
    use super::*;

    #[test]
    fn a_pure_package_reaches_nothing_that_acts() {
        let tree = "rackrate-acme v0.1.0 (adapters/acme)\nbytes v1.12.0\ntokio v1.54.0\ntokio v1.54.0 (*)\n";
        assert_eq!(
            shown(reaches("rackrate-acme", tree)),
            ["error: rackrate-acme: it is pure and must not reach tokio"]
        );
    }

    #[test]
    fn a_longer_name_is_another_library() {
        assert_eq!(
            reaches("rackrate-acme", "tokio-stream v0.1.0\nhyper-util v0.1.0\n"),
            []
        );
    }
}
