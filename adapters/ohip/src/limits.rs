//! The allowances of a gateway, which all applications of the hotel's environment share.
//!
//! The vendor's pages disagree; every figure here is the lowest one published for what it
//! counts. The allowances of 300 HEADs and 300 GETs a minute are left out: the 150
//! asynchronous calls of any kind bind first.

use std::time::Duration;

use rackrate_core::chunk::Target;
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::limit::{Charge, Feedback, Penalty, Quota, RateLimit, Scope, Window};

const LIMITS: &str =
    "docs.oracle.com/en/industries/hospitality/integration-platform/ohipu/c_limits.htm, 2026-11";
const ADVICE: &str = "docs.oracle.com/en/industries/hospitality/integration-platform/ohipu/c_asynchronous_apis.htm, 2026-11";
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

const CALLS: usize = 0;
const PROCESSES: usize = 1;
const STARTS: usize = 2;

/// The allowances.
#[derive(Debug)]
pub(crate) struct Gateway {
    quotas: [Quota; 3],
}

impl Gateway {
    pub(crate) fn new() -> Self {
        // The scope is the address called, so all connections of a gateway share them.
        let quota = |name, span, limit, source| Quota {
            name,
            scope: Scope::Address,
            window: Window::Rolling(span),
            limit,
            penalty: Penalty::Wait,
            source,
        };
        Self {
            quotas: [
                quota("calls", SECOND, 50, LIMITS),
                quota("asynchronous calls", MINUTE, 150, ADVICE),
                quota("asynchronous starts", MINUTE, 100, LIMITS),
            ],
        }
    }
}

impl RateLimit for Gateway {
    fn quotas(&self) -> &[Quota] {
        &self.quotas
    }

    fn charges(&self, operation: Operation, _: &Target) -> Vec<Charge> {
        let used: &[usize] = match operation {
            Operation::Push | Operation::Restrict => &[CALLS, PROCESSES, STARTS],
            Operation::Poll => &[CALLS, PROCESSES],
            Operation::Token | Operation::Discover | Operation::Read | Operation::LookUp => {
                &[CALLS]
            }
        };
        used.iter()
            .map(|quota| Charge {
                quota: *quota,
                cost: 1,
            })
            .collect()
    }

    fn feedback(&self, _: &Request, response: &Response) -> Feedback {
        Feedback {
            wait: match response.status.as_u16() {
                429 => response.retry_after(),
                _ => None,
            },
        }
    }
}
