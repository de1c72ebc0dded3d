//! Writing: one PUT of a plan's slices, each replaced whole.
//!
//! A slice is addressed by its exact ends and loses every restriction that is not repeated,
//! so a night is written only with the note of its read. What a row leaves alone is written
//! as it was read.
//!
//! Invariant: nothing is sent for a chunk of which a night has no note.

use rackrate_core::adapter::Submission;
use rackrate_core::chunk::{Chunk, Receipt, Refusal, Row};
use rackrate_core::error::{Error, ErrorKind, Result};
use rackrate_core::exchange::{Body, Operation, Request, Response};
use rackrate_core::ids::VendorId;
use rackrate_core::money::Minor;
use rackrate_core::night::Night;
use rackrate_core::rules::{Restriction, Rules, Set};
use rackrate_core::shape::{Group, Item, LaneRule, Shape, Unit};
use serde_json::value::RawValue;

use crate::answer::{Api, TRACE};
use crate::slice::{NAMES, Note};
use crate::{RESTRICTIONS, plans, wire};

const OPERATION: Operation = Operation::Push;
/// No limit is documented; a year in one call is what integrators use.
const MAX_NIGHTS: u32 = 365;
/// A year of slices with all restrictions takes a third of it.
const MAX_BYTES: u32 = 1 << 18;

/// The form of one write.
pub(crate) const SHAPE: Shape = Shape {
    group: Group::Plan,
    item: Item::Night,
    max_items: MAX_NIGHTS,
    max_nights: MAX_NIGHTS,
    max_bytes: MAX_BYTES,
    unit: Unit::PriceAndRestrictions,
    lane: LaneRule::OneRequest,
    clears_apart: false,
};

/// The one request that writes a chunk.
pub(crate) fn request(api: &Api, adults: u8, chunk: &Chunk) -> Result<Request> {
    let wrong = |text: &str| api.bug(OPERATION, text);
    let plan = check(chunk).map_err(wrong)?;
    let path = api.rates(OPERATION, plan)?;
    check_sold(api, adults, chunk)?;
    let mut rates = Vec::new();
    for row in &chunk.rows {
        let price = price(api, adults, row)?;
        for night in row.first.through(row.last) {
            rates.push(replacement(api, chunk, row, night, price)?);
        }
    }
    let body = wire::Replacements { rates };
    let body = Body::json(&api.vendor, OPERATION, &body, MAX_BYTES)?;
    Ok(api.put(&path, body))
}

/// The one plan of a chunk within the shape.
fn check(chunk: &Chunk) -> Result<&VendorId, &'static str> {
    SHAPE.check(OPERATION, chunk)?;
    let ids = &chunk.rows[0].ids;
    if chunk.rows.iter().any(|row| row.ids != *ids) {
        return Err("the chunk is of several plans");
    }
    if chunk.has_a_night_twice() {
        return Err("a night is twice in the chunk");
    }
    let mut said = chunk.rows.iter().flat_map(|row| row.rules.said());
    if said.any(|(kind, _)| !RESTRICTIONS.contains(&kind)) {
        return Err("a restriction that this vendor does not have");
    }
    ids.plan.as_ref().ok_or("a row without a rate plan")
}

/// Refuses plans whose price is not ours to set, or not meant for so many adults.
fn check_sold(api: &Api, adults: u8, chunk: &Chunk) -> Result<()> {
    let ids = &chunk.rows[0].ids;
    let sellable = chunk.target.facts.sellables.get(ids);
    if sellable.is_some_and(|one| one.derived) {
        return Err(api.bug(OPERATION, "the vendor derives this plan's prices"));
    }
    if adults == 1 {
        return Ok(());
    }
    match sellable.and_then(|one| plans::has_surcharge(one, adults)) {
        Some(false) => Ok(()),
        Some(true) => Err(surcharge(api, ids, adults)),
        None => {
            let text = format!(
                "it is not known whether the plan {ids} has a surcharge for {adults} adults"
            );
            Err(misconfigured(api, &text))
        }
    }
}

fn surcharge(api: &Api, what: &impl std::fmt::Display, adults: u8) -> Error {
    let text = format!(
        "adults = {adults}, but at {what} apaleo adds a surcharge for {adults} adults to the \
         price that is written, which is for one: use adults = 1 for this connection"
    );
    misconfigured(api, &text)
}

