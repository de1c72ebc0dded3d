//! Adapter and simulator in virtual time.

use rackrate_core::adapter::Adapter;
use rackrate_core::error::ErrorKind;
use rackrate_core::exchange::Operation;
use rackrate_core::idempotency::Guarantee;
use rackrate_core::money::{Currency, Minor};
use rackrate_core::rules::{Rules, Set};
use rackrate_core::series::Seen;
use rackrate_core::simulator::Control;

use crate::support::*;

const OLD: Seen = Seen::Price(Minor(20_000));
const NEW: Seen = Seen::Price(Minor(15_050));

#[test]
fn a_push_is_read_back_on_its_nights_alone_once_its_task_ended() {
    for seed in 0..20 {
        let mut setup = setup();
        setup.seed = seed;
        setup.timing.settle = None;
        let (adapter, mut world) = (channex(), World::new(setup));
        world.pace = std::time::Duration::from_millis(10);
        let target = target(DEMO);
        let mut row = row(BAR, "2019-02-20", "2019-02-21", 3, 15_050);
        row.rules = all_set();
        let receipt = world.push(&adapter, &chunk_of(&target, vec![row]));
        assert!(receipt.reference.is_some() && receipt.refused.is_empty());
        let ask = ask(&target, "2019-02-19", "2019-02-22");
        let queued = world.read(&adapter, &ask);
        assert_eq!(queued.prices_of(BAR), [OLD; 4], "seed {seed}");
        world.wait(10);
        let seen = world.read(&adapter, &ask);
        assert_eq!(seen.prices_of(BAR), [OLD, NEW, NEW, OLD], "seed {seed}");
        assert!(all_set().fulfilled_by(&seen.rules(BAR, "2019-02-21")));
        assert!(all_clear().fulfilled_by(&seen.rules(BAR, "2019-02-22")));
        assert_eq!(world.vendor.record().breaches, 0);
    }
}

#[test]
fn a_task_that_is_lost_looks_accepted_and_is_never_seen() {
    let (adapter, mut world, target) = (channex(), World::new(setup()), target(DEMO));
    world.switch("lose_tasks", "1");
    let chunk = chunk_of(
        &target,
        vec![row(BAR, "2019-02-20", "2019-02-20", 3, 15_050)],
    );
    let receipt = world.push(&adapter, &chunk);
    assert!(receipt.reference.is_some());
    assert!(receipt.refused.is_empty() && receipt.unattributed.is_empty());
    world.wait(adapter.manifest().settle.as_secs());
    // After the settle time a read that shows the old price is a drift, whatever was said.
    let ask = ask(&target, "2019-02-20", "2019-02-20");
    let seen = world.read(&adapter, &ask);
    assert_eq!(seen.price(BAR, "2019-02-20"), Some((3, OLD)));
    world.push(&adapter, &chunk);
    world.wait(10);
    let seen = world.read(&adapter, &ask);
    assert_eq!(seen.price(BAR, "2019-02-20"), Some((3, NEW)));
}

#[test]
fn a_price_that_the_property_raises_is_seen_as_raised() {
    let (adapter, mut world, target) = (channex(), World::new(setup()), target(DEMO));
    world.switch("min_price", "180.00");
    let chunk = chunk_of(
        &target,
        vec![row(BAR, "2019-02-20", "2019-02-20", 3, 15_050)],
    );
    world.push(&adapter, &chunk);
    world.wait(10);
    let seen = world.read(&adapter, &ask(&target, "2019-02-20", "2019-02-20"));
    let raised = Seen::Price(Minor(18_000));
    assert_eq!(seen.price(BAR, "2019-02-20"), Some((3, raised)));
}

#[test]
fn a_derived_plan_follows_its_parent() {
    let (adapter, mut world, target) = (channex(), World::new(setup()), target(DEMO));
    let mut row = row(BAR, "2019-02-20", "2019-02-20", 3, 12_345);
    row.rules.stop_sell = Set::To(true);
    world.push(&adapter, &chunk_of(&target, vec![row]));
    world.wait(10);
    let seen = world.read(&adapter, &ask(&target, "2019-02-20", "2019-02-20"));
    let derived = Seen::Price(Minor(11_111));
    assert_eq!(seen.price(NRF, "2019-02-20"), Some((3, derived)));
    assert_eq!(seen.rules(NRF, "2019-02-20").stop_sell, Set::To(true));
}

#[test]
fn a_plan_by_person_is_written_and_read_by_its_primary_occupancy() {
    let (adapter, mut world, target) = (channex(), World::new(setup()), target(OTHER));
    let chunk = chunk_of(
        &target,
        vec![row(PERSONS, "2019-02-01", "2019-02-02", 2, 15_050)],
    );
    world.push(&adapter, &chunk);
    world.wait(10);
    let seen = world.read(&adapter, &ask(&target, "2019-02-01", "2019-02-02"));
    assert_eq!(seen.price(PERSONS, "2019-02-02"), Some((2, NEW)));
    let held = world.vendor.held();
    let one = held.iter().find(|held| held.adults == 1).unwrap();
    assert_eq!(
        one.price,
        Some(Minor(10_000)),
        "the other price stays as it was"
    );
}

