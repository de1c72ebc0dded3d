//! Dense columns of nights: the prices and restrictions of one series.
//!
//! A series is all nights of one property, room type, rate plan and number of adults. It
//! is stored by column, not as a struct per cell: a portfolio has tens of millions of
//! cells, and most prices fit 32 bits.
//!
//! Invariant: all columns of a series have the same length, or are empty, which means
//! that nothing is said in them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::money::Minor;
use crate::night::Night;
use crate::rules::{Restriction, Rules, Set};

/// What is known of one price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Seen {
    /// The price.
    Price(Minor),
    /// The vendor says that there is none.
    Absent,
    /// The vendor gave something we cannot read as a price; never equal to any wish.
    Unreadable,
}

/// Prices by night: 32 bits a cell, 64 from the first one that needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Column {
    /// Every price is below the marks of `u32`.
    Narrow(Vec<u32>),
    /// At least one price needed more.
    Wide(Vec<u64>),
}

const UNKNOWN: u64 = u64::MAX;
const ABSENT: u64 = u64::MAX - 1;
const UNREADABLE: u64 = u64::MAX - 2;
/// Narrow marks are the wide ones cut to 32 bits, so prices must stay below them.
const NARROW_LIMIT: u64 = (u32::MAX - 2) as u64;

impl Column {
    /// A column of that many unknown nights.
    pub fn unknown(len: usize) -> Self {
        Self::Narrow(vec![u32::MAX; len])
    }

    /// Nights in the column.
    pub fn len(&self) -> usize {
        match self {
            Self::Narrow(cells) => cells.len(),
            Self::Wide(cells) => cells.len(),
        }
    }

    /// Whether the column has no nights.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What is known at an index; `None` when nothing is, or beyond the end.
    pub fn get(&self, at: usize) -> Option<Seen> {
        let raw = match self {
            Self::Narrow(cells) => widen(*cells.get(at)?),
            Self::Wide(cells) => *cells.get(at)?,
        };
        match raw {
            UNKNOWN => None,
            ABSENT => Some(Seen::Absent),
            UNREADABLE => Some(Seen::Unreadable),
            price => Some(Seen::Price(Minor(price))),
        }
    }

    /// Sets a night; beyond the end nothing happens.
    pub fn set(&mut self, at: usize, seen: Option<Seen>) {
        let raw = match seen {
            None => UNKNOWN,
            Some(Seen::Absent) => ABSENT,
            Some(Seen::Unreadable) => UNREADABLE,
            Some(Seen::Price(Minor(price))) => price.min(UNREADABLE - 1),
        };
        if let (Self::Narrow(cells), true) = (&*self, (NARROW_LIMIT..UNREADABLE).contains(&raw)) {
            *self = Self::Wide(cells.iter().map(|cell| widen(*cell)).collect());
        }
        match self {
            // The marks keep their distance from the top when cut to 32 bits.
            Self::Narrow(cells) => write(cells, at, raw as u32),
            Self::Wide(cells) => write(cells, at, raw),
        }
    }

    fn resize(&mut self, len: usize) {
        match self {
            Self::Narrow(cells) => cells.resize(len, u32::MAX),
            Self::Wide(cells) => cells.resize(len, u64::MAX),
        }
    }
}

fn widen(cell: u32) -> u64 {
    if u64::from(cell) >= NARROW_LIMIT {
        u64::MAX - u64::from(u32::MAX - cell)
    } else {
        u64::from(cell)
    }
}

fn write<T>(cells: &mut [T], at: usize, value: T) {
    if let Some(cell) = cells.get_mut(at) {
        *cell = value;
    }
}

/// The cells of one property, room type, rate plan and number of adults.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Series {
    start: Night,
    prices: Column,
    /// A column for each kind of restriction that some night speaks of.
    rules: RuleColumns,
}

/// Restrictions by night, one column for each kind that is spoken of at all, with marks for
/// what is left and what is cleared. A flag that is on is 1.
pub type RuleColumns = BTreeMap<Restriction, Vec<u16>>;

const RULE_LEAVE: u16 = u16::MAX;
const RULE_CLEAR: u16 = u16::MAX - 1;
/// The longest stay a column can hold.
pub const LONGEST_STAY: u16 = u16::MAX - 2;

impl Series {
    /// A series over the nights from `first` to `last`, both included, with nothing known.
    pub fn unknown(first: Night, last: Night) -> Self {
        Self {
            start: first,
            prices: Column::unknown(first.span(last) as usize),
            rules: RuleColumns::new(),
        }
    }

    /// A series of stored columns. `None` when they differ in length.
    pub fn from_columns(start: Night, prices: Column, rules: RuleColumns) -> Option<Self> {
        let even = rules.values().all(|column| column.len() == prices.len());
        even.then_some(Self {
            start,
            prices,
            rules,
        })
    }

    /// The columns as they are stored: prices and restrictions, marks included.
    pub fn columns(&self) -> (&Column, &RuleColumns) {
        (&self.prices, &self.rules)
    }

    /// The first night.
    pub fn first(&self) -> Night {
        self.start
    }

    /// The last night; before the first when the series is empty.
    pub fn last(&self) -> Night {
        self.start.plus(self.prices.len() as i32 - 1)
    }

    /// The nights of the series.
    pub fn nights(&self) -> impl DoubleEndedIterator<Item = Night> + ExactSizeIterator + use<> {
        self.start.through(self.last())
    }

    /// What is known of the price of a night.
    pub fn price(&self, night: Night) -> Option<Seen> {
        self.prices.get(self.index(night)?)
    }

