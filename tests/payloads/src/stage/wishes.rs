//! The wishes of a batch in a vendor's names, without what the vendor cannot have.

use std::collections::BTreeMap;

use rackrate_catalog::Entry;
use rackrate_core::adapter::Adapter;
use rackrate_core::chunk::Target;
use rackrate_core::ids::Ids;
use rackrate_core::rules::Rules;
use rackrate_core::series::{Seen, Series};

use super::hotel;
use crate::batch::Batch;

/// What should hold, by thing and number of adults.
pub(super) fn desired(
    entry: &Entry,
    adapter: &dyn Adapter,
    target: &Target,
    batch: &Batch,
) -> BTreeMap<Ids, BTreeMap<u8, Series>> {
    let mut desired: BTreeMap<Ids, BTreeMap<u8, Series>> = BTreeMap::new();
    for wish in &batch.wishes {
        let Some(ids) = hotel::ids(entry, &batch.hotel, wish) else {
            continue;
        };
        let adults = of(adapter, target, &ids, wish.adults);
        let series = desired.entry(ids).or_default().entry(adults);
        let series = series.or_insert_with(|| Series::unknown(wish.first, wish.last));
        let price = wish.price.filter(|_| adults == wish.adults);
        let rules = able(adapter, &wish.rules);
        for night in wish.first.through(wish.last) {
            series.set_rules(night, rules);
            if let Some(price) = price {
                series.set_price(night, Some(Seen::Price(price)));
            }
        }
    }
    desired
}

/// The number of adults of the series that takes the wish. Where there are no prices for so
/// many it is another one: restrictions belong to the night, whoever says them.
fn of(adapter: &dyn Adapter, target: &Target, ids: &Ids, wished: u8) -> u8 {
    let sellable = target.facts.sellables.get(ids);
    let offered = sellable.map_or(&[][..], |one| &one.adults);
    match (adapter.manifest().adults, offered) {
        (Some(fixed), _) => fixed,
        (None, []) => wished,
        (None, some) if some.contains(&wished) => wished,
        (None, [first, ..]) => *first,
    }
}

/// The kinds of restrictions that the vendor has.
pub(super) fn able(adapter: &dyn Adapter, rules: &Rules) -> Rules {
    let known = &adapter.manifest().restrictions;
    rules.only(|kind, _| known.contains(&kind))
}
