//! What every answer may mean: the envelope of failures, and the waits it asks for.
//!
//! Invariant: an answer that is not understood is never a success, and a write with such
//! an answer may have been done.

use std::time::Duration;

use http::StatusCode;
use rackrate_core::error::{self, Delivery, Error, ErrorKind, Result};
use rackrate_core::exchange::{Body, Operation, Request, Response};
use rackrate_core::ids::Vendor;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::error::Category;
use serde_json::value::RawValue;
use url::Url;

/// A property over its limit rests so long, unless told otherwise: the documents advise it.
const REST: Duration = Duration::from_secs(60);
/// Bodies above this size are no refusals and are not searched for one.
const REFUSAL_LIMIT: usize = 64 * 1024;
const THROTTLED: &str = "http_too_many_requests";

/// Where the API is and who speaks.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    vendor: Vendor,
    base: Url,
}

impl Api {
    pub(crate) fn new(vendor: Vendor, base: Url) -> Self {
        Self { vendor, base }
    }

    pub(crate) fn get(&self, operation: Operation, path: &str) -> Request {
        Request::get(operation, &self.base, path)
    }

    /// A write of that body, which may have so many bytes.
    pub(crate) fn post(&self, path: &str, body: &impl Serialize, most: u32) -> Result<Request> {
        let body = Body::json(&self.vendor, Operation::Push, body, most)?;
        Ok(Request::post(Operation::Push, &self.base, path, body))
    }

    /// The content of an answer that is a success; everything else is an error.
    pub(crate) fn accepted<'r, T: Deserialize<'r>>(
        &self,
        operation: Operation,
        response: &'r Response,
    ) -> Result<T> {
        if response.status.as_u16() != 200 || Said::of(response).is_some() {
            return Err(self.refused(operation, response));
        }
        // A sequence would fill a structure by position, which no answer here means.
        if response.body.trim_ascii_start().starts_with(b"[") {
            return Err(self.malformed(operation, "the answer is no object"));
        }
        serde_json::from_slice(&response.body).map_err(|error| {
            let (kind, text) = match error.classify() {
                Category::Data => (ErrorKind::Malformed, "the answer has not its kind's form"),
                _ => (
                    ErrorKind::Unavailable,
                    "the answer is no JSON: an outage, or cut off",
                ),
            };
            Error::new(kind, &self.vendor, operation, text)
                .with_delivery(Delivery::Unknown)
                .with_source(error)
        })
    }

    /// Something in an answer that should not be so. A write with such an answer may have
    /// been done.
    pub(crate) fn malformed(&self, operation: Operation, text: impl AsRef<str>) -> Error {
        Error::malformed(&self.vendor, operation, text)
    }

    /// A fault of this program.
    pub(crate) fn bug(&self, operation: Operation, text: impl AsRef<str>) -> Error {
        Error::bug(&self.vendor, operation, text)
    }

    /// A wish that this connection's plans cannot take.
    pub(crate) fn misconfigured(&self, operation: Operation, text: impl AsRef<str>) -> Error {
        Error::new(ErrorKind::Misconfigured, &self.vendor, operation, text)
    }

    fn refused(&self, operation: Operation, response: &Response) -> Error {
        let said = Said::of(response);
        let status = response.status.as_u16();
        let (kind, delivery) = meaning(response.status, said.as_ref());
        let words = said.as_ref().map(Said::words);
        let words = words.unwrap_or_else(|| format!("status {status}"));
        let text = match (kind, status) {
            (ErrorKind::Reconnect, _) => format!(
                "the API key is refused ({words}); it was withdrawn, belongs to the other \
                 environment, or has no active subscription: make a new key in the user profile"
            ),
            (ErrorKind::Misconfigured, _) => {
                format!("{words} without a word of the API: is base_url right?")
            }
            (ErrorKind::Unavailable, 403) => {
                "status 403 with a page: a firewall or an outage".to_owned()
            }
            _ => words,
        };
        Error::new(kind, &self.vendor, operation, text)
            .with_delivery(delivery)
            .with_retry_after(asked_wait(response))
            .with_code_if(said.and_then(|said| said.code))
    }
}

/// What a status with these words means; the table in the README has the sources.
fn meaning(status: StatusCode, said: Option<&Said>) -> (ErrorKind, Delivery) {
    use Delivery::{Refused, Unknown};
    let code = said.and_then(|said| said.code.as_deref());
    match (status.as_u16(), code) {
        (429, _) | (200..=499, Some(THROTTLED)) => (ErrorKind::Throttled, Refused),
        (401, _) | (200..=299, Some("unauthorized")) => (ErrorKind::Reconnect, Refused),
        (403, _) if said.is_none() => (ErrorKind::Unavailable, Unknown),
        (404, _) if said.is_none() => (ErrorKind::Misconfigured, Refused),
        _ => error::by_status(status),
    }
}

/// How long the vendor asks us to wait; the documents name no figure and no header, some
/// integrators met either.
pub(crate) fn asked_wait(response: &Response) -> Option<Duration> {
    let said = Said::of(response);
    let code = said.as_ref().and_then(|said| said.code.as_deref());
    let is_throttle = response.status.as_u16() == 429
        || (code == Some(THROTTLED) && !response.status.is_server_error());
    let told = || {
        response
            .retry_after()
            .or_else(|| said.as_ref()?.retry_after())
    };
    is_throttle.then(|| told().unwrap_or(REST))
}

/// A refusal: `{"errors":{"code":…,"title":…,"details":…}}`.
#[derive(Debug)]
struct Said {
    code: Option<String>,
    title: Option<String>,
    details: Value,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    errors: Option<&'a RawValue>,
}

impl Said {
    /// What an answer says against a request; `None` where it has no errors.
    fn of(response: &Response) -> Option<Self> {
        let body = response.body.trim_ascii_start();
        let errors = Some(body)
            .filter(|body| body.starts_with(b"{") && body.len() <= REFUSAL_LIMIT)
            .and_then(|body| serde_json::from_slice::<Envelope<'_>>(body).ok())?
            .errors?;
        let mut fields: Value = serde_json::from_str(errors.get()).ok()?;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        Some(Self {
            code: fields.get("code").and_then(text),
            title: fields.get("title").and_then(text),
            details: fields
                .get_mut("details")
                .map(Value::take)
                .unwrap_or_default(),
        })
    }

    /// The words for people: the details, else the title.
    fn words(&self) -> String {
        let details = words(&self.details);
        if !details.is_empty() {
            return details;
        }
        let title = self.title.as_ref().or(self.code.as_ref());
        title
            .map_or("refused without a reason", |text| text)
            .to_owned()
    }

    fn retry_after(&self) -> Option<Duration> {
        let wait = self.details.get("retry_after")?;
        let seconds = wait.as_u64().or_else(|| wait.as_str()?.trim().parse().ok());
        seconds.map(Duration::from_secs)
    }
}

/// Texts, alone or in a list, and texts by field.
pub(crate) fn words(said: &Value) -> String {
    match said {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(words).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => {
            let each = fields
                .iter()
                .map(|(name, said)| format!("{name} {}", words(said)));
            each.collect::<Vec<_>>().join("; ")
        }
        other => other.to_string(),
    }
}
