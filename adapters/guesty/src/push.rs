//! Writing: ranges of one listing's calendar in one array; the answer is an acceptance.
//!
//! Both ends of a range are meant. The array may hold several listings, which the vendor
//! advises against; here it holds one. Availability (`status`) is never written, and
//! neither is anything reset to the listing's base values.
//!
//! Invariant: a night is in a request once, because the order of an array is not promised.

use rackrate_core::adapter::Submission;
use rackrate_core::chunk::{Chunk, Receipt, Refusal, Row};
use rackrate_core::error::{ErrorKind, Result};
use rackrate_core::exchange::{Body, Operation, Request, Response};
use rackrate_core::rules::{Rules, Set};
use rackrate_core::shape::{Group, Item, LaneRule, Shape, Unit};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::answer::Api;
use crate::wire;

pub(crate) const PATH: &str = "/availability-pricing/api/calendar/listings";

/// Documented for a call, whether as a span or as a sum: ranges do not overlap, so a span
/// keeps both.
const MAX_NIGHTS: u32 = 730;
/// No limit is documented, only that fewer ranges are answered faster: our choice.
const MAX_RANGES: u32 = 100;
/// No limit is documented: our choice.
const MAX_BYTES: u32 = 65_536;

/// The form of one write.
pub(crate) const SHAPE: Shape = Shape {
    group: Group::Plan,
    item: Item::Range {
        max_nights: MAX_NIGHTS,
    },
    max_items: MAX_RANGES,
    max_nights: MAX_NIGHTS,
    max_bytes: MAX_BYTES,
    unit: Unit::Cell,
    lane: LaneRule::OneRequest,
    clears_apart: false,
};

/// A range of a listing's calendar.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Range<'a> {
    listing_id: &'a str,
    start_date: String,
    end_date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_nights: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cta: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ctd: Option<bool>,
}

/// The one request that writes a chunk.
pub(crate) fn request(api: &Api, adults: u8, chunk: &Chunk) -> Result<Request> {
    let wrong = |text: &str| api.bug(Operation::Push, text);
    check(chunk).map_err(wrong)?;
    let ranges: Vec<Range<'_>> = chunk
        .rows
        .iter()
        .map(|row| range(adults, chunk, row))
        .collect::<Result<_, _>>()
        .map_err(wrong)?;
    let body = Body::json(&api.vendor, Operation::Push, &ranges, MAX_BYTES)?;
    Ok(Request::put(Operation::Push, &api.base, PATH, body))
}

fn range<'a>(adults: u8, chunk: &Chunk, row: &'a Row) -> Result<Range<'a>, &'static str> {
    let listing = row.ids.room.as_ref().ok_or("a row without listing")?;
    let price = row
        .one_price(adults)?
        .map(|price| wire::amount(chunk.target.currency(&row.ids), price))
        .map(RawValue::from_string)
        .transpose()
        .map_err(|_| "a price that is no JSON number")?;
    Ok(Range {
        listing_id: listing.as_str(),
        start_date: row.first.to_string(),
        end_date: row.last.to_string(),
        price,
        min_nights: min_nights(row.rules.min_stay_arrival),
        cta: flag(row.rules.closed_to_arrival),
        ctd: flag(row.rules.closed_to_departure),
    })
}

/// The minimum stay to send. One night is "none": a reset to the listing's base would bring
/// back whatever minimum is configured there, which may be a week.
fn min_nights(wish: Set<u16>) -> Option<u16> {
    match wish {
        Set::Leave => None,
        Set::Clear => Some(1),
        Set::To(nights) => Some(nights.max(1)),
    }
}

fn flag(wish: Set<bool>) -> Option<bool> {
    match wish {
        Set::Leave => None,
        Set::Clear => Some(false),
        Set::To(on) => Some(on),
    }
}

fn check(chunk: &Chunk) -> Result<(), &'static str> {
    SHAPE.check(Operation::Push, chunk)?;
    if chunk.has_a_night_twice() {
        return Err("a night twice in a call, whose order the vendor does not promise");
    }
    chunk.rows.iter().try_for_each(|row| check_row(chunk, row))
}

fn check_row(chunk: &Chunk, row: &Row) -> Result<(), &'static str> {
    let known = chunk.target.facts.sellables.get(&row.ids);
    let written = Rules {
        min_stay_arrival: row.rules.min_stay_arrival,
        closed_to_arrival: row.rules.closed_to_arrival,
        closed_to_departure: row.rules.closed_to_departure,
        ..Rules::LEAVE
    };
    if row.ids.plan.is_some() {
        return Err("a rate plan of a listing, which has a calendar that is not written here");
    }
    if known.is_some_and(|sellable| sellable.derived) {
        return Err("a sub-unit follows its multi-unit and cannot be written");
    }
    if row.rules != written {
        return Err("a restriction that this vendor does not have");
    }
    Ok(())
}

/// Reads the answer. It comes as `"ok"` or as an object, and either way says no more than
/// that the write was taken.
pub(crate) fn parse(api: &Api, chunk: &Chunk, response: &Response) -> Result<Submission> {
    if !response.is_success() {
        return refusal(api, chunk, response);
    }
    let raw = api.accepted(Operation::Push, response)?.get();
    let word =
        serde_json::from_str::<String>(raw).is_ok_and(|word| word.eq_ignore_ascii_case("ok"));
    if word || raw.starts_with('{') {
        return Ok(Submission::Answered(Receipt::default()));
    }
    let text = "a success in neither of the two known forms";
    Err(api.malformed(Operation::Push, text))
}

/// Whether an array is refused as a whole is not documented. So of several ranges nobody
/// knows which were taken when one is wrong; a listing that is not there took none.
fn refusal(api: &Api, chunk: &Chunk, response: &Response) -> Result<Submission> {
    let error = api.refused(Operation::Push, response);
    let content = matches!(response.status.as_u16(), 400 | 422);
    if !content || error.kind() != ErrorKind::Rejected || chunk.rows.len() < 2 {
        return Err(error);
    }
    let refusal = Refusal::new(error.code().unwrap_or_default(), error.text());
    Ok(Submission::Answered(Receipt {
        unattributed: vec![refusal],
        ..Receipt::default()
    }))
}
