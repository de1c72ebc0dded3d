//! What a read showed, gathered page by page.

use std::collections::BTreeMap;

use rackrate_core::adapter::Sink;
use rackrate_core::chunk::Target;
use rackrate_core::clock::Wall;
use rackrate_core::ids::Ids;
use rackrate_core::night::Night;
use rackrate_core::notes::Notes;
use rackrate_core::rules::Rules;
use rackrate_core::series::{Seen, Series};
use rackrate_ledger::op::{Origin, SeenSegment};

/// Prices and restrictions of one property over a span of nights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    first: Night,
    last: Night,
    series: BTreeMap<(Ids, u8), Series>,
    rules: BTreeMap<Ids, Series>,
    notes: Notes,
}

impl Observation {
    /// An observation of those nights in which nothing has been seen yet.
    pub fn new(first: Night, last: Night) -> Self {
        Self {
            first,
            last,
            series: BTreeMap::new(),
            rules: BTreeMap::new(),
            notes: Notes::default(),
        }
    }

    /// The first and the last night.
    pub fn span(&self) -> (Night, Night) {
        (self.first, self.last)
    }

    /// Ends the gathering: what of `expected` the vendor did not show, it does not have.
    pub fn complete(&mut self, expected: impl IntoIterator<Item = (Ids, u8)>) {
        for key in expected {
            let (first, last) = self.span();
            let series = self
                .series
                .entry(key)
                .or_insert_with(|| Series::unknown(first, last));
            for night in first.through(last) {
                if series.price(night).is_none() {
                    series.set_price(night, Some(Seen::Absent));
                }
            }
        }
    }

    /// What was seen of a price.
    pub fn price(&self, ids: &Ids, adults: u8, night: Night) -> Option<Seen> {
        self.series.get(&(ids.clone(), adults))?.price(night)
    }

    /// What was seen of the restrictions of a night.
    pub fn rules(&self, ids: &Ids, night: Night) -> Rules {
        self.rules
            .get(ids)
            .map_or(Rules::LEAVE, |series| series.rules(night))
    }

    /// What the adapter noted down for the writes of these nights.
    pub fn notes(&self) -> &Notes {
        &self.notes
    }

    /// The series, each with its restrictions, for the ledger and for planning.
    pub fn segments(&self, target: &Target, at: Wall) -> Vec<SeenSegment> {
        let segment = |((ids, adults), prices): (&(Ids, u8), &Series)| {
            let mut series = prices.clone();
            if let Some(rules) = self.rules.get(ids) {
                for night in rules.nights() {
                    series.set_rules(night, rules.rules(night));
                }
            }
            SeenSegment {
                connection: target.connection.clone(),
                vendor_property: target.vendor_property.clone(),
                ids: ids.clone(),
                adults: *adults,
                series,
                origin: Origin::Read,
                at,
            }
        };
        self.series.iter().map(segment).collect()
    }
}

impl Sink for Observation {
    fn price(&mut self, ids: &Ids, adults: u8, night: Night, seen: Seen) {
        if night < self.first || night > self.last {
            return;
        }
        let (first, last) = self.span();
        self.series
            .entry((ids.clone(), adults))
            .or_insert_with(|| Series::unknown(first, last))
            .set_price(night, Some(seen));
    }

    fn rules(&mut self, ids: &Ids, night: Night, rules: Rules) {
        if night < self.first || night > self.last {
            return;
        }
        let (first, last) = self.span();
        self.rules
            .entry(ids.clone())
            .or_insert_with(|| Series::unknown(first, last))
            .set_rules(night, rules);
    }

    fn note(&mut self, ids: &Ids, night: Night, text: &str) {
        if night >= self.first && night <= self.last {
            self.notes.set(ids, night, text);
        }
    }
}
