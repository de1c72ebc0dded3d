//! What can be written down: the operations of the ledger, and the records they make.
//!
//! The engine decides on operations; a ledger stores a batch of them whole or not at all.
//! They carry no secrets.
//!
//! Invariant: a chunk's life only goes forward: planned, departing, queued, answered; or
//! from planned to superseded or skipped. Sequence numbers are never used again.

use std::fmt;

use rackrate_core::chunk::{Chunk, Receipt};
use rackrate_core::clock::Wall;
use rackrate_core::error::ErrorKind;
use rackrate_core::ids::{ConnectionId, Ids, JobRef, PropertyCode, VendorId};
use rackrate_core::key::Key;
use rackrate_core::night::Night;
use rackrate_core::series::Series;
use serde::{Deserialize, Serialize};

use crate::audit::{Note, Uses};

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

/// Names one request for good.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ChunkId {
    /// The lane.
    pub lane: LaneKey,
    /// Its place in the lane's order, over all runs.
    pub seq: u64,
}

impl fmt::Display for LaneKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.property, self.connection)
    }
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

/// Where a known price comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The vendor showed it.
    Read,
    /// We pushed it and the vendor accepted.
    Pushed,
}

/// What is known of consecutive nights of one series at a vendor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenSegment {
    /// The account.
    pub connection: ConnectionId,
    /// The vendor's identifier of the property.
    pub vendor_property: VendorId,
    /// The vendor's room type and rate plan.
    pub ids: Ids,
    /// For how many adults.
    pub adults: u8,
    /// Prices and restrictions; nights without knowledge are unknown in it.
    pub series: Series,
    /// How we know.
    pub origin: Origin,
    /// Since when.
    pub at: Wall,
}

/// The wishes last applied for one series: what `verify` compares with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DesiredSeries {
    /// The account.
    pub connection: ConnectionId,
    /// The property.
    pub property: PropertyCode,
    /// The vendor's room type and rate plan.
    pub ids: Ids,
    /// For how many adults the prices are, or [`Self::ANY`] for the restrictions.
    pub adults: u8,
    /// The wishes; nights left alone are unknown in it.
    pub series: Series,
}

impl DesiredSeries {
    /// Restrictions are for any number of adults: they are kept once, apart from the prices,
    /// so that no older wish for them stays beside the prices of a number of adults.
    pub const ANY: u8 = 0;
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

/// How much of an allowance was used up when a process ended cleanly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Names the allowance and its scope.
    pub quota: String,
    /// How many requests still count.
    pub used: u32,
    /// Until when they may.
    pub until: Wall,
}

impl Usage {
    /// Stands for every allowance that is not named: after an unclean end nobody knows
    /// which were used. [`Usage::until`] is when the last unknown request may have arrived.
    pub const ANY: &'static str = "*";
}

/// A part of an allowance with a long window, set aside before it is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservation {
    /// Names the allowance and its scope.
    pub quota: String,
    /// How many requests it covers.
    pub count: u32,
    /// Milliseconds for which a request counts.
    pub window: u64,
    /// When it was set aside.
    pub at: Wall,
}

/// A token, sealed: what the ledger has of it is worth nothing without the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedToken {
    /// The account.
    pub connection: ConnectionId,
    /// The token, as `rackrate-auth` seals it.
    pub sealed: String,
    /// When it was asked for: its life counts from here.
    pub asked: Wall,
    /// Milliseconds that it lives; `None` when the vendor did not say.
    pub lifetime: Option<u64>,
}

/// The token and the consent of an account under another key, where they could be opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resealed {
    /// The account.
    pub connection: ConnectionId,
    /// The token, as `rackrate-auth` seals it.
    pub token: Option<String>,
    /// The refresh token of the consent, likewise.
    pub consent: Option<String>,
}

/// What a person's consent gave an account: its refresh token, sealed, and what is known of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptGrant {
    /// The account.
    pub connection: ConnectionId,
    /// The refresh token, as `rackrate-auth` seals it.
    pub sealed: String,
    /// When the person consented.
    pub consented: Wall,
    /// How many refresh tokens have come of this consent, this one counted.
    pub generation: u64,
    /// When this one came.
    pub since: Wall,
    /// The granted scopes, where the vendor said.
    pub scope: Option<String>,
    /// What is known of it.
    pub state: GrantState,
}

