//! How requests are addressed, and what every answer may mean.
//!
//! Invariant: an answer that is not understood is never a success, and a write with such
//! an answer may have been done.

use rackrate_core::address;
use rackrate_core::error::{self, Error, Result};
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

    pub(crate) fn put(&self, path: &str, body: Body) -> Request {
        Request::put(Operation::Push, &self.base, path, body)
    }

    /// The rates of a plan. Its identifier is opaque, so whatever a path may not hold is
    /// encoded.
    pub(crate) fn rates(&self, operation: Operation, plan: &VendorId) -> Result<String> {
        let plan = address::segment(&self.vendor, operation, plan)?;
        Ok(format!("/rateplan/v1/rate-plans/{plan}/rates"))
    }

    /// The error of an answer that is no success.
    pub(crate) fn refused(&self, operation: Operation, response: &Response) -> Error {
        let status = response.status.as_u16();
        let (kind, delivery) = error::by_status(response.status);
        let (code, words) = wire::words(&response.body);
        let words = words.unwrap_or_else(|| format!("status {status}"));
        let text = explained(status, words, operation);
        Error::new(kind, &self.vendor, operation, text)
            .with_delivery(delivery)
            .with_retry_after(response.retry_after())
            .with_code_if(code)
    }

    /// The error of an answer that cannot be understood, and so may hide a success.
    pub(crate) fn malformed(&self, operation: Operation, text: &str) -> Error {
        Error::malformed(&self.vendor, operation, text)
    }

    /// The error of a question that this adapter cannot ask.
    pub(crate) fn bug(&self, operation: Operation, text: &str) -> Error {
        Error::bug(&self.vendor, operation, text)
    }
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
