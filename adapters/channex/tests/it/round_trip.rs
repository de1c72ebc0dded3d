//! What is pushed, held and read back are the same prices and restrictions.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rackrate_core::chunk::Row;
use rackrate_core::money::Minor;
use rackrate_core::night::Night;
use rackrate_core::rules::{Restriction, Rules, Set};
use rackrate_core::series::Seen;

use crate::support::*;

const KINDS: [Restriction; 6] = [
    Restriction::MinStayArrival,
    Restriction::MinStayThrough,
    Restriction::MaxStayArrival,
    Restriction::ClosedToArrival,
    Restriction::ClosedToDeparture,
    Restriction::StopSell,
];

fn any_wish(kind: Restriction) -> impl Strategy<Value = Set<u16>> {
    let most = if kind.is_flag() { 1_u16 } else { 400 };
    prop_oneof![
        Just(Set::Leave),
        Just(Set::Clear),
        (0..=most).prop_map(Set::To)
    ]
}

fn any_rules() -> impl Strategy<Value = Rules> {
    KINDS.map(any_wish).prop_map(|wishes| {
        let mut rules = Rules::LEAVE;
        for (kind, wish) in KINDS.into_iter().zip(wishes) {
            rules.set(kind, wish);
        }
        rules
    })
}

/// Rows that may overlap: the later one wins, by kind.
fn any_row() -> impl Strategy<Value = Row> {
    let price = prop::option::of(1_u64..100_000_000);
    (0_i32..60, 0_i32..20, price, any_rules()).prop_filter_map(
        "a row has to say something",
        |(first, nights, price, rules)| {
            let first = night("2019-02-20").plus(first);
            let row = Row {
                ids: ids(BAR),
                first,
                last: first.plus(nights),
                prices: price.map(|price| (3, Minor(price))).into_iter().collect(),
                rules,
            };
            (price.is_some() || !rules.is_leave()).then_some(row)
        },
    )
}

#[derive(Clone, Copy, Default)]
struct Wish {
    price: Option<Minor>,
    rules: Rules,
}

fn wished(rows: &[Row]) -> BTreeMap<Night, Wish> {
    let mut wishes: BTreeMap<Night, Wish> = BTreeMap::new();
    for row in rows {
        for night in row.first.through(row.last) {
            let wish = wishes.entry(night).or_default();
            wish.price = row.prices.first().map(|(_, price)| *price).or(wish.price);
            wish.rules = row.rules.or(&wish.rules);
        }
    }
    wishes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_pushed_is_read_back(rows in prop::collection::vec(any_row(), 1..12)) {
        let (adapter, mut world, target) = (channex(), World::new(setup()), target(DEMO));
        let receipt = world.push(&adapter, &chunk_of(&target, rows.clone()));
        prop_assert!(receipt.refused.is_empty() && receipt.unattributed.is_empty());
        world.wait(10);
        let seen = world.read(&adapter, &ask(&target, "2019-02-20", "2019-05-15"));
        let prices: BTreeMap<_, _> = seen.prices.iter().filter(|one| one.0 == ids(BAR))
            .map(|one| (one.2, one.3)).collect();
        let rules: BTreeMap<_, _> = seen.rules.iter().filter(|one| one.0 == ids(BAR))
            .map(|one| (one.1, one.2)).collect();
        for (night, wish) in wished(&rows) {
            if let Some(price) = wish.price {
                prop_assert_eq!(prices[&night], Seen::Price(price));
            }
            prop_assert!(wish.rules.fulfilled_by(&rules[&night]), "{:?} {:?}", wish.rules, rules[&night]);
            // What nobody spoke of is told as none.
            prop_assert!(all_clear().only(|kind, _| wish.rules.get(kind).is_leave())
                .fulfilled_by(&rules[&night]));
        }
        prop_assert_eq!(world.vendor.record().refused_rows, 0);
    }
}
