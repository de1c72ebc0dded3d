//! Section 1: who the client is. The server knows its secret or the public half of its key, and
//! takes that one proof only.
//!
//! Strict as RFC 7523, section 3, lets a server be: a signed statement is for this server, of
//! this client, good for five minutes at most, and good once.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair,
    UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use rackrate_core::clock::Mono;
use rackrate_core::secret::{Secret, Secrets};
use serde::Deserialize;
use serde_json::json;

use super::PmsV2;
use super::door::METADATA;
use super::http_text::{Answer, field, header};
use super::tokens::SCOPES;

const STATEMENT: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const LONGEST_LIFE: i64 = 300;

/// The client that the server knows.
#[derive(Debug)]
pub(super) struct Client {
    id: Secret,
    knows: Knows,
}

#[derive(Debug)]
enum Knows {
    Secret(Secret),
    /// A point of P-256.
    PublicKey(Vec<u8>),
}

impl Client {
    /// The client of these secrets: `client_id`, and `client_key` where it signs, else
    /// `client_secret`.
    pub(super) fn of(secrets: &Secrets) -> Result<Self, String> {
        let secret = |name: &str| {
            let secret = secrets.get(name).cloned();
            secret.ok_or_else(|| format!("the simulator needs the secret {name}"))
        };
        let id = secret("client_id")?;
        let knows = match secrets.get("client_key") {
            Some(key) => Knows::PublicKey(public_half(key)?),
            None => Knows::Secret(secret("client_secret")?),
        };
        Ok(Self { id, knows })
    }
}

fn public_half(pem: &Secret) -> Result<Vec<u8>, String> {
    let lines = pem
        .expose()
        .lines()
        .filter(|line| !line.starts_with("-----"));
    let der = STANDARD.decode(lines.collect::<String>());
    let pair = der
        .ok()
        .and_then(|der| EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der).ok());
    let pair = pair.ok_or("the simulator takes keys of P-256 in PEM only")?;
    Ok(pair.public_key().as_ref().to_vec())
}

/// How a request proves its client.
#[derive(Debug)]
pub(super) enum Proof {
    Shared { id: String, secret: String },
    Signed { statement: String },
}

impl Proof {
    /// That of a request; more than one is none.
    pub(super) fn of(request: &http::Request<Bytes>) -> Result<Self, Answer> {
        let form = |name| field(request.body(), name);
        let bad = || Answer::error(400, "invalid_request");
        let in_header = header(request, "authorization");
        let in_form = form("client_secret");
        match (form("client_assertion"), in_header, in_form) {
            (Some(statement), None, None) => {
                let named = form("client_assertion_type");
                match named.as_deref() == Some(STATEMENT) {
                    true => Ok(Self::Signed { statement }),
                    false => Err(bad()),
                }
            }
            (None, Some(text), None) => {
                let pair = text.strip_prefix("Basic ").and_then(basic);
                let (id, secret) = pair.ok_or_else(bad)?;
                Ok(Self::Shared { id, secret })
            }
            (None, None, Some(secret)) => {
                let id = form("client_id").ok_or_else(bad)?;
                Ok(Self::Shared { id, secret })
            }
            _ => Err(bad()),
        }
    }
}

#[derive(Deserialize)]
struct Header {
    alg: String,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: String,
    jti: String,
    iat: Option<i64>,
    exp: i64,
}

impl PmsV2 {
    pub(super) fn is_id(&self, id: &str) -> bool {
        self.client.id.expose() == id
    }

    /// Whether that is the client that the server knows.
    pub(super) fn proves(
        &mut self,
        proof: &Proof,
        request: &http::Request<Bytes>,
        now: Mono,
    ) -> bool {
        match (proof, &self.client.knows) {
            (Proof::Shared { id, secret }, Knows::Secret(known)) => {
                self.is_id(id) && self.portal.takes(known, secret)
            }
            (Proof::Signed { statement }, Knows::PublicKey(public)) => {
                match verified(statement, public) {
                    Some(claims) => self.believes(&claims, request, now),
                    None => false,
                }
            }
            _ => false,
        }
    }

