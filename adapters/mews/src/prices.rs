//! Writing prices: `rates/updatePrice`, one rate in a call, intervals by room category.
//!
//! The pages of the vendor disagree on the longest interval (100 time units, 367 days, two
//! years), so an item has 100 nights at most. A value of `null` would remove a price and
//! is never sent. Source: github.com/MewsSystems/open-api-docs, connector-api/operations/
//! rates; github.com/MewsSystems/gitbook-connector-api, pull request 523.

use rackrate_core::chunk::{Chunk, Row};
use rackrate_core::error::{Error, Result};
use rackrate_core::exchange::{Operation, Request};
use rackrate_core::ids::VendorId;
use rackrate_core::money::Minor;
use rackrate_core::shape::{Group, Item, LaneRule, Shape, Unit};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::answer::{Api, MAX_BYTES};
use crate::days::Days;

const OPERATION: Operation = Operation::Push;
const MAX_ITEMS: u32 = 1000;
const MAX_INTERVAL_NIGHTS: u32 = 100;
/// Nothing further ahead than five years is taken.
pub(crate) const MAX_NIGHTS: u32 = 1826;

/// The form of one write of prices.
pub(crate) const SHAPE: Shape = Shape {
    group: Group::Plan,
    item: Item::Range {
        max_nights: MAX_INTERVAL_NIGHTS,
    },
    max_items: MAX_ITEMS,
    max_nights: MAX_NIGHTS,
    max_bytes: MAX_BYTES,
    unit: Unit::Cell,
    lane: LaneRule::OneRequest,
    clears_apart: false,
};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct UpdatePrice<'a> {
    client: &'a str,
    rate_id: &'a str,
    price_updates: Vec<PriceUpdate<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PriceUpdate<'a> {
    category_id: &'a str,
    first_time_unit_start_utc: String,
    last_time_unit_start_utc: String,
    value: Box<RawValue>,
}

/// The one request that writes a chunk.
pub(crate) fn request(api: &Api, adults: u8, chunk: &Chunk) -> Result<Request> {
    let wrong = |text: &str| api.bug(OPERATION, text);
    let rate = check(chunk).map_err(wrong)?;
    let days = Days::of(api, OPERATION, &chunk.target)?;
    let updates = chunk.rows.iter().map(|row| {
        let price = row.one_price(adults).map_err(wrong)?;
        let price = price.ok_or_else(|| wrong("a row without a price"))?;
        update(api, &days, chunk, row, price)
    });
    let body = UpdatePrice {
        client: api.client(),
        rate_id: rate.as_str(),
        price_updates: updates.collect::<Result<_>>()?,
    };
    api.call(OPERATION, "rates/updatePrice", &body)
}

fn update<'c>(
    api: &Api,
    days: &Days,
    chunk: &Chunk,
    row: &'c Row,
    price: Minor,
) -> Result<PriceUpdate<'c>> {
    let wrong = |text: &str| -> Error { api.bug(OPERATION, text) };
    let category = row.ids.room.as_ref();
    let value = chunk.target.currency(&row.ids).format(price);
    let instant = |night| -> Result<String> { Ok(days.start(api, OPERATION, night)?.to_string()) };
    Ok(PriceUpdate {
        category_id: category
            .ok_or_else(|| wrong("a row without a room category"))?
            .as_str(),
        first_time_unit_start_utc: instant(row.first)?,
        last_time_unit_start_utc: instant(row.last)?,
        value: RawValue::from_string(value).map_err(|_| wrong("a price is no JSON number"))?,
    })
}

/// The rate of a chunk that may be sent.
fn check(chunk: &Chunk) -> Result<&VendorId, &'static str> {
    SHAPE.check(OPERATION, chunk)?;
    if chunk.has_a_night_twice() {
        return Err("a night twice in a call, whose order the vendor does not promise");
    }
    chunk
        .rows
        .iter()
        .try_for_each(|row| check_row(chunk, row))?;
    rate(chunk)
}

fn check_row(chunk: &Chunk, row: &Row) -> Result<(), &'static str> {
    let known = chunk.target.facts.sellables.get(&row.ids);
    if !row.rules.is_leave() {
        return Err("restrictions travel in requests of their own");
    }
    if known.is_some_and(|sellable| sellable.derived) {
        return Err("the prices of a dependent rate cannot be written");
    }
    Ok(())
}

/// The one rate that all rows are of.
pub(crate) fn rate(chunk: &Chunk) -> Result<&VendorId, &'static str> {
    let first = chunk.rows.first().and_then(|row| row.ids.plan.as_ref());
    first.ok_or("a row without a rate")
}
