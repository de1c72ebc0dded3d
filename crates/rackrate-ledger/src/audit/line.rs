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
use serde::{Deserialize, Serialize};

use super::event::Event;
use crate::error::LedgerError;
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

/// A trail as it is at one moment, without its lines, of which there may be millions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trail {
    /// Where it should end.
    pub head: Head,
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

impl Trail {
    /// The checkpoint of a line.
    pub fn checkpoint(&self, line: u64) -> Option<&Checkpoint> {
        let found = self.checkpoints.binary_search_by_key(&line, |one| one.line);
        found.ok().and_then(|at| self.checkpoints.get(at))
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
