//! The simulator by itself: what it refuses, its pace, its switches.

use rackrate_core::clock::Mono;
use rackrate_core::error::{Delivery, ErrorKind};
use rackrate_core::exchange::Operation;
use rackrate_core::money::{Basis, Minor};
use rackrate_core::rules::{Rules, Set};
use rackrate_core::series::Seen;
use rackrate_core::simulator::Control;
use rackrate_mews::simulator;
use serde_json::{Value, json};

use crate::support::*;

fn update(first: &str, last: &str, value: Value) -> Value {
    json!({"RateId": RATE, "PriceUpdates": [{"CategoryId": DOUBLE,
        "FirstTimeUnitStartUtc": first, "LastTimeUnitStartUtc": last, "Value": value}]})
}

fn push_one(world: &mut World, price: u64) -> rackrate_core::error::Result<()> {
    let rows = vec![priced(DOUBLE, "2027-02-01", "2027-02-01", price)];
    world.push(Operation::Push, rows).map(|_| ())
}

#[test]
fn only_the_exact_address_is_served() {
    let mut world = World::new();
    for action in [
        "Rates/getAll",
        "rates/getAll/",
        "rates/add",
        "",
        "rates/getall",
    ] {
        assert_eq!(world.call(action, json!({})).0, 404, "{action}");
    }
    let mut get = post("rates/getAll", "{}");
    *get.method_mut() = http::Method::GET;
    assert_eq!(world.raw(get).status, 404);
}

#[test]
fn wrong_tokens_and_broken_bodies_are_refused() {
    let mut world = World::new();
    let answer = world.raw(post(
        "configuration/get",
        r#"{"ClientToken":"x","AccessToken":"y","Client":"z"}"#,
    ));
    assert_eq!(answer.status, 401);
    let said: Value = serde_json::from_slice(&answer.body).unwrap();
    let id = answer.header("request-id").unwrap();
    assert_eq!(said["RequestId"], id);
    let trailing = r#"{"ClientToken":"client_token-9F3A",}"#;
    let answer = world.raw(post("configuration/get", trailing));
    assert_eq!(answer.status, 400);
    assert!(
        answer
            .body
            .starts_with(b"{\"Details\":null,\"Message\":\"Invalid JSON")
    );
    assert_eq!(
        world.call("rates/getPricing", json!({"RateID": RATE})).0,
        400
    );
    world.vendor.control(&Control::RevokeTokens, world.now);
    let error = push_one(&mut world, 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Reconnect);
    assert_eq!(world.vendor.record().unauthorised, 2);
}

#[test]
fn prices_are_refused_beyond_history_and_five_years_and_for_dependent_rates() {
    let mut world = World::new();
    let at = |day: &str| format!("{day}T23:00:00Z");
    for (day, status) in [
        ("2026-12-23", 403),
        ("2026-12-24", 200),
        ("2031-12-31", 200),
        ("2032-01-02", 403),
    ] {
        let told = world.call(
            "rates/updatePrice",
            update(&at(day), &at(day), json!(100.0)),
        );
        assert_eq!(told.0, status, "{day}");
    }
    let mut dependent = update(&at("2027-02-01"), &at("2027-02-01"), json!(1.0));
    dependent["RateId"] = DEPENDENT.into();
    assert_eq!(world.call("rates/updatePrice", dependent.clone()).0, 403);
    world.switch("dependent_status", "400");
    assert_eq!(world.call("rates/updatePrice", dependent).0, 400);
}

#[test]
fn the_longest_interval_can_be_switched() {
    let mut world = World::new();
    let days = |last: &str| update("2027-01-01T23:00:00Z", last, json!(100));
    assert_eq!(
        world
            .call("rates/updatePrice", days("2027-04-10T22:00:00Z"))
            .0,
        200
    );
    assert_eq!(
        world
            .call("rates/updatePrice", days("2027-04-11T22:00:00Z"))
            .0,
        400
    );
    world.switch("interval_maximum", "367");
    assert_eq!(
        world
            .call("rates/updatePrice", days("2028-01-02T23:00:00Z"))
            .0,
        200
    );
    assert_eq!(
        world
            .call("rates/updatePrice", days("2028-01-03T23:00:00Z"))
            .0,
        400
    );
}

