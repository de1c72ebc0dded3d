//! Writing: one property a call, one wire row for each price of each night (README,
//! section 4).
//!
//! A chunk's row over `n` nights with `k` prices becomes `n × max(k, 1)` wire rows, night
//! by night, and each of them carries the row's restrictions. [`SHAPE`] counts wire rows.
//!
//! Invariant: a success accounts for every wire row that was sent, or it is none.

use std::collections::{BTreeMap, BTreeSet};

use http::HeaderName;
use rackrate_core::adapter::{Manifest, Submission};
use rackrate_core::chunk::{Chunk, Receipt, Refusal, Row};
use rackrate_core::error::{Error, Result};
use rackrate_core::exchange::{Body, Operation, Request, Response};
use rackrate_core::ids::{JobRef, Vendor, VendorId};
use rackrate_core::money::Minor;
use rackrate_core::rules::{Restriction, Set};
use rackrate_core::shape::{Group, Item, LaneRule, Shape, Unit};

use crate::errors::refusal;
use crate::{jobs, wire};

/// The protocol promises no order between jobs, so the next batch waits for the last job.
/// It bounds neither the span nor the bytes; a mebibyte is four times what 500 rows with
/// long names take.
pub(crate) const SHAPE: Shape = Shape {
    group: Group::Property,
    item: Item::Night,
    max_items: 500,
    max_nights: u32::MAX,
    max_bytes: 1 << 20,
    unit: Unit::Cell,
    lane: LaneRule::OneJob,
    clears_apart: false,
};

const PROPERTY: HeaderName = HeaderName::from_static("x-property-id");

pub(crate) fn request(manifest: &Manifest, chunk: &Chunk) -> Result<Request> {
    let wrong = |text: &str| Error::bug(&manifest.vendor, Operation::Push, text);
    SHAPE.check(Operation::Push, chunk).map_err(wrong)?;
    let mut rates = Vec::new();
    for row in &chunk.rows {
        spell(chunk, row, &mut rates).map_err(wrong)?;
    }
    let (base, batch) = (&manifest.bases[0], wire::Batch { rates });
    let body = Body::json(&manifest.vendor, Operation::Push, &batch, SHAPE.max_bytes)?;
    Ok(
        Request::post(Operation::Push, base, "/v2/rates/batch", body)
            .with_header(PROPERTY, chunk.target.vendor_property.as_str()),
    )
}

/// How many wire rows these rows become.
fn wire_rows(rows: &[Row]) -> u64 {
    let of = |row: &Row| u64::from(row.nights()).saturating_mul(row.prices.len().max(1) as u64);
    rows.iter().map(of).fold(0, u64::saturating_add)
}

/// Why a row cannot be written; the two names of what it is about where it can.
fn sellable(row: &Row) -> Result<(&VendorId, &VendorId), &'static str> {
    let (Some(room), Some(plan)) = (&row.ids.room, &row.ids.plan) else {
        return Err("a row needs a room type and a rate plan");
    };
    let known = Restriction::MinStayArrival;
    if row.rules.said().any(|(kind, _)| kind != known) {
        return Err("a row has a restriction that the protocol does not know");
    }
    if row.prices.iter().any(|(adults, _)| *adults == 0) {
        return Err("a price is for no adults");
    }
    Ok((room, plan))
}

/// Writes a row as wire rows.
fn spell<'a>(
    chunk: &'a Chunk,
    row: &'a Row,
    rates: &mut Vec<wire::RateOut<'a>>,
) -> Result<(), &'static str> {
    let (room, plan) = sellable(row)?;
    let currency = chunk.target.currency(&row.ids);
    for night in row.first.through(row.last) {
        let rate = |price: Option<(u8, Minor)>| wire::RateOut {
            property_id: chunk.target.vendor_property.as_str(),
            room_type: room.as_str(),
            rate_plan: plan.as_str(),
            date: night.to_string(),
            adults: price.map(|(adults, _)| adults),
            amount: price.map(|(_, price)| currency.format(price)),
            currency: price.map(|_| currency.code()),
            min_stay_arrival: match row.rules.min_stay_arrival {
                Set::Leave => None,
                Set::Clear => Some(None),
                Set::To(nights) => Some(Some(nights)),
            },
        };
        if row.prices.is_empty() {
            rates.push(rate(None));
        }
        rates.extend(row.prices.iter().map(|price| rate(Some(*price))));
    }
    Ok(())
}

