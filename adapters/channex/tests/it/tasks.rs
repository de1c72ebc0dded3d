//! The simulator's queue and record, by raw requests.

use std::time::Duration;

use rackrate_core::money::Minor;
use rackrate_core::rules::{Rules, Set};
use rackrate_core::simulator::{Control, Held, SimulatorSetup};
use serde_json::{Value, json};

use crate::support::*;
use crate::vendor::{READ, entry};

#[test]
fn tasks_of_a_property_end_in_their_order() {
    let mut setup = setup();
    setup.timing.job = None;
    let mut world = World::new(setup);
    world.pace = Duration::from_millis(1);
    for rate in 1..=8 {
        world.post(&entry(json!({ "rate": rate })));
    }
    world.wait(20);
    let record = world.vendor.record();
    let prices: Vec<_> = record
        .changes
        .iter()
        .map(|one| one.price.unwrap().0)
        .collect();
    assert_eq!(prices, (1..=8).collect::<Vec<u64>>());
    let times: Vec<_> = record.changes.iter().map(|one| one.at).collect();
    assert!(times.is_sorted());
}

#[test]
fn the_record_notices_overlaps_and_doubles() {
    let mut setup = setup();
    (setup.timing.latency_min, setup.timing.latency_max) = (50_000, 50_000);
    let mut world = World::new(setup);
    world.post(&entry(json!({"rate": 100})));
    world.post(&entry(json!({"rate": 100})));
    world.wait(10);
    assert_eq!(
        (
            world.vendor.record().doubled,
            world.vendor.record().overlaps
        ),
        (1, 0)
    );
    let one = with_key(
        "uKey/test",
        "restrictions",
        Some(&entry(json!({"rate": 200}))),
    );
    world.vendor.arrive(100, one.clone(), world.now);
    world.vendor.arrive(101, one, world.now);
    assert_eq!(world.vendor.record().overlaps, 1);
}

#[test]
fn a_return_to_an_earlier_price_is_no_double() {
    let mut world = World::new(setup());
    for rate in [100, 200, 100] {
        world.post(&entry(json!({ "rate": rate })));
        world.wait(10);
    }
    assert_eq!(world.vendor.record().doubled, 0);
}

#[test]
fn a_change_by_hand_shows_at_once() {
    let mut world = World::new(setup());
    let held = Held {
        property: id(DEMO),
        ids: ids(BAR),
        night: night("2019-02-20"),
        adults: 0,
        price: Some(Minor(7_700)),
        rules: Rules {
            min_stay_arrival: Set::To(4),
            ..Rules::LEAVE
        },
    };
    world
        .vendor
        .control(&Control::SetPrice(held.clone()), world.now);
    let shown: Value = serde_json::from_slice(&world.get(READ).body).unwrap();
    assert_eq!(shown["data"][BAR]["2019-02-20"]["rate"], "77.00");
    let kept = world.vendor.held();
    let kept = kept
        .iter()
        .find(|one| one.night == held.night && one.property == held.property);
    assert_eq!(kept, Some(&Held { adults: 3, ..held }));
}

#[test]
fn a_restart_keeps_inventory_queue_and_switches_on_a_new_clock() {
    let mut world = World::new(setup());
    world.switch("lose_tasks", "1");
    world.post(&entry(json!({"rate": 100})));
    world.post(&entry(json!({"rate": 300})));
    let saved = world.vendor.save();
    let mut setup = setup();
    setup.epoch = setup
        .epoch
        .after(world.now.since(rackrate_core::clock::Mono(0)));
    let mut again = World::new(SimulatorSetup {
        saved: Some(saved.clone()),
        ..setup
    });
    assert_eq!(again.vendor.save(), saved);
    again.wait(10);
    let shown: Value = serde_json::from_slice(&again.get(READ).body).unwrap();
    assert_eq!(shown["data"][BAR]["2019-02-20"]["rate"], "3.00");
    assert_eq!(again.vendor.record().applied, 1);
}
