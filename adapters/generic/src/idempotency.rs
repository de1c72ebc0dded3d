//! Keys: the server remembers them for a day (README, section 8).

use std::time::Duration;

use http::HeaderName;
use rackrate_core::adapter::{Carry, Step};
use rackrate_core::error::{Error, Result};
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::idempotency::{Found, Guarantee, Idempotency, Lost};
use rackrate_core::ids::Vendor;
use rackrate_core::key::Key;

const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
const RETENTION: Duration = Duration::from_secs(24 * 3600);

#[derive(Debug)]
pub(crate) struct Keys {
    vendor: Vendor,
}

impl Keys {
    pub(crate) fn new(vendor: &Vendor) -> Self {
        Self {
            vendor: vendor.clone(),
        }
    }
}

impl Idempotency for Keys {
    fn guarantee(&self, operation: Operation) -> Guarantee {
        match operation {
            Operation::Push => Guarantee::Keyed {
                retention: RETENTION,
            },
            _ => Guarantee::None,
        }
    }

    fn stamp(&self, key: &Key, request: &mut Request) {
        if request.operation == Operation::Push {
            request.set_header(HEADER, key.as_str());
        }
    }

    fn look_up(&self, _lost: &Lost<'_>) -> Option<Request> {
        None
    }

    fn parse_look_up(&self, _: &Lost<'_>, _: &Carry, _: &Response) -> Result<Step<Found>> {
        let text = "the protocol lists no jobs, so there is no look-up to read";
        Err(Error::bug(&self.vendor, Operation::LookUp, text))
    }
}
