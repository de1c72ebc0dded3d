//! The engine's use of consents: a refresh token is used only after that is on disk, and what
//! it brought is on disk before it is used.
//!
//! Whether a refresh token may be used is decided by [`Renewal`]; here is when, and what is
//! written down. Invariant: no access token of a consent is published before its refresh
//! token is durable.

mod ends;
mod keys;
mod said;

use rackrate_auth::renewal::{Fate, Move, Renewal};
use rackrate_core::error::{Delivery, ErrorKind};
use rackrate_core::ids::ConnectionId;
use rackrate_ledger::op::{GrantState, KeptGrant, LedgerOp};

use self::keys::{brought, lasting};
pub(super) use self::said::Said;
use super::flight::Kind;
use super::grants::{NewToken, not_understood};
use super::limiter::Class;
use super::types::{Answer, BatchId, Failure, GrantIx, Now, Report, Verb};
use super::{Engine, Recovered};

const NOBODY: &str = "nobody has consented for this connection yet";
const LOST: &str = "the answer to the last refresh was lost, and the vendor ends a refresh \
    token with its first use";
const TO_MIGRATE: &str = "its consent still has a refresh token, which has to be exchanged for \
    a key: rackrate creds migrate";
const NO_KEY: &str = "its key has ended, and nothing renews a key";

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
            if let Some(renewal) = self.renewal(*grant) {
                self.consents[grant.0] = Some(Consented {
                    renewal: self.taken_up(*grant, renewal, &kept.state, now),
                    kept: kept.clone(),
                    waits: Waits::Nothing,
                });
            }
        }
        for grant in (0..self.consents.len()).map(GrantIx) {
            let by_person = self.setup.grants[grant.0].consent.is_some();
            if by_person && self.consents[grant.0].is_none() {
                self.last_token(grant, reconnect(NOBODY));
            }
        }
    }

    /// What is kept of a refresh token, and what it means for the grant.
    fn taken_up(
        &mut self,
        grant: GrantIx,
        mut renewal: Renewal,
        state: &GrantState,
        now: Now,
    ) -> Renewal {
        match state {
            GrantState::Held if self.is_lasting(grant) => {
                self.last_token(grant, reconnect(TO_MIGRATE));
            }
            GrantState::Held => {}
            GrantState::Lasting => self.last_token(grant, reconnect(NO_KEY)),
            // Nobody marks the use of a token that stays: it left to become a key, and a
            // second use would end that.
            GrantState::Leaving { .. } if !renewal.is_marked() => {
                renewal.ended();
                self.last_token(grant, reconnect(LOST));
            }
            GrantState::Leaving { at, again } => renewal.left(now.at(*at), *again),
            GrantState::Ended { why, kind, .. } => {
                renewal.ended();
                let kind = *kind;
                self.last_token(
                    grant,
                    Failure {
                        kind,
                        ..reconnect(why)
                    },
                );
                // Said of the connection itself, so a token that still lives is none.
                if kind != ErrorKind::Reconnect {
                    self.grants[grant.0].end();
                }
            }
        }
        renewal
    }

    /// No further token will come of a grant, for that reason.
    fn last_token(&mut self, grant: GrantIx, why: Failure) {
        self.grants[grant.0].last();
        self.grant_failures[grant.0] = Some(why);
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
                        self.last_token(grant, reconnect(NO_KEY));
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

    pub(super) fn named(&self, grant: GrantIx) -> Option<ConnectionId> {
        let mut connections = self.setup.connections.iter();
        let connection = connections.find(|one| one.grant == grant)?;
        Some(connection.id.clone())
    }
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
