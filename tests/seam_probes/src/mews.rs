//! Mews: two secrets travel in the JSON body, and a night is an instant in UTC.
//!
//! There are no headers and no tokens to fetch. A night is the instant at which its day
//! begins at the property, and both ends of an interval are meant.
//!
//! Sources: github.com/MewsSystems/open-api-docs, connector-api: guidelines/authentication,
//! guidelines/requests, concepts/time-units, operations/rates.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::tz::TimeZone;
use rackrate_core::adapter::{Adapter, Manifest, Submission};
use rackrate_core::auth::{Ask, Authenticate, Consent, Grant, Token};
use rackrate_core::chunk::{Chunk, Receipt, Row};
use rackrate_core::error::{Delivery, Error, ErrorKind, Result};
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::{IdError, Vendor};
use rackrate_core::jobs::Jobs;
use rackrate_core::lifetime::Lifetime;
use rackrate_core::limit::{Scope, Window};
use rackrate_core::night::Night;
use rackrate_core::oauth;
use rackrate_core::secret::Secrets;
use rackrate_core::shape::{Item, Shape};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use url::Url;

use crate::common::{self, Allowances, SetsState, bug, malformed, quota};

/// The members of the body that are secret, with the names of the secrets.
const SEALED: [(&str, &str); 2] = [
    ("ClientToken", "client_token"),
    ("AccessToken", "access_token"),
];

/// The vendor's pages disagree on the longest interval; 100 days is the shortest of them.
const SHAPE: Shape = Shape {
    item: Item::Range { max_nights: 100 },
    max_nights: 5 * 365,
    ..common::SHAPE
};

/// The probe.
#[derive(Debug)]
pub struct Mews {
    manifest: Manifest,
    auth: BodyTokens,
    limits: Allowances,
    repeats: SetsState,
    client: String,
}

impl Mews {
    /// A connection that calls itself by the application's name and version.
    ///
    /// # Errors
    /// Never for the vendor's own name.
    pub fn new(base: Url, client: &str) -> Result<Self, IdError> {
        let secrets = SEALED.map(|(_, secret)| secret).to_vec();
        let manifest = Manifest {
            trace_header: Some("Request-Id"),
            ..common::manifest("mews", "Mews", vec![base.clone()], secrets)?
        };
        let vendor = manifest.vendor.clone();
        let calls = quota(
            "requests of an access token",
            Scope::Connection,
            Window::Rolling(Duration::from_secs(30)),
            200,
            "Mews connector API, guidelines/requests",
        );
        Ok(Self {
            auth: BodyTokens {
                vendor: vendor.clone(),
                base,
            },
            limits: Allowances::new([(calls, &Operation::ALL[..])]),
            repeats: SetsState {
                vendor,
                not_again_within: Duration::ZERO,
            },
            client: client.to_owned(),
            manifest,
        })
    }
}

#[derive(Debug)]
struct BodyTokens {
    vendor: Vendor,
    base: Url,
}

impl Authenticate for BodyTokens {
    fn grant(&self, secrets: &Secrets, ask: Ask<'_>) -> Result<Grant> {
        for (_, secret) in SEALED {
            oauth::required(&self.vendor, secrets, secret)?;
        }
        Ok(match ask {
            Ask::First => Grant::Static,
            Ask::Code { .. } | Ask::Refresh(_) => Grant::Person,
        })
    }

    fn parse_grant(&self, _: &Response) -> Result<Token> {
        let text = "these secrets come from no token endpoint";
        Err(bug(&self.vendor, Operation::Token, text))
    }

    fn apply(&self, secrets: &Secrets, _: Option<&Token>, request: &mut Request) -> Result<()> {
        if request.base != self.base {
            let text = "the secrets were meant for an address that is not the API's";
            return Err(bug(&self.vendor, request.operation, text));
        }
        for (member, secret) in SEALED {
            let secret = oauth::required(&self.vendor, secrets, secret)?;
            request.seal(&self.vendor, member, secret)?;
        }
        Ok(())
    }

    fn lifetimes(&self) -> &[Lifetime] {
        &[]
    }

    fn consent(&self) -> Option<&dyn Consent> {
        None
    }
}

impl Adapter for Mews {
    parts!();
    not_probed!(discover);
    not_probed!(read);

    fn jobs(&self) -> Option<&dyn Jobs> {
        None
    }

