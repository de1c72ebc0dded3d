//! Attempts under way: what lets one leave, and what its end means for allowances.

use std::time::Duration;

use rackrate_auth::lifecycle::Ticket;
use rackrate_core::clock::{Mono, Wall};
use rackrate_core::error::Delivery;
use rackrate_core::exchange::Operation;
use rackrate_core::limit::Feedback;
use rackrate_ledger::op::{LedgerOp, Reservation};

use super::limiter::{Class, Refused, Use};
use super::types::{Answer, ConnIx, Effect, GrantIx, LaneIx, Now, SendId, Verb};
use super::{Engine, LONGEST_WAIT};

/// An attempt under way.
#[derive(Clone, Debug)]
pub(super) struct Flight {
    pub(super) send: SendId,
    pub(super) kind: Kind,
    pub(super) operation: Operation,
    pub(super) uses: Vec<Use>,
    pub(super) class: Class,
    pub(super) ticket: Option<Ticket>,
    pub(super) left: (Mono, Wall),
    pub(super) horizon: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Token(GrantIx),
    Redeem(GrantIx),
    Introspect(GrantIx),
    /// The same question, because a person asked.
    Whether(GrantIx),
    Revoke(GrantIx),
    Chunk(LaneIx, u64),
    Read(LaneIx),
    Discover(ConnIx),
}

/// A request that could leave.
pub(super) struct Ready<'a> {
    pub(super) kind: Kind,
    pub(super) verb: Verb,
    pub(super) uses: &'a [Use],
    pub(super) class: Class,
    pub(super) grant: GrantIx,
    pub(super) horizon: Duration,
}

impl Engine {
    /// Sends now, if credential and allowances permit; otherwise wakes when they may.
    pub(super) fn try_send(&mut self, ready: Ready<'_>, now: Now) -> Option<SendId> {
        if !self.may_leave(ready.grant) {
            return None;
        }
        let ticket = self.credential(ready.grant, now)?;
        self.permit(ready.uses, ready.class, now).then(|| {
            let uses = ready.uses.to_vec();
            self.launch(
                ready.kind,
                ready.verb,
                uses,
                ready.class,
                Some(ticket),
                ready.horizon,
                now,
            )
        })
    }

    pub(super) fn permit(&mut self, uses: &[Use], class: Class, now: Now) -> bool {
        match self.limiter.acquire(uses, class, now.mono) {
            Ok(()) => true,
            Err(Refused::Until(at)) => {
                self.wake(at);
                false
            }
            Err(Refused::UntilAnswer) => false,
            Err(Refused::Unreserved(quota)) => {
                self.reserve(quota, now);
                false
            }
        }
    }

    /// Sets a part of a long allowance aside; its commit lets those go on who wait for it.
    pub(super) fn reserve(&mut self, quota: usize, now: Now) {
        let batch = self.batch();
        let Some(part) = self.limiter.reserve(quota) else {
            return;
        };
        let op = LedgerOp::Reserved(Reservation {
            quota: part.quota.to_owned(),
            count: part.count,
            window: u64::try_from(part.window.as_millis()).unwrap_or(u64::MAX),
            at: now.wall,
        });
        self.reserving.push((batch, quota));
        self.op(op);
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the one place that makes a flight of its parts"
    )]
    pub(super) fn launch(
        &mut self,
        kind: Kind,
        verb: Verb,
        uses: Vec<Use>,
        class: Class,
        ticket: Option<Ticket>,
        horizon: Duration,
        now: Now,
    ) -> SendId {
        self.count_use(kind, &verb);
        let send = SendId(self.next_send);
        self.next_send += 1;
        let flight = Flight {
            send,
            kind,
            operation: verb.operation(),
            uses,
            class,
            ticket,
            left: (now.mono, now.wall),
            horizon,
        };
        self.flights.insert(send, flight);
        self.client_asked(kind, send);
        self.out.sends.push(Effect::Send { send, verb, ticket });
        send
    }

    /// What the end of an attempt means for allowances.
    pub(super) fn settle_permit(
        &mut self,
        flight: &Flight,
        answer: &Answer,
        feedback: &Feedback,
        now: Now,
    ) {
        let Flight { uses, class, .. } = flight;
        match answer {
            Answer::Failed(failure) if !failure.answered => match failure.delivery {
                Delivery::NotSent => self.limiter.cancelled(uses, *class),
                _ => self.limiter.lost(
                    uses,
                    *class,
                    flight.left.0.after(flight.horizon).max(now.mono),
                ),
            },
            _ => self.limiter.answered(uses, *class, now.mono),
        }
        let asked = match answer {
            Answer::Failed(failure) => failure.retry_after,
            _ => None,
        };
        if let Some(wait) = feedback.wait.max(asked) {
            self.limiter.block(uses, now.mono, wait, LONGEST_WAIT);
        }
    }

    /// The grant that an attempt is made with, or for.
    pub(super) fn grant_of_kind(&self, kind: Kind) -> GrantIx {
        match kind {
            Kind::Chunk(lane, _) | Kind::Read(lane) => self.grant_of(lane),
            Kind::Discover(connection) => self.setup.connections[connection.0].grant,
            Kind::Token(grant)
            | Kind::Redeem(grant)
            | Kind::Introspect(grant)
            | Kind::Whether(grant)
            | Kind::Revoke(grant) => grant,
        }
    }
}
