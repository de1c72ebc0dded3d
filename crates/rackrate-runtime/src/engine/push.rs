//! Writes on their way out: new wishes, departing marks, attempts, polls and look-ups.

use std::sync::Arc;

use rackrate_core::chunk::Chunk;
use rackrate_core::clock::Mono;
use rackrate_core::exchange::Operation;
use rackrate_core::idempotency::Guarantee;
use rackrate_core::key::Key;
use rackrate_ledger::op::{ChunkId, ChunkRecord, ChunkState, Ending, LedgerOp, Outcome, RunRecord};

use super::Engine;
use super::flight::{Kind, Ready};
use super::lane::{Active, Ask, Phase, Wish};
use super::limiter::{Class, Use};
use super::types::{BatchId, LaneIx, Now, Report, Verb};
use super::verify::each_price;

impl Engine {
    /// Replaces what has not left of a lane by newer wishes.
    pub(super) fn new_desired(&mut self, lane: LaneIx, run: &RunRecord, chunks: Vec<Arc<Chunk>>) {
        let key = self.lanes[lane.0].spec.key.clone();
        let first_seq = self.lanes[lane.0].next_seq;
        let wishes = chunks
            .into_iter()
            .zip(first_seq..)
            .map(|(chunk, seq)| Wish {
                id: ChunkId {
                    lane: key.clone(),
                    seq,
                },
                run: run.id,
                key: key_of(run, &key, seq, &chunk),
                chunk,
            });
        let wishes: Vec<_> = wishes.collect();
        self.lanes[lane.0].next_seq += wishes.len() as u64;
        self.plan(&wishes);
        self.supersede_unsent(lane, wishes.first().map(|wish| wish.id.clone()));
        self.lanes[lane.0].waiting.extend(wishes);
    }

    fn plan(&mut self, wishes: &[Wish]) {
        for wish in wishes {
            self.op(LedgerOp::Planned(Box::new(ChunkRecord {
                id: wish.id.clone(),
                run: wish.run,
                key: wish.key.clone(),
                chunk: (*wish.chunk).clone(),
                state: ChunkState::Planned,
                departed: None,
                superseded_by: None,
                job: None,
                receipt: None,
                accepted: None,
            })));
        }
    }

    fn supersede_unsent(&mut self, lane: LaneIx, by: Option<ChunkId>) {
        let mut gone: Vec<_> = self.lanes[lane.0].waiting.drain(..).collect();
        let unsent =
            |one: &Active| !one.maybe && one.ask == Ask::Push && matches!(one.phase, Phase::Due(_));
        let (back, on): (Vec<_>, Vec<_>) = std::mem::take(&mut self.lanes[lane.0].active)
            .into_iter()
            .partition(unsent);
        self.lanes[lane.0].active = on;
        for one in back {
            if one.marked {
                self.op(LedgerOp::Returned {
                    chunk: one.wish.id.clone(),
                });
            }
            gone.push(one.wish);
        }
        for wish in gone {
            self.op(LedgerOp::Superseded {
                chunk: wish.id.clone(),
                by: by.clone(),
            });
            for outcome in outcomes(
                &wish,
                Ending::Superseded,
                "a newer wish replaced it before it left",
            ) {
                self.ended(outcome);
            }
        }
    }

    /// Writes an ending down and tells it.
    pub(super) fn ended(&mut self, outcome: Outcome) {
        self.op(LedgerOp::Outcome(outcome.clone()));
        self.report(Report::Ended(outcome));
    }

    pub(super) fn pump_pushes(&mut self, lane: LaneIx, now: Now) {
        if self.closing(now) {
            return;
        }
        let open = self.lanes[lane.0].open_until;
        if open > now.mono {
            self.wake(open);
            return;
        }
        // Going on may end a request, and then the next one stands in its place.
        let active = self.lanes[lane.0].active.iter();
        let active: Vec<_> = active.map(|one| one.wish.id.seq).collect();
        for seq in active {
            if let Some(at) = self.lanes[lane.0].place(seq) {
                self.go_on(lane, at, now);
            }
        }
        let rule = self.connection(lane).shape.lane;
        while self.lanes[lane.0].held.is_none() && self.lanes[lane.0].may_start(rule) {
            if !self.begin_next(lane, now) {
                break;
            }
        }
    }

    fn go_on(&mut self, lane: LaneIx, at: usize, now: Now) {
        let one = &self.lanes[lane.0].active[at];
        let Phase::Due(due) = one.phase else { return };
        let due = self.not_before(lane, at, due);
        match one.ask {
            Ask::Poll => {}
            _ if due > now.mono => self.wake(due),
            Ask::LookUp => self.send_look_up(lane, at, now),
            Ask::Push if self.lanes[lane.0].held.is_some() && !one.maybe => {}
            Ask::Push => {
                self.depart(lane, at, now);
            }
        }
    }

