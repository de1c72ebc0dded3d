//! How requests are addressed, and what every answer may mean.
//!
//! Invariant: an answer that is not understood is never a success, and a write with such
//! an answer may have been done.

use bytes::Bytes;
use http::Method;
use rackrate_core::error::{Delivery, Error, ErrorKind, Result};
use rackrate_core::exchange::{Body, Operation, Request, Response};
use rackrate_core::ids::{Vendor, VendorId};
use url::Url;

use crate::wire;

/// The header by which the vendor's support finds a request.
pub(crate) const TRACE: &str = "Apaleo-Tracking-Id";

/// Where the API is and who speaks.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    pub(crate) vendor: Vendor,
    base: Url,
}

impl Api {
    pub(crate) fn new(vendor: &Vendor, base: &Url) -> Self {
        Self {
            vendor: vendor.clone(),
            base: base.clone(),
        }
    }

    pub(crate) fn get(&self, operation: Operation, path: &str) -> Request {
        Request::get(operation, &self.base, path)
    }

    pub(crate) fn put(&self, path: &str, body: Bytes) -> Request {
        let post = Request::post(Operation::Push, &self.base, path, Body::Json(body));
        Request {
            method: Method::PUT,
            ..post
        }
    }

    /// The rates of a plan. Its identifier is opaque, so whatever a path may not hold is
    /// encoded.
    pub(crate) fn rates(&self, operation: Operation, plan: &VendorId) -> Result<String> {
        let id = plan.as_str();
        if matches!(id, "." | "..") {
            // Addresses are shortened by such segments, encoded or not.
            let text = format!("the rate plan {id:?} cannot be written in an address");
            return Err(self.bug(operation, &text));
        }
        Ok(format!("/rateplan/v1/rate-plans/{}/rates", segment(id)))
    }

    /// The error of an answer that is no success.
    pub(crate) fn refused(&self, operation: Operation, response: &Response) -> Error {
        let status = response.status.as_u16();
        let (kind, delivery) = match status {
            401 => (
                ErrorKind::Unauthenticated { certain: true },
                Delivery::Refused,
            ),
            403 => (ErrorKind::Forbidden, Delivery::Refused),
            429 => (ErrorKind::Throttled, Delivery::Refused),
            408 | 500.. => (ErrorKind::Unavailable, Delivery::Unknown),
            400..=499 => (ErrorKind::Rejected, Delivery::Refused),
            _ => (ErrorKind::Malformed, Delivery::Unknown),
        };
        let (code, words) = wire::words(&response.body);
        let words = words.unwrap_or_else(|| format!("status {status}"));
        let text = explained(status, words, operation);
        let error = Error::new(kind, &self.vendor, operation, text)
            .with_delivery(delivery)
            .with_retry_after(response.retry_after());
        match code {
            Some(code) => error.with_code(code),
            None => error,
        }
    }

    /// The error of an answer that cannot be understood, and so may hide a success.
    pub(crate) fn malformed(&self, operation: Operation, text: &str) -> Error {
        Error::new(ErrorKind::Malformed, &self.vendor, operation, text)
            .with_delivery(Delivery::Unknown)
    }

    /// The error of a question that this adapter cannot ask.
    pub(crate) fn bug(&self, operation: Operation, text: &str) -> Error {
        Error::new(ErrorKind::Bug, &self.vendor, operation, text)
    }
}

/// A path segment: everything but unreserved characters percent-encoded.
fn segment(id: &str) -> String {
    let encoded = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    id.bytes().map(encoded).collect()
}

/// The vendor's words, with what a person can do about it.
fn explained(status: u16, words: String, operation: Operation) -> String {
    match status {
        403 => format!(
            "{words}: the client lacks the scope {}, or the property is of another account",
            scope(operation)
        ),
        404 => format!("{words}: apaleo does not know this property or rate plan"),
        _ => words,
    }
}

fn scope(operation: Operation) -> &'static str {
    match operation {
        Operation::Discover => "setup.read",
        Operation::Read => "rates.read or setup.read",
        _ => "rates.manage",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_stays_one_segment_whatever_it_holds() {
        assert_eq!(segment("MUC-BAR_1.a~"), "MUC-BAR_1.a~");
        assert_eq!(segment("a/b?c#d%2e é"), "a%2Fb%3Fc%23d%252e%20%C3%A9");
    }

    #[test]
    fn an_identifier_that_would_move_the_address_is_refused() {
        let vendor = Vendor::new("apaleo").unwrap();
        let api = Api::new(&vendor, &"https://api.test".parse().unwrap());
        let rates = |id| api.rates(Operation::Read, &VendorId::new(id).unwrap());
        assert!(rates(".").is_err() && rates("..").is_err());
        let path = rates("...").unwrap();
        let url = api.get(Operation::Read, &path).url();
        assert_eq!(url.path(), "/rateplan/v1/rate-plans/.../rates");
    }
}