#[test]
fn restrictions_alone_leave_the_price_alone() {
    let (adapter, mut world, target) = (channex(), World::new(setup()), target(DEMO));
    let rules = Rules {
        min_stay_through: Set::To(5),
        ..Rules::LEAVE
    };
    let set = vec![
        ruled(BAR, "2019-02-20", "2019-02-25", all_set()),
        ruled(BAR, "2019-02-22", "2019-02-22", rules),
    ];
    world.push(&adapter, &chunk_of(&target, set));
    world.wait(10);
    let seen = world.read(&adapter, &ask(&target, "2019-02-22", "2019-02-22"));
    assert_eq!(seen.price(BAR, "2019-02-22"), Some((3, OLD)));
    assert_eq!(seen.rules(BAR, "2019-02-22"), rules.or(&all_set()));
    let clear = vec![ruled(BAR, "2019-02-20", "2019-02-25", all_clear())];
    world.push(&adapter, &chunk_of(&target, clear));
    world.wait(10);
    let seen = world.read(&adapter, &ask(&target, "2019-02-22", "2019-02-22"));
    assert_eq!(seen.rules(BAR, "2019-02-22"), all_clear());
}

#[test]
fn currencies_without_decimals_and_with_three_come_back_exactly() {
    for code in ["JPY", "KWD"] {
        let currency = Currency::new(code).unwrap();
        let yen_or_dinar = || {
            let mut setup = setup();
            setup.hotels[0].currency = currency;
            setup
        };
        let (adapter, target) = (channex(), target_in(yen_or_dinar(), DEMO));
        let mut world = World::new(yen_or_dinar());
        let row = row(BAR, "2019-02-20", "2019-02-20", 3, 12_905);
        let receipt = world.push(&adapter, &chunk_of(&target, vec![row]));
        assert!(receipt.refused.is_empty(), "{code}: {receipt:?}");
        world.wait(10);
        let seen = world.read(&adapter, &ask(&target, "2019-02-20", "2019-02-20"));
        let price = Seen::Price(Minor(12_905));
        assert_eq!(seen.price(BAR, "2019-02-20"), Some((3, price)), "{code}");
    }
}

#[test]
fn a_message_sent_twice_is_two_tasks_and_the_same_prices() {
    let (adapter, mut world, target) = (channex(), World::new(setup()), target(DEMO));
    let guarantee = adapter.idempotency().guarantee(Operation::Push);
    assert!(matches!(guarantee, Guarantee::Absolute { .. }));
    let row = row(BAR, "2019-02-20", "2019-02-20", 3, 15_050);
    let chunk = chunk_of(&target, vec![row]);
    let tasks = [(); 2].map(|()| world.push(&adapter, &chunk).reference.unwrap());
    assert_ne!(tasks[0], tasks[1]);
    world.wait(10);
    let seen = world.read(&adapter, &ask(&target, "2019-02-20", "2019-02-20"));
    assert_eq!(seen.price(BAR, "2019-02-20"), Some((3, NEW)));
}

#[test]
fn a_full_update_of_twenty_plans_fits_one_message() {
    let (adapter, mut world) = (channex(), World::new(setup()));
    let mut target = (*target(DEMO)).clone();
    let bar = target.facts.sellables[&ids(BAR)].clone();
    let plans: Vec<_> = (0..20).map(|at| format!("{at:02}{}", &BAR[2..])).collect();
    for plan in &plans {
        let mut sellable = bar.clone();
        sellable.ids = ids(plan);
        target.facts.sellables.insert(ids(plan), sellable);
    }
    let night = |at: i32| night("2019-02-01").plus(at);
    let rows = plans.iter().flat_map(|plan| {
        (0..500).map(move |at| {
            let mut row = row(plan, "2019-02-01", "2019-02-01", 3, 12_900);
            (row.first, row.last) = (night(at), night(at));
            row.rules = all_set();
            row
        })
    });
    let chunk = chunk_of(&std::sync::Arc::new(target), rows.collect());
    let receipt = world.push(&adapter, &chunk);
    // The simulator does not sell these plans: every row is refused, and each by itself.
    assert_eq!(
        (receipt.refused.len(), receipt.unattributed.len()),
        (10_000, 0)
    );
}

#[test]
fn the_nights_of_the_clock_change_are_nights_like_others() {
    let (adapter, mut world, target) = (channex(), World::new(setup()), target(DEMO));
    let nights = [("2019-03-30", "2019-03-31"), ("2019-10-26", "2019-10-27")];
    let rows = nights.map(|(first, last)| row(BAR, first, last, 3, 15_050));
    world.push(&adapter, &chunk_of(&target, rows.to_vec()));
    world.wait(10);
    for (first, last) in nights {
        let seen = world.read(&adapter, &ask(&target, first, last));
        assert_eq!(seen.price(BAR, first), Some((3, NEW)));
        assert_eq!(seen.price(BAR, last), Some((3, NEW)));
        assert_eq!(seen.rules.len(), 4, "two plans and two nights");
    }
}

#[test]
fn a_message_of_the_pace_that_is_charged_is_never_refused() {
    let (adapter, mut world, target) = (channex(), World::new(setup()), target(DEMO));
    let quota = &adapter.limits().quotas()[0];
    world.pace = std::time::Duration::from_secs(60) / quota.usable();
    for minor in 1..=30 {
        let row = row(BAR, "2019-02-20", "2019-02-20", 3, minor);
        world.push(&adapter, &chunk_of(&target, vec![row]));
        world.read(&adapter, &ask(&target, "2019-02-20", "2019-02-20"));
    }
    assert_eq!(world.vendor.record().breaches, 0);
}

#[test]
fn a_withdrawn_key_calls_a_person() {
    let (adapter, mut world, target) = (channex(), World::new(setup()), target(DEMO));
    world.vendor.control(&Control::RevokeTokens, world.now);
    let chunk = chunk_of(
        &target,
        vec![row(BAR, "2019-02-20", "2019-02-20", 3, 15_050)],
    );
    let answer = world.send(&adapter, adapter.push(&chunk).unwrap());
    let error = adapter.parse_push(&chunk, &answer).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Reconnect);
    assert_eq!(world.vendor.record().unauthorised, 1);
}