#[test]
fn writes_are_lenient_about_the_hour_and_reads_are_strict() {
    let mut world = World::new();
    let noon = update("2027-02-01T12:34:56Z", "2027-02-01T12:34:56Z", json!(77.5));
    assert_eq!(world.call("rates/updatePrice", noon).0, 200);
    let seens = world.read("2027-02-01", "2027-02-01");
    assert_eq!(
        seens.price(DOUBLE, "2027-02-01"),
        Some(Seen::Price(Minor(7_750)))
    );
    let asked = json!({"RateId": RATE, "FirstTimeUnitStartUtc": "2027-01-31T12:00:00Z",
        "LastTimeUnitStartUtc": "2027-01-31T23:00:00Z"});
    assert_eq!(world.call("rates/getPricing", asked).0, 400);
}

#[test]
fn a_value_of_null_takes_the_override_away() {
    let mut world = World::new();
    push_one(&mut world, 9_900).unwrap();
    let instant = "2027-01-31T23:00:00Z";
    let base = json!({"RateId": RATE, "PriceUpdates": [{"FirstTimeUnitStartUtc": instant,
        "LastTimeUnitStartUtc": instant, "Value": 50}]});
    assert_eq!(world.call("rates/updatePrice", base).0, 200);
    let shown = |world: &mut World| {
        world
            .read("2027-02-01", "2027-02-01")
            .price(DOUBLE, "2027-02-01")
    };
    assert_eq!(shown(&mut world), Some(Seen::Price(Minor(9_900))));
    let null = update(instant, instant, json!(null));
    assert_eq!(world.call("rates/updatePrice", null).0, 200);
    assert_eq!(shown(&mut world), Some(Seen::Price(Minor(5_000))));
}

#[test]
fn one_bad_item_refuses_all() {
    let mut world = World::new();
    let mut asked = update("2027-01-31T23:00:00Z", "2027-01-31T23:00:00Z", json!(80));
    let mut bad = asked["PriceUpdates"][0].clone();
    bad["CategoryId"] = "nowhere".into();
    asked["PriceUpdates"].as_array_mut().unwrap().push(bad);
    assert_eq!(world.call("rates/updatePrice", asked).0, 400);
    assert!(world.vendor.held().is_empty());
    assert_eq!(world.vendor.record().refused_rows, 2);
}

#[test]
fn the_allowance_is_200_in_a_window_that_the_first_call_opens() {
    for told in [true, false] {
        let mut world = World::new();
        world.wait(60);
        if !told {
            world.switch("retry_after", "off");
        }
        let mut statuses = Vec::new();
        let mut last = None;
        for at in 0..201 {
            let mut call = post(
                "configuration/get",
                &json!({"ClientToken": "client_token-9F3A",
                "AccessToken": "access_token-9F3A", "Client": "Test"})
                .to_string(),
            );
            call.headers_mut().insert("x", "y".parse().unwrap());
            world.vendor.arrive(10_000 + at, call, world.now);
            let answer = world.vendor.answer(10_000 + at, world.now);
            statuses.push(answer.status().as_u16());
            last = answer.headers().get("retry-after").cloned();
        }
        assert_eq!(
            statuses.iter().filter(|status| **status == 200).count(),
            200
        );
        assert_eq!(statuses[200], 429);
        assert_eq!(last.is_some_and(|wait| wait == "30"), told);
        assert_eq!(world.vendor.record().breaches, 1);
        world.wait(30);
        assert!(push_one(&mut world, 100).is_ok());
    }
}

#[test]
fn refusals_on_demand_change_nothing() {
    for (status, kind, delivery) in [
        (408, ErrorKind::Unavailable, Delivery::Unknown),
        (413, ErrorKind::Rejected, Delivery::Refused),
        (503, ErrorKind::Unavailable, Delivery::Unknown),
    ] {
        let mut world = World::new();
        world.switch("refuse_next", &status.to_string());
        let error = push_one(&mut world, 100).unwrap_err();
        assert_eq!((error.kind(), error.delivery()), (kind, delivery));
        assert!(world.vendor.held().is_empty());
        assert!(push_one(&mut world, 100).is_ok());
    }
}

#[test]
fn a_conflict_meets_restrictions_only_and_passes() {
    let mut world = World::new();
    world.switch("refuse_next", "409");
    assert!(push_one(&mut world, 100).is_ok());
    let closed = Rules {
        stop_sell: Set::To(true),
        ..Rules::LEAVE
    };
    let rows = || vec![ruled(DOUBLE, "2027-02-01", closed)];
    let error = world.push(Operation::Restrict, rows()).unwrap_err();
    assert_eq!(
        (error.kind(), error.delivery()),
        (ErrorKind::Unavailable, Delivery::Refused)
    );
    assert!(world.push(Operation::Restrict, rows()).is_ok());
}

