//! Section 1: the client's credentials, and the tokens they earn. Access tokens die with the
//! process.

use std::collections::BTreeMap;

use bytes::Bytes;
use rackrate_core::clock::Mono;
use serde_json::{Value, json};

use super::PmsV2;
use super::clients::Proof;
use super::http_text::{Answer, field, is_of_type};
use super::state::At;

pub(super) const SCOPES: [&str; 3] = ["rates:read", "rates:write", "parities:audit"];
const LIFE_SECONDS: u64 = 3600;

/// Tokens and what they may do.
#[derive(Default)]
pub(super) struct Tokens(BTreeMap<String, Held>);

struct Held {
    until: At,
    scopes: Vec<String>,
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

    pub(super) fn revoke(&mut self, token: &str) {
        self.0.remove(token);
    }

    /// What a token may do; `None` when it is unknown, revoked or too old.
    pub(super) fn scopes(&self, token: &str, at: At) -> Option<&[String]> {
        let held = self.0.get(token).filter(|held| at < held.until)?;
        Some(&held.scopes)
    }
}

/// The scopes of a text; `None` when one of them is none of the protocol's.
pub(super) fn scopes(text: &str) -> Option<Vec<String>> {
    let scopes: Vec<String> = text.split(' ').map(String::from).collect();
    let known = |scope: &String| SCOPES.contains(&scope.as_str());
    scopes.iter().all(known).then_some(scopes)
}

impl PmsV2 {
    /// What is asked of the token endpoint and its neighbours: all want to know the client.
    pub(super) fn token(
        &mut self,
        path: &str,
        request: &http::Request<Bytes>,
        now: Mono,
    ) -> Answer {
        let body = request.body().clone();
        if !is_of_type(request, "application/x-www-form-urlencoded") {
            return Answer::error(400, "invalid_request");
        }
        let proof = match Proof::of(request) {
            Ok(proof) => proof,
            Err(answer) => return answer,
        };
        if !self.proves(&proof, request, now) {
            self.state.record.unauthorised += 1;
            return Answer::error(401, "invalid_client");
        }
        if let Some(standing) = self.standing {
            return Answer::error(400, standing);
        }
        match (path, field(&body, "grant_type").as_deref()) {
            ("/oauth/introspect", _) => self.introspect(&body, now),
            ("/oauth/revoke", _) => self.revoke(&body),
            (_, Some("client_credentials")) => {
                match scopes(&field(&body, "scope").unwrap_or_default()) {
                    Some(scopes) => self.issue(scopes, now),
                    None => Answer::error(400, "invalid_scope"),
                }
            }
            (_, Some("authorization_code")) => self.redeem(&body, now),
            (_, Some("refresh_token")) => self.refresh(&body, now),
            _ => Answer::error(400, "invalid_request"),
        }
    }

    fn issue(&mut self, scopes: Vec<String>, now: Mono) -> Answer {
        let (_, answer) = self.new_token(scopes, now);
        Answer::json(200, &answer).with("Cache-Control", "no-store")
    }

    /// A new access token, and the answer that tells it.
    pub(super) fn new_token(&mut self, scopes: Vec<String>, now: Mono) -> (String, Value) {
        let scopes = self.granted.clone().unwrap_or(scopes);
        let at = self.at(now);
        let life = self.timing.token_life.unwrap_or(LIFE_SECONDS);
        let token = self.name("token", self.state.record.token_requests);
        let scope = scopes.join(" ");
        let until = at.plus_micros(life.saturating_mul(1_000_000));
        self.tokens.0.retain(|_, held| at < held.until);
        self.tokens.0.insert(token.clone(), Held { until, scopes });
        let answer = json!({"access_token": token, "token_type": "Bearer", "expires_in": life, "scope": scope});
        (token, answer)
    }
}
