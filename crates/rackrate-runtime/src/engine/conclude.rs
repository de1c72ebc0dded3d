//! The end of a run: every row gets its ending, and the counts add up.
//!
//! Invariant: [`Report::Idle`] comes once, after everything told before is on disk.

use std::time::Duration;

use rackrate_core::clock::Mono;
use rackrate_ledger::op::{Ending, LedgerOp, Usage};

use super::Engine;
use super::lane::{Active, Ask};
use super::limiter::LONGEST_REST;
use super::push::outcomes;
use super::types::{GrantIx, LaneIx, Now, Report};

impl Engine {
    /// Ends the run when nothing can go on by itself.
    pub(super) fn conclude(&mut self, now: Now) {
        let goes_on = !self.flights.is_empty()
            || (0..self.lanes.len()).any(|lane| self.goes_on(LaneIx(lane), now))
            || (!self.closing(now)
                && (self.discoveries.iter().any(Option::is_some)
                    || self.wanted.contains(&true)
                    || (0..self.rereads.len()).any(|grant| self.is_rereading(GrantIx(grant)))
                    || !self.said.is_empty()));
        if goes_on {
            return;
        }
        for lane in (0..self.lanes.len()).map(LaneIx) {
            self.wind_up(lane, now);
        }
        if self.unwritten.is_empty() && self.out.ops.is_empty() && !self.told_idle {
            self.told_idle = true;
            self.report(Report::Idle);
        }
    }

    fn goes_on(&self, at: LaneIx, now: Now) -> bool {
        let lane = &self.lanes[at.0];
        let marking = lane
            .active
            .iter()
            .any(|one| matches!(one.phase, super::lane::Phase::Marking(_)));
        if marking {
            return true;
        }
        if self.closing(now) || self.grant_dead(at) {
            return false;
        }
        let unsettled = lane
            .active
            .iter()
            .any(|one| lane.held.is_none() || one.maybe || one.ask != Ask::Push);
        let verifies = !lane.checks.pieces.is_empty() && now.mono < self.patience_ends();
        unsettled
            || (lane.held.is_none() && !lane.waiting.is_empty())
            || verifies
            || !lane.reads.is_empty()
    }

    fn patience_ends(&self) -> Mono {
        self.last_taken.after(self.setup.policy.wait)
    }

    /// Wakes when the deadline or the patience for read-back ends.
    pub(super) fn wake_at_bounds(&mut self, now: Now) {
        let deadline = self.began.after(self.setup.policy.deadline);
        let patience = self.patience_ends();
        let waits = self.lanes.iter().any(|lane| !lane.checks.pieces.is_empty());
        let works = self.lanes.iter().any(|lane| {
            !lane.active.is_empty() || !lane.waiting.is_empty() || !lane.reads.is_empty()
        });
        if waits && patience > now.mono {
            self.wake(patience);
        }
        if (waits || works) && deadline > now.mono {
            self.wake(deadline);
        }
    }

    fn wind_up(&mut self, at: LaneIx, now: Now) {
        let why = self.why_not_sent(at);
        let active = std::mem::take(&mut self.lanes[at.0].active);
        for one in active {
            self.leave_off(one, &why);
        }
        let waiting: Vec<_> = self.lanes[at.0].waiting.drain(..).collect();
        for wish in waiting {
            for outcome in outcomes(&wish, Ending::Held, &why) {
                self.report(Report::Waiting(outcome));
            }
        }
        self.lanes[at.0].reads.clear();
        let why = if self.closing(now) {
            "the run ended first"
        } else {
            "it was still shown old when the wait ended"
        };
        for outcome in self.lanes[at.0].checks.give_up(why) {
            self.ended(outcome);
        }
    }

    fn leave_off(&mut self, one: Active, why: &str) {
        let left = one.maybe || one.ask != Ask::Push;
        if !left && one.marked {
            self.op(LedgerOp::Returned {
                chunk: one.wish.id.clone(),
            });
        }
        let (ending, reason) = match left {
            true => (Ending::Unknown, format!("it may have arrived, and {why}")),
            false => (Ending::Held, why.to_owned()),
        };
        for outcome in outcomes(&one.wish, ending, &reason) {
            self.report(Report::Waiting(outcome));
        }
    }

    fn why_not_sent(&self, at: LaneIx) -> String {
        match &self.lanes[at.0].held {
            Some(failure) => failure.text.clone(),
            None if self.stopping => "the run was stopped".to_owned(),
            None => "the deadline of the run passed".to_owned(),
        }
    }

    /// The words of a clean end, for the ledger, to be written at once; nothing while an
    /// attempt is under way, which makes the end unclean.
    pub fn closed(&mut self, now: Now) -> Vec<LedgerOp> {
        if !self.flights.is_empty() {
            return Vec::new();
        }
        // Civil time is coarser: a millisecond more keeps the rounding on the safe side.
        let wall = |at: Mono| {
            now.wall
                .after(at.since(now.mono) + Duration::from_millis(1))
        };
        let usage = self
            .limiter
            .usage(now.mono)
            .into_iter()
            .map(|(quota, used, until)| Usage {
                quota: quota.to_owned(),
                used,
                until: wall(until),
            });
        let mut usage: Vec<Usage> = usage.collect();
        usage.extend(
            self.inherited
                .iter()
                .filter(|one| counts(one, now))
                .cloned(),
        );
        let mut ops = self.last_dates();
        ops.push(LedgerOp::Closed {
            at: now.wall,
            usage,
            uses: self.uses(),
        });
        ops
    }

    /// Attempts under way.
    pub fn in_flight(&self) -> usize {
        self.flights.len()
    }
}

/// Whether what an earlier process used may still matter to somebody.
fn counts(usage: &Usage, now: Now) -> bool {
    let until = match usage.quota == Usage::ANY {
        true => usage.until.after(LONGEST_REST),
        false => usage.until,
    };
    until > now.wall
}
