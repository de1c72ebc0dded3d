//! Writes set a state and there are no keys, so the same body again does no harm while
//! nothing newer left. Source: the vendor documents no key anywhere, and its operations
//! replace what they name.

use std::time::Duration;

use rackrate_core::adapter::{Carry, Step};
use rackrate_core::error::{Error, ErrorKind, Result};
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::idempotency::{Found, Guarantee, Idempotency, Lost};
use rackrate_core::ids::Vendor;
use rackrate_core::key::Key;

/// The promise of a write that sets a state.
#[derive(Debug)]
pub(crate) struct SetsState {
    vendor: Vendor,
}

impl SetsState {
    pub(crate) fn new(vendor: Vendor) -> Self {
        Self { vendor }
    }
}

impl Idempotency for SetsState {
    fn guarantee(&self, _: Operation) -> Guarantee {
        Guarantee::Absolute {
            not_again_within: Duration::ZERO,
        }
    }

    fn stamp(&self, _: &Key, _: &mut Request) {}

    fn look_up(&self, _: &Lost<'_>) -> Option<Request> {
        None
    }

    fn parse_look_up(&self, _: &Lost<'_>, _: &Carry, _: &Response) -> Result<Step<Found>> {
        let text = "this vendor has no look-up";
        let kind = ErrorKind::Bug;
        Err(Error::new(kind, &self.vendor, Operation::LookUp, text))
    }
}
