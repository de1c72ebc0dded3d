//! What a person let through: `--allow max_change:property=…,date=… --reason "…"`.
//!
//! Invariant: an allowance names its property; nothing is let through everywhere at once.

use std::fmt;
use std::str::FromStr;

use rackrate_core::ids::{PropertyCode, RoomTypeCode};
use rackrate_core::night::Night;
use serde::{Deserialize, Serialize};

use crate::selection::{Nights, SelectionError};

/// A guard that a person may waive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Waivable {
    /// The lowest price.
    Floor,
    /// The highest price.
    Ceiling,
    /// The largest change.
    MaxChange,
    /// How far ahead prices may be.
    Horizon,
}

/// One waiver of a guard; kept in the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allow {
    /// Which guard.
    pub guard: Waivable,
    /// For which hotel.
    pub property: PropertyCode,
    /// For which room type; all of the hotel's when `None`.
    pub room_type: Option<RoomTypeCode>,
    /// For which nights; all when `None`.
    pub date: Option<Nights>,
}

impl Waivable {
    /// All of them, in the order of this enum.
    pub const ALL: [Self; 4] = [Self::Floor, Self::Ceiling, Self::MaxChange, Self::Horizon];

    /// The word in `--allow` and, after `guard.`, in codes.
    pub fn word(self) -> &'static str {
        match self {
            Self::Floor => "floor",
            Self::Ceiling => "ceiling",
            Self::MaxChange => "max_change",
            Self::Horizon => "horizon",
        }
    }
}

impl Allow {
    /// Whether it lets this guard pass for this night.
    pub fn covers(
        &self,
        guard: Waivable,
        property: &PropertyCode,
        room_type: &RoomTypeCode,
        night: Night,
    ) -> bool {
        self.guard == guard
            && self.property == *property
            && self.room_type.as_ref().is_none_or(|one| one == room_type)
            && self.date.is_none_or(|nights| nights.contains(night))
    }
}

impl fmt::Display for Allow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:property={}", self.guard.word(), self.property)?;
        if let Some(room_type) = &self.room_type {
            write!(f, ",room_type={room_type}")?;
        }
        if let Some(date) = &self.date {
            write!(f, ",date={date}")?;
        }
        Ok(())
    }
}

impl FromStr for Allow {
    type Err = SelectionError;

    fn from_str(text: &str) -> Result<Self, SelectionError> {
        let (guard, rest) = text.split_once(':').unwrap_or((text, ""));
        let known = Waivable::ALL.into_iter().find(|one| one.word() == guard);
        let guard = known.ok_or_else(|| {
            let words = Waivable::ALL.map(Waivable::word).join(", ");
            SelectionError::new(format!("{guard:?} cannot be allowed; known are {words}"))
        })?;
        let (mut property, mut room_type, mut date) = (None, None, None);
        for part in rest.split(',') {
            let wrong = |why: String| SelectionError::new(format!("{part:?}: {why}"));
            let id = |error: rackrate_core::ids::IdError| wrong(error.to_string());
            let again = match part.trim().split_once('=') {
                Some(("property", code)) => property
                    .replace(PropertyCode::new(code).map_err(id)?)
                    .is_some(),
                Some(("room_type", code)) => room_type
                    .replace(RoomTypeCode::new(code).map_err(id)?)
                    .is_some(),
                Some(("date", nights)) => date.replace(nights.parse::<Nights>()?).is_some(),
                _ => return Err(wrong("write property=, room_type= or date=".into())),
            };
            if again {
                return Err(wrong("it is there twice".into()));
            }
        }
        let missing = || SelectionError::new("property=<code> is missing".into());
        Ok(Self {
            guard,
            property: property.ok_or_else(missing)?,
            room_type,
            date,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allowance_reads_as_it_is_written() {
        for text in [
            "max_change:property=lisbon-city,room_type=STD,date=2027-01-01..2027-01-31",
            "floor:property=lisbon-city,date=2027-01-01",
            "horizon:property=lisbon-city",
        ] {
            assert_eq!(text.parse::<Allow>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn an_allowance_for_everything_or_for_nothing_known_is_refused() {
        for text in [
            "max_change",
            "max_change:",
            "max_change:date=2027-01-01",
            "basis:property=a",
            "floor:property=a,property=b",
            "floor:property=a,night=2027-01-01",
        ] {
            assert!(text.parse::<Allow>().is_err(), "{text}");
        }
    }
}
