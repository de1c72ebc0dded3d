//! The allowance: calls per property in a rolling minute (README, section 7).

use std::time::Duration;

use http::StatusCode;
use rackrate_core::chunk::Target;
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::limit::{Charge, Feedback, Penalty, Quota, RateLimit, Scope, Window};

#[derive(Debug)]
pub(crate) struct PerProperty {
    quotas: [Quota; 1],
}

impl PerProperty {
    pub(crate) fn new(limit: u32, window: Duration) -> Self {
        Self {
            quotas: [Quota {
                name: "batches and reads of a property",
                scope: Scope::Property,
                window: Window::Rolling(window),
                limit,
                penalty: Penalty::Wait,
                source: "adapters/generic/README.md, section 7, 2026-11",
            }],
        }
    }
}

impl RateLimit for PerProperty {
    fn quotas(&self) -> &[Quota] {
        &self.quotas
    }

    fn charges(&self, operation: Operation, _target: &Target) -> Vec<Charge> {
        match operation {
            Operation::Push | Operation::Read => vec![Charge { quota: 0, cost: 1 }],
            _ => Vec::new(),
        }
    }

    fn feedback(&self, _request: &Request, response: &Response) -> Feedback {
        let asks_to_wait = matches!(
            response.status,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
        );
        Feedback {
            wait: response.retry_after().filter(|_| asks_to_wait),
        }
    }
}
