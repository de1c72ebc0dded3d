//! The end of a consent, by whoever tells of it, and what that means for those who need its
//! tokens.

use rackrate_core::error::ErrorKind;
use rackrate_ledger::op::{GrantState, LedgerOp};

use super::{NOBODY, reconnect};
use crate::engine::Engine;
use crate::engine::flight::{Flight, Kind};
use crate::engine::types::{Failure, GrantIx, LaneIx, Now};

impl Engine {
    /// A refresh token is worth nothing any more. A live access token is used to its end.
    pub(super) fn consent_ended(&mut self, grant: GrantIx, failure: Failure, now: Now) {
        let Some(consent) = &mut self.consents[grant.0] else {
            return;
        };
        consent.renewal.ended();
        consent.kept.state = GrantState::Ended {
            at: now.wall,
            why: failure.text.clone(),
            kind: failure.kind,
        };
        let kept = consent.kept.clone();
        self.op(LedgerOp::Grant(kept));
        self.last_token(grant, failure);
    }

    /// A vendor may say of any request that what a person gave is worth nothing any more; then
    /// its refresh token is not used again either. A request that left before the person
    /// consented speaks of an older consent, and of a connection of several properties one may
    /// leave while the others stay.
    pub(in crate::engine) fn grant_may_have_ended(
        &mut self,
        flight: &Flight,
        failure: &Failure,
        now: Now,
    ) {
        let grant = self.grant_of_kind(flight.kind);
        let asked = matches!(
            flight.kind,
            Kind::Chunk(..) | Kind::Read(_) | Kind::Discover(_)
        );
        let Some(consent) = &self.consents[grant.0] else {
            return;
        };
        let is_old = flight.left.1 < consent.kept.consented;
        let has_ended = matches!(consent.kept.state, GrantState::Ended { .. });
        let others = failure.kind == ErrorKind::Disconnected && self.has_several(grant);
        if !asked || !failure.answered || !failure.kind.ends_grant() || is_old || others {
            return;
        }
        if !has_ended {
            self.note_refused(grant, flight.operation, failure);
            self.consent_ended(grant, failure.clone(), now);
        }
        if !self.grants[grant.0].is_dead() {
            self.grants[grant.0].end();
            self.grant_died(grant, failure);
        }
    }

    fn has_several(&self, grant: GrantIx) -> bool {
        let lanes = (0..self.lanes.len()).map(LaneIx);
        lanes.filter(|lane| self.grant_of(*lane) == grant).count() > 1
    }

    /// Somebody needs a token that will not come: once it is known why, all are told.
    pub(in crate::engine) fn out_of_tokens(&mut self, grant: GrantIx) {
        if !self.grants[grant.0].is_dead() {
            self.grants[grant.0].end();
            let failure = self.grant_failures[grant.0].clone();
            let failure = failure.unwrap_or_else(|| reconnect(NOBODY));
            self.died.insert(grant.0, failure);
        }
    }

    /// Tells those whose grant died while they were asking.
    pub(in crate::engine) fn tell_died(&mut self) {
        for (grant, failure) in std::mem::take(&mut self.died) {
            self.grant_died(GrantIx(grant), &failure);
        }
    }
}
