//! What is wished for the nights under test, as the calendar that the planner takes.
//!
//! Invariant: a wish is only made for nights that can be put back.

use std::collections::BTreeMap;

use rackrate_core::money::Minor;
use rackrate_core::night::Night;
use rackrate_core::rules::{Restriction, Rules, Set};
use rackrate_core::series::{Seen, Series};
use rackrate_plan::calendar::{Calendar, SeriesKey};

use crate::kept::{Kept, KeptNight};
use crate::subject::Subject;

/// Wishes by number of adults.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wishes(BTreeMap<u8, Series>);

impl Wishes {
    /// All prices, changed.
    pub(crate) fn prices(kept: &Kept, change: impl Fn(Minor) -> Minor) -> Self {
        let mut wishes = Self::default();
        for night in &kept.nights {
            wishes.price(night, &change);
        }
        wishes
    }

    /// One restriction on all nights.
    pub(crate) fn restriction(kept: &Kept, kind: Restriction, wish: Set<u16>) -> Self {
        let (mut wishes, mut rules) = (Self::default(), Rules::LEAVE);
        rules.set(kind, wish);
        for night in &kept.nights {
            wishes.rules(night, rules);
        }
        wishes
    }

    /// Everything as it was, of these kinds and from that night on: what is over cannot be
    /// written any more.
    pub(crate) fn as_before(kept: &Kept, kinds: &[Restriction], today: Night) -> Self {
        let mut wishes = Self::default();
        for night in kept.nights.iter().filter(|one| one.night >= today) {
            wishes.price(night, |price| price);
            let known = night.rules.only(|kind, _| kinds.contains(&kind));
            wishes.rules(night, known);
        }
        wishes
    }

    fn price(&mut self, night: &KeptNight, change: impl Fn(Minor) -> Minor) {
        for (adults, price) in &night.prices {
            let price = Seen::Price(change(*price));
            self.of(*adults, night.night)
                .set_price(night.night, Some(price));
        }
    }

    /// Restrictions belong to the night, so one number of adults says them.
    fn rules(&mut self, night: &KeptNight, rules: Rules) {
        if let Some((adults, _)) = night.prices.first() {
            self.of(*adults, night.night).set_rules(night.night, rules);
        }
    }

    fn of(&mut self, adults: u8, night: Night) -> &mut Series {
        let series = self.0.entry(adults);
        series.or_insert_with(|| Series::unknown(night, night))
    }

    /// The calendar.
    pub(crate) fn calendar(self, subject: &Subject) -> Calendar {
        let key = |adults| SeriesKey {
            property: subject.property.clone(),
            room_type: subject.room_type.clone(),
            rate_plan: subject.rate_plan.clone(),
            adults,
        };
        let cells = self.0.values().map(|series| series.nights().len() as u64);
        Calendar {
            cells: cells.sum(),
            series: self
                .0
                .into_iter()
                .map(|(adults, one)| (key(adults), one))
                .collect(),
            ..Calendar::default()
        }
    }
}
