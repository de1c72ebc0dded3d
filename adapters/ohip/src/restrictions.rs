//! The restrictions of a span of dates.
//!
//! Restrictions exist at many levels, from the whole house to one room type of one rate
//! plan. Only the last is ours to write, so only that is compared: a closure of the house
//! is the hotel's own decision, and reading it as ours would make us lift it.

use std::collections::BTreeMap;

use rackrate_core::adapter::{ReadAsk, Sink};
use rackrate_core::error::Result;
use rackrate_core::exchange::{Operation, Response};
use rackrate_core::ids::{Ids, VendorId};
use rackrate_core::night::Night;
use rackrate_core::rules::{Restriction, Rules, Set};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::api::Api;
use crate::restrict::KINDS;
use crate::wire::{self, Raw, Week};

const OPERATION: Operation = Operation::Read;

/// The list is wrapped once in the description and twice in life.
#[derive(Default, Deserialize)]
struct Wrapped<'a> {
    #[serde(borrow, default, rename = "restrictionsByDateRange")]
    inner: Raw<'a>,
    #[serde(borrow, default, rename = "hotelId")]
    hotel: Raw<'a>,
    #[serde(borrow, default, rename = "restrictionSets")]
    sets: Raw<'a>,
    #[serde(borrow, default, rename = "hasMore")]
    has_more: Raw<'a>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow, default, rename = "restrictionControl")]
    control: Raw<'a>,
    #[serde(borrow, default, rename = "restrictionStatus")]
    status: Raw<'a>,
    #[serde(borrow, default, rename = "onRequest")]
    on_request: Raw<'a>,
    #[serde(borrow, default)]
    start: Raw<'a>,
    #[serde(borrow, default)]
    end: Raw<'a>,
}

#[derive(Deserialize)]
struct Control<'a> {
    #[serde(borrow, default)]
    house: Raw<'a>,
    #[serde(borrow, default, rename = "bookingChannelCode")]
    channel: Raw<'a>,
    #[serde(borrow, default, rename = "roomClass")]
    room_class: Raw<'a>,
    #[serde(borrow, default, rename = "roomType")]
    room: Raw<'a>,
    #[serde(borrow, default, rename = "ratePlanCategory")]
    category: Raw<'a>,
    #[serde(borrow, default, rename = "ratePlanCode")]
    plan: Raw<'a>,
}

#[derive(Deserialize)]
struct Status<'a> {
    #[serde(borrow, default)]
    code: Raw<'a>,
    #[serde(borrow, default)]
    unit: Raw<'a>,
}

impl Control<'_> {
    /// The one thing it is about; `None` at any other level.
    fn ids(&self) -> Option<Ids> {
        let wider = [self.channel, self.room_class, self.category];
        if wider.into_iter().any(|raw| wire::text(raw).is_some())
            || wire::flag(self.house) == Some(true)
        {
            return None;
        }
        Some(Ids {
            room: Some(VendorId::new(&wire::text(self.room)?).ok()?),
            plan: Some(VendorId::new(&wire::text(self.plan)?).ok()?),
        })
    }
}

impl Status<'_> {
    /// What it says of which kind; `Leave` where that cannot be trusted.
    fn said(&self, on_request: bool) -> Option<(Restriction, Set<u16>)> {
        let nights = || match wire::text(self.unit).and_then(|text| text.parse().ok()) {
            Some(nights) => Set::To(nights),
            None => Set::Leave,
        };
        let (kind, said) = match wire::text(self.code)?.as_str() {
            "MinimumLengthOfStay" => (Restriction::MinStayArrival, nights()),
            "MinimumStayThrough" => (Restriction::MinStayThrough, nights()),
            "ClosedForArrival" => (Restriction::ClosedToArrival, Set::To(1)),
            "OpenForArrival" => (Restriction::ClosedToArrival, Set::Clear),
            "ClosedForDeparture" => (Restriction::ClosedToDeparture, Set::To(1)),
            "OpenForDeparture" => (Restriction::ClosedToDeparture, Set::Clear),
            // Still sold, if the hotel agrees: neither open nor closed.
            "Closed" if on_request => (Restriction::StopSell, Set::Leave),
            "Closed" => (Restriction::StopSell, Set::To(1)),
            "Open" => (Restriction::StopSell, Set::Clear),
            _ => return None,
        };
        Some((kind, kind.plain(said)))
    }
}

