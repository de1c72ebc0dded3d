//! Slices over clock changes, in zones that have none, and in UTC's spelling.

use rackrate_core::adapter::Adapter;
use rackrate_core::error::ErrorKind;
use rackrate_core::exchange::Body;
use rackrate_core::money::Minor;
use rackrate_core::rules::Rules;
use rackrate_core::series::Seen;
use rackrate_core::simulator::Hotel;

use crate::support::*;

fn world(zone: &str) -> World {
    let mut hotel = hotel(vec![held("2026-10-24", 9_000, Rules::LEAVE)]);
    hotel.time_zone = zone.to_owned();
    World::of(setup(vec![hotel]))
}

/// The ends that a push of the night writes, after a read at that hotel.
fn written(zone: &str, day: &str) -> String {
    let adapter = apaleo();
    let told = world(zone).read(&adapter, &ask(one_plan(), day, day));
    let rows = vec![row(day, day, 10_000, Rules::LEAVE)];
    let noted = told.unwrap().notes.attach(&one_plan(), &rows);
    let request = adapter.push(&chunk(noted, rows)).unwrap();
    let Body::Json(body) = request.body else {
        panic!("no JSON")
    };
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    let slice = &body["rates"][0];
    format!(
        "{} {}",
        slice["from"].as_str().unwrap(),
        slice["to"].as_str().unwrap()
    )
}

#[test]
fn both_ends_of_a_night_with_a_clock_change_have_their_own_offset() {
    for (zone, day, ends) in [
        (
            "Europe/Berlin",
            "2026-10-24",
            "2026-10-24T17:00:00+02:00 2026-10-25T11:00:00+01:00",
        ),
        (
            "Europe/Berlin",
            "2027-03-27",
            "2027-03-27T17:00:00+01:00 2027-03-28T11:00:00+02:00",
        ),
        (
            "Europe/London",
            "2026-12-31",
            "2026-12-31T17:00:00+00:00 2027-01-01T11:00:00+00:00",
        ),
        (
            "Australia/Lord_Howe",
            "2026-10-03",
            "2026-10-03T17:00:00+10:30 2026-10-04T11:00:00+11:00",
        ),
        (
            "Pacific/Kiritimati",
            "2026-10-24",
            "2026-10-24T17:00:00+14:00 2026-10-25T11:00:00+14:00",
        ),
        (
            "Pacific/Honolulu",
            "2026-10-24",
            "2026-10-24T17:00:00-10:00 2026-10-25T11:00:00-10:00",
        ),
    ] {
        assert_eq!(written(zone, day), ends);
    }
}

#[test]
fn a_push_over_a_clock_change_is_taken_and_read_back_on_its_nights_alone() {
    let (adapter, mut world) = (apaleo(), world("Europe/Berlin"));
    let rows = vec![row("2026-10-23", "2026-10-26", 12_000, Rules::LEAVE)];
    world.write(&adapter, &one_plan(), rows).unwrap();
    let told = world.read(&adapter, &ask(one_plan(), "2026-10-22", "2026-10-27"));
    let told = told.unwrap();
    let seen = told.prices.values().copied().collect::<Vec<_>>();
    let (new, none) = (Seen::Price(Minor(12_000)), Seen::Absent);
    assert_eq!(seen, [none, new, new, new, new, none]);
    assert_eq!(world.record().refused_rows, 0);
}

#[test]
fn a_vendor_that_spells_times_in_utc_is_understood_where_the_zone_is_known() {
    for zone in ["Europe/Berlin", "Pacific/Honolulu", "Pacific/Kiritimati"] {
        let (adapter, mut world) = (apaleo(), world(zone));
        world.switch("times", "utc");
        let mut target = one_plan();
        target.facts.time_zone = Some(zone.to_owned());
        let rows = vec![row("2026-10-24", "2026-10-24", 12_000, Rules::LEAVE)];
        world.write(&adapter, &target, rows).unwrap();
        assert_eq!(world.server.held()[0].price, Some(Minor(12_000)), "{zone}");
        target.facts.time_zone = None;
        let unknown = world.read(&adapter, &ask(target, "2026-10-24", "2026-10-24"));
        let error = unknown.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Malformed);
    }
}

#[test]
fn a_slice_spelled_with_a_wrong_offset_is_refused_by_the_vendor() {
    let mut chunk = published_chunk(Rules::LEAVE);
    let mut target = (*chunk.target).clone();
    let extra = &mut target.facts.sellables.get_mut(&ids(PLAN)).unwrap().extra;
    for note in extra.values_mut() {
        *note = note.replace("11:00:00+02:00", "11:00:00+01:00");
    }
    chunk.target = target.into();
    let mut world = world("Europe/Berlin");
    let error = world.push(&apaleo(), &chunk).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected);
    assert!(error.text().contains("one time slice"), "{error}");
    assert_eq!(
        (world.record().applied, world.record().refused_rows),
        (0, 1)
    );
}

#[test]
fn a_window_takes_nights_by_their_check_in() {
    let hotel = Hotel {
        time_zone: "America/New_York".into(),
        ..hotel(vec![])
    };
    let mut world = World::of(setup(vec![hotel]));
    let told = world.read(&apaleo(), &ask(one_plan(), "2026-10-31", "2026-11-01"));
    let nights: Vec<_> = told.unwrap().prices.into_keys().map(|key| key.1).collect();
    assert_eq!(nights, [night("2026-10-31"), night("2026-11-01")]);
}
