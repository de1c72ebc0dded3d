//! Writing: up to fifty ranges of nights of one hotel (section 5).
//!
//! Invariant: a success counts every range that was sent, or it is none.

use bytes::Bytes;
use http::Method;
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

const MAX_RANGES: u32 = 50;
const MAX_NIGHTS: u32 = 366;
const MAX_BYTES: u32 = 1 << 20;

pub(crate) const SHAPE: Option<Shape> = Some(Shape {
    group: Group::Property,
    item: Item::Range {
        max_nights: MAX_NIGHTS,
    },
    max_items: MAX_RANGES,
    max_nights: u32::MAX,
    max_bytes: MAX_BYTES,
    unit: Unit::Cell,
    lane: LaneRule::OneRequest,
    clears_apart: false,
});

pub(crate) fn request(manifest: &Manifest, chunk: &Chunk) -> Result<Request> {
    let wrong = |text: &str| bug(manifest, Operation::Push, text);
    if chunk.operation != Operation::Push {
        return Err(wrong("the chunk is of another operation"));
    }
    if chunk.rows.is_empty() || chunk.rows.len() > MAX_RANGES as usize {
        return Err(wrong("the chunk has no rows, or more than fifty"));
    }
    let mut rates = Vec::new();
    for row in &chunk.rows {
        rates.push(range(chunk, row).map_err(wrong)?);
    }
    let body = serde_json::to_vec(&wire::Batch { rates })
        .map_err(|error| wrong("the ranges cannot be written").with_source(error))?;
    if body.len() > MAX_BYTES as usize {
        return Err(wrong("the ranges are larger than a mebibyte"));
    }
    let body = Body::Json(Bytes::from(body));
    let put = Request {
        method: Method::PUT,
        ..Request::post(Operation::Push, &manifest.bases[0], "/rates", body)
    };
    Ok(put.with_query("hotel", &chunk.target.vendor_property))
}

fn range<'a>(chunk: &Chunk, row: &'a Row) -> Result<wire::RateOut<'a>, &'static str> {
    let (Some(room), Some(plan)) = (&row.ids.room, &row.ids.plan) else {
        return Err("a row needs a room type and a rate plan");
    };
    if row.nights() == 0 || row.nights() > MAX_NIGHTS {
        return Err("a row has no nights, or more than 366");
    }
    let kinds = [Restriction::MinStayArrival];
    if row.rules.said().any(|(kind, _)| !kinds.contains(&kind)) {
        return Err("a row has a restriction that Acme does not know");
    }
    let price = match row.prices.as_slice() {
        [] if row.rules.is_leave() => return Err("a row says nothing"),
        [] => None,
        [(ADULTS, price)] => {
            let text = chunk.target.currency(&row.ids).format(*price);
            Some(RawValue::from_string(text).map_err(|_| "a price is no number")?)
        }
        _ => return Err("Acme's prices are for two adults"),
    };
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
