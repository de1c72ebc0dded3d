//! What an answer about a write means, and what follows from a failure.
//!
//! Invariant: a write that may have arrived is never replaced by a new request before its
//! guarantee has said what became of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rackrate_core::chunk::{Receipt, Refusal};
use rackrate_core::clock::Mono;
use rackrate_core::error::{Delivery, ErrorKind};
use rackrate_core::idempotency::{Found, Guarantee};
use rackrate_core::ids::{Ids, JobRef};
use rackrate_core::jobs::JobState;
use rackrate_core::series::{Seen, Series};
use rackrate_ledger::op::{Ending, LedgerOp, Origin, SeenSegment};

use super::flight::Flight;
use super::grants::not_understood;
use super::lane::{Active, Ask, Phase};
use super::push::outcomes;
use super::types::{Answer, Failure, LaneIx, Now, Report};
use super::verify::{Piece, words};
use super::{Engine, LONGEST_WAIT, TRIES};

/// The longest rest of a lane behind its breaker.
const LONGEST_REST: Duration = Duration::from_secs(60);
/// What a retry costs, and the most that can be saved, in tenths of a retry.
const RETRY_COST: u32 = 10;
pub(super) const RETRY_BUDGET: u32 = 500;

impl Engine {
    pub(super) fn chunk_answer(
        &mut self,
        lane: LaneIx,
        seq: u64,
        answer: Answer,
        flight: &Flight,
        now: Now,
    ) {
        let Some(at) = self.lanes[lane.0].place(seq) else {
            return;
        };
        if !matches!(answer, Answer::Failed(_)) {
            self.went_well(lane);
        }
        let ask = self.lanes[lane.0].active[at].ask;
        match (ask, answer) {
            (Ask::Push, Answer::Accepted(receipt)) => self.finish(lane, at, Some(receipt), now),
            (Ask::Push, Answer::Queued(job)) | (Ask::LookUp, Answer::Found(Found::Job(job))) => {
                self.queued(lane, at, job, now)
            }
            (Ask::Poll, Answer::Job(state)) => self.job_state(lane, at, state, now),
            (Ask::LookUp, Answer::Found(found)) => self.found(lane, at, &found, now),
            (Ask::Poll | Ask::LookUp, Answer::Next(carry)) => {
                let one = &mut self.lanes[lane.0].active[at];
                one.carry = Some(carry);
                one.phase = Phase::Due(now.mono);
            }
            (_, Answer::Failed(failure)) => self.chunk_failed(lane, at, &failure, flight, now),
            _ => self.chunk_failed(
                lane,
                at,
                &not_understood("an answer of another kind came"),
                flight,
                now,
            ),
        }
    }

    pub(super) fn went_well(&mut self, lane: LaneIx) {
        let connection = self.lanes[lane.0].spec.connection.0;
        self.retry_budget[connection] = (self.retry_budget[connection] + 1).min(RETRY_BUDGET);
        self.lanes[lane.0].rest = self.setup.policy.rest;
    }

    fn queued(&mut self, lane: LaneIx, at: usize, job: JobRef, now: Now) {
        let first = self.connection(lane).pace.first;
        self.last_taken = now.mono;
        let one = &mut self.lanes[lane.0].active[at];
        one.job = Some(job.clone());
        one.accepted = now.mono;
        one.polls = 0;
        one.maybe = false;
        one.next(Ask::Poll, now.mono.after(first));
        let chunk = one.wish.id.clone();
        self.op(LedgerOp::Queued {
            chunk,
            job,
            at: now.wall,
        });
    }

    fn job_state(&mut self, lane: LaneIx, at: usize, state: JobState, now: Now) {
        match state {
            JobState::Finished(receipt) => self.finish(lane, at, Some(receipt), now),
            JobState::Failed(mut receipt) => {
                if receipt.refused.is_empty() && receipt.unattributed.is_empty() {
                    receipt.unattributed.push(Refusal::new(
                        "job_failed",
                        "the vendor's job failed without saying why",
                    ));
                }
                self.finish(lane, at, Some(receipt), now);
            }
            JobState::Gone => self.finish(lane, at, None, now),
            JobState::Running { check_after } => self.still_running(lane, at, check_after, now),
        }
    }

    fn still_running(&mut self, lane: LaneIx, at: usize, check_after: Option<Duration>, now: Now) {
        let pace = self.connection(lane).pace;
        let one = &mut self.lanes[lane.0].active[at];
        if now.mono.since(one.accepted) >= pace.give_up {
            return self.finish(lane, at, None, now);
        }
        let pause = (0..one.polls.min(12)).fold(pace.then, |pause, _| pause + pause / 2);
        let pause = pause
            .min(pace.longest)
            .max(check_after.unwrap_or_default().min(LONGEST_WAIT));
        one.polls += 1;
        one.next(Ask::Poll, now.mono.after(pause));
    }

