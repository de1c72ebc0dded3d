//! The vendor's allowance: so many requests a second, for everything together.
//!
//! Source: developers.cloudbeds.com/docs/faq and the introduction to the API; excess is
//! punished by suspension, so a fifth stays unused.

use std::time::Duration;

use rackrate_core::chunk::Target;
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::limit::{Charge, Feedback, Penalty, Quota, RateLimit, Scope, Window};

use crate::config::{Client, ConfigError};
use crate::refusal;

/// How long we rest when we are refused without being told how long.
const REST: Duration = Duration::from_secs(1);

/// One allowance a second.
#[derive(Debug)]
pub(crate) struct PerSecond {
    quotas: [Quota; 1],
}

impl PerSecond {
    /// The allowance of that client, slowed down to `pace` where one is given.
    pub(crate) fn new(client: Client, pace: Option<u32>) -> Result<Self, ConfigError> {
        let published = published(client);
        let most = published.usable();
        let quota = match pace {
            None => published,
            Some(pace) => (1..=published.limit)
                .map(|limit| Quota {
                    limit,
                    ..published.clone()
                })
                .find(|quota| pace <= most && quota.usable() == pace)
                .ok_or(ConfigError::Pace { most })?,
        };
        Ok(Self { quotas: [quota] })
    }
}

fn published(client: Client) -> Quota {
    let (limit, scope) = match client {
        Client::Property => (5, Scope::Connection),
        Client::Partner => (10, Scope::Client),
    };
    Quota {
        name: "requests per second",
        scope,
        window: Window::Rolling(Duration::from_secs(1)),
        limit,
        penalty: Penalty::Suspend,
        source: "developers.cloudbeds.com/docs/faq, read 2026",
    }
}

impl RateLimit for PerSecond {
    fn quotas(&self) -> &[Quota] {
        &self.quotas
    }

    fn charges(&self, _: Operation, _: &Target) -> Vec<Charge> {
        vec![Charge { quota: 0, cost: 1 }]
    }

    fn feedback(&self, _: &Request, response: &Response) -> Feedback {
        let wait = refusal::is_throttle(response).then(|| response.retry_after().unwrap_or(REST));
        Feedback { wait }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fifth_of_the_allowance_stays_unused() {
        let usable = |client, pace| PerSecond::new(client, pace).map(|own| own.quotas[0].usable());
        assert_eq!(usable(Client::Property, None), Ok(4));
        assert_eq!(usable(Client::Partner, None), Ok(8));
        for pace in 1..=8 {
            assert_eq!(usable(Client::Partner, Some(pace)), Ok(pace));
        }
    }

    #[test]
    fn all_connections_of_a_partner_share_its_allowance() {
        let scope = |client| PerSecond::new(client, None).map(|own| own.quotas[0].scope);
        assert_eq!(scope(Client::Partner), Ok(Scope::Client));
        assert_eq!(scope(Client::Property), Ok(Scope::Connection));
    }

    #[test]
    fn a_pace_only_slows_down() {
        for (client, pace, most) in [
            (Client::Property, 5, 4),
            (Client::Property, 0, 4),
            (Client::Partner, 9, 8),
        ] {
            let error = PerSecond::new(client, Some(pace)).unwrap_err();
            assert_eq!(error, ConfigError::Pace { most });
        }
    }
}
