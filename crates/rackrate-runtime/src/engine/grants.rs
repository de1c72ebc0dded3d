//! The engine's use of token lifecycles: who gets which credential, and what happens to all
//! who depend on one that died.

use std::time::Duration;

use rackrate_auth::lifecycle::{Need, Refusal, Ticket, Verdict};
use rackrate_core::clock::{Mono, Wall};
use rackrate_core::error::{Delivery, ErrorKind};
use rackrate_core::exchange::Operation;

use rackrate_ledger::op::{LedgerOp, SealedToken};

use super::Engine;
use super::flight::{Flight, Kind};
use super::limiter::{Class, Use};
use super::types::{Answer, Effect, Failure, GrantIx, Issued, LaneIx, Now, Report, Verb};

/// A token the host holds: its name, how long it lives, and when it was asked for.
pub(super) type NewToken = (Ticket, Option<Duration>, (Mono, Wall));

impl Engine {
    /// The credential to leave with now. Without one, a token request is on its way, or the
    /// engine wakes when one may leave.
    pub(super) fn credential(&mut self, grant: GrantIx, now: Now) -> Option<Ticket> {
        if !self.setup.grants[grant.0].renewable && self.is_rereading(grant) {
            return None;
        }
        match self.grants[grant.0].need(now.mono, now.wall) {
            Need::Ready(ticket) => Some(ticket),
            Need::Renew(ticket) => {
                self.ask_token(grant, now);
                Some(ticket)
            }
            Need::Request => {
                self.ask_token(grant, now);
                None
            }
            Need::Wait(at) => {
                if let Some(at) = at {
                    self.wake(at);
                }
                None
            }
            Need::Dead => {
                self.out_of_tokens(grant);
                None
            }
        }
    }

    fn ask_token(&mut self, grant: GrantIx, now: Now) {
        if self.stopping || !self.may_leave(grant) {
            return;
        }
        let Some(step) = self.step_to_token(grant, now) else {
            return;
        };
        let uses = self.setup.grants[grant.0].uses.clone();
        if let Some(at) = self.beyond_the_run(&uses, now) {
            self.no_token_today(grant, at, now);
        } else if self.permit(&uses, Class::First, now) {
            self.grants[grant.0].asked();
            self.take_step(grant, step, now);
        }
    }

    /// Lets a request to the token endpoint leave; its permit is taken.
    pub(super) fn launch_token(&mut self, kind: Kind, verb: Verb, grant: GrantIx, now: Now) {
        let spec = &self.setup.grants[grant.0];
        let (uses, horizon) = (spec.uses.clone(), spec.horizon);
        let send = self.launch(kind, verb, uses, Class::First, None, horizon, now);
        self.token_leaves(grant, send);
    }

    /// When a token request may leave at the earliest, where this run will not see it.
    fn beyond_the_run(&mut self, uses: &[Use], now: Now) -> Option<Mono> {
        let ends = self.began.after(self.setup.policy.deadline);
        let free = self.limiter.free_at(uses, now.mono);
        free.filter(|at| *at >= ends)
    }

    /// A vendor's few tokens are used up. Who waits will be told, because waiting does not
    /// help.
    fn no_token_today(&mut self, grant: GrantIx, at: Mono, now: Now) {
        let failure = Failure {
            kind: ErrorKind::Throttled,
            delivery: Delivery::NotSent,
            answered: false,
            code: String::new(),
            text: format!(
                "its allowance of tokens is used up until {}",
                now.wall.after(at.since(now.mono))
            ),
            retry_after: Some(at.since(now.mono)),
        };
        self.starved.insert(grant.0, failure);
    }

    /// Tells those who waited in vain, after all have had their turn: who asks is not in a
    /// queue while it asks.
    pub(super) fn tell_starved(&mut self) {
        for (grant, failure) in std::mem::take(&mut self.starved) {
            let grant = GrantIx(grant);
            self.grant_failures[grant.0] = Some(failure.clone());
            if self.wanted[grant.0] {
                self.no_token(grant, &failure);
            }
            self.asked_in_vain(grant, &failure);
            for lane in (0..self.lanes.len()).map(LaneIx) {
                if self.grant_of(lane) == grant {
                    self.hold(lane, &failure);
                }
            }
        }
    }

