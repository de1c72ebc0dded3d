//! The vendor's allowance: so many messages of prices and restrictions a minute for each
//! property.
//!
//! Whether reading them counts is not documented. Reads share the allowance here: if they
//! count, all is well, and if they do not, we are slower than we might be. Lists of
//! properties and plans are not part of it.
//!
//! Source: docs.channex.io/api-v.1-documentation/rate-limits.

use std::time::Duration;

use rackrate_core::chunk::Target;
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::limit::{Charge, Feedback, Penalty, Quota, RateLimit, Scope, Window};

use crate::answer;

/// One allowance for each property.
#[derive(Debug)]
pub(crate) struct PerProperty {
    quotas: [Quota; 1],
}

impl PerProperty {
    pub(crate) fn new(limit: u32) -> Self {
        Self {
            quotas: [Quota {
                name: "prices and restrictions of a property",
                scope: Scope::Property,
                window: Window::Rolling(Duration::from_secs(60)),
                limit,
                penalty: Penalty::Wait,
                source: "docs.channex.io/api-v.1-documentation/rate-limits, read 2026-11",
            }],
        }
    }
}

impl RateLimit for PerProperty {
    fn quotas(&self) -> &[Quota] {
        &self.quotas
    }

    fn charges(&self, operation: Operation, _: &Target) -> Vec<Charge> {
        match operation {
            Operation::Push | Operation::Read => vec![Charge { quota: 0, cost: 1 }],
            _ => Vec::new(),
        }
    }

    fn feedback(&self, _: &Request, response: &Response) -> Feedback {
        Feedback {
            wait: answer::asked_wait(response),
        }
    }
}
