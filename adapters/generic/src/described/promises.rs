//! What the vendor allows, and what it promises about repeated writes.

use http::StatusCode;
use rackrate_core::adapter::{Carry, Step};
use rackrate_core::chunk::Target;
use rackrate_core::error::{Error, Result};
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::idempotency::{Found, Guarantee, Idempotency, Lost};
use rackrate_core::ids::Vendor;
use rackrate_core::key::Key;
use rackrate_core::limit::{Charge, Feedback, Quota, RateLimit};

use super::description::{Failures, Keys, Limit};

#[derive(Debug)]
pub(crate) struct DescribedLimits {
    quotas: Vec<Quota>,
    limits: Vec<Limit>,
    errors: Failures,
}

impl DescribedLimits {
    pub(crate) fn new(limits: &[Limit], errors: &Failures) -> Self {
        Self {
            quotas: limits.iter().map(|limit| limit.quota.clone()).collect(),
            limits: limits.to_vec(),
            errors: errors.clone(),
        }
    }
}

impl RateLimit for DescribedLimits {
    fn quotas(&self) -> &[Quota] {
        &self.quotas
    }

    fn charges(&self, operation: Operation, _target: &Target) -> Vec<Charge> {
        let limits = self.limits.iter().enumerate();
        let counting = limits.filter(|(_, limit)| limit.counts.contains(&operation));
        counting
            .map(|(quota, _)| Charge { quota, cost: 1 })
            .collect()
    }

    fn feedback(&self, _request: &Request, response: &Response) -> Feedback {
        let asks_to_wait = matches!(
            response.status,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
        );
        Feedback {
            wait: self.errors.wait(response).filter(|_| asks_to_wait),
        }
    }
}

#[derive(Debug)]
pub(crate) struct DescribedKeys {
    pub(crate) vendor: Vendor,
    pub(crate) keys: Keys,
}

impl Idempotency for DescribedKeys {
    fn guarantee(&self, operation: Operation) -> Guarantee {
        match operation {
            Operation::Push => self.keys.guarantee,
            _ => Guarantee::None,
        }
    }

    fn stamp(&self, key: &Key, request: &mut Request) {
        if let (Operation::Push, Some(header)) = (request.operation, &self.keys.header) {
            request.set_header(header.clone(), key.as_str());
        }
    }

    fn look_up(&self, _lost: &Lost<'_>) -> Option<Request> {
        None
    }

    fn parse_look_up(&self, _: &Lost<'_>, _: &Carry, _: &Response) -> Result<Step<Found>> {
        let text = "a description has no look-up to read";
        Err(Error::bug(&self.vendor, Operation::LookUp, text))
    }
}