    /// What is known of the restrictions of a night.
    pub fn rules(&self, night: Night) -> Rules {
        let mut rules = Rules::LEAVE;
        let Some(at) = self.index(night) else {
            return rules;
        };
        for (kind, column) in &self.rules {
            match column.get(at).copied().unwrap_or(RULE_LEAVE) {
                RULE_LEAVE => {}
                RULE_CLEAR => rules.set(*kind, Set::Clear),
                value => rules.set(*kind, Set::To(value)),
            }
        }
        rules
    }

    /// Sets the price of a night, growing the series to reach it.
    pub fn set_price(&mut self, night: Night, seen: Option<Seen>) {
        let at = self.reach(night);
        self.prices.set(at, seen);
    }

    /// Sets what is said of the restrictions of a night; what `rules` leaves stays.
    pub fn set_rules(&mut self, night: Night, rules: Rules) {
        if rules.is_leave() {
            return;
        }
        let at = self.reach(night);
        let len = self.prices.len();
        for (kind, wish) in rules.said() {
            let raw = match wish {
                Set::Leave => RULE_LEAVE,
                Set::Clear => RULE_CLEAR,
                Set::To(value) => value.min(LONGEST_STAY),
            };
            let column = self.rules.entry(kind);
            write(column.or_insert_with(|| vec![RULE_LEAVE; len]), at, raw);
        }
    }

    /// Whether some night may speak of that kind of restriction.
    pub fn speaks_of(&self, kind: Restriction) -> bool {
        self.rules.contains_key(&kind)
    }

    /// Leaves that kind of restriction alone on all nights.
    pub fn forget(&mut self, kind: Restriction) {
        self.rules.remove(&kind);
    }

    /// Takes over every night that `newer` knows something of.
    pub fn overlay(&mut self, newer: &Self) {
        for night in newer.nights() {
            if let Some(seen) = newer.price(night) {
                self.set_price(night, Some(seen));
            }
            self.set_rules(night, newer.rules(night));
        }
    }

    fn index(&self, night: Night) -> Option<usize> {
        usize::try_from(night.since(self.start))
            .ok()
            .filter(|at| *at < self.prices.len())
    }

    fn reach(&mut self, night: Night) -> usize {
        if self.prices.is_empty() {
            self.start = night;
        }
        if night < self.start {
            self.grow_front(self.start.since(night) as usize);
            self.start = night;
        }
        let at = night.since(self.start) as usize;
        if at >= self.prices.len() {
            self.prices.resize(at + 1);
            for column in self.rules.values_mut() {
                column.resize(at + 1, RULE_LEAVE);
            }
        }
        at
    }

    fn grow_front(&mut self, by: usize) {
        match &mut self.prices {
            Column::Narrow(cells) => drop(cells.splice(0..0, std::iter::repeat_n(u32::MAX, by))),
            Column::Wide(cells) => drop(cells.splice(0..0, std::iter::repeat_n(u64::MAX, by))),
        }
        for column in self.rules.values_mut() {
            drop(column.splice(0..0, std::iter::repeat_n(RULE_LEAVE, by)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn night(day: i32) -> Night {
        Night::from_days(20_000 + day)
    }

    fn any_seen() -> impl Strategy<Value = Option<Seen>> {
        prop_oneof![
            Just(None),
            Just(Some(Seen::Absent)),
            Just(Some(Seen::Unreadable)),
            (0_u64..200_000).prop_map(|price| Some(Seen::Price(Minor(price)))),
            (u64::from(u32::MAX) - 4..u64::from(u32::MAX) + 4)
                .prop_map(|price| Some(Seen::Price(Minor(price)))),
        ]
    }

    proptest! {
        #[test]
        fn a_series_remembers_like_a_map(
            writes in prop::collection::vec((-40_i32..40, any_seen()), 0..60),
            stays in prop::collection::vec((-40_i32..40, 0_usize..7, 0_u16..2), 0..20),
        ) {
            let mut series = Series::unknown(night(0), night(2));
            let (mut prices, mut rules) = (BTreeMap::new(), BTreeMap::new());
            for (day, seen) in writes {
                series.set_price(night(day), seen);
                prices.insert(day, seen);
            }
            for (day, kind, value) in stays {
                let mut said = Rules::LEAVE;
                said.set(Restriction::ALL[kind], Set::To(value));
                series.set_rules(night(day), said);
                let before = rules.get(&day).copied().unwrap_or(Rules::LEAVE);
                rules.insert(day, said.or(&before));
            }
            for day in -45..45 {
                prop_assert_eq!(series.price(night(day)), prices.get(&day).copied().flatten());
                let said = rules.get(&day).copied().unwrap_or(Rules::LEAVE);
                prop_assert_eq!(series.rules(night(day)), said);
            }
        }
    }

    #[test]
    fn columns_of_different_length_make_no_series() {
        let stays = |column| RuleColumns::from([(Restriction::MinStayArrival, column)]);
        assert!(Series::from_columns(night(0), Column::unknown(2), stays(vec![1])).is_none());
        assert!(Series::from_columns(night(0), Column::unknown(2), stays(vec![1, 2])).is_some());
    }

    #[test]
    fn an_overlay_keeps_what_the_newer_does_not_know() {
        let mut old = Series::unknown(night(0), night(1));
        old.set_price(night(0), Some(Seen::Price(Minor(1))));
        let mut new = Series::unknown(night(1), night(3));
        new.set_price(night(3), Some(Seen::Absent));
        old.overlay(&new);
        assert_eq!(old.price(night(0)), Some(Seen::Price(Minor(1))));
        assert_eq!(old.price(night(3)), Some(Seen::Absent));
        assert_eq!(old.last(), night(3));
    }
}
