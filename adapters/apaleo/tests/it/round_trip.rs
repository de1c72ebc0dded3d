//! Whatever is wished, what is read after the write is what was there before with the
//! wishes on top; and the simulator holds the same.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rackrate_core::adapter::Adapter;
use rackrate_core::chunk::Row;
use rackrate_core::money::Minor;
use rackrate_core::night::Night;
use rackrate_core::rules::{Restriction, Rules, Set};
use rackrate_core::series::Seen;
use rackrate_core::simulator::Held;

use crate::support::*;

/// A week around each clock change of Berlin, and one without.
const STARTS: [&str; 3] = ["2026-10-22", "2027-03-24", "2026-12-29"];
const NIGHTS: i32 = 8;

fn any_rules(clears: bool) -> impl Strategy<Value = Rules> {
    let kinds = apaleo().manifest().restrictions.clone();
    let wishes = prop::collection::vec((0_u8..3, 1_u16..40), kinds.len());
    wishes.prop_map(move |wishes| {
        let mut rules = Rules::LEAVE;
        for (kind, (wish, value)) in kinds.iter().zip(wishes) {
            match wish {
                0 => {}
                1 if clears => rules.set(*kind, Set::Clear),
                _ => rules.set(*kind, Set::To(value)),
            }
        }
        rules
    })
}

fn any_price() -> impl Strategy<Value = u64> {
    prop_oneof![1_u64..100_000, Just(8_007_199_254), Just(10), Just(100)]
}

/// What nights hold before: nothing, or a price with restrictions.
fn any_before() -> impl Strategy<Value = Vec<Option<(u64, Rules)>>> {
    let night = prop::option::weighted(0.7, (any_price(), any_rules(false)));
    prop::collection::vec(night, NIGHTS as usize)
}

/// Stretches of one to three nights with free nights between.
fn any_wishes() -> impl Strategy<Value = Vec<(i32, i32, u64, Rules)>> {
    prop::collection::vec((0_i32..3, 1_i32..4, any_price(), any_rules(true)), 1..4)
}

fn rows(start: Night, wishes: &[(i32, i32, u64, Rules)]) -> Vec<Row> {
    let (mut rows, mut next) = (Vec::new(), start);
    for (gap, nights, price, rules) in wishes {
        let first = next.plus(*gap);
        let last = first.plus(nights - 1);
        next = last.next();
        if next.since(start) <= NIGHTS {
            let mut row = row("2026-09-01", "2026-09-01", *price, *rules);
            (row.first, row.last) = (first, last);
            rows.push(row);
        }
    }
    rows
}

fn plain(rules: &Rules) -> BTreeMap<Restriction, Set<u16>> {
    let kinds = apaleo().manifest().restrictions.clone();
    let one = |kind: Restriction| match kind.plain(rules.get(kind)) {
        Set::Leave => (kind, Set::Clear),
        other => (kind, other),
    };
    kinds.into_iter().map(one).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_is_pushed_is_what_is_read_and_the_rest_stays(
        seed in 0_u64..50,
        start in prop::sample::select(STARTS.to_vec()),
        before in any_before(),
        wishes in any_wishes(),
    ) {
        let start = night(start);
        let nights: Vec<Night> = start.through(start.plus(NIGHTS - 1)).collect();
        let shown = nights.iter().zip(&before).filter_map(|(night, one)| {
            let (price, rules) = (*one)?;
            Some(Held { night: *night, ..held("2026-09-01", price, rules) })
        });
        let mut setup = setup(vec![hotel(shown.collect())]);
        setup.seed = seed;
        let (adapter, mut world) = (apaleo(), World::of(setup));
        let rows = rows(start, &wishes);
        prop_assume!(!rows.is_empty());
        world.write(&adapter, &one_plan(), rows.clone()).unwrap();
        let window = ask(one_plan(), &start.to_string(), &start.plus(NIGHTS - 1).to_string());
        let told = world.read(&adapter, &window).unwrap();
        let holds: BTreeMap<Night, Held> =
            world.server.held().into_iter().map(|one| (one.night, one)).collect();
        for (night, before) in nights.iter().zip(&before) {
            let wish = rows.iter().find(|row| (row.first..=row.last).contains(night));
            let rules = before.map_or(Rules::LEAVE, |(_, rules)| rules);
            let (price, rules) = match wish {
                Some(row) => (Some(row.prices[0].1), row.rules.or(&rules)),
                None => (before.map(|(price, _)| Minor(price)), rules),
            };
            let key = (ids(PLAN), *night);
            prop_assert_eq!(told.prices[&key], price.map_or(Seen::Absent, Seen::Price));
            match price {
                None => prop_assert!(told.rules[&key].is_leave()),
                Some(_) => {
                    prop_assert_eq!(plain(&told.rules[&key]), plain(&rules));
                    prop_assert!(told.rules[&key].said().count() == 5);
                }
            }
            prop_assert_eq!(holds.get(night).and_then(|one| one.price), price);
            let held = holds.get(night).map(|one| one.rules).unwrap_or_default();
            prop_assert_eq!(plain(&held), plain(&rules));
        }
        let record = world.record();
        prop_assert_eq!((record.applied, record.refused_rows, record.breaches), (1, 0, 0));
    }
}
