//! What every answer may mean; the table of failures.
//!
//! Invariant: an answer that is not understood is never a success, and a write with such
//! an answer may have been done.

use http::StatusCode;
use rackrate_core::address;
use rackrate_core::error::{self, Delivery, Error, ErrorKind, Result};
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::{Vendor, VendorId};
use rackrate_core::json;
use serde::Deserialize;
use serde_json::value::RawValue;
use url::Url;

use crate::wire::{self, Raw};

/// What the vendor says of a credential that it does not accept, whatever the cause.
const NO_PERMISSION: &str = "permission to access";

/// Where the API is and who speaks.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    pub(crate) vendor: Vendor,
    pub(crate) base: Url,
}

/// A refusal's body, in all the forms that are published.
#[derive(Default, Deserialize)]
pub(crate) struct Said<'a> {
    #[serde(borrow, default)]
    status: Raw<'a>,
    #[serde(borrow, default)]
    message: Raw<'a>,
    #[serde(borrow, default)]
    code: Raw<'a>,
    #[serde(borrow, default)]
    error: Raw<'a>,
    #[serde(borrow, default, rename = "requestId")]
    request_id: Raw<'a>,
}

impl Api {
    pub(crate) fn new(vendor: Vendor, base: Url) -> Self {
        Self { vendor, base }
    }

    pub(crate) fn get(&self, operation: Operation, path: impl Into<String>) -> Request {
        Request::get(operation, &self.base, path)
    }

    /// A read of what has that identifier below a path.
    pub(crate) fn at(&self, operation: Operation, path: &str, id: &VendorId) -> Result<Request> {
        let id = address::segment(&self.vendor, operation, id)?;
        Ok(self.get(operation, format!("{path}/{id}")))
    }

    /// The JSON of an answer that is a success; everything else is an error.
    pub(crate) fn accepted<'r>(
        &self,
        operation: Operation,
        response: &'r Response,
    ) -> Result<&'r RawValue> {
        if !response.is_success() {
            return Err(self.refused(operation, response));
        }
        let raw = wire::root(&response.body)
            .ok_or_else(|| self.malformed(operation, "the answer is no JSON"))?;
        match wire::object::<Said<'_>>(Some(raw)) {
            Some(said) if said.is_failure() => {
                let text = said.words("a success that speaks of a failure".to_owned());
                Err(self.malformed(operation, &text).with_code_if(said.code()))
            }
            _ => Ok(raw),
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

    /// The error of an answer that is no success.
    pub(crate) fn refused(&self, operation: Operation, response: &Response) -> Error {
        let said: Option<Said<'_>> = json::body(&response.body);
        let (kind, delivery) = kind(response.status, said.as_ref());
        let said = said.unwrap_or_default();
        let text = said.words(format!("status {}", response.status.as_u16()));
        Error::new(kind, &self.vendor, operation, text)
            .with_delivery(delivery)
            .with_retry_after(response.retry_after())
            .with_code_if(said.code())
    }

    /// Whether the vendor says that there is no complex, rather than no such address.
    pub(crate) fn is_no_complex(response: &Response) -> bool {
        let said: Option<Said<'_>> = json::body(&response.body);
        response.status == StatusCode::NOT_FOUND && said.is_some_and(|said| said.error.is_some())
    }
}

/// Status and words decide together: an expired token looks like a missing permission.
fn kind(status: StatusCode, said: Option<&Said<'_>>) -> (ErrorKind, Delivery) {
    match (status, said) {
        (StatusCode::FORBIDDEN, Some(said)) if said.may_be_an_old_token() => (
            ErrorKind::Unauthenticated { certain: false },
            Delivery::Refused,
        ),
        // A page instead of the vendor's words: a firewall or an outage.
        (StatusCode::FORBIDDEN, None) => (ErrorKind::Unavailable, Delivery::Unknown),
        _ => error::by_status(status),
    }
}

/// The inner form of a refusal: `{"error":{"code":…,"message":…}}`.
#[derive(Default, Deserialize)]
struct Inner<'a> {
    #[serde(borrow, default)]
    code: Raw<'a>,
    #[serde(borrow, default)]
    message: Raw<'a>,
}

impl Said<'_> {
    fn inner(&self) -> Inner<'_> {
        wire::object(self.error).unwrap_or_default()
    }

    fn code(&self) -> Option<String> {
        wire::text(self.code)
            .or_else(|| wire::text(self.inner().code))
            .or_else(|| wire::text(self.error))
    }

    fn words(&self, otherwise: String) -> String {
        let words = wire::text(self.message).or_else(|| wire::text(self.inner().message));
        let words = words.unwrap_or(otherwise);
        match wire::text(self.request_id) {
            // Their support finds a request by it.
            Some(id) => format!("{words} (request {id})"),
            None => words,
        }
    }

    fn may_be_an_old_token(&self) -> bool {
        let says = |raw| wire::text(raw).is_some_and(|text| text.contains(NO_PERMISSION));
        says(self.message) || self.code().as_deref() == Some("UNAUTHORIZED")
    }

    /// Whether an object that came with a good status says the contrary.
    fn is_failure(&self) -> bool {
        let status = wire::number(self.status);
        let bad = |text: &str| !matches!(text.parse(), Ok(200..=299_u16));
        status.is_some_and(bad) || self.error.is_some() || wire::text(self.code).is_some()
    }
}
