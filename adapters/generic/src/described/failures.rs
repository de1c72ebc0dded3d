//! What went wrong, in the vendor's own words where the description says where those stand.

use std::time::Duration;

use http::StatusCode;
use rackrate_core::error::{self, Error};
use rackrate_core::exchange::{Operation, Response};
use rackrate_core::ids::Vendor;

use super::description::Failures;
use super::json::Json;
use super::route::Route;

impl Failures {
    /// The error of an answer that is no success.
    pub(crate) fn refusal(
        &self,
        vendor: &Vendor,
        operation: Operation,
        response: &Response,
    ) -> Error {
        let status = response.status.as_u16();
        let (kind, delivery) = error::by_status(response.status);
        let body = Json::parse(&response.body).unwrap_or(Json::Null);
        let text = words(self.text.as_ref(), &body).unwrap_or_else(|| format!("status {status}"));
        Error::new(kind, vendor, operation, text)
            .with_delivery(delivery)
            .with_retry_after(self.wait(response))
            .with_code_if(words(self.code.as_ref(), &body))
    }
}

impl Failures {
    /// How long the vendor wants us to wait: its own word, else the described one.
    pub(crate) fn wait(&self, response: &Response) -> Option<Duration> {
        let throttled = response.status == StatusCode::TOO_MANY_REQUESTS;
        let described = self.wait.filter(|_| throttled);
        response.retry_after().or(described)
    }
}

/// What stands there, as a text.
pub(crate) fn words(route: Option<&Route>, body: &Json) -> Option<String> {
    let found = route?.find_some(body)?;
    Some(match found {
        Json::Text(text) => text.clone(),
        other => other.to_string(),
    })
}

/// The document of an answer; what is none may hide a success.
pub(crate) fn document(
    vendor: &Vendor,
    operation: Operation,
    response: &Response,
) -> Result<Json, Error> {
    Json::parse(&response.body).map_err(|error| {
        Error::malformed(vendor, operation, "the answer cannot be read").with_source(error)
    })
}
