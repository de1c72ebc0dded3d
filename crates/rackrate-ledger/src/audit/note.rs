//! What the trail has to be told, because no other operation of the ledger says it.

use std::collections::BTreeMap;

use rackrate_core::clock::Wall;
use rackrate_core::exchange::Operation;
use rackrate_core::ids::ConnectionId;
use serde::{Deserialize, Serialize};

use super::{Checkpoint, Pseudonym};
use crate::op::{LaneKey, RunId};

/// Something that happened to people, credentials or files, and not to prices. Names of
/// people are names here; the ledger puts pseudonyms into its lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "note", rename_all = "snake_case")]
pub enum Note {
    /// A command begins.
    Began {
        /// When.
        at: Wall,
        /// Who started it, as the system says.
        by: String,
        /// Which one.
        command: String,
        /// Fingerprints of the files that decide what it does, by what they are.
        files: BTreeMap<String, String>,
    },
    /// A person lets something pass a guard.
    Waived {
        /// When it was used.
        at: Wall,
        /// Fingerprint of the plan.
        plan: String,
        /// Who let it pass.
        by: String,
        /// Why, in that person's words.
        reason: String,
        /// What, as it was written.
        what: String,
    },
    /// A property is left as it is at a connection.
    Held {
        /// When.
        at: Wall,
        /// Property and connection.
        lane: LaneKey,
        /// Why: a kind of failure, or the code of a finding.
        why: String,
    },
    /// A vendor refused a credential.
    Refused {
        /// When.
        at: Wall,
        /// The account.
        connection: ConnectionId,
        /// What was asked for.
        operation: Operation,
        /// What kind of refusal.
        kind: String,
        /// The vendor's code; empty where it has none.
        code: String,
    },
    /// Nothing more is sent with a credential until a person has done something.
    Died {
        /// When.
        at: Wall,
        /// The account.
        connection: ConnectionId,
        /// What kind of failure ended it.
        kind: String,
    },
    /// The secret of a client, or the key that seals tokens, is being changed.
    Changing {
        /// When.
        at: Wall,
        /// What: the client's name, or `seal_key`.
        of: String,
        /// What was done.
        step: ChangeStep,
        /// Who did it, as the system says.
        by: String,
    },
    /// The trail up to a line was signed.
    Signed(Checkpoint),
    /// The name behind a pseudonym is forgotten.
    Erased {
        /// When.
        at: Wall,
        /// Whose.
        actor: Pseudonym,
        /// Who erased it.
        by: String,
    },
    /// A review of credentials is taken in.
    Reviewed {
        /// When.
        at: Wall,
        /// Who took it in.
        by: String,
        /// Of which quarter.
        quarter: String,
        /// The SHA-256 digest of the sheet.
        digest: String,
        /// Who decided.
        reviewers: Vec<String>,
        /// How many credentials stay.
        kept: u64,
        /// How many end.
        revoked: u64,
        /// How many are replaced.
        rotated: u64,
    },
    /// The lines up to a signed one are dropped.
    Cut {
        /// When.
        at: Wall,
        /// The last dropped line, which has a checkpoint.
        through: u64,
        /// Who dropped them.
        by: String,
    },
}

/// A step in the change of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeStep {
    /// It was announced.
    Begun,
    /// The new one was good at the vendor.
    Proved,
    /// The new one is in use, and nothing is held for it any more.
    Released,
    /// It was given up, and nothing is held for it any more.
    Aborted,
}

/// How often a credential was used for one thing, from the opening of the ledger to its close.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uses {
    /// The account.
    pub connection: ConnectionId,
    /// For what.
    pub operation: Operation,
    /// The granted scopes that this draws on; empty where the vendor has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// How many attempts were let go.
    pub requests: u64,
    /// The run that began meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
}
