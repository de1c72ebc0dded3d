//! The allowance: 200 requests of an access token in 30 seconds, whatever they ask.
//!
//! The vendor's window slides and starts with the first request of a burst; a rolling one
//! with the same figures is never looser.

use std::time::Duration;

use rackrate_core::chunk::Target;
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::limit::{Charge, Feedback, Penalty, Quota, RateLimit, Scope, Window};

/// How long we rest when we are refused without being told how long; it may be missing.
const REST: Duration = Duration::from_secs(5);

/// One allowance for all calls.
#[derive(Debug)]
pub(crate) struct PerToken {
    quotas: [Quota; 1],
}

impl PerToken {
    pub(crate) fn new() -> Self {
        Self {
            quotas: [Quota {
                name: "requests of an access token",
                scope: Scope::Connection,
                window: Window::Rolling(Duration::from_secs(30)),
                limit: 200,
                penalty: Penalty::Wait,
                source: "github.com/MewsSystems/open-api-docs, connector-api/guidelines/requests, \
                         2026-08",
            }],
        }
    }
}

impl RateLimit for PerToken {
    fn quotas(&self) -> &[Quota] {
        &self.quotas
    }

    fn charges(&self, _: Operation, _: &Target) -> Vec<Charge> {
        vec![Charge { quota: 0, cost: 1 }]
    }

    fn feedback(&self, _: &Request, response: &Response) -> Feedback {
        let throttled = response.status == http::StatusCode::TOO_MANY_REQUESTS;
        Feedback {
            wait: throttled.then(|| response.retry_after().unwrap_or(REST)),
        }
    }
}
