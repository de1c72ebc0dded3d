//! What refusals mean: the tables of failures, by status, code and words.
//!
//! This vendor has few codes and reuses them, so sentences decide; where none is known, the
//! status does. The README lists them with their sources.
//!
//! Invariant: a grant ends only by words that speak of it, or with a refused key.

use rackrate_core::error::{self, Delivery, Error, ErrorKind};
use rackrate_core::exchange::{Operation, Response};
use rackrate_core::json;
use serde::Deserialize;

use crate::answer::Api;
use crate::config::Auth;
use crate::wire::{self, Envelope, Raw};

/// The code of a grant that ended with the user who gave it.
const APPROVER: &str = "approver_inactive";
/// Bodies above this size are no refusals and are not searched for one.
const REFUSAL_LIMIT: usize = 4096;

impl Api {
    /// Failures that come as success: status 200 and `"success": false`.
    pub(crate) fn business(
        &self,
        operation: Operation,
        message: Raw<'_>,
        response: &Response,
    ) -> Error {
        let message = wire::text(message).unwrap_or_else(|| "failed without a reason".to_owned());
        let kind = business_kind(&message);
        let code = ended(&message);
        let text = match (kind, code) {
            (ErrorKind::Forbidden, _) if says(&message, &["scope"]) => {
                format!("{message} (needs the scope {})", scope(operation))
            }
            (_, Some(APPROVER)) => format!(
                "{message} (it ended with that user; another one of the property has to connect)"
            ),
            _ => message,
        };
        self.error(kind, operation, &text)
            .with_code_if(code)
            .with_delivery(Delivery::Refused)
            .with_retry_after(response.retry_after())
    }

    /// Failures that the status tells.
    pub(crate) fn refused(&self, operation: Operation, response: &Response) -> Error {
        let status = response.status.as_u16();
        let said: Option<Said<'_>> = json::body(&response.body);
        let words = said.as_ref().and_then(Said::words);
        let code = said.as_ref().and_then(|said| wire::text(said.error));
        let (kind, delivery) = match status {
            401 => (
                self.refused_credential(code.as_deref(), said.as_ref()),
                Delivery::Refused,
            ),
            400..=499 if is_throttle(response) => (ErrorKind::Throttled, Delivery::Refused),
            403 if said.is_none() => (ErrorKind::Unavailable, Delivery::Unknown),
            404 => (ErrorKind::Bug, Delivery::Refused),
            _ => error::by_status(response.status),
        };
        let text = match (status, words) {
            (401, words) => self.on_refused_credential(words),
            (_, Some(words)) => words,
            (403, None) => "status 403 with a page: a firewall or an outage".to_owned(),
            (_, None) => format!("status {status}"),
        };
        self.error(kind, operation, &text)
            .with_code_if(code)
            .with_delivery(delivery)
            .with_retry_after(response.retry_after())
    }

    /// A key cannot be renewed, a token can. Only "access denied" surely means the token: a
    /// suspended account is expected to get some 401, too.
    fn refused_credential(&self, code: Option<&str>, said: Option<&Said<'_>>) -> ErrorKind {
        match self.auth {
            Auth::ApiKey | Auth::KeyByConsent => ErrorKind::Reconnect,
            Auth::Oauth => ErrorKind::Unauthenticated {
                certain: code == Some("access_denied")
                    && !said.is_some_and(|said| said.says(&["missing"])),
            },
        }
    }

    fn on_refused_credential(&self, words: Option<String>) -> String {
        let words = words.unwrap_or_else(|| "status 401".to_owned());
        match self.auth {
            Auth::ApiKey => format!(
                "the API key is refused ({words}); it was deleted, unused for 30 days, or its account \
                 is suspended: make a new key in Cloudbeds, or ask its support"
            ),
            Auth::KeyByConsent => format!(
                "the API key is refused ({words}); it was deleted, unused for 30 days, or its account \
                 is suspended: the property has to connect again"
            ),
            Auth::Oauth => format!("the access token is refused ({words})"),
        }
    }

    /// What the token endpoint means where it gives no token; `None` for what is told as the
    /// standard has it.
    pub(crate) fn refused_token(&self, response: &Response) -> Option<Error> {
        let operation = Operation::Token;
        if response.is_success() {
            if let Err(page) = self.is_json(operation, response) {
                return Some(page);
            }
            let envelope: Option<Envelope<'_>> = json::body(&response.body);
            let failed = envelope
                .filter(|envelope| envelope.success.is_some_and(|raw| raw.get() == "false"));
            return failed.map(|envelope| self.business(operation, envelope.message, response));
        }
        if !response.status.is_client_error() {
            return None;
        }
        let said: Option<Said<'_>> = json::body(&response.body);
        let Some(said) = said else {
            let is_page = response.status.as_u16() == 403;
            return is_page.then(|| self.refused(operation, response));
        };
        if is_throttle(response) {
            return Some(self.refused(operation, response));
        }
        let (kind, advice) = said.on_grant()?;
        let words = said.words().unwrap_or_default();
        let text = format!("{words} ({advice})");
        let refused = self.error(kind, operation, &text);
        Some(
            refused
                .with_code_if(wire::text(said.error))
                .with_delivery(Delivery::Refused),
        )
    }
}

