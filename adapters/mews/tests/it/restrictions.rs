//! Restrictions in conversation: kinds that share one, hotel staff's, wider ones.

use std::sync::Arc;

use rackrate_core::adapter::Adapter;
use rackrate_core::chunk::Row;
use rackrate_core::error::{Delivery, ErrorKind};
use rackrate_core::exchange::Operation::Restrict;
use rackrate_core::rules::{Restriction, Rules, Set};
use serde_json::{Value, json};

use crate::support::*;

const AT: &str = "2027-03-27";

fn rules(said: &[(Restriction, Set<u16>)]) -> Rules {
    let mut rules = Rules::LEAVE;
    said.iter().for_each(|(kind, wish)| rules.set(*kind, *wish));
    rules
}

fn one(kind: Restriction, value: u16) -> Rules {
    rules(&[(kind, Set::To(value))])
}

fn at(rules: Rules) -> Vec<Row> {
    vec![ruled(DOUBLE, AT, rules)]
}

fn shown_at(world: &mut World, at: &str) -> String {
    world.read(at, at).rules(DOUBLE, at)
}

#[test]
fn closing_and_a_length_of_one_type_are_refused_before_anything_is_sent() {
    use Restriction::*;
    for (closed, length) in [
        (ClosedToArrival, MinStayArrival),
        (ClosedToArrival, MaxStayArrival),
        (StopSell, MinStayThrough),
        (StopSell, MaxStayThrough),
    ] {
        let world = World::new();
        let both = rules(&[(closed, Set::To(1)), (length, Set::To(3))]);
        let error = world.adapter.push(&world.chunk(Restrict, at(both)));
        let error = error.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Rejected);
        assert_eq!(error.delivery(), Delivery::NotSent);
        assert!(error.text().contains(closed.name()), "{error}");
        assert!(error.text().contains(length.name()), "{error}");
    }
}

#[test]
fn the_refusal_says_what_to_do() {
    let world = World::new();
    let both = rules(&[
        (Restriction::ClosedToArrival, Set::To(1)),
        (Restriction::MinStayArrival, Set::To(3)),
    ]);
    let error = world.adapter.push(&world.chunk(Restrict, at(both)));
    insta::assert_snapshot!(error.unwrap_err(), @"mews push restrictions: Rejected: 2027-03-27: closed_to_arrival and min_stay_arrival are one restriction at Mews, which says either; clear the length where the night is closed");
}

#[test]
fn closing_one_type_and_a_length_of_another_go_together() {
    let mut world = World::new();
    let both = rules(&[
        (Restriction::ClosedToArrival, Set::To(1)),
        (Restriction::MinStayThrough, Set::To(3)),
        (Restriction::ClosedToDeparture, Set::To(1)),
    ]);
    world.push(Restrict, at(both)).unwrap();
    assert_eq!(
        shown_at(&mut world, AT),
        "min stay through 3, closed to arrival, closed to departure"
    );
}

#[test]
fn a_length_set_again_replaces_what_stood_there() {
    let mut world = World::new();
    world
        .push(Restrict, at(one(Restriction::ClosedToArrival, 1)))
        .unwrap();
    world
        .push(Restrict, at(one(Restriction::MinStayArrival, 4)))
        .unwrap();
    assert_eq!(shown_at(&mut world, AT), "min stay 4");
}

#[test]
fn one_night_is_written_as_no_restriction() {
    for (kind, none) in [
        (Restriction::MinStayArrival, 1),
        (Restriction::MaxStayThrough, 0),
        (Restriction::ClosedToDeparture, 0),
    ] {
        let mut world = World::new();
        world.push(Restrict, at(one(kind, 5))).unwrap();
        world.push(Restrict, at(one(kind, none))).unwrap();
        assert_eq!(shown_at(&mut world, AT), "no restriction", "{kind}");
        assert!(world.vendor.held().iter().all(|held| held.rules.is_leave()));
    }
}

#[test]
fn a_clear_takes_a_type_away_and_leaves_the_others() {
    let mut world = World::new();
    let all = rules(&[
        (Restriction::MinStayArrival, Set::To(2)),
        (Restriction::MaxStayArrival, Set::To(9)),
        (Restriction::StopSell, Set::To(1)),
    ]);
    world.push(Restrict, at(all)).unwrap();
    let clear = rules(&[(Restriction::MinStayArrival, Set::Clear)]);
    world.push(Restrict, at(clear)).unwrap();
    assert_eq!(shown_at(&mut world, AT), "stop sell");
    // The planner sends what stays of the type right after it.
    world
        .push(Restrict, at(one(Restriction::MaxStayArrival, 9)))
        .unwrap();
    assert_eq!(shown_at(&mut world, AT), "max stay 9, stop sell");
}

