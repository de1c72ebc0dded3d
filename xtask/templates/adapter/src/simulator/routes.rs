//! The vendor's page, section by section: what a request may do, and what it is answered.
//!
//! Nothing here knows the adapter's types, and a refused write changes nothing. So far every
//! address is unknown.

use bytes::Bytes;
use rackrate_core::clock::Mono;

use super::Server;
use super::answer::Answer;

/// How long a change is not shown yet, in microseconds.
pub(super) const SETTLE: u64 = 1_000_000;

/// What a restart forgets: tokens, and what was counted against an allowance.
#[derive(Debug, Default)]
pub(super) struct Session {}

impl Session {
    pub(super) fn revoke(&mut self) {}
}

pub(super) fn is_token_call(_request: &http::Request<Bytes>) -> bool {
    false
}

impl Server {
    pub(super) fn handle(
        &mut self,
        _request: &http::Request<Bytes>,
        _now: Mono,
        _ready: Mono,
    ) -> Answer {
        Answer::json(404, "{}")
    }
}
