//! The vendor's published examples, against the adapter and against the simulator.
//!
//! Sources: apaleo.dev/guides/oauth-connection/simple-client,
//! apaleo.dev/guides/business-cases/revenue-management/get-rates.html and
//! …/set-rates-restrictions.html, apaleo.dev/guides/api/trouble-shooting.html, and
//! github.com/apaleo/api issues 36, 44, 183, 209, 303 and 377.

use bytes::Bytes;
use http::header::AUTHORIZATION;
use rackrate_core::adapter::{Adapter, Carry, Discovery, Step, Submission};
use rackrate_core::chunk::Receipt;
use rackrate_core::exchange::{Body, Response};
use rackrate_core::money::Minor;
use rackrate_core::rules::{Rules, Set};
use rackrate_core::series::Seen;
use serde_json::Value;

use crate::support::*;

fn limits() -> Rules {
    Rules {
        min_stay_arrival: Set::To(2),
        max_stay_arrival: Set::To(14),
        stop_sell: Set::Clear,
        closed_to_arrival: Set::Clear,
        closed_to_departure: Set::Clear,
        ..Rules::LEAVE
    }
}

/// The simulator as the published page shows the hotel.
fn as_published() -> World {
    let mut world = World::with(vec![held("2026-09-23", 10_000, limits())]);
    world.switch("surcharge", &format!("{PLAN} 2 Absolute 20.00"));
    world.switch("included_services", &format!("{PLAN} 15.00"));
    world
}

fn call(world: &World, method: &str, path: &str, body: &str) -> http::Request<Bytes> {
    let token = world.token.as_ref().unwrap().access.expose();
    http::Request::builder()
        .method(method)
        .uri(format!("https://api.apaleo.com{path}"))
        .header(AUTHORIZATION, format!("Bearer {token}"))
        .header("content-type", "application/json")
        .body(Bytes::from(body.to_owned()))
        .unwrap()
}

fn put(world: &mut World, body: &str) -> (u16, String) {
    let path = format!("/rateplan/v1/rate-plans/{PLAN}/rates");
    let answer = world.raw(call(world, "PUT", &path, body));
    let text = std::str::from_utf8(&answer.body).unwrap().to_owned();
    (answer.status.as_u16(), text)
}

/// JSON with amounts as numbers, whatever their spelling.
fn tree(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap()
}

#[test]
fn the_published_token_is_taken_and_the_simulators_has_its_members() {
    let token = apaleo().auth().parse_grant(&Response::new(200, TOKEN));
    let token = token.unwrap();
    assert_eq!(token.lifetime.unwrap().as_secs(), 3_600);
    let mut world = World::with(vec![]);
    let request = http::Request::post("https://identity.apaleo.com/connect/token")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Bytes::from_static(
            b"grant_type=client_credentials&client_id=DEMO-SP-RACKRATE&client_secret=s3cr%2Bt%2F%3D%25",
        ));
    let said = tree(&world.raw(request.unwrap()).body);
    for (name, value) in tree(TOKEN.as_bytes()).as_object().unwrap() {
        if name != "access_token" {
            assert_eq!(said[name], *value, "{name}");
        }
    }
}

#[test]
fn the_published_lists_are_what_the_simulator_shows() {
    let found = |properties: &[u8], plans: &[u8]| {
        let (adapter, ask) = (apaleo(), discover_ask(None));
        let mut out = Discovery::default();
        let first = Response::new(200, properties.to_vec());
        let step = adapter.parse_discover(&ask, &Carry::default(), &first, &mut out);
        let Step::Next { carry, .. } = step.unwrap() else {
            panic!("plans are not asked for")
        };
        let second = Response::new(200, plans.to_vec());
        let step = adapter.parse_discover(&ask, &carry, &second, &mut out);
        assert!(matches!(step, Ok(Step::Done(()))));
        out
    };
    let mut world = World::with(vec![]);
    let properties = world.raw(call(&world, "GET", "/inventory/v1/properties", ""));
    let path = "/rateplan/v1/rate-plans?isDerived=false";
    let plans = world.raw(call(&world, "GET", path, ""));
    let ours = found(PROPERTIES.as_bytes(), PLANS.as_bytes());
    assert_eq!(ours, found(&properties.body, &plans.body));
    let plan = &ours.properties[0].sellables[0];
    assert_eq!(
        (plan.name.as_str(), plan.derived),
        ("Single, Non Refundable Single", false)
    );
}

