//! What a refusal means, in our vocabulary (README, "Errors").
//!
//! Invariant: what may have been done is never called refused.

use rackrate_core::error::{Delivery, Error, ErrorKind};
use rackrate_core::exchange::{Operation, Response};
use rackrate_core::ids::Vendor;

use crate::wire;

/// The error of an answer that is no success.
pub(crate) fn refusal(vendor: &Vendor, operation: Operation, response: &Response) -> Error {
    let status = response.status.as_u16();
    let (kind, delivery) = judged(status);
    let said: wire::Failure = serde_json::from_slice(&response.body).unwrap_or_default();
    let text = said.message.unwrap_or_else(|| format!("status {status}"));
    let error = Error::new(kind, vendor, operation, text)
        .with_delivery(delivery)
        .with_retry_after(response.retry_after());
    match said.error {
        Some(code) => error.with_code(code),
        None => error,
    }
}

/// What a status that is no success means, and whether the server may have acted.
pub(crate) fn judged(status: u16) -> (ErrorKind, Delivery) {
    match status {
        401 => (
            ErrorKind::Unauthenticated { certain: true },
            Delivery::Refused,
        ),
        403 => (ErrorKind::Forbidden, Delivery::Refused),
        429 => (ErrorKind::Throttled, Delivery::Refused),
        408 | 500.. => (ErrorKind::Unavailable, Delivery::Unknown),
        400..=499 => (ErrorKind::Rejected, Delivery::Refused),
        _ => (ErrorKind::Malformed, Delivery::Unknown),
    }
}

/// The error of an answer that cannot be understood, and so may hide a success.
pub(crate) fn malformed(vendor: &Vendor, operation: Operation, text: impl AsRef<str>) -> Error {
    Error::new(ErrorKind::Malformed, vendor, operation, text).with_delivery(Delivery::Unknown)
}

/// The error of a question that this adapter cannot ask.
pub(crate) fn bug(vendor: &Vendor, operation: Operation, text: impl AsRef<str>) -> Error {
    Error::new(ErrorKind::Bug, vendor, operation, text)
}
