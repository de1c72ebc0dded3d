//! Writing prices: daily schedules, a date with the prices of all numbers of adults each.
//!
//! What becomes of an amount that a row leaves out is not published. So a read notes down
//! what else the night holds, such as the price of an extra person, and the write sends it
//! along unchanged. Restrictions go another way: [`crate::restrict`].

use std::collections::BTreeMap;

use http::header::LOCATION;
use rackrate_core::adapter::Submission;
use rackrate_core::chunk::{Chunk, Row};
use rackrate_core::error::Result;
use rackrate_core::exchange::{Body, Operation, Request, Response};
use rackrate_core::ids::{JobRef, VendorId};
use rackrate_core::money::Minor;
use rackrate_core::shape::{Group, Item, LaneRule, Shape, Unit};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::api::Api;
use crate::wire::PERSONS;

const OPERATION: Operation = Operation::Push;
/// The recommended size; the description would allow 4,000.
const MAX_ROWS: u32 = 200;
/// What the gateway takes of a bulk write.
pub(crate) const MAX_BYTES: u32 = 2 << 20;
/// Why a night is not written twice by one call.
pub(crate) const TWICE: &str = "a night twice in a call, whose order is not promised";

/// The form of one write.
pub(crate) const SHAPE: Shape = Shape {
    group: Group::Property,
    item: Item::Range { max_nights: 1 },
    max_items: MAX_ROWS,
    max_nights: u32::MAX,
    max_bytes: MAX_BYTES,
    unit: Unit::AllOccupancies,
    lane: LaneRule::OneJob,
    clears_apart: false,
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Schedules<'a> {
    daily_rate_plan_schedule: Vec<Schedule<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Schedule<'a> {
    rate_amounts: Amounts,
    rate_date: String,
    rate_plan_code: &'a VendorId,
    room_type: &'a VendorId,
}

/// Amounts by name, in the order in which they are written.
struct Amounts(Vec<(String, Box<RawValue>)>);

impl Serialize for Amounts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, amount)| (name, amount)))
    }
}

/// The one request that writes a chunk of prices.
pub(crate) fn request(api: &Api, chunk: &Chunk) -> Result<Request> {
    let wrong = |text: &str| api.bug(OPERATION, text);
    SHAPE.check(OPERATION, chunk).map_err(wrong)?;
    if chunk.has_a_night_twice() {
        return Err(wrong(TWICE));
    }
    let schedules = chunk.rows.iter().map(|row| schedule(chunk, row));
    let body = Schedules {
        daily_rate_plan_schedule: schedules.collect::<Result<_, _>>().map_err(wrong)?,
    };
    let hotel = &chunk.target.vendor_property;
    let path = api.process(OPERATION, "rtp", hotel, "ratePlans/dailySchedules")?;
    let body = Body::json(&api.vendor, OPERATION, &body, MAX_BYTES)?;
    Ok(api.post(OPERATION, &path, hotel, body))
}

/// The rate plan and room type of a row that may be written.
pub(crate) fn address<'c>(
    chunk: &'c Chunk,
    row: &'c Row,
) -> Result<(&'c VendorId, &'c VendorId), &'static str> {
    let known = chunk.target.facts.sellables.get(&row.ids);
    match (&row.ids.plan, &row.ids.room) {
        _ if known.is_some_and(|one| one.derived) => Err("the vendor computes these prices"),
        (Some(plan), Some(room)) => Ok((plan, room)),
        _ => Err("a row needs a rate plan and a room type"),
    }
}

fn schedule<'c>(chunk: &'c Chunk, row: &'c Row) -> Result<Schedule<'c>, &'static str> {
    let (plan, room) = address(chunk, row)?;
    if row.first != row.last || row.prices.is_empty() || !row.rules.is_leave() {
        return Err("a row is one date with prices and without restrictions");
    }
    Ok(Schedule {
        rate_amounts: amounts(chunk, row)?,
        rate_date: row.first.to_string(),
        rate_plan_code: plan,
        room_type: room,
    })
}

/// The row's prices, then what else the night was seen to hold.
fn amounts(chunk: &Chunk, row: &Row) -> Result<Amounts, &'static str> {
    let mut others: BTreeMap<String, Box<RawValue>> = match chunk.target.note(&row.ids, row.first) {
        None => BTreeMap::new(),
        Some(note) => serde_json::from_str(note).map_err(|_| "another adapter's note")?,
    };
    let mut amounts = Vec::new();
    for (adults, name) in (1..).zip(PERSONS) {
        let ours = row.prices.iter().find(|(of, _)| *of == adults);
        let amount = match (ours, others.remove(name)) {
            (Some((_, price)), _) => Some(number(chunk, row, *price)?),
            (None, other) => other,
        };
        amounts.extend(amount.map(|amount| (name.to_owned(), amount)));
    }
    let told = |(adults, _): &(u8, Minor)| (1..=5).contains(adults);
    if !row.prices.iter().all(told) {
        return Err("prices are for one to five adults");
    }
    amounts.extend(others);
    Ok(Amounts(amounts))
}

fn number(chunk: &Chunk, row: &Row, price: Minor) -> Result<Box<RawValue>, &'static str> {
    if price == Minor(0) {
        return Err("a price of zero is never pushed");
    }
    let text = chunk.target.currency(&row.ids).format(price);
    RawValue::from_string(text).map_err(|_| "a price is no JSON number")
}

/// Reads the answer of a write of either kind: a process, or an error.
pub(crate) fn parse(api: &Api, chunk: &Chunk, response: &Response) -> Result<Submission> {
    if response.status.as_u16() != 202 {
        return Err(api.refused(chunk.operation, response));
    }
    let link = response.header(LOCATION.as_str());
    let followed = api.follow(link, &chunk.target.vendor_property);
    match (link.and_then(|link| JobRef::new(link).ok()), followed) {
        (Some(job), Ok(_)) => Ok(Submission::Queued(job)),
        (_, Err(error)) => {
            let text = "the job was started without a Location on the gateway";
            Err(api.malformed(chunk.operation, text).with_source(error))
        }
        (None, Ok(_)) => Err(api.malformed(chunk.operation, "the Location is no text")),
    }
}