#[test]
fn the_published_page_is_read_as_the_simulators_is() {
    let ask = ask(one_plan(), "2026-09-23", "2026-09-24");
    let path = format!("/rateplan/v1/rate-plans/{PLAN}/rates?from=2026-09-23&to=2026-09-25");
    let mut world = as_published();
    let said = world.raw(call(&world, "GET", &path, ""));
    assert_eq!(tree(&said.body), tree(RATES.as_bytes()));
    for body in [Bytes::from_static(RATES.as_bytes()), said.body] {
        let mut told = Told::default();
        let answer = Response::new(200, body);
        let step = apaleo().parse_read(&ask, &Carry::default(), &answer, &mut told);
        assert!(matches!(step, Ok(Step::Done(()))));
        assert_eq!(told.price("2026-09-23"), Some(Seen::Price(Minor(10_000))));
        assert_eq!(told.rules("2026-09-23"), limits());
        assert_eq!(told.price("2026-09-24"), Some(Seen::Absent));
        assert_eq!(told.rules("2026-09-24"), Rules::LEAVE);
    }
}

#[test]
fn the_published_put_is_what_is_pushed_and_what_is_taken() {
    let chunk = published_chunk(Rules::LEAVE);
    let Body::Json(body) = apaleo().push(&chunk).unwrap().body else {
        panic!("no JSON")
    };
    assert_eq!(std::str::from_utf8(&body).unwrap(), PUT.trim());
    let mut world = as_published();
    assert_eq!(put(&mut world, PUT), (204, String::new()));
    let now = world.server.held();
    assert_eq!(now[0].price, Some(Minor(10_500)));
    let answer = Response::new(204, "");
    let submission = apaleo().parse_push(&chunk, &answer).unwrap();
    assert_eq!(submission, Submission::Answered(Receipt::default()));
}

#[test]
fn times_in_utc_and_a_text_as_amount_are_taken_too() {
    let body = PUT
        .replace("2026-09-23T17:00:00+02:00", "2026-09-23T15:00:00.000Z")
        .replace("2026-09-24T11:00:00+02:00", "2026-09-24T09:00:00.000Z")
        .replace("105.00", "\"105.00\"");
    assert_eq!(put(&mut as_published(), &body).0, 204);
}

#[test]
fn members_copied_from_a_read_are_ignored() {
    let extra = r#""includedServicesPrice":{"amount":1.0,"currency":"EUR"},"price""#;
    let body = PUT.replace("\"price\"", extra);
    assert_eq!(put(&mut as_published(), &body).0, 204);
}

#[test]
fn the_simulator_refuses_in_the_vendors_published_words() {
    let price = r#""price":{"amount":105.00,"currency":"EUR"}"#;
    let slice = PUT
        .trim()
        .trim_start_matches("{\"rates\":")
        .trim_end_matches('}');
    for (body, words) in [
        (
            PUT.replace(&format!("{price},"), ""),
            "Cannot set restrictions on a rate with no price",
        ),
        (
            PUT.replace(price, "\"price\":[]"),
            "Cannot deserialize the current JSON array",
        ),
        (slice.to_owned(), "ReplaceRateListModel"),
        (
            PUT.replace("105.00", "14.99"),
            "1 rate(s) exceed the total of included services",
        ),
        (PUT.replace("\"closed\":false,", ""), "closed"),
    ] {
        let mut world = as_published();
        let before = world.server.held();
        let (status, said) = put(&mut world, &body);
        assert_eq!(status, 422, "{body}");
        assert!(
            said.starts_with("{\"messages\":[") && said.contains(words),
            "{said}"
        );
        assert_eq!(world.server.held(), before);
        assert!(world.record().changes.is_empty());
    }
}
