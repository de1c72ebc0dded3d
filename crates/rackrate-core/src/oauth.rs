//! The common ground of OAuth 2.0 token endpoints (RFC 6749 sections 4.4 and 5).
//!
//! Adapters that follow the standard use these; they hold no policy of any vendor.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::AUTHORIZATION;
use serde::Deserialize;
use serde_json::value::RawValue;
use url::Url;

use crate::auth::{Ask, Authenticate, Consent, Grant, Token};
use crate::client_auth::{ClientAuth, token_request};
use crate::error::{Delivery, Error, ErrorKind, Result};
use crate::exchange::{Operation, Request, Response};
use crate::ids::Vendor;
use crate::lifetime::Lifetime;
use crate::secret::{Secret, Secrets};

/// The longest lifetime believed, a year; a larger number is read as this.
const LONGEST_LIFE: u64 = 366 * 24 * 3600;

/// Client credentials as the standard has them: no refresh token, and the access token as bearer.
///
/// Invariant: the token goes to the API's address only, and never to the token endpoint.
#[derive(Clone, Debug)]
pub struct ClientCredentials {
    vendor: Vendor,
    base: Url,
    token_base: Url,
    path: String,
    scope: String,
    client_auth: ClientAuth,
}

impl ClientCredentials {
    /// Credentials for the API at `base`; tokens come from `path` below it.
    pub fn new(vendor: &Vendor, base: &Url, path: impl Into<String>) -> Self {
        Self {
            vendor: vendor.clone(),
            base: base.clone(),
            token_base: base.clone(),
            path: path.into(),
            scope: String::new(),
            client_auth: ClientAuth::Post,
        }
    }

    /// The address that the token endpoint's path is below. Default: the API's.
    #[must_use]
    pub fn with_token_base(mut self, base: &Url) -> Self {
        self.token_base = base.clone();
        self
    }

    /// The scopes asked for, with a blank between them. Default: none.
    #[must_use]
    pub fn with_scope(mut self, scope: impl Into<String>) -> Self {
        self.scope = scope.into();
        self
    }

    /// How the client proves who it is. Default: [`ClientAuth::Post`].
    #[must_use]
    pub fn with_client_auth(mut self, client_auth: ClientAuth) -> Self {
        self.client_auth = client_auth;
        self
    }
}

impl Authenticate for ClientCredentials {
    fn grant(&self, secrets: &Secrets, ask: Ask<'_>) -> Result<Grant> {
        only_secrets(&self.vendor, ask)?;
        let mut fields = vec![("grant_type".into(), "client_credentials".into())];
        let by = &self.client_auth;
        let header = by.prove(&self.vendor, secrets, &mut fields)?;
        if !self.scope.is_empty() {
            fields.push(("scope".into(), self.scope.as_str().into()));
        }
        let request = token_request(&self.token_base, &self.path, header, fields);
        Ok(Grant::Exchange(Box::new(request)))
    }

    fn parse_grant(&self, response: &Response) -> Result<Token> {
        parse_access_token(&self.vendor, response)
    }

    fn apply(&self, _: &Secrets, token: Option<&Token>, request: &mut Request) -> Result<()> {
        put_bearer(&self.vendor, &self.base, token, request)
    }

    fn lifetimes(&self) -> &[Lifetime] {
        &[]
    }

    fn consent(&self) -> Option<&dyn Consent> {
        None
    }
}

/// Lets client credentials begin with nothing but the secrets.
///
/// # Errors
/// `Bug` for a consent code or a refresh token: this kind of grant has neither (RFC 6749
/// section 4.4.3).
pub fn only_secrets(vendor: &Vendor, ask: Ask<'_>) -> Result<()> {
    match ask {
        Ask::First => Ok(()),
        Ask::Code { .. } | Ask::Refresh(_) => {
            let text = "client credentials have neither consent codes nor refresh tokens";
            Err(Error::bug(vendor, Operation::Token, text))
        }
    }
}

/// Puts the token where a call to the API at `base` carries it; a token request gets none.
///
/// # Errors
/// `Bug` for a request that goes elsewhere, where the token would be given away;
/// `Misconfigured` where there is no token.
pub fn put_bearer(
    vendor: &Vendor,
    base: &Url,
    token: Option<&Token>,
    request: &mut Request,
) -> Result<()> {
    if request.operation == Operation::Token {
        return Ok(());
    }
    if request.base != *base {
        let text = "a token was meant for an address that is not the API's";
        return Err(Error::bug(vendor, request.operation, text));
    }
    let token = token.ok_or_else(|| {
        let (kind, text) = (ErrorKind::Misconfigured, "there is no token to call with");
        Error::new(kind, vendor, request.operation, text)
    })?;
    let bearer = Secret::new(format!("Bearer {}", token.access.expose()));
    request.set_header(AUTHORIZATION, &bearer);
    Ok(())
}

