//! Stay dates: the night a guest sleeps, as a calendar day of the hotel.
//!
//! Which day it is "now" at a hotel is decided at the edge, with its time zone; from
//! here on a night is only a number of days, so that columns can be indexed by it.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A stay date, counted in days from 1970-01-01.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Night(i32);

/// Why a text is not a stay date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a date of the form YYYY-MM-DD between 1970 and 9000")]
pub struct NightError;

const EPOCH: Date = jiff::civil::date(1970, 1, 1);
/// The last night a calendar may name; keeps `next` and civil conversion total.
const LAST: i32 = 2_567_000;

impl Night {
    /// The night of a calendar day.
    ///
    /// # Errors
    /// [`NightError`] before 1970 or after the year 8998.
    pub fn from_date(date: Date) -> Result<Self, NightError> {
        let days = EPOCH.until(date).map_err(|_| NightError)?.get_days();
        if (0..=LAST).contains(&days) {
            Ok(Self(days))
        } else {
            Err(NightError)
        }
    }

    /// The calendar day.
    pub fn date(self) -> Date {
        EPOCH.saturating_add(jiff::Span::new().days(self.0))
    }

    /// The following night. The last one representable repeats itself.
    #[must_use]
    pub fn next(self) -> Self {
        self.plus(1)
    }

    /// The night before. The first one representable repeats itself.
    #[must_use]
    pub fn previous(self) -> Self {
        self.plus(-1)
    }

    /// This night moved by whole days, kept inside the representable range.
    #[must_use]
    pub fn plus(self, days: i32) -> Self {
        Self(self.0.saturating_add(days).clamp(0, LAST))
    }

    /// Nights from `earlier` to `self`; negative when `self` is the earlier one.
    pub fn since(self, earlier: Self) -> i32 {
        self.0 - earlier.0
    }

    /// All nights from `self` to `last`, both included; none when `last` is earlier.
    pub fn through(self, last: Self) -> impl DoubleEndedIterator<Item = Night> + ExactSizeIterator {
        (self.0..last.0.saturating_add(1).max(self.0)).map(Night)
    }

    /// Nights from `self` to `last`, both counted.
    pub fn span(self, last: Self) -> u32 {
        u32::try_from(last.since(self).saturating_add(1)).unwrap_or(0)
    }

    /// Days since 1970-01-01.
    pub fn days(self) -> i32 {
        self.0
    }

    /// The night that many days after 1970-01-01, kept inside the representable range.
    pub fn from_days(days: i32) -> Self {
        Self(days.clamp(0, LAST))
    }
}

impl fmt::Display for Night {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = self.date();
        let text = format!("{:04}-{:02}-{:02}", date.year(), date.month(), date.day());
        f.pad(&text)
    }
}

impl fmt::Debug for Night {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for Night {
    type Err = NightError;

    fn from_str(text: &str) -> Result<Self, NightError> {
        let bytes = text.as_bytes();
        let shaped = bytes.len() == 10
            && bytes.iter().enumerate().all(|(at, byte)| match at {
                4 | 7 => *byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        if !shaped {
            return Err(NightError);
        }
        let number = |from, to| text.get(from..to)?.parse::<i16>().ok();
        let part = |from, to| i8::try_from(number(from, to)?).ok();
        let date = (|| Date::new(number(0, 4)?, part(5, 7)?, part(8, 10)?).ok())();
        Self::from_date(date.ok_or(NightError)?)
    }
}

impl Serialize for Night {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Night {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leap_day_goes_both_ways() {
        let night: Night = "2028-02-29".parse().unwrap();
        assert_eq!(night.to_string(), "2028-02-29");
        assert_eq!(night.next().to_string(), "2028-03-01");
        assert_eq!(night.next().since(night), 1);
    }

    #[test]
    fn impossible_and_loose_dates_are_refused() {
        for text in [
            "2027-02-29",
            "2027-2-01",
            "2027-02-01T00:00",
            "27-02-01",
            "",
            "1969-12-31",
            "+027-01-01",
        ] {
            assert!(text.parse::<Night>().is_err(), "{text}");
        }
    }

    #[test]
    fn through_counts_both_ends() {
        let first: Night = "2027-12-31".parse().unwrap();
        assert_eq!(first.through(first).count(), 1);
        assert_eq!(first.through(first.plus(2)).count(), 3);
        assert_eq!(first.through(first.previous()).count(), 0);
        assert_eq!(first.span(first.plus(2)), 3);
    }
}
