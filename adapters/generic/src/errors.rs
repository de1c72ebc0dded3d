//! What a refusal means, in our vocabulary (README, "Errors").
//!
//! Invariant: what may have been done is never called refused.

use rackrate_core::error::{self, Delivery, Error, ErrorKind};
use rackrate_core::exchange::{Operation, Response};
use rackrate_core::ids::Vendor;

use crate::wire;

/// The error of an answer that is no success.
pub(crate) fn refusal(vendor: &Vendor, operation: Operation, response: &Response) -> Error {
    let (kind, delivery) = error::by_status(response.status);
    let said: wire::Failure = serde_json::from_slice(&response.body).unwrap_or_default();
    let standing = said.error.as_deref().and_then(standing);
    let (kind, delivery) = match standing.filter(|_| response.status.is_client_error()) {
        Some(kind) => (kind, Delivery::Refused),
        None => (kind, delivery),
    };
    let text = said
        .message
        .unwrap_or_else(|| format!("status {}", response.status.as_u16()));
    Error::new(kind, vendor, operation, text)
        .with_delivery(delivery)
        .with_retry_after(response.retry_after())
        .with_code_if(said.error)
}

/// The codes that speak of the grant or the client, not of the request (README, section 1).
pub(crate) fn standing(code: &str) -> Option<ErrorKind> {
    match code {
        "disconnected" => Some(ErrorKind::Disconnected),
        "approver_left" => Some(ErrorKind::ApproverLeft),
        "client_suspended" => Some(ErrorKind::Suspended),
        _ => None,
    }
}
