//! Writing restrictions: `restrictions/set` and `restrictions/clear`.
//!
//! A set replaces the restriction of the same rate, category and type on its days, so what
//! shares a type is said in one item. A clear takes a whole type away; the planner sends it
//! first, and then sets what stays. What was read to be hotel staff's is in force without
//! us and is not written again: else it would stay when they take it away.
//!
//! Invariant: what one restriction cannot say is refused before anything is sent.

use std::collections::BTreeMap;

use rackrate_core::chunk::{Chunk, Row};
use rackrate_core::error::{Error, ErrorKind, Result};
use rackrate_core::exchange::{Operation, Request};
use rackrate_core::ids::VendorId;
use rackrate_core::night::Night;
use rackrate_core::rules::{Restriction, Rules, Set};
use rackrate_core::shape::{Group, Item, LaneRule, Shape, Unit};
use serde::Serialize;

use crate::answer::{Api, MAX_BYTES};
use crate::days::Days;
use crate::extra::Extra;
use crate::prices::{self, MAX_NIGHTS};
use crate::restrictions;
use crate::types::Type;

const OPERATION: Operation = Operation::Restrict;
/// A night may need an item of each type, and a call takes 1,000.
const MAX_ROWS: u32 = 333;

/// The form of one write of restrictions. Nights are cut apart, because staff may have set
/// something on one of them; neighbours are joined again here.
pub(crate) const SHAPE: Shape = Shape {
    group: Group::Plan,
    item: Item::Night,
    max_items: MAX_ROWS,
    max_nights: MAX_NIGHTS,
    max_bytes: MAX_BYTES,
    unit: Unit::AllRestrictions,
    lane: LaneRule::OneRequest,
    clears_apart: true,
};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Write<'a> {
    client: &'a str,
    service_id: &'a str,
    data: Vec<Datum<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Datum<'a> {
    r#type: Type,
    exact_rate_id: &'a str,
    resource_category_id: &'a str,
    start_utc: String,
    end_utc: String,
    days: EveryDay,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_length: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_length: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct EveryDay {
    monday: bool,
    tuesday: bool,
    wednesday: bool,
    thursday: bool,
    friday: bool,
    saturday: bool,
    sunday: bool,
}

const EVERY_DAY: EveryDay = EveryDay {
    monday: true,
    tuesday: true,
    wednesday: true,
    thursday: true,
    friday: true,
    saturday: true,
    sunday: true,
};

/// What our restriction of one type says on a night; lengths are in nights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Lengths {
    min: Option<u16>,
    max: Option<u16>,
}

impl Lengths {
    /// No exception at all: closed. It is also what a clear carries.
    const NONE: Self = Self {
        min: None,
        max: None,
    };
    /// Every stay is as long as that: nothing is restricted, and what was is replaced.
    const HARMLESS: Self = Self {
        min: Some(1),
        max: None,
    };
}

/// What is said of each category and type, by night.
type Said<'c> = BTreeMap<(&'c VendorId, Type), BTreeMap<Night, Lengths>>;

/// The one request that writes a chunk.
pub(crate) fn request(api: &Api, chunk: &Chunk) -> Result<Request> {
    let wrong = |text: &str| api.bug(OPERATION, text);
    let rate = check(chunk).map_err(wrong)?;
    let service = chunk.rows.first();
    let service = service.and_then(|row| Extra::in_target(&chunk.target, &row.ids));
    let service = service.ok_or_else(|| wrong("a rate whose service was not discovered"))?;
    let clears = clears(&chunk.rows).map_err(wrong)?;
    let said = said(api, chunk, clears)?;
    let body = Write {
        client: api.client(),
        service_id: &service.service,
        data: data(api, &Days::of(api, OPERATION, &chunk.target)?, rate, &said)?,
    };
    let action = match clears {
        true => "restrictions/clear",
        false => "restrictions/set",
    };
    api.call(OPERATION, action, &body)
}