#[test]
fn what_staff_set_is_shown_and_the_stricter_one_counts() {
    let mut world = World::new();
    world.by_hand(AT, None, one(Restriction::MinStayArrival, 5));
    world
        .push(Restrict, at(one(Restriction::MinStayArrival, 3)))
        .unwrap();
    assert_eq!(shown_at(&mut world, AT), "min stay 5");
    world.by_hand(
        AT,
        None,
        rules(&[(Restriction::MinStayArrival, Set::Clear)]),
    );
    assert_eq!(shown_at(&mut world, AT), "min stay 3");
}

#[test]
fn of_two_longest_stays_the_shorter_one_counts() {
    for (theirs, shown) in [(5, "max stay 5"), (12, "max stay 9")] {
        let mut world = World::new();
        let ours = one(Restriction::MaxStayArrival, 9);
        world.push(Restrict, at(ours)).unwrap();
        world.by_hand(AT, None, one(Restriction::MaxStayArrival, theirs));
        assert_eq!(shown_at(&mut world, AT), shown);
    }
}

#[test]
fn staff_may_close_what_has_a_length_of_ours() {
    let mut world = World::new();
    world
        .push(Restrict, at(one(Restriction::MinStayArrival, 3)))
        .unwrap();
    world.by_hand(AT, None, one(Restriction::ClosedToArrival, 1));
    assert_eq!(shown_at(&mut world, AT), "min stay 3, closed to arrival");
}

/// The planner completes a night with what is known; staff's part of it is not ours to say.
#[test]
fn what_staff_set_is_not_written_again_as_ours() {
    let mut world = World::new();
    world.by_hand(AT, None, one(Restriction::ClosedToArrival, 1));
    let seens = world.read(AT, AT);
    let completed = rules(&[
        (Restriction::ClosedToArrival, Set::To(1)),
        (Restriction::MinStayArrival, Set::To(3)),
    ]);
    let rows = at(completed);
    world.target = Arc::new(seens.notes.attach(&world.target, &rows));
    world.push(Restrict, rows).unwrap();
    assert_eq!(shown_at(&mut world, AT), "min stay 3, closed to arrival");
    world.by_hand(
        AT,
        None,
        rules(&[(Restriction::ClosedToArrival, Set::Clear)]),
    );
    assert_eq!(shown_at(&mut world, AT), "min stay 3");
}

#[test]
fn a_night_where_all_is_staffs_is_still_said_and_restricts_nothing() {
    let mut world = World::new();
    world.by_hand(AT, None, one(Restriction::StopSell, 1));
    let seens = world.read(AT, AT);
    let rows = at(one(Restriction::StopSell, 1));
    world.target = Arc::new(seens.notes.attach(&world.target, &rows));
    world.push(Restrict, rows).unwrap();
    assert_eq!(shown_at(&mut world, AT), "stop sell");
    world.by_hand(AT, None, rules(&[(Restriction::StopSell, Set::Clear)]));
    assert_eq!(shown_at(&mut world, AT), "no restriction");
}

#[test]
fn nothing_is_noted_down_where_all_is_ours() {
    let mut world = World::new();
    world
        .push(Restrict, at(one(Restriction::StopSell, 1)))
        .unwrap();
    assert!(world.read(AT, AT).notes.is_empty());
    assert!(world.adapter.manifest().reads_before_writing);
}

fn days(on: &[&str]) -> Value {
    let all = [
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ];
    all.iter()
        .map(|day| ((*day).to_owned(), json!(on.is_empty() || on.contains(day))))
        .collect()
}

/// A restriction of somebody else's making, over a week from Monday, 29 March 2027.
fn set_wider(world: &mut World, members: Value, on: &[&str]) {
    let service = world.target.facts.sellables.values().next().unwrap();
    let service = service.extra["service"].clone();
    let mut item = json!({"Type": "Start", "StartUtc": "2027-03-28T22:00:00Z",
        "EndUtc": "2027-04-03T22:00:00Z", "Days": days(on)});
    for (name, value) in members.as_object().unwrap() {
        item[name] = value.clone();
    }
    let (status, told) = world.call(
        "restrictions/set",
        json!({"ServiceId": service, "Data": [item]}),
    );
    assert_eq!((status, told), (200, json!({})));
}

