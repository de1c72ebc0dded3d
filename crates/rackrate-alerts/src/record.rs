//! What is on record of an alert, from the first message until it is over.
//!
//! The ledger keeps these records word by word; their form is this module's.
//!
//! Invariant: a record that this version does not understand to the last field is refused.

use std::collections::{BTreeMap, BTreeSet};

use rackrate_core::clock::Wall;
use rackrate_core::ids::ConnectionId;
use serde::{Deserialize, Serialize};

use crate::alert::Trouble;
use crate::group::Proof;
use crate::message::Message;

/// The only form so far.
const FORM: u32 = 1;

/// An alert on record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    form: u32,
    /// What was told last.
    pub last: Message,
    /// Whose failures are open, and what proves that they are over.
    pub failing: BTreeMap<ConnectionId, Proof>,
    /// When a failure was last seen.
    pub failed: Wall,
    /// Every trouble that was told since it opened.
    pub told: BTreeSet<Trouble>,
    /// How often it failed again soon after it worked again.
    pub turns: u32,
    /// Messages so far.
    pub count: u64,
    /// The ways out that were given any.
    pub given: BTreeSet<String>,
    /// The ways out that have not taken the last message yet.
    pub owed: BTreeSet<String>,
}

impl Record {
    pub(crate) fn new(last: Message) -> Self {
        Self {
            form: FORM,
            failing: BTreeMap::new(),
            failed: last.at,
            told: BTreeSet::new(),
            turns: 0,
            count: 0,
            given: BTreeSet::new(),
            owed: BTreeSet::new(),
            last,
        }
    }

    /// Reads a record; `None` for one of another version, whose alert is raised anew.
    pub fn read(text: &str) -> Option<Self> {
        let record: Self = serde_json::from_str(text).ok()?;
        (record.form == FORM).then_some(record)
    }

    /// The record as text.
    pub fn text(&self) -> String {
        // Every part of a record has a JSON form: its keys are text.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Whether the credential fails, as far as people were told or will be.
    pub fn is_open(&self) -> bool {
        !self.last.event.is_end()
    }

    /// The same after these ways out have taken the last message.
    #[must_use]
    pub fn taken(mut self, by: &BTreeSet<String>) -> Self {
        self.owed.retain(|name| !by.contains(name));
        self
    }
}
