//! Writing: `patchRate`, a form of intervals grouped by rate; the answer is a job.
//!
//! Both ends of an interval are meant. The vendor counts 30 intervals to a call; whether
//! for each rate or for all is not said, so all are counted.

use rackrate_core::adapter::Submission;
use rackrate_core::chunk::{Chunk, Row};
use rackrate_core::error::Result;
use rackrate_core::exchange::{Body, Operation, Request, Response, Value};
use rackrate_core::ids::{JobRef, VendorId};
use rackrate_core::money::Minor;
use rackrate_core::shape::{Group, Item, LaneRule, Shape, Unit};

use crate::answer::Api;
use crate::restrictions::{self, LengthOfStay};
use crate::wire;

const MAX_INTERVALS: u32 = 30;
/// No limit is documented; a year is what has a use.
const MAX_INTERVAL_NIGHTS: u32 = 366;
/// No limit is documented; two years.
const MAX_NIGHTS: u32 = 732;

/// The form of one write.
pub(crate) const SHAPE: Shape = Shape {
    group: Group::Property,
    item: Item::Range {
        max_nights: MAX_INTERVAL_NIGHTS,
    },
    max_items: MAX_INTERVALS,
    max_nights: MAX_NIGHTS,
    max_bytes: 65_536,
    unit: Unit::Cell,
    lane: LaneRule::OneJob,
    clears_apart: false,
};

/// The one request that writes a chunk.
pub(crate) fn request(
    api: &Api,
    adults: u8,
    stays: LengthOfStay,
    chunk: &Chunk,
) -> Result<Request> {
    check(stays, chunk).map_err(|text| api.bug(Operation::Push, text))?;
    let property = &chunk.target.vendor_property;
    let mut fields: Vec<(String, Value)> = vec![("propertyID".into(), property.as_str().into())];
    for (at, (rate, rows)) in by_rate(&chunk.rows).into_iter().enumerate() {
        fields.push((format!("rates[{at}][rateID]"), rate.as_str().into()));
        for (place, row) in rows.into_iter().enumerate() {
            let prefix = format!("rates[{at}][interval][{place}]");
            let price = row
                .one_price(adults)
                .map_err(|text| api.bug(Operation::Push, text))?;
            fields.extend(interval(chunk, row, price, &prefix));
        }
    }
    Ok(api.post(Operation::Push, "/patchRate", property, Body::Form(fields)))
}

/// The rows of each rate, both in the order in which they came.
fn by_rate(rows: &[Row]) -> Vec<(&VendorId, Vec<&Row>)> {
    let mut rates: Vec<(&VendorId, Vec<&Row>)> = Vec::new();
    for row in rows {
        let Some(rate) = &row.ids.plan else { continue };
        match rates.iter_mut().find(|(known, _)| *known == rate) {
            Some((_, rows)) => rows.push(row),
            None => rates.push((rate, vec![row])),
        }
    }
    rates
}

fn interval(chunk: &Chunk, row: &Row, price: Option<Minor>, prefix: &str) -> Vec<(String, Value)> {
    let field = |name: &str, value: String| (format!("{prefix}[{name}]"), Value::from(value));
    let mut fields = vec![
        field("startDate", row.first.to_string()),
        field("endDate", row.last.to_string()),
    ];
    if let Some(price) = price {
        fields.push(field("rate", chunk.target.currency(&row.ids).format(price)));
    }
    let rules = restrictions::fields(&row.rules).into_iter();
    fields.extend(rules.map(|(name, value)| field(name, value)));
    fields
}

fn check(stays: LengthOfStay, chunk: &Chunk) -> Result<(), &'static str> {
    SHAPE.check(Operation::Push, chunk)?;
    let rows = &chunk.rows;
    for (at, row) in rows.iter().enumerate() {
        check_row(stays, chunk, row)?;
        let plan = &row.ids.plan;
        let again = |other: &Row| {
            other.ids.plan == *plan && row.first <= other.last && other.first <= row.last
        };
        if rows[..at].iter().any(again) {
            return Err("a night twice in a call, whose order the vendor does not promise");
        }
    }
    Ok(())
}

fn check_row(stays: LengthOfStay, chunk: &Chunk, row: &Row) -> Result<(), &'static str> {
    let known = chunk.target.facts.sellables.get(&row.ids);
    if row.ids.plan.is_none() {
        return Err("a row without rateID");
    }
    let kinds = stays.restrictions();
    if row.rules.said().any(|(kind, _)| !kinds.contains(&kind)) {
        return Err("a row has a restriction that this connection does not have");
    }
    if known.is_some_and(|sellable| sellable.derived) {
        return Err("a derived rate cannot be written");
    }
    Ok(())
}

/// Reads the answer: a job, or an error.
pub(crate) fn parse(api: &Api, response: &Response) -> Result<Submission> {
    let envelope = api.accepted(Operation::Push, response)?;
    wire::text(envelope.job)
        .and_then(|job| JobRef::new(&job).ok())
        .map(Submission::Queued)
        .ok_or_else(|| api.malformed(Operation::Push, "accepted, but without a jobReferenceID"))
}
