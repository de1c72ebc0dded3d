//! The allowance: sixty calls of a client in any minute (section 6).

use std::time::Duration;

use rackrate_core::chunk::Target;
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::limit::{Charge, Feedback, Penalty, Quota, RateLimit, Scope, Window};

static QUOTAS: [Quota; 1] = [Quota {
    name: "calls of a client",
    scope: Scope::Client,
    window: Window::Rolling(Duration::from_secs(60)),
    limit: 60,
    penalty: Penalty::Wait,
    source: "docs/adding-a-vendor.md, section 6 of Acme's page, 2026-11",
}];

#[derive(Debug)]
pub(crate) struct Limits;

impl RateLimit for Limits {
    fn quotas(&self) -> &[Quota] {
        &QUOTAS
    }

    fn charges(&self, operation: Operation, _target: &Target) -> Vec<Charge> {
        match operation {
            Operation::Token => Vec::new(),
            _ => vec![Charge { quota: 0, cost: 1 }],
        }
    }

    fn feedback(&self, _request: &Request, response: &Response) -> Feedback {
        Feedback {
            wait: response.retry_after(),
        }
    }
}
