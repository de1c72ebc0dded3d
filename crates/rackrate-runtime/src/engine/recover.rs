//! Waking up: what an earlier process left behind becomes lanes, permits and checks again.
//!
//! Invariant: whatever may have left is settled before anything newer of its lane leaves,
//! and after an unclean end every allowance with a short window rests for it and the flight
//! horizon, while of a long one all counts that was set aside.

use std::sync::Arc;
use std::time::Duration;

use rackrate_auth::lifecycle::{Lifecycle, Ticket};
use rackrate_core::clock::Wall;
use rackrate_core::idempotency::Guarantee;
use rackrate_core::ids::JobRef;
use rackrate_ledger::op::{
    ChunkRecord, ChunkState, Ending, KeptGrant, LaneKey, Outcome, Reservation, RunId, Usage,
};

use super::lane::{Active, Ask, Lane, Wish};
use super::limiter::Limiter;
use super::reread::Reread;
use super::settle::RETRY_BUDGET;
use super::types::{GrantIx, LaneIx, Now, Setup};
use super::verify::Piece;
use super::{Engine, Out, clients, scopes};

/// What an earlier process left behind.
#[derive(Clone, Debug, Default)]
pub struct Recovered {
    /// Whether it ended without telling what it had used.
    pub unclean: bool,
    /// What was used at the last clean end.
    pub usage: Vec<Usage>,
    /// What was set aside of long allowances since then, oldest first.
    pub reserved: Vec<Reservation>,
    /// Tokens that are still kept: the grant, the desk's ticket, when they were asked for and
    /// how long they live.
    pub tokens: Vec<(GrantIx, Ticket, Wall, Option<Duration>)>,
    /// Consents, as they were last written down.
    pub grants: Vec<(GrantIx, KeptGrant)>,
    /// What the kept tokens may do, where their vendors said.
    pub scopes: Vec<(GrantIx, String)>,
    /// The names of clients that their vendors had suspended.
    pub suspended: Vec<String>,
    /// Requests that need more: planned, departing, queued, or answered and not yet seen.
    pub unfinished: Vec<ChunkRecord>,
    /// Endings already told of these requests.
    pub outcomes: Vec<Outcome>,
    /// Jobs of requests that have ended, as long as their vendors may still list them. A
    /// look-up that does not know them takes an old job with the same prices for the lost
    /// one.
    pub jobs: Vec<(LaneKey, JobRef)>,
}

impl Engine {
    /// An engine that has not started; it does nothing before [`super::types::Event::Start`].
    pub fn new(setup: Setup, recovered: Recovered, now: Now) -> Self {
        let lanes = setup
            .lanes
            .iter()
            .map(|spec| Lane::new(spec.clone(), setup.policy.rest));
        let grants = setup.grants.iter().map(|grant| match grant.renewable {
            true => Lifecycle::renewable(),
            false => Lifecycle::fixed(),
        });
        let mut engine = Self {
            limiter: Limiter::new(setup.quotas.clone()),
            grants: grants.collect(),
            rereads: setup.grants.iter().map(|_| Reread::default()).collect(),
            grant_failures: vec![None; setup.grants.len()],
            wanted: vec![false; setup.grants.len()],
            outdated: vec![None; setup.grants.len()],
            consents: setup.grants.iter().map(|_| None).collect(),
            unscoped: setup
                .grants
                .iter()
                .map(|one| scopes::Unscoped::as_asked(&one.scopes))
                .collect(),
            clients: clients::Standing::of(&setup.clients, &recovered.suspended),
            said: Default::default(),
            died: Default::default(),
            starved: Default::default(),
            lanes: lanes.collect(),
            discoveries: setup.connections.iter().map(|_| None).collect(),
            flights: Default::default(),
            unwritten: Default::default(),
            reserving: Vec::new(),
            inherited: Vec::new(),
            uses: Default::default(),
            dates: setup
                .connections
                .iter()
                .map(|_| Default::default())
                .collect(),
            retry_budget: vec![RETRY_BUDGET; setup.connections.len()],
            started: false,
            stopping: false,
            told_idle: false,
            began: now.mono,
            last_taken: now.mono,
            last_run: RunId(0),
            next_send: 0,
            next_batch: 0,
            turn: 0,
            out: Out::default(),
            setup,
        };
        engine.rest(&recovered, now);
        engine.take_tokens(&recovered, now);
        engine.take_grants(&recovered, now);
        engine.take_scopes(&recovered);
        engine.take_up(recovered, now);
        engine
    }

    fn take_tokens(&mut self, recovered: &Recovered, now: Now) {
        for (grant, ticket, asked, lifetime) in &recovered.tokens {
            // A clock that was set back must not make a token live longer.
            let asked = (*asked).min(now.wall);
            self.grants[grant.0].granted(*ticket, *lifetime, (now.at(asked), asked));
        }
    }

    fn rest(&mut self, recovered: &Recovered, now: Now) {
        for usage in &recovered.usage {
            self.used(usage, now);
        }
        if !recovered.unclean {
            return;
        }
        let horizon = self.setup.longest_horizon();
        for (at, part) in recovered.reserved.iter().enumerate() {
            // A part was used at the latest when the next one was set aside.
            let later = &recovered.reserved[at + 1..];
            let next = later.iter().find(|later| later.quota == part.quota);
            let used_by = next.map_or(now.wall, |next| next.at);
            let counts = horizon + Duration::from_millis(part.window);
            let usage = Usage {
                quota: part.quota.clone(),
                used: part.count,
                until: used_by.after(counts),
            };
            self.used(&usage, now);
        }
        let anything = Usage {
            quota: Usage::ANY.to_owned(),
            used: 0,
            until: now.wall.after(horizon),
        };
        self.used(&anything, now);
    }

