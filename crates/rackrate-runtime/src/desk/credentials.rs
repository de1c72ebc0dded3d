//! The desk's credentials: tokens under their tickets, refresh tokens, codes, and how they are
//! kept beyond a run.
//!
//! Invariant: nothing is opened for another connection, address or client than it was sealed for.

use std::time::Duration;

use rackrate_auth::lifecycle::Ticket;
use rackrate_core::auth::{Ask, Grant, Rotation, Token};
use rackrate_core::error::Delivery;
use rackrate_core::exchange::Request;
use rackrate_core::key::Key;
use rackrate_core::secret::Secret;
use rackrate_core::words::without_persons;
use rackrate_ledger::op::{GrantState, KeptGrant, SealedToken};
use url::Url;

use super::{Connection, Desk, bug, not_sent};
use crate::engine::types::{Answer, ConnIx, Failure, GrantIx, Issued, Verb};
use crate::places::Fetched;

/// What came back from a person's consent.
#[derive(Clone, Debug)]
pub struct Code {
    /// The code.
    pub code: Secret,
    /// The address it was sent to, as it was registered.
    pub redirect: Url,
    /// What the challenge was made of, where there was one.
    pub verifier: Option<Secret>,
}

impl Connection {
    /// Whom a kept access token is for. Another address, client, secret, scope or way of being
    /// granted is another one.
    pub(super) fn bound_to(&self) -> Key {
        let manifest = self.adapter.manifest();
        let mut parts = self.issued_by();
        parts.extend(manifest.scopes.iter().cloned());
        // What a person granted is not what the client has of itself.
        let by_person = self.adapter.auth().consent().is_some();
        parts.extend(by_person.then(|| "granted by a person".to_owned()));
        let secrets = manifest.secrets.iter();
        let secrets = secrets.filter_map(|name| Some(self.secrets.get(name)?.expose().as_bytes()));
        let parts: Vec<&[u8]> = parts.iter().map(String::as_bytes).chain(secrets).collect();
        Key::of(&parts)
    }

    /// Whom a refresh token is for: it outlives the client's secret and the scopes asked for, but
    /// is of no use to another client.
    pub(super) fn consent_bound_to(&self) -> Key {
        let mut parts = self.issued_by();
        parts.push("refresh token".to_owned());
        let parts: Vec<&[u8]> = parts.iter().map(String::as_bytes).collect();
        Key::of(&parts)
    }

    fn issued_by(&self) -> Vec<String> {
        let manifest = self.adapter.manifest();
        let mut parts = vec![self.id.to_string(), manifest.vendor.to_string()];
        parts.extend(manifest.bases.iter().map(ToString::to_string));
        parts.extend(manifest.client.clone());
        let client = self.secrets.get("client_id");
        parts.extend(client.map(|id| id.expose().to_owned()));
        parts
    }
}

impl Desk {
    /// The token of a ticket, while it is kept.
    pub fn token(&self, ticket: Ticket) -> Option<&Token> {
        self.tokens.get(&ticket).map(|(_, token)| token)
    }

    /// Takes up a token that an earlier desk sealed, if this connection is whom it is for.
    pub fn restore(&mut self, token: &SealedToken) -> Option<(GrantIx, Ticket)> {
        let mut connections = self.connections.iter();
        let connection = connections.find(|one| one.id == token.connection)?;
        let seal = connection.seal.as_ref()?;
        let access = seal.open(connection.bound_to().as_str().as_bytes(), &token.sealed)?;
        let (grant, lifetime) = (connection.grant, token.lifetime.map(Duration::from_millis));
        let (access, scope) = parted(access);
        let token = Token {
            access,
            lifetime,
            refresh: None,
            scope,
        };
        Some((grant, self.shelve(grant, token)))
    }

    /// Takes up a consent whose refresh token an earlier desk sealed, if this connection is
    /// whom it is for. A key that lasts is taken up by [`Self::restore_key`].
    pub fn restore_consent(&mut self, kept: &KeptGrant) -> Option<GrantIx> {
        let (grant, secret) = self.opened(kept)?;
        if kept.state != GrantState::Lasting {
            self.refresh.insert(grant, secret);
        }
        Some(grant)
    }

    /// Takes up a key that lasts, which an earlier desk sealed, if this connection is whom it
    /// is for.
    pub fn restore_key(&mut self, kept: &KeptGrant) -> Option<(GrantIx, Ticket)> {
        let is_key = kept.state == GrantState::Lasting;
        let (grant, access) = self.opened(kept).filter(|_| is_key)?;
        let token = Token {
            access,
            lifetime: None,
            refresh: None,
            scope: None,
        };
        Some((grant, self.shelve(grant, token)))
    }

    fn opened(&self, kept: &KeptGrant) -> Option<(GrantIx, Secret)> {
        let mut connections = self.connections.iter();
        let connection = connections.find(|one| one.id == kept.connection)?;
        connection.adapter.auth().consent()?;
        let bound_to = connection.consent_bound_to();
        let seal = connection.seal.as_ref()?;
        let secret = seal.open(bound_to.as_str().as_bytes(), &kept.sealed)?;
        Some((connection.grant, secret))
    }

    /// Takes in secrets as they are now, and says whose have changed.
    pub fn take_secrets(&mut self, fetched: Vec<Fetched>) -> Vec<GrantIx> {
        let mut changed = Vec::new();
        for Fetched {
            connection,
            name,
            secret,
        } in fetched
        {
            let same = |one: &Secret| one.expose() == secret.expose();
            let mut of = self.connections.iter_mut();
            let of = of.find(|one| one.id == connection);
            if let Some(one) = of.filter(|one| !one.secrets.get(&name).is_some_and(same)) {
                one.secrets = one.secrets.with(name, secret);
                changed.push(one.grant);
            }
        }
        changed
    }

