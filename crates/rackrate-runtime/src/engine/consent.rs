//! The engine's use of consents: a refresh token is used only after that is on disk, and what
//! it brought is on disk before it is used.
//!
//! Whether a refresh token may be used is decided by [`Renewal`]; here is when, and what is
//! written down. Invariant: no access token of a consent is published before its refresh
//! token is durable.

use rackrate_auth::lifecycle::{KEY_LIFE, Lifecycle};
use rackrate_auth::renewal::{Fate, Move, Renewal};
use rackrate_core::auth::Rotation;
use rackrate_core::error::{Delivery, ErrorKind};
use rackrate_core::ids::ConnectionId;
use rackrate_ledger::op::{GrantState, KeptGrant, LedgerOp};

use super::grants::{NewToken, not_understood};
use super::limiter::Class;
use super::types::{Answer, BatchId, Failure, GrantIx, Now, Report, Verb};
use super::{Engine, Flight, Kind, Recovered};

const NOBODY: &str = "nobody has consented for this connection yet";
const LOST: &str = "the answer to the last refresh was lost, and the vendor ends a refresh \
    token with its first use";
const NOT_ACTIVE: &str = "the vendor says that the refresh token is not good any more";
const TO_MIGRATE: &str = "its consent still has a refresh token, which has to be exchanged for \
    a key: rackrate creds migrate";
const NO_KEY: &str = "its key has ended, and nothing renews a key";
const NO_REFRESH: &str = "the vendor gave no refresh token";

/// A grant that a person gave, while this process has it.
#[derive(Debug)]
pub(super) struct Consented {
    renewal: Renewal,
    kept: KeptGrant,
    waits: Waits,
}

/// What a consent waits for the ledger with.
#[derive(Debug)]
enum Waits {
    Nothing,
    /// To use its refresh token.
    ToLeave(BatchId),
    /// To use what it got; `new` when a person has just consented.
    ToUse {
        batch: BatchId,
        token: NewToken,
        new: bool,
    },
}

/// What a person says of a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Yes,
    NoMore,
    /// They ask whether it is still good.
    Whether,
}

/// The next step to an access token.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// By the secrets alone.
    Ask,
    Refresh {
        again: bool,
    },
    Introspect,
}

impl Engine {
    /// Takes up the consents that earlier processes wrote down.
    pub(super) fn take_grants(&mut self, recovered: &Recovered, now: Now) {
        for (grant, kept) in &recovered.grants {
            let Some(mut renewal) = self.renewal(*grant) else {
                continue;
            };
            let ended = |engine: &mut Self, why: &str| {
                engine.grants[grant.0].last();
                engine.grant_failures[grant.0] = Some(reconnect(why));
            };
            match &kept.state {
                GrantState::Held if self.is_lasting(*grant) => ended(self, TO_MIGRATE),
                GrantState::Held => {}
                GrantState::Lasting => ended(self, NO_KEY),
                // Nobody marks the use of a token that stays: it left to become a key, and a
                // second use would end that.
                GrantState::Leaving { .. } if !renewal.is_marked() => {
                    renewal.ended();
                    ended(self, LOST);
                }
                GrantState::Leaving { at, again } => renewal.left(now.at(*at), *again),
                GrantState::Ended { why, kind, .. } => {
                    renewal.ended();
                    ended(self, why);
                    let kind = *kind;
                    // Said of the connection itself, so a token that still lives is none.
                    if kind != ErrorKind::Reconnect {
                        self.grants[grant.0].end();
                    }
                    self.grant_failures[grant.0] = Some(Failure {
                        kind,
                        ..reconnect(why)
                    });
                }
            }
            self.consents[grant.0] = Some(Consented {
                renewal,
                kept: kept.clone(),
                waits: Waits::Nothing,
            });
        }
        for grant in 0..self.consents.len() {
            if self.setup.grants[grant].consent.is_some() && self.consents[grant].is_none() {
                self.grants[grant].last();
                self.grant_failures[grant] = Some(reconnect(NOBODY));
            }
        }
    }

    /// Whether the vendor gives keys for consents.
    fn is_lasting(&self, grant: GrantIx) -> bool {
        let consent = self.setup.grants[grant.0].consent;
        consent.is_some_and(|one| one.rotation == Rotation::Lasting)
    }

    /// Whether a key of a consent is all there is.
    pub(super) fn has_key(&self, grant: GrantIx) -> bool {
        let consent = self.consents[grant.0].as_ref();
        consent.is_some_and(|one| one.kept.state == GrantState::Lasting)
    }

