//! A quarter of a year in UTC, such as `2027Q1`.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use rackrate_core::clock::Wall;

/// A quarter, by its first day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quarter(Date);

impl Quarter {
    /// The last quarter that has ended.
    pub fn last_ended(now: Wall) -> Self {
        let today = now.timestamp().to_zoned(TimeZone::UTC).date();
        let (year, quarter) = (today.year(), (today.month() - 1) / 3);
        match quarter {
            0 => Self::of(year.saturating_sub(1), 4),
            quarter => Self::of(year, quarter),
        }
    }

    /// The quarter of that number, from one.
    fn of(year: i16, number: i8) -> Self {
        Self(Date::new(year, number * 3 - 2, 1).unwrap_or(Date::ZERO))
    }

    /// Its first moment.
    pub fn begin(self) -> Wall {
        wall(self.0)
    }

    /// The first moment after it.
    pub fn end(self) -> Wall {
        let next = self.0.checked_add(jiff::Span::new().months(3));
        wall(next.unwrap_or(Date::MAX))
    }
}

fn wall(day: Date) -> Wall {
    let moment = day.to_zoned(TimeZone::UTC);
    Wall(moment.map_or(i64::MAX, |moment| moment.timestamp().as_millisecond()))
}

impl fmt::Display for Quarter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}Q{}", self.0.year(), (self.0.month() - 1) / 3 + 1)
    }
}

impl FromStr for Quarter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (year, number) = text.split_once('Q').unwrap_or_default();
        let year: Option<i16> = year
            .parse()
            .ok()
            .filter(|year| (1970..=9000).contains(year));
        let number: Option<i8> = number.parse().ok().filter(|one| (1..=4).contains(one));
        let both = year.zip(number).filter(|_| text.len() == 6);
        both.map(|(year, number)| Self::of(year, number))
            .ok_or_else(|| "it is not a quarter such as 2027Q1".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_is_three_months_in_utc() {
        let quarter: Quarter = "2027Q1".parse().unwrap();
        assert_eq!(quarter.begin().to_string(), "2027-01-01T00:00:00Z");
        assert_eq!(quarter.end().to_string(), "2027-04-01T00:00:00Z");
        let last: Quarter = "2026Q4".parse().unwrap();
        assert_eq!(last.end(), quarter.begin());
        assert_eq!(last.to_string(), "2026Q4");
        for wrong in [
            "", "2027", "2027Q0", "2027Q5", "2027q1", "27Q1", "+027Q1", "2027Q01",
        ] {
            assert!(wrong.parse::<Quarter>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_last_quarter_has_ended() {
        let quarter: Quarter = "2027Q1".parse().unwrap();
        let first = quarter.begin();
        assert_eq!(Quarter::last_ended(first).to_string(), "2026Q4");
        assert_eq!(Quarter::last_ended(Wall(first.0 - 1)).to_string(), "2026Q3");
        assert_eq!(Quarter::last_ended(quarter.end()), quarter);
    }
}
