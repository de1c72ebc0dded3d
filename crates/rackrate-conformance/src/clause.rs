//! The list of clauses, and what a check can say.

use crate::vendor::Vendor;
use crate::{
    answers, configuration, conversation, credentials, keys, limits, money, paging, shapes,
};

/// A numbered sentence of `docs/adapter-spec.md`.
#[derive(Clone, Copy, Debug)]
pub struct Clause {
    /// Its number, such as `P3`.
    pub id: &'static str,
    /// What it asks for.
    pub sentence: &'static str,
    check: fn(&Vendor) -> Check,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The adapter keeps the clause.
    Kept,
    /// The clause is about something the vendor does not have; the reason.
    NotApplicable(String),
    /// The adapter breaks it; what was seen.
    Broken(String),
}

/// Why a check ends early.
#[derive(Debug)]
pub(crate) enum Stop {
    Skip(String),
    Broken(String),
}

pub(crate) type Check = Result<(), Stop>;

/// Texts of errors mean that the adapter could not do what the clause needs.
impl From<String> for Stop {
    fn from(text: String) -> Self {
        Self::Broken(text)
    }
}

impl From<rackrate_core::error::Error> for Stop {
    fn from(error: rackrate_core::error::Error) -> Self {
        Self::Broken(error.to_string())
    }
}

/// Ends a check: the vendor does not have what the clause is about.
pub(crate) fn skip(reason: &str) -> Stop {
    Stop::Skip(reason.to_owned())
}

/// Ends a check unless something holds.
pub(crate) fn ensure(holds: bool, text: impl FnOnce() -> String) -> Check {
    if holds {
        Ok(())
    } else {
        Err(Stop::Broken(text()))
    }
}

macro_rules! clauses {
    ($($id:literal $sentence:literal $check:path;)*) => {
        /// Every clause, in the order of the specification.
        pub const CLAUSES: &[Clause] = &[
            $(Clause { id: $id, sentence: $sentence, check: $check },)*
        ];
    };
}

clauses! {
    "C1" "An unknown setting is refused." configuration::unknown_setting;
    "C2" "A wildcard scope is refused." configuration::wildcard_scope;
    "A1" "Requests go to declared addresses only." credentials::declared_addresses;
    "A2" "No secret is in an address or printed." credentials::nothing_shown;
    "A3" "A token is not sent to the token endpoint." credentials::no_token_for_a_token;
    "A4" "A missing secret is named before anything is sent." credentials::missing_secret;
    "S1" "A chunk over the shape is never built." shapes::over_the_shape;
    "S2" "A chunk that is no push, or has no rows, is never built." shapes::no_push;
    "S3" "Every row is in the request once." shapes::every_row_once;
    "S4" "Only pushes change anything." shapes::only_pushes_write;
    "P1" "A good answer is understood." answers::good;
    "P2" "A failure under a good status is no success." answers::failure;
    "P3" "A cut answer is no success." answers::cut;
    "P4" "No answer makes a parser panic." answers::never_panics;
    "P5" "A refusing status is no success." answers::refusing_status;
    "P6" "What may have been done is not called refused." answers::delivery;
    "M1" "Amounts are written exactly." money::written;
    "M2" "Amounts are read exactly or not at all." money::read;
    "R1" "Paging ends, even where the vendor repeats a page." paging::ends;
    "R2" "Every price is read once." paging::once;
    "R3" "Half a page tells nothing." paging::half;
    "J1" "An unknown job state is running." answers::unknown_job_state;
    "I1" "A key marks its write and nothing else." keys::stamp;
    "I2" "A repeated key applies once." keys::replay;
    "L1" "Every charge names a quota, and writes and reads are charged." limits::charges;
    "L2" "A throttle keeps the vendor's wait." limits::throttle;
    "V1" "What is pushed is read back, and the vendor saw nothing amiss." conversation::read_back;
    "V2" "A revoked token is seen and can be replaced." conversation::revoked;
    "V3" "A restart keeps the simulator's state." conversation::restart;
}

impl Clause {
    /// Checks the clause.
    pub fn check(&self, vendor: &Vendor) -> Outcome {
        match (self.check)(vendor) {
            Ok(()) => Outcome::Kept,
            Err(Stop::Skip(reason)) => Outcome::NotApplicable(reason),
            Err(Stop::Broken(text)) => Outcome::Broken(text),
        }
    }
}

/// Passes when the clause is kept or does not apply, and prints how it ended, as a line
/// `clause <id> pass`, `clause <id> n/a <reason>` or `clause <id> fail <what was seen>`.
///
/// # Panics
/// When the clause is broken, or there is none of that number.
#[expect(
    clippy::print_stdout,
    reason = "a test has no other place to say that a clause does not apply"
)]
pub fn assert_kept(id: &str, vendor: &Vendor) {
    let Some(clause) = CLAUSES.iter().find(|clause| clause.id == id) else {
        panic!("there is no clause {id}");
    };
    match clause.check(vendor) {
        Outcome::Kept => println!("clause {id} pass"),
        Outcome::NotApplicable(reason) => println!("clause {id} n/a {reason}"),
        Outcome::Broken(text) => {
            println!("clause {id} fail {}", rackrate_core::error::clean(&text));
            panic!("{id} is broken: {} {text}", clause.sentence)
        }
    }
}

/// Passes when all clauses were asked for, in order, and at least one is kept.
///
/// # Panics
/// When the list differs from [`CLAUSES`], or nothing was kept.
pub fn assert_some_kept(asked: &[&str], vendor: &Vendor) {
    let all: Vec<_> = CLAUSES.iter().map(|clause| clause.id).collect();
    assert_eq!(asked, all, "the suite has to ask for every clause");
    let kept = CLAUSES
        .iter()
        .any(|clause| clause.check(vendor) == Outcome::Kept);
    assert!(kept, "no clause applies: nothing was checked");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_specification_lists_the_same_clauses() {
        let page = include_str!("../../../docs/adapter-spec.md");
        let listed: Vec<_> = page
            .lines()
            .filter_map(|line| line.strip_prefix("| **")?.split_once("** | "))
            .map(|(id, rest)| (id, rest.split(" | ").next().unwrap_or_default()))
            .collect();
        let ours: Vec<_> = CLAUSES
            .iter()
            .map(|clause| (clause.id, clause.sentence))
            .collect();
        assert_eq!(listed, ours);
    }
}
