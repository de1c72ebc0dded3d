//! What a write that is sent twice does: it sets the same prices again (section 5).

use std::time::Duration;

use rackrate_core::adapter::{Carry, Step};
use rackrate_core::error::{Error, ErrorKind, Result};
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
    fn guarantee(&self, operation: Operation) -> Guarantee {
        match operation {
            Operation::Push => Guarantee::Absolute {
                not_again_within: Duration::ZERO,
            },
            _ => Guarantee::None,
        }
    }

    fn stamp(&self, _key: &Key, _request: &mut Request) {}

    fn look_up(&self, _lost: &Lost<'_>) -> Option<Request> {
        None
    }

    fn parse_look_up(
        &self,
        _lost: &Lost<'_>,
        _carry: &Carry,
        _response: &Response,
    ) -> Result<Step<Found>> {
        let text = "there is no look-up to read";
        let (kind, operation) = (ErrorKind::Bug, Operation::LookUp);
        Err(Error::new(kind, &self.vendor, operation, text))
    }
}