    pub(super) fn token_wanted(&mut self, grant: GrantIx, now: Now) {
        let lifecycle = &self.grants[grant.0];
        if lifecycle.is_dead() || lifecycle.resting(now.mono) {
            let failure = self.grant_failures[grant.0].clone();
            self.report(Report::NoToken(grant, failure.unwrap_or_else(no_token)));
            return;
        }
        self.wanted[grant.0] = true;
    }

    /// Goes on until whoever waits for a token has one, or is told why not: a failed try or
    /// a full allowance must not leave them waiting for other work to come by.
    pub(super) fn pump_wanted(&mut self, grant: GrantIx, now: Now) {
        if !self.wanted[grant.0] {
            return;
        }
        match self.credential(grant, now) {
            Some(ticket) if self.outdated[grant.0] != Some(ticket) => self.publish(grant, ticket),
            Some(_) if self.grants[grant.0].is_last() => {
                let failure = self.grant_failures[grant.0].clone();
                self.no_token(grant, &failure.unwrap_or_else(no_token));
            }
            // The old token lives, and nobody else would wake us for the next one.
            Some(_) => {
                if let Some(at) = self.grants[grant.0].asks_again(now.mono) {
                    self.wake(at);
                }
            }
            None => {}
        }
    }

    fn publish(&mut self, grant: GrantIx, ticket: Ticket) {
        self.wanted[grant.0] = false;
        self.out.others.push(Effect::Publish(grant, ticket));
    }

    pub(super) fn no_token(&mut self, grant: GrantIx, failure: &Failure) {
        self.wanted[grant.0] = false;
        self.report(Report::NoToken(grant, failure.clone()));
    }

    pub(super) fn token_answer(
        &mut self,
        grant: GrantIx,
        answer: Answer,
        flight: &Flight,
        now: Now,
    ) {
        let failure = match answer {
            Answer::Token(issued) => {
                let token = self.issued(grant, &issued, flight);
                return match self.consents[grant.0].is_some() {
                    true => self.renewed(grant, token, issued.refresh, issued.scope, now),
                    false => self.have_token(grant, token),
                };
            }
            Answer::Failed(failure) => failure,
            _ => not_understood("the token endpoint's answer was read as something else"),
        };
        if self.consents[grant.0].is_some() && self.refresh_failed(grant, &failure, now) {
            return;
        }
        self.token_failed(grant, failure, now);
    }

    /// What is to be written down and told of a token, whether or not it may be used already.
    pub(super) fn issued(&mut self, grant: GrantIx, issued: &Issued, flight: &Flight) -> NewToken {
        self.keep(grant, issued, flight);
        self.date_renewed(grant, issued.scope.as_deref());
        self.granted_scopes(grant, issued.scope.as_deref());
        (issued.ticket, issued.lifetime, flight.left)
    }

    /// A token is there to be used.
    pub(super) fn have_token(&mut self, grant: GrantIx, token: NewToken) {
        let (ticket, lifetime, left) = token;
        self.grants[grant.0].granted(ticket, lifetime, left);
        self.secret_served(grant);
        self.grant_failures[grant.0] = None;
        self.publish(grant, ticket);
    }

    /// A request to the token endpoint failed; another may follow.
    pub(super) fn token_failed(&mut self, grant: GrantIx, failure: Failure, now: Now) {
        self.note_refused(grant, Operation::Token, &failure);
        if !self.token_secret_again(grant, &failure) {
            self.token_stays_refused(grant, failure, now);
        }
    }

    /// The same, where no other secret can be had for it.
    pub(super) fn token_stays_refused(&mut self, grant: GrantIx, failure: Failure, now: Now) {
        let pause = self.backoff(0);
        let verdict =
            self.grants[grant.0].failed(failure.kind, failure.retry_after, pause, now.mono);
        self.grant_failures[grant.0] = Some(failure.clone());
        match verdict {
            Verdict::Again => {}
            Verdict::Told => {
                self.no_token(grant, &failure);
                self.asked_in_vain(grant, &failure);
            }
            Verdict::Dead => {
                self.no_token(grant, &failure);
                self.grant_died(grant, &failure);
            }
        }
    }

