//! Reading: a window of nights of one property, page by page (README, section 6).
//!
//! Nights without a price are left out by the server; who asked knows which those are.
//!
//! Invariant: nothing of a page reaches the sink unless all of the page was understood.

use rackrate_core::adapter::{Carry, Manifest, ReadAsk, Sink, Step};
use rackrate_core::error::{Error, Result};
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::{Ids, VendorId};
use rackrate_core::night::Night;
use rackrate_core::rules::{Rules, Set};
use rackrate_core::series::{LONGEST_STAY, Seen};
use rackrate_core::shape::Shape;
use serde::{Deserialize, Serialize};

use crate::errors::refusal;
use crate::wire;

/// The protocol bounds a page, not a window. A quarter of a year keeps a window of a hotel
/// with fifty series within five pages, so that a failed page repeats little.
pub(crate) const SHAPE: Shape = Shape::window(90);

/// A million rows of one window: more is a server that invents cursors for ever.
const MAX_PAGES: u32 = 1_000;

/// What the parser tells itself across pages.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Paging {
    cursor: Option<String>,
    pages: u32,
}

pub(crate) fn request(manifest: &Manifest, ask: &ReadAsk) -> Result<Request> {
    let wrong = |text| Error::bug(&manifest.vendor, Operation::Read, text);
    SHAPE.check_window(ask).map_err(wrong)?;
    Ok(
        Request::get(Operation::Read, &manifest.bases[0], "/v2/rates")
            .with_query("property", &ask.target.vendor_property)
            .with_query("from", ask.first)
            .with_query("to", ask.last.next()),
    )
}

pub(crate) fn parse(
    manifest: &Manifest,
    ask: &ReadAsk,
    carry: &Carry,
    response: &Response,
    sink: &mut dyn Sink,
) -> Result<Step<()>> {
    let vendor = &manifest.vendor;
    if response.status.as_u16() != 200 {
        return Err(refusal(vendor, Operation::Read, response));
    }
    let unclear = |text: String| Error::malformed(vendor, Operation::Read, text);
    let page: wire::Page<'_> = serde_json::from_slice(&response.body)
        .map_err(|error| unclear("the answer is no page of rates".to_owned()).with_source(error))?;
    if page.property != ask.target.vendor_property.as_str() {
        return Err(unclear("the page is of another property".to_owned()));
    }
    let paging: Paging = carry.get().map_err(|error| {
        Error::bug(vendor, Operation::Read, "the carry is not of a read").with_source(error)
    })?;
    let step = next(manifest, ask, paging, page.next.as_deref())?;
    let mut rows = Vec::new();
    for (at, rate) in page.rates.iter().enumerate() {
        rows.extend(row(ask, rate).map_err(|text| unclear(format!("row {at}: {text}")))?);
    }
    rows.iter().for_each(|row| row.tell(sink));
    Ok(step)
}

/// The next question; an error where asking it could go round in circles.
fn next(
    manifest: &Manifest,
    ask: &ReadAsk,
    paging: Paging,
    cursor: Option<&str>,
) -> Result<Step<()>> {
    let unclear = |text| Error::malformed(&manifest.vendor, Operation::Read, text);
    let Some(cursor) = cursor else {
        return Ok(Step::Done(()));
    };
    if cursor.is_empty() || paging.cursor.as_deref() == Some(cursor) {
        return Err(unclear("the page names itself as the next one"));
    }
    let pages = paging.pages + 1;
    if pages >= MAX_PAGES {
        return Err(unclear("the pages do not end"));
    }
    let carry = Carry::of(&Paging {
        cursor: Some(cursor.to_owned()),
        pages,
    })
    .map_err(|error| unclear("the cursor cannot be kept").with_source(error))?;
    let request = request(manifest, ask)?.with_query("cursor", cursor);
    Ok(Step::Next {
        request: Box::new(request),
        carry,
    })
}

/// A row of the page that belongs to the question.
struct Known {
    ids: Ids,
    night: Night,
    price: Option<(u8, Seen)>,
    rules: Rules,
}

impl Known {
    fn tell(&self, sink: &mut dyn Sink) {
        if let Some((adults, seen)) = self.price {
            sink.price(&self.ids, adults, self.night, seen);
        }
        if !self.rules.is_leave() {
            sink.rules(&self.ids, self.night, self.rules);
        }
    }
}

/// Reads a row; `None` for one that was not asked for.
fn row(ask: &ReadAsk, rate: &wire::RateIn<'_>) -> Result<Option<Known>, String> {
    let night: Night = rate
        .date
        .parse()
        .map_err(|error| format!("{:?} is {error}", rate.date))?;
    let asked = (ask.first..=ask.last).contains(&night)
        && rate.property_id == ask.target.vendor_property.as_str();
    if !asked {
        return Ok(None);
    }
    let id = |text: &str| VendorId::new(text).map_err(|error| format!("{text:?}: {error}"));
    let ids = Ids {
        room: Some(id(&rate.room_type)?),
        plan: Some(id(&rate.rate_plan)?),
    };
    // A price without a number of adults is the base price, which is none of our cells.
    let price = match (rate.adults, rate.amount) {
        (Some(0), _) => return Err("a price for no adults".to_owned()),
        (Some(adults), Some(_)) => Some((adults, seen(ask, &ids, rate))),
        _ => None,
    };
    Ok(Some(Known {
        price,
        night,
        rules: rules(rate)?,
        ids,
    }))
}

/// The price, from its text; what is none in the property's currency is unreadable.
fn seen(ask: &ReadAsk, ids: &Ids, rate: &wire::RateIn<'_>) -> Seen {
    let currency = ask.target.currency(ids);
    if rate.currency.as_deref() != Some(currency.code()) {
        return Seen::Unreadable;
    }
    let raw = rate.amount.map_or("", |raw| raw.get());
    let text = match serde_json::from_str::<String>(raw) {
        Ok(text) => text,
        Err(_) => raw.to_owned(),
    };
    currency
        .parse_vendor(&text)
        .map_or(Seen::Unreadable, Seen::Price)
}

fn rules(rate: &wire::RateIn<'_>) -> Result<Rules, String> {
    let min_stay_arrival = match rate.min_stay_arrival {
        None => Set::Leave,
        Some(None) => Set::Clear,
        Some(Some(nights)) if nights <= LONGEST_STAY => Set::To(nights),
        Some(Some(nights)) => return Err(format!("a minimum stay of {nights} nights")),
    };
    Ok(Rules {
        min_stay_arrival,
        ..Rules::LEAVE
    })
}
