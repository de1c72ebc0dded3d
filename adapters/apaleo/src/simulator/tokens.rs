//! The identity server: client credentials and the tokens they earn. Tokens die with the
//! process.

use std::collections::BTreeMap;

use base64::Engine as _;
use bytes::Bytes;
use rackrate_core::clock::Mono;
use rackrate_core::secret::Secret;
use serde_json::json;

use super::http_text::{Answer, field, header, is_of_type};
use super::state::At;
use super::{Apaleo, CLIENT_ID};

const LIFE_SECONDS: u64 = 3_600;

/// Tokens and what they may do.
#[derive(Default)]
pub(super) struct Tokens(BTreeMap<String, Held>);

/// Who holds a token, and what for.
#[derive(Clone)]
pub(super) struct Held {
    until: At,
    pub(super) client: String,
    pub(super) scopes: Vec<String>,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tokens({})", self.0.len())
    }
}

impl Tokens {
    pub(super) fn revoke_all(&mut self) {
        self.0.clear();
    }

    /// A token that is known, not revoked and not too old.
    pub(super) fn get(&self, token: &str, at: At) -> Option<&Held> {
        self.0.get(token).filter(|held| at < held.until)
    }
}

impl Apaleo {
    pub(super) fn token(&mut self, request: &http::Request<Bytes>, now: Mono) -> Answer {
        if !is_of_type(request, "application/x-www-form-urlencoded") {
            return Answer::oauth("invalid_request");
        }
        let Some((client, secret)) = credentials(request) else {
            return Answer::oauth("invalid_client");
        };
        let new_until = self.state.switches.new_until;
        let too_new = new_until.is_some_and(|until| self.at(now) < until);
        if too_new || !self.is_client(&client, &secret) {
            self.state.record.unauthorised += 1;
            return Answer::oauth("invalid_client");
        }
        match field(request.body(), "grant_type").as_deref() {
            Some("client_credentials") => {}
            // A refresh token is only ever given with a person's consent.
            Some("refresh_token" | "authorization_code") => return Answer::oauth("invalid_grant"),
            Some(_) => return Answer::oauth("unsupported_grant_type"),
            None => return Answer::oauth("invalid_request"),
        }
        let ticked = &self.state.switches.scopes;
        let scopes = match field(request.body(), "scope") {
            None => ticked.clone(),
            Some(asked) => asked.split_whitespace().map(str::to_owned).collect(),
        };
        if scopes.iter().any(|scope| !ticked.contains(scope)) {
            return Answer::oauth("invalid_scope");
        }
        self.issue(client, scopes, now)
    }

    fn issue(&mut self, client: String, scopes: Vec<String>, now: Mono) -> Answer {
        let at = self.at(now);
        let life = self.timing.token_life.unwrap_or(LIFE_SECONDS);
        let token = self.name("token", self.state.record.token_requests);
        let mut body = json!({"access_token": token, "expires_in": life, "token_type": "Bearer"});
        if self.choice("token-scope", 0, 0, 1) == 1 {
            body["scope"] = scopes.join(" ").into();
        }
        let held = Held {
            until: at.plus_micros(life.saturating_mul(1_000_000)),
            client,
            scopes,
        };
        self.tokens.0.retain(|_, held| at < held.until);
        self.tokens.0.insert(token, held);
        Answer::json(200, &body).with("Cache-Control", "no-store")
    }

    fn is_client(&self, id: &str, secret: &str) -> bool {
        let is = |name: &str, text: &str| self.secrets.get(name).map(Secret::expose) == Some(text);
        (id == CLIENT_ID || is("client_id", id)) && is("client_secret", secret)
    }
}

/// The client's id and secret: from the form, or by HTTP Basic, never both.
fn credentials(request: &http::Request<Bytes>) -> Option<(String, String)> {
    let form = |name| field(request.body(), name);
    match header(request, "authorization") {
        None => Some((form("client_id")?, form("client_secret")?)),
        Some(_) if form("client_secret").is_some() => None,
        Some(text) => basic(text.strip_prefix("Basic ")?),
    }
}

/// RFC 6749 section 2.3.1: both parts are form-encoded before they are joined.
fn basic(text: &str) -> Option<(String, String)> {
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(text)
        .ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (id, secret) = text.split_once(':')?;
    let decoded = |part: &str| field(format!("x={part}").as_bytes(), "x");
    Some((decoded(id)?, decoded(secret)?))
}
