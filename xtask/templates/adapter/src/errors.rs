//! What an answer that is no success means, in our vocabulary (README, "Errors").
//!
//! Invariant: what may have been done is never called refused.

use rackrate_core::adapter::Manifest;
use rackrate_core::error::{self, Error};
use rackrate_core::exchange::{Operation, Response};
use rackrate_core::ids::Vendor;

/// The error of a status that is no success.
pub(crate) fn refusal(manifest: &Manifest, operation: Operation, response: &Response) -> Error {
    let (kind, delivery) = error::by_status(response.status);
    let text = format!("status {}", response.status.as_u16());
    Error::new(kind, &manifest.vendor, operation, text)
        .with_delivery(delivery)
        .with_retry_after(response.retry_after())
}

/// The error of an answer that cannot be understood, and so may hide a success.
pub(crate) fn malformed(manifest: &Manifest, operation: Operation, text: impl AsRef<str>) -> Error {
    Error::malformed(&manifest.vendor, operation, text)
}

/// The error of a question that this vendor cannot be asked.
pub(crate) fn bug(manifest: &Manifest, operation: Operation, text: impl AsRef<str>) -> Error {
    Error::bug(&manifest.vendor, operation, text)
}

/// The error of a question that nobody has taught this adapter yet; `place` is where.
pub(crate) fn unwritten(vendor: &Vendor, operation: Operation, place: &str) -> Error {
    let text = format!("not written yet: {place}");
    Error::bug(vendor, operation, text)
}
