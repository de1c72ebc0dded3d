//! Vendors that give a key for a consent, which lasts: nothing renews it, and it ends with its
//! first refusal.

use rackrate_auth::lifecycle::{KEY_LIFE, Lifecycle};
use rackrate_core::auth::Rotation;
use rackrate_ledger::op::{GrantState, LedgerOp};

use crate::engine::Engine;
use crate::engine::grants::NewToken;
use crate::engine::types::{Failure, GrantIx, Now};

impl Engine {
    /// Whether the vendor gives keys for consents.
    pub(super) fn is_lasting(&self, grant: GrantIx) -> bool {
        let consent = self.setup.grants[grant.0].consent;
        consent.is_some_and(|one| one.rotation == Rotation::Lasting)
    }

    /// Whether a key of a consent is all there is.
    pub(in crate::engine) fn has_key(&self, grant: GrantIx) -> bool {
        let consent = self.consents[grant.0].as_ref();
        consent.is_some_and(|one| one.kept.state == GrantState::Lasting)
    }

    /// A key was refused for good: nothing renews it.
    pub(in crate::engine) fn key_ended(&mut self, grant: GrantIx, failure: &Failure) {
        let wall = self.out.now;
        if let Some(consent) = self.consents[grant.0]
            .as_mut()
            .filter(|one| one.kept.state == GrantState::Lasting)
        {
            consent.renewal.ended();
            consent.kept.state = GrantState::Ended {
                at: wall,
                why: failure.text.clone(),
                kind: failure.kind,
            };
            let kept = consent.kept.clone();
            self.op(LedgerOp::Grant(kept));
        }
    }

    /// A person wants the refresh token of a consent to become a key.
    pub(in crate::engine) fn migration_wanted(&mut self, grant: GrantIx, now: Now) {
        let consent = self.consents[grant.0].as_ref();
        let held = consent.is_some_and(|one| one.kept.state == GrantState::Held);
        if held && self.is_lasting(grant) {
            self.grants[grant.0] = Lifecycle::renewable();
            self.grant_failures[grant.0] = None;
        }
        self.token_wanted(grant, now);
    }
}

/// What an exchange brings: a key, or a refresh token.
pub(super) fn brought(is_key: bool) -> GrantState {
    match is_key {
        true => GrantState::Lasting,
        false => GrantState::Held,
    }
}

/// A key without a stated end is used until it is refused.
pub(super) fn lasting((ticket, lifetime, left): NewToken, is_key: bool) -> NewToken {
    let lifetime = lifetime.or(is_key.then_some(KEY_LIFE));
    (ticket, lifetime, left)
}
