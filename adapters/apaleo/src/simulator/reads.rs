//! Lists: properties, rate plans and rates, in pages.
//!
//! What of a list item is left out when there is nothing to tell follows from the seed.

use bytes::Bytes;
use rackrate_core::clock::Mono;
use rackrate_core::ids::VendorId;
use rackrate_core::money::Minor;
use rackrate_core::night::Night;
use rackrate_core::simulator::Hotel;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::Apaleo;
use super::account::Plan;
use super::http_text::{Answer, field};
use super::prices::{number, surcharged};
use super::slices::{self, CHECK_IN_TEXT, CHECK_OUT_TEXT};
use super::state::{At, Limits};
use super::switches::Surcharge;

const LARGEST: usize = 200;
const USUAL: usize = 20;

/// The page asked for: items to skip, and to take.
fn page(query: &[u8]) -> Result<(usize, usize), Answer> {
    let number = |name: &str, usual: usize, most: usize| match field(query, name) {
        None => Ok(usual),
        Some(text) => match text.parse() {
            Ok(number) if (1..=most).contains(&number) => Ok(number),
            _ => {
                let text = format!("The field {name} must be between 1 and {most}.");
                Err(Answer::invalid(&text))
            }
        },
    };
    let page = number("pageNumber", 1, 1_000_000)?;
    let size = number("pageSize", USUAL, LARGEST)?;
    Ok(((page - 1) * size, size))
}

/// A page of a list; without items it has no body either.
fn listed<T: Serialize>(name: &str, items: &[T], count: usize) -> Answer {
    if items.is_empty() {
        return Answer::empty(204);
    }
    let list = Listed { items, count };
    Answer::json(200, &list.named(name))
}

struct Listed<'a, T> {
    items: &'a [T],
    count: usize,
}

impl<T: Serialize> Listed<'_, T> {
    /// Amounts keep their spelling only as raw text, so the object is written by hand.
    fn named(&self, name: &str) -> Box<RawValue> {
        let items = serde_json::to_string(self.items).unwrap_or_default();
        let text = format!("{{\"{name}\":{items},\"count\":{}}}", self.count);
        RawValue::from_string(text).unwrap_or_default()
    }
}

impl Apaleo {
    pub(super) fn properties(&self, request: &http::Request<Bytes>) -> Answer {
        let (skip, take) = match page(query(request)) {
            Ok(page) => page,
            Err(no) => return no,
        };
        let hotels = &self.account.hotels;
        let items: Vec<Value> = hotels.iter().skip(skip).take(take).map(describe).collect();
        listed("properties", &items, hotels.len())
    }