/// Id and secret of a client as `Authorization` carries them, each form-encoded before they are
/// joined (RFC 6749 section 2.3.1).
///
/// # Errors
/// `Misconfigured` when `client_id` or `client_secret` is not among the secrets.
pub(crate) fn basic(vendor: &Vendor, secrets: &Secrets) -> Result<Secret> {
    let part = |name| -> Result<String> {
        let secret = required(vendor, secrets, name)?.expose().as_bytes();
        Ok(form_urlencoded::byte_serialize(secret).collect())
    };
    let pair = Secret::new(format!("{}:{}", part("client_id")?, part("client_secret")?));
    let pair = STANDARD.encode(pair.expose());
    Ok(Secret::new(format!("Basic {pair}")))
}

/// A secret that has to be there.
///
/// # Errors
/// `Misconfigured`, naming the secret, when it is not.
pub fn required<'s>(vendor: &Vendor, secrets: &'s Secrets, name: &str) -> Result<&'s Secret> {
    secrets.get(name).ok_or_else(|| {
        let text = format!("the connection has no secret named {name}");
        Error::new(ErrorKind::Misconfigured, vendor, Operation::Token, text)
    })
}

#[derive(Deserialize)]
struct TokenAnswer<'a> {
    access_token: Option<String>,
    token_type: Option<String>,
    #[serde(borrow)]
    expires_in: Option<&'a RawValue>,
    refresh_token: Option<String>,
    scope: Option<String>,
}

#[derive(Deserialize)]
struct Refused {
    error: Option<String>,
    #[serde(alias = "message")]
    error_description: Option<String>,
}

/// Reads a token answer (RFC 6749 sections 5.1 and 5.2), leniently in spelling only:
/// `expires_in` may be a number or a text, `token_type` in any case.
///
/// # Errors
/// `Misconfigured` for a client or scope that the server does not know, `Reconnect` for a
/// dead grant, `Throttled`, `Unavailable`, or `Malformed` for anything that is no token:
/// among them a success status with another body, a type other than bearer, and a token
/// that is expired on arrival.
pub fn parse_token(vendor: &Vendor, response: &Response) -> Result<Token> {
    if !response.is_success() {
        return Err(refusal(vendor, response));
    }
    let malformed = |text: &str| {
        Error::new(ErrorKind::Malformed, vendor, Operation::Token, text)
            .with_delivery(Delivery::Refused)
    };
    let answer: TokenAnswer<'_> = serde_json::from_slice(&response.body)
        .map_err(|_| malformed("the token endpoint answered with something that is no token"))?;
    let access = answer
        .access_token
        .filter(|token| !token.trim().is_empty())
        .ok_or_else(|| malformed("the token endpoint's answer has no access_token"))?;
    if !answer
        .token_type
        .as_deref()
        .unwrap_or("bearer")
        .eq_ignore_ascii_case("bearer")
    {
        return Err(malformed("the token is of a type other than bearer"));
    }
    let lifetime = answer
        .expires_in
        .map(|raw| {
            lifetime(raw.get())
                .ok_or_else(|| malformed("the token's expires_in is not a lifetime above zero"))
        })
        .transpose()?
        .flatten();
    Ok(Token {
        access: Secret::new(access),
        lifetime,
        refresh: answer.refresh_token.map(Secret::new),
        scope: answer.scope,
    })
}

/// Reads a token answer where a refresh token can be of no use, such as one to client
/// credentials; keeping it would make the runtime use it.
///
/// # Errors
/// Those of [`parse_token`].
pub fn parse_access_token(vendor: &Vendor, response: &Response) -> Result<Token> {
    let token = parse_token(vendor, response)?;
    Ok(Token {
        refresh: None,
        ..token
    })
}

/// Whole seconds of `3600`, `"3600"`, `3600.0` or `3599.9`; inner `None` for `null`; outer
/// `None` for what is no lifetime, including zero and less.
fn lifetime(raw: &str) -> Option<Option<Duration>> {
    let text = raw.trim().trim_matches('"').trim();
    if text == "null" {
        return Some(None);
    }
    let whole = match text.split_once('.') {
        Some((whole, fraction)) if fraction.bytes().all(|b| b.is_ascii_digit()) => whole,
        Some(_) => return None,
        None => text,
    };
    if whole.is_empty() || !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let seconds = whole.parse().unwrap_or(LONGEST_LIFE).min(LONGEST_LIFE);
    (seconds > 0).then(|| Some(Duration::from_secs(seconds)))
}

