//! What the probes share: the parts of a vendor that are plain data, and the usual errors.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderName, StatusCode};
use rackrate_core::adapter::{Carry, Manifest, Step};
use rackrate_core::auth::Token;
use rackrate_core::chunk::{Row, Target};
use rackrate_core::error::{Delivery, Error, ErrorKind, Result};
use rackrate_core::exchange::{Body, Operation, Request, Response};
use rackrate_core::idempotency::{Found, Guarantee, Idempotency, Lost};
use rackrate_core::ids::{IdError, Ids, Vendor, VendorId};
use rackrate_core::key::Key;
use rackrate_core::limit::{Charge, Feedback, Penalty, Quota, RateLimit, Scope, Window};
use rackrate_core::money::{Currency, Minor};
use rackrate_core::oauth;
use rackrate_core::secret::{Secret, Secrets};
use rackrate_core::shape::{Group, Item, LaneRule, Shape, Unit};
use serde::Serialize;
use serde_json::value::RawValue;
use url::Url;

/// The methods of an adapter that only hand out its parts.
macro_rules! parts {
    () => {
        fn manifest(&self) -> &rackrate_core::adapter::Manifest {
            &self.manifest
        }

        fn auth(&self) -> &dyn rackrate_core::auth::Authenticate {
            &self.auth
        }

        fn limits(&self) -> &dyn rackrate_core::limit::RateLimit {
            &self.limits
        }

        fn idempotency(&self) -> &dyn rackrate_core::idempotency::Idempotency {
            &self.repeats
        }
    };
}

/// An operation of the vendor that the probe does not try.
macro_rules! not_probed {
    (discover) => {
        fn discover(
            &self,
            _: &rackrate_core::adapter::DiscoverAsk,
        ) -> rackrate_core::error::Result<rackrate_core::exchange::Request> {
            let operation = rackrate_core::exchange::Operation::Discover;
            Err($crate::common::not_probed(&self.manifest.vendor, operation))
        }

        fn parse_discover(
            &self,
            _: &rackrate_core::adapter::DiscoverAsk,
            _: &rackrate_core::adapter::Carry,
            _: &rackrate_core::exchange::Response,
            _: &mut rackrate_core::adapter::Discovery,
        ) -> rackrate_core::error::Result<rackrate_core::adapter::Step<()>> {
            let operation = rackrate_core::exchange::Operation::Discover;
            Err($crate::common::not_probed(&self.manifest.vendor, operation))
        }
    };
    (read) => {
        fn read(
            &self,
            _: &rackrate_core::adapter::ReadAsk,
        ) -> rackrate_core::error::Result<rackrate_core::exchange::Request> {
            let operation = rackrate_core::exchange::Operation::Read;
            Err($crate::common::not_probed(&self.manifest.vendor, operation))
        }

        fn parse_read(
            &self,
            _: &rackrate_core::adapter::ReadAsk,
            _: &rackrate_core::adapter::Carry,
            _: &rackrate_core::exchange::Response,
            _: &mut dyn rackrate_core::adapter::Sink,
        ) -> rackrate_core::error::Result<rackrate_core::adapter::Step<()>> {
            let operation = rackrate_core::exchange::Operation::Read;
            Err($crate::common::not_probed(&self.manifest.vendor, operation))
        }
    };
}

pub(crate) fn not_probed(vendor: &Vendor, operation: Operation) -> Error {
    bug(vendor, operation, "the probe does not try this")
}

/// The error of a question that the vendor cannot be asked.
pub(crate) fn bug(vendor: &Vendor, operation: Operation, text: impl AsRef<str>) -> Error {
    Error::new(ErrorKind::Bug, vendor, operation, text)
}

/// The error of an answer that cannot be understood, and so may hide a success.
pub(crate) fn malformed(vendor: &Vendor, operation: Operation, text: impl AsRef<str>) -> Error {
    Error::new(ErrorKind::Malformed, vendor, operation, text).with_delivery(Delivery::Unknown)
}

