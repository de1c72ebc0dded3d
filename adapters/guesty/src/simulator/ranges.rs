//! What a write asks for: one range of one listing, checked to the letter.

use std::collections::BTreeMap;

use rackrate_core::ids::VendorId;
use rackrate_core::money::{Currency, Minor};
use rackrate_core::night::Night;
use rackrate_core::rules::{Rules, Set};
use serde::Serialize;
use serde_json::value::RawValue;

use super::http_text::Fault;
use super::state::Cell;

/// The fields of a range as they were sent.
pub(super) type Fields = BTreeMap<String, Box<RawValue>>;

/// Fields that both forms of a write have.
const FIELDS: [&str; 10] = [
    "startDate",
    "endDate",
    "status",
    "price",
    "isBasePrice",
    "minNights",
    "isBaseMinNights",
    "note",
    "cta",
    "ctd",
];
/// Fields of the form for one listing.
const OF_ONE: [&str; 2] = ["useChildValues", "blockReason"];

/// A good range. What is `None` is left; an inner `None` goes back to the listing's base.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Range {
    pub(super) listing: VendorId,
    pub(super) first: Night,
    pub(super) last: Night,
    pub(super) price: Option<Option<Minor>>,
    pub(super) min_nights: Option<Option<u16>>,
    pub(super) cta: Option<bool>,
    pub(super) ctd: Option<bool>,
}

impl Range {
    /// Reads the fields of a listing in that currency; with `one`, of the form for one.
    pub(super) fn read(
        listing: &VendorId,
        currency: Currency,
        fields: &Fields,
        one: bool,
    ) -> Result<Self, Fault> {
        known(fields, one)?;
        status(fields)?;
        let (first, last) = (night(fields, "startDate")?, night(fields, "endDate")?);
        if last < first {
            let reason = "must be larger than or equal to \"startDate\"";
            return Err(Fault::new("endDate", reason, "date.min"));
        }
        Ok(Self {
            listing: listing.clone(),
            first,
            last,
            price: or_base(fields, "isBasePrice", price(fields, currency)?)?,
            min_nights: or_base(fields, "isBaseMinNights", min_nights(fields)?)?,
            cta: flag(fields, "cta")?,
            ctd: flag(fields, "ctd")?,
        })
    }

    pub(super) fn nights(&self) -> u32 {
        self.first.span(self.last)
    }

    /// Whether it changes anything that is kept here.
    pub(super) fn says_something(&self) -> bool {
        let numbers = self.price.is_some() || self.min_nights.is_some();
        numbers || self.cta.is_some() || self.ctd.is_some()
    }

    pub(super) fn apply(&self, cell: &mut Cell, write: u64) {
        cell.price = self.price.unwrap_or(cell.price);
        cell.min_nights = self.min_nights.unwrap_or(cell.min_nights);
        cell.cta = self.cta.unwrap_or(cell.cta);
        cell.ctd = self.ctd.unwrap_or(cell.ctd);
        cell.write = write;
    }

    /// The restrictions that it changes.
    pub(super) fn rules(&self, base_min_nights: u16) -> Rules {
        let on = |flag: Option<bool>| match flag {
            None => Set::Leave,
            Some(true) => Set::To(true),
            Some(false) => Set::Clear,
        };
        let nights = self
            .min_nights
            .map(|nights| nights.unwrap_or(base_min_nights));
        Rules {
            min_stay_arrival: match nights {
                None => Set::Leave,
                Some(0 | 1) => Set::Clear,
                Some(nights) => Set::To(nights),
            },
            closed_to_arrival: on(self.cta),
            closed_to_departure: on(self.ctd),
            ..Rules::LEAVE
        }
    }
}

fn known(fields: &Fields, one: bool) -> Result<(), Fault> {
    let own = match one {
        true => OF_ONE.as_slice(),
        false => &["listingId"],
    };
    let known = |name: &str| FIELDS.contains(&name) || own.contains(&name);
    match fields.keys().find(|name| !known(name)) {
        None => Ok(()),
        Some(name) => Err(Fault::new(name, "is not allowed", "object.allowUnknown")),
    }
}

/// What is set, or a reset where the flag says so.
fn or_base<T>(fields: &Fields, name: &str, value: Option<T>) -> Result<Option<Option<T>>, Fault> {
    Ok(match flag(fields, name)? {
        Some(true) => Some(None),
        _ => value.map(Some),
    })
}

/// A field as it was sent.
fn raw<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    fields.get(name).map(|raw| raw.get())
}

/// A field that has to be a text.
pub(super) fn required_text(fields: &Fields, name: &str) -> Result<String, Fault> {
    let raw = raw(fields, name).ok_or_else(|| Fault::required(name))?;
    let wrong = |_| Fault::new(name, "must be a string", "string.base");
    serde_json::from_str(raw).map_err(wrong)
}

fn night(fields: &Fields, name: &str) -> Result<Night, Fault> {
    let wrong = |_| Fault::new(name, "must be a date with format YYYY-MM-DD", "date.format");
    required_text(fields, name)?.parse().map_err(wrong)
}

fn status(fields: &Fields) -> Result<(), Fault> {
    match raw(fields, "status") {
        None | Some("\"available\"" | "\"unavailable\"") => Ok(()),
        Some(_) => {
            let reason = "must be one of [available, unavailable]";
            Err(Fault::new("status", reason, "any.allowOnly"))
        }
    }
}

fn price(fields: &Fields, currency: Currency) -> Result<Option<Minor>, Fault> {
    let Some(text) = raw(fields, "price") else {
        return Ok(None);
    };
    let wrong = || Fault::new("price", "must be a positive number", "number.base");
    match currency.parse_vendor(text) {
        Ok(Minor(0)) | Err(_) => Err(wrong()),
        Ok(price) => Ok(Some(price)),
    }
}

fn min_nights(fields: &Fields) -> Result<Option<u16>, Fault> {
    let Some(text) = raw(fields, "minNights") else {
        return Ok(None);
    };
    match text.parse() {
        Ok(nights @ 1..) => Ok(Some(nights)),
        _ => {
            let reason = "must be an integer larger than 0";
            Err(Fault::new("minNights", reason, "number.min"))
        }
    }
}

fn flag(fields: &Fields, name: &str) -> Result<Option<bool>, Fault> {
    match raw(fields, name) {
        None => Ok(None),
        Some("true") => Ok(Some(true)),
        Some("false") => Ok(Some(false)),
        Some(_) => Err(Fault::new(name, "must be a boolean", "boolean.base")),
    }
}