    /// Writes a sealed token down. Its first use does not wait for that: it can be asked for
    /// again.
    fn keep(&mut self, grant: GrantIx, issued: &Issued, flight: &Flight) {
        let Some((connection, sealed)) = self.named(grant).zip(issued.sealed.clone()) else {
            return;
        };
        let life = issued
            .lifetime
            .map(|life| u64::try_from(life.as_millis()).unwrap_or(u64::MAX));
        let token = SealedToken {
            connection,
            sealed,
            asked: flight.left.1,
            lifetime: life,
        };
        self.op(LedgerOp::Token(token));
    }

    /// Who asked to read or to discover is told now; writes go on waiting for a token.
    fn asked_in_vain(&mut self, grant: GrantIx, failure: &Failure) {
        for lane in (0..self.lanes.len()).map(LaneIx) {
            if self.grant_of(lane) == grant {
                self.fail_asked_reads(lane, failure);
            }
        }
        for connection in 0..self.setup.connections.len() {
            if self.setup.connections[connection].grant == grant {
                self.fail_discovery(connection, failure);
            }
        }
    }

    /// A vendor took a request: its token is good.
    pub(super) fn token_served(&mut self, flight: &Flight, answer: &Answer) {
        let Some(ticket) = flight
            .ticket
            .filter(|_| !matches!(answer, Answer::Failed(_)))
        else {
            return;
        };
        let grant = self.grant_of_kind(flight.kind);
        self.date_used(grant);
        if let Some((lane, operation)) = self.asked_by(flight.kind) {
            self.lanes[lane.0].served.insert(operation, ticket);
        }
        self.grants[grant.0].accepted(ticket);
        if !self.setup.grants[grant.0].renewable {
            self.secret_served(grant);
        }
    }

    /// The lane of an attempt, and what it asked for.
    fn asked_by(&self, kind: Kind) -> Option<(LaneIx, Operation)> {
        match kind {
            Kind::Read(lane) => Some((lane, Operation::Read)),
            Kind::Chunk(lane, seq) => {
                let at = &self.lanes[lane.0];
                Some((lane, at.active[at.place(seq)?].operation()))
            }
            _ => None,
        }
    }

    /// A vendor refused the credential of an attempt. True when a fresh token may help.
    pub(super) fn credential_refused(
        &mut self,
        grant: GrantIx,
        flight: &Flight,
        failure: &Failure,
    ) -> bool {
        let certain = failure.kind == (ErrorKind::Unauthenticated { certain: true })
            || failure.kind.ends_grant();
        let ticket = flight.ticket.unwrap_or_default();
        self.note_refused(grant, flight.operation, failure);
        if certain && self.key_again(grant, flight.send, failure) {
            return true;
        }
        if certain && self.has_key(grant) {
            self.grants[grant.0].end();
            self.key_ended(grant, failure);
        }
        let served = self
            .asked_by(flight.kind)
            .is_some_and(|(lane, asked)| self.lanes[lane.0].served.get(&asked) == Some(&ticket));
        let refusal = match (certain, served) {
            (true, _) => Refusal::Certain,
            (false, true) => Refusal::OnceServed,
            (false, false) => Refusal::Unsure,
        };
        let helps = self.grants[grant.0].refused(ticket, refusal, flight.left.0);
        if self.grants[grant.0].is_dead() {
            self.grant_failures[grant.0] = Some(failure.clone());
            self.grant_died(grant, failure);
        }
        helps
    }

    pub(super) fn grant_dead(&self, lane: LaneIx) -> bool {
        self.grants[self.grant_of(lane).0].is_dead()
    }
}

fn no_token() -> Failure {
    not_understood("no token could be had")
}

pub(super) fn not_understood(text: &str) -> Failure {
    Failure {
        kind: ErrorKind::Bug,
        delivery: Delivery::Unknown,
        answered: true,
        code: String::new(),
        text: text.to_owned(),
        retry_after: None,
    }
}