    /// Moves the next wish on its way. False when it cannot leave now.
    fn begin_next(&mut self, lane: LaneIx, now: Now) -> bool {
        let Some(wish) = self.lanes[lane.0].waiting.pop_front() else {
            return false;
        };
        let at = self.lanes[lane.0].active.len();
        self.lanes[lane.0]
            .active
            .push(Active::new(wish, (now.mono, now.wall)));
        if self.depart(lane, at, now) {
            return true;
        }
        if let Some(one) = self.lanes[lane.0].active.pop() {
            self.lanes[lane.0].waiting.push_front(one.wish);
        }
        false
    }

    /// Lets an attempt to write leave, or its departing mark be written first.
    fn depart(&mut self, lane: LaneIx, at: usize, now: Now) -> bool {
        if self.is_needless(lane, at) {
            self.overtaken(lane, at, now);
            return true;
        }
        if self.lanes[lane.0].active[at].marked {
            return self.send_push(lane, at, now);
        }
        let uses = self.write_uses(lane, at);
        let grant = self.grant_of(lane);
        if !self.may_leave(grant) || self.credential(grant, now).is_none() {
            return false;
        }
        if let Some(failure) = self.unscoped_write(lane, at) {
            self.hold_property(lane, &failure);
            return false;
        }
        if !self.permit(&uses, Class::First, now) {
            return false;
        }
        self.mark(lane, at, now);
        true
    }

    /// Whether a newer wish takes the place of a write that may have arrived.
    fn is_needless(&self, lane: LaneIx, at: usize) -> bool {
        let one = &self.lanes[lane.0].active[at];
        one.maybe
            && one.ask == Ask::Push
            && matches!(self.guarantee(lane, at), Guarantee::Absolute { .. })
            && self.lanes[lane.0].newer_waits(&one.wish.chunk.rows)
    }

    /// When a request on its way goes on. What takes its place waits until it cannot arrive
    /// any more, but only an equal one waits until the vendor takes an equal one again.
    fn not_before(&self, lane: LaneIx, at: usize, due: Mono) -> Mono {
        let one = &self.lanes[lane.0].active[at];
        let mut newer = self.lanes[lane.0].waiting.iter();
        let equal = newer.any(|wish| wish.chunk.rows == one.wish.chunk.rows);
        match self.is_needless(lane, at) && !equal {
            true => due.min(one.last_left.after(self.connection(lane).horizon)),
            false => due,
        }
    }

    fn write_uses(&self, lane: LaneIx, at: usize) -> Vec<Use> {
        let lane = &self.lanes[lane.0];
        lane.spec.write_uses(&lane.active[at].wish.chunk).to_vec()
    }

    /// What protects a write that may have arrived.
    pub(super) fn guarantee(&self, lane: LaneIx, at: usize) -> Guarantee {
        let chunk = &self.lanes[lane.0].active[at].wish.chunk;
        self.connection(lane).guarantee(chunk.operation)
    }

    fn mark(&mut self, lane: LaneIx, at: usize, now: Now) {
        let batch = self.batch();
        let one = &mut self.lanes[lane.0].active[at];
        one.phase = Phase::Marking(batch);
        one.departed = (now.mono, now.wall);
        let (id, chunk) = (one.wish.id.clone(), Arc::clone(&one.wish.chunk));
        self.op(LedgerOp::Departing {
            chunk: id,
            at: now.wall,
        });
        for outcome in self.lanes[lane.0].checks.supersede(&chunk) {
            self.ended(outcome);
        }
        self.turn = lane.0 + 1;
    }

    /// The ledger has a batch: what waited for it leaves.
    pub(super) fn committed(&mut self, batch: BatchId, now: Now) {
        self.unwritten.remove(&batch);
        for (_, quota) in self.reserving.extract_if(.., |(of, _)| *of == batch) {
            self.limiter.reserved(quota);
        }
        self.consents_committed(batch, now);
        for lane in (0..self.lanes.len()).map(LaneIx) {
            while let Some(at) = self.lanes[lane.0]
                .active
                .iter()
                .position(|one| one.phase == Phase::Marking(batch))
            {
                self.marked(lane, at, now);
            }
        }
    }

    fn marked(&mut self, lane: LaneIx, at: usize, now: Now) {
        self.lanes[lane.0].active[at].marked = true;
        let grant = self.grant_of(lane);
        let stays = self.closing(now)
            || (self.lanes[lane.0].held.is_some() && !self.lanes[lane.0].active[at].maybe);
        let ticket = if stays || !self.may_leave(grant) {
            None
        } else {
            self.credential(grant, now)
        };
        match ticket {
            Some(ticket) => self.launch_push(lane, at, ticket, now),
            None => {
                let uses = self.write_uses(lane, at);
                self.limiter.cancelled(&uses, Class::First);
                self.lanes[lane.0].active[at].phase = Phase::Due(now.mono);
            }
        }
    }

