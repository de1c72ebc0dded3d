//! Reviews of who may still do what: a sheet per quarter that a person fills in, taken back
//! only while it still speaks of the credentials that there are.
//!
//! Pure: the sheet is a text, the ledger's record is a text, and both are made here.
//!
//! Invariant: a sheet is taken in whole or not at all, and every credential has a decision and
//! somebody who made it.

mod quarter;
mod sheet;

use std::collections::BTreeMap;

use rackrate_core::clock::Wall;
use rackrate_core::finding::{Finding, Place};
use rackrate_core::ids::ConnectionId;
use rackrate_ledger::audit::Note;
use rackrate_ledger::op::{Drawer, Filed, LedgerOp};
use serde::{Deserialize, Serialize};
use serde_json::json;

pub use self::quarter::Quarter;
pub use self::sheet::{Row, Sheet, read, rows, write};
use super::standing::Standing;

/// The form of the ledger's record.
const FORM: u8 = 1;

/// What is to become of a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// It stays.
    Keep,
    /// It ends.
    Revoke,
    /// It is replaced.
    Rotate,
}

impl Decision {
    /// All of them, by the word in the sheet.
    pub const ALL: [(&str, Self); 3] = [
        ("keep", Self::Keep),
        ("revoke", Self::Revoke),
        ("rotate", Self::Rotate),
    ];
}

/// A review that was taken in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Review {
    form: u8,
    /// When it was taken in.
    pub at: Wall,
    /// The SHA-256 digest of the sheet, in hexadecimal digits.
    pub digest: String,
    /// What was decided, by account. Who decided is only in the audit trail, by pseudonym,
    /// because names have to be erasable.
    pub decisions: BTreeMap<ConnectionId, Decision>,
}

impl Review {
    /// What a record says.
    ///
    /// # Errors
    /// A finding for what no known rackrate wrote.
    pub fn parse(quarter: Quarter, body: &str) -> Result<Self, Finding> {
        let read: Option<Self> = serde_json::from_str(body).ok();
        read.filter(|review| review.form == FORM).ok_or_else(|| {
            let message = format!("the record of the review of {quarter} cannot be read");
            Finding::error("review.unreadable", Place::default(), message)
                .hint("A newer rackrate wrote it; use that one.")
        })
    }

    /// So many of its decisions are that one.
    fn count(&self, decision: Decision) -> u64 {
        let all = self.decisions.values();
        all.filter(|one| **one == decision).count() as u64
    }
}

/// What to write down, at once, when a sheet is taken in by somebody.
pub fn taken_in(quarter: Quarter, sheet: Sheet, by: String, at: Wall) -> Vec<LedgerOp> {
    let review = Review {
        form: FORM,
        at,
        digest: sheet.digest,
        decisions: sheet.decisions,
    };
    let note = Note::Reviewed {
        at,
        by,
        quarter: quarter.to_string(),
        digest: review.digest.clone(),
        reviewers: sheet.reviewers.into_iter().collect(),
        kept: review.count(Decision::Keep),
        revoked: review.count(Decision::Revoke),
        rotated: review.count(Decision::Rotate),
    };
    let record = Filed {
        drawer: Drawer::Review,
        name: quarter.to_string(),
        body: Some(json!(review).to_string()),
    };
    vec![LedgerOp::Noted(note), LedgerOp::Filed(record)]
}

/// What is missing of a quarter's review. Credentials that are on record only since then were
/// none of it; one that is on no record is taken for old.
pub fn missing(quarter: Quarter, review: Option<&Review>, all: &[Standing]) -> Vec<Finding> {
    let there = |one: &&Standing| one.known_since().is_none_or(|since| since < quarter.end());
    let there: Vec<_> = all.iter().filter(there).collect();
    let hint = format!(
        "Write the sheet with `rackrate creds review --quarter {quarter} --out FILE`, fill it \
         in, and take it in with --done FILE."
    );
    let Some(review) = review else {
        let message = format!("no review of {quarter} was taken in");
        let finding = Finding::error("review.overdue", Place::default(), message).hint(hint);
        return (!there.is_empty()).then_some(finding).into_iter().collect();
    };
    let undecided = there
        .into_iter()
        .filter(|one| !review.decisions.contains_key(&one.connection));
    undecided
        .map(|one| {
            let message = format!("the review of {quarter} decided nothing about it");
            let place = Place::default().on(&one.connection);
            Finding::error("review.no_decision", place, message).hint(hint.clone())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::creds::standing::tests::{NOW, key};

    fn sheet() -> Sheet {
        Sheet {
            decisions: [(key().connection, Decision::Rotate)].into(),
            reviewers: ["Ana".to_owned()].into(),
            digest: "d1".to_owned(),
        }
    }

    fn quarter() -> Quarter {
        "2026Q3".parse().unwrap()
    }

    #[test]
    fn a_record_is_read_back_and_names_nobody() {
        let ops = taken_in(quarter(), sheet(), "ops".to_owned(), NOW);
        let [LedgerOp::Noted(_), LedgerOp::Filed(filed)] = &ops[..] else {
            panic!("{ops:?}");
        };
        let body = filed.body.as_ref().unwrap();
        assert!(!body.contains("Ana") && !body.contains("ops"), "{body}");
        let review = Review::parse(quarter(), body).unwrap();
        assert_eq!(review.decisions, sheet().decisions);
        assert!(Review::parse(quarter(), "{}").is_err());
    }

    #[test]
    fn what_was_there_in_the_quarter_needs_a_decision() {
        let codes = |review: Option<&Review>, one: Standing| {
            let found = missing(quarter(), review, &[one]);
            found.into_iter().map(|one| one.code).collect::<Vec<_>>()
        };
        let mut young = key();
        young.dates.used = Some(NOW);
        let mut old = key();
        old.dates.used = Some(Wall(quarter().end().0 - 1));
        assert_eq!(codes(None, young.clone()), [""; 0]);
        assert_eq!(codes(None, old.clone()), ["review.overdue"]);
        assert_eq!(codes(None, key()), ["review.overdue"]);
        let mut review = Review {
            form: FORM,
            at: NOW,
            digest: String::new(),
            decisions: BTreeMap::new(),
        };
        assert_eq!(codes(Some(&review), old.clone()), ["review.no_decision"]);
        assert_eq!(codes(Some(&review), young), [""; 0]);
        review.decisions = sheet().decisions;
        assert_eq!(codes(Some(&review), old), [""; 0]);
    }
}