/// A refusal's body; each status has its own set of words.
#[derive(Deserialize)]
struct Said<'a> {
    #[serde(borrow, default)]
    error: Raw<'a>,
    #[serde(borrow, default)]
    error_description: Raw<'a>,
    #[serde(borrow, default)]
    message: Raw<'a>,
    #[serde(borrow, default)]
    detail: Raw<'a>,
    #[serde(borrow, default)]
    hint: Raw<'a>,
}

impl Said<'_> {
    /// Whether any of its texts has one of these.
    fn says(&self, words: &[&str]) -> bool {
        let texts = [self.hint, self.error_description, self.message];
        let mut texts = texts.into_iter().filter_map(wire::text);
        texts.any(|text| says(&text, words))
    }

    fn words(&self) -> Option<String> {
        [
            self.hint,
            self.error_description,
            self.message,
            self.detail,
            self.error,
        ]
        .into_iter()
        .find_map(wire::text)
    }

    /// Sentences of the token endpoint. Their codes say less: `server_error` is said of a code
    /// and of a client.
    fn on_grant(&self) -> Option<(ErrorKind, &'static str)> {
        let table: [(&[&str], _, _); 5] = [
            (
                &["authorization code is invalid"],
                ErrorKind::Reconnect,
                "a code lives ten minutes and is good once: connect again",
            ),
            (
                &["refresh token is invalid", "token has expired"],
                ErrorKind::Reconnect,
                "the grant has ended: a user of the property has to connect again",
            ),
            (
                &["not active anymore"],
                ErrorKind::ApproverLeft,
                "the grant ended with that user: another one of the property has to connect",
            ),
            (
                &["application is not available"],
                ErrorKind::Disconnected,
                "the property has removed the app",
            ),
            (
                &["entity not found"],
                ErrorKind::Misconfigured,
                "the vendor does not know this client_id",
            ),
        ];
        let mut table = table.into_iter();
        let (_, kind, advice) = table.find(|(words, ..)| self.says(words))?;
        Some((kind, advice))
    }
}

/// Whether the vendor says that we are too fast, by status or in words.
pub(crate) fn is_throttle(response: &Response) -> bool {
    if response.status.as_u16() == 429 {
        return true;
    }
    if response.body.len() > REFUSAL_LIMIT || response.status.is_server_error() {
        return false;
    }
    serde_json::from_slice::<Envelope<'_>>(&response.body).is_ok_and(|envelope| {
        envelope.success.map(|raw| raw.get()) != Some("true")
            && wire::text(envelope.message).is_some_and(|message| throttles(&message))
    })
}

fn throttles(message: &str) -> bool {
    says(message, &["rate limit", "too many requests"])
}

/// Why a grant or key is worth nothing any more, for sentences without a code of the vendor's.
fn ended(message: &str) -> Option<&'static str> {
    if says(message, &["not active anymore"]) {
        Some(APPROVER)
    } else if says(message, &["application is not available"]) {
        Some("application_unavailable")
    } else {
        None
    }
}

fn business_kind(message: &str) -> ErrorKind {
    let says = |words: &[&str]| says(message, words);
    if throttles(message) {
        ErrorKind::Throttled
    } else if let Some(code) = ended(message) {
        match code {
            APPROVER => ErrorKind::ApproverLeft,
            _ => ErrorKind::Disconnected,
        }
    } else if says(&[
        "scope required",
        "correct scope",
        "none of the included property",
        // How a grant that no longer covers the property is told is not published.
        "access to the property",
        "access to this property",
    ]) {
        ErrorKind::Forbidden
    } else if says(&["please specify \"propertyid\""]) || is_validation(message) {
        ErrorKind::Bug
    } else {
        ErrorKind::Rejected
    }
}

fn is_validation(message: &str) -> bool {
    message.trim_start().starts_with("Parameter ")
        && says(
            message,
            &["is required", "is not valid", "should be greater than"],
        )
}

fn says(message: &str, words: &[&str]) -> bool {
    let message = message.to_ascii_lowercase();
    words.iter().any(|words| message.contains(words))
}

fn scope(operation: Operation) -> &'static str {
    match operation {
        Operation::Push => "write:rate",
        Operation::Discover => "read:hotel or read:rate",
        _ => "read:rate",
    }
}