fn misconfigured(api: &Api, text: &str) -> Error {
    Error::new(ErrorKind::Misconfigured, &api.vendor, OPERATION, text)
}

/// The price of a row, which a slice cannot be written without.
fn price(api: &Api, adults: u8, row: &Row) -> Result<Minor> {
    let price = row.one_price(adults);
    let price = price.map_err(|text| api.bug(OPERATION, text))?;
    price.ok_or_else(|| {
        let text = format!(
            "{} from {} on has no price, and apaleo keeps no restriction without one",
            row.ids, row.first
        );
        Error::new(ErrorKind::Rejected, &api.vendor, OPERATION, text)
    })
}

/// The slice as it will be.
fn replacement(
    api: &Api,
    chunk: &Chunk,
    row: &Row,
    night: Night,
    price: Minor,
) -> Result<wire::Replacement> {
    let currency = chunk.target.currency(&row.ids);
    let note = note(api, chunk, row, night)?;
    let wrong = |error: serde_json::Error| {
        let text = format!("the night {night} holds a value that is no JSON");
        api.bug(OPERATION, &text).with_source(error)
    };
    Ok(wire::Replacement {
        from: note.from,
        to: note.to,
        price: wire::Price {
            amount: RawValue::from_string(currency.format(price)).map_err(wrong)?,
            currency: currency.code(),
        },
        restrictions: changed(note.restrictions, row.rules).map_err(wrong)?,
    })
}

/// What the read of the night noted down.
fn note(api: &Api, chunk: &Chunk, row: &Row, night: Night) -> Result<Note> {
    let text = chunk.target.note(&row.ids, night).ok_or_else(|| {
        let text = format!(
            "the night {night} of {} was not read before: without the exact times of its \
             slice it cannot be written, and its restrictions would be lost",
            row.ids
        );
        api.bug(OPERATION, &text)
    })?;
    let note: Note = serde_json::from_str(text).map_err(|error| {
        let text = format!("the note of the night {night} is not of a read");
        api.bug(OPERATION, &text).with_source(error)
    })?;
    if note.surcharged {
        let what = format!("{}, {night},", row.ids);
        return Err(surcharge(
            api,
            &what,
            row.prices.first().map_or(1, |one| one.0),
        ));
    }
    Ok(note)
}

/// The restrictions that were read, with those wished for. The vendor requires all three
/// flags as soon as there are any.
fn changed(
    read: Option<wire::Restrictions>,
    wishes: Rules,
) -> Result<Option<wire::Restrictions>, serde_json::Error> {
    let wish = |kind: Restriction| kind.plain(wishes.get(kind));
    let sets = NAMES
        .iter()
        .any(|(kind, _)| matches!(wish(*kind), Set::To(_)));
    if read.is_none() && !sets {
        return Ok(None);
    }
    let mut all = read.unwrap_or_default();
    for (kind, name) in NAMES {
        let text = match wish(kind) {
            Set::To(nights) if !kind.is_flag() => nights.to_string(),
            Set::To(_) => "true".to_owned(),
            Set::Clear if kind.is_flag() => "false".to_owned(),
            Set::Leave if kind.is_flag() && !all.contains_key(name) => "false".to_owned(),
            Set::Clear => {
                all.remove(name);
                continue;
            }
            Set::Leave => continue,
        };
        all.insert(name.to_owned(), RawValue::from_string(text)?);
    }
    Ok(Some(all))
}

/// Reads the answer. That a refused list left all its slices alone is likely but nowhere
/// promised, so only the refusal of a single night is taken at its word.
pub(crate) fn parse(api: &Api, chunk: &Chunk, response: &Response) -> Result<Submission> {
    let reference = response.header(TRACE).map(str::to_owned);
    match response.status.as_u16() {
        204 if response.body.is_empty() => Ok(Submission::Answered(Receipt {
            reference,
            ..Receipt::default()
        })),
        422 if !is_one_night(chunk) => {
            let error = api.refused(OPERATION, response);
            Ok(Submission::Answered(Receipt {
                reference,
                refused: Vec::new(),
                unattributed: vec![Refusal::new("", error.text())],
            }))
        }
        _ => Err(api.refused(OPERATION, response)),
    }
}

fn is_one_night(chunk: &Chunk) -> bool {
    matches!(chunk.rows.as_slice(), [row] if row.nights() == 1)
}
