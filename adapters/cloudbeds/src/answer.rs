//! What every request carries and what every answer may mean; the tables of failures.
//!
//! Invariant: an answer that is not understood is never a success, and a write with such
//! an answer may have been done.

use http::HeaderName;
use rackrate_core::error::{self, Delivery, Error, ErrorKind, Result};
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::{Vendor, VendorId};
use rackrate_core::json;
use serde::Deserialize;
use url::Url;

use crate::wire::{self, Envelope, Raw};

const PROPERTY: HeaderName = HeaderName::from_static("x-property-id");
/// Bodies above this size are no refusals and are not searched for one.
const REFUSAL_LIMIT: usize = 4096;

/// Where the API is and who speaks.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    pub(crate) vendor: Vendor,
    bases: Vec<Url>,
}

impl Api {
    pub(crate) fn new(vendor: Vendor, bases: Vec<Url>) -> Self {
        Self { vendor, bases }
    }

    /// A read; the property is named twice, because a group's key may else mean another.
    pub(crate) fn get(
        &self,
        operation: Operation,
        path: &str,
        property: Option<&VendorId>,
    ) -> Request {
        let request = Request::get(operation, self.base(), path);
        match property {
            None => request,
            Some(property) => with_property(request, property).with_query("propertyID", property),
        }
    }

    /// A write to a property, which is named in the form and in the header.
    pub(crate) fn post(
        &self,
        operation: Operation,
        path: &str,
        property: &VendorId,
        body: rackrate_core::exchange::Body,
    ) -> Request {
        with_property(Request::post(operation, self.base(), path, body), property)
    }

    /// A page that the vendor points to; only on declared addresses, and for the property.
    pub(crate) fn follow(
        &self,
        operation: Operation,
        link: &str,
        property: &VendorId,
    ) -> Result<Request> {
        let mut request = Request::follow(operation, &self.vendor, &self.bases, link)?;
        let named = request.query.iter().find(|(name, _)| name == "propertyID");
        match named {
            Some((_, other)) if other != property.as_str() => {
                return Err(self.malformed(operation, "the next page is another property's"));
            }
            Some(_) => {}
            None => request = request.with_query("propertyID", property),
        }
        Ok(with_property(request, property))
    }

    fn base(&self) -> &Url {
        &self.bases[0]
    }

    /// The envelope of an answer that is a success; everything else is an error.
    pub(crate) fn accepted<'r>(
        &self,
        operation: Operation,
        response: &'r Response,
    ) -> Result<Envelope<'r>> {
        if !response.is_success() {
            return Err(self.refused(operation, response));
        }
        if serde_json::from_slice::<serde::de::IgnoredAny>(&response.body).is_err() {
            let text = "the answer is no JSON: an outage, or something in between";
            return Err(self.error(ErrorKind::Unavailable, operation, text));
        }
        let envelope: Envelope<'r> = json::body(&response.body)
            .ok_or_else(|| self.malformed(operation, "the answer has no envelope"))?;
        match envelope.success.map(|raw| raw.get()) {
            Some("true") => Ok(envelope),
            Some("false") => Err(self.business(operation, envelope.message, response)),
            _ => Err(self.malformed(operation, "the answer does not say whether it succeeded")),
        }
    }

    /// Something in an answer that should not be so. A write with such an answer may have
    /// been done.
    pub(crate) fn malformed(&self, operation: Operation, text: &str) -> Error {
        Error::malformed(&self.vendor, operation, text)
    }

    /// A fault of this program.
    pub(crate) fn bug(&self, operation: Operation, text: &str) -> Error {
        Error::bug(&self.vendor, operation, text)
    }

    fn error(&self, kind: ErrorKind, operation: Operation, text: &str) -> Error {
        Error::new(kind, &self.vendor, operation, text).with_delivery(Delivery::Unknown)
    }

    /// Failures that come as success: status 200 and `"success": false`.
    fn business(&self, operation: Operation, message: Raw<'_>, response: &Response) -> Error {
        let message = wire::text(message).unwrap_or_else(|| "failed without a reason".to_owned());
        let kind = business_kind(&message);
        let text = match kind {
            ErrorKind::Forbidden if says(&message, &["scope"]) => {
                format!("{message} (needs the scope {})", scope(operation))
            }
            _ => message,
        };
        self.error(kind, operation, &text)
            .with_delivery(Delivery::Refused)
            .with_retry_after(response.retry_after())
    }

    fn refused(&self, operation: Operation, response: &Response) -> Error {
        let status = response.status.as_u16();
        let said: Option<Said<'_>> = json::body(&response.body);
        let words = said.as_ref().and_then(Said::words);
        let (kind, delivery) = match status {
            401 => (ErrorKind::Reconnect, Delivery::Refused),
            400..=499 if is_throttle(response) => (ErrorKind::Throttled, Delivery::Refused),
            403 if said.is_none() => (ErrorKind::Unavailable, Delivery::Unknown),
            404 => (ErrorKind::Bug, Delivery::Refused),
            _ => error::by_status(response.status),
        };
        let text = match (status, words) {
            (401, words) => format!(
                "the API key is refused ({}); it was deleted, unused for 30 days, or its account \
                 is suspended: make a new key in Cloudbeds, or ask its support",
                words.unwrap_or_else(|| "status 401".to_owned())
            ),
            (_, Some(words)) => words,
            (403, None) => "status 403 with a page: a firewall or an outage".to_owned(),
            (_, None) => format!("status {status}"),
        };
        self.error(kind, operation, &text)
            .with_code_if(said.and_then(|said| wire::text(said.error)))
            .with_delivery(delivery)
            .with_retry_after(response.retry_after())
    }
}

fn with_property(request: Request, property: &VendorId) -> Request {
    request.with_header(PROPERTY, property.as_str())
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

fn business_kind(message: &str) -> ErrorKind {
    let says = |words: &[&str]| says(message, words);
    if throttles(message) {
        ErrorKind::Throttled
    } else if says(&["not active anymore", "application is not available"]) {
        ErrorKind::Reconnect
    } else if says(&[
        "scope required",
        "correct scope",
        "none of the included property",
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
