//! What an answer that is no success means, in our vocabulary (README, "Errors").
//!
//! Invariant: what may have been done is never called refused.

use rackrate_core::adapter::Manifest;
use rackrate_core::error::{Delivery, Error, ErrorKind};
use rackrate_core::exchange::{Operation, Response};

/// The error of a status that is no success.
pub(crate) fn refusal(manifest: &Manifest, operation: Operation, response: &Response) -> Error {
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
    Error::new(
        kind,
        &manifest.vendor,
        operation,
        format!("status {status}"),
    )
    .with_delivery(delivery)
    .with_retry_after(response.retry_after())
}

/// The error of an answer that cannot be understood, and so may hide a success.
pub(crate) fn malformed(manifest: &Manifest, operation: Operation, text: impl AsRef<str>) -> Error {
    Error::new(ErrorKind::Malformed, &manifest.vendor, operation, text)
        .with_delivery(Delivery::Unknown)
}

/// The error of a question that this vendor cannot be asked.
pub(crate) fn bug(manifest: &Manifest, operation: Operation, text: impl AsRef<str>) -> Error {
    Error::new(ErrorKind::Bug, &manifest.vendor, operation, text)
}
