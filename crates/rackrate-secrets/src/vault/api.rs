//! Vault's HTTP interface: requests, and what its answers mean.
//!
//! Sources: <https://developer.hashicorp.com/vault/api-docs>, its pages `secret/kv/kv-v2`,
//! `auth/approle`, `auth/kubernetes` and `auth/token`.
//!
//! Invariant: of an answer only its errors are told, without what we sent.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, StatusCode};
use rackrate_core::error::clean;
use rackrate_core::secret::Secret;
use serde::Deserialize;
use serde_json::value::RawValue;
use url::Url;
use zeroize::Zeroizing;

use super::lease::Lease;
use crate::web::Answer;
use crate::{ErrorKind, SecretError};

const AGAIN: &str = "Try again; if it stays, ask those who run Vault whether it is sealed or down.";

/// A request, with the namespace and the token where there are some.
pub(super) fn request(
    method: Method,
    url: &Url,
    namespace: Option<&str>,
    token: Option<&Secret>,
    body: Bytes,
) -> Result<Request<Bytes>, SecretError> {
    let unfit = |what: &str| {
        let message = format!("{what} does not fit into a request");
        SecretError::new(
            ErrorKind::Misconfigured,
            message,
            "Check it for line breaks.",
        )
    };
    let mut request = Request::builder()
        .method(method)
        .uri(url.as_str())
        // An agent in between may ask for it, to keep browsers out.
        .header("x-vault-request", "true")
        .body(body)
        .map_err(|_| unfit("the address"))?;
    let headers = request.headers_mut();
    if let Some(namespace) = namespace {
        let value = namespace.parse().map_err(|_| unfit("the namespace"))?;
        headers.insert("x-vault-namespace", value);
    }
    if let Some(token) = token {
        let value = HeaderValue::from_str(token.expose());
        let mut value = value.map_err(|_| unfit("Vault's token"))?;
        value.set_sensitive(true);
        headers.insert("x-vault-token", value);
    }
    Ok(request)
}

/// The fields of a secret in a key-value store, as JSON.
pub(super) fn fields(answer: &Answer, token: &Secret) -> Result<Zeroizing<String>, SecretError> {
    #[derive(Deserialize)]
    struct Read<'a> {
        #[serde(borrow)]
        data: Option<Data<'a>>,
    }
    #[derive(Deserialize)]
    struct Data<'a> {
        #[serde(borrow, default)]
        data: Option<&'a RawValue>,
        #[serde(default)]
        metadata: Option<serde::de::IgnoredAny>,
    }
    let read = std::str::from_utf8(answer.body.as_slice()).ok();
    let read = read.and_then(|text| serde_json::from_str::<Read<'_>>(text).ok());
    let data = read.and_then(|read| read.data);
    match (answer.status, data) {
        (StatusCode::NOT_FOUND, Some(data)) if data.metadata.is_some() => {
            let message = "the newest version of the secret is deleted";
            let hint = "Undelete it with `vault kv undelete`, or write a new version.";
            Err(SecretError::new(ErrorKind::NotFound, message, hint))
        }
        (
            StatusCode::OK,
            Some(Data {
                data: Some(fields),
                metadata: Some(_),
            }),
        ) => Ok(Zeroizing::new(fields.get().to_owned())),
        (StatusCode::OK, _) => {
            let message = "the answer is no secret of a key-value store of version 2";
            let hint = "Check the mount with `vault secrets list -detailed`.";
            Err(SecretError::new(ErrorKind::Unusable, message, hint))
        }
        _ => Err(refusal(answer, &[token])),
    }
}

/// The token that a login or a renewal gives.
pub(super) fn session(answer: &Answer, sent: &[&Secret]) -> Result<(Secret, Lease), SecretError> {
    #[derive(Deserialize)]
    struct Given {
        auth: Option<Session>,
    }
    #[derive(Deserialize)]
    struct Session {
        client_token: Zeroizing<String>,
        lease_duration: u64,
        renewable: bool,
    }
    if answer.status != StatusCode::OK {
        return Err(refusal(answer, sent));
    }
    let given = serde_json::from_slice::<Given>(answer.body.as_slice()).ok();
    match given.and_then(|given| given.auth) {
        Some(session) if !session.client_token.is_empty() => {
            let lease = Lease {
                length: Duration::from_secs(session.lease_duration),
                renewable: session.renewable,
            };
            Ok((Secret::new(session.client_token.as_str().to_owned()), lease))
        }
        _ => {
            let message = "the login gave no token";
            let hint = "Check the login's mount and that it asks for no second factor.";
            Err(SecretError::new(ErrorKind::Refused, message, hint))
        }
    }
}

/// What an answer that is no success means.
fn refusal(answer: &Answer, sent: &[&Secret]) -> SecretError {
    let (kind, what, hint) = match answer.status.as_u16() {
        400 | 401 | 403 => (
            ErrorKind::Refused,
            "Vault does not allow it",
            "Check the login, its namespace and its policy: reading needs `read` on MOUNT/data/PATH.",
        ),
        404 => (
            ErrorKind::NotFound,
            "there is no such path",
            "Check mount, path and namespace; the `data/` of Vault's API is left out.",
        ),
        300..=399 => (
            ErrorKind::Misconfigured,
            "Vault sends us to another address, and redirects are not followed",
            "Give the address of the active node, or of what stands before them.",
        ),
        412 | 429 | 472 | 473 | 500.. => (ErrorKind::Unavailable, "Vault cannot answer now", AGAIN),
        _ => (
            ErrorKind::Unusable,
            "the answer is not one of Vault's",
            "Check the address.",
        ),
    };
    let mut message = format!("{what} (status {})", answer.status.as_u16());
    if let Some(words) = words(answer, sent) {
        message = format!("{message}: {words}");
    }
    SecretError::new(kind, message, hint)
}

/// Vault's own words, without anything secret that we sent.
fn words(answer: &Answer, sent: &[&Secret]) -> Option<String> {
    #[derive(Deserialize)]
    struct Told {
        errors: Vec<String>,
    }
    let told = serde_json::from_slice::<Told>(answer.body.as_slice()).ok()?;
    let mut words = told.errors.join("; ");
    for secret in sent.iter().map(|secret| secret.expose()) {
        words = words.replace(secret, "…");
    }
    Some(clean(&words)).filter(|words| !words.is_empty())
}
