//! The way in: which section of the specification a request belongs to, and whether its
//! credential is good for it.

use bytes::Bytes;
use http::Method;
use rackrate_core::clock::Mono;
use serde_json::{Value, json};

use super::PmsV2;
use super::http_text::{Answer, header};

/// What a call needs: one of these scopes.
const READS: [&str; 2] = ["rates:read", "parities:audit"];
const WRITES: [&str; 1] = ["rates:write"];

/// Where the server describes itself; its own path comes after it (RFC 8414, section 3).
pub(super) const METADATA: &str = "/.well-known/oauth-authorization-server";

/// The path below the base. Where the base ends is the server's own affair, so whatever
/// comes before the protocol's first segment belongs to it.
fn below_base(path: &str) -> &str {
    if path.starts_with(METADATA) {
        return METADATA;
    }
    ["/v2/", "/oauth/"]
        .iter()
        .find_map(|start| path.rfind(start).map(|at| &path[at..]))
        .unwrap_or(path)
}

/// The method of a path, and the scopes of which a token for it needs one.
fn route(path: &str) -> Option<(Method, Option<&'static [&'static str]>)> {
    match path {
        "/oauth/token" | "/oauth/introspect" | "/oauth/revoke" => Some((Method::POST, None)),
        "/oauth/authorize" | METADATA => Some((Method::GET, None)),
        "/v2/rates/batch" => Some((Method::POST, Some(&WRITES))),
        "/v2/properties" | "/v2/rates" => Some((Method::GET, Some(&READS))),
        _ if path.starts_with("/v2/jobs/") => Some((Method::GET, Some(&READS))),
        _ => None,
    }
}

pub(super) fn is_token_call(request: &http::Request<Bytes>) -> bool {
    below_base(request.uri().path()) == "/oauth/token"
}

impl PmsV2 {
    pub(super) fn handle(
        &mut self,
        request: &http::Request<Bytes>,
        now: Mono,
        ready: Mono,
    ) -> Answer {
        let path = below_base(request.uri().path()).to_owned();
        let Some((method, wanted)) = route(&path) else {
            return Answer::error(404, "not_found");
        };
        if *request.method() != method {
            return Answer::error(405, "method_not_allowed");
        }
        if path == "/v2/rates/batch" {
            self.state.record.pushes += 1;
        }
        if let Some(Err(no)) = wanted.map(|scopes| self.admit(request, scopes, now)) {
            return no;
        }
        match path.as_str() {
            METADATA => self.metadata(request),
            "/oauth/authorize" => self.authorize(request, now),
            path if path.starts_with("/oauth/") => self.token(path, request, now),
            "/v2/rates/batch" => self.batch(request, now, ready),
            "/v2/properties" => self.properties(),
            "/v2/rates" => self.rates(request, now),
            _ => self.job(path.trim_start_matches("/v2/jobs/")),
        }
    }

    fn admit(
        &mut self,
        request: &http::Request<Bytes>,
        scopes: &[&str],
        now: Mono,
    ) -> Result<(), Answer> {
        if let Some(standing) = self.standing {
            return Err(Answer::error(403, standing));
        }
        let token = header(request, "authorization").and_then(|text| text.strip_prefix("Bearer "));
        let held = token.and_then(|token| self.tokens.scopes(token, self.at(now)));
        let Some(held) = held else {
            self.state.record.unauthorised += 1;
            return Err(Answer::error(401, "invalid_token")
                .with("WWW-Authenticate", "Bearer error=\"invalid_token\""));
        };
        if scopes
            .iter()
            .any(|scope| held.iter().any(|one| one == scope))
        {
            return Ok(());
        }
        Err(Answer::error(403, "insufficient_scope"))
    }

    fn properties(&self) -> Answer {
        let list: Vec<Value> = self.hotels.values().map(super::derived::describe).collect();
        Answer::json(200, &json!({ "properties": list }))
    }
}