type Said = BTreeMap<(Ids, Night, Restriction), Set<u16>>;

/// Reads the restrictions of a span, and says whether the list was whole.
pub(crate) fn read(
    api: &Api,
    ask: &ReadAsk,
    span: (Night, Night),
    response: &Response,
    sink: &mut dyn Sink,
) -> Result<bool> {
    let wrong = |text: &str| api.malformed(OPERATION, text);
    let list = match response.status.as_u16() {
        204 => Wrapped::default(),
        200 => unwrapped(&response.body).ok_or_else(|| wrong("the answer has no restrictions"))?,
        _ => return Err(api.refused(OPERATION, response)),
    };
    if list.is_cut(&ask.target.vendor_property).map_err(wrong)? {
        return Ok(false);
    }
    let sets = match list.sets {
        None => Vec::new(),
        raw => wire::items(raw).ok_or_else(|| wrong("the restrictions are no list"))?,
    };
    let mut said = Said::new();
    for raw in sets {
        take(raw, span, &mut said)
            .ok_or_else(|| wrong("a restriction without scope, code or dates"))?;
    }
    tell(ask, span, &said, sink);
    Ok(true)
}

impl Wrapped<'_> {
    /// Whether there is more; an error where it is not what was asked for.
    fn is_cut(&self, hotel: &VendorId) -> Result<bool, &'static str> {
        if wire::text(self.hotel).is_some_and(|of| of != hotel.as_str()) {
            return Err("restrictions of another hotel");
        }
        match self.has_more {
            None => Ok(false),
            raw => wire::flag(raw).ok_or("hasMore is neither true nor false"),
        }
    }
}

fn unwrapped(body: &[u8]) -> Option<Wrapped<'_>> {
    let outer: Wrapped<'_> = wire::body(body)?;
    let once: Wrapped<'_> = wire::object(outer.inner?)?;
    match once.inner {
        None => Some(once),
        Some(raw) => wire::object(raw),
    }
}

/// Notes down what a restriction says of its nights; `None` where it cannot be read.
fn take(raw: &RawValue, (first, last): (Night, Night), said: &mut Said) -> Option<()> {
    let entry: Entry<'_> = wire::object(raw)?;
    let week: Week<'_> = wire::object(raw)?;
    let control: Control<'_> = wire::object(entry.control?)?;
    let status: Status<'_> = wire::object(entry.status?)?;
    let (start, end) = (wire::night(entry.start)?, wire::night(entry.end)?);
    let on_request = wire::flag(entry.on_request) == Some(true);
    let (Some(ids), Some((kind, value))) = (control.ids(), status.said(on_request)) else {
        return Some(());
    };
    let nights = start.max(first).through(end.min(last));
    for night in nights.filter(|night| week.holds(*night)) {
        said.entry((ids.clone(), night, kind))
            // Two that disagree tell nothing.
            .and_modify(|known| *known = if *known == value { value } else { Set::Leave })
            .or_insert(value);
    }
    Some(())
}

/// Of every night and kind something is said, that there is none where nothing is listed.
fn tell(ask: &ReadAsk, (first, last): (Night, Night), said: &Said, sink: &mut dyn Sink) {
    for ids in ask.target.facts.sellables.keys() {
        for night in first.through(last) {
            let mut rules = Rules::LEAVE;
            for kind in KINDS {
                let known = said.get(&(ids.clone(), night, kind));
                rules.set(kind, known.copied().unwrap_or(Set::Clear));
            }
            sink.rules(ids, night, rules);
        }
    }
}
