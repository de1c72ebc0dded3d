//! Reads and discovery: what somebody asked for, and the rounds of verification.

use rackrate_core::clock::Mono;
use rackrate_core::exchange::Operation;
use rackrate_core::night::Night;
use rackrate_ledger::op::LedgerOp;

use super::flight::{Flight, Kind, Ready};
use super::grants::not_understood;
use super::lane::ReadTask;
use super::limiter::Class;
use super::settle::passing;
use super::types::{Answer, CarryId, ConnIx, Failure, LaneIx, Now, Report, Verb};
use super::{Engine, LONGEST_WAIT, TRIES};

/// Listing what there is at a connection.
#[derive(Debug)]
pub(super) struct DiscoverTask {
    /// Whether the first page is all that is wanted.
    touches: bool,
    tries: u32,
    at: Mono,
    flying: bool,
    carry: Option<CarryId>,
}

impl Engine {
    pub(super) fn want_read(&mut self, lane: LaneIx, first: Night, last: Night, now: Now) {
        let nights = self.connection(lane).read_nights.max(1) as i32;
        let mut from = first;
        while from <= last {
            let to = last.min(from.plus(nights - 1));
            self.lanes[lane.0]
                .reads
                .push_back(ReadTask::new(from, to, false, now.mono));
            from = to.next();
        }
    }

    pub(super) fn pump_reads(&mut self, lane: LaneIx, now: Now) {
        if self.closing(now) || self.grant_dead(lane) || self.lanes[lane.0].reading.is_some() {
            return;
        }
        if let Some(failure) = self.unscoped(self.grant_of(lane), Operation::Read) {
            return self.fail_reads(lane, &failure);
        }
        if self.lanes[lane.0].reads.is_empty() {
            self.begin_round(lane, now);
        }
        let Some(task) = self.lanes[lane.0].reads.pop_front() else {
            return;
        };
        if task.at > now.mono {
            self.wake(task.at);
            self.lanes[lane.0].reads.push_front(task);
            return;
        }
        self.send_read(lane, task, now);
    }

    fn send_read(&mut self, lane: LaneIx, mut task: ReadTask, now: Now) {
        let uses = self.lanes[lane.0].spec.uses(Operation::Read).to_vec();
        let ready = Ready {
            kind: Kind::Read(lane),
            verb: Verb::Read {
                lane,
                first: task.first,
                last: task.last,
                carry: task.carry,
            },
            uses: &uses,
            class: Class::ReadBack,
            grant: self.grant_of(lane),
            horizon: self.connection(lane).horizon,
        };
        if self.try_send(ready, now).is_some() {
            task.left = task.left.or(Some(now.mono));
            self.lanes[lane.0].reading = Some(task);
        } else {
            self.lanes[lane.0].reads.push_front(task);
        }
    }

    /// Begins a round of verification when it is due and the lane has nothing else to do.
    fn begin_round(&mut self, lane: LaneIx, now: Now) {
        let nights = self.connection(lane).read_nights;
        let at = &mut self.lanes[lane.0];
        let quiet = at.active.is_empty() && (at.waiting.is_empty() || at.held.is_some());
        let Some(due) = at.checks.due.filter(|_| quiet && at.checks.open == 0) else {
            return;
        };
        if due > now.mono {
            return self.wake(due);
        }
        let windows = at.checks.windows(nights);
        at.checks.open = windows.len();
        // A night more on either side is read, so that a price that spilled over is seen.
        let tasks = windows
            .into_iter()
            .map(|(first, last)| ReadTask::new(first.previous(), last.next(), true, now.mono));
        at.reads.extend(tasks);
    }

    pub(super) fn read_answer(&mut self, lane: LaneIx, answer: Answer, flight: &Flight, now: Now) {
        let Some(mut task) = self.lanes[lane.0].reading.take() else {
            return;
        };
        match answer {
            Answer::Seen(seen) => {
                self.went_well(lane);
                let target = std::sync::Arc::clone(&self.lanes[lane.0].spec.target);
                for segment in seen.segments(&target, now.wall) {
                    self.op(LedgerOp::Seen(segment));
                }
                let left = task.left.unwrap_or(now.mono);
                self.lanes[lane.0].checks.trouble.clear();
                for outcome in self.lanes[lane.0].checks.compare(&seen, left, &target) {
                    self.ended(outcome);
                }
                if task.check {
                    self.window_over(lane, now);
                } else {
                    self.report(Report::Read(lane, seen));
                }
            }
            Answer::Next(carry) => {
                task.carry = Some(carry);
                self.lanes[lane.0].reads.push_front(task);
            }
            Answer::Failed(failure) => self.read_failed(lane, task, &failure, flight, now),
            _ => self.read_failed(
                lane,
                task,
                &not_understood("an answer of another kind came"),
                flight,
                now,
            ),
        }
    }

    fn window_over(&mut self, lane: LaneIx, now: Now) {
        let checks = &mut self.lanes[lane.0].checks;
        checks.open = checks.open.saturating_sub(1);
        if checks.open == 0 {
            checks.round_over(now.mono);
        }
    }

