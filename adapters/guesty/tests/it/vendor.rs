//! The simulator's own rules: allowances, overlaps, ranges, switches and restarts.

use std::time::Duration;

use rackrate_core::adapter::{Adapter, Submission};
use rackrate_core::clock::Mono;
use rackrate_core::money::Minor;
use rackrate_core::rules::Set;
use rackrate_core::series::Seen;
use rackrate_core::simulator::{SimulatorSetup, Timing};
use rackrate_guesty::{Guesty, sample, simulator};

use crate::support::*;

const CALENDAR: &str = "https://open-api.guesty.com/v1/availability-pricing/api/calendar/listings";

fn priced(minor: u64) -> rackrate_core::chunk::Chunk {
    chunk(vec![row(SEA, "2026-12-01", "2026-12-02", minor)])
}

fn put(world: &mut World, body: &str) -> (u16, String) {
    let token = world.token.as_ref().unwrap().access.expose();
    let request = http::Request::put(CALENDAR)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .body(bytes::Bytes::from(body.replace("SEA", SEA)))
        .unwrap();
    let answer = world.raw(request);
    let text = String::from_utf8(answer.body.to_vec()).unwrap();
    (answer.status.as_u16(), text)
}

#[test]
fn the_minutes_allowance_is_kept_and_told_in_six_headers() {
    let (adapter, mut world) = (guesty(), World::open(setup()));
    let mut ask = || {
        let request = adapter.discover(&discover_ask()).unwrap();
        world.now = world.now.after(Duration::from_millis(100));
        let request = world.signed(&adapter, request);
        let (call, ready) = world.arrive(request);
        let answer = world.fetch(call);
        (answer, ready)
    };
    let (first, _) = ask();
    for (name, value) in [
        ("x-ratelimit-limit-second", "15"),
        ("x-ratelimit-remaining-second", "14"),
        ("x-ratelimit-limit-minute", "120"),
        ("x-ratelimit-remaining-minute", "119"),
        ("x-ratelimit-limit-hour", "5000"),
        ("x-ratelimit-remaining-hour", "4999"),
    ] {
        assert_eq!(first.header(name), Some(value), "{name}");
    }
    let answers: Vec<_> = (0..160).map(|_| ask().0).collect();
    let refused: Vec<_> = answers
        .iter()
        .filter(|one| one.status.as_u16() == 429)
        .collect();
    assert!(!refused.is_empty());
    assert_eq!(refused[0].header("retry-after"), Some("1"));
    assert_eq!(world.vendor.record().breaches, refused.len() as u64);
    assert!(world.vendor.record().early_repeats > 0);
}

#[test]
fn a_sixteenth_call_at_once_is_refused() {
    let mut setup = setup();
    setup.timing = Timing {
        latency_min: 60_000_000,
        latency_max: 60_000_000,
        ..Timing::default()
    };
    let (adapter, mut world) = (guesty(), World::open(setup));
    for call in 1..=16 {
        world.now = world.now.after(Duration::from_millis(200));
        let request = world.signed(&adapter, adapter.discover(&discover_ask()).unwrap());
        let (id, _) = world.arrive(request);
        let throttled = world.fetch(id).status.as_u16() == 429;
        assert_eq!(throttled, call == 16);
    }
}

#[test]
fn a_second_write_of_a_listing_under_way_is_answered_and_lost() {
    let (adapter, mut world) = (guesty(), World::open(setup()));
    let mut send = |chunk: &rackrate_core::chunk::Chunk| {
        let request = world.signed(&adapter, adapter.push(chunk).unwrap());
        let (call, ready) = world.arrive(request);
        (world.fetch(call), ready)
    };
    let garden = chunk(vec![row(GARDEN, "2026-12-01", "2026-12-02", 13_000)]);
    let (first, ready) = send(&priced(12_000));
    let (second, _) = send(&priced(14_000));
    let (other, _) = send(&garden);
    assert!(first.is_success() && second.is_success() && other.is_success());
    let record = world.vendor.record();
    assert_eq!((record.overlaps, record.applied, record.pushes), (1, 2, 3));
    let prices: Vec<_> = record.changes.iter().filter_map(|one| one.price).collect();
    assert_eq!(prices, [12_000, 13_000].map(Minor));
    world.now = Mono(ready.0);
    assert!(world.push(&adapter, &priced(14_000)).is_success());
    assert_eq!(world.vendor.record().overlaps, 1);
}