    fn found(&mut self, lane: LaneIx, at: usize, found: &Found, now: Now) {
        let trusted = self.trusted_absent(lane, at);
        let rounds = self.lanes[lane.0].active[at].polls;
        let pause = self.backoff(rounds + 2);
        let one = &mut self.lanes[lane.0].active[at];
        if now.mono < trusted {
            one.polls += 1;
            return one.next(Ask::LookUp, trusted.min(now.mono.after(pause)));
        }
        if *found != Found::Absent {
            return self.finish(lane, at, None, now);
        }
        one.maybe = false;
        one.marked = false;
        one.next(Ask::Push, now.mono);
        let chunk = one.wish.id.clone();
        self.op(LedgerOp::Returned { chunk });
        let rows = &self.lanes[lane.0].active[at].wish.chunk.rows;
        if self.lanes[lane.0].newer_waits(rows) {
            self.overtaken(lane, at, now);
        }
    }

    /// From when on "not there" can be believed: nothing of it can arrive any more.
    fn trusted_absent(&self, lane: LaneIx, at: usize) -> Mono {
        let connection = self.connection(lane);
        let believed = match self.guarantee(lane, at) {
            Guarantee::LookUp { absent_after } => absent_after,
            _ => Duration::ZERO,
        };
        self.lanes[lane.0].active[at]
            .last_left
            .after(connection.horizon.max(believed))
    }

    /// A newer wish waits for the same nights, and this one does not arrive any more: it
    /// is not sent again.
    pub(super) fn overtaken(&mut self, lane: LaneIx, at: usize, now: Now) {
        let one = self.lanes[lane.0].active.remove(at);
        let newer = self.lanes[lane.0]
            .waiting
            .iter()
            .find(|wish| super::lane::overlap(&wish.chunk.rows, &one.wish.chunk.rows));
        let by = newer.map(|wish| wish.id.clone());
        if one.maybe {
            self.op(LedgerOp::Ended {
                chunk: one.wish.id.clone(),
                receipt: None,
                at: now.wall,
            });
        } else {
            if one.marked {
                self.op(LedgerOp::Returned {
                    chunk: one.wish.id.clone(),
                });
            }
            self.op(LedgerOp::Superseded {
                chunk: one.wish.id.clone(),
                by,
            });
        }
        for outcome in outcomes(
            &one.wish,
            Ending::Superseded,
            "a newer wish replaced it before it was sent again",
        ) {
            self.ended(outcome);
        }
    }

    /// The vendor has finished with a write, or nobody will say any more.
    pub(super) fn finish(&mut self, lane: LaneIx, at: usize, receipt: Option<Receipt>, now: Now) {
        let one = self.lanes[lane.0].active.remove(at);
        let settle = self.connection(lane).settle;
        let chunk = one.wish.id.clone();
        self.op(LedgerOp::Ended {
            chunk,
            receipt: receipt.clone(),
            at: now.wall,
        });
        self.tell_refused(&one, receipt.as_ref());
        let pieces = Piece::of(
            &one.wish.id,
            &one.wish.chunk,
            receipt.as_ref(),
            now.mono,
            settle,
        );
        if receipt
            .as_ref()
            .is_some_and(|receipt| receipt.unattributed.is_empty())
        {
            self.remember_pushed(lane, &pieces, now);
        }
        self.lanes[lane.0].checks.accept(pieces, one.job, now.mono);
        self.last_taken = now.mono;
        self.report(Report::Accepted(lane));
    }

    fn tell_refused(&mut self, one: &Active, receipt: Option<&Receipt>) {
        let refused = receipt
            .map(|receipt| receipt.refused.as_slice())
            .unwrap_or_default();
        let all = one.wish.chunk.rows.iter().enumerate();
        for (index, row) in all {
            let Some((_, refusal)) = refused.iter().find(|(at, _)| *at as usize == index) else {
                continue;
            };
            let wish = super::lane::Wish {
                chunk: single(&one.wish.chunk, row),
                ..one.wish.clone()
            };
            for outcome in outcomes(&wish, Ending::Refused, &words(&refusal.code, &refusal.text)) {
                self.ended(outcome);
            }
        }
    }

    /// What the vendor accepted is the best knowledge until it is read.
    fn remember_pushed(&mut self, lane: LaneIx, pieces: &[Piece], now: Now) {
        let target = Arc::clone(&self.lanes[lane.0].spec.target);
        let mut pushed: BTreeMap<(Ids, u8), Series> = BTreeMap::new();
        for piece in pieces {
            let Some(adults) = piece.adults else { continue };
            let series = pushed.entry((piece.ids.clone(), adults));
            let series = series.or_insert_with(|| Series::unknown(piece.first, piece.last));
            for night in piece.first.through(piece.last) {
                series.set_price(night, piece.price.map(Seen::Price));
                series.set_rules(night, piece.rules);
            }
        }
        for ((ids, adults), series) in pushed {
            self.op(LedgerOp::Seen(SeenSegment {
                connection: target.connection.clone(),
                vendor_property: target.vendor_property.clone(),
                ids,
                adults,
                series,
                origin: Origin::Pushed,
                at: now.wall,
            }));
        }
    }