    fn read_failed(
        &mut self,
        lane: LaneIx,
        mut task: ReadTask,
        failure: &Failure,
        flight: &Flight,
        now: Now,
    ) {
        let grant = self.grant_of(lane);
        let unauthenticated = self.is_of_credential(grant, failure.kind);
        let may = if unauthenticated {
            self.credential_refused(grant, flight, failure)
        } else {
            passing(failure.kind)
        };
        task.tries += 1;
        if may && task.tries < TRIES {
            let pause = if unauthenticated {
                std::time::Duration::ZERO
            } else {
                self.backoff(task.tries)
            };
            task.at = now
                .mono
                .after(pause.max(failure.retry_after.unwrap_or_default().min(LONGEST_WAIT)));
            task.carry = None;
            task.left = None;
            return self.lanes[lane.0].reads.push_front(task);
        }
        if task.check {
            self.lanes[lane.0].checks.trouble = failure.text.clone();
            return self.window_over(lane, now);
        }
        self.lanes[lane.0].reads.push_front(task);
        self.fail_asked_reads(lane, failure);
    }

    /// No read of this lane can succeed any more.
    pub(super) fn fail_reads(&mut self, lane: LaneIx, failure: &Failure) {
        self.fail_asked_reads(lane, failure);
        self.lanes[lane.0].reads.clear();
        self.lanes[lane.0].checks.open = 0;
    }

    /// The reads that somebody asked for have failed; those of verification stay.
    pub(super) fn fail_asked_reads(&mut self, lane: LaneIx, failure: &Failure) {
        let reads = &mut self.lanes[lane.0].reads;
        let all = reads.len();
        reads.retain(|task| task.check);
        if reads.len() < all {
            self.report(Report::ReadFailed(lane, failure.clone()));
        }
    }

    pub(super) fn want_discovery(&mut self, connection: ConnIx, touches: bool, now: Now) {
        self.discoveries[connection.0] = Some(DiscoverTask {
            touches,
            tries: 0,
            at: now.mono,
            flying: false,
            carry: None,
        });
        let grant = self.setup.connections[connection.0].grant;
        if self.grants[grant.0].is_dead() {
            let failure = self.grant_failures[grant.0].clone();
            self.fail_discovery(
                connection.0,
                &failure.unwrap_or_else(|| not_understood("the grant is dead")),
            );
        }
    }

    pub(super) fn pump_discovery(&mut self, connection: ConnIx, now: Now) {
        let Some(task) = &self.discoveries[connection.0] else {
            return;
        };
        if task.flying || self.closing(now) {
            return;
        }
        if task.at > now.mono {
            let at = task.at;
            return self.wake(at);
        }
        let grant = self.setup.connections[connection.0].grant;
        if let Some(failure) = self.unscoped(grant, Operation::Discover) {
            return self.fail_discovery(connection.0, &failure);
        }
        let spec = &self.setup.connections[connection.0];
        let (uses, grant, horizon) = (spec.discover_uses.clone(), spec.grant, spec.horizon);
        let ready = Ready {
            kind: Kind::Discover(connection),
            verb: Verb::Discover {
                connection,
                carry: task.carry,
            },
            uses: &uses,
            class: Class::ReadBack,
            grant,
            horizon,
        };
        let flying = self.try_send(ready, now).is_some();
        if let Some(task) = &mut self.discoveries[connection.0] {
            task.flying = flying;
        }
    }

    pub(super) fn discover_answer(
        &mut self,
        connection: ConnIx,
        answer: Answer,
        flight: &Flight,
        now: Now,
    ) {
        let Some(mut task) = self.discoveries[connection.0].take() else {
            return;
        };
        task.flying = false;
        match answer {
            Answer::Discovered(_) | Answer::Next(_) if task.touches => {
                self.report(Report::Touched(connection));
            }
            Answer::Discovered(found) => self.report(Report::Discovered(connection, found)),
            Answer::Next(carry) => {
                task.carry = Some(carry);
                self.discoveries[connection.0] = Some(task);
            }
            Answer::Failed(failure) => {
                self.discover_failed(connection, task, &failure, flight, now)
            }
            _ => self.report(Report::DiscoverFailed(
                connection,
                not_understood("an answer of another kind came"),
            )),
        }
    }

    fn discover_failed(
        &mut self,
        connection: ConnIx,
        mut task: DiscoverTask,
        failure: &Failure,
        flight: &Flight,
        now: Now,
    ) {
        let grant = self.setup.connections[connection.0].grant;
        let unauthenticated = self.is_of_credential(grant, failure.kind);
        let may = if unauthenticated {
            self.credential_refused(grant, flight, failure)
        } else {
            passing(failure.kind)
        };
        task.tries += 1;
        if !may || task.tries >= TRIES {
            return self.report(Report::DiscoverFailed(connection, failure.clone()));
        }
        let pause = self
            .backoff(task.tries)
            .max(failure.retry_after.unwrap_or_default().min(LONGEST_WAIT));
        task.at = now.mono.after(pause);
        task.carry = None;
        self.discoveries[connection.0] = Some(task);
    }

    pub(super) fn fail_discovery(&mut self, connection: usize, failure: &Failure) {
        if self.discoveries[connection]
            .as_ref()
            .is_some_and(|task| !task.flying)
        {
            self.discoveries[connection] = None;
            self.report(Report::DiscoverFailed(ConnIx(connection), failure.clone()));
        }
    }
}

impl ReadTask {
    fn new(first: Night, last: Night, check: bool, at: Mono) -> Self {
        Self {
            first,
            last,
            check,
            tries: 0,
            at,
            left: None,
            carry: None,
        }
    }
}
