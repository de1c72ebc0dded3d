//! What people say of a grant, let go once each: they consent, take it back, or ask whether it
//! is still good.

use rackrate_auth::lifecycle::Lifecycle;
use rackrate_ledger::op::{GrantState, KeptGrant, LedgerOp};

use super::keys::{brought, lasting};
use super::{Consented, NOBODY, Waits, reconnect};
use crate::engine::Engine;
use crate::engine::flight::{Flight, Kind};
use crate::engine::grants::{NewToken, not_understood};
use crate::engine::limiter::Class;
use crate::engine::types::{Answer, GrantIx, Now, Report, Verb};

const NOT_ACTIVE: &str = "the vendor says that the refresh token is not good any more";
const NO_REFRESH: &str = "the vendor gave no refresh token";

/// What a person says of a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Said {
    Yes,
    NoMore,
    /// They ask whether it is still good.
    Whether,
}

impl Engine {
    /// Lets leave what people said, once each.
    pub(in crate::engine) fn pump_said(&mut self, now: Now) {
        for (grant, said) in self.said.clone() {
            let grant = GrantIx(grant);
            let uses = self.setup.grants[grant.0].uses.clone();
            let revokes = self.setup.grants[grant.0]
                .consent
                .is_some_and(|one| one.revokes);
            if let Some(failure) = self.suspension(grant) {
                self.said.remove(&grant.0);
                self.no_token(grant, &failure);
                continue;
            }
            if !self.may_leave(grant) || said == Said::Whether && !self.may_ask_whether(grant) {
                continue;
            }
            if said == Said::NoMore && (!revokes || self.consents[grant.0].is_none()) {
                self.said.remove(&grant.0);
                self.forget(grant);
            } else if !self.stopping && self.permit(&uses, Class::First, now) {
                self.said.remove(&grant.0);
                self.grants[grant.0].asked();
                let (kind, verb) = match said {
                    Said::Yes => (Kind::Redeem(grant), Verb::Redeem(grant)),
                    Said::NoMore => (Kind::Revoke(grant), Verb::Revoke(grant)),
                    Said::Whether => (Kind::Whether(grant), Verb::Introspect(grant)),
                };
                self.launch_token(kind, verb, grant, now);
            }
        }
    }

    /// Whether a refresh token can be asked about now. One that is being used is not asked
    /// about: the answer would be about a token that is ending.
    fn may_ask_whether(&mut self, grant: GrantIx) -> bool {
        let asks = self.setup.grants[grant.0].consent;
        let asks = asks.is_some_and(|consent| consent.introspects);
        let kept = self.consents[grant.0].as_ref().map(|one| &one.kept.state);
        if asks && kept == Some(&GrantState::Held) {
            return !self.grants[grant.0].is_asking();
        }
        self.said.remove(&grant.0);
        false
    }

    /// What the vendor said of a refresh token that nobody was using. A clear no is the end
    /// of it; anything else changes nothing.
    pub(in crate::engine) fn told_whether(&mut self, grant: GrantIx, answer: Answer, now: Now) {
        self.grants[grant.0].not_asked();
        let told = match answer {
            Answer::Active(good) => Ok(good),
            Answer::Failed(failure) => Err(failure),
            _ => Err(not_understood("no word on the refresh token")),
        };
        if told == Ok(false) {
            self.consent_ended(grant, reconnect(NOT_ACTIVE), now);
        }
        self.report(Report::Introspected(grant, told));
    }

    /// The vendor has ended a grant, or did not; then it is kept, because it may live.
    pub(in crate::engine) fn revoked(&mut self, grant: GrantIx, answer: Answer) {
        let failure = match answer {
            Answer::Revoked => return self.forget(grant),
            Answer::Failed(failure) => failure,
            _ => not_understood("no word on the end of the grant"),
        };
        self.grants[grant.0].not_asked();
        self.no_token(grant, &failure);
    }

    fn forget(&mut self, grant: GrantIx) {
        let Some(connection) = self.named(grant) else {
            return;
        };
        self.consents[grant.0] = None;
        self.grants[grant.0] = Lifecycle::renewable();
        self.last_token(grant, reconnect(NOBODY));
        let at = self.out.now;
        self.op(LedgerOp::Forgotten { connection, at });
        self.report(Report::Disconnected(grant));
    }

    /// What a code brought. It is worth nothing from now on, whatever came.
    pub(in crate::engine) fn redeemed(
        &mut self,
        grant: GrantIx,
        answer: Answer,
        flight: &Flight,
        now: Now,
    ) {
        let failure = match answer {
            Answer::Token(mut issued) => match issued.refresh.take() {
                Some(refresh) => {
                    // Without a word of the vendor it is what was asked for (RFC 6749, 5.1), and
                    // that may be another thing when the configuration has changed.
                    let asked = self.setup.grants[grant.0].scopes.asked.join(" ");
                    let asked = Some(asked).filter(|asked| !asked.is_empty());
                    issued.scope = issued.scope.or(asked);
                    let token = self.issued(grant, &issued, flight);
                    return self.connected(grant, token, refresh, issued.scope, now);
                }
                None => reconnect(NO_REFRESH),
            },
            Answer::Failed(failure) => failure,
            _ => not_understood("the token endpoint's answer was read as something else"),
        };
        self.grants[grant.0].not_asked();
        self.no_token(grant, &failure);
    }

    fn connected(
        &mut self,
        grant: GrantIx,
        token: NewToken,
        sealed: String,
        scope: Option<String>,
        now: Now,
    ) {
        let (Some(connection), Some(renewal)) = (self.named(grant), self.renewal(grant)) else {
            return;
        };
        let is_key = self.is_lasting(grant);
        let kept = KeptGrant {
            connection,
            sealed,
            consented: now.wall,
            generation: 1,
            since: now.wall,
            scope,
            state: brought(is_key),
        };
        let token = lasting(token, is_key);
        let batch = self.batch();
        let new = true;
        let mut life = Lifecycle::renewable();
        // Until the ledger has it nothing else is asked for.
        life.asked();
        self.grants[grant.0] = life;
        self.consents[grant.0] = Some(Consented {
            renewal,
            kept: kept.clone(),
            waits: Waits::ToUse { batch, token, new },
        });
        self.op(LedgerOp::Grant(kept));
    }
}
