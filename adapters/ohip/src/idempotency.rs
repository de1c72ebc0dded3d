//! Repeated writes: they set a state, so the same again does no harm, but the vendor
//! refuses an equal job for half an hour.

use std::time::Duration;

use rackrate_core::adapter::{Carry, Step};
use rackrate_core::error::Result;
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::idempotency::{Found, Guarantee, Idempotency, Lost};
use rackrate_core::key::Key;

use crate::api::Api;

/// The promise about prices and restrictions.
#[derive(Debug)]
pub(crate) struct SetsState {
    api: Api,
    not_again_within: Duration,
}

impl SetsState {
    pub(crate) fn new(api: Api, not_again_within: Duration) -> Self {
        Self {
            api,
            not_again_within,
        }
    }
}

impl Idempotency for SetsState {
    fn guarantee(&self, operation: Operation) -> Guarantee {
        match operation {
            Operation::Push | Operation::Restrict => Guarantee::Absolute {
                not_again_within: self.not_again_within,
            },
            _ => Guarantee::None,
        }
    }

    fn stamp(&self, _: &Key, _: &mut Request) {}

    fn look_up(&self, _: &Lost<'_>) -> Option<Request> {
        None
    }

    fn parse_look_up(&self, _: &Lost<'_>, _: &Carry, _: &Response) -> Result<Step<Found>> {
        let text = "there is no list of jobs to look into";
        Err(self.api.bug(Operation::LookUp, text))
    }
}
