//! The wishes for one property at one connection, in the vendor's words.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rackrate_core::ids::Ids;
use rackrate_core::series::Series;

use crate::calendar::SeriesKey;
use crate::intervals::Occupancy;
use crate::known::Shown;
use crate::mapping::MappedProperty;
use crate::selection::Selection;

/// One thing to sell: our key of it, and its wishes by adults.
#[derive(Debug)]
pub(super) struct Wish<'a> {
    pub(super) key: &'a SeriesKey,
    pub(super) series: BTreeMap<u8, Cow<'a, Series>>,
}

/// The wishes by the vendor's identifiers, and the series that have none there.
pub(super) fn wishes<'a>(
    selection: &Selection,
    mapped: &MappedProperty,
    series: &[(&'a SeriesKey, &'a Series)],
) -> (BTreeMap<Ids, Wish<'a>>, Vec<&'a SeriesKey>) {
    let (mut wishes, mut unmapped) = (BTreeMap::new(), Vec::new());
    for (key, series) in series {
        let series = selected(selection, series);
        if says_nothing(&series) {
            continue;
        }
        let names = (key.room_type.clone(), key.rate_plan.clone());
        let Some(ids) = mapped.sold.get(&names) else {
            unmapped.push(*key);
            continue;
        };
        let wish = wishes.entry(ids.clone()).or_insert_with(|| Wish {
            key,
            series: BTreeMap::new(),
        });
        wish.series.insert(key.adults, series);
    }
    (wishes, unmapped)
}

impl Wish<'_> {
    /// Wishes beside what is shown. Adults that are shown and not wished for stand there
    /// too, because some vendors want all prices of a night together.
    pub(super) fn occupancies<'b>(&'b self, ids: &Ids, shown: &'b Shown) -> Vec<Occupancy<'b>> {
        let of_ids = (ids.clone(), 0)..=(ids.clone(), u8::MAX);
        let mut all: BTreeMap<u8, Occupancy<'b>> = shown
            .range(of_ids)
            .map(|((_, adults), series)| (*adults, occupancy(*adults, None, Some(series))))
            .collect();
        for (adults, series) in &self.series {
            let one = all.entry(*adults).or_insert(occupancy(*adults, None, None));
            one.desired = Some(series);
        }
        all.into_values().collect()
    }
}

fn occupancy<'b>(
    adults: u8,
    desired: Option<&'b Series>,
    known: Option<&'b Series>,
) -> Occupancy<'b> {
    Occupancy {
        adults,
        desired,
        known,
    }
}

fn selected<'a>(selection: &Selection, series: &'a Series) -> Cow<'a, Series> {
    if selection.dates.is_empty() {
        return Cow::Borrowed(series);
    }
    let mut part = Series::unknown(series.first(), series.first().previous());
    for night in series.nights().filter(|night| selection.has_night(*night)) {
        part.set_price(night, series.price(night));
        part.set_rules(night, series.rules(night));
    }
    Cow::Owned(part)
}

fn says_nothing(series: &Series) -> bool {
    let silent = |night| series.price(night).is_none() && series.rules(night).is_leave();
    series.nights().all(silent)
}