    fn chunk_failed(
        &mut self,
        lane: LaneIx,
        at: usize,
        failure: &Failure,
        flight: &Flight,
        now: Now,
    ) {
        if self.is_of_credential(self.grant_of(lane), failure.kind) {
            return self.chunk_unauthenticated(lane, at, failure, flight, now);
        }
        match self.lanes[lane.0].active[at].ask {
            Ask::Push => self.push_failed(lane, at, failure, now),
            Ask::Poll | Ask::LookUp if passing(failure.kind) => self.again(lane, at, failure, now),
            // The question cannot be asked: only reading the prices can tell now.
            Ask::Poll | Ask::LookUp => self.finish(lane, at, None, now),
        }
    }

    fn chunk_unauthenticated(
        &mut self,
        lane: LaneIx,
        at: usize,
        failure: &Failure,
        flight: &Flight,
        now: Now,
    ) {
        let grant = self.grant_of(lane);
        if self.credential_refused(grant, flight, failure) {
            return self.again_at(lane, at, now.mono, now);
        }
        self.hold_at(lane, at, failure, now);
    }

    fn push_failed(&mut self, lane: LaneIx, at: usize, failure: &Failure, now: Now) {
        match (failure.delivery, failure.kind) {
            (Delivery::Unknown, _) => self.lost(lane, at, failure, now),
            (_, kind) if passing(kind) => self.again(lane, at, failure, now),
            (_, ErrorKind::Rejected) => self.refused_whole(lane, at, failure, now),
            _ => self.hold_at(lane, at, failure, now),
        }
    }

    fn refused_whole(&mut self, lane: LaneIx, at: usize, failure: &Failure, now: Now) {
        let rows = self.lanes[lane.0].active[at].wish.chunk.rows.len() as u32;
        let refusal = Refusal {
            code: failure.code.clone(),
            text: failure.text.clone(),
        };
        let receipt = Receipt {
            refused: (0..rows).map(|row| (row, refusal.clone())).collect(),
            ..Receipt::default()
        };
        // A refusal of a later attempt says nothing of an earlier one that may have arrived.
        let receipt = (!self.lanes[lane.0].active[at].maybe).then_some(receipt);
        self.finish(lane, at, receipt, now);
    }

    /// It left and no clear answer came: the guarantee says what to do.
    fn lost(&mut self, lane: LaneIx, at: usize, failure: &Failure, now: Now) {
        let guarantee = self.guarantee(lane, at);
        let horizon = self.connection(lane).horizon;
        let pause = self.backoff(0);
        let one = &mut self.lanes[lane.0].active[at];
        one.maybe = true;
        match guarantee {
            Guarantee::Keyed { retention } if now.mono.since(one.departed.0) < retention => {
                self.again(lane, at, failure, now)
            }
            Guarantee::Absolute { not_again_within } => {
                // The vendor counts from its arrival, and it may be late.
                let again = one.last_left.after(horizon + not_again_within);
                one.next(Ask::Push, again.max(now.mono.after(pause)));
            }
            Guarantee::LookUp { .. } => one.next(Ask::LookUp, now.mono.after(pause)),
            Guarantee::Keyed { .. } | Guarantee::None => self.finish(lane, at, None, now),
        }
    }

    /// The same again after a pause, within the tries of the exchange.
    pub(super) fn again(&mut self, lane: LaneIx, at: usize, failure: &Failure, now: Now) {
        let pause = self.backoff(self.lanes[lane.0].active[at].tries);
        let pause = pause.max(failure.retry_after.unwrap_or_default().min(LONGEST_WAIT));
        self.again_at(lane, at, now.mono.after(pause), now);
    }

    fn again_at(&mut self, lane: LaneIx, at: usize, when: Mono, now: Now) {
        let connection = self.lanes[lane.0].spec.connection.0;
        let budget = self.retry_budget[connection];
        self.retry_budget[connection] = budget.saturating_sub(RETRY_COST);
        let one = &mut self.lanes[lane.0].active[at];
        one.tries += 1;
        if one.tries < TRIES && budget >= RETRY_COST {
            one.phase = Phase::Due(when);
            return;
        }
        // The exchange has failed: the lane rests behind its breaker, then begins a new one.
        let rest = self.lanes[lane.0].rest;
        let open = when.max(now.mono.after(rest));
        self.lanes[lane.0].rest = (rest * 2).min(LONGEST_REST);
        self.lanes[lane.0].open_until = open;
        let one = &mut self.lanes[lane.0].active[at];
        one.next(one.ask, open);
    }
}

fn single(
    chunk: &rackrate_core::chunk::Chunk,
    row: &rackrate_core::chunk::Row,
) -> std::sync::Arc<rackrate_core::chunk::Chunk> {
    std::sync::Arc::new(rackrate_core::chunk::Chunk {
        rows: vec![row.clone()],
        ..chunk.clone()
    })
}

/// Faults that pass by themselves.
pub(super) fn passing(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Throttled | ErrorKind::Unavailable | ErrorKind::TimedOut | ErrorKind::Malformed
    )
}
