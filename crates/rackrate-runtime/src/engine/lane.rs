//! What the engine keeps of a lane: its queue, what is on the way, what is to be verified.
//!
//! Invariant: requests of a lane are in the order of their sequence numbers, and the lane
//! rule of its vendor decides how many may be under way.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use rackrate_auth::lifecycle::Ticket;
use rackrate_core::chunk::{Chunk, Row};
use rackrate_core::clock::{Mono, Wall};
use rackrate_core::exchange::Operation;
use rackrate_core::ids::JobRef;
use rackrate_core::key::Key;
use rackrate_core::night::Night;
use rackrate_core::shape::LaneRule;
use rackrate_ledger::op::{ChunkId, RunId};

use super::types::{BatchId, CarryId, Failure, LaneSpec, SendId};
use super::verify::Checks;

/// A lane at work.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) spec: LaneSpec,
    /// Meant, in order; nothing of them has left.
    pub(super) waiting: VecDeque<Wish>,
    /// On the way, in order.
    pub(super) active: Vec<Active>,
    pub(super) checks: Checks,
    pub(super) reads: VecDeque<ReadTask>,
    /// The read under way.
    pub(super) reading: Option<ReadTask>,
    /// Behind the breaker until then.
    pub(super) open_until: Mono,
    pub(super) rest: Duration,
    /// Why nothing more of it leaves.
    pub(super) held: Option<Failure>,
    /// With which token each kind of request was last served.
    pub(super) served: BTreeMap<Operation, Ticket>,
    pub(super) next_seq: u64,
}

/// A request that is meant.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub(super) id: ChunkId,
    pub(super) run: RunId,
    pub(super) key: Key,
    pub(super) chunk: Arc<Chunk>,
}

/// What is asked for next about a request on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    Push,
    LookUp,
    Poll,
}

/// Where a request on the way stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// It may go on from then.
    Due(Mono),
    /// Its departing mark is being written; the permit is taken.
    Marking(BatchId),
    /// An attempt is under way.
    Flying(SendId),
}

/// A request on the way.
#[derive(Debug)]
pub(super) struct Active {
    pub(super) wish: Wish,
    pub(super) ask: Ask,
    pub(super) phase: Phase,
    /// The departing mark is durable.
    pub(super) marked: bool,
    /// An attempt may have arrived and nobody knows.
    pub(super) maybe: bool,
    pub(super) tries: u32,
    /// When it first left; look-ups begin there.
    pub(super) departed: (Mono, Wall),
    /// When it last left; the flight horizon counts from there.
    pub(super) last_left: Mono,
    pub(super) job: Option<JobRef>,
    pub(super) accepted: Mono,
    pub(super) polls: u32,
    pub(super) carry: Option<CarryId>,
}

/// A span of nights to read.
#[derive(Clone, Debug)]
pub(super) struct ReadTask {
    pub(super) first: Night,
    pub(super) last: Night,
    /// For verification; otherwise somebody asked.
    pub(super) check: bool,
    pub(super) tries: u32,
    pub(super) at: Mono,
    /// When its first page was asked for.
    pub(super) left: Option<Mono>,
    pub(super) carry: Option<CarryId>,
}

/// How many requests of a pipelined lane are under way at once.
const PIPELINE: usize = 4;

impl Lane {
    pub(super) fn new(spec: LaneSpec, rest: Duration) -> Self {
        Self {
            next_seq: spec.last_seq + 1,
            spec,
            waiting: VecDeque::new(),
            active: Vec::new(),
            checks: Checks::default(),
            reads: VecDeque::new(),
            reading: None,
            open_until: Mono(0),
            rest,
            held: None,
            served: BTreeMap::new(),
        }
    }

    /// Whether the lane rule lets the next waiting request start.
    pub(super) fn may_start(&self, rule: LaneRule) -> bool {
        let Some(next) = self.waiting.front() else {
            return false;
        };
        let room = match rule {
            LaneRule::OneJob => self.active.is_empty(),
            LaneRule::OneRequest => self.active.iter().all(|one| one.ask == Ask::Poll),
            LaneRule::Pipelined => self.active.len() < PIPELINE,
        };
        room && !self
            .active
            .iter()
            .any(|one| overlap(&one.wish.chunk.rows, &next.chunk.rows))
    }

    /// The place of a request on the way.
    pub(super) fn place(&self, seq: u64) -> Option<usize> {
        self.active.iter().position(|one| one.wish.id.seq == seq)
    }

    /// Jobs known to belong to other requests than that one.
    pub(super) fn other_jobs(&self, seq: u64) -> Vec<JobRef> {
        let active = self.active.iter().filter(|one| one.wish.id.seq != seq);
        let mut jobs: Vec<_> = active.filter_map(|one| one.job.clone()).collect();
        jobs.extend(self.checks.jobs().cloned());
        jobs
    }

    /// Whether a waiting request speaks of a night that these rows speak of.
    pub(super) fn newer_waits(&self, rows: &[Row]) -> bool {
        self.waiting
            .iter()
            .any(|wish| overlap(&wish.chunk.rows, rows))
    }
}

impl Active {
    /// What is asked for next, in the words of the seam.
    pub(super) fn operation(&self) -> Operation {
        match self.ask {
            Ask::Push => self.wish.chunk.operation,
            Ask::Poll => Operation::Poll,
            Ask::LookUp => Operation::LookUp,
        }
    }

    /// A request that begins its way.
    pub(super) fn new(wish: Wish, now: (Mono, Wall)) -> Self {
        Self {
            wish,
            ask: Ask::Push,
            phase: Phase::Due(now.0),
            marked: false,
            maybe: false,
            tries: 0,
            departed: now,
            last_left: now.0,
            job: None,
            accepted: now.0,
            polls: 0,
            carry: None,
        }
    }

    /// Goes on with `ask` from `at`, as a new exchange.
    pub(super) fn next(&mut self, ask: Ask, at: Mono) {
        self.ask = ask;
        self.phase = Phase::Due(at);
        self.tries = 0;
        self.carry = None;
    }
}

pub(super) fn overlap(some: &[Row], others: &[Row]) -> bool {
    some.iter()
        .any(|row| others.iter().any(|other| row.overlaps(other)))
}
