//! A page of a rate plan's schedules: prices by number of adults for ranges of dates.
//!
//! Neighbouring equal dates may come merged or by themselves, so everything is told by
//! night. A night that two schedules speak of has no price that could be trusted.

use std::collections::BTreeMap;

use rackrate_core::adapter::{ReadAsk, Sink};
use rackrate_core::error::Result;
use rackrate_core::exchange::{Operation, Response};
use rackrate_core::ids::{Ids, VendorId};
use rackrate_core::json;
use rackrate_core::money::Currency;
use rackrate_core::night::Night;
use rackrate_core::series::Seen;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::api::Api;
use crate::read::Progress;
use crate::wire::{self, PERSONS, Raw, Week};

const OPERATION: Operation = Operation::Read;
/// The most that goes with an offset.
pub(crate) const PAGE: u64 = 500;
/// Says something about a write, not about a price; it is not sent again.
const NO_AMOUNT: &str = "overrideFloorAmount";

#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow, default, rename = "ratePlanScheduleList")]
    list: Raw<'a>,
    #[serde(borrow, default, rename = "ratePlanMasterInfo")]
    master: Raw<'a>,
}

#[derive(Deserialize)]
struct Listed<'a> {
    #[serde(borrow, default, rename = "hotelId")]
    hotel: Raw<'a>,
    #[serde(borrow, default, rename = "ratePlanCode")]
    plan: Raw<'a>,
    #[serde(borrow, default, rename = "ratePlanSchedule")]
    schedules: Raw<'a>,
    #[serde(borrow, default, rename = "hasMore")]
    has_more: Raw<'a>,
}

#[derive(Default, Deserialize)]
struct Master<'a> {
    #[serde(borrow, default, rename = "currencyCode")]
    currency: Raw<'a>,
    #[serde(borrow, default)]
    tiered: Raw<'a>,
}

#[derive(Deserialize)]
struct Schedule<'a> {
    #[serde(borrow, default, rename = "ratePlanScheduleDetail")]
    detail: Raw<'a>,
}

#[derive(Deserialize)]
struct Detail<'a> {
    #[serde(borrow, default)]
    start: Raw<'a>,
    #[serde(borrow, default)]
    end: Raw<'a>,
    #[serde(borrow, default, rename = "roomTypeList")]
    rooms: Raw<'a>,
    #[serde(borrow, default, rename = "rateAmounts")]
    amounts: Raw<'a>,
}

/// What a night of a room type holds.
#[derive(Default)]
struct Cell {
    prices: BTreeMap<u8, Seen>,
    note: Option<String>,
}

/// Reads a page, and says whether the plan has more.
pub(crate) fn read(
    api: &Api,
    ask: &ReadAsk,
    plan: &VendorId,
    progress: &mut Progress,
    response: &Response,
    sink: &mut dyn Sink,
) -> Result<bool> {
    let wrong = |text: &str| api.malformed(OPERATION, text);
    match response.status.as_u16() {
        200 => {}
        204 => return Ok(false),
        _ => return Err(api.refused(OPERATION, response)),
    }
    let page: Page<'_> =
        wire::body(&response.body).ok_or_else(|| wrong("the answer is no page of schedules"))?;
    let listed: Listed<'_> = page
        .list
        .and_then(wire::object)
        .ok_or_else(|| wrong("the answer has no list of schedules"))?;
    let more = listed.goes_on(ask, plan).map_err(wrong)?;
    let (count, mut cells) = cells(ask, plan, &page, &listed).map_err(wrong)?;
    if !doubt(progress, &mut cells) && more {
        return Err(wrong("the list of schedules does not go on"));
    }
    progress.offset += count;
    tell(plan, cells, sink);
    Ok(more)
}

impl Listed<'_> {
    /// Whether there is more; an error where it is not what was asked for.
    fn goes_on(&self, ask: &ReadAsk, plan: &VendorId) -> Result<bool, &'static str> {
        let other =
            |raw, ours: &VendorId| wire::text(raw).is_some_and(|text| text != ours.as_str());
        if other(self.hotel, &ask.target.vendor_property) || other(self.plan, plan) {
            return Err("schedules of another hotel or rate plan");
        }
        match self.has_more {
            None => Ok(false),
            raw => wire::flag(raw).ok_or("hasMore is neither true nor false"),
        }
    }
}

/// The nights that a page tells, and of how many schedules it is made.
fn cells(
    ask: &ReadAsk,
    plan: &VendorId,
    page: &Page<'_>,
    listed: &Listed<'_>,
) -> Result<(u64, Cells), &'static str> {
    let master = match page.master {
        None => Master::default(),
        Some(raw) => wire::object(raw).ok_or("the plan's header is no object")?,
    };
    let schedules = match listed.schedules {
        None => Vec::new(),
        raw => wire::items(raw).ok_or("the schedules are no list")?,
    };
    let reader = Reader { ask, plan, master };
    let mut cells = Cells::new();
    for raw in &schedules {
        let read = reader.schedule(raw, &mut cells);
        read.ok_or("a schedule without dates, room types or amounts")?;
    }
    Ok((schedules.len() as u64, cells))
}

