//! What every call carries and what every answer may mean.
//!
//! Source: github.com/MewsSystems/open-api-docs, connector-api/guidelines: requests,
//! responses.
//!
//! Invariant: an answer that is not understood is never a success, and a write with such
//! an answer may have been done.

use http::HeaderName;
use rackrate_core::adapter::Submission;
use rackrate_core::chunk::Receipt;
use rackrate_core::error::{self, Delivery, Error, ErrorKind, Result};
use rackrate_core::exchange::{Body, Operation, Request, Response};
use rackrate_core::ids::Vendor;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::config::Config;

/// The largest body that the vendor takes.
pub(crate) const MAX_BYTES: u32 = 1 << 20;
const PREFER: HeaderName = HeaderName::from_static("prefer");

/// Where the API is and who speaks.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    vendor: Vendor,
    base: Url,
    client: String,
    minimal: bool,
}

/// The body of an error.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Said {
    message: Option<String>,
}

impl Api {
    pub(crate) fn new(vendor: Vendor, config: Config) -> Self {
        Self {
            vendor,
            base: config.base_url,
            client: config.client,
            minimal: config.minimal_answers,
        }
    }

    /// The application's name and version, a member of every body.
    pub(crate) fn client(&self) -> &str {
        &self.client
    }

    /// A call. Secrets are not in it yet.
    pub(crate) fn call(
        &self,
        operation: Operation,
        action: &str,
        body: &impl Serialize,
    ) -> Result<Request> {
        let body = Body::json(&self.vendor, operation, body, MAX_BYTES)?;
        let path = format!("/api/connector/v1/{action}");
        let request = Request::post(operation, &self.base, path, body);
        Ok(match self.minimal && operation.writes() {
            true => request.with_header(PREFER, "return=minimal"),
            false => request,
        })
    }

    /// The content of a list or price answer.
    pub(crate) fn content<'r, T: Deserialize<'r>>(
        &self,
        operation: Operation,
        response: &'r Response,
    ) -> Result<T> {
        if response.status != http::StatusCode::OK {
            return Err(self.refused(operation, response));
        }
        let wrong = || self.malformed(operation, "the answer is no JSON object");
        // A sequence would fill a struct by position, which no answer here means.
        let body = response.body.trim_ascii_start();
        if !body.starts_with(b"{") {
            return Err(wrong());
        }
        serde_json::from_slice(body).map_err(|error| {
            let text = "the answer lacks what was asked for, or says it in another form";
            self.malformed(operation, text).with_source(error)
        })
    }

    /// The answer to a write: `{}`, or nothing where nothing was preferred.
    pub(crate) fn done(&self, operation: Operation, response: &Response) -> Result<Submission> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Nothing {}
        match response.status.as_u16() {
            204 if self.minimal && response.body.is_empty() => {}
            200 => {
                let Nothing {} = self.content(operation, response)?;
            }
            _ => return Err(self.refused(operation, response)),
        }
        Ok(Submission::Answered(Receipt {
            reference: response.header("request-id").map(str::to_owned),
            ..Receipt::default()
        }))
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

    /// A failure that never left.
    pub(crate) fn error(&self, kind: ErrorKind, operation: Operation, text: &str) -> Error {
        Error::new(kind, &self.vendor, operation, text)
    }

    fn refused(&self, operation: Operation, response: &Response) -> Error {
        let status = response.status.as_u16();
        let (kind, delivery) = match status {
            401 => (ErrorKind::Reconnect, Delivery::Refused),
            // A rule of the property's business, not a matter of who calls.
            403 => (ErrorKind::Rejected, Delivery::Refused),
            404 => (ErrorKind::Bug, Delivery::Refused),
            409 => (ErrorKind::Unavailable, Delivery::Refused),
            _ => error::by_status(response.status),
        };
        let said: Said = serde_json::from_slice(&response.body).unwrap_or_default();
        let words = said.message.unwrap_or_else(|| format!("status {status}"));
        self.error(kind, operation, &advice(status, words))
            .with_delivery(delivery)
            .with_retry_after(response.retry_after())
    }
}

/// The vendor's words, and what they do not say.
fn advice(status: u16, words: String) -> String {
    match status {
        401 => format!(
            "{words} (the tokens are wrong or renewed, the integration or the property is \
             disabled in Mews, or this operation was not granted at certification)"
        ),
        408 => format!("{words} (the request was too heavy)"),
        409 => format!("{words} (the data changed meanwhile)"),
        413 => format!("{words} (the body is too large)"),
        _ => words,
    }
}
