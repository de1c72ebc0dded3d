//! What reads told: prices by number of adults, restrictions of nights, and notes.

use std::collections::BTreeMap;

use rackrate_core::adapter::Sink;
use rackrate_core::ids::Ids;
use rackrate_core::night::Night;
use rackrate_core::notes::Notes;
use rackrate_core::rules::Rules;
use rackrate_core::series::{Seen, Series};

/// What a vendor shows.
#[derive(Debug, Default)]
pub(super) struct Shown {
    prices: BTreeMap<Ids, BTreeMap<u8, Series>>,
    rules: BTreeMap<Ids, BTreeMap<Night, Rules>>,
    pub(super) notes: Notes,
}

impl Shown {
    /// The series of a thing by adults, each with the restrictions of its nights.
    pub(super) fn series(&self, ids: &Ids) -> BTreeMap<u8, Series> {
        let mut all = self.prices.get(ids).cloned().unwrap_or_default();
        for (night, rules) in self.rules.get(ids).into_iter().flatten() {
            for series in all.values_mut() {
                series.set_rules(*night, *rules);
            }
        }
        all
    }
}

impl Sink for Shown {
    fn price(&mut self, ids: &Ids, adults: u8, night: Night, seen: Seen) {
        let of_thing = self.prices.entry(ids.clone()).or_default();
        let series = of_thing
            .entry(adults)
            .or_insert_with(|| Series::unknown(night, night));
        series.set_price(night, Some(seen));
    }

    fn rules(&mut self, ids: &Ids, night: Night, rules: Rules) {
        let nights = self.rules.entry(ids.clone()).or_default();
        nights.insert(night, rules);
    }

    fn note(&mut self, ids: &Ids, night: Night, text: &str) {
        self.notes.set(ids, night, text);
    }
}
