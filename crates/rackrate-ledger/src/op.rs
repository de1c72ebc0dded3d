//! What can be written down: the operations of the ledger, and the records they make.
//!
//! The engine decides on operations; a ledger stores a batch of them whole or not at all.
//! They carry no secrets.
//!
//! Invariant: a chunk's life only goes forward: planned, departing, queued, answered; or
//! from planned to superseded or skipped. Sequence numbers are never used again.

mod allowance;
mod filed;
mod grant;
mod price;
mod request;

use rackrate_core::chunk::Receipt;
use rackrate_core::clock::Wall;
use rackrate_core::ids::{ConnectionId, JobRef};
use serde::{Deserialize, Serialize};

pub use self::allowance::{Reservation, Usage};
pub use self::filed::{Drawer, Filed};
pub use self::grant::{GrantState, KeptGrant, Resealed, SealedToken};
pub use self::price::{DesiredSeries, Origin, SeenSegment};
pub use self::request::{
    ChunkId, ChunkRecord, ChunkState, Ending, LaneKey, Outcome, RunId, RunRecord,
};
use crate::audit::{Note, Uses};

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
