//! Whether the hotel moved since the plan was made.

use rackrate_core::clock::Wall;
use rackrate_core::finding::{Finding, Place};
use rackrate_core::night::Night;
use rackrate_core::rules::Rules;
use rackrate_core::series::Seen;
use rackrate_ledger::op::SeenSegment;

use super::{Before, Lane, Plan};
use crate::known::{Known, Shown};

impl Plan {
    /// Compares the before-values with what is known now; one finding for each lane that
    /// moved, naming its first cell. Before-values that were unknown cannot have moved.
    pub fn moved(&self, seen: &[SeenSegment]) -> Vec<Finding> {
        let known = Known::of(seen, Wall(i64::MIN));
        let nothing = Shown::new();
        let lanes = self.lanes.iter().filter_map(|lane| {
            let shown = known.lane(&lane.connection, &lane.target.vendor_property);
            lane.moved(shown.unwrap_or(&nothing))
        });
        lanes.collect()
    }
}

/// A cell that moved.
struct Moved<'a> {
    before: &'a Before,
    night: Night,
    text: String,
}

impl Lane {
    fn moved(&self, shown: &Shown) -> Option<Finding> {
        let mut cells = self
            .before
            .iter()
            .flat_map(|one| self.differing(one, shown));
        let first = cells.next()?;
        let more = cells.count();
        let place = Place::property(&self.property, &*self.name).on(&self.connection);
        let named = self.named(&first.before.ids);
        let name = named.map_or_else(
            || first.before.ids.to_string(),
            |named| format!("{} {}", named.room_type, named.rate_plan),
        );
        let message = format!(
            "{name}, {}: {}, and {more} more since the plan was made",
            first.night, first.text
        );
        let finding = Finding::error("plan.moved", place, message);
        Some(finding.hint("Somebody else changes these prices; look, and make a new plan."))
    }

    fn differing<'a>(
        &'a self,
        before: &'a Before,
        shown: &'a Shown,
    ) -> impl Iterator<Item = Moved<'a>> {
        let nights = before.first.through(before.last);
        nights.flat_map(move |night| {
            let prices = before.prices.iter().filter_map(move |(adults, was)| {
                let series = shown.get(&(before.ids.clone(), *adults));
                let is = series.and_then(|series| series.price(night));
                let differs = was.is_some() && *was != is;
                let text = || {
                    let (was, is) = (self.amount(before, *was), self.amount(before, is));
                    format!("{adults} adults were {was} and are {is}")
                };
                differs.then(|| Moved {
                    before,
                    night,
                    text: text(),
                })
            });
            let stay = rules_moved(before, shown, night).then(|| Moved {
                before,
                night,
                text: "its restrictions changed".to_owned(),
            });
            prices.chain(stay)
        })
    }

    fn amount(&self, before: &Before, seen: Option<Seen>) -> String {
        match seen {
            Some(Seen::Price(amount)) => {
                let currency = self.target.currency(&before.ids);
                format!("{} {currency}", currency.format(amount))
            }
            Some(Seen::Absent) => "without a price".to_owned(),
            Some(Seen::Unreadable) => "unreadable".to_owned(),
            None => "unknown".to_owned(),
        }
    }
}

fn rules_moved(before: &Before, shown: &Shown, night: Night) -> bool {
    let told = |rules: &Rules| !rules.is_leave();
    let mut now = shown
        .iter()
        .filter(|((ids, _), _)| *ids == before.ids)
        .map(|(_, series)| series.rules(night))
        .filter(told);
    told(&before.rules) && now.any(|rules| !before.rules.fulfilled_by(&rules))
}