pub(crate) fn parse(vendor: &Vendor, chunk: &Chunk, response: &Response) -> Result<Submission> {
    let unclear = |text: &str| Error::malformed(vendor, Operation::Push, text);
    if !matches!(response.status.as_u16(), 200 | 202) {
        return Err(refusal(vendor, Operation::Push, response));
    }
    let said: wire::Outcome = serde_json::from_slice(&response.body)
        .map_err(|error| unclear("the answer is no receipt").with_source(error))?;
    if let Some(code) = &said.error {
        return Err(unclear("a success that speaks of an error").with_code(code));
    }
    match (response.status.as_u16(), said.status.as_str()) {
        (200, "completed") => whole_receipt(chunk, &said)
            .map(Submission::Answered)
            .map_err(unclear),
        (202, "accepted") => said
            .job_id
            .filter(|id| jobs::is_job_id(id))
            .and_then(|id| JobRef::new(&id).ok())
            .map(Submission::Queued)
            .ok_or_else(|| unclear("the batch was accepted without a usable job_id")),
        (status, text) => Err(unclear(&format!("status {status} with {text:?}"))),
    }
}

/// The receipt of a finished write; every wire row must be applied or refused.
pub(crate) fn whole_receipt(chunk: &Chunk, said: &wire::Outcome) -> Result<Receipt, &'static str> {
    let refused = said.refused.as_deref().unwrap_or_default();
    let applied = said
        .applied
        .ok_or("the answer does not count what it applied")?;
    if applied.saturating_add(refused.len() as u64) != wire_rows(&chunk.rows) {
        return Err("applied and refused rows do not add up to the rows sent");
    }
    receipt(chunk, refused)
}

/// Translates refused wire rows back to the chunk's. A row of which only a part was refused
/// is neither refused nor done: its refusal stays without a row, so that the row counts as
/// unknown until it is read, and the text says which price it was.
pub(crate) fn receipt(
    chunk: &Chunk,
    refused: &[wire::RefusedRow],
) -> Result<Receipt, &'static str> {
    let places = places(&chunk.rows);
    let mut receipt = Receipt::default();
    for (row, refused) in by_row(&places, refused)? {
        let parts = places.iter().filter(|place| place.row == row).count();
        if let (true, Some((_, first))) = (refused.len() == parts, refused.first()) {
            let refusal = Refusal::new(&first.code, &first.message);
            receipt.refused.push((row, refusal));
        } else {
            receipt.unattributed.extend(refused.iter().map(|(at, one)| {
                Refusal::new(&one.code, &format!("{} ({})", one.message, at.words))
            }));
        }
    }
    Ok(receipt)
}

/// Refused wire rows with their places, by the chunk's row.
type ByRow<'a> = BTreeMap<u32, Vec<(&'a Place, &'a wire::RefusedRow)>>;

fn by_row<'a>(
    places: &'a [Place],
    refused: &'a [wire::RefusedRow],
) -> Result<ByRow<'a>, &'static str> {
    let (mut seen, mut by_row) = (BTreeSet::new(), ByRow::new());
    for one in refused {
        let place = usize::try_from(one.index)
            .ok()
            .and_then(|index| places.get(index))
            .ok_or("a refused row was not in the batch")?;
        if !seen.insert(one.index) {
            return Err("a row was refused twice");
        }
        by_row.entry(place.row).or_default().push((place, one));
    }
    Ok(by_row)
}

/// Where a wire row comes from.
struct Place {
    row: u32,
    words: String,
}

/// The chunk's rows in the order of [`spell`].
fn places(rows: &[Row]) -> Vec<Place> {
    let mut places = Vec::new();
    for (at, row) in (0_u32..).zip(rows) {
        for night in row.first.through(row.last) {
            let ids = &row.ids;
            let words = format!("{ids}, {night}");
            if row.prices.is_empty() {
                places.push(Place { row: at, words });
                continue;
            }
            places.extend(row.prices.iter().map(|(adults, _)| Place {
                row: at,
                words: format!("{words}, {adults} adults"),
            }));
        }
    }
    places
}