    pub(super) fn plans(&self, request: &http::Request<Bytes>) -> Answer {
        let query = query(request);
        let (skip, take) = match page(query) {
            Ok(page) => page,
            Err(no) => return no,
        };
        if field(query, "timeSliceTemplate").is_some_and(|one| one != "OverNight") {
            return Answer::empty(204);
        }
        let property = field(query, "propertyId");
        let derived = field(query, "isDerived");
        let wanted = |plan: &Plan<'_>| {
            let is = plan.plan.derived.is_some().to_string();
            property
                .as_deref()
                .is_none_or(|id| id == plan.hotel.id.as_str())
                && derived
                    .as_deref()
                    .is_none_or(|want| want.eq_ignore_ascii_case(&is))
        };
        let all: Vec<Plan<'_>> = self.account.all().filter(wanted).collect();
        let shown = all.iter().skip(skip).take(take);
        let items: Vec<_> = shown.map(|plan| self.describe_plan(*plan)).collect();
        listed("ratePlans", &items, all.len())
    }

    fn describe_plan(&self, plan: Plan<'_>) -> Box<RawValue> {
        let (hotel, own) = (plan.hotel, plan.plan);
        let mut item = json!({
            "id": own.ids.plan, "code": own.ids.plan, "name": own.plan_name,
            "isBookable": true, "isDerived": own.derived.is_some(),
            "derivationLevel": plan.level(), "priceCalculationMode": "Truncate",
            "property": {"id": hotel.id, "code": hotel.id, "name": hotel.name},
            "unitGroup": {"id": own.ids.room, "code": own.ids.room, "name": own.room_name},
            "timeSliceDefinition": {
                "id": format!("{}-NIGHT", hotel.id), "name": "Over night",
                "template": "OverNight",
                "checkInTime": CHECK_IN_TEXT, "checkOutTime": CHECK_OUT_TEXT,
            },
            "isSubjectToCityTax": true, "isArchived": false,
        });
        if let Some((base, percent)) = &own.derived {
            let base = json!({"id": base.plan});
            item["pricingRule"] =
                json!({"baseRatePlan": base, "type": "Percent", "value": percent});
        }
        match self.surcharges(plan) {
            Some(surcharges) => with_member(&item, "surcharges", &surcharges),
            None => with_member(&item, "promoCodes", "[]"),
        }
    }

    /// The surcharges of a plan as JSON; for one without any an empty list or nothing.
    fn surcharges(&self, plan: Plan<'_>) -> Option<String> {
        let currency = plan.hotel.currency;
        let one = |(adults, surcharge): (&u32, &Surcharge)| {
            let (kind, value) = match surcharge {
                Surcharge::Absolute(amount) => ("Absolute", currency.format(*amount)),
                Surcharge::Percent(hundredths) => {
                    let (whole, rest) = (hundredths / 100, hundredths % 100);
                    ("Percent", format!("{whole}.{rest:02}"))
                }
            };
            format!(r#"{{"adults":{adults},"type":"{kind}","value":{value}}}"#)
        };
        let all = self.state.switches.surcharges.get(plan.id);
        let all: Vec<String> = all.into_iter().flatten().map(one).collect();
        let told = !all.is_empty() || self.choice("empty-surcharges", 0, 0, 1) == 1;
        told.then(|| format!("[{}]", all.join(",")))
    }

    pub(super) fn rates(&self, id: &str, request: &http::Request<Bytes>, now: Mono) -> Answer {
        let query = query(request);
        let Some(plan) = self.account.plan(id) else {
            return Answer::messages(404, &[format!("Rate plan '{id}' was not found.")]);
        };
        let (skip, take) = match page(query) {
            Ok(page) => page,
            Err(no) => return no,
        };
        let bound = |name: &str| {
            let text = field(query, name)?;
            slices::bound(plan.zone, &text)
        };
        let (Some(from), Some(to)) = (bound("from"), bound("to")) else {
            return Answer::invalid("The fields from and to are required and have to be dates.");
        };
        let nights = slices::within(plan.zone, self.account.calendar, from, to);
        let shown = nights.iter().skip(skip).take(take);
        let items: Vec<Box<RawValue>> = shown
            .filter_map(|night| self.slice(plan, *night, self.at(now)))
            .collect();
        listed("rates", &items, nights.len())
    }

    /// A slice; one that was never initialised has its ends only.
    fn slice(&self, plan: Plan<'_>, night: Night, at: At) -> Option<Box<RawValue>> {
        let (from, to) = slices::ends(plan.zone, night)?;
        let utc = self.state.switches.utc;
        let end = |instant| slices::spelled(plan.zone, instant, utc);
        let mut item = Item {
            from: end(from),
            to: end(to),
            ..Item::default()
        };
        if let Some(rate) = self.shown(plan, night, at) {
            let bare = rate.limits == Limits::default() && self.choice("bare", 0, 0, 1) == 1;
            item.price = Some(self.money(plan, rate.price));
            item.restrictions = (!bare).then(|| restrictions(rate.limits));
            let included = self.state.switches.included.get(plan.id);
            item.included_services_price = included.map(|amount| self.money(plan, *amount));
            let surcharges = self.state.switches.surcharges.get(plan.id);
            item.calculated_prices = surcharges.map(|all| {
                let calculated = |(adults, one): (&u32, &Surcharge)| Calculated {
                    adults: *adults,
                    price: self.money(plan, surcharged(rate.price, *one)),
                };
                all.iter().map(calculated).collect()
            });
        }
        serde_json::value::to_raw_value(&item).ok()
    }

    fn money(&self, plan: Plan<'_>, amount: Minor) -> Money {
        let currency = plan.hotel.currency;
        Money {
            amount: number(currency, amount, self.choice("amounts", 0, 0, 2)),
            currency: currency.code(),
        }
    }
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    from: String,
    to: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    included_services_price: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    calculated_prices: Option<Vec<Calculated>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    restrictions: Option<Value>,
}

#[derive(Serialize)]
struct Calculated {
    adults: u32,
    price: Money,
}

#[derive(Serialize)]
struct Money {
    amount: Box<RawValue>,
    currency: &'static str,
}

fn restrictions(limits: Limits) -> Value {
    let mut shown = Map::new();
    for (name, nights) in [
        ("minLengthOfStay", limits.min),
        ("maxLengthOfStay", limits.max),
    ] {
        if let Some(nights) = nights {
            shown.insert(name.to_owned(), nights.into());
        }
    }
    for (name, on) in [
        ("closed", limits.closed),
        ("closedOnArrival", limits.on_arrival),
        ("closedOnDeparture", limits.on_departure),
    ] {
        shown.insert(name.to_owned(), on.into());
    }
    shown.into()
}

fn describe(hotel: &Hotel) -> Value {
    let id: &VendorId = &hotel.id;
    json!({
        "id": id, "code": id, "isTemplate": false, "name": hotel.name,
        "companyName": hotel.name, "taxId": "", "timeZone": hotel.time_zone,
        "currencyCode": hotel.currency.code(), "status": "Live", "isArchived": false,
    })
}

/// An object with one member more, whose JSON is ready: amounts pass through no float.
fn with_member(object: &Value, name: &str, json: &str) -> Box<RawValue> {
    let text = object.to_string();
    let open = text.strip_suffix('}').unwrap_or("{");
    RawValue::from_string(format!("{open},\"{name}\":{json}}}")).unwrap_or_default()
}

fn query(request: &http::Request<Bytes>) -> &[u8] {
    request.uri().query().unwrap_or_default().as_bytes()
}
