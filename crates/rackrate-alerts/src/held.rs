//! Which nights are held: counted for tonight, the next seven days, and later.
//!
//! Which nights were to be sent is the caller's; here they are only counted.
//!
//! Invariant: a night of a property counts once, however many room types and rate plans it
//! has, and a night that is over never.

use std::collections::{BTreeMap, BTreeSet};

use rackrate_core::ids::PropertyCode;
use rackrate_core::night::Night;
use serde::{Deserialize, Serialize};

/// Nights with prices or restrictions that could not be sent, by property.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Nights(BTreeMap<PropertyCode, Property>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Property {
    today: Night,
    nights: BTreeSet<Night>,
}

/// How many nights are held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Held {
    /// The night that begins today.
    pub tonight: Count,
    /// The seven nights after it.
    pub week: Count,
    /// All after those.
    pub later: Count,
}

/// Nights, and of how many properties they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Count {
    /// A night of each property counts once.
    pub nights: u64,
    /// Properties with any.
    pub properties: u64,
}

/// The nights after tonight that are soon.
const SOON: i32 = 7;

impl Nights {
    /// Adds nights of a property, the last one meant too; `today` is the night that can be
    /// sold there at this moment.
    pub fn add(&mut self, property: &PropertyCode, today: Night, first: Night, last: Night) {
        let nights = first.max(today).through(last);
        let at = self.0.entry(property.clone()).or_insert_with(|| Property {
            today,
            nights: BTreeSet::new(),
        });
        at.nights.extend(nights);
    }

    /// Adds what is held elsewhere.
    pub fn extend(&mut self, other: &Self) {
        for (code, more) in &other.0 {
            let at = self.0.entry(code.clone()).or_insert_with(|| Property {
                today: more.today,
                nights: BTreeSet::new(),
            });
            at.nights.extend(&more.nights);
        }
    }

    /// How many they are.
    pub fn count(&self) -> Held {
        let mut held = Held::default();
        for Property { today, nights } in self.0.values() {
            let soon = today.plus(SOON);
            held.tonight.add(nights.range(..=*today).count());
            held.week.add(nights.range(today.next()..=soon).count());
            held.later.add(nights.range(soon.next()..).count());
        }
        held
    }
}

impl Held {
    /// Whether there is none.
    pub fn is_nothing(&self) -> bool {
        [self.tonight, self.week, self.later]
            .iter()
            .all(|count| count.nights == 0)
    }
}

impl Count {
    fn add(&mut self, nights: usize) {
        self.nights += nights as u64;
        self.properties += u64::from(nights > 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: i32 = 20_000;

    fn night(days: i32) -> Night {
        Night::from_days(TODAY + days)
    }

    fn nights(spans: &[(&str, i32, i32)]) -> Held {
        let mut nights = Nights::default();
        for (code, first, last) in spans {
            let code = PropertyCode::new(code).unwrap();
            nights.add(&code, night(0), night(*first), night(*last));
        }
        nights.count()
    }

    fn count(nights: u64, properties: u64) -> Count {
        Count { nights, properties }
    }

    #[test]
    fn tonight_the_week_and_later_are_counted_apart() {
        let held = nights(&[("a", -3, 9), ("b", 0, 0), ("b", 30, 31)]);
        assert_eq!(held.tonight, count(2, 2));
        assert_eq!(held.week, count(7, 1));
        assert_eq!(held.later, count(2 + 2, 2));
    }

    #[test]
    fn a_night_of_a_property_counts_once() {
        assert_eq!(nights(&[("a", 1, 2), ("a", 2, 3)]).week, count(3, 1));
        assert!(nights(&[("a", -9, -1)]).is_nothing());
    }
}