    /// A consent sealed for another connection, to be written down for it. Both have to be of
    /// the same vendor, addresses and client, which is for the caller to see to.
    pub fn hand_over(&self, kept: &KeptGrant, to: ConnIx) -> Option<KeptGrant> {
        let mut connections = self.connections.iter();
        let from = connections.find(|one| one.id == kept.connection)?;
        let to = self.connections.get(to.0)?;
        let (mine, its) = (from.consent_bound_to(), to.consent_bound_to());
        let seal = from.seal.as_ref()?;
        let refresh = seal.open(mine.as_str().as_bytes(), &kept.sealed)?;
        let seal = to.seal.as_ref()?;
        Some(KeptGrant {
            connection: to.id.clone(),
            sealed: seal.close(its.as_str().as_bytes(), &refresh)?,
            ..kept.clone()
        })
    }

    /// Takes a code in, for [`crate::engine::types::Event::Consented`].
    pub fn take_code(&mut self, grant: GrantIx, code: Code) {
        self.codes.insert(grant, code);
    }

    /// What goes to the token endpoint. A code is handed out once.
    pub(super) fn token_request(
        &mut self,
        verb: &Verb,
        grant: GrantIx,
        connection: ConnIx,
    ) -> Result<Request, Failure> {
        let code = match verb {
            Verb::Redeem(_) => self.codes.remove(&grant),
            _ => None,
        };
        let of = &self.connections[connection.0];
        let (auth, secrets) = (of.adapter.auth(), &of.secrets);
        let refresh = self.refresh.get(&grant);
        let about = match auth.consent().zip(refresh) {
            Some((consent, token)) => match verb {
                Verb::Introspect(_) => consent.introspect(secrets, token),
                Verb::Revoke(_) => consent.revoke(secrets, token),
                _ => None,
            },
            None => None,
        };
        if let Verb::Introspect(_) | Verb::Revoke(_) = verb {
            let nothing = || bug("the vendor cannot be asked about this token");
            return about.ok_or_else(nothing)?.map_err(not_sent);
        }
        let ask = match (verb, &code, refresh) {
            (Verb::Redeem(_), None, _) => return Err(bug("the code is not at hand")),
            (Verb::Redeem(_), Some(code), _) => Ask::Code {
                code: &code.code,
                redirect: &code.redirect,
                verifier: code.verifier.as_ref(),
            },
            (_, _, Some(token)) => Ask::Refresh(token),
            (_, _, None) => Ask::First,
        };
        match auth.grant(secrets, ask).map_err(not_sent)? {
            Grant::Exchange(request) => Ok(*request),
            Grant::Static | Grant::Person => Err(bug("this connection has no token to ask for")),
        }
    }

    pub(super) fn keep_token(&mut self, grant: GrantIx, token: Token) -> Answer {
        let lifetime = token.lifetime;
        let scope = token.scope.as_deref().map(without_persons);
        let mut connections = self.connections.iter();
        let connection = connections.find(|one| one.grant == grant);
        let seal = |bound_to: fn(&Connection) -> Key, secret: &Secret| {
            let of = connection?;
            let bound_to = bound_to(of);
            of.seal
                .as_ref()?
                .close(bound_to.as_str().as_bytes(), secret)
        };
        let consent = connection.and_then(|one| one.adapter.auth().consent());
        let is_key = consent.is_some_and(|consent| consent.rotation() == Rotation::Lasting);
        // A key is kept once, as the consent itself.
        let sealed = match is_key {
            true => None,
            false => joined(&token).and_then(|token| seal(Connection::bound_to, &token)),
        };
        let next = match is_key {
            true => Some(&token.access),
            false => token.refresh.as_ref(),
        };
        let refresh = next.and_then(|token| seal(Connection::consent_bound_to, token));
        if next.is_some() && refresh.is_none() {
            return Answer::Failed(Failure {
                delivery: Delivery::Unknown,
                ..bug("a refresh token came that cannot be kept")
            });
        }
        match (is_key, token.refresh.clone()) {
            (true, _) => drop(self.refresh.remove(&grant)),
            (false, next) => self.refresh.extend(next.map(|next| (grant, next))),
        }
        Answer::Token(Issued {
            ticket: self.shelve(grant, token),
            lifetime,
            sealed,
            refresh,
            scope,
        })
    }

    /// Keeps a token under a new ticket, and the one before it for requests on their way.
    fn shelve(&mut self, grant: GrantIx, token: Token) -> Ticket {
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        let older: Vec<_> = self
            .tokens
            .iter()
            .filter(|(_, (of, _))| *of == grant)
            .map(|(ticket, _)| *ticket)
            .collect();
        for old in older.iter().rev().skip(1) {
            self.tokens.remove(old);
        }
        self.tokens.insert(ticket, (grant, token));
        ticket
    }
}

/// A token with what it is good for, to be sealed as one. A token is one line (RFC 6749,
/// appendix A.12); what is none is not kept.
fn joined(token: &Token) -> Option<Secret> {
    let access = token.access.expose();
    let text = match &token.scope {
        Some(scope) => format!("{access}\n{scope}"),
        None => access.to_owned(),
    };
    (!access.contains('\n')).then(|| Secret::new(text))
}

fn parted(sealed: Secret) -> (Secret, Option<String>) {
    match sealed.expose().split_once('\n') {
        Some((access, scope)) => (Secret::new(access.to_owned()), Some(scope.to_owned())),
        None => (sealed, None),
    }
}
