//! Section 1.1: consents of a person, and the refresh tokens that come of them. They outlive
//! the process, as a hotel's consent does.
//!
//! Strict as RFC 9700 wants it: a code is good once, a refresh token is good once, and a second
//! use of either ends everything that came of that consent.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use rackrate_core::clock::Mono;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::PmsV2;
use super::clients::issuer;
use super::http_text::{Answer, field};
use super::state::At;

/// Ten minutes, RFC 6749 section 4.1.2.
const CODE_MICROS: u64 = 600_000_000;

/// All consents, and the codes on the way to one.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Consents {
    codes: BTreeMap<String, Asked>,
    families: Vec<Family>,
}

/// What a code was asked for with.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Asked {
    redirect: String,
    challenge: Option<String>,
    scopes: Vec<String>,
    until: At,
    /// What came of it: it is good once.
    family: Option<usize>,
}

/// Everything that came of one consent.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Family {
    scopes: Vec<String>,
    /// The refresh token that is good; the others were used.
    refresh: String,
    used: Vec<String>,
    access: Vec<String>,
    ended: bool,
}

impl Consents {
    /// The consent a refresh token came of, and whether it is the one that is good.
    fn of_refresh(&self, token: &str) -> Option<(usize, bool)> {
        let mut families = self.families.iter().enumerate();
        families.find_map(|(at, family)| {
            let good = family.refresh == token;
            let known = good || family.used.iter().any(|used| used == token);
            known.then_some((at, good && !family.ended))
        })
    }
}

impl PmsV2 {
    /// The page where a person consents; here nobody has to think about it.
    pub(super) fn authorize(&mut self, request: &http::Request<Bytes>, now: Mono) -> Answer {
        let query = request.uri().query().unwrap_or_default().as_bytes();
        let get = |name| field(query, name);
        let redirect = get("redirect_uri").and_then(|text| url::Url::parse(&text).ok());
        let known = get("client_id").is_some_and(|id| self.is_id(&id));
        let Some(mut redirect) = redirect.filter(|_| known) else {
            return Answer::error(400, "invalid_request");
        };
        let unadorned = redirect.to_string();
        let mut pairs = redirect.query_pairs_mut();
        if let Some(state) = get("state") {
            pairs.append_pair("state", &state);
        }
        pairs.append_pair("iss", &issuer(request));
        let challenge = get("code_challenge");
        let method = get("code_challenge_method");
        let scopes = super::tokens::scopes(&get("scope").unwrap_or_default());
        let refused = match scopes {
            _ if self.refuses_consent => Some("access_denied"),
            _ if get("response_type").as_deref() != Some("code") => {
                Some("unsupported_response_type")
            }
            _ if challenge.is_some() && method.as_deref() != Some("S256") => {
                Some("invalid_request")
            }
            None => Some("invalid_scope"),
            Some(_) => None,
        };
        if let Some(error) = refused {
            pairs.append_pair("error", error);
        } else {
            let asked = Asked {
                redirect: unadorned,
                challenge,
                scopes: scopes.unwrap_or_default(),
                until: self.at(now).plus_micros(CODE_MICROS),
                family: None,
            };
            let code = self.name("code", self.state.record.calls);
            pairs.append_pair("code", &code);
            self.state.consents.codes.insert(code, asked);
        }
        drop(pairs);
        Answer::empty(302).with("Location", redirect.as_str())
    }

    /// A code becomes a grant, once, for who asked for it.
    pub(super) fn redeem(&mut self, body: &[u8], now: Mono) -> Answer {
        let at = self.at(now);
        let code = field(body, "code").unwrap_or_default();
        let Some(asked) = self.state.consents.codes.get(&code).cloned() else {
            return Answer::error(400, "invalid_grant");
        };
        if let Some(family) = asked.family {
            self.state.record.reuses += 1;
            self.end(family);
            return Answer::error(400, "invalid_grant");
        }
        let verifier = field(body, "code_verifier");
        let challenge = verifier.map(|text| URL_SAFE_NO_PAD.encode(Sha256::digest(text)));
        let same = field(body, "redirect_uri").as_deref() == Some(asked.redirect.as_str());
        if at >= asked.until || !same || challenge != asked.challenge {
            return Answer::error(400, "invalid_grant");
        }
        let family = self.state.consents.families.len();
        self.state.consents.families.push(Family {
            scopes: asked.scopes,
            ..Family::default()
        });
        if let Some(asked) = self.state.consents.codes.get_mut(&code) {
            asked.family = Some(family);
        }
        self.renew(family, now)
    }

    /// A refresh token becomes the next one, once.
    pub(super) fn refresh(&mut self, body: &[u8], now: Mono) -> Answer {
        let token = field(body, "refresh_token").unwrap_or_default();
        match self.state.consents.of_refresh(&token) {
            Some((family, true)) => {
                self.state.record.rotations += 1;
                self.renew(family, now)
            }
            Some((family, false)) => {
                self.state.record.reuses += 1;
                self.end(family);
                Answer::error(400, "invalid_grant")
            }
            None => Answer::error(400, "invalid_grant"),
        }
    }

    /// RFC 7662: whether a token is good, and nothing else of one that is not.
    pub(super) fn introspect(&mut self, body: &[u8], now: Mono) -> Answer {
        let token = field(body, "token").unwrap_or_default();
        let known = self.state.consents.of_refresh(&token);
        let good = matches!(known, Some((_, true)));
        let at = self.at(now);
        let active = good || self.tokens.scopes(&token, at).is_some();
        Answer::json(200, &json!({ "active": active }))
    }

    /// RFC 7009: an unknown token is as good as revoked.
    pub(super) fn revoke(&mut self, body: &[u8]) -> Answer {
        let token = field(body, "token").unwrap_or_default();
        if let Some((family, _)) = self.state.consents.of_refresh(&token) {
            self.end(family);
        }
        Answer::empty(200)
    }

    fn renew(&mut self, family: usize, now: Mono) -> Answer {
        let scopes = self.state.consents.families[family].scopes.clone();
        let (access, mut answer) = self.new_token(scopes, now);
        let count = self.state.record.token_requests;
        let next = self.name("refresh", count);
        answer["refresh_token"] = json!(next);
        let of = &mut self.state.consents.families[family];
        let last = std::mem::replace(&mut of.refresh, next);
        of.used.extend((!last.is_empty()).then_some(last));
        of.access.push(access);
        Answer::json(200, &answer).with("Cache-Control", "no-store")
    }

    fn end(&mut self, family: usize) {
        let of = &mut self.state.consents.families[family];
        of.ended = true;
        let access = std::mem::take(&mut of.access);
        access.iter().for_each(|token| self.tokens.revoke(token));
    }
}
