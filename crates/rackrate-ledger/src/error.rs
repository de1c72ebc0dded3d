//! Why a ledger refuses or fails, each with a stable code and a way out.
//!
//! Invariant: a refused batch has left no trace in the ledger.

use rackrate_core::finding::{Finding, Place};

use crate::audit::Pseudonym;
use crate::op::{ChunkId, ChunkState, RunId};

/// Why nothing was written, or nothing could be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// A request cannot take this step from where it stands.
    #[error("{chunk} is {state} and cannot become {to}{detail}")]
    Illegal {
        /// The request.
        chunk: ChunkId,
        /// Where it stands.
        state: ChunkState,
        /// Where it was meant to go.
        to: ChunkState,
        /// What else is wrong, with its separator; empty when the states say it all.
        detail: String,
    },
    /// An operation names a request that was never planned.
    #[error("{chunk} was never planned")]
    UnknownChunk {
        /// The request.
        chunk: ChunkId,
    },
    /// A request's number does not follow its lane's last one.
    #[error("{chunk} cannot be planned: the last number used there is {last}")]
    SeqUsed {
        /// The request.
        chunk: ChunkId,
        /// The last number of the lane.
        last: u64,
    },
    /// A request is planned as if something had happened to it already.
    #[error("{chunk} cannot be planned as {state}, or with a past")]
    NotFresh {
        /// The request.
        chunk: ChunkId,
        /// The state it came with.
        state: ChunkState,
    },
    /// An operation names a run that never began.
    #[error("run {} never began", run.0)]
    UnknownRun {
        /// The run.
        run: RunId,
    },
    /// A run's number does not follow the last one.
    #[error("run {} cannot begin: the last run is {}", run.0, last.0)]
    RunUsed {
        /// The run.
        run: RunId,
        /// The last run.
        last: RunId,
    },
    /// A plan applies once.
    #[error("the plan was applied already, in run {}", run.0)]
    PlanApplied {
        /// The run that applied it.
        run: RunId,
    },
    /// An outcome whose last night is before its first.
    #[error("an outcome of {chunk} ends before it begins")]
    Backwards {
        /// The request.
        chunk: ChunkId,
    },
    /// A number beyond what a ledger can store.
    #[error("{what} is beyond what a ledger can store")]
    TooLarge {
        /// What the number counts.
        what: &'static str,
    },
    /// Another process holds the ledger.
    #[error("the ledger is held by {holder}")]
    Held {
        /// The lock file.
        file: String,
        /// The holder's own words.
        holder: String,
    },
    /// The file cannot be opened or created.
    #[error("the ledger cannot be opened: {reason}")]
    Unopenable {
        /// The file.
        file: String,
        /// The system's words.
        reason: String,
    },
    /// The file is something else.
    #[error("the file is not a rackrate ledger: {reason}")]
    Foreign {
        /// The file.
        file: String,
        /// How we know.
        reason: String,
    },
    /// A later rackrate wrote the file.
    #[error("the ledger has version {found}, this rackrate knows versions up to {known}")]
    Newer {
        /// The file.
        file: String,
        /// Its version.
        found: i64,
        /// The last version known here.
        known: i64,
    },
    /// Reading or writing failed.
    #[error("the ledger failed: {reason}")]
    Storage {
        /// The file.
        file: String,
        /// The store's words.
        reason: String,
    },
    /// Something stored cannot be understood.
    #[error("the ledger holds a broken {what}: {reason}")]
    Broken {
        /// What it should be.
        what: &'static str,
        /// Why it is not.
        reason: String,
    },
    /// The audit trail does not end where its head says; nothing is added to it.
    #[error(
        "the audit trail has a last line {last} that its head does not tell: it tells line {head}"
    )]
    TrailBroken {
        /// The last line that is there.
        last: u64,
        /// The last line by the head.
        head: u64,
    },
    /// What should be signed is not in the audit trail.
    #[error("line {line} of the audit trail is not the one that was to be signed")]
    NotInTrail {
        /// The line.
        line: u64,
    },
    /// The audit trail can only be cut where it was signed.
    #[error("line {line} of the audit trail has no checkpoint")]
    NoCheckpoint {
        /// The line.
        line: u64,
    },
    /// There is no name behind a pseudonym.
    #[error("there is no name behind {actor}")]
    UnknownActor {
        /// The pseudonym.
        actor: Pseudonym,
    },
    /// The ledger has been shut down.
    #[error("the ledger is closed")]
    Closed,
}