/// What is known of a refresh token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum GrantState {
    /// Nobody has used it.
    Held,
    /// It is no refresh token but the credential itself, a key that lasts.
    Lasting,
    /// It is about to be used; without a later word it may have been.
    Leaving {
        /// Since when.
        at: Wall,
        /// For the second time, within the vendor's grace.
        again: bool,
    },
    /// It is worth nothing any more; a person has to consent again.
    Ended {
        /// Since when.
        at: Wall,
        /// Why, for people.
        why: String,
        /// Why, to act on.
        #[serde(default = "reconnect")]
        kind: ErrorKind,
    },
}

/// Consents that ended before the kind was kept.
fn reconnect() -> ErrorKind {
    ErrorKind::Reconnect
}

/// What a small record of the office is about. Each drawer's own writer knows the form of
/// its records; the ledger keeps them word by word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Drawer {
    /// Installations that a vendor started, waiting for their property.
    Install,
    /// Changes of secrets and keys that are under way.
    Rotation,
    /// Alerts that were raised and have not ended.
    Alert,
    /// When credentials were last used, checked and changed.
    Use,
    /// Decisions of reviews.
    Review,
    /// Clients that their vendors have suspended.
    Suspended,
}

/// A small record of the office, by its name in its drawer. It carries no secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filed {
    /// Where it lies.
    pub drawer: Drawer,
    /// What it is called there.
    pub name: String,
    /// What it says, as JSON; `None` takes it out.
    pub body: Option<String>,
}

/// One thing to write down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum LedgerOp {
    /// A process is about to send: from now on an end without [`LedgerOp::Closed`] is unclean.
    Opened {
        /// When.
        at: Wall,
        /// The accounts whose credentials may be used.
        #[serde(default)]
        accounts: Vec<ConnectionId>,
    },
    /// Part of an allowance is about to be used, whose window is too long to rest for after
    /// a crash.
    Reserved(Reservation),
    /// The process ends with nothing in flight. What it had reserved is in the usage.
    Closed {
        /// When.
        at: Wall,
        /// What still counts against allowances.
        usage: Vec<Usage>,
        /// How often which credential was used since the opening.
        #[serde(default)]
        uses: Vec<Uses>,
    },
    /// A run begins.
    RunStarted(RunRecord),
    /// A run has reported every row.
    RunEnded {
        /// Which.
        run: RunId,
        /// When.
        at: Wall,
    },
    /// A request is meant.
    Planned(Box<ChunkRecord>),
    /// Its first byte may leave from now on. Repeated before every further attempt.
    Departing {
        /// Which.
        chunk: ChunkId,
        /// When.
        at: Wall,
    },
    /// It became a job.
    Queued {
        /// Which.
        chunk: ChunkId,
        /// The job.
        job: JobRef,
        /// When.
        at: Wall,
    },
    /// The vendor has finished with it; without a receipt nothing certain is known.
    Ended {
        /// Which.
        chunk: ChunkId,
        /// What the vendor said.
        receipt: Option<Receipt>,
        /// When it accepted.
        at: Wall,
    },
    /// It was known to have never arrived, so it may be sent again or replaced.
    Returned {
        /// Which.
        chunk: ChunkId,
    },
    /// A newer wish replaced it before it left.
    Superseded {
        /// Which.
        chunk: ChunkId,
        /// By what; `None` when the newer wish needs no request.
        by: Option<ChunkId>,
    },
    /// It will not be sent.
    Skipped {
        /// Which.
        chunk: ChunkId,
    },
    /// An account has a new token; it replaces the older one.
    Token(SealedToken),
    /// An account's consent, as it is from now on.
    Grant(KeptGrant),
    /// An account's token and consent are forgotten.
    Forgotten {
        /// The account.
        connection: ConnectionId,
        /// When.
        #[serde(default)]
        at: Wall,
    },
    /// What is kept of an account is sealed with another key; nothing else of it changes.
    Resealed(Resealed),
    /// How nights ended.
    Outcome(Outcome),
    /// What a vendor showed or accepted.
    Seen(SeenSegment),
    /// What was wished.
    Desired(DesiredSeries),
    /// A small record, in place of the one of that name.
    Filed(Filed),
    /// What the audit trail has to be told beside all this.
    Noted(Note),
}
