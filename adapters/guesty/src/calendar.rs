//! The days of a calendar, in every form that is documented or was seen live.
//!
//! A booked night has a price like any other. What an answer says of availability, and of
//! reservations, is not looked at.
//!
//! Invariant: a day that cannot be placed makes the whole answer an error.

use rackrate_core::adapter::ReadAsk;
use rackrate_core::ids::{Ids, VendorId};
use rackrate_core::night::Night;
use rackrate_core::rules::Rules;
use rackrate_core::series::Seen;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::wire::{self, Raw};

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    data: Raw<'a>,
    #[serde(borrow, default)]
    date: Raw<'a>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow, default)]
    days: Raw<'a>,
}

#[derive(Deserialize)]
struct Day<'a> {
    #[serde(borrow, default)]
    date: Raw<'a>,
    #[serde(borrow, default, rename = "listingId")]
    listing: Raw<'a>,
    #[serde(borrow, default)]
    currency: Raw<'a>,
    #[serde(borrow, default)]
    price: Raw<'a>,
    #[serde(borrow, default, rename = "minNights")]
    min_nights: Raw<'a>,
    #[serde(borrow, default)]
    cta: Raw<'a>,
    #[serde(borrow, default)]
    ctd: Raw<'a>,
}

/// A night of a listing.
pub(crate) struct Cell {
    pub(crate) ids: Ids,
    pub(crate) night: Night,
    pub(crate) seen: Seen,
    pub(crate) rules: Rules,
}

/// An answer's question: some listings in a window.
pub(crate) struct Calendar<'a> {
    pub(crate) ask: &'a ReadAsk,
    pub(crate) listings: &'a [&'a VendorId],
}

impl Calendar<'_> {
    /// The nights that were asked for.
    pub(crate) fn cells(&self, raw: &RawValue) -> Result<Vec<Cell>, &'static str> {
        let days = days(raw).ok_or("the answer is no list of days")?;
        let cells = days.into_iter().map(|raw| self.cell(raw).transpose());
        cells.flatten().collect()
    }

    /// Reads a day; `None` for one that was not asked for.
    fn cell(&self, raw: &RawValue) -> Result<Option<Cell>, &'static str> {
        let day: Day<'_> = wire::object(Some(raw)).ok_or("a day is no object")?;
        let night = wire::night(day.date).ok_or("a day without a date")?;
        let listing = match (day.listing, self.listings) {
            (None, [one]) => one.as_str().to_owned(),
            (said, _) => wire::text(said).ok_or("a day without a listing")?,
        };
        let asked = self.listings.iter().find(|id| id.as_str() == listing);
        let within = (self.ask.first..=self.ask.last).contains(&night);
        let Some(listing) = asked.filter(|_| within) else {
            return Ok(None);
        };
        let ids = Ids {
            room: Some((*listing).clone()),
            plan: None,
        };
        Ok(Some(Cell {
            seen: self.seen(&ids, &day),
            rules: Rules {
                min_stay_arrival: wire::min_stay(day.min_nights),
                closed_to_arrival: wire::flag(day.cta),
                closed_to_departure: wire::flag(day.ctd),
                ..Rules::LEAVE
            },
            ids,
            night,
        }))
    }

    /// The price; one in another currency than the listing's is unreadable.
    fn seen(&self, ids: &Ids, day: &Day<'_>) -> Seen {
        let currency = self.ask.target.currency(ids);
        let other = wire::text(day.currency).is_some_and(|code| code != currency.code());
        match (wire::seen(day.price, currency), other) {
            (Seen::Price(_), true) => Seen::Unreadable,
            (seen, _) => seen,
        }
    }
}

/// The days of an answer: wrapped as seen live, as a bare list, or the one documented day.
fn days(raw: &RawValue) -> Option<Vec<&RawValue>> {
    if let Some(days) = wire::items(Some(raw)) {
        return Some(days);
    }
    let envelope: Envelope<'_> = wire::object(Some(raw))?;
    match (envelope.data, envelope.date) {
        (Some(data), None) => wire::items(wire::object::<Data<'_>>(Some(data))?.days),
        (None, Some(_)) => Some(vec![raw]),
        _ => None,
    }
}
