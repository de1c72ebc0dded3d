//! What a token endpoint answers (RFC 6749, section 5): a token, or why there is none.
//!
//! Invariant: whatever is no token of a kind that we can use is an error, whatever its status.

use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::auth::Token;
use crate::error::{Delivery, Error, ErrorKind, Result};
use crate::exchange::{Operation, Response};
use crate::ids::Vendor;
use crate::secret::Secret;

/// The longest lifetime believed, a year; a larger number is read as this.
const LONGEST_LIFE: u64 = 366 * 24 * 3600;

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
    let answer: Option<TokenAnswer<'_>> = serde_json::from_slice(&response.body).ok();
    let answer = answer.ok_or("the token endpoint answered with something that is no token");
    answer.and_then(TokenAnswer::token).map_err(|text| {
        Error::new(ErrorKind::Malformed, vendor, Operation::Token, text)
            .with_delivery(Delivery::Refused)
    })
}

impl TokenAnswer<'_> {
    /// The token, or why it is none.
    fn token(self) -> Result<Token, &'static str> {
        let says = |text: &String| !text.trim().is_empty();
        let access = self.access_token.filter(says);
        let access = access.ok_or("the token endpoint's answer has no access_token")?;
        let kind = self.token_type.as_deref().unwrap_or("bearer");
        if !kind.eq_ignore_ascii_case("bearer") {
            return Err("the token is of a type other than bearer");
        }
        let told = self.expires_in.map(|raw| lifetime(raw.get()));
        let told =
            told.map(|told| told.ok_or("the token's expires_in is not a lifetime above zero"));
        Ok(Token {
            access: Secret::new(access),
            lifetime: told.transpose()?.flatten(),
            // An empty one is none: in the place of the one that is kept it would end the grant.
            refresh: self.refresh_token.filter(says).map(Secret::new),
            scope: self.scope,
        })
    }
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
    fn an_empty_refresh_token_is_none() {
        for empty in ["", " "] {
            let body = format!(r#"{{"access_token":"t","refresh_token":"{empty}"}}"#);
            assert!(parse(200, &body).unwrap().refresh.is_none());
        }
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