/// The error of an answer that is no success, where the vendor uses statuses as usual.
pub(crate) fn refusal(vendor: &Vendor, operation: Operation, response: &Response) -> Error {
    let status = response.status.as_u16();
    let (kind, delivery) = match status {
        401 => (
            ErrorKind::Unauthenticated { certain: true },
            Delivery::Refused,
        ),
        403 => (ErrorKind::Forbidden, Delivery::Refused),
        429 => (ErrorKind::Throttled, Delivery::Refused),
        408 | 500.. => (ErrorKind::Unavailable, Delivery::Unknown),
        400..=499 => (ErrorKind::Rejected, Delivery::Refused),
        _ => (ErrorKind::Malformed, Delivery::Unknown),
    };
    refused_as(kind, delivery, vendor, operation, response, None)
}

/// An error that keeps the vendor's words, or the status where it has none.
pub(crate) fn refused_as(
    kind: ErrorKind,
    delivery: Delivery,
    vendor: &Vendor,
    operation: Operation,
    response: &Response,
    words: Option<String>,
) -> Error {
    let text = words.unwrap_or_else(|| format!("status {}", response.status.as_u16()));
    Error::new(kind, vendor, operation, text)
        .with_delivery(delivery)
        .with_retry_after(response.retry_after())
}

/// Facts that the five have in common; the rest is changed where it differs.
pub(crate) fn manifest(
    name: &str,
    title: &'static str,
    bases: Vec<Url>,
    secrets: Vec<&'static str>,
) -> Result<Manifest, IdError> {
    Ok(Manifest {
        vendor: Vendor::new(name)?,
        title,
        bases,
        trace_header: None,
        settle: Duration::from_secs(60),
        flight_horizon: Duration::from_secs(60),
        secrets,
        client: None,
        scopes: Vec::new(),
        adults: None,
        restrictions: Vec::new(),
        reads_before_writing: false,
        reads_need_facts: false,
    })
}

/// A write of one plan, in rows of many nights; changed where a vendor differs.
pub(crate) const SHAPE: Shape = Shape {
    group: Group::Plan,
    item: Item::Range { max_nights: 365 },
    max_items: 1000,
    max_nights: 365,
    max_bytes: 1 << 20,
    unit: Unit::Cell,
    lane: LaneRule::OneRequest,
    clears_apart: false,
};

/// `Authorization: Basic` of the two secrets.
pub(crate) fn basic(vendor: &Vendor, secrets: &Secrets) -> Result<Secret> {
    let part = |name| oauth::required(vendor, secrets, name).map(Secret::expose);
    let pair = format!("{}:{}", part("client_id")?, part("client_secret")?);
    Ok(Secret::new(format!("Basic {}", STANDARD.encode(pair))))
}

/// Puts the token into a request to `base`, and into none to another address.
pub(crate) fn bearer(
    vendor: &Vendor,
    base: &Url,
    token: Option<&Token>,
    request: &mut Request,
) -> Result<()> {
    if request.base != *base {
        let text = "a token was meant for an address that is not the API's";
        return Err(bug(vendor, request.operation, text));
    }
    let token = token.ok_or_else(|| {
        let text = "there is no token to call with";
        Error::new(ErrorKind::Misconfigured, vendor, request.operation, text)
    })?;
    let bearer = Secret::new(format!("Bearer {}", token.access.expose()));
    put_header(request, AUTHORIZATION, &bearer);
    Ok(())
}

/// Sets a secret header, in the place of an earlier one.
pub(crate) fn put_header(request: &mut Request, header: HeaderName, secret: &Secret) {
    request.headers.retain(|(name, _)| *name != header);
    request.headers.push((header, secret.into()));
}

/// An identifier as a segment of a path: nothing that would lead elsewhere.
pub(crate) fn segment<'a>(vendor: &Vendor, operation: Operation, id: &'a str) -> Result<&'a str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if !id.is_empty() && id.bytes().all(plain) {
        return Ok(id);
    }
    Err(bug(vendor, operation, "an identifier does not fit a path"))
}

