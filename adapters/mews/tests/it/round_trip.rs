//! What is written is held and read: prices in any currency, restrictions of every kind.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rackrate_core::chunk::Row;
use rackrate_core::exchange::Operation;
use rackrate_core::money::{Basis, Minor};
use rackrate_core::night::Night;
use rackrate_core::rules::{Restriction, Rules, Set};
use rackrate_core::series::Seen;

use crate::support::*;

const FIRST: i32 = 20_900;
const NIGHTS: i32 = 12;

fn prices() -> impl Strategy<Value = BTreeMap<(bool, i32), u64>> {
    prop::collection::btree_map((any::<bool>(), 0..NIGHTS), 1_u64..100_000_000, 1..20)
}

fn room(suite: bool) -> &'static str {
    if suite { SUITE } else { DOUBLE }
}

fn on(day: i32) -> Night {
    Night::from_days(FIRST + day)
}

/// A wish for one kind: leave, clear, or a value that is none or real.
fn wish(kind: Restriction) -> impl Strategy<Value = Set<u16>> {
    let most: u16 = if kind.is_flag() { 1 } else { 30 };
    prop_oneof![
        3 => Just(Set::Leave),
        1 => Just(Set::Clear),
        3 => (0..=most).prop_map(Set::To),
    ]
}

/// Wishes that one restriction of each type can say: where a night is closed, its lengths
/// of that type are cleared.
fn wishes() -> impl Strategy<Value = Rules> {
    use Restriction::*;
    let all: Vec<_> = Restriction::ALL.into_iter().map(wish).collect();
    all.prop_map(|wishes| {
        let mut rules = Rules::LEAVE;
        for (kind, wish) in Restriction::ALL.into_iter().zip(wishes) {
            rules.set(kind, wish);
        }
        for (closed, lengths) in [
            (ClosedToArrival, [MinStayArrival, MaxStayArrival]),
            (StopSell, [MinStayThrough, MaxStayThrough]),
        ] {
            if rules.get(closed) == Set::To(1) {
                for kind in lengths {
                    rules.set(kind, Set::Clear);
                }
            }
        }
        rules
    })
}

/// The two writes that a planner makes of a night that is known to be so: what is cleared,
/// then what is set, completed by what stays.
fn written(world: &mut World, wishes: &BTreeMap<(bool, i32), Rules>) {
    let known = world.read(&on(0).to_string(), &on(NIGHTS).to_string());
    let (mut clears, mut sets) = (Vec::<Row>::new(), Vec::<Row>::new());
    for ((suite, day), wish) in wishes {
        let seen = known.rules[&(ids(room(*suite), RATE), on(*day))];
        if wish.fulfilled_by(&seen) {
            continue;
        }
        let whole = wish.or(&seen.only(|_, shown| matches!(shown, Set::To(_))));
        let cleared = whole.only(|_, wish| wish == Set::Clear);
        let set = whole.only(|_, wish| wish != Set::Clear);
        let row = |rules| ruled(room(*suite), &on(*day).to_string(), rules);
        clears.extend((!cleared.is_leave()).then(|| row(cleared)));
        sets.extend((!set.is_leave()).then(|| row(set)));
    }
    for rows in [clears, sets] {
        if !rows.is_empty() {
            world.push(Operation::Restrict, rows).unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn prices_come_back_as_they_were_written(
        prices in prices(),
        currency in prop::sample::select(vec!["EUR", "JPY", "KWD"]),
        net in any::<bool>(),
        zone in prop::sample::select(vec![BUDAPEST, "America/Santiago", "Pacific/Auckland"]),
    ) {
        let basis = if net { Basis::Net } else { Basis::Gross };
        let mut world = World::of(hotel(zone, currency, basis));
        let rows = prices.iter().map(|((suite, day), price)| {
            let at = on(*day).to_string();
            priced(room(*suite), &at, &at, *price)
        });
        world.push(Operation::Push, rows.collect()).unwrap();
        let seens = world.read(&on(0).to_string(), &on(NIGHTS).to_string());
        for day in 0..=NIGHTS {
            for suite in [false, true] {
                let wish = prices.get(&(suite, day));
                let wish = wish.map_or(Seen::Absent, |price| Seen::Price(Minor(*price)));
                prop_assert_eq!(seens.price(room(suite), &on(day).to_string()), Some(wish));
            }
        }
        let held: BTreeMap<_, _> = world.vendor.held().into_iter()
            .filter_map(|held| Some(((held.ids, held.night), held.price?.0)))
            .collect();
        let wished: BTreeMap<_, _> = prices.into_iter()
            .map(|((suite, day), price)| ((ids(room(suite), RATE), on(day)), price))
            .collect();
        prop_assert_eq!(held, wished);
    }

    #[test]
    fn restrictions_of_every_kind_come_back_and_others_are_left(
        rounds in prop::collection::vec(
            prop::collection::btree_map((any::<bool>(), 0..NIGHTS), wishes(), 1..16), 1..4),
    ) {
        let mut world = World::new();
        let mut model: BTreeMap<(bool, i32), Rules> = BTreeMap::new();
        for wishes in rounds {
            // What a wish leaves would stand beside what it closes: the calendar clears it.
            let wishes: BTreeMap<_, _> = wishes.into_iter()
                .filter(|(at, wish)| sayable(&wish.or(model.get(at).unwrap_or(&Rules::LEAVE))))
                .collect();
            written(&mut world, &wishes);
            for (at, wish) in wishes {
                let before = model.get(&at).copied().unwrap_or_default();
                model.insert(at, wish.or(&before));
            }
            let seens = world.read(&on(0).to_string(), &on(NIGHTS).to_string());
            for suite in [false, true] {
                for day in 0..=NIGHTS {
                    let seen = seens.rules[&(ids(room(suite), RATE), on(day))];
                    let wish = model.get(&(suite, day)).copied().unwrap_or_default();
                    prop_assert!(plain(&wish) == plain(&seen), "{wish:?} became {seen:?}");
                }
            }
        }
        for held in world.vendor.held() {
            let key = (held.ids.room.as_ref().is_some_and(|room| room.as_str() == SUITE),
                held.night.since(on(0)));
            if held.ids == ids(room(key.0), RATE) {
                prop_assert_eq!(plain(&model[&key]), plain(&held.rules));
            }
        }
        prop_assert_eq!(world.vendor.record().refused_rows, 0);
    }
}

/// Only what is really restricted.
fn plain(rules: &Rules) -> Rules {
    rules.only(|kind, wish| matches!(kind.plain(wish), Set::To(_)))
}

fn sayable(rules: &Rules) -> bool {
    use Restriction::*;
    let real = |kind: Restriction| matches!(kind.plain(rules.get(kind)), Set::To(_));
    let both = |closed, lengths: [Restriction; 2]| real(closed) && lengths.into_iter().any(real);
    !both(ClosedToArrival, [MinStayArrival, MaxStayArrival])
        && !both(StopSell, [MinStayThrough, MaxStayThrough])
}
