//! Repeated writes: a message sets absolute values, so the same one twice does no harm
//! while nothing newer left. It costs a second task.

use std::time::Duration;

use rackrate_core::adapter::{Carry, Step};
use rackrate_core::error::Result;
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::idempotency::{Found, Guarantee, Idempotency, Lost};
use rackrate_core::key::Key;

use crate::answer::Api;

#[derive(Debug)]
pub(crate) struct SetsState {
    api: Api,
}

impl SetsState {
    pub(crate) fn new(api: Api) -> Self {
        Self { api }
    }
}

impl Idempotency for SetsState {
    fn guarantee(&self, _: Operation) -> Guarantee {
        Guarantee::Absolute {
            not_again_within: Duration::ZERO,
        }
    }

    /// The vendor looks for no key.
    fn stamp(&self, _: &Key, _: &mut Request) {}

    fn look_up(&self, _: &Lost<'_>) -> Option<Request> {
        None
    }

    fn parse_look_up(&self, _: &Lost<'_>, _: &Carry, _: &Response) -> Result<Step<Found>> {
        let text = "tasks cannot be listed, so there is no look-up to read";
        Err(self.api.bug(Operation::LookUp, text))
    }
}