/// A price as a JSON number with the currency's decimals.
pub(crate) fn number(currency: Currency, price: Minor) -> Result<Box<RawValue>, &'static str> {
    RawValue::from_string(currency.format(price)).map_err(|_| "a price is no JSON number")
}

/// The body of a write.
pub(crate) fn json(vendor: &Vendor, value: &impl Serialize) -> Result<Body> {
    serde_json::to_vec(value)
        .map(|bytes| Body::Json(Bytes::from(bytes)))
        .map_err(|error| {
            bug(vendor, Operation::Push, "the body cannot be written").with_source(error)
        })
}

/// The plan of a row that may be written.
pub(crate) fn writable<'a>(target: &Target, ids: &'a Ids) -> Result<&'a VendorId, &'static str> {
    let derived = |ids| {
        target
            .facts
            .sellables
            .get(ids)
            .is_some_and(|one| one.derived)
    };
    match &ids.plan {
        None => Err("a row needs a rate plan"),
        Some(_) if derived(ids) => Err("the vendor computes these prices itself"),
        Some(plan) => Ok(plan),
    }
}

/// The only price of a row, where the vendor takes one price for a night.
pub(crate) fn one_price(row: &Row) -> Result<Minor, &'static str> {
    match row.prices[..] {
        [(_, price)] if row.nights() > 0 => Ok(price),
        _ => Err("a row needs one price and at least one night"),
    }
}

/// Writes that set a state, so that repeating one does no harm.
#[derive(Debug)]
pub(crate) struct SetsState {
    pub(crate) vendor: Vendor,
    pub(crate) not_again_within: Duration,
}

impl Idempotency for SetsState {
    fn guarantee(&self, _: Operation) -> Guarantee {
        Guarantee::Absolute {
            not_again_within: self.not_again_within,
        }
    }

    fn stamp(&self, _: &Key, _: &mut Request) {}

    fn look_up(&self, _: &Lost<'_>) -> Option<Request> {
        None
    }

    fn parse_look_up(&self, _: &Lost<'_>, _: &Carry, _: &Response) -> Result<Step<Found>> {
        let text = "nothing is looked up where writes set a state";
        Err(bug(&self.vendor, Operation::LookUp, text))
    }
}

/// Allowances with the operations that use each of them up.
#[derive(Debug)]
pub(crate) struct Allowances {
    pub(crate) quotas: Vec<Quota>,
    pub(crate) users: Vec<&'static [Operation]>,
    /// The wait after a refusal that names none.
    pub(crate) unsaid_wait: Option<Duration>,
}

impl Allowances {
    pub(crate) fn new(list: impl IntoIterator<Item = (Quota, &'static [Operation])>) -> Self {
        let (quotas, users) = list.into_iter().unzip();
        Self {
            quotas,
            users,
            unsaid_wait: None,
        }
    }
}

/// An allowance whose excess is only refused.
pub(crate) fn quota(
    name: &'static str,
    scope: Scope,
    window: Window,
    limit: u32,
    source: &'static str,
) -> Quota {
    Quota {
        name,
        scope,
        window,
        limit,
        penalty: Penalty::Wait,
        source,
    }
}

impl RateLimit for Allowances {
    fn quotas(&self) -> &[Quota] {
        &self.quotas
    }

    fn charges(&self, operation: Operation, _: &Target) -> Vec<Charge> {
        let uses = |users: &[Operation]| users.contains(&operation);
        let charge = |(quota, users): (usize, &&[Operation])| {
            uses(users).then_some(Charge { quota, cost: 1 })
        };
        self.users.iter().enumerate().filter_map(charge).collect()
    }

    fn feedback(&self, _: &Request, response: &Response) -> Feedback {
        let throttled = response.status == StatusCode::TOO_MANY_REQUESTS;
        Feedback {
            wait: response
                .retry_after()
                .or(self.unsaid_wait)
                .filter(|_| throttled),
        }
    }
}
