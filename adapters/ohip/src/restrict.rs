//! Writing restrictions: each kind of a row is an item with a code and a range of dates.
//!
//! Closures are lifted by codes of their own. There is none that lifts a minimum stay: it
//! is set to one night, which is none. A maximum stay cannot be lifted by any value, so
//! none is ever set.

use rackrate_core::chunk::{Chunk, Row};
use rackrate_core::error::Result;
use rackrate_core::exchange::{Body, Operation, Request};
use rackrate_core::ids::VendorId;
use rackrate_core::rules::{Restriction, Set};
use rackrate_core::shape::{Group, Item, LaneRule, Shape, Unit};
use serde::Serialize;

use crate::api::Api;
use crate::push::{MAX_BYTES, TWICE, address};

const OPERATION: Operation = Operation::Restrict;
/// A row becomes up to five items, and 200 of them are recommended.
const MAX_ROWS: u32 = 40;
/// No limit is published; a year is what has a use.
const MAX_NIGHTS: u32 = 365;

/// The kinds that can be set, lifted and read back.
pub(crate) const KINDS: [Restriction; 5] = [
    Restriction::MinStayArrival,
    Restriction::MinStayThrough,
    Restriction::ClosedToArrival,
    Restriction::ClosedToDeparture,
    Restriction::StopSell,
];

/// The form of one write.
pub(crate) const SHAPE: Shape = Shape {
    group: Group::Property,
    item: Item::Range {
        max_nights: MAX_NIGHTS,
    },
    max_items: MAX_ROWS,
    max_nights: u32::MAX,
    max_bytes: MAX_BYTES,
    unit: Unit::Cell,
    lane: LaneRule::OneJob,
    clears_apart: false,
};

#[derive(Serialize)]
struct Restrictions<'a> {
    restrictions: Vec<Entry<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    restriction_status: Status,
    rate_plan_codes: [&'a VendorId; 1],
    room_types: [&'a VendorId; 1],
    date_range_start: String,
    date_range_end: String,
    sunday: bool,
    monday: bool,
    tuesday: bool,
    wednesday: bool,
    thursday: bool,
    friday: bool,
    saturday: bool,
}

#[derive(Serialize)]
struct Status {
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<u16>,
}

/// The one request that writes a chunk of restrictions.
pub(crate) fn request(api: &Api, chunk: &Chunk) -> Result<Request> {
    let wrong = |text: &str| api.bug(OPERATION, text);
    SHAPE.check(OPERATION, chunk).map_err(wrong)?;
    if chunk.has_a_night_twice() {
        return Err(wrong(TWICE));
    }
    let mut restrictions = Vec::new();
    for row in &chunk.rows {
        restrictions.extend(entries(chunk, row).map_err(wrong)?);
    }
    let hotel = &chunk.target.vendor_property;
    let path = api.process(OPERATION, "par", hotel, "restrictions")?;
    let body = Restrictions { restrictions };
    let body = Body::json(&api.vendor, OPERATION, &body, MAX_BYTES)?;
    Ok(api.post(OPERATION, &path, hotel, body))
}

fn entries<'c>(chunk: &'c Chunk, row: &'c Row) -> Result<Vec<Entry<'c>>, &'static str> {
    let (plan, room) = address(chunk, row)?;
    if !row.prices.is_empty() {
        return Err("a row has restrictions and no prices");
    }
    let entry = |(kind, wish)| {
        Ok(Entry {
            restriction_status: status(kind, wish)?,
            rate_plan_codes: [plan],
            room_types: [room],
            date_range_start: row.first.to_string(),
            date_range_end: row.last.to_string(),
            sunday: true,
            monday: true,
            tuesday: true,
            wednesday: true,
            thursday: true,
            friday: true,
            saturday: true,
        })
    };
    row.rules.said().map(entry).collect()
}

fn status(kind: Restriction, wish: Set<u16>) -> Result<Status, &'static str> {
    let on = matches!(kind.plain(wish), Set::To(_));
    let nights = match kind.plain(wish) {
        Set::To(nights) => nights,
        Set::Clear | Set::Leave => 1,
    };
    let (code, unit) = match (kind, on) {
        (Restriction::MinStayArrival, _) => ("MinimumLengthOfStay", Some(nights)),
        (Restriction::MinStayThrough, _) => ("MinimumStayThrough", Some(nights)),
        (Restriction::ClosedToArrival, true) => ("ClosedForArrival", None),
        (Restriction::ClosedToArrival, false) => ("OpenForArrival", None),
        (Restriction::ClosedToDeparture, true) => ("ClosedForDeparture", None),
        (Restriction::ClosedToDeparture, false) => ("OpenForDeparture", None),
        (Restriction::StopSell, true) => ("Closed", None),
        (Restriction::StopSell, false) => ("Open", None),
        (Restriction::MaxStayArrival | Restriction::MaxStayThrough, _) => {
            return Err("a maximum stay could never be lifted again");
        }
    };
    Ok(Status { code, unit })
}
