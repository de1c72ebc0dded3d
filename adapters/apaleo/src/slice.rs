//! One time slice as it is read: a night from the check-in of its day to the check-out of
//! the next, in the property's local time, spelled with the offsets of both ends.
//!
//! Invariant: the note of a night repeats the slice's ends as the vendor wrote them, and
//! every restriction it showed.

use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, tz::TimeZone};
use rackrate_core::json;
use rackrate_core::money::Currency;
use rackrate_core::night::Night;
use rackrate_core::rules::{Restriction, Rules, Set};
use rackrate_core::series::{LONGEST_STAY, Seen};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::wire;

/// What the vendor calls each restriction.
pub(crate) const NAMES: [(Restriction, &str); 5] = [
    (Restriction::MinStayArrival, "minLengthOfStay"),
    (Restriction::MaxStayArrival, "maxLengthOfStay"),
    (Restriction::StopSell, "closed"),
    (Restriction::ClosedToArrival, "closedOnArrival"),
    (Restriction::ClosedToDeparture, "closedOnDeparture"),
];

/// What the write of a night needs of its read.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Note {
    pub(crate) from: String,
    pub(crate) to: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) restrictions: Option<wire::Restrictions>,
    /// The vendor shows another price for our number of adults than for one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) surcharged: bool,
}

/// What a slice says of its night.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) night: Night,
    pub(crate) seen: Seen,
    pub(crate) rules: Rules,
    pub(crate) note: String,
}

/// How the slices of a plan are understood.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    pub(crate) currency: Currency,
    /// Whom the one price of a night is meant for.
    pub(crate) adults: u8,
    /// Whether so many adults pay a surcharge, as far as discovery told.
    pub(crate) surcharge: bool,
    /// The property's zone, where it is known.
    pub(crate) zone: Option<&'a str>,
}

impl Reader<'_> {
    pub(crate) fn read(&self, slice: wire::Slice<'_>) -> Result<Known, &'static str> {
        let night = self.night(&slice)?;
        let rules = rules(slice.restrictions.as_ref(), slice.price.is_some())?;
        let (seen, surcharged) = self.price(&slice);
        let mut restrictions = slice.restrictions;
        if let Some(all) = &mut restrictions {
            // A restriction is made of figures; a text could be anybody's words.
            all.retain(|_, value| value.get() != "null" && json::is_figures(value));
        }
        let note = Note {
            from: slice.from,
            to: slice.to,
            restrictions,
            surcharged,
        };
        Ok(Known {
            night,
            seen,
            rules,
            note: serde_json::to_string(&note).map_err(|_| "a slice cannot be noted down")?,
        })
    }

    /// The local day of the check-in, which the check-out follows on the next day.
    fn night(&self, slice: &wire::Slice<'_>) -> Result<Night, &'static str> {
        let day = |text| Night::from_date(self.local(text)?).map_err(|_| "a slice is of no night");
        let (from, to) = (day(&slice.from)?, day(&slice.to)?);
        if from.next() != to || from == to {
            return Err("a slice is not one night in local time");
        }
        Ok(from)
    }

    /// The day that clocks at the property show. The vendor spells local time with its
    /// offset; a time in UTC is translated where the zone is known, and never guessed.
    fn local(&self, text: &str) -> Result<Date, &'static str> {
        let instant: Timestamp = text
            .parse()
            .map_err(|_| "a slice ends at no time with an offset")?;
        if !text.ends_with(['Z', 'z']) {
            let local: DateTime = text.parse().map_err(|_| "a slice ends at no local time")?;
            return Ok(local.date());
        }
        let zone = self.zone.and_then(|name| TimeZone::get(name).ok());
        let zone = zone.ok_or("a slice is in UTC, and the property's zone is not known")?;
        Ok(instant.to_zoned(zone).date())
    }

    /// The price for our number of adults, and whether it is another than for one. What the
    /// vendor computed counts; where it lists none for that number, there is no surcharge.
    fn price(&self, slice: &wire::Slice<'_>) -> (Seen, bool) {
        let Some(price) = &slice.price else {
            return (Seen::Absent, false);
        };
        let base = self.amount(price);
        if self.adults == 1 {
            return (base, false);
        }
        let mut computed = slice.calculated_prices.iter().flatten();
        match computed.find(|one| one.adults == u32::from(self.adults)) {
            Some(one) => {
                let seen = self.amount(&one.price);
                (seen, seen != base)
            }
            None if self.surcharge => (Seen::Unreadable, true),
            None => (base, false),
        }
    }

    /// An amount, from its text; what is none in the plan's currency is unreadable.
    fn amount(&self, price: &wire::Money<'_>) -> Seen {
        let text = price.amount.map_or("", RawValue::get);
        match self.currency.parse_vendor(text) {
            Ok(amount) if price.currency.as_deref() == Some(self.currency.code()) => {
                Seen::Price(amount)
            }
            _ => Seen::Unreadable,
        }
    }
}