/// Whether the rows clear, or set.
fn clears(rows: &[Row]) -> Result<bool, &'static str> {
    let mut wishes = rows
        .iter()
        .flat_map(|row| row.rules.said())
        .map(|(_, wish)| wish == Set::Clear);
    let first = wishes.next().ok_or("a chunk without restrictions")?;
    match wishes.all(|clear| clear == first) {
        true => Ok(first),
        false => Err("a call either clears restrictions or sets them"),
    }
}

fn check(chunk: &Chunk) -> Result<&VendorId, &'static str> {
    SHAPE.check(OPERATION, chunk)?;
    if chunk.rows.iter().any(|row| !row.prices.is_empty()) {
        return Err("a row of restrictions has restrictions and no prices");
    }
    prices::rate(chunk)
}

fn said<'c>(api: &Api, chunk: &'c Chunk, clears: bool) -> Result<Said<'c>> {
    let wrong = |text: &str| api.bug(OPERATION, text);
    let mut said = Said::new();
    for row in &chunk.rows {
        let category = row.ids.room.as_ref();
        let category = category.ok_or_else(|| wrong("a row without a room category"))?;
        for night in row.first.through(row.last) {
            let staff = restrictions::staff(&chunk.target, &row.ids, night);
            let types = Type::ALL.into_iter();
            for one in types.filter(|one| one.is_said(&row.rules)) {
                let lengths = match clears {
                    true => Lengths::NONE,
                    false => lengths(one, &row.rules, &staff)
                        .map_err(|kind| together(api, night, one, kind))?,
                };
                let nights = said.entry((category, one)).or_default();
                if nights.insert(night, lengths).is_some() {
                    return Err(wrong("a night twice in a call"));
                }
            }
        }
    }
    Ok(said)
}

/// What our restriction of that type has to say for these wishes.
///
/// # Errors
/// The length that cannot be said beside closing.
fn lengths(one: Type, rules: &Rules, staff: &Rules) -> Result<Lengths, Restriction> {
    let ours = |kind: Restriction| match (kind.plain(rules.get(kind)), staff.get(kind)) {
        (wish, theirs) if wish == theirs => None,
        (Set::To(nights), _) => Some(nights),
        _ => None,
    };
    let min = one.shortest().and_then(ours);
    let max = one.longest().and_then(ours);
    let closed = ours(one.closed()).is_some();
    match (closed, min, max) {
        (true, None, None) => Ok(Lengths::NONE),
        (true, Some(_), _) => Err(one.shortest().unwrap_or(one.closed())),
        (true, None, Some(_)) => Err(one.longest().unwrap_or(one.closed())),
        (false, None, None) => Ok(Lengths::HARMLESS),
        (false, min, max) => Ok(Lengths { min, max }),
    }
}

fn together(api: &Api, night: Night, one: Type, length: Restriction) -> Error {
    let text = format!(
        "{night}: {} and {length} are one restriction at Mews, which says either; clear the \
         length where the night is closed",
        one.closed()
    );
    api.error(ErrorKind::Rejected, OPERATION, &text)
}

/// Neighbouring nights that say the same, joined.
fn data<'a>(api: &Api, days: &Days, rate: &'a VendorId, said: &Said<'a>) -> Result<Vec<Datum<'a>>> {
    let mut data = Vec::new();
    for ((category, one), nights) in said {
        let mut rest = nights.iter().peekable();
        while let Some((first, lengths)) = rest.next() {
            let mut last = *first;
            while rest
                .next_if(|next| next == &(&last.next(), lengths))
                .is_some()
            {
                last = last.next();
            }
            let length = |nights: u16| format!("P0Y0M{nights}DT0H0M0S");
            data.push(Datum {
                r#type: *one,
                exact_rate_id: rate.as_str(),
                resource_category_id: category.as_str(),
                start_utc: days.start(api, OPERATION, *first)?.to_string(),
                end_utc: days.start(api, OPERATION, last)?.to_string(),
                days: EVERY_DAY,
                min_length: lengths.min.map(length),
                max_length: lengths.max.map(length),
            });
        }
    }
    Ok(data)
}
