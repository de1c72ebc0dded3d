//! The vendor's published examples, against the adapter and against the simulator.
//!
//! Sources, all below open-api-docs.guesty.com: /docs/authentication (token, 403),
//! /reference/put_availability-pricing-api-calendar-listings-id (one range, 404, 422),
//! /reference/put_availability-pricing-api-calendar-listings (array),
//! /reference/get_availability-pricing-api-calendar-listings (day) and
//! /reference/getallcomplexes.

use bytes::Bytes;
use rackrate_core::adapter::{Adapter, Carry, Discovery, Step, Submission};
use rackrate_core::chunk::Receipt;
use rackrate_core::error::ErrorKind;
use rackrate_core::exchange::Response;
use rackrate_core::money::Minor;
use rackrate_core::rules::Set;
use rackrate_core::series::Seen;
use rackrate_core::simulator::{Control, Held};
use serde_json::Value;

use crate::support::*;

const TOKEN: &str = include_str!("../../fixtures/token.json");
const PUT_ONE: &str = include_str!("../../fixtures/put_one.json");
const PUT_MANY: &str = include_str!("../../fixtures/put_many.json");
const DAY: &str = include_str!("../../fixtures/day.json");
const COMPLEXES: &str = include_str!("../../fixtures/complexes.json");
const NOT_FOUND: &str = include_str!("../../fixtures/not_found.json");
const VALIDATION: &str = include_str!("../../fixtures/validation.json");
const NO_PERMISSION: &str = include_str!("../../fixtures/no_permission.json");
const CALENDAR: &str = "https://open-api.guesty.com/v1/availability-pricing/api/calendar/listings";

fn call(world: &World, method: &str, url: &str, body: &str) -> http::Request<Bytes> {
    let token = world.token.as_ref().map(|token| token.access.expose());
    http::Request::builder()
        .method(method)
        .uri(url)
        .header(
            "authorization",
            format!("Bearer {}", token.unwrap_or("none")),
        )
        .header("content-type", "application/json")
        .body(Bytes::from(body.trim().to_owned()))
        .unwrap()
}

/// A body without what names the request, which no two answers share.
fn said(response: &Response) -> Value {
    let mut body: Value = serde_json::from_slice(&response.body).unwrap();
    if let Some(fields) = body.as_object_mut() {
        fields.remove("requestId");
    }
    body
}

#[test]
fn the_published_token_is_read_and_the_simulators_looks_the_same() {
    let adapter = guesty();
    let token = adapter.auth().parse_grant(&ok(TOKEN)).unwrap();
    let mut world = World::open(setup());
    let ours = world.token.take().unwrap();
    for token in [token, ours] {
        let parts = token.access.expose().split('.').count();
        assert!(token.access.expose().starts_with("eyJ") && parts == 3);
        assert_eq!(token.lifetime.map(|life| life.as_secs()), Some(86_400));
        assert_eq!(token.scope.as_deref(), Some("open-api"));
    }
}

#[test]
fn the_published_array_is_what_is_pushed_and_what_is_taken() {
    let adapter = guesty();
    let chunk = chunk(vec![
        row(SEA, "2026-12-01", "2026-12-05", 18_000),
        row(SEA, "2026-12-24", "2026-12-26", 32_000),
    ]);
    let request = adapter.push(&chunk).unwrap();
    let wire = request.expose(&adapter.manifest().vendor).unwrap();
    assert_eq!(wire.uri(), CALENDAR);
    assert_eq!(std::str::from_utf8(wire.body()).unwrap(), PUT_MANY.trim());
    let mut world = World::open(setup());
    let request = call(&world, "PUT", CALENDAR, PUT_MANY);
    let answer = world.raw(request);
    let taken = adapter.parse_push(&chunk, &answer).unwrap();
    assert_eq!(taken, Submission::Answered(Receipt::default()));
    let changes = &world.vendor.record().changes;
    let last: Vec<_> = changes.iter().map(|one| one.last.to_string()).collect();
    assert_eq!(last, ["2026-12-05", "2026-12-26"]);
}

#[test]
fn the_published_range_of_one_listing_is_taken_too() {
    let mut world = World::open(setup());
    let url = format!("{CALENDAR}/{SEA}");
    let request = call(&world, "PUT", &url, PUT_ONE);
    assert!(world.raw(request).is_success());
    let change = &world.vendor.record().changes[0];
    let nights = (change.first.to_string(), change.last.to_string());
    assert_eq!(nights, ("2026-12-01".into(), "2026-12-05".into()));
    assert_eq!(change.price, Some(Minor(18_000)));
    assert_eq!(change.rules.min_stay_arrival, Set::To(2));
}