    /// A key was refused for good: nothing renews it.
    pub(super) fn key_ended(&mut self, grant: GrantIx, failure: &Failure) {
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
    pub(super) fn migration_wanted(&mut self, grant: GrantIx, now: Now) {
        let consent = self.consents[grant.0].as_ref();
        let held = consent.is_some_and(|one| one.kept.state == GrantState::Held);
        if held && self.is_lasting(grant) {
            self.grants[grant.0] = Lifecycle::renewable();
            self.grant_failures[grant.0] = None;
        }
        self.token_wanted(grant, now);
    }

    fn renewal(&self, grant: GrantIx) -> Option<Renewal> {
        let spec = &self.setup.grants[grant.0];
        let consent = spec.consent?;
        let (rotation, asks) = (consent.rotation, consent.introspects);
        Some(Renewal::held(rotation, asks, spec.horizon))
    }

    /// What leads to a token now; `None` while nothing does.
    pub(super) fn step_to_token(&mut self, grant: GrantIx, now: Now) -> Option<Step> {
        let Some(consent) = &self.consents[grant.0] else {
            return Some(Step::Ask);
        };
        match consent.renewal.next(now.mono) {
            Move::Refresh { again } => Some(Step::Refresh { again }),
            Move::Introspect => Some(Step::Introspect),
            Move::Wait(at) => {
                self.wake(at);
                None
            }
            Move::Person => {
                self.consent_ended(grant, reconnect(LOST), now);
                None
            }
        }
    }

    /// Takes it; the permit for one request is at hand.
    pub(super) fn take_step(&mut self, grant: GrantIx, step: Step, now: Now) {
        match step {
            Step::Ask => self.launch_token(Kind::Token(grant), Verb::Refresh(grant), grant, now),
            Step::Introspect => {
                let verb = Verb::Introspect(grant);
                self.launch_token(Kind::Introspect(grant), verb, grant, now);
            }
            Step::Refresh { again } => self.mark_refresh(grant, again, now),
        }
    }

    fn mark_refresh(&mut self, grant: GrantIx, again: bool, now: Now) {
        let batch = self.batch();
        let Some(consent) = &mut self.consents[grant.0] else {
            return;
        };
        consent.renewal.left(now.mono, again);
        if !consent.renewal.is_marked() {
            return self.launch_token(Kind::Token(grant), Verb::Refresh(grant), grant, now);
        }
        let at = now.wall;
        consent.kept.state = GrantState::Leaving { at, again };
        consent.waits = Waits::ToLeave(batch);
        let kept = consent.kept.clone();
        self.op(LedgerOp::Grant(kept));
    }

    /// The ledger has a batch: what waited for it leaves, or is used.
    pub(super) fn consents_committed(&mut self, batch: BatchId, now: Now) {
        for grant in (0..self.consents.len()).map(GrantIx) {
            let Some(consent) = &mut self.consents[grant.0] else {
                continue;
            };
            match consent.waits {
                Waits::ToLeave(of) if of == batch => {
                    consent.waits = Waits::Nothing;
                    self.leave_marked(grant, now);
                }
                Waits::ToUse {
                    batch: of,
                    token,
                    new,
                } if of == batch => {
                    consent.waits = Waits::Nothing;
                    let is_key = consent.kept.state == GrantState::Lasting;
                    self.have_token(grant, token);
                    if is_key {
                        self.grants[grant.0].last();
                        self.grant_failures[grant.0] = Some(reconnect(NO_KEY));
                    }
                    if new {
                        self.report(Report::Connected(grant));
                    }
                }
                _ => {}
            }
        }
    }

    /// A refresh token whose use is on disk is used, unless its client was stopped meanwhile.
    fn leave_marked(&mut self, grant: GrantIx, now: Now) {
        if self.may_leave(grant) {
            return self.launch_token(Kind::Token(grant), Verb::Refresh(grant), grant, now);
        }
        let uses = self.setup.grants[grant.0].uses.clone();
        self.limiter.cancelled(&uses, Class::First);
        self.grants[grant.0].not_asked();
        self.still_held(grant);
    }

    /// A refresh brought an access token, and perhaps the next refresh token.
    pub(super) fn renewed(
        &mut self,
        grant: GrantIx,
        token: NewToken,
        refresh: Option<String>,
        scope: Option<String>,
        now: Now,
    ) {
        let (batch, new) = (self.batch(), self.is_lasting(grant));
        let Some(consent) = &mut self.consents[grant.0] else {
            return;
        };
        let kept = &mut consent.kept;
        if let Some(sealed) = refresh {
            (kept.sealed, kept.since) = (sealed, now.wall);
            kept.generation += 1;
        }
        kept.scope = scope.or(kept.scope.take());
        kept.state = brought(new);
        consent.renewal.renewed();
        let token = lasting(token, new);
        consent.waits = Waits::ToUse { batch, token, new };
        let kept = kept.clone();
        self.op(LedgerOp::Grant(kept));
    }

    /// A refresh failed. True when that was all: what follows is decided by a person, or by
    /// what the vendor says of the token.
    pub(super) fn refresh_failed(&mut self, grant: GrantIx, failure: &Failure, now: Now) -> bool {
        let Some(consent) = &mut self.consents[grant.0] else {
            return false;
        };
        match consent.renewal.failed(failure.kind, failure.delivery) {
            Fate::Ended => {
                self.consent_ended(grant, failure.clone(), now);
                true
            }
            Fate::Open if consent.renewal.next(now.mono) == Move::Person => {
                self.consent_ended(grant, reconnect(LOST), now);
                true
            }
            Fate::Open => false,
            Fate::Unused => {
                if consent.renewal.is_marked() {
                    self.still_held(grant);
                }
                false
            }
        }
    }

    fn still_held(&mut self, grant: GrantIx) {
        if let Some(consent) = &mut self.consents[grant.0] {
            consent.renewal.renewed();
            consent.kept.state = GrantState::Held;
            let kept = consent.kept.clone();
            self.op(LedgerOp::Grant(kept));
        }
    }

    /// The vendor said whether a refresh token is still good, or did not.
    pub(super) fn introspected(&mut self, grant: GrantIx, answer: Answer, now: Now) {
        match answer {
            Answer::Active(true) => {
                self.grants[grant.0].not_asked();
                self.still_held(grant);
            }
            Answer::Active(false) => self.consent_ended(grant, reconnect(LOST), now),
            Answer::Failed(failure) => self.token_failed(grant, failure, now),
            _ => self.token_failed(grant, not_understood("no word on the refresh token"), now),
        }
    }

    /// Lets leave what people said, once each.
    pub(super) fn pump_said(&mut self, now: Now) {
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
    pub(super) fn told_whether(&mut self, grant: GrantIx, answer: Answer, now: Now) {
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
    pub(super) fn revoked(&mut self, grant: GrantIx, answer: Answer) {
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
        self.grants[grant.0].last();
        self.grant_failures[grant.0] = Some(reconnect(NOBODY));
        let at = self.out.now;
        self.op(LedgerOp::Forgotten { connection, at });
        self.report(Report::Disconnected(grant));
    }

    /// What a code brought. It is worth nothing from now on, whatever came.
    pub(super) fn redeemed(&mut self, grant: GrantIx, answer: Answer, flight: &Flight, now: Now) {
        let failure = match answer {
            Answer::Token {
                ticket,
                lifetime,
                sealed,
                refresh: Some(refresh),
                scope,
            } => {
                self.keep(grant, sealed, lifetime, flight);
                // Without a word of the vendor it is what was asked for (RFC 6749, 5.1), and
                // that may be another thing when the configuration has changed.
                let asked = self.setup.grants[grant.0].scopes.asked.join(" ");
                let scope = scope.or(Some(asked).filter(|asked| !asked.is_empty()));
                self.granted_scopes(grant, scope.as_deref());
                self.date_renewed(grant, scope.as_deref());
                let token = (ticket, lifetime, flight.left);
                return self.connected(grant, token, refresh, scope, now);
            }
            Answer::Token { .. } => reconnect(NO_REFRESH),
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

    pub(super) fn named(&self, grant: GrantIx) -> Option<ConnectionId> {
        let mut connections = self.setup.connections.iter();
        let connection = connections.find(|one| one.grant == grant)?;
        Some(connection.id.clone())
    }

    /// A refresh token is worth nothing any more. A live access token is used to its end.
    fn consent_ended(&mut self, grant: GrantIx, failure: Failure, now: Now) {
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
        self.grants[grant.0].last();
        self.grant_failures[grant.0] = Some(failure);
    }

    /// A vendor may say of any request that what a person gave is worth nothing any more; then
    /// its refresh token is not used again either. A request that left before the person
    /// consented speaks of an older consent, and of a connection of several properties one may
    /// leave while the others stay.
    pub(super) fn grant_may_have_ended(&mut self, flight: &Flight, failure: &Failure, now: Now) {
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
        let lanes = (0..self.lanes.len()).map(super::types::LaneIx);
        lanes.filter(|lane| self.grant_of(*lane) == grant).count() > 1
    }

    /// Somebody needs a token that will not come: once it is known why, all are told.
    pub(super) fn out_of_tokens(&mut self, grant: GrantIx) {
        if !self.grants[grant.0].is_dead() {
            self.grants[grant.0].end();
            let failure = self.grant_failures[grant.0].clone();
            let failure = failure.unwrap_or_else(|| reconnect(NOBODY));
            self.died.insert(grant.0, failure);
        }
    }

    /// Tells those whose grant died while they were asking.
    pub(super) fn tell_died(&mut self) {
        for (grant, failure) in std::mem::take(&mut self.died) {
            self.grant_died(GrantIx(grant), &failure);
        }
    }
}

/// What an exchange brings: a key, or a refresh token.
fn brought(is_key: bool) -> GrantState {
    match is_key {
        true => GrantState::Lasting,
        false => GrantState::Held,
    }
}

/// A key without a stated end is used until it is refused.
fn lasting((ticket, lifetime, left): NewToken, is_key: bool) -> NewToken {
    let lifetime = lifetime.or(is_key.then_some(KEY_LIFE));
    (ticket, lifetime, left)
}

fn reconnect(text: &str) -> Failure {
    Failure {
        kind: ErrorKind::Reconnect,
        delivery: Delivery::NotSent,
        answered: false,
        code: String::new(),
        text: text.to_owned(),
        retry_after: None,
    }
}
