//! Requests, their lives, and how the prices they carry ended.

use std::fmt;

use rackrate_core::chunk::{Chunk, Receipt};
use rackrate_core::clock::Wall;
use rackrate_core::ids::{ConnectionId, Ids, JobRef, PropertyCode};
use rackrate_core::key::Key;
use rackrate_core::night::Night;
use serde::{Deserialize, Serialize};

/// One run of `apply`, counted upwards within a ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub u64);

/// The unit of order: one property at one connection.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LaneKey {
    /// The account.
    pub connection: ConnectionId,
    /// The property.
    pub property: PropertyCode,
}

impl fmt::Display for LaneKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.property, self.connection)
    }
}

/// Names one request for good.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ChunkId {
    /// The lane.
    pub lane: LaneKey,
    /// Its place in the lane's order, over all runs.
    pub seq: u64,
}

impl fmt::Display for ChunkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "request {} of {}", self.seq, self.lane)
    }
}

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChunkState {
    /// Meant; nothing of it has left.
    Planned,
    /// It may have left.
    Departing,
    /// The vendor made it a job.
    Queued,
    /// The vendor has finished with it, or we have stopped asking.
    Answered,
    /// A newer wish replaced it before it left.
    Superseded,
    /// Its plan was too old, or its property was held, before it left.
    Skipped,
}

impl ChunkState {
    /// The word on screens.
    pub fn word(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Departing => "departing",
            Self::Queued => "queued",
            Self::Answered => "answered",
            Self::Superseded => "superseded",
            Self::Skipped => "skipped",
        }
    }
}

impl fmt::Display for ChunkState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A request's life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkRecord {
    /// Its name.
    pub id: ChunkId,
    /// The run it belongs to.
    pub run: RunId,
    /// Its idempotency key, stored with the intent, so the same after a crash.
    pub key: Key,
    /// What it carries.
    pub chunk: Chunk,
    /// Where it stands.
    pub state: ChunkState,
    /// When it last left.
    pub departed: Option<Wall>,
    /// What replaced it.
    pub superseded_by: Option<ChunkId>,
    /// The vendor's job.
    pub job: Option<JobRef>,
    /// What the vendor said at the end; `None` when it never said.
    pub receipt: Option<Receipt>,
    /// When the vendor accepted it: the settle time counts from here.
    pub accepted: Option<Wall>,
}

/// How the price of a night ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// Read back as wished.
    Confirmed,
    /// Read back different after the settle time.
    Drift,
    /// The vendor refused it.
    Refused,
    /// Accepted, still shown old, and the settle time is not over.
    NotSettled,
    /// It may have arrived; nothing certain is known.
    Unknown,
    /// Not sent: its property is held, or its run ended first.
    Held,
    /// Not sent: a newer wish replaced it.
    Superseded,
    /// Not sent: its plan was too old.
    Skipped,
}

impl Ending {
    /// All endings, in the order in which they are reported.
    pub const ALL: [Self; 8] = [
        Self::Confirmed,
        Self::Drift,
        Self::Refused,
        Self::NotSettled,
        Self::Unknown,
        Self::Held,
        Self::Superseded,
        Self::Skipped,
    ];

    /// Whether the run is done with the nights. `NotSettled` is not final, because a later
    /// look may confirm; `Unknown` is not, because a resume may find out. A later outcome
    /// may still replace a final one: drift can settle late.
    pub fn is_final(self) -> bool {
        !matches!(self, Self::NotSettled | Self::Unknown)
    }

    /// The word on screens.
    pub fn word(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Drift => "drift",
            Self::Refused => "refused",
            Self::NotSettled => "not settled",
            Self::Unknown => "unknown",
            Self::Held => "held",
            Self::Superseded => "superseded",
            Self::Skipped => "skipped",
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// How consecutive nights of one series ended. A later outcome of the same nights of the
/// same chunk replaces an earlier one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The request.
    pub chunk: ChunkId,
    /// The vendor's room type and rate plan.
    pub ids: Ids,
    /// For how many adults; `None` for a row that carries restrictions only.
    pub adults: Option<u8>,
    /// The first night.
    pub first: Night,
    /// The last night, meant too.
    pub last: Night,
    /// How it ended.
    pub ending: Ending,
    /// Why, in words; the vendor's where it refused. Empty when confirmed.
    pub reason: String,
}

/// A run of `apply`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Its number.
    pub id: RunId,
    /// When it began.
    pub started: Wall,
    /// Fingerprint of the plan file; a plan applies once.
    pub plan: String,
    /// When the plan stops being fresh enough to send from.
    pub plan_expires: Wall,
    /// Who made the plan.
    pub author: String,
    /// Why, in the author's words.
    pub reason: String,
    /// When it ended; `None` while it runs or after a crash.
    pub ended: Option<Wall>,
}