impl LedgerError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Illegal { .. } => "ledger.illegal_step",
            Self::UnknownChunk { .. } => "ledger.unknown_request",
            Self::SeqUsed { .. } => "ledger.number_used",
            Self::NotFresh { .. } => "ledger.not_fresh",
            Self::UnknownRun { .. } => "ledger.unknown_run",
            Self::RunUsed { .. } => "ledger.run_used",
            Self::PlanApplied { .. } => "ledger.plan_applied",
            Self::Backwards { .. } => "ledger.backwards",
            Self::TooLarge { .. } => "ledger.too_large",
            Self::Held { .. } => "ledger.held",
            Self::Unopenable { .. } => "ledger.cannot_open",
            Self::Foreign { .. } => "ledger.not_a_ledger",
            Self::Newer { .. } => "ledger.newer",
            Self::Storage { .. } => "ledger.storage",
            Self::Broken { .. } => "ledger.broken",
            Self::TrailBroken { .. } => "audit.broken",
            Self::NotInTrail { .. } => "audit.not_in_trail",
            Self::NoCheckpoint { .. } => "audit.no_checkpoint",
            Self::UnknownActor { .. } => "audit.unknown_actor",
            Self::Closed => "ledger.closed",
        }
    }

    /// What a person is told.
    pub fn finding(&self) -> Finding {
        Finding::error(self.code(), self.place(), self.to_string()).hint(self.way_out())
    }

    fn place(&self) -> Place {
        match self {
            Self::Illegal { chunk, .. }
            | Self::UnknownChunk { chunk }
            | Self::SeqUsed { chunk, .. }
            | Self::NotFresh { chunk, .. }
            | Self::Backwards { chunk } => {
                Place::property(&chunk.lane.property, "").on(&chunk.lane.connection)
            }
            Self::Held { file, .. }
            | Self::Unopenable { file, .. }
            | Self::Foreign { file, .. }
            | Self::Newer { file, .. }
            | Self::Storage { file, .. } => Place::file(file.as_str()),
            _ => Place::default(),
        }
    }

    fn way_out(&self) -> &'static str {
        match self {
            Self::PlanApplied { .. } => {
                "Make a new plan, or go on with the old one by `apply --resume`."
            }
            Self::Held { .. } => "Wait until the holder has finished, or end it first.",
            Self::Unopenable { .. } => {
                "Name a file in a folder where this user may write, or correct its permissions."
            }
            Self::Foreign { .. } => "Name another file; this one was left as it is.",
            Self::Newer { .. } => {
                "Use the newer rackrate, or the backup that it made beside the ledger."
            }
            Self::Storage { .. } => {
                "Check that the disk has room and works, then start again; nothing written is lost."
            }
            Self::Broken { .. } => "Restore the ledger from a backup, and keep the broken file.",
            Self::TrailBroken { .. } => {
                "Nothing is sent any more. Keep the file as evidence, see `rackrate audit verify`, \
                 and restore the ledger from a backup."
            }
            Self::NotInTrail { .. } => "Sign again; something was written meanwhile.",
            Self::NoCheckpoint { .. } => "Name a line that `rackrate audit checkpoints` lists.",
            Self::UnknownActor { .. } => "`rackrate audit actors` lists who is known.",
            Self::Closed => "Start rackrate again.",
            _ => "This is a mistake in rackrate; nothing was written. Please report it.",
        }
    }
}