fn refusal(vendor: &Vendor, response: &Response) -> Error {
    let said: Option<Refused> = serde_json::from_slice(&response.body).ok();
    let code = said
        .as_ref()
        .and_then(|said| said.error.clone())
        .unwrap_or_default();
    let status = response.status.as_u16();
    let (kind, delivery) = match (status, code.as_str()) {
        (429, _) => (ErrorKind::Throttled, Delivery::Refused),
        // It says that it did not serve the request.
        (503, _) => (ErrorKind::Unavailable, Delivery::Refused),
        (408 | 500.., _) => (ErrorKind::Unavailable, Delivery::Unknown),
        (_, "invalid_grant") => (ErrorKind::Reconnect, Delivery::Refused),
        (300..=399, _) => (ErrorKind::Malformed, Delivery::Refused),
        _ => (ErrorKind::Misconfigured, Delivery::Refused),
    };
    let text = said
        .and_then(|said| said.error_description)
        .unwrap_or_else(|| format!("status {status}"));
    let error = Error::new(kind, vendor, Operation::Token, text)
        .with_delivery(delivery)
        .with_retry_after(response.retry_after());
    if code.is_empty() {
        error
    } else {
        error.with_code(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(status: u16, body: &str) -> Result<Token> {
        parse_token(
            &Vendor::new("acme").unwrap(),
            &Response::new(status, body.to_owned()),
        )
    }

    #[test]
    fn lifetimes_come_in_many_spellings() {
        let life = |raw: &str| {
            parse(
                200,
                &format!(r#"{{"access_token":"t","token_type":"BEARER","expires_in":{raw}}}"#),
            )
            .map(|token| token.lifetime.map(|life| life.as_secs()))
            .map_err(|error| error.kind())
        };
        for (raw, want) in [
            ("3600", Some(3600)),
            ("\"3600\"", Some(3600)),
            ("3599.9", Some(3599)),
            ("3", Some(3)),
            ("null", None),
        ] {
            assert_eq!(life(raw), Ok(want), "{raw}");
        }
        assert_eq!(life("99999999999999999999"), Ok(Some(LONGEST_LIFE)));
        for raw in ["0", "-1", "\"soon\"", "0.5", "\"\"", "[]", "true"] {
            assert_eq!(life(raw), Err(ErrorKind::Malformed), "{raw}");
        }
    }

    #[test]
    fn only_a_bearer_token_is_a_token() {
        for body in [
            "",
            "<html>",
            "{}",
            r#"{"access_token":""}"#,
            r#"{"access_token":"t","token_type":"mac"}"#,
            r#"{"error":"invalid_client"}"#,
        ] {
            assert_eq!(
                parse(200, body).unwrap_err().kind(),
                ErrorKind::Malformed,
                "{body}"
            );
        }
        assert!(parse(200, r#"{"access_token":"t"}"#).is_ok());
    }

    #[test]
    fn a_token_goes_to_the_api_and_nowhere_else() {
        let vendor = Vendor::new("acme").unwrap();
        let url = |text: &str| -> Url { text.parse().unwrap() };
        let (api, identity) = (url("https://api.test/v1"), url("https://id.test"));
        let auth = ClientCredentials::new(&vendor, &api, "/token").with_token_base(&identity);
        let token = parse(200, r#"{"access_token":"t0k3n","refresh_token":"r"}"#).unwrap();
        let applied = |operation, base: &Url, token: Option<&Token>| {
            let mut request = Request::get(operation, base, "/x");
            let done = auth.apply(&Secrets::default(), token, &mut request);
            done.map(|()| request.headers.len())
                .map_err(|error| error.kind())
        };
        let token = Some(&token);
        assert_eq!(applied(Operation::Read, &api, token), Ok(1));
        assert_eq!(applied(Operation::Token, &identity, token), Ok(0));
        let elsewhere = applied(Operation::Read, &identity, token);
        assert_eq!(elsewhere, Err(ErrorKind::Bug));
        let without = applied(Operation::Read, &api, None);
        assert_eq!(without, Err(ErrorKind::Misconfigured));
    }

    #[test]
    fn client_credentials_have_no_use_for_a_refresh_token() {
        let vendor = Vendor::new("acme").unwrap();
        let base: Url = "https://api.test".parse().unwrap();
        let auth = ClientCredentials::new(&vendor, &base, "/token");
        let answer = Response::new(200, r#"{"access_token":"t","refresh_token":"r"}"#);
        assert!(auth.parse_grant(&answer).unwrap().refresh.is_none());
        let refresh = Secret::new("r".to_owned());
        let asked = auth.grant(&Secrets::default(), Ask::Refresh(&refresh));
        assert_eq!(asked.unwrap_err().kind(), ErrorKind::Bug);
    }

    #[test]
    fn refusals_say_who_must_act() {
        for (status, body, kind) in [
            (
                401,
                r#"{"error":"invalid_client"}"#,
                ErrorKind::Misconfigured,
            ),
            (
                400,
                r#"{"error":"invalid_scope"}"#,
                ErrorKind::Misconfigured,
            ),
            (400, r#"{"error":"invalid_grant"}"#, ErrorKind::Reconnect),
            (429, "", ErrorKind::Throttled),
            (503, "", ErrorKind::Unavailable),
            (302, "", ErrorKind::Malformed),
        ] {
            assert_eq!(
                parse(status, body).unwrap_err().kind(),
                kind,
                "{status} {body}"
            );
        }
    }
}
