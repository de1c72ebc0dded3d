//! The account's allowances, all at once; and the five tokens of a day.
//!
//! The six `X-RateLimit` headers say what is left of a bucket that refills steadily; the
//! runtime counts by itself and more strictly, so only a refusal teaches anything.

use std::time::Duration;

use rackrate_core::chunk::Target;
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::limit::{Charge, Feedback, Penalty, Quota, RateLimit, Scope, Window};

use crate::auth;

/// How long we rest when a call is refused without being told how long.
const REST: Duration = Duration::from_secs(1);

const CALLS: &str = "open-api-docs.guesty.com/docs/rate-limits, read 2026";
const TOKENS: &str = "open-api-docs.guesty.com/docs/authentication, read 2026";

/// What one account is allowed.
#[derive(Debug)]
pub(crate) struct Account {
    quotas: [Quota; 5],
}

impl Account {
    pub(crate) fn new() -> Self {
        let day = Window::Rolling(Duration::from_secs(24 * 3_600));
        let calls = |name, seconds, limit| {
            let window = Window::Rolling(Duration::from_secs(seconds));
            quota(name, window, limit, CALLS)
        };
        Self {
            quotas: [
                quota("tokens a day", day, 5, TOKENS),
                calls("calls a second", 1, 15),
                calls("calls a minute", 60, 120),
                calls("calls an hour", 3_600, 5_000),
                quota("calls at once", Window::Concurrency, 15, CALLS),
            ],
        }
    }
}

/// Calls are counted by account over all its tokens, tokens by client id: both are what
/// connections of one client, or with one `client_name`, share.
fn quota(name: &'static str, window: Window, limit: u32, source: &'static str) -> Quota {
    Quota {
        name,
        scope: Scope::Client,
        window,
        limit,
        penalty: Penalty::Wait,
        source,
    }
}

impl RateLimit for Account {
    fn quotas(&self) -> &[Quota] {
        &self.quotas
    }

    fn charges(&self, operation: Operation, _: &Target) -> Vec<Charge> {
        let quotas = match operation {
            Operation::Token => 0..1,
            Operation::Discover | Operation::Read | Operation::Push => 1..5,
            Operation::Restrict | Operation::Poll | Operation::LookUp => 0..0,
        };
        quotas.map(|quota| Charge { quota, cost: 1 }).collect()
    }

    fn feedback(&self, request: &Request, response: &Response) -> Feedback {
        let rest = match request.operation {
            Operation::Token => auth::REST,
            _ => REST,
        };
        let throttled = response.status == http::StatusCode::TOO_MANY_REQUESTS;
        Feedback {
            wait: throttled.then(|| response.retry_after().unwrap_or(rest)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenth_of_every_allowance_stays_unused() {
        let usable = Account::new().quotas.map(|quota| quota.usable());
        assert_eq!(usable, [4, 13, 108, 4_500, 15]);
    }
}
