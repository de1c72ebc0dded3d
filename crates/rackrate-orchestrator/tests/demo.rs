//! The demo, run as its user runs it, and judged by the state its vendors saved.

#![expect(clippy::unwrap_used, reason = "a failed setup is a failed test")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

use rackrate_catalog::showcase;
use rackrate_core::clock::Wall;
use rackrate_core::ids::VendorId;
use rackrate_core::night::Night;
use rackrate_core::rules::{Rules, Set};
use rackrate_core::simulator::Simulator;
use rackrate_orchestrator::sample::Sample;

fn demo(seed: u64, state: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rackrate"));
    command
        .args(["demo", "--seed", &seed.to_string(), "--state"])
        .arg(state);
    command.output().unwrap()
}

fn saved(seed: u64, state: &Path, vendor: usize) -> Box<dyn Simulator> {
    let entry = showcase()[vendor];
    let text = std::fs::read_to_string(state.join(format!("{}.json", entry.id))).unwrap();
    let sample = Sample::new(None).unwrap();
    (entry.simulator)(sample.simulator(entry, seed, Wall(0), Some(text))).unwrap()
}

/// What the calendar says, read without any of the program's code: price and minimum stay
/// by room type's number, hotel and night.
fn wished() -> BTreeMap<(String, String, String), (u64, u16)> {
    let text = include_str!("../../../fixtures/portugal/rates.csv");
    let cells = text.lines().skip(1).map(|line| {
        let cell: Vec<_> = line.split(',').collect();
        let cents = cell[5].replace('.', "").parse().unwrap();
        (
            (cell[0].to_owned(), cell[1].to_owned(), cell[3].to_owned()),
            (cents, cell[7].parse().unwrap()),
        )
    });
    cells.collect()
}

/// Our names of the vendor's room types, from the mapping's text.
fn rooms(vendor: &str) -> BTreeMap<(String, String), (String, String)> {
    let mapping = Sample::new(None).unwrap().mapping;
    let of = mapping
        .lines()
        .filter(|line| line.starts_with(&format!("{vendor},")));
    of.map(|line| {
        let cell: Vec<_> = line.split(',').map(str::to_owned).collect();
        (
            (cell[4].clone(), cell[5].clone()),
            (cell[1].clone(), cell[2].clone()),
        )
    })
    .collect()
}

#[test]
fn every_cell_of_the_calendar_is_at_both_vendors_and_a_second_demo_pushes_nothing() {
    for seed in 1..=3 {
        let state = tempfile::tempdir().unwrap();
        let first = demo(seed, state.path());
        assert!(
            first.status.success(),
            "seed {seed}: {}",
            String::from_utf8_lossy(&first.stdout)
        );
        let pushes: Vec<_> = (0..showcase().len())
            .map(|vendor| check(seed, state.path(), vendor))
            .collect();
        let second = demo(seed, state.path());
        assert!(
            second.status.success(),
            "seed {seed}: {}",
            String::from_utf8_lossy(&second.stdout)
        );
        let again: Vec<_> = (0..showcase().len())
            .map(|vendor| check(seed, state.path(), vendor))
            .collect();
        assert_eq!(pushes, again, "seed {seed}");
    }
}

/// Compares a vendor's saved prices with the calendar; returns its count of pushes.
fn check(seed: u64, state: &Path, vendor: usize) -> u64 {
    let simulator = saved(seed, state, vendor);
    let (wished, rooms) = (wished(), rooms(showcase()[vendor].id));
    let mut compared = 0;
    for held in simulator.held() {
        let name = |id: &VendorId| id.to_string();
        let room = held.ids.room.as_ref().map(name).unwrap_or_default();
        let Some((hotel, room)) = rooms.get(&(held.property.to_string(), room)) else {
            continue;
        };
        let night: Night = held.night;
        let (price, stay) = wished[&(hotel.clone(), room.clone(), night.to_string())];
        assert_eq!(
            held.price.map(|price| price.0),
            Some(price),
            "{hotel} {room} {night}"
        );
        let wish = Rules {
            min_stay_arrival: Set::To(stay),
            ..Rules::LEAVE
        };
        // What a simulator does not hold, it says nothing of.
        let held = held.rules.or(&Rules {
            min_stay_arrival: Set::Clear,
            ..Rules::LEAVE
        });
        assert!(wish.fulfilled_by(&held), "{hotel} {room} {night}: {held}");
        compared += 1;
    }
    assert_eq!(compared, 2_520);
    let record = simulator.record();
    assert_eq!(
        (record.breaches, record.doubled, record.early_repeats),
        (0, 0, 0)
    );
    record.pushes
}