#[test]
fn a_wrong_range_spoils_all_or_itself_alone() {
    let body = r#"[{"listingId":"SEA","startDate":"2026-12-01","endDate":"2026-12-01","price":120},
        {"listingId":"SEA","startDate":"2026-12-02","endDate":"2026-12-02","minNights":0}]"#;
    for (form, applied, refused) in [("all_or_nothing", 0, 2), ("partial", 1, 1)] {
        let mut world = World::open(setup());
        world.switch("array", form);
        assert_eq!(put(&mut world, body).0, 422);
        let record = world.vendor.record();
        assert_eq!(
            (record.applied, record.refused_rows),
            (applied, refused),
            "{form}"
        );
    }
}

#[test]
fn ranges_out_of_form_change_nothing() {
    let mut world = World::open(setup());
    let range = |fields: &str| {
        format!(
            r#"[{{"listingId":"SEA","startDate":"2026-12-01","endDate":"2026-12-02",{fields}}}]"#
        )
    };
    for body in [
        range(r#""price":"120""#),
        range(r#""price":-1"#),
        range(r#""price":120.001"#),
        range(r#""minNights":1.5"#),
        range(r#""cta":"true""#),
        range(r#""status":"booked""#),
        range(r#""rate":120"#),
        range(r#""blockReason":"Other""#),
        r#"[{"listingId":"SEA","startDate":"2026-12-02","endDate":"2026-12-01","price":1}]"#.into(),
        r#"[{"listingId":"SEA","startDate":"2026-12-1","endDate":"2026-12-02","price":1}]"#.into(),
        r#"[{"listingId":"SEA","startDate":"2026-12-01","endDate":"2028-12-01","price":1}]"#.into(),
        r#"{"listingId":"SEA","startDate":"2026-12-01","endDate":"2026-12-02","price":1}"#.into(),
        "[]".into(),
        "nonsense".into(),
    ] {
        assert_eq!(put(&mut world, &body).0, 422, "{body}");
    }
    let record = world.vendor.record();
    assert_eq!(
        (record.applied, record.changes.len(), record.pushes),
        (0, 0, 14)
    );
}

#[test]
fn resets_bring_the_base_values_back() {
    let mut world = World::open(setup());
    world.switch("base_min_nights", "4");
    let set = r#"[{"listingId":"SEA","startDate":"2026-12-01","endDate":"2026-12-01","price":120,"minNights":2}]"#;
    let reset = r#"[{"listingId":"SEA","startDate":"2026-12-01","endDate":"2026-12-01","isBasePrice":true,"isBaseMinNights":true}]"#;
    assert_eq!(
        (put(&mut world, set).0, put(&mut world, reset).0),
        (200, 200)
    );
    let ask = ask("2026-12-01", "2026-12-01");
    let seen = world.read(&guesty(), &ask).unwrap();
    assert_eq!(seen.price(SEA, ask.first), Some(Seen::Price(Minor(10_000))));
    let four = rules(Set::To(4), Set::Clear, Set::Clear);
    assert_eq!(seen.rules(SEA, ask.first), Some(four));
}

#[test]
fn both_forms_of_an_acceptance_are_understood() {
    for form in ["ok", "object"] {
        let (adapter, mut world) = (guesty(), World::open(setup()));
        world.switch("answer", form);
        let answer = world.push(&adapter, &priced(12_000));
        assert_eq!(answer.body.starts_with(b"{"), form == "object");
        let taken = adapter.parse_push(&priced(12_000), &answer);
        assert!(matches!(taken, Ok(Submission::Answered(_))));
    }
}

#[test]
fn the_record_notices_doubles_but_no_return_to_an_earlier_price() {
    let (adapter, mut world) = (guesty(), World::open(setup()));
    for minor in [12_000, 13_000, 12_000] {
        world.push(&adapter, &priced(minor));
    }
    assert_eq!(world.vendor.record().doubled, 0);
    world.push(&adapter, &priced(12_000));
    assert_eq!(world.vendor.record().doubled, 1);
}

#[test]
fn a_write_that_another_one_changed_in_part_is_no_double() {
    let (adapter, mut world) = (guesty(), World::open(setup()));
    let night = chunk(vec![row(SEA, "2026-12-02", "2026-12-02", 13_000)]);
    for chunk in [&priced(12_000), &night, &priced(12_000)] {
        world.push(&adapter, chunk);
    }
    assert_eq!(world.vendor.record().doubled, 0);
}

#[test]
fn a_change_is_shown_later_than_it_is_held_where_the_timing_says_so() {
    let mut setup = setup();
    setup.timing.settle = Some(60_000_000);
    let (adapter, mut world) = (guesty(), World::open(setup));
    world.push(&adapter, &priced(12_000));
    let ask = ask("2026-12-01", "2026-12-01");
    let price = |world: &mut World| world.read(&adapter, &ask).unwrap().price(SEA, ask.first);
    assert_eq!(price(&mut world), Some(Seen::Price(Minor(10_000))));
    let held = world.vendor.held();
    let held = held.iter().find(|one| one.night == ask.first).unwrap();
    assert_eq!(held.price, Some(Minor(12_000)));
    assert!(world.vendor.next().is_some());
    world.wait(60);
    assert_eq!(price(&mut world), Some(Seen::Price(Minor(12_000))));
    assert_eq!(world.vendor.next(), None);
}

#[test]
fn a_restart_keeps_calendar_switches_and_record() {
    let (adapter, mut world) = (guesty(), World::open(setup()));
    world.switch("answer", "object");
    world.push(&adapter, &priced(12_000));
    let saved = world.vendor.save();
    let again = simulator::new(SimulatorSetup {
        saved: Some(saved.clone()),
        ..setup()
    });
    let again = again.unwrap();
    assert_eq!(again.save(), saved);
    assert_eq!(again.held(), world.vendor.held());
    assert_eq!(again.record(), world.vendor.record());
}

#[test]
fn a_setup_that_cannot_be_used_is_named() {
    let mut twice = setup();
    twice.hotels[0].plans.push(plan(SEA, "Sea again", None));
    assert!(simulator::new(twice).unwrap_err().contains("twice"));
    let mut nameless = setup();
    nameless.hotels[0].plans[0].ids.room = None;
    assert!(simulator::new(nameless).is_err());
    let secretless = SimulatorSetup {
        secrets: Default::default(),
        ..setup()
    };
    assert!(
        simulator::new(secretless)
            .unwrap_err()
            .contains("client_id")
    );
    let broken = SimulatorSetup {
        saved: Some("{".into()),
        ..setup()
    };
    assert!(simulator::new(broken).is_err());
}

#[test]
fn several_hotels_live_side_by_side_and_the_sample_settings_find_them() {
    let mut setup = setup();
    let mut other = hotel();
    other.id = id("other hotel");
    other.plans = vec![plan("other room", "Double", None)];
    other.prices.clear();
    setup.hotels.push(other);
    let adapter = Guesty::new(toml::from_str(&sample("http://127.0.0.1:8080")).unwrap()).unwrap();
    assert_eq!(adapter.manifest().adults, Some(2));
    let mut world = World::open(setup);
    let found = world.discover(&adapter, &discover_ask()).unwrap();
    let ids: Vec<_> = found
        .properties
        .iter()
        .map(|one| one.id.to_string())
        .collect();
    assert_eq!(ids, [COMPLEX, "other hotel"]);
}
