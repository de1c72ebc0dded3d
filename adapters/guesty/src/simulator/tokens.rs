//! Client credentials by form, and the five tokens of 24 hours.
//!
//! The count and the live tokens survive a restart, as fingerprints.

use bytes::Bytes;
use rackrate_core::clock::Mono;
use rackrate_core::key::Key;
use rackrate_core::secret::Secret;

use super::Service;
use super::http_text::{Answer, field, header, is_of_type};
use super::json::{object, text};

const LIFE_SECONDS: u64 = 86_400;
const DAY_MICROS: u64 = 86_400 * 1_000_000;
const A_DAY: usize = 5;
/// The wait that integrators record.
const WAIT_SECONDS: u64 = 3_600;

impl Service {
    pub(super) fn token(&mut self, request: &http::Request<Bytes>, now: Mono) -> Answer {
        let form = |name: &str| field(request.body(), name);
        if !is_of_type(request, "application/x-www-form-urlencoded") {
            return Answer::no_token(400, "invalid_request", "The form is missing");
        }
        if form("grant_type").as_deref() != Some("client_credentials") {
            let said = "The grant type is not supported";
            return Answer::no_token(400, "unsupported_grant_type", said);
        }
        let is = |name: &str| {
            let known = self.setup.secrets.get(name).map(Secret::expose);
            known.is_some() && form(name).as_deref() == known
        };
        if !(is("client_id") && is("client_secret")) {
            self.state.record.unauthorised += 1;
            return Answer::no_token(401, "invalid_client", "Client authentication failed");
        }
        if form("scope").as_deref() != Some("open-api") {
            return Answer::no_token(400, "invalid_scope", "The scope is not open-api");
        }
        self.issue(now)
    }

    fn issue(&mut self, now: Mono) -> Answer {
        let at = self.at(now);
        let state = &mut self.state;
        state
            .issued
            .retain(|issued| at < issued.plus_micros(DAY_MICROS));
        state.tokens.retain(|_, until| at < *until);
        state.record.early_repeats += u64::from(at < state.closed_until);
        if state.issued.len() >= A_DAY {
            state.record.breaches += 1;
            state.closed_until = at.plus_micros(WAIT_SECONDS * 1_000_000);
            return Answer::too_many(WAIT_SECONDS);
        }
        state.issued.push(at);
        let life = self.timing.token_life.unwrap_or(LIFE_SECONDS);
        let token = self.name();
        let until = at.plus_micros(life.saturating_mul(1_000_000));
        self.state.tokens.insert(fingerprint(&token), until);
        let fields = [
            ("token_type", text("Bearer")),
            ("expires_in", life.to_string()),
            ("access_token", text(&token)),
            ("scope", text("open-api")),
        ];
        Answer::json(200, object(&fields))
    }

    /// A token that looks like the vendor's, in three parts.
    fn name(&self) -> String {
        let count = self.state.record.token_requests;
        let mut draws = self.seed.branch(&format!("token-{count}"));
        let (head, claims, seal) = (draws.draw(), draws.draw(), draws.draw());
        format!("eyJraWQi{head:016x}.eyJ2ZXIi{claims:016x}.{seal:016x}")
    }

    /// Whether a call's credential is good.
    pub(super) fn is_admitted(&self, request: &http::Request<Bytes>, now: Mono) -> bool {
        header(request, "authorization")
            .and_then(|text| text.strip_prefix("Bearer "))
            .and_then(|token| self.state.tokens.get(&fingerprint(token)))
            .is_some_and(|until| self.at(now) < *until)
    }
}

fn fingerprint(token: &str) -> String {
    Key::of(&[token.as_bytes()]).to_string()
}
