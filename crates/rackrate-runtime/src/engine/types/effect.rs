//! What to do, and what to tell.

use std::sync::Arc;

use rackrate_auth::lifecycle::Ticket;
use rackrate_core::adapter::Discovery;
use rackrate_core::chunk::Chunk;
use rackrate_core::clock::{Mono, Wall};
use rackrate_core::exchange::Operation;
use rackrate_core::ids::JobRef;
use rackrate_core::key::Key;
use rackrate_core::night::Night;
use rackrate_ledger::op::{LedgerOp, Outcome};

#[cfg(doc)]
use super::Event;
use super::{BatchId, CarryId, ClientIx, ConnIx, Failure, GrantIx, LaneIx, SendId};
use crate::observation::Observation;

/// What to do. In one list, commits come before sends.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Make one attempt.
    Send {
        /// Its name.
        send: SendId,
        /// What to send.
        verb: Verb,
        /// The credential to send it with; `None` for a token request.
        ticket: Option<Ticket>,
    },
    /// Write down, durably, then say [`Event::Committed`].
    Commit {
        /// Its name.
        batch: BatchId,
        /// What, all or nothing.
        ops: Vec<LedgerOp>,
    },
    /// Say [`Event::Clock`] at that time; replaces the last wish. Always later than now.
    WakeAt(Mono),
    /// This is the grant's token now.
    Publish(GrantIx, Ticket),
    /// Ask the places of that grant's secrets again, then say [`Event::Reread`].
    Reread(GrantIx),
    /// Tell somebody.
    Report(Report),
}

/// One attempt.
#[derive(Clone, Debug)]
pub enum Verb {
    /// Ask for a token.
    Refresh(GrantIx),
    /// Ask for the first token of a consent, with the code the host holds.
    Redeem(GrantIx),
    /// Ask whether a refresh token is still good.
    Introspect(GrantIx),
    /// End a grant.
    Revoke(GrantIx),
    /// Write.
    Push {
        /// The lane.
        lane: LaneIx,
        /// What.
        chunk: Arc<Chunk>,
        /// Its key.
        key: Key,
    },
    /// Ask for a job.
    Poll {
        /// The lane.
        lane: LaneIx,
        /// What the job writes.
        chunk: Arc<Chunk>,
        /// The job.
        job: JobRef,
        /// The question held ready, after a first answer.
        carry: Option<CarryId>,
    },
    /// Find out what became of a lost write.
    LookUp {
        /// The lane.
        lane: LaneIx,
        /// What it carried.
        chunk: Arc<Chunk>,
        /// When it left.
        departed: Wall,
        /// Jobs that belong to other writes.
        known_jobs: Vec<JobRef>,
        /// The question held ready, after a first answer.
        carry: Option<CarryId>,
    },
    /// Read prices.
    Read {
        /// The lane.
        lane: LaneIx,
        /// The first night.
        first: Night,
        /// The last night, meant too.
        last: Night,
        /// The question held ready, after a first answer.
        carry: Option<CarryId>,
    },
    /// List what there is.
    Discover {
        /// The connection.
        connection: ConnIx,
        /// The question held ready, after a first answer.
        carry: Option<CarryId>,
    },
}

impl Verb {
    /// The grant whose tokens it is about; such a request carries no token itself.
    pub fn grant(&self) -> Option<GrantIx> {
        match self {
            Self::Refresh(grant)
            | Self::Redeem(grant)
            | Self::Introspect(grant)
            | Self::Revoke(grant) => Some(*grant),
            _ => None,
        }
    }

    /// What it does at the vendor.
    pub fn operation(&self) -> Operation {
        match self {
            Self::Refresh(_) | Self::Redeem(_) | Self::Introspect(_) | Self::Revoke(_) => {
                Operation::Token
            }
            Self::Push { chunk, .. } => chunk.operation,
            Self::Poll { .. } => Operation::Poll,
            Self::LookUp { .. } => Operation::LookUp,
            Self::Read { .. } => Operation::Read,
            Self::Discover { .. } => Operation::Discover,
        }
    }

    /// The lane it is about.
    pub fn lane(&self) -> Option<LaneIx> {
        match self {
            Self::Push { lane, .. }
            | Self::Poll { lane, .. }
            | Self::LookUp { lane, .. }
            | Self::Read { lane, .. } => Some(*lane),
            _ => None,
        }
    }
}

/// What to tell.
#[derive(Clone, Debug)]
pub enum Report {
    /// How nights ended.
    Ended(Outcome),
    /// A row left for good without being sent in this run; it stays planned in the ledger.
    Waiting(Outcome),
    /// The vendor took a request.
    Accepted(LaneIx),
    /// Prices that were asked for with [`Event::Read`].
    Read(LaneIx, Arc<Observation>),
    /// They cannot be had.
    ReadFailed(LaneIx, Failure),
    /// What there is at a connection.
    Discovered(ConnIx, Arc<Discovery>),
    /// It cannot be had, nor can its first page.
    DiscoverFailed(ConnIx, Failure),
    /// A vendor answered what [`Event::Touch`] asked for.
    Touched(ConnIx),
    /// What a vendor says of a refresh token, asked for with [`Event::Introspect`].
    Introspected(GrantIx, Result<bool, Failure>),
    /// What the first dated answer of a connection shows of its vendor's clock. The host
    /// tells it, because only the host sees headers.
    Clock {
        /// The connection.
        connection: ConnIx,
        /// The time in the answer's header, in whole seconds.
        vendor: Wall,
        /// Our time when the answer came.
        ours: Wall,
    },
    /// A lane stops; nothing more of it leaves in this run.
    Held(LaneIx, Failure),
    /// Who waits for a token of that grant is told this.
    NoToken(GrantIx, Failure),
    /// A vendor granted these scopes, which nobody asked for.
    MoreGranted(GrantIx, Vec<String>),
    /// A vendor has suspended a client: nothing more leaves with any of its grants.
    Suspended(ClientIx, Failure),
    /// A consent became a grant, and is on disk.
    Connected(GrantIx),
    /// A grant has ended at its vendor, where the vendor can be told, and is forgotten here.
    Disconnected(GrantIx),
    /// Nothing is left to do.
    Idle,
}