/// The restrictions shown. A slice that was never priced tells none; a priced one without
/// them has none.
fn rules(shown: Option<&wire::Restrictions>, priced: bool) -> Result<Rules, &'static str> {
    let mut rules = Rules::LEAVE;
    if shown.is_none() && !priced {
        return Ok(rules);
    }
    for (kind, name) in NAMES {
        let raw = shown.and_then(|all| all.get(name)).map(|raw| raw.get());
        let wish = match (raw, kind.is_flag()) {
            (None | Some("null"), _) | (Some("false"), true) => Set::Clear,
            (Some("true"), true) => Set::To(1),
            (Some(text), false) => Set::To(nights(text)?),
            (Some(_), true) => return Err("a restriction that is neither on nor off"),
        };
        rules.set(kind, kind.plain(wish));
    }
    Ok(rules)
}

fn nights(text: &str) -> Result<u16, &'static str> {
    let nights = text.parse().ok().filter(|nights| *nights <= LONGEST_STAY);
    nights.ok_or("a length of stay that is no number of nights")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn night(from: &str, to: &str, zone: Option<&str>) -> Result<String, &'static str> {
        let reader = Reader {
            currency: Currency::new("EUR").unwrap(),
            adults: 1,
            surcharge: false,
            zone,
        };
        let json = format!(r#"{{"from":"{from}","to":"{to}"}}"#);
        let slice: wire::Slice<'_> = serde_json::from_str(&json).unwrap();
        reader.read(slice).map(|known| known.night.to_string())
    }

    #[test]
    fn a_night_is_the_local_day_of_its_check_in() {
        for (from, to) in [
            ("2026-09-23T17:00:00+02:00", "2026-09-24T11:00:00+02:00"),
            ("2026-09-23T23:30:00-10:00", "2026-09-24T11:00:00-10:00"),
            ("2026-09-23T00:00:00+13:00", "2026-09-24T11:00:00+14:00"),
        ] {
            assert_eq!(night(from, to, None).unwrap(), "2026-09-23");
        }
    }

    #[test]
    fn a_time_in_utc_needs_the_propertys_zone() {
        let (from, to) = ("2026-09-24T01:00:00Z", "2026-09-24T21:00:00Z");
        let there = night(from, to, Some("Pacific/Honolulu"));
        assert_eq!(there.unwrap(), "2026-09-23");
        assert!(night(from, to, None).is_err());
        assert!(night(from, to, Some("Mars/Olympus")).is_err());
    }

    #[test]
    fn what_is_not_one_night_is_refused() {
        for (from, to) in [
            ("2026-09-23T08:00:00+02:00", "2026-09-23T18:00:00+02:00"),
            ("2026-09-23T17:00:00+02:00", "2026-09-25T11:00:00+02:00"),
            ("2026-09-23T17:00:00", "2026-09-24T11:00:00"),
            ("2026-09-23", "2026-09-24"),
            ("soon", "later"),
        ] {
            assert!(night(from, to, None).is_err(), "{from}");
        }
    }
}
