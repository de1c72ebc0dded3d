//! The vendor's JSON, read leniently in spelling and strictly in meaning.
//!
//! The description says numbers where its own samples show texts, and empty members come
//! as null. So fields stay raw until somebody says what they should be; a price is taken
//! from its text, never through a float.

use rackrate_core::night::Night;
use serde::Deserialize;

pub(crate) use rackrate_core::json::{Raw, body, items, night, object, price, text};

/// The members of an amount by number of adults, from one to five.
pub(crate) const PERSONS: [&str; 5] = [
    "onePersonRate",
    "twoPersonRate",
    "threePersonRate",
    "fourPersonRate",
    "fivePersonRate",
];

/// A truth value; also where it is written as a text.
pub(crate) fn flag(raw: Raw<'_>) -> Option<bool> {
    match raw?.get() {
        "true" | "\"true\"" => Some(true),
        "false" | "\"false\"" => Some(false),
        _ => None,
    }
}

/// On which days of the week something holds, as seven flags tell it. Said nothing, it
/// holds on all; once a day is named, it holds on those that are.
#[derive(Debug, Deserialize)]
pub(crate) struct Week<'a> {
    #[serde(borrow, default)]
    monday: Raw<'a>,
    #[serde(borrow, default)]
    tuesday: Raw<'a>,
    #[serde(borrow, default)]
    wednesday: Raw<'a>,
    #[serde(borrow, default)]
    thursday: Raw<'a>,
    #[serde(borrow, default)]
    friday: Raw<'a>,
    #[serde(borrow, default)]
    saturday: Raw<'a>,
    #[serde(borrow, default)]
    sunday: Raw<'a>,
}

impl Week<'_> {
    /// Whether it holds on the weekday of that night.
    pub(crate) fn holds(&self, night: Night) -> bool {
        let days = [
            self.monday,
            self.tuesday,
            self.wednesday,
            self.thursday,
            self.friday,
            self.saturday,
            self.sunday,
        ];
        let named = days.iter().any(|day| flag(*day) == Some(true));
        let at = night.date().weekday().to_monday_zero_offset();
        let day = usize::try_from(at).ok().and_then(|at| days.get(at));
        match day.and_then(|day| flag(*day)) {
            Some(holds) => holds,
            None => !named,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn week(json: &str) -> Vec<bool> {
        let week: Week<'_> = serde_json::from_str(json).unwrap();
        // From a Monday on.
        let monday: Night = "2027-01-04".parse().unwrap();
        (0..7).map(|day| week.holds(monday.plus(day))).collect()
    }

    #[test]
    fn a_week_of_which_nothing_is_said_is_whole() {
        assert_eq!(week("{}"), [true; 7]);
    }

    #[test]
    fn once_a_day_is_named_the_others_are_not_meant() {
        let friday = [false, false, false, false, true, false, false];
        assert_eq!(week(r#"{"friday":true}"#), friday);
        assert_eq!(week(r#"{"friday":"true","monday":false}"#), friday);
    }

    #[test]
    fn a_day_that_is_left_out_is_the_only_one() {
        let all_but_sunday = [true, true, true, true, true, true, false];
        assert_eq!(week(r#"{"sunday":false}"#), all_but_sunday);
    }
}
