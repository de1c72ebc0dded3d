//! The list of clauses, and what a check can say.

use std::fmt;

use crate::vendor::Vendor;
use crate::{
    alone, answers, configuration, conversation, credentials, keys, limits, money, noted, paging,
    restrictions, rush, shapes, strange,
};

/// A numbered sentence of `docs/adapter-spec.md`.
#[derive(Clone, Copy, Debug)]
pub struct Clause {
    /// Its number, such as `P3`.
    pub id: &'static str,
    /// Whether an adapter may break it.
    pub level: Level,
    /// What it asks for.
    pub sentence: &'static str,
    check: fn(&Vendor) -> Check,
}

/// How much a clause weighs, in the words of RFC 2119.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// An adapter that breaks it can do harm: its test fails.
    Must,
    /// There may be a reason to break it; that it is broken is told.
    Should,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Must => "MUST",
            Self::Should => "SHOULD",
        })
    }
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
    ($($id:literal $level:ident $sentence:literal $check:path;)*) => {
        /// Every clause, in the order of the specification.
        pub const CLAUSES: &[Clause] = &[
            $(Clause { id: $id, level: Level::$level, sentence: $sentence, check: $check },)*
        ];
    };
}

clauses! {
    "C1" Must "An unknown setting is refused." configuration::unknown_setting;
    "C2" Must "A wildcard scope is refused." configuration::wildcard_scope;
    "C3" Must "Plain http to another machine is refused." configuration::plain_http;
    "C4" Must "Scopes go by operation, and none gives more than rates." configuration::scopes_by_operation;
    "A1" Must "Requests go to declared addresses only." credentials::declared_addresses;
    "A2" Must "No secret is in an address or printed." credentials::nothing_shown;
    "A3" Must "A token is not sent to the token endpoint." credentials::no_token_for_a_token;
    "A4" Must "A missing secret is named before anything is sent." credentials::missing_secret;
    "A5" Must "A code or refresh token goes to the token endpoint only, in the body." credentials::grants_in_the_body;
    "S1" Must "A chunk over the shape is never built." shapes::over_the_shape;
    "S2" Must "A chunk that is no push, or has no rows, is never built." shapes::no_push;
    "S3" Must "Every row is in the request once." shapes::every_row_once;
    "S4" Must "Only pushes change anything." shapes::only_pushes_write;
    "T1" Must "Each restriction it lists can be set, left and cleared." restrictions::set_left_cleared;
    "T2" Must "A restriction it does not list is refused, never dropped." restrictions::unlisted;
    "T3" Must "Prices and restrictions that travel apart do not mix." restrictions::apart;
    "T4" Must "What a row leaves alone stays." alone::left;
    "N1" Should "A write without the note it needs is refused." noted::needs_its_note;
    "N2" Should "A note that it cannot read is refused, never ignored." noted::knows_its_note;
    "P1" Must "A good answer is understood." answers::good;
    "P2" Must "A failure under a good status is no success." answers::failure;
    "P3" Must "A cut answer is no success." answers::cut;
    "P4" Must "No answer makes a parser panic." strange::never_panics;
    "P5" Must "A refusing status is no success." answers::refusing_status;
    "P6" Must "What may have been done is not called refused." answers::delivery;
    "M1" Must "Amounts are written exactly." money::written;
    "M2" Must "Amounts are read exactly or not at all." money::read;
    "R1" Must "Paging ends, even where the vendor repeats a page." paging::ends;
    "R2" Must "Every price is read once." paging::once;
    "R3" Must "Half a page tells nothing." paging::half;
    "J1" Must "An unknown job state is running." answers::unknown_job_state;
    "I1" Must "A key marks its write and nothing else." keys::stamp;
    "I2" Must "A repeated key applies once." keys::replay;
    "L1" Must "Every charge names a quota, and writes and reads are charged." limits::charges;
    "L2" Must "A throttle keeps the vendor's wait." limits::throttle;
    "L3" Should "Each allowance says when its source was read." limits::dated;
    "L4" Must "Within the charges nothing is throttled." rush::within;
    "L5" Must "Beyond an allowance the vendor throttles." rush::beyond;
    "V1" Must "What is pushed is read back, and the vendor saw nothing amiss." conversation::read_back;
    "V2" Must "A revoked token is seen and can be replaced." conversation::revoked;
    "V3" Must "A restart keeps the simulator's state." conversation::restart;
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

/// Passes when the clause is kept, does not apply, or is a SHOULD, and prints how it ended, as
/// a line `clause <id> pass`, `clause <id> n/a <reason>`, `clause <id> fail <what was seen>`
/// or, for a broken SHOULD, `clause <id> should <what was seen>`.
///
/// # Panics
/// When a MUST is broken, or there is no clause of that number.
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
        Outcome::Broken(text) if clause.level == Level::Should => {
            println!("clause {id} should {}", rackrate_core::error::clean(&text));
        }
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
            .filter_map(|line| line.strip_prefix("| **"))
            .map(|row| row.split(" | ").take(3).collect::<Vec<_>>().join(" "))
            .collect();
        let ours: Vec<_> = CLAUSES
            .iter()
            .map(|clause| format!("{}** {} {}", clause.id, clause.level, clause.sentence))
            .collect();
        assert_eq!(listed, ours);
    }
}
