//! What is pushed is what the simulator holds and what is read, for prices and for all
//! restrictions, over any history of writes.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rackrate_core::chunk::Row;
use rackrate_core::money::Minor;
use rackrate_core::night::Night;
use rackrate_core::rules::{Restriction, Rules, Set};
use rackrate_core::series::Seen;

use crate::support::*;

fn first() -> Night {
    night("2026-12-01")
}

fn any_flag() -> impl Strategy<Value = Set<bool>> {
    prop_oneof![
        Just(Set::Leave),
        Just(Set::Clear),
        any::<bool>().prop_map(Set::To)
    ]
}

fn any_rules() -> impl Strategy<Value = Rules> {
    let stay = prop_oneof![
        Just(Set::Leave),
        Just(Set::Clear),
        (1_u16..30).prop_map(Set::To)
    ];
    (stay, any_flag(), any_flag()).prop_map(|(stay, cta, ctd)| rules(stay, cta, ctd))
}

/// Rows one after the other, with gaps, so that no night is in a chunk twice.
fn any_rows() -> impl Strategy<Value = Vec<Row>> {
    let price = prop::option::of(1_u64..100_000_000);
    let part = (0_i32..4, 1_i32..6, price, any_rules());
    prop::collection::vec(part, 1..6).prop_map(|parts| {
        let mut start = first();
        let mut rows = Vec::new();
        for (gap, nights, price, rules) in parts {
            let begin = start.plus(gap);
            start = begin.plus(nights);
            let mut row = row(SEA, "2026-12-01", "2026-12-01", 1);
            (row.first, row.last) = (begin, begin.plus(nights - 1));
            row.prices = price.map(|price| (2, Minor(price))).into_iter().collect();
            row.rules = rules;
            if !row.prices.is_empty() || !row.rules.is_leave() {
                rows.push(row);
            }
        }
        rows
    })
}

/// What a night has after all writes, by other code than the simulator's.
#[derive(Default)]
struct Model(BTreeMap<Night, (Option<Minor>, Rules)>);

impl Model {
    fn write(&mut self, rows: &[Row]) {
        for row in rows {
            for night in row.first.through(row.last) {
                let (price, rules) = self.0.entry(night).or_default();
                *price = row.prices.first().map(|(_, price)| *price).or(*price);
                *rules = row.rules.or(rules);
            }
        }
    }
}

fn plain(rules: &Rules) -> Rules {
    let mut plain = none();
    for (kind, wish) in rules.said() {
        plain.set(kind, kind.plain(wish));
    }
    plain
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_history_of_writes_is_read_back(
        seed in 0_u64..1_000,
        code in prop::sample::select(vec!["EUR", "JPY", "KWD"]),
        history in prop::collection::vec(any_rows(), 1..5),
    ) {
        let mut setup = setup();
        setup.seed = seed;
        setup.hotels[0].currency = rackrate_core::money::Currency::new(code).unwrap();
        let (adapter, mut world) = (guesty(), World::open(setup));
        let (mut model, mut writes) = (Model::default(), 0);
        for rows in history.into_iter().filter(|rows| !rows.is_empty()) {
            let mut chunk = chunk(rows);
            chunk.target = target_of(COMPLEX, code);
            prop_assert!(world.push(&adapter, &chunk).is_success());
            model.write(&chunk.rows);
            writes += 1;
        }
        let mut ask = ask("2026-12-01", "2027-02-01");
        ask.target = target_of(COMPLEX, code);
        let seen = world.read(&adapter, &ask).unwrap();
        for night in ask.first.through(ask.last) {
            let (price, rules) = model.0.get(&night).copied().unwrap_or_default();
            let price = price.unwrap_or(Minor(10_000));
            prop_assert_eq!(seen.price(SEA, night), Some(Seen::Price(price)));
            prop_assert_eq!(seen.rules(SEA, night), Some(plain(&rules)));
            prop_assert_eq!(seen.price(GARDEN, night), Some(Seen::Price(Minor(11_000))));
        }
        let held = world.vendor.held();
        for (night, (price, rules)) in &model.0 {
            let one = held.iter().find(|one| one.ids == ids(SEA) && one.night == *night).unwrap();
            prop_assert_eq!(one.price, Some(price.unwrap_or(Minor(10_000))));
            let wanted = plain(rules);
            prop_assert_eq!(one.rules, wanted.only(|_, wish| !matches!(wish, Set::Clear)));
        }
        let record = world.vendor.record();
        prop_assert_eq!((record.pushes, record.applied), (writes, writes));
        prop_assert_eq!(record.breaches + record.overlaps + record.unauthorised, 0);
    }

    #[test]
    fn the_record_of_changes_tells_the_same_as_the_calendar(rows in any_rows()) {
        prop_assume!(!rows.is_empty());
        let (adapter, mut world) = (guesty(), World::open(setup()));
        world.push(&adapter, &chunk(rows.clone()));
        let changes = &world.vendor.record().changes;
        prop_assert_eq!(changes.len(), rows.len());
        for (change, row) in changes.iter().zip(&rows) {
            prop_assert_eq!((change.first, change.last), (row.first, row.last));
            prop_assert_eq!(change.price, row.prices.first().map(|(_, price)| *price));
            for kind in Restriction::ALL {
                prop_assert_eq!(kind.plain(change.rules.get(kind)), kind.plain(row.rules.get(kind)));
            }
        }
    }
}