type Cells = BTreeMap<(String, Night), Cell>;

struct Reader<'a> {
    ask: &'a ReadAsk,
    plan: &'a VendorId,
    master: Master<'a>,
}

impl Reader<'_> {
    /// Adds the nights of a schedule; `None` where it cannot be read.
    fn schedule(&self, raw: &RawValue, cells: &mut Cells) -> Option<()> {
        let schedule: Schedule<'_> = wire::object(raw)?;
        let detail: Detail<'_> = wire::object(schedule.detail?)?;
        let week: Week<'_> = wire::object(schedule.detail?)?;
        let (start, end) = (wire::night(detail.start)?, wire::night(detail.end)?);
        let amounts: BTreeMap<String, &RawValue> = wire::object(detail.amounts?)?;
        for raw in wire::items(detail.rooms)? {
            let room = wire::text(Some(raw))?;
            let prices = self.prices(&room, &amounts);
            let note = note(&amounts);
            let (first, last) = (start.max(self.ask.first), end.min(self.ask.last));
            for night in first.through(last).filter(|night| week.holds(*night)) {
                let cell = cells.entry((room.clone(), night)).or_default();
                if !cell.prices.is_empty() {
                    distrust(cell, prices.keys().copied());
                    continue;
                }
                cell.prices = prices.clone();
                cell.note = note.clone();
            }
        }
        Some(())
    }

    fn prices(&self, room: &str, amounts: &BTreeMap<String, &RawValue>) -> BTreeMap<u8, Seen> {
        let currency = self.currency(room);
        let price = |(adults, name): (u8, &str)| {
            let raw = amounts.get(name).filter(|raw| raw.get() != "null")?;
            Some((
                adults,
                currency.map_or(Seen::Unreadable, |currency| {
                    wire::price(Some(raw), currency)
                }),
            ))
        };
        (1..).zip(PERSONS).filter_map(price).collect()
    }

    /// The currency of the prices; `None` where they cannot be understood as such: in
    /// another currency than is known, or by tiers of the length of stay.
    fn currency(&self, room: &str) -> Option<Currency> {
        let ids = Ids {
            room: VendorId::new(room).ok(),
            plan: Some(self.plan.clone()),
        };
        let known = self.ask.target.currency(&ids);
        let said = wire::text(self.master.currency).is_none_or(|code| code == known.code());
        (said && wire::flag(self.master.tiered) != Some(true)).then_some(known)
    }
}

/// Two schedules speak of the night, so none of its prices is known.
fn distrust(cell: &mut Cell, more: impl Iterator<Item = u8>) {
    let all: Vec<u8> = cell.prices.keys().copied().chain(more).collect();
    cell.prices = all
        .into_iter()
        .map(|adults| (adults, Seen::Unreadable))
        .collect();
    cell.note = None;
}

/// The amounts as they are, to be sent again with the next change of the night. A text is no
/// amount and could be anybody's words, so it is not kept.
fn note(amounts: &BTreeMap<String, &RawValue>) -> Option<String> {
    let kept = |(name, raw): &(&String, &&RawValue)| {
        *name != NO_AMOUNT && raw.get() != "null" && json::is_figures(raw)
    };
    let kept: BTreeMap<&String, &&RawValue> = amounts.iter().filter(kept).collect();
    serde_json::to_string(&kept).ok()
}

/// Marks what an earlier page told already, and says whether anything here is new.
fn doubt(progress: &mut Progress, cells: &mut Cells) -> bool {
    let mut fresh = false;
    for ((room, night), cell) in cells.iter_mut() {
        let told = progress.told.entry(room.clone()).or_default();
        if told
            .iter()
            .any(|(first, last)| (first..=last).contains(&night))
        {
            distrust(cell, std::iter::empty());
            continue;
        }
        fresh = true;
        match told.last_mut() {
            Some((_, last)) if last.next() == *night => *last = *night,
            _ => told.push((*night, *night)),
        }
    }
    fresh
}

/// Only what was read as a whole gets out.
fn tell(plan: &VendorId, cells: Cells, sink: &mut dyn Sink) {
    for ((room, night), cell) in cells {
        let ids = Ids {
            room: VendorId::new(&room).ok(),
            plan: Some(plan.clone()),
        };
        for (adults, seen) in cell.prices {
            sink.price(&ids, adults, night, seen);
        }
        if let Some(note) = cell.note {
            sink.note(&ids, night, &note);
        }
    }
}
