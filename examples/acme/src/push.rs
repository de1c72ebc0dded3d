//! Writing: up to fifty ranges of nights of one hotel (section 5).
//!
//! Invariant: a success counts every range that was sent, or it is none.

use rackrate_core::adapter::{Manifest, Submission};
use rackrate_core::chunk::{Chunk, Receipt, Row};
use rackrate_core::error::Result;
use rackrate_core::exchange::{Body, Operation, Request, Response};
use rackrate_core::rules::{Restriction, Set};
use rackrate_core::shape::{Group, Item, LaneRule, Shape, Unit};
use serde_json::value::RawValue;

use crate::errors::{bug, malformed};
use crate::facts::ADULTS;
use crate::wire;

const BATCH: Shape = Shape {
    group: Group::Property,
    item: Item::Range { max_nights: 366 },
    max_items: 50,
    max_nights: u32::MAX,
    max_bytes: 1 << 20,
    unit: Unit::Cell,
    lane: LaneRule::OneRequest,
    clears_apart: false,
};
pub(crate) const SHAPE: Option<Shape> = Some(BATCH);

pub(crate) fn request(manifest: &Manifest, chunk: &Chunk) -> Result<Request> {
    let wrong = |text: &str| bug(manifest, Operation::Push, text);
    BATCH.check(Operation::Push, chunk).map_err(wrong)?;
    let mut rates = Vec::new();
    for row in &chunk.rows {
        rates.push(range(chunk, row).map_err(wrong)?);
    }
    let (vendor, batch) = (&manifest.vendor, wire::Batch { rates });
    let body = Body::json(vendor, Operation::Push, &batch, BATCH.max_bytes)?;
    let put = Request::put(Operation::Push, &manifest.bases[0], "/rates", body);
    Ok(put.with_query("hotel", &chunk.target.vendor_property))
}

fn range<'a>(chunk: &Chunk, row: &'a Row) -> Result<wire::RateOut<'a>, &'static str> {
    let (Some(room), Some(plan)) = (&row.ids.room, &row.ids.plan) else {
        return Err("a row needs a room type and a rate plan");
    };
    let kinds = [Restriction::MinStayArrival];
    if row.rules.said().any(|(kind, _)| !kinds.contains(&kind)) {
        return Err("a row has a restriction that Acme does not know");
    }
    let currency = chunk.target.currency(&row.ids);
    let price = row
        .one_price(ADULTS)?
        .map(|price| RawValue::from_string(currency.format(price)))
        .transpose()
        .map_err(|_| "a price is no number")?;
    Ok(wire::RateOut {
        room: room.as_str(),
        plan: plan.as_str(),
        from: row.first.to_string(),
        to: row.last.next().to_string(),
        price,
        min_stay: match row.rules.min_stay_arrival {
            Set::Leave => None,
            Set::Clear => Some(0),
            Set::To(nights) => Some(nights),
        },
    })
}

pub(crate) fn parse(manifest: &Manifest, chunk: &Chunk, response: &Response) -> Result<Submission> {
    let said: wire::Saved = wire::read(manifest, Operation::Push, response)?;
    if said.saved != chunk.rows.len() as u64 {
        let text = format!("{} ranges sent, {} saved", chunk.rows.len(), said.saved);
        return Err(malformed(manifest, Operation::Push, text));
    }
    Ok(Submission::Answered(Receipt::default()))
}
