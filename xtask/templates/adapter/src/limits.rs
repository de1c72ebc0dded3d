//! The allowances: none is known yet, so none is kept.

use rackrate_core::chunk::Target;
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::limit::{Charge, Feedback, Quota, RateLimit};

#[derive(Debug)]
pub(crate) struct Limits;

impl RateLimit for Limits {
    fn quotas(&self) -> &[Quota] {
        &[]
    }

    fn charges(&self, _operation: Operation, _target: &Target) -> Vec<Charge> {
        Vec::new()
    }

    fn feedback(&self, _request: &Request, _response: &Response) -> Feedback {
        Feedback::default()
    }
}
