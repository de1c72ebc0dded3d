//! Lines, the head they lead to, and checkpoints on the way.
//!
//! A line's digest is BLAKE3 over a label, its number, the digest before it and its body,
//! each with its length before it. The body is stored as the very text that was hashed, so
//! that checking needs no second way of writing it.
//!
//! Invariant: what was hashed is never formed again from values.

use std::collections::BTreeMap;
use std::fmt;

use rackrate_core::clock::Wall;
use rackrate_core::exchange::Operation;
use rackrate_core::ids::{ConnectionId, PropertyCode};
use serde::{Deserialize, Serialize};

use super::ChangeStep;
use crate::error::LedgerError;
use crate::op::RunId;
use crate::store::Result;

/// Sets lines apart from everything else that is hashed.
const LABEL: &[u8] = b"rackrate audit line 1";

/// 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(pub(crate) String);

/// Stands for a person, in every line about that person.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pseudonym(String);

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

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its number, from one.
    pub seq: u64,
    /// The digest of the line before it.
    pub previous: Digest,
    /// Its own.
    pub digest: Digest,
    /// What it tells: an [`Event`] as JSON, in the bytes that were hashed.
    pub body: String,
}

/// Where the trail ends, kept apart from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Names this trail among those of other ledgers.
    pub chain: String,
    /// The number of the last line; zero when there was none.
    pub seq: u64,
    /// Its digest.
    pub digest: Digest,
    /// The last signed line.
    pub signed: Option<u64>,
}

/// A signature for everything up to a line. Kept elsewhere, it shows later that nothing
/// before it was taken away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The trail.
    pub chain: String,
    /// The line.
    pub line: u64,
    /// Its digest.
    pub digest: Digest,
    /// When it was signed.
    pub at: Wall,
    /// The public half of the key.
    pub key: String,
    /// The signature of [`Checkpoint::message`].
    pub signature: String,
}

/// The whole trail, as it is at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trail {
    /// Where it should end.
    pub head: Head,
    /// Its lines, by number.
    pub lines: Vec<Line>,
    /// Its checkpoints, by line.
    pub checkpoints: Vec<Checkpoint>,
    /// The names behind pseudonyms that were not erased.
    pub actors: BTreeMap<Pseudonym, String>,
}

impl Line {
    /// The line that follows.
    pub(crate) fn after(head: &Head, event: &Event) -> Result<Self> {
        let body = serde_json::to_string(event).map_err(|err| LedgerError::Broken {
            what: "audit line",
            reason: err.to_string(),
        })?;
        let (seq, previous) = (head.seq + 1, head.digest.clone());
        let digest = Digest::of(seq, &previous, &body);
        Ok(Self {
            seq,
            previous,
            digest,
            body,
        })
    }

    /// Whether it is as it was written.
    pub fn is_whole(&self) -> bool {
        self.digest == Digest::of(self.seq, &self.previous, &self.body)
    }

    /// What it tells; `None` for a body that no known rackrate wrote.
    pub fn event(&self) -> Option<Event> {
        serde_json::from_str(&self.body).ok()
    }
}

impl Head {
    /// The head of a trail without lines.
    pub(crate) fn of_new(chain: String) -> Self {
        Self {
            digest: Digest::first(&chain),
            chain,
            seq: 0,
            signed: None,
        }
    }

    pub(crate) fn moved_to(&mut self, line: &Line) {
        self.seq = line.seq;
        self.digest.clone_from(&line.digest);
    }
}

impl Checkpoint {
    /// The bytes that are signed.
    pub fn message(&self) -> Vec<u8> {
        let Self {
            chain,
            line,
            digest,
            at,
            ..
        } = self;
        format!(
            "rackrate audit checkpoint 1\n{chain}\n{line}\n{digest}\n{}\n",
            at.0
        )
        .into_bytes()
    }
}

impl Digest {
    /// What the first line of a trail follows.
    pub(crate) fn first(chain: &str) -> Self {
        Self::of(0, &Self(String::new()), chain)
    }

    pub(super) fn of(seq: u64, previous: &Self, body: &str) -> Self {
        let mut hasher = blake3::Hasher::new();
        let seq = seq.to_le_bytes();
        for part in [LABEL, &seq, previous.0.as_bytes(), body.as_bytes()] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        Self(hasher.finalize().to_hex().to_string())
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Pseudonym {
    /// A pseudonym, as a person reads it off a line.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Pseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
