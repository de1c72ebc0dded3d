//! Which part of the calendar is meant: `property:a|b,date:2027-01-01..2027-01-31`.
//!
//! Invariant: an empty selection means everything; each key narrows, a repeated key adds.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use rackrate_core::ids::PropertyCode;
use rackrate_core::night::Night;
use serde::{Deserialize, Serialize};

/// Nights from the first to the last, both meant; written `A..B`, or `A` for one night.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nights {
    /// The first night.
    pub first: Night,
    /// The last night, meant too.
    pub last: Night,
}

/// A part of the calendar.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// The hotels; empty for all.
    pub properties: BTreeSet<PropertyCode>,
    /// The nights; empty for all.
    pub dates: Vec<Nights>,
}

/// Why a text selects nothing we understand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectionError(String);

impl Nights {
    /// Whether a night is meant.
    pub fn contains(&self, night: Night) -> bool {
        (self.first..=self.last).contains(&night)
    }
}

impl Selection {
    /// Whether a hotel is meant.
    pub fn has_property(&self, property: &PropertyCode) -> bool {
        self.properties.is_empty() || self.properties.contains(property)
    }

    /// Whether a night is meant.
    pub fn has_night(&self, night: Night) -> bool {
        self.dates.is_empty() || self.dates.iter().any(|nights| nights.contains(night))
    }

    /// Adds what another selection says, as if both texts were one.
    pub fn extend(&mut self, other: Self) {
        self.properties.extend(other.properties);
        self.dates.extend(other.dates);
    }
}

impl fmt::Display for Nights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.first == self.last {
            true => write!(f, "{}", self.first),
            false => write!(f, "{}..{}", self.first, self.last),
        }
    }
}

impl FromStr for Nights {
    type Err = SelectionError;

    fn from_str(text: &str) -> Result<Self, SelectionError> {
        let (first, last) = text.split_once("..").unwrap_or((text, text));
        let night = |text: &str| {
            let wrong =
                |_| SelectionError(format!("{text:?} is not a date of the form YYYY-MM-DD"));
            text.parse().map_err(wrong)
        };
        let (first, last) = (night(first)?, night(last)?);
        match first <= last {
            true => Ok(Self { first, last }),
            false => Err(SelectionError(format!("{first} is after {last}"))),
        }
    }
}

impl FromStr for Selection {
    type Err = SelectionError;

    fn from_str(text: &str) -> Result<Self, SelectionError> {
        let mut selection = Self::default();
        for part in text.split(',') {
            match part.trim().split_once(':') {
                Some(("property", codes)) => {
                    for code in codes.split('|') {
                        let wrong = |error| SelectionError(format!("property {code:?}: {error}"));
                        let code = PropertyCode::new(code).map_err(wrong)?;
                        selection.properties.insert(code);
                    }
                }
                Some(("date", nights)) => selection.dates.push(nights.parse()?),
                _ => {
                    let known = "write property:<code> or date:<first>..<last>";
                    return Err(SelectionError(format!("{part:?} selects nothing; {known}")));
                }
            }
        }
        Ok(selection)
    }
}

impl fmt::Display for SelectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SelectionError {}

impl SelectionError {
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_narrow_and_repeated_keys_add() {
        let text = "property:a|b,date:2027-01-01..2027-01-31,property:c,date:2027-03-01";
        let selection: Selection = text.parse().unwrap();
        let night = |text: &str| text.parse::<Night>().unwrap();
        assert_eq!(selection.properties.len(), 3);
        assert!(selection.has_night(night("2027-01-31")));
        assert!(!selection.has_night(night("2027-02-01")));
        assert!(selection.has_night(night("2027-03-01")));
        assert!(!selection.has_property(&PropertyCode::new("d").unwrap()));
    }

    #[test]
    fn what_selects_nothing_is_told() {
        let texts = [
            "",
            "a",
            "room:x",
            "property:",
            "date:2027-02-30",
            "date:2027-03-01..2027-01-01",
        ];
        for text in texts {
            assert!(text.parse::<Selection>().is_err(), "{text}");
        }
    }
}