    fn launch_push(
        &mut self,
        lane: LaneIx,
        at: usize,
        ticket: rackrate_auth::lifecycle::Ticket,
        now: Now,
    ) {
        let horizon = self.connection(lane).horizon;
        let uses = self.write_uses(lane, at);
        let wish = &self.lanes[lane.0].active[at].wish;
        let verb = Verb::Push {
            lane,
            chunk: Arc::clone(&wish.chunk),
            key: wish.key.clone(),
        };
        let kind = Kind::Chunk(lane, wish.id.seq);
        let send = self.launch(kind, verb, uses, Class::First, Some(ticket), horizon, now);
        let one = &mut self.lanes[lane.0].active[at];
        one.phase = Phase::Flying(send);
        one.last_left = now.mono;
    }

    fn send_push(&mut self, lane: LaneIx, at: usize, now: Now) -> bool {
        let uses = self.write_uses(lane, at);
        let grant = self.grant_of(lane);
        if !self.may_leave(grant) {
            return false;
        }
        let Some(ticket) = self.credential(grant, now) else {
            return false;
        };
        // Of what may have arrived only the vendor's answer tells more.
        let maybe = self.lanes[lane.0].active[at].maybe;
        if let Some(failure) = self.unscoped_write(lane, at).filter(|_| !maybe) {
            self.hold_property(lane, &failure);
            return false;
        }
        if !self.permit(&uses, Class::First, now) {
            return false;
        }
        self.launch_push(lane, at, ticket, now);
        true
    }

    fn send_look_up(&mut self, lane: LaneIx, at: usize, now: Now) {
        let one = &self.lanes[lane.0].active[at];
        let seq = one.wish.id.seq;
        let verb = Verb::LookUp {
            lane,
            chunk: Arc::clone(&one.wish.chunk),
            departed: one.departed.1,
            known_jobs: self.lanes[lane.0].other_jobs(seq),
            carry: one.carry,
        };
        self.ask(lane, at, verb, Operation::LookUp, now);
    }

    pub(super) fn pump_polls(&mut self, lane: LaneIx, now: Now) {
        if self.closing(now) {
            return;
        }
        for at in 0..self.lanes[lane.0].active.len() {
            let one = &self.lanes[lane.0].active[at];
            let (Ask::Poll, Phase::Due(due), Some(job)) = (one.ask, one.phase, one.job.clone())
            else {
                continue;
            };
            if due > now.mono {
                self.wake(due);
                continue;
            }
            let verb = Verb::Poll {
                lane,
                chunk: Arc::clone(&one.wish.chunk),
                job,
                carry: one.carry,
            };
            self.ask(lane, at, verb, Operation::Poll, now);
        }
    }

    /// Sends a question about a request on its way.
    fn ask(&mut self, lane: LaneIx, at: usize, verb: Verb, operation: Operation, now: Now) {
        let seq = self.lanes[lane.0].active[at].wish.id.seq;
        let uses = self.lanes[lane.0].spec.uses(operation).to_vec();
        let ready = Ready {
            kind: Kind::Chunk(lane, seq),
            verb,
            uses: &uses,
            class: Class::First,
            grant: self.grant_of(lane),
            horizon: self.connection(lane).horizon,
        };
        if let Some(send) = self.try_send(ready, now) {
            self.lanes[lane.0].active[at].phase = Phase::Flying(send);
        }
    }
}

fn key_of(run: &RunRecord, lane: &rackrate_ledger::op::LaneKey, seq: u64, chunk: &Chunk) -> Key {
    let content = serde_json::to_vec(&chunk.rows).unwrap_or_default();
    Key::of(&[
        &run.id.0.to_le_bytes(),
        run.plan.as_bytes(),
        lane.connection.as_str().as_bytes(),
        lane.property.as_str().as_bytes(),
        &seq.to_le_bytes(),
        &content,
    ])
}

/// One ending for every price of a request.
pub(super) fn outcomes(wish: &Wish, ending: Ending, reason: &str) -> Vec<Outcome> {
    let rows = wish.chunk.rows.iter();
    rows.flat_map(|row| {
        each_price(&row.prices)
            .into_iter()
            .map(|(adults, _)| Outcome {
                chunk: wish.id.clone(),
                ids: row.ids.clone(),
                adults,
                first: row.first,
                last: row.last,
                ending,
                reason: reason.to_owned(),
            })
    })
    .collect()
}