#[test]
fn the_published_day_is_read_as_it_stands_and_as_it_was_seen_wrapped() {
    let adapter = adapter("adults = 2");
    let mut ask = ask("2021-01-01", "2021-01-01");
    ask.target = target_of(GARDEN, "EUR");
    let wrapped = format!(r#"{{"status":200,"message":"x","data":{{"days":[{DAY}]}}}}"#);
    for body in [DAY.to_owned(), wrapped, format!("[{DAY}]")] {
        let mut seen = Seens::default();
        let step = adapter.parse_read(&ask, &Carry::default(), &ok(&body), &mut seen);
        assert!(matches!(step, Ok(Step::Done(()))));
        let day = night("2021-01-01");
        assert_eq!(
            seen.prices,
            [(ids(GARDEN), 2, day, Seen::Price(Minor(5_000)))]
        );
        let two_nights = rules(Set::To(2), Set::Clear, Set::Clear);
        assert_eq!(seen.rules, [(ids(GARDEN), day, two_nights)]);
    }
}

#[test]
fn the_simulators_day_has_the_published_fields() {
    let mut world = World::open(setup());
    let held = Held {
        property: id(COMPLEX),
        ids: ids(GARDEN),
        night: night("2021-01-01"),
        adults: 0,
        price: Some(Minor(5_000)),
        rules: rules(Set::To(2), Set::Leave, Set::Leave),
    };
    world.vendor.control(&Control::SetPrice(held), world.now);
    let url = format!("{CALENDAR}?listingIds={GARDEN}&startDate=2021-01-01&endDate=2021-01-01");
    let request = call(&world, "GET", &url, "");
    let answer = said(&world.raw(request));
    let published: Value = serde_json::from_str(DAY).unwrap();
    let days = answer["data"]["days"].as_array().unwrap();
    assert_eq!(days.len(), 1);
    for name in [
        "date",
        "listingId",
        "currency",
        "price",
        "minNights",
        "cta",
        "ctd",
    ] {
        assert_eq!(days[0][name], published[name], "{name}");
    }
    let names = |day: &Value| day["blocks"].as_object().unwrap().len();
    assert_eq!(names(&days[0]), names(&published));
}

#[test]
fn the_published_complexes_are_read_and_the_simulators_has_their_form() {
    let adapter = guesty();
    let (ask, mut out) = (discover_ask(), Discovery::default());
    let step = adapter.parse_discover(&ask, &Carry::default(), &ok(COMPLEXES), &mut out);
    assert!(matches!(step, Ok(Step::Next { .. })));
    let mut world = World::open(setup());
    let url = "https://open-api.guesty.com/v1/properties-api/complexes";
    let request = call(&world, "GET", url, "");
    let ours = said(&world.raw(request));
    let published: Value = serde_json::from_str(COMPLEXES).unwrap();
    let names =
        |list: &Value| -> Vec<String> { list[0].as_object().unwrap().keys().cloned().collect() };
    assert_eq!(names(&ours), names(&published));
    assert_eq!(ours[0]["propertyIds"], serde_json::json!([SEA, GARDEN]));
}

#[test]
fn a_missing_listing_is_refused_in_the_published_words() {
    let mut world = World::open(setup());
    let body = PUT_MANY.replace(SEA, "62e7c7a38200fa0031fc9e2e");
    let request = call(&world, "PUT", CALENDAR, &body);
    let answer = world.raw(request);
    assert_eq!(answer.status.as_u16(), 404);
    assert_eq!(said(&answer), said(&ok(NOT_FOUND)));
}

#[test]
fn a_missing_end_is_refused_in_the_published_words() {
    let mut world = World::open(setup());
    let url = format!("{CALENDAR}/{SEA}");
    let request = call(
        &world,
        "PUT",
        &url,
        r#"{"startDate":"2026-12-01","price":180}"#,
    );
    let answer = world.raw(request);
    assert_eq!(answer.status.as_u16(), 422);
    assert_eq!(said(&answer), said(&ok(VALIDATION)));
}

#[test]
fn a_dead_token_is_refused_in_the_published_words_and_taken_for_uncertain() {
    let mut world = World::open(setup());
    world.vendor.control(&Control::RevokeTokens, world.now);
    let request = call(&world, "PUT", CALENDAR, PUT_MANY);
    let answer = world.raw(request);
    assert_eq!(answer.status.as_u16(), 403);
    assert_eq!(said(&answer), said(&ok(NO_PERMISSION)));
    let chunk = chunk(vec![row(SEA, "2026-12-01", "2026-12-05", 18_000)]);
    let error = guesty().parse_push(&chunk, &answer).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthenticated { certain: false });
}
