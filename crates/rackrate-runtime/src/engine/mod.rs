//! The engine: decides what happens next, and does nothing itself.
//!
//! One state machine for everything that touches vendors: lanes, allowances, tokens, tries,
//! jobs, look-ups, resends and verification. A host tells it what happened and when, and
//! does what it says. The tokio driver and the simulation host run this same code.
//!
//! Invariants:
//! - an attempt to write leaves only after its departing mark is durable;
//! - in one list of effects, commits come before sends, and batches are numbered in order;
//! - the same events at the same times with the same numbers give the same effects.

mod audit;
mod clients;
mod conclude;
mod consent;
mod dates;
mod flight;
mod grants;
mod holds;
mod lane;
pub mod limiter;
mod push;
mod read;
mod recover;
mod reread;
mod scopes;
mod settle;
#[cfg(test)]
mod tests;
pub mod types;
mod verify;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rackrate_auth::lifecycle::{Lifecycle, Ticket};
use rackrate_core::clock::{Mono, Wall};
use rackrate_core::exchange::Operation;
use rackrate_core::ids::ConnectionId;
use rackrate_core::limit::Feedback;
use rackrate_core::seed::Seed;
use rackrate_ledger::op::{LedgerOp, RunId, Usage};

use self::consent::Consented;
use self::flight::{Flight, Kind};
pub use self::holds::ELSEWHERE;
use self::lane::Lane;
use self::limiter::Limiter;
pub use self::recover::Recovered;
use self::types::{
    Answer, BatchId, ConnIx, ConnectionSpec, Effect, Event, Failure, GrantIx, LaneIx, Now, Report,
    SendId, Setup,
};

/// Tries that bound one exchange.
const TRIES: u32 = 3;
/// The longest wait a vendor's answer can impose.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// The state machine.
#[derive(Debug)]
pub struct Engine {
    setup: Setup,
    limiter: Limiter,
    grants: Vec<Lifecycle>,
    /// Those of them that a person gave.
    consents: Vec<Option<Consented>>,
    /// What each grant may not do.
    unscoped: Vec<scopes::Unscoped>,
    /// How the clients stand with their vendors.
    clients: Vec<clients::Standing>,
    /// What people said of grants and has not left yet.
    said: BTreeMap<usize, consent::Said>,
    /// How old their secrets are.
    rereads: Vec<reread::Reread>,
    /// Why a grant's last token request failed.
    grant_failures: Vec<Option<Failure>>,
    /// Grants whose token somebody waits for.
    wanted: Vec<bool>,
    /// The tokens that will not do for whoever waits.
    outdated: Vec<Option<Ticket>>,
    /// Grants that will have no token in this run, with why, until it is told.
    starved: BTreeMap<usize, Failure>,
    /// Grants that have just died, likewise.
    died: BTreeMap<usize, Failure>,
    lanes: Vec<Lane>,
    discoveries: Vec<Option<read::DiscoverTask>>,
    flights: BTreeMap<SendId, Flight>,
    /// Batches the ledger has not acknowledged.
    unwritten: BTreeSet<BatchId>,
    /// Allowances of which those batches set a part aside.
    reserving: Vec<(BatchId, usize)>,
    /// What earlier processes used of allowances that this one does not know; handed on.
    inherited: Vec<Usage>,
    /// How many attempts were let go, by account and what for.
    uses: BTreeMap<(ConnectionId, Operation), u64>,
    /// When credentials were used and renewed, by account.
    dates: Vec<dates::Known>,
    retry_budget: Vec<u32>,
    started: bool,
    stopping: bool,
    told_idle: bool,
    began: Mono,
    /// When a vendor last took a request; waiting for read-back counts from there.
    last_taken: Mono,
    /// The newest run whose beginning was written down.
    last_run: RunId,
    next_send: u64,
    next_batch: u64,
    turn: usize,
    out: Out,
}

/// What one call of [`Engine::on`] decided so far.
#[derive(Debug, Default)]
struct Out {
    ops: Vec<LedgerOp>,
    sends: Vec<Effect>,
    others: Vec<Effect>,
    wake: Option<Mono>,
    jitter: u64,
    now: Wall,
}

impl Engine {
    /// Takes in what happened and says what to do.
    pub fn on(&mut self, now: Now, event: Event) -> Vec<Effect> {
        self.out.jitter = now.random;
        self.out.now = now.wall;
        self.out.wake = None;
        self.told_idle = self.told_idle && matches!(event, Event::Clock);
        match event {
            Event::Start => self.start(now),
            Event::Clock => {}
            Event::Committed(batch) => self.committed(batch, now),
            Event::Answer {
                send,
                answer,
                feedback,
            } => self.answer(send, answer, feedback, now),
            Event::NewDesired {
                run,
                lanes,
                desired,
            } => {
                if self.last_run < run.id {
                    self.last_run = run.id;
                    self.op(LedgerOp::RunStarted((*run).clone()));
                }
                for (lane, chunks) in lanes {
                    self.new_desired(lane, &run, chunks);
                }
                for series in desired {
                    self.op(LedgerOp::Desired(series));
                }
            }
            Event::Read { lane, first, last } => self.want_read(lane, first, last, now),
            Event::Discover(connection) => self.want_discovery(connection, false, now),
            Event::Touch(connection) => self.want_discovery(connection, true, now),
            Event::Introspect(grant) => drop(self.said.insert(grant.0, consent::Said::Whether)),
            Event::TokenWanted(grant) => self.token_wanted(grant, now),
            Event::RenewalWanted(grant) => {
                self.outdated[grant.0] = self.grants[grant.0].outdate();
                self.token_wanted(grant, now);
            }
            Event::MigrationWanted(grant) => self.migration_wanted(grant, now),
            Event::Consented(grant) => drop(self.said.insert(grant.0, consent::Said::Yes)),
            Event::Withdrawn(grant) => drop(self.said.insert(grant.0, consent::Said::NoMore)),
            Event::Reread { grant, changed } => self.reread(grant, &changed, now),
            Event::Stop => self.stopping = true,
        }
        if self.started {
            self.pump(now);
            self.conclude(now);
        }
        self.flush(now)
    }