#[test]
fn reads_show_changes_later_and_in_order() {
    let mut world = World::new();
    world.switch("read_delay", "20");
    push_one(&mut world, 100).unwrap();
    let closed = Rules {
        stop_sell: Set::To(true),
        ..Rules::LEAVE
    };
    let rows = vec![ruled(DOUBLE, "2027-02-01", closed)];
    world.push(Operation::Restrict, rows).unwrap();
    world.switch("read_delay", "0");
    push_one(&mut world, 200).unwrap();
    let shown = |world: &mut World| {
        let seens = world.read("2027-02-01", "2027-02-01");
        (
            seens.price(DOUBLE, "2027-02-01"),
            seens.rules(DOUBLE, "2027-02-01"),
        )
    };
    assert_eq!(
        shown(&mut world),
        (Some(Seen::Absent), "no restriction".into())
    );
    world.wait(20);
    assert_eq!(
        shown(&mut world),
        (Some(Seen::Price(Minor(200))), "stop sell".into())
    );
}

#[test]
fn the_same_write_again_is_a_double_and_a_return_is_none() {
    let mut world = World::new();
    for (price, doubled) in [(100, 0), (200, 0), (100, 0), (100, 1)] {
        push_one(&mut world, price).unwrap();
        assert_eq!(world.vendor.record().doubled, doubled, "{price}");
    }
    let record = world.vendor.record();
    assert_eq!(
        (record.pushes, record.applied, record.changes.len()),
        (4, 4, 4)
    );
}

#[test]
fn writes_of_one_property_at_once_are_seen() {
    let mut world = World::new();
    let chunk = world.chunk(
        Operation::Push,
        vec![priced(DOUBLE, "2027-02-01", "2027-02-01", 5)],
    );
    use rackrate_core::adapter::Adapter;
    for id in [900, 901] {
        let request = world.adapter.push(&chunk).unwrap();
        let wire = on_the_wire(&world.adapter, request);
        world.vendor.arrive(id, wire, world.now);
    }
    assert_eq!(world.vendor.record().overlaps, 1);
}

#[test]
fn a_restart_keeps_prices_restrictions_and_switches() {
    let mut world = World::new();
    push_one(&mut world, 100).unwrap();
    world.by_hand(
        "2027-02-02",
        Some(300),
        Rules {
            min_stay_through: Set::To(3),
            ..Rules::LEAVE
        },
    );
    world.switch("dependent_status", "400");
    let mut again = setup(vec![hotel(BUDAPEST, "EUR", Basis::Gross)]);
    again.saved = Some(world.vendor.save());
    let restarted = simulator::new(again).unwrap();
    assert_eq!(restarted.save(), world.vendor.save());
    assert_eq!(restarted.held(), world.vendor.held());
    assert_eq!(restarted.held().len(), 2);
    assert_eq!(restarted.next(), None::<Mono>);
}

#[test]
fn what_cannot_be_simulated_is_named() {
    let twice = vec![hotel(BUDAPEST, "EUR", Basis::Gross), {
        let mut other = hotel(BUDAPEST, "EUR", Basis::Gross);
        other.id = rackrate_core::ids::VendorId::new("other").unwrap();
        other
    }];
    let error = simulator::new(setup(twice)).unwrap_err();
    assert_eq!(error, "the rate 00 best is of two hotels");
    let mut keyless = setup(Vec::new());
    keyless.secrets = rackrate_core::secret::Secrets::default();
    assert!(
        simulator::new(keyless)
            .unwrap_err()
            .contains("client_token")
    );
    let mut spoilt = setup(Vec::new());
    spoilt.saved = Some("[]".into());
    assert!(simulator::new(spoilt).is_err());
}

#[test]
fn a_token_of_several_properties_has_to_say_which() {
    let hotels = vec![hotel(BUDAPEST, "EUR", Basis::Gross), other_hotel()];
    let mut world = World::raw_of(hotels, mews());
    assert_eq!(world.call("configuration/get", json!({})).0, 400);
    let told = world.call("configuration/get", json!({"EnterpriseId": "hotel/2"}));
    assert_eq!(told.1["Enterprise"]["Pricing"], "Net");
}
