//! Who the simulator lets in, and how fast.

use bytes::Bytes;
use http::header::HeaderName;
use rackrate_core::adapter::{Adapter, DiscoverAsk};
use rackrate_core::auth::{Ask, Grant};
use rackrate_core::exchange::{Request, Value};

use crate::support::*;

fn token_request(more: &str) -> Request {
    match built(more).auth().grant(&secrets(), Ask::First).unwrap() {
        Grant::Exchange(request) => *request,
        other => panic!("{other:?}"),
    }
}

fn wire(request: &Request) -> http::Request<Bytes> {
    request.expose(&ohip().manifest().vendor).unwrap()
}

/// The status of a token request of which a header was changed.
fn token_status(more: &str, header: &str, value: Option<&str>) -> u16 {
    let mut request = token_request(more);
    let name: HeaderName = header.parse().unwrap();
    request.headers.retain(|(known, _)| *known != name);
    if let Some(value) = value {
        request.headers.push((name, Value::from(value)));
    }
    let mut world = World::closed(setup(1));
    world.raw(wire(&request)).status.as_u16()
}

#[test]
fn a_token_needs_every_part() {
    let status = |header, value| token_status("", header, value);
    assert_eq!(status("x-other", None), 200);
    assert_eq!(status("x-app-key", None), 400);
    assert_eq!(status("x-app-key", Some("another")), 401);
    assert_eq!(status("authorization", None), 401);
    assert_eq!(status("authorization", Some("Basic aWQ6eA==")), 401);
    assert_eq!(status("enterpriseid", None), 400);
    assert_eq!(status("enterpriseid", Some("ent123")), 400);
}

#[test]
fn password_mode_needs_no_enterprise() {
    assert_eq!(token_status("mode = 'password'", "enterpriseid", None), 200);
}

#[test]
fn a_scope_with_single_underscores_is_a_matter_of_a_switch() {
    let config = "scopes = ['urn:opc:hgbu:ws:_myscopes_']";
    let mut world = World::closed(setup(1));
    let status = |world: &mut World| world.raw(wire(&token_request(config))).status.as_u16();
    assert_eq!(status(&mut world), 401);
    world.switch("scope_spelling", "any");
    assert_eq!(status(&mut world), 200);
}

/// The status of a discovery of which a header was changed.
fn call_status(header: &str, value: Option<&str>) -> u16 {
    let adapter = ohip();
    let mut world = World::new(&adapter, setup(1));
    let ask = DiscoverAsk {
        mapped: Vec::new(),
        property: None,
        today: night("2027-01-01"),
    };
    let mut request = adapter.discover(&ask).unwrap();
    let token = world.token.clone();
    adapter
        .auth()
        .apply(&secrets(), token.as_ref(), &mut request)
        .unwrap();
    let name: HeaderName = header.parse().unwrap();
    request.headers.retain(|(known, _)| *known != name);
    if let Some(value) = value {
        request.headers.push((name, Value::from(value)));
    }
    world.raw(wire(&request)).status.as_u16()
}

#[test]
fn a_call_needs_the_token_the_key_and_the_same_hotel_twice() {
    assert_eq!(call_status("x-other", None), 200);
    assert_eq!(call_status("authorization", Some("Bearer other")), 401);
    assert_eq!(call_status("x-app-key", None), 401);
    assert_eq!(call_status("x-hotelid", None), 403);
    assert_eq!(call_status("x-hotelid", Some("HTL 2/b")), 403);
}

#[test]
fn every_answer_carries_a_request_id() {
    let mut world = World::closed(setup(1));
    let response = world.raw(wire(&token_request("")));
    assert!(response.header("x-request-id").is_some());
}

#[test]
fn calls_beyond_the_pace_are_late_and_beyond_the_burst_refused() {
    let adapter = ohip();
    let mut world = World::new(&adapter, setup(1));
    let ask = ask("2027-01-01", "2027-01-01");
    let mut request = adapter.read(&ask).unwrap();
    let token = world.token.clone();
    adapter
        .auth()
        .apply(&secrets(), token.as_ref(), &mut request)
        .unwrap();
    world.wait(10);
    let mut late = 0;
    let mut refused = 0;
    for call in 1_000..1_120 {
        let ready = world.vendor.arrive(call, wire(&request), world.now);
        let status = world.vendor.answer(call, ready).status();
        refused += u64::from(status == 429);
        late += u64::from(status != 429 && ready.since(world.now).as_millis() >= 1_000);
    }
    assert_eq!((late, refused), (50, 20));
    assert_eq!(world.vendor.record().breaches, 70);
}