    /// Counts what an earlier process used. What this one does not know is kept for a later
    /// one that does.
    fn used(&mut self, usage: &Usage, now: Now) {
        let until = now.mono.after(usage.until.since(now.wall));
        if usage.quota == Usage::ANY {
            let ago = now.wall.since(usage.until);
            self.limiter.rest_all(until, ago);
            self.inherited.push(usage.clone());
        } else if let Some(quota) = self.limiter.index(&usage.quota) {
            self.limiter.restore(quota, usage.used, until);
        } else {
            self.inherited.push(usage.clone());
        }
    }

    fn take_up(&mut self, recovered: Recovered, now: Now) {
        for (key, job) in recovered.jobs {
            let of = |lane: &&mut Lane| lane.spec.key == key;
            if let Some(lane) = self.lanes.iter_mut().find(of) {
                lane.checks.know(job);
            }
        }
        let mut unfinished = recovered.unfinished;
        unfinished.sort_by(|one, other| one.id.cmp(&other.id));
        for record in unfinished {
            let lane = self
                .lanes
                .iter()
                .position(|lane| lane.spec.key == record.id.lane);
            if let Some(lane) = lane {
                self.take_up_one(LaneIx(lane), record, &recovered.outcomes, now);
            }
        }
    }

    fn take_up_one(&mut self, lane: LaneIx, record: ChunkRecord, known: &[Outcome], now: Now) {
        let wish = Wish {
            id: record.id.clone(),
            run: record.run,
            key: record.key.clone(),
            chunk: Arc::new(record.chunk.clone()),
        };
        match record.state {
            ChunkState::Planned => self.lanes[lane.0].waiting.push_back(wish),
            ChunkState::Departing => self.take_up_departed(lane, wish, &record, now),
            ChunkState::Queued => {
                let mut one = self.departed(lane, wish, &record, now);
                one.job = record.job;
                one.next(Ask::Poll, now.mono);
                self.lanes[lane.0].active.push(one);
            }
            ChunkState::Answered => self.take_up_answered(lane, &record, known, now),
            ChunkState::Superseded | ChunkState::Skipped => {}
        }
    }

    fn take_up_departed(&mut self, lane: LaneIx, wish: Wish, record: &ChunkRecord, now: Now) {
        let connection = self.connection(lane);
        let guarantee = connection.guarantee(wish.chunk.operation);
        let horizon = connection.horizon;
        let age = record
            .departed
            .map_or_else(Default::default, |departed| now.wall.since(departed));
        let mut one = self.departed(lane, wish, record, now);
        one.maybe = true;
        match guarantee {
            Guarantee::Keyed { retention } if age < retention => one.next(Ask::Push, now.mono),
            Guarantee::Absolute { not_again_within } => {
                one.next(Ask::Push, now.mono.after(horizon + not_again_within))
            }
            Guarantee::LookUp { .. } => one.next(Ask::LookUp, now.mono),
            Guarantee::Keyed { .. } | Guarantee::None => {
                self.lanes[lane.0].active.push(one);
                let at = self.lanes[lane.0].active.len() - 1;
                return self.finish(lane, at, None, now);
            }
        }
        self.lanes[lane.0].active.push(one);
    }

    fn departed(&mut self, lane: LaneIx, wish: Wish, record: &ChunkRecord, now: Now) -> Active {
        for outcome in self.lanes[lane.0].checks.supersede(&wish.chunk) {
            self.ended(outcome);
        }
        let departed = (now.mono, record.departed.unwrap_or(now.wall));
        Active {
            marked: true,
            departed,
            ..Active::new(wish, departed)
        }
    }

    fn take_up_answered(
        &mut self,
        lane: LaneIx,
        record: &ChunkRecord,
        known: &[Outcome],
        now: Now,
    ) {
        for outcome in self.lanes[lane.0].checks.supersede(&record.chunk) {
            self.ended(outcome);
        }
        let settle = self.connection(lane).settle;
        let accepted = record.accepted.unwrap_or(now.wall);
        let left = settle.saturating_sub(now.wall.since(accepted));
        let pieces = Piece::of(
            &record.id,
            &record.chunk,
            record.receipt.as_ref(),
            now.mono,
            left,
        );
        let open = |piece: &Piece| Piece::nights_without_ending(piece, known);
        let pieces = pieces.iter().flat_map(open).collect();
        self.lanes[lane.0]
            .checks
            .accept(pieces, record.job.clone(), now.mono);
    }
}

impl Piece {
    /// The parts of a piece that no final ending was told of.
    fn nights_without_ending(&self, known: &[Outcome]) -> Vec<Self> {
        let told = |outcome: &&Outcome| {
            outcome.chunk == self.chunk
                && outcome.ids == self.ids
                && outcome.adults == self.adults
                && !matches!(outcome.ending, Ending::NotSettled | Ending::Unknown)
        };
        let told: Vec<_> = known.iter().filter(told).collect();
        let mut parts: Vec<Self> = Vec::new();
        for night in self.first.through(self.last) {
            if told
                .iter()
                .any(|outcome| outcome.first <= night && night <= outcome.last)
            {
                continue;
            }
            match parts.last_mut() {
                Some(part) if part.last.next() == night => part.last = night,
                _ => parts.push(Self {
                    first: night,
                    last: night,
                    ..self.clone()
                }),
            }
        }
        parts
    }
}
