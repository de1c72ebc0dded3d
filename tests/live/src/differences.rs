//! What two reads of the same nights show differently.

use std::collections::BTreeSet;

use rackrate_core::chunk::Target;
use rackrate_core::clock::Wall;
use rackrate_core::ids::Ids;
use rackrate_core::night::Night;
use rackrate_core::series::Seen;
use rackrate_runtime::observation::Observation;

/// Nights that differ, in words; prices that the vendor derives from others are left out,
/// because they follow by themselves.
pub(crate) fn differences(
    target: &Target,
    before: &Observation,
    after: &Observation,
    meant: impl Fn(&Ids, Night) -> bool,
) -> Vec<String> {
    let derived = |ids: &Ids| {
        let sellable = target.facts.sellables.get(ids);
        sellable.is_some_and(|sellable| sellable.derived)
    };
    let keys = |seen: &Observation| {
        let segments = seen.segments(target, Wall(0)).into_iter();
        segments
            .map(|one| (one.ids, one.adults))
            .collect::<Vec<_>>()
    };
    let all: BTreeSet<_> = keys(before).into_iter().chain(keys(after)).collect();
    let (first, last) = before.span();
    let mut differences = Vec::new();
    for (ids, adults) in all.into_iter().filter(|(ids, _)| !derived(ids)) {
        for night in first.through(last).filter(|night| meant(&ids, *night)) {
            let price = |seen: &Observation| shown(target, &ids, seen.price(&ids, adults, night));
            let (was, is) = (price(before), price(after));
            if was != is {
                differences.push(format!("{ids} for {adults} on {night}: {was}, then {is}"));
            }
            let (was, is) = (before.rules(&ids, night), after.rules(&ids, night));
            if was != is {
                differences.push(format!("{ids} on {night}: {was}, then {is}"));
            }
        }
    }
    differences
}

/// What was shown, in words; a night that is not shown has no price.
pub(crate) fn shown(target: &Target, ids: &Ids, seen: Option<Seen>) -> String {
    let currency = target.currency(ids);
    match seen {
        Some(Seen::Price(price)) => format!("{} {currency}", currency.format(price)),
        Some(Seen::Unreadable) => "unreadable".to_owned(),
        Some(Seen::Absent) | None => "no price".to_owned(),
    }
}
