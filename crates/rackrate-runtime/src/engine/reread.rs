//! A credential that a vendor refuses may have been changed since it was fetched: its place is
//! asked once again, and if another one is there the request is tried once with it.
//!
//! Who shares a secret gets the newer one too, so a changed secret of a client costs one
//! refusal and not one for each hotel.
//!
//! Invariant: between two refusals for which a place is asked lies a success; the same secret
//! is never tried again.

use rackrate_auth::lifecycle::{Refusal, Ticket};
use rackrate_core::error::ErrorKind;

use super::Engine;
use super::types::{Effect, Failure, GrantIx, Now, SendId};

/// What is known of the age of a grant's secrets.
#[derive(Debug, Default)]
pub(super) struct Reread {
    /// Whatever left from here on, left with the secrets at hand.
    since: SendId,
    /// The last request to the token endpoint.
    token: SendId,
    /// The place was asked, and nothing has succeeded since.
    tried: bool,
    /// The refusal for which the place is being asked.
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    send: SendId,
    failure: Failure,
}

impl Engine {
    /// A request to the token endpoint leaves.
    pub(super) fn token_leaves(&mut self, grant: GrantIx, send: SendId) {
        self.rereads[grant.0].token = send;
    }

    /// A secret was good.
    pub(super) fn secret_served(&mut self, grant: GrantIx) {
        self.rereads[grant.0].tried = false;
    }

    /// Whether the secret that a vendor would be sent is being fetched again.
    pub(super) fn is_rereading(&self, grant: GrantIx) -> bool {
        self.rereads[grant.0].open.is_some()
    }

    /// The token endpoint refused. True when that is settled once the secret's place has
    /// answered, or was about a secret that has been replaced meanwhile.
    pub(super) fn token_secret_again(&mut self, grant: GrantIx, failure: &Failure) -> bool {
        let of_secret = matches!(
            failure.kind,
            ErrorKind::Misconfigured | ErrorKind::Unauthenticated { .. }
        );
        let send = self.rereads[grant.0].token;
        if !of_secret || !failure.answered || !self.secret_again(grant, send, failure) {
            return false;
        }
        if !self.is_rereading(grant) {
            self.grants[grant.0].not_asked();
        }
        true
    }

    /// Whether a refusal is one of the credential that was sent, and not of what was asked. A
    /// key that its vendor calls ended may be one that was replaced.
    pub(super) fn is_of_credential(&self, grant: GrantIx, kind: ErrorKind) -> bool {
        let spec = &self.setup.grants[grant.0];
        let key = !spec.renewable && spec.rereads || self.has_key(grant);
        matches!(kind, ErrorKind::Unauthenticated { .. }) || key && kind.ends_grant()
    }

    /// The same where a key was refused that is sent as it is.
    pub(super) fn key_again(&mut self, grant: GrantIx, send: SendId, failure: &Failure) -> bool {
        !self.setup.grants[grant.0].renewable && self.secret_again(grant, send, failure)
    }

    fn secret_again(&mut self, grant: GrantIx, send: SendId, failure: &Failure) -> bool {
        let one = &mut self.rereads[grant.0];
        if send < one.since || one.open.is_some() {
            return true;
        }
        if one.tried || !self.setup.grants[grant.0].rereads {
            return false;
        }
        one.tried = true;
        one.open = Some(Open {
            send,
            failure: failure.clone(),
        });
        self.out.others.push(Effect::Reread(grant));
        true
    }

    /// The places of a grant's secrets have answered; these grants have other ones now.
    pub(super) fn reread(&mut self, grant: GrantIx, changed: &[GrantIx], now: Now) {
        for other in changed {
            self.rereads[other.0].since = SendId(self.next_send);
        }
        let Some(Open { send, failure }) = self.rereads[grant.0].open.take() else {
            return;
        };
        let newer = send < self.rereads[grant.0].since;
        match (self.setup.grants[grant.0].renewable, newer) {
            (true, true) => self.grants[grant.0].not_asked(),
            (true, false) => self.token_stays_refused(grant, failure, now),
            (false, true) => {}
            (false, false) => {
                self.grants[grant.0].refused(Ticket::default(), Refusal::Certain, now.mono);
                self.grant_failures[grant.0] = Some(failure.clone());
                self.grant_died(grant, &failure);
            }
        }
    }
}
