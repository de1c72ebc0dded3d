//! The wishes of a batch in a vendor's names, without what the vendor cannot have.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rackrate_catalog::Entry;
use rackrate_core::adapter::Adapter;
use rackrate_core::chunk::Target;
use rackrate_core::ids::Ids;
use rackrate_core::series::{Seen, Series};
use rackrate_plan::planner::{Able, Lacks};

use super::hotel;
use crate::batch::Batch;

/// What should hold, by thing and number of adults.
pub(super) fn desired(
    entry: &Entry,
    adapter: &dyn Adapter,
    target: &Target,
    batch: &Batch,
) -> BTreeMap<Ids, BTreeMap<u8, Series>> {
    let manifest = adapter.manifest();
    let able = Able {
        restrictions: &manifest.restrictions,
        adults: manifest.adults,
    };
    let each = wished(entry, batch).into_iter().map(|(ids, wished)| {
        let borrowed = wished
            .iter()
            .map(|(adults, one)| (*adults, Cow::Borrowed(one)));
        let mut all: BTreeMap<u8, Cow<'_, Series>> = borrowed.collect();
        let sellable = target.facts.sellables.get(&ids);
        able.strip(sellable, &mut all, &mut Lacks::default());
        let own = all
            .into_iter()
            .map(|(adults, one)| (adults, one.into_owned()));
        (ids, own.collect())
    });
    each.collect()
}

/// All wishes in the vendor's names.
fn wished(entry: &Entry, batch: &Batch) -> BTreeMap<Ids, BTreeMap<u8, Series>> {
    let mut wished: BTreeMap<Ids, BTreeMap<u8, Series>> = BTreeMap::new();
    for wish in &batch.wishes {
        let Some(ids) = hotel::ids(entry, &batch.hotel, wish) else {
            continue;
        };
        let series = wished.entry(ids).or_default().entry(wish.adults);
        let series = series.or_insert_with(|| Series::unknown(wish.first, wish.last));
        for night in wish.first.through(wish.last) {
            series.set_rules(night, wish.rules);
            if let Some(price) = wish.price {
                series.set_price(night, Some(Seen::Price(price)));
            }
        }
    }
    wished
}
