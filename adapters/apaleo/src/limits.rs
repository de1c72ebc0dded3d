//! The vendor's allowances: of a client, and of PUTs to each rate plan.
//!
//! Source of all figures: apaleo.dev/guides/api/rate-limiting.html. Excess is answered with
//! 429 and a wait; nothing worse is described.

use std::time::Duration;

use http::StatusCode;
use rackrate_core::chunk::Target;
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::limit::{Charge, Feedback, Penalty, Quota, RateLimit, Scope, Window};

use crate::config::Account;

const SOURCE: &str = "apaleo.dev/guides/api/rate-limiting.html, read 2026-11";
/// Quotas of the client come first, those of a plan after them.
const OF_THE_CLIENT: usize = 2;

#[derive(Debug)]
pub(crate) struct Allowances {
    quotas: [Quota; 4],
}

impl Allowances {
    /// The published figures for that kind of account. Of the two for a second, an average
    /// and a burst, the average is used.
    pub(crate) fn new(account: Account) -> Self {
        let [minute, second, short, long] = match account {
            Account::Live => [3_500, 100, 50, 150],
            Account::Trial => [200, 5, 10, 30],
        };
        let quota = |name, scope, seconds, limit| Quota {
            name,
            scope,
            window: Window::Rolling(Duration::from_secs(seconds)),
            limit,
            penalty: Penalty::Wait,
            source: SOURCE,
        };
        Self {
            quotas: [
                quota("calls in a minute", Scope::Client, 60, minute),
                quota("calls in a second", Scope::Client, 1, second),
                quota("writes of a plan in 20 minutes", Scope::Plan, 1_200, short),
                quota("writes of a plan in an hour", Scope::Plan, 3_600, long),
            ],
        }
    }
}

impl RateLimit for Allowances {
    fn quotas(&self) -> &[Quota] {
        &self.quotas
    }

    fn charges(&self, operation: Operation, _: &Target) -> Vec<Charge> {
        let used = match operation {
            Operation::Push => 0..self.quotas.len(),
            Operation::Discover | Operation::Read => 0..OF_THE_CLIENT,
            // Tokens come from another server, and the rest is never sent.
            _ => 0..0,
        };
        used.map(|quota| Charge { quota, cost: 1 }).collect()
    }

    fn feedback(&self, _: &Request, response: &Response) -> Feedback {
        let asks_to_wait = matches!(
            response.status,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
        );
        Feedback {
            wait: response.retry_after().filter(|_| asks_to_wait),
        }
    }
}