#[test]
fn wider_restrictions_bind_what_they_name() {
    let group = |world: &World| {
        let sellable = world.target.facts.sellables.values().next().unwrap();
        sellable.extra["rate_group"].clone()
    };
    for (members, on_best, on_dependent, in_suite) in [
        (json!({}), true, true, true),
        (json!({"ExactRateId": RATE}), true, false, true),
        (json!({"BaseRateId": RATE}), true, true, true),
        (json!({"BaseRateId": DEPENDENT}), false, true, false),
        (json!({"RateGroupId": "?"}), true, true, true),
        (json!({"RateGroupId": "another"}), false, false, false),
        (json!({"ResourceCategoryId": DOUBLE}), true, true, false),
        (json!({"ResourceCategoryType": "Room"}), true, true, true),
        (json!({"ResourceCategoryType": "Dorm"}), false, false, false),
    ] {
        let mut world = World::new();
        let mut own = members.clone();
        if own["RateGroupId"] == "?" {
            own["RateGroupId"] = group(&world).into();
        }
        set_wider(&mut world, own, &[]);
        let seens = world.read("2027-03-29", "2027-03-29");
        let bound = |room, rate| {
            let key = (ids(room, rate), night("2027-03-29"));
            seens.rules[&key].closed_to_arrival == Set::To(true)
        };
        assert_eq!(
            [
                bound(DOUBLE, RATE),
                bound(DOUBLE, DEPENDENT),
                bound(SUITE, RATE)
            ],
            [on_best, on_dependent, in_suite],
            "{members}"
        );
    }
}

#[test]
fn a_restriction_of_some_days_of_the_week_holds_on_those() {
    let mut world = World::new();
    let members = json!({"ExactRateId": RATE, "MinLength": "P0M2DT0H0M0S", "MaxLength": "P1W"});
    set_wider(&mut world, members, &["Friday", "Saturday"]);
    let seens = world.read("2027-03-29", "2027-04-10");
    let shown = [
        "2027-04-01",
        "2027-04-02",
        "2027-04-03",
        "2027-04-04",
        "2027-04-09",
    ];
    assert_eq!(
        shown.map(|at| seens.rules(DOUBLE, at)),
        [
            "no restriction",
            "min stay 2, max stay 7",
            "min stay 2, max stay 7",
            "no restriction",
            "no restriction"
        ]
    );
}

#[test]
fn other_exceptions_are_no_kind_and_unclear_lengths_are_not_told() {
    for (members, shown) in [
        // Closed to those who book late: none of our kinds.
        (json!({"MinAdvance": "P0M3DT0H0M0S"}), Set::Clear),
        // A reservation has to meet all exceptions, so the length holds beside others.
        (json!({"MinAdvance": "P3D", "MinLength": "P2D"}), Set::To(2)),
        (
            json!({"MinPrice": {"Currency": "EUR", "Value": 50.0}}),
            Set::Clear,
        ),
        (json!({"MinLength": "P0Y1M0DT0H0M0S"}), Set::Leave),
        (json!({"MinLength": "P0M2DT12H0M0S"}), Set::Leave),
    ] {
        let mut world = World::new();
        set_wider(&mut world, members.clone(), &[]);
        let seens = world.read("2027-03-29", "2027-03-29");
        let rules = seens.rules[&(ids(DOUBLE, RATE), night("2027-03-29"))];
        assert_eq!(rules.min_stay_arrival, shown, "{members}");
        assert_eq!(rules.closed_to_arrival, Set::Clear, "{members}");
    }
}

#[test]
fn an_open_end_holds_through_the_window() {
    let mut world = World::new();
    set_wider(&mut world, json!({"EndUtc": null, "Type": "Stay"}), &[]);
    let seens = world.read("2027-03-28", "2027-12-31");
    let shown = ["2027-03-28", "2027-03-29", "2027-12-31"].map(|at| seens.rules(DOUBLE, at));
    assert_eq!(shown, ["no restriction", "stop sell", "stop sell"]);
}

#[test]
fn many_restrictions_are_read_page_by_page() {
    let mut world = World::new();
    let rows = |room: &str| -> Vec<Row> {
        let nights = night("2027-01-02").through(night("2028-01-01"));
        let stays = nights.map(|night| {
            let (even, third) = (night.days() % 2, night.days() % 3);
            let kinds = [
                (Restriction::MinStayArrival, Set::To(2 + even as u16)),
                (Restriction::MinStayThrough, Set::To(2 + third as u16)),
            ];
            ruled(room, &night.to_string(), rules(&kinds))
        });
        stays.collect()
    };
    for room in [DOUBLE, SUITE] {
        for part in rows(room).chunks(333) {
            world.push(Restrict, part.to_vec()).unwrap();
        }
    }
    let calls = world.vendor.record().calls;
    let seens = world.read("2027-01-02", "2028-01-01");
    // Two rates, two pages and the empty one.
    assert_eq!(world.vendor.record().calls - calls, 5);
    for room in [DOUBLE, SUITE] {
        for row in rows(room) {
            let seen = seens.rules[&(row.ids, row.first)];
            assert!(row.rules.fulfilled_by(&seen), "{} {seen:?}", row.first);
        }
    }
}
