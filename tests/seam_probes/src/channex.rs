//! Channex: refused entries answer 200, each echoed beside the reasons.
//!
//! Which part of an entry is dropped is not documented, so any warning refuses its row.
//!
//! Sources: docs.channex.io/api-v.1-documentation/ari, /api-reference and /rate-limits.

use std::collections::BTreeMap;
use std::time::Duration;

use http::HeaderName;
use rackrate_core::adapter::{Adapter, Manifest, Submission};
use rackrate_core::auth::{Ask, Authenticate, Consent, Grant, Token};
use rackrate_core::chunk::{Chunk, Receipt, Refusal, Row};
use rackrate_core::error::{Error, Result};
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::{IdError, Vendor};
use rackrate_core::jobs::Jobs;
use rackrate_core::lifetime::Lifetime;
use rackrate_core::limit::{Scope, Window};
use rackrate_core::money::Currency;
use rackrate_core::night::Night;
use rackrate_core::oauth;
use rackrate_core::rules::Set;
use rackrate_core::secret::Secrets;
use rackrate_core::shape::{Group, Shape};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use crate::common::{self, Allowances, SetsState, bug, malformed, quota};

const KEY: HeaderName = HeaderName::from_static("user-api-key");
/// Where discovery keeps whether a plan has a price for each number of adults.
pub const SELL_MODE: &str = "sell_mode";
const PER_PERSON: &str = "per_person";
/// A property over its limit rests for a minute, as the documentation advises.
const REST: Duration = Duration::from_secs(60);

/// Messages stay below 10 MB; property and minute are what is counted, so a message takes
/// all plans of a property.
const SHAPE: Shape = Shape {
    group: Group::Property,
    max_bytes: 9 << 20,
    ..common::SHAPE
};

/// The probe.
#[derive(Debug)]
pub struct Channex {
    manifest: Manifest,
    auth: UserKey,
    limits: Allowances,
    repeats: SetsState,
}

impl Channex {
    /// A connection: one key.
    ///
    /// # Errors
    /// Never for the vendor's own name.
    pub fn new(base: Url) -> Result<Self, IdError> {
        let manifest = Manifest {
            restrictions: vec![rackrate_core::rules::Restriction::MinStayArrival],
            ..common::manifest("channex", "Channex", vec![base.clone()], vec!["api_key"])?
        };
        let vendor = manifest.vendor.clone();
        let writes = quota(
            "restriction messages a minute",
            Scope::Property,
            Window::Rolling(Duration::from_secs(60)),
            10,
            "docs.channex.io/api-v.1-documentation/rate-limits",
        );
        Ok(Self {
            auth: UserKey {
                vendor: vendor.clone(),
                base,
            },
            limits: Allowances {
                unsaid_wait: Some(REST),
                ..Allowances::new([(writes, &[Operation::Push][..])])
            },
            repeats: SetsState {
                vendor,
                not_again_within: Duration::ZERO,
            },
            manifest,
        })
    }
}

#[derive(Debug)]
struct UserKey {
    vendor: Vendor,
    base: Url,
}

impl Authenticate for UserKey {
    fn grant(&self, secrets: &Secrets, ask: Ask<'_>) -> Result<Grant> {
        oauth::required(&self.vendor, secrets, "api_key")?;
        Ok(match ask {
            Ask::First => Grant::Static,
            Ask::Code { .. } | Ask::Refresh(_) => Grant::Person,
        })
    }

    fn parse_grant(&self, _: &Response) -> Result<Token> {
        let text = "an API key comes from no token endpoint";
        Err(bug(&self.vendor, Operation::Token, text))
    }

    fn apply(&self, secrets: &Secrets, _: Option<&Token>, request: &mut Request) -> Result<()> {
        if request.base != self.base {
            let text = "the key was meant for an address that is not the API's";
            return Err(bug(&self.vendor, request.operation, text));
        }
        let key = oauth::required(&self.vendor, secrets, "api_key")?;
        common::put_header(request, KEY, key);
        Ok(())
    }

    fn lifetimes(&self) -> &[Lifetime] {
        &[]
    }

    fn consent(&self) -> Option<&dyn Consent> {
        None
    }
}

impl Adapter for Channex {
    parts!();
    not_probed!(discover);
    not_probed!(read);

    /// Messages become tasks, but no documented call reads a task.
    fn jobs(&self) -> Option<&dyn Jobs> {
        None
    }

    fn shape(&self, operation: Operation) -> Option<Shape> {
        (operation == Operation::Push).then_some(SHAPE)
    }

    fn push(&self, chunk: &Chunk) -> Result<Request> {
        let vendor = &self.manifest.vendor;
        let wrong = |text: &str| bug(vendor, Operation::Push, text);
        let entries = chunk.rows.iter().map(|row| Entry::of(chunk, row));
        let values: Vec<_> = entries.collect::<Result<_, _>>().map_err(wrong)?;
        if values.is_empty() {
            return Err(wrong("the chunk has no rows"));
        }
        let body = common::json(vendor, &Message { values })?;
        let base = &self.manifest.bases[0];
        Ok(Request::post(Operation::Push, base, "/restrictions", body))
    }