    fn shape(&self, operation: Operation) -> Option<Shape> {
        (operation == Operation::Push).then_some(SHAPE)
    }

    fn push(&self, chunk: &Chunk) -> Result<Request> {
        let vendor = &self.manifest.vendor;
        let wrong = |text: &str| bug(vendor, Operation::Push, text);
        let zone = chunk.target.facts.time_zone.as_deref();
        let zone = zone
            .and_then(|name| TimeZone::get(name).ok())
            .ok_or_else(|| wrong("the property has no time zone that is known"))?;
        let Some(first) = chunk.rows.first() else {
            return Err(wrong("the chunk has no rows"));
        };
        if chunk.rows.iter().any(|row| row.ids.plan != first.ids.plan) {
            return Err(wrong("the chunk is of several rates"));
        }
        let updates = chunk.rows.iter().map(|row| update(chunk, row, &zone));
        let body = UpdatePrice {
            client: &self.client,
            rate_id: common::writable(&chunk.target, &first.ids)
                .map_err(wrong)?
                .as_str(),
            price_updates: updates.collect::<Result<_, _>>().map_err(wrong)?,
        };
        let (base, body) = (&self.manifest.bases[0], common::json(vendor, &body)?);
        let path = "/api/connector/v1/rates/updatePrice";
        Ok(Request::post(Operation::Push, base, path, body))
    }

    fn parse_push(&self, _: &Chunk, response: &Response) -> Result<Submission> {
        let vendor = &self.manifest.vendor;
        let empty = || {
            serde_json::from_slice::<BTreeMap<String, IgnoredAny>>(&response.body)
                .is_ok_and(|said| said.is_empty())
        };
        match response.status.as_u16() {
            200 if empty() => {}
            204 => {}
            200 => {
                let text = "a success that says more than {}";
                return Err(malformed(vendor, Operation::Push, text));
            }
            _ => return Err(self.refusal(Operation::Push, response)),
        }
        Ok(Submission::Answered(Receipt {
            reference: response.header("Request-Id").map(str::to_owned),
            ..Receipt::default()
        }))
    }
}

impl Mews {
    /// A 401 has several causes that the answer does not tell apart; a 403 is a rule of
    /// the property's business.
    fn refusal(&self, operation: Operation, response: &Response) -> Error {
        #[derive(Default, Deserialize)]
        #[serde(rename_all = "PascalCase", default)]
        struct Said {
            message: Option<String>,
        }
        let vendor = &self.manifest.vendor;
        let said: Said = serde_json::from_slice(&response.body).unwrap_or_default();
        let kind = match response.status.as_u16() {
            401 => ErrorKind::Unauthenticated { certain: false },
            400 | 403 => ErrorKind::Rejected,
            _ => return common::refusal(vendor, operation, response),
        };
        let delivery = Delivery::Refused;
        common::refused_as(kind, delivery, vendor, operation, response, said.message)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct UpdatePrice<'a> {
    client: &'a str,
    rate_id: &'a str,
    price_updates: Vec<PriceUpdate>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PriceUpdate {
    /// Without one it is the rate's base price.
    #[serde(skip_serializing_if = "Option::is_none")]
    category_id: Option<String>,
    first_time_unit_start_utc: String,
    last_time_unit_start_utc: String,
    value: Box<RawValue>,
}

fn update(chunk: &Chunk, row: &Row, zone: &TimeZone) -> Result<PriceUpdate, &'static str> {
    common::writable(&chunk.target, &row.ids)?;
    if !row.rules.is_leave() || row.nights() > 100 {
        return Err("a row is at most 100 nights with a price and no restrictions");
    }
    let price = common::one_price(row)?;
    Ok(PriceUpdate {
        category_id: row.ids.room.as_ref().map(ToString::to_string),
        first_time_unit_start_utc: start(row.first, zone)?,
        last_time_unit_start_utc: start(row.last, zone)?,
        value: common::number(chunk.target.currency(&row.ids), price)?,
    })
}

/// The instant at which the day begins at the property.
fn start(night: Night, zone: &TimeZone) -> Result<String, &'static str> {
    let midnight = night.date().to_zoned(zone.clone());
    let start = midnight.map_err(|_| "a night that the time zone does not know")?;
    Ok(start.timestamp().to_string())
}
