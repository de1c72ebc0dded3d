//! What lines of the trail tell.
//!
//! Invariant: what a build has written, later builds read: fields are added with a default, and
//! none is renamed.

use rackrate_core::clock::Wall;
use rackrate_core::exchange::Operation;
use rackrate_core::ids::{ConnectionId, PropertyCode};
use serde::{Deserialize, Serialize};

use super::{ChangeStep, Pseudonym};
use crate::op::RunId;

/// What a line tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When; for what has no time of its own, a time that is not later.
    pub at: Wall,
    /// What.
    #[serde(flatten)]
    pub fact: Fact,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Fact {
    /// A command began.
    Began {
        /// Who started it.
        by: Pseudonym,
        /// Which one.
        command: String,
    },
    /// A file that decides what commands do is not as it was.
    Changed {
        /// What it is.
        file: String,
        /// Its fingerprint before; `None` the first time.
        from: Option<String>,
        /// Its fingerprint now.
        to: String,
    },
    /// Credentials may be used from here on.
    Opened {
        /// Whose.
        accounts: Vec<ConnectionId>,
    },
    /// The process before ended without telling how often it used them.
    CutOff,
    /// How often a credential was used since the opening.
    Used {
        /// The account.
        connection: ConnectionId,
        /// For what.
        operation: Operation,
        /// The granted scopes that this draws on; lines of older builds have none.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        scopes: Vec<String>,
        /// How many attempts.
        requests: u64,
        /// The run that began meanwhile.
        run: Option<RunId>,
    },
    /// All uses since the opening have been told.
    Closed,
    /// A plan is applied.
    RunStarted {
        /// The run.
        run: RunId,
        /// Fingerprint of the plan.
        plan: String,
        /// Who made the plan.
        by: Pseudonym,
        /// Why, in that person's words.
        reason: String,
    },
    /// All rows of a run have their ending.
    RunEnded {
        /// The run.
        run: RunId,
    },
    /// Something was let pass a guard.
    Waived {
        /// Fingerprint of the plan.
        plan: String,
        /// Who let it pass.
        by: Pseudonym,
        /// Why.
        reason: String,
        /// What.
        guard: String,
    },
    /// A new access token came.
    Token {
        /// The account.
        connection: ConnectionId,
        /// Milliseconds that it lives.
        lifetime: Option<u64>,
    },
    /// A person consented.
    Connected {
        /// The account.
        connection: ConnectionId,
        /// What was granted, where the vendor says.
        scope: Option<String>,
    },
    /// A refresh token is about to be used.
    Refreshing {
        /// The account.
        connection: ConnectionId,
        /// Which refresh token of this consent.
        generation: u64,
        /// For the second time.
        again: bool,
    },
    /// A refresh token was replaced by the next one.
    Rotated {
        /// The account.
        connection: ConnectionId,
        /// Which one came.
        generation: u64,
    },
    /// A refresh token stays good.
    Kept {
        /// The account.
        connection: ConnectionId,
        /// Which one.
        generation: u64,
    },
    /// A consent is worth nothing any more: revoked, expired, or lost.
    Ended {
        /// The account.
        connection: ConnectionId,
        /// Why.
        why: String,
    },
    /// A person withdrew a consent; token and consent are forgotten.
    Disconnected {
        /// The account.
        connection: ConnectionId,
    },
    /// A vendor refused a credential.
    Refused {
        /// The account.
        connection: ConnectionId,
        /// What was asked for.
        operation: Operation,
        /// What kind of refusal.
        kind: String,
        /// The vendor's code.
        code: String,
    },
    /// Nothing more was sent with a credential.
    Died {
        /// The account.
        connection: ConnectionId,
        /// What kind of failure ended it.
        kind: String,
    },
    /// A property was left as it is.
    Held {
        /// At which account.
        connection: ConnectionId,
        /// Which one.
        property: PropertyCode,
        /// Why.
        why: String,
    },
    /// The secret of a client, or the key that seals tokens, is being changed.
    Changing {
        /// What: the client's name, or `seal_key`.
        of: String,
        /// What was done.
        step: ChangeStep,
        /// Who did it.
        by: Pseudonym,
    },
    /// The trail up to a line was signed.
    Signed {
        /// The line.
        line: u64,
        /// With which key: its public half.
        key: String,
    },
    /// The name behind a pseudonym was forgotten.
    Erased {
        /// Whose.
        actor: Pseudonym,
        /// Who erased it.
        by: Pseudonym,
    },
    /// A review of credentials was taken in.
    Reviewed {
        /// Of which quarter.
        quarter: String,
        /// The SHA-256 digest of the sheet.
        digest: String,
        /// Who took it in.
        by: Pseudonym,
        /// Who decided.
        reviewers: Vec<Pseudonym>,
        /// How many credentials stay.
        kept: u64,
        /// How many end.
        revoked: u64,
        /// How many are replaced.
        rotated: u64,
    },
    /// Old lines were dropped.
    Cut {
        /// The last of them.
        through: u64,
        /// Who dropped them.
        by: Pseudonym,
    },
}
