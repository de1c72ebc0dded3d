//! Prices and restrictions pushed, applied and read back, for generated wishes.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rackrate_core::exchange::Operation;
use rackrate_core::ids::Ids;
use rackrate_core::money::Minor;
use rackrate_core::night::Night;
use rackrate_core::rules::{Restriction, Rules, Set};
use rackrate_core::series::Seen;

use crate::support::*;

fn wish() -> impl Strategy<Value = Set<u16>> {
    prop_oneof![
        Just(Set::Leave),
        Just(Set::Clear),
        (2_u16..30).prop_map(Set::To)
    ]
}

fn flag() -> impl Strategy<Value = Set<bool>> {
    prop_oneof![Just(Set::Leave), Just(Set::Clear), Just(Set::To(true))]
}

fn rules() -> impl Strategy<Value = Rules> {
    (wish(), wish(), flag(), flag(), flag()).prop_map(|(arrival, through, cta, ctd, stop)| Rules {
        min_stay_arrival: arrival,
        min_stay_through: through,
        closed_to_arrival: cta,
        closed_to_departure: ctd,
        stop_sell: stop,
        ..Rules::LEAVE
    })
}

fn prices() -> impl Strategy<Value = Vec<(u8, u64)>> {
    prop::collection::btree_map(1_u8..=5, 1_u64..10_000_000, 1..=5)
        .prop_map(|prices| prices.into_iter().collect())
}

fn first() -> Night {
    // Over the change to summer time, which hotel dates do not know.
    night("2027-03-20")
}

fn room(at: usize) -> Ids {
    ids(["DLX", "STD"][at % 2], "MYDAILY")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_price_comes_back_exactly(
        seed in 0_u64..1_000,
        wishes in prop::collection::btree_map((0_usize..2, 0_i32..20), prices(), 1..=40),
    ) {
        let adapter = ohip();
        let mut world = World::new(&adapter, setup(seed));
        let rows = wishes.iter().map(|((at, day), prices)| {
            let date = first().plus(*day).to_string();
            row(room(*at), &date, &date, prices, Rules::LEAVE)
        });
        let receipt = world.write(&adapter, &chunk(Operation::Push, rows.collect()));
        prop_assert!(receipt.unattributed.is_empty());
        let seen = world.read(&adapter, &ask("2027-03-19", "2027-04-10"));
        let mut own: Vec<_> = seen.prices.iter().filter(|one| one.0 != ids("DLX", "NRF")).cloned().collect();
        own.sort_by_key(|one| (one.0.clone(), one.2, one.1));
        let mut wanted = Vec::new();
        for ((at, day), prices) in &wishes {
            for (adults, minor) in prices {
                wanted.push((room(*at), *adults, first().plus(*day), Seen::Price(Minor(*minor))));
            }
        }
        wanted.sort_by_key(|one| (one.0.clone(), one.2, one.1));
        prop_assert_eq!(own, wanted);
    }

    #[test]
    fn every_restriction_is_left_cleared_or_set_as_wished(
        seed in 0_u64..1_000,
        rounds in prop::collection::vec(
            prop::collection::vec((0_usize..2, 0_i32..20, 1_i32..6, rules()), 1..=8),
            1..=3,
        ),
    ) {
        let adapter = ohip();
        let mut world = World::new(&adapter, setup(seed));
        world.switch("equal_requests", "accept");
        let mut wanted: BTreeMap<(Ids, Night), Rules> = BTreeMap::new();
        for round in rounds {
            let mut rows = Vec::new();
            let mut taken: Vec<(Ids, Night)> = Vec::new();
            for (at, day, nights, rules) in round {
                let (from, to) = (first().plus(day), first().plus(day + nights - 1));
                let cells: Vec<_> = from.through(to).map(|night| (room(at), night)).collect();
                if rules.is_leave() || cells.iter().any(|cell| taken.contains(cell)) {
                    continue;
                }
                for cell in &cells {
                    let known = wanted.entry(cell.clone()).or_default();
                    *known = rules.or(known);
                }
                taken.extend(cells);
                rows.push(row(room(at), &from.to_string(), &to.to_string(), &[], rules));
            }
            if !rows.is_empty() {
                let receipt = world.write(&adapter, &chunk(Operation::Restrict, rows));
                prop_assert!(receipt.unattributed.is_empty());
            }
        }
        let seen = world.read(&adapter, &ask("2027-03-19", "2027-04-20"));
        for at in 0..2 {
            for night in night("2027-03-19").through(night("2027-04-20")) {
                let told = seen.rule(&room(at), &night.to_string());
                let wished = wanted.get(&(room(at), night)).copied().unwrap_or_default();
                for kind in Restriction::ALL.into_iter().filter(|kind| !matches!(kind, Restriction::MaxStayArrival | Restriction::MaxStayThrough)) {
                    let meant = match wished.get(kind) {
                        Set::Leave => Set::Clear,
                        other => other,
                    };
                    prop_assert_eq!(told.get(kind), meant, "{} on {}", kind, night);
                }
            }
        }
        prop_assert_eq!(world.vendor.record().overlaps, 0);
    }
}
