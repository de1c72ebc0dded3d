//! What a write that is sent twice does: nobody knows yet, so nothing is promised.

use rackrate_core::adapter::{Carry, Step};
use rackrate_core::error::{Error, Result};
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::idempotency::{Found, Guarantee, Idempotency, Lost};
use rackrate_core::ids::Vendor;
use rackrate_core::key::Key;

#[derive(Debug)]
pub(crate) struct Repeats {
    vendor: Vendor,
}

impl Repeats {
    pub(crate) fn new(vendor: &Vendor) -> Self {
        Self {
            vendor: vendor.clone(),
        }
    }
}

impl Idempotency for Repeats {
    fn guarantee(&self, _operation: Operation) -> Guarantee {
        Guarantee::None
    }

    fn stamp(&self, _key: &Key, _request: &mut Request) {}

    fn look_up(&self, _lost: &Lost<'_>) -> Option<Request> {
        None
    }

    fn parse_look_up(&self, _: &Lost<'_>, _: &Carry, _: &Response) -> Result<Step<Found>> {
        let text = "there is no look-up to read";
        Err(Error::bug(&self.vendor, Operation::LookUp, text))
    }
}