    fn believes(&mut self, claims: &Claims, request: &http::Request<Bytes>, now: Mono) -> bool {
        let at = self.at(now);
        let seconds = at.timestamp().as_second();
        let left = claims.exp.saturating_sub(seconds);
        let for_us = self.names_of(request).contains(&claims.aud);
        let ours = self.is_id(&claims.iss) && self.is_id(&claims.sub);
        // A clock a second ahead of ours is not from the future.
        let timely = claims
            .iat
            .is_none_or(|iat| iat <= seconds.saturating_add(1));
        let told = field(request.body(), "client_id").is_none_or(|id| self.is_id(&id));
        self.statements.retain(|_, until| at < *until);
        let new = !claims.jti.is_empty() && !self.statements.contains_key(&claims.jti);
        let good = for_us && ours && told && timely && new && (1..=LONGEST_LIFE).contains(&left);
        if good {
            let until = at.plus_micros(left.unsigned_abs().saturating_mul(1_000_000));
            self.statements.insert(claims.jti.clone(), until);
        }
        good
    }

    /// Section 1.3: what the server says of itself.
    pub(super) fn metadata(&self, request: &http::Request<Bytes>) -> Answer {
        let issuer = issuer(request);
        let at = |path: &str| format!("{issuer}/oauth/{path}");
        let ways: &[&str] = match &self.client.knows {
            Knows::Secret(_) => &["client_secret_post", "client_secret_basic"],
            Knows::PublicKey(_) => &["private_key_jwt"],
        };
        let told = json!({
            "issuer": issuer,
            "authorization_endpoint": at("authorize"),
            "token_endpoint": at("token"),
            "introspection_endpoint": at("introspect"),
            "revocation_endpoint": at("revoke"),
            "response_types_supported": ["code"],
            "grant_types_supported": ["client_credentials", "authorization_code", "refresh_token"],
            "scopes_supported": SCOPES,
            "token_endpoint_auth_methods_supported": ways,
            "token_endpoint_auth_signing_alg_values_supported": ["ES256"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": true,
        });
        Answer::json(200, &told)
    }

    /// Whom a statement may be for: this server, and its token endpoint.
    fn names_of(&self, request: &http::Request<Bytes>) -> [String; 2] {
        let issuer = issuer(request);
        let token = format!("{issuer}/oauth/token");
        [issuer, token]
    }
}

/// Who the server is for that request: its address up to where the protocol begins.
pub(super) fn issuer(request: &http::Request<Bytes>) -> String {
    let uri = request.uri();
    let scheme = uri.scheme_str().unwrap_or("http");
    let host = uri.authority().map(|host| host.as_str());
    let host = host.or_else(|| header(request, "host")).unwrap_or_default();
    let path = uri.path();
    let base = match path.strip_prefix(METADATA) {
        Some(base) => base,
        None => path.rfind("/oauth/").map_or("", |at| &path[..at]),
    };
    format!("{scheme}://{host}{base}")
}

/// What a statement says, if that key signed it.
fn verified(statement: &str, public: &[u8]) -> Option<Claims> {
    let (message, signature) = statement.rsplit_once('.')?;
    let (header, claims) = message.split_once('.')?;
    let read = |part: &str| URL_SAFE_NO_PAD.decode(part).ok();
    let header: Header = serde_json::from_slice(&read(header)?).ok()?;
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public);
    let signed = header.alg == "ES256" && key.verify(message.as_bytes(), &read(signature)?).is_ok();
    signed.then(|| serde_json::from_slice(&read(claims)?).ok())?
}

/// RFC 6749 section 2.3.1: both parts are form-encoded before they are joined.
fn basic(text: &str) -> Option<(String, String)> {
    let text = String::from_utf8(STANDARD.decode(text).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    let decoded = |part: &str| field(format!("x={part}").as_bytes(), "x");
    Some((decoded(id)?, decoded(secret)?))
}