    fn start(&mut self, now: Now) {
        self.started = true;
        self.began = now.mono;
        self.last_taken = now.mono;
        let accounts = self.setup.connections.iter();
        let accounts = accounts.map(|one| one.id.clone()).collect();
        let at = now.wall;
        self.op(LedgerOp::Opened { at, accounts });
        for (grant, failure) in std::mem::take(&mut self.setup.holds) {
            self.hold_grant(grant, &failure);
        }
    }

    /// Lets everything that is due go on, in the order of importance, each lane in turn.
    fn pump(&mut self, now: Now) {
        self.limiter.new_round();
        self.pump_said(now);
        for grant in 0..self.wanted.len() {
            self.pump_wanted(GrantIx(grant), now);
        }
        let lanes = self.lanes.len();
        let start = self.turn;
        let round = |step: usize| LaneIx((start + step) % lanes.max(1));
        for step in 0..lanes {
            self.pump_pushes(round(step), now);
        }
        for step in 0..lanes {
            self.pump_polls(round(step), now);
        }
        for step in 0..lanes {
            self.pump_reads(round(step), now);
        }
        for connection in 0..self.setup.connections.len() {
            self.pump_discovery(ConnIx(connection), now);
        }
        self.tell_starved();
        self.tell_died();
        self.wake_at_bounds(now);
    }

    fn flush(&mut self, now: Now) -> Vec<Effect> {
        let mut effects = Vec::new();
        if !self.out.ops.is_empty() {
            self.tell_dates();
            let batch = self.batch();
            self.next_batch += 1;
            self.unwritten.insert(batch);
            effects.push(Effect::Commit {
                batch,
                ops: std::mem::take(&mut self.out.ops),
            });
        }
        effects.append(&mut self.out.sends);
        effects.append(&mut self.out.others);
        if let Some(wake) = self.out.wake {
            effects.push(Effect::WakeAt(wake.max(Mono(now.mono.0 + 1))));
        }
        effects
    }

    fn answer(&mut self, send: SendId, answer: Answer, feedback: Feedback, now: Now) {
        let Some(flight) = self.flights.remove(&send) else {
            return;
        };
        self.settle_permit(&flight, &answer, &feedback, now);
        self.token_served(&flight, &answer);
        let refused = match &answer {
            Answer::Failed(failure) => Some(failure.clone()),
            _ => None,
        };
        match flight.kind {
            Kind::Token(grant) => self.token_answer(grant, answer, &flight, now),
            Kind::Redeem(grant) => self.redeemed(grant, answer, &flight, now),
            Kind::Introspect(grant) => self.introspected(grant, answer, now),
            Kind::Whether(grant) => self.told_whether(grant, answer, now),
            Kind::Revoke(grant) => self.revoked(grant, answer),
            Kind::Chunk(lane, seq) => self.chunk_answer(lane, seq, answer, &flight, now),
            Kind::Read(lane) => self.read_answer(lane, answer, &flight, now),
            Kind::Discover(connection) => self.discover_answer(connection, answer, &flight, now),
        }
        self.client_answered(send, &flight, refused.as_ref());
        if let Some(failure) = refused {
            self.grant_may_have_ended(&flight, &failure, now);
        }
    }

    /// A batch the ledger has not yet: the one that this call will commit.
    fn batch(&self) -> BatchId {
        BatchId(self.next_batch)
    }

    fn op(&mut self, op: LedgerOp) {
        self.out.ops.push(op);
    }

    fn report(&mut self, report: Report) {
        self.out.others.push(Effect::Report(report));
    }

    fn wake(&mut self, at: Mono) {
        self.out.wake = Some(self.out.wake.map_or(at, |wake| wake.min(at)));
    }

    /// A pause that doubles with each try, between half and all of it.
    fn backoff(&mut self, tries: u32) -> Duration {
        let full = self.setup.policy.backoff.saturating_mul(1 << tries.min(8));
        let micros = u64::try_from(full.as_micros()).unwrap_or(u64::MAX);
        Duration::from_micros(self.draw().between(micros / 2, micros))
    }

    fn draw(&mut self) -> Seed {
        let mut seed = Seed::new(self.out.jitter);
        self.out.jitter = seed.draw();
        seed
    }

    fn connection(&self, lane: LaneIx) -> &ConnectionSpec {
        &self.setup.connections[self.lanes[lane.0].spec.connection.0]
    }

    fn grant_of(&self, lane: LaneIx) -> GrantIx {
        self.connection(lane).grant
    }

    /// Nothing new leaves any more.
    fn closing(&self, now: Now) -> bool {
        self.stopping || now.mono >= self.began.after(self.setup.policy.deadline)
    }
}
