//! Repeated writes: a PUT sets a state, so sending it again does no harm while nobody wrote
//! in between. The vendor's keys are for POST only, and nothing here is one.

use std::time::Duration;

use rackrate_core::adapter::{Carry, Step};
use rackrate_core::error::{Error, ErrorKind, Result};
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::idempotency::{Found, Guarantee, Idempotency, Lost};
use rackrate_core::ids::Vendor;
use rackrate_core::key::Key;

#[derive(Debug)]
pub(crate) struct SetsState {
    vendor: Vendor,
}

impl SetsState {
    pub(crate) fn new(vendor: &Vendor) -> Self {
        Self {
            vendor: vendor.clone(),
        }
    }
}

impl Idempotency for SetsState {
    fn guarantee(&self, operation: Operation) -> Guarantee {
        match operation {
            Operation::Push => Guarantee::Absolute {
                not_again_within: Duration::ZERO,
            },
            _ => Guarantee::None,
        }
    }

    fn stamp(&self, _: &Key, _: &mut Request) {}

    fn look_up(&self, _: &Lost<'_>) -> Option<Request> {
        None
    }

    fn parse_look_up(&self, _: &Lost<'_>, _: &Carry, _: &Response) -> Result<Step<Found>> {
        let text = "the vendor lists no writes, so there is no look-up to read";
        Err(Error::new(
            ErrorKind::Bug,
            &self.vendor,
            Operation::LookUp,
            text,
        ))
    }
}
