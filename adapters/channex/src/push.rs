//! Writing: `POST /restrictions`, prices and restrictions of a night together in one entry.
//!
//! Entries apply in their order and the last one wins, so rows stay in the order in which
//! they came. Both ends of a range are meant. What an entry leaves out keeps its value; a
//! null is a mistake.
//!
//! Invariant: a message is about one property, and every price in it can be read back.

use rackrate_core::chunk::{Chunk, Row};
use rackrate_core::error::Result;
use rackrate_core::exchange::{Operation, Request};
use rackrate_core::money::Minor;
use rackrate_core::night::Night;
use rackrate_core::rules::{Restriction, Rules, Set};
use rackrate_core::shape::{Group, Item, LaneRule, Shape, Unit};
use serde::Serialize;

use crate::answer::Api;
use crate::plan::Known;

const OPERATION: Operation = Operation::Push;
/// No limit is documented. So many entries are 20 plans with another price on each of 500
/// nights, which is the full update that the documents describe, in about 3 MB.
const MAX_ENTRIES: u32 = 10_000;
/// The longest inventory that a property can have is 730 days.
const MAX_NIGHTS: u32 = 732;
/// The vendor wants less than 10 MB.
const MAX_BYTES: u32 = 9_000_000;

/// What can be written and read back. The vendor has one maximum stay and does not say
/// which; it is taken for the one on arrival.
pub(crate) const RESTRICTIONS: [Restriction; 6] = [
    Restriction::MinStayArrival,
    Restriction::MinStayThrough,
    Restriction::MaxStayArrival,
    Restriction::ClosedToArrival,
    Restriction::ClosedToDeparture,
    Restriction::StopSell,
];

/// The form of one write. Messages are queued in their order of arrival, so the next one
/// leaves when the last one is answered.
pub(crate) const SHAPE: Shape = Shape {
    group: Group::Property,
    item: Item::Range {
        max_nights: MAX_NIGHTS,
    },
    max_items: MAX_ENTRIES,
    max_nights: MAX_NIGHTS,
    max_bytes: MAX_BYTES,
    unit: Unit::Cell,
    lane: LaneRule::OneRequest,
    clears_apart: false,
};

#[derive(Serialize)]
struct Message<'a> {
    values: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    property_id: &'a str,
    rate_plan_id: &'a str,
    date_from: Night,
    date_to: Night,
    #[serde(skip_serializing_if = "Option::is_none")]
    rate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rates: Option<[Occupancy; 1]>,
    #[serde(flatten)]
    rules: Restrictions,
}

#[derive(Serialize)]
struct Occupancy {
    occupancy: u8,
    rate: String,
}

#[derive(Serialize)]
struct Restrictions {
    #[serde(skip_serializing_if = "Option::is_none")]
    min_stay_arrival: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_stay_through: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_stay: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_to_arrival: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_to_departure: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop_sell: Option<bool>,
}

/// The one request that writes a chunk.
pub(crate) fn request(api: &Api, adults: Option<u8>, chunk: &Chunk) -> Result<Request> {
    let wrong = |text: &str| api.bug(OPERATION, text);
    SHAPE.check(OPERATION, chunk).map_err(wrong)?;
    let mut values = Vec::with_capacity(chunk.rows.len());
    for row in &chunk.rows {
        let plan = Known::of(&chunk.target, &row.ids, adults);
        own_restrictions(&plan, row).map_err(|text| api.misconfigured(OPERATION, text))?;
        values.push(entry(chunk, row, &plan).map_err(wrong)?);
    }
    api.post("/restrictions", &Message { values }, MAX_BYTES)
}

/// The documents do not say what a write to an inherited restriction does; at the latest
/// the parent's next change undoes it.
fn own_restrictions(plan: &Known<'_>, row: &Row) -> Result<(), String> {
    let mut said = row.rules.said();
    match said.find(|(kind, _)| plan.inherits(*kind)) {
        None => Ok(()),
        Some((kind, _)) => Err(format!(
            "the rate plan {} takes {kind} from its parent: write it there, or end the \
             inheritance at the vendor",
            row.ids
        )),
    }
}

fn check_row(row: &Row, plan: &Known<'_>) -> Result<(), &'static str> {
    if plan.is_derived() {
        return Err("a derived rate plan cannot be written");
    }
    let mut said = row.rules.said();
    match said.all(|(kind, _)| RESTRICTIONS.contains(&kind)) {
        true => Ok(()),
        false => Err("a restriction that this vendor does not have"),
    }
}

fn entry<'a>(chunk: &'a Chunk, row: &'a Row, plan: &Known<'_>) -> Result<Entry<'a>, &'static str> {
    check_row(row, plan)?;
    let id = row.ids.plan.as_ref().ok_or("a row without a rate plan")?;
    let price = price(row, plan)?;
    let rate = price.map(|(_, price)| chunk.target.currency(&row.ids).format(price));
    let (rate, rates) = match (price, rate) {
        (Some((occupancy, _)), Some(rate)) if plan.is_per_person() => {
            (None, Some([Occupancy { occupancy, rate }]))
        }
        (_, rate) => (rate, None),
    };
    Ok(Entry {
        property_id: chunk.target.vendor_property.as_str(),
        rate_plan_id: id.as_str(),
        date_from: row.first,
        date_to: row.last,
        rate,
        rates,
        rules: Restrictions::of(&row.rules),
    })
}

/// The one price of a plan that can be written.
fn price(row: &Row, plan: &Known<'_>) -> Result<Option<(u8, Minor)>, &'static str> {
    match (row.prices.as_slice(), plan.adults()) {
        ([], _) => Ok(None),
        ([(_, Minor(0))], _) => Err("a price of zero is never pushed"),
        ([_], None) => Err("nobody said for how many adults the plan's price is"),
        ([(adults, price)], Some(own)) if *adults == own => Ok(Some((*adults, *price))),
        ([_], Some(_)) => Err("the price is not for the plan's own number of adults"),
        _ => Err("only the price for a plan's own number of adults can be read back"),
    }
}

impl Restrictions {
    /// One night is how this vendor writes that there is no minimum, zero no maximum.
    fn of(rules: &Rules) -> Self {
        Self {
            min_stay_arrival: number(rules.min_stay_arrival, 1),
            min_stay_through: number(rules.min_stay_through, 1),
            max_stay: number(rules.max_stay_arrival, 0),
            closed_to_arrival: flag(rules.closed_to_arrival),
            closed_to_departure: flag(rules.closed_to_departure),
            stop_sell: flag(rules.stop_sell),
        }
    }
}

fn number(wish: Set<u16>, none: u16) -> Option<u16> {
    match wish {
        Set::Leave => None,
        Set::Clear => Some(none),
        Set::To(nights) => Some(nights.max(none)),
    }
}

fn flag(wish: Set<bool>) -> Option<bool> {
    match wish {
        Set::Leave => None,
        Set::Clear => Some(false),
        Set::To(on) => Some(on),
    }
}