    fn parse_push(&self, chunk: &Chunk, response: &Response) -> Result<Submission> {
        let vendor = &self.manifest.vendor;
        if response.status.as_u16() != 200 {
            return Err(self.refusal(Operation::Push, response));
        }
        let unclear = |text| malformed(vendor, Operation::Push, text);
        let said: Said = serde_json::from_slice(&response.body)
            .map_err(|error| unclear("the answer is no receipt").with_source(error))?;
        if said.data.is_empty() && said.meta.warnings.is_empty() {
            return Err(unclear(
                "nothing was queued, and nothing is said against it",
            ));
        }
        let mut receipt = Receipt {
            reference: said.data.first().map(|task| task.id.clone()),
            ..Receipt::default()
        };
        for warning in &said.meta.warnings {
            match warning.row(chunk) {
                Some(row) => refuse(&mut receipt, row, warning.refusal()),
                None => receipt.unattributed.push(warning.refusal()),
            }
        }
        Ok(Submission::Answered(receipt))
    }
}

impl Channex {
    fn refusal(&self, operation: Operation, response: &Response) -> Error {
        #[derive(Deserialize)]
        struct Failure {
            errors: Code,
        }
        #[derive(Deserialize)]
        struct Code {
            code: String,
        }
        let error = common::refusal(&self.manifest.vendor, operation, response);
        match serde_json::from_slice::<Failure>(&response.body) {
            Ok(said) => error.with_code(said.errors.code),
            Err(_) => error,
        }
    }
}

/// Refuses a row once, whatever the number of warnings.
fn refuse(receipt: &mut Receipt, row: u32, refusal: Refusal) {
    match receipt.refused.iter_mut().find(|(at, _)| *at == row) {
        None => receipt.refused.push((row, refusal)),
        Some((_, said)) => {
            *said = Refusal::new(
                &format!("{},{}", said.code, refusal.code),
                &format!("{}; {}", said.text, refusal.text),
            );
        }
    }
}

#[derive(Serialize)]
struct Message<'a> {
    values: Vec<Entry<'a>>,
}

/// Absent fields keep their value, and a `null` is a mistake.
#[derive(Serialize)]
struct Entry<'a> {
    property_id: &'a str,
    rate_plan_id: &'a str,
    date_from: Night,
    date_to: Night,
    #[serde(skip_serializing_if = "Option::is_none")]
    rate: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rates: Vec<Occupancy>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_stay_arrival: Option<u16>,
}

#[derive(Serialize)]
struct Occupancy {
    occupancy: u8,
    rate: String,
}

impl<'a> Entry<'a> {
    fn of(chunk: &'a Chunk, row: &'a Row) -> Result<Self, &'static str> {
        if row.nights() == 0 || (row.prices.is_empty() && row.rules.is_leave()) {
            return Err("a row says nothing");
        }
        let (rate, rates) = prices(chunk, row)?;
        Ok(Self {
            property_id: chunk.target.vendor_property.as_str(),
            rate_plan_id: common::writable(&chunk.target, &row.ids)?.as_str(),
            date_from: row.first,
            date_to: row.last,
            rate,
            rates,
            min_stay_arrival: match row.rules.min_stay_arrival {
                Set::Leave => None,
                Set::Clear => Some(1),
                Set::To(nights) => Some(nights),
            },
        })
    }
}

/// One price for the room, or one for each number of adults, as the plan is sold.
fn prices(chunk: &Chunk, row: &Row) -> Result<(Option<String>, Vec<Occupancy>), &'static str> {
    let currency: Currency = chunk.target.currency(&row.ids);
    let sold = chunk.target.facts.sellables.get(&row.ids);
    let mode = sold.and_then(|one| one.extra.get(SELL_MODE));
    if mode.is_some_and(|mode| mode == PER_PERSON) {
        let rate = |(occupancy, price): &_| Occupancy {
            occupancy: *occupancy,
            rate: currency.format(*price),
        };
        return Ok((None, row.prices.iter().map(rate).collect()));
    }
    match row.prices[..] {
        [] => Ok((None, Vec::new())),
        [(_, price)] => Ok((Some(currency.format(price)), Vec::new())),
        _ => Err("a plan that is sold by the room has one price"),
    }
}

#[derive(Deserialize)]
struct Said {
    data: Vec<Task>,
    meta: Meta,
}

#[derive(Deserialize)]
struct Task {
    id: String,
}

#[derive(Deserialize)]
struct Meta {
    #[serde(default)]
    warnings: Vec<Warning>,
}

/// A refused entry, as the vendor repeats it, and the reasons by field.
#[derive(Deserialize)]
struct Warning {
    property_id: Option<String>,
    rate_plan_id: Option<String>,
    date_from: Option<Night>,
    date_to: Option<Night>,
    #[serde(default)]
    warning: BTreeMap<String, Value>,
}

impl Warning {
    /// The only row that it repeats; `None` where it repeats none, or one of several.
    fn row(&self, chunk: &Chunk) -> Option<u32> {
        let property = self.property_id.as_deref()?;
        let is = |row: &Row| {
            property == chunk.target.vendor_property.as_str()
                && row.ids.plan.as_ref().map(|plan| plan.as_str()) == self.rate_plan_id.as_deref()
                && Some(row.first) == self.date_from
                && Some(row.last) == self.date_to
        };
        let mut rows = (0_u32..).zip(&chunk.rows).filter(|(_, row)| is(row));
        match (rows.next(), rows.next()) {
            (Some((at, _)), None) => Some(at),
            _ => None,
        }
    }

    /// The reasons; the fields stand for a code, which the vendor does not give.
    fn refusal(&self) -> Refusal {
        let fields: Vec<_> = self.warning.keys().map(String::as_str).collect();
        let reasons = self.warning.iter().map(|(field, said)| match said {
            Value::Array(texts) => {
                let texts: Vec<_> = texts.iter().filter_map(Value::as_str).collect();
                format!("{field} {}", texts.join(", "))
            }
            other => format!("{field} {other}"),
        });
        let text = reasons.collect::<Vec<_>>().join("; ");
        Refusal::new(&fields.join(","), &text)
    }
}
