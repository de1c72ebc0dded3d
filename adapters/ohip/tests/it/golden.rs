//! The literal examples of the sources, against the adapter and against the simulator.
//!
//! Sources: docs.oracle.com/en/industries/hospitality/integration-platform/ohipu/ and the
//! descriptions in github.com/oracle/hospitality-api-docs, `rest-api-specs/property/v1`
//! (oauth, rtpasync, rtp, parasync, par). The values are examples, the shapes are theirs.

use bytes::Bytes;
use rackrate_core::adapter::Adapter;
use rackrate_core::exchange::Response;
use rackrate_core::money::Minor;
use rackrate_core::rules::{Rules, Set};
use rackrate_core::series::Seen;
use serde_json::Value;

use crate::support::*;

const TOKEN: &str = include_str!("../../fixtures/token.json");
const PRICES: &str = include_str!("../../fixtures/daily_schedules.json");
const RULES: &str = include_str!("../../fixtures/restrict.json");

fn world() -> World {
    World::new(&ohip(), setup(1))
}

fn call(world: &World, method: &str, path: &str, body: &str) -> http::Request<Bytes> {
    let token = world.token.as_ref().unwrap().access.expose();
    let url = match path.starts_with("http") {
        true => path.to_owned(),
        false => format!("{GATEWAY}{path}"),
    };
    let mut built = http::Request::builder()
        .method(method)
        .uri(url)
        .header("authorization", format!("Bearer {token}"))
        .header("x-app-key", "41ecd082-8997-4c69-af34-2f72b83645ff")
        .header("x-hotelid", "HTL1");
    if !body.is_empty() {
        built = built.header("content-type", "application/json;charset=UTF-8");
    }
    built.body(Bytes::from(body.to_owned())).unwrap()
}

fn send(world: &mut World, method: &str, path: &str, body: &str) -> Response {
    let request = call(world, method, path, body);
    world.raw(request)
}

/// The steps of a write, as the vendor describes them: POST, HEAD until 201, GET once.
fn processed(world: &mut World, path: &str, body: &str) -> Value {
    let started = send(world, "POST", path, body);
    assert_eq!(started.status, 202);
    let job = started.header("location").unwrap().to_owned();
    let asked = send(world, "HEAD", &job, "");
    assert_eq!(
        (asked.status.as_u16(), asked.header("status")),
        (200, Some("Processing"))
    );
    world.wait(60);
    let done = send(world, "HEAD", &job, "");
    assert_eq!(
        (done.status.as_u16(), done.header("status")),
        (201, Some("Completed"))
    );
    let result = done.header("location").unwrap().to_owned();
    assert_ne!(job, result);
    let told = send(world, "GET", &result, "");
    assert_eq!(send(world, "GET", &result, "").status, 404);
    assert_eq!(send(world, "HEAD", &job, "").status, 404);
    serde_json::from_slice(&told.body).unwrap()
}

#[test]
fn the_token_answer_has_the_published_members() {
    let adapter = ohip();
    let mut world = World::closed(setup(1));
    let token = adapter
        .auth()
        .parse_grant(&answer(200, &[], TOKEN))
        .unwrap();
    assert_eq!(token.lifetime.unwrap().as_secs(), 3600);
    let form = "grant_type=client_credentials&scope=urn:opc:hgbu:ws:__myscopes__";
    let request = http::Request::post(format!("{GATEWAY}/oauth/v1/tokens"))
        .header("authorization", "Basic aWQ6cw==")
        .header("x-app-key", "41ecd082-8997-4c69-af34-2f72b83645ff")
        .header("enterpriseId", "ENT123")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Bytes::from(form))
        .unwrap();
    let said: Value = serde_json::from_slice(&world.raw(request).body).unwrap();
    let published: Value = serde_json::from_str(TOKEN).unwrap();
    let names = |value: &Value| {
        value
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&said), names(&published));
}

#[test]
fn the_published_schedules_are_taken_and_read_back() {
    let mut world = world();
    let path = "/rtp/async/v1/externalSystems/EXT/hotels/HTL1/ratePlans/dailySchedules";
    let told = processed(&mut world, path, PRICES);
    assert_eq!(told["warnings"].as_array().unwrap().len(), 0);
    let seen = world.read(&ohip(), &ask("2023-10-07", "2023-10-13"));
    let price = |adults, date| seen.price(&dlx(), adults, date);
    let is = |minor| Some(Seen::Price(Minor(minor)));
    assert_eq!(
        [1, 2, 3].map(|adults| price(adults, "2023-10-08")),
        [100_500, 150_000, 160_000].map(is)
    );
    assert_eq!(
        [price(1, "2023-10-09"), price(1, "2023-10-12")],
        [is(98_000); 2]
    );
    assert_eq!([price(1, "2023-10-07"), price(1, "2023-10-13")], [None; 2]);
}

#[test]
fn the_published_restriction_is_what_the_adapter_writes_and_what_comes_back() {
    let rules = Rules {
        min_stay_arrival: Set::To(2),
        ..Rules::LEAVE
    };
    let request = ohip()
        .push(&ruled("2027-01-01", "2027-01-31", rules))
        .unwrap();
    assert!(shown(&request).ends_with(RULES));
    let mut world = world();
    let path = "/par/async/v1/externalSystems/EXT/hotels/HTL1/restrictions";
    let told = processed(&mut world, path, RULES);
    assert_eq!(told["warnings"].as_array().unwrap().len(), 0);
    let path = "/par/v1/hotels/HTL1/restrictions?restrictionSearchCriteriaStartDate=2027-01-01&end=2027-01-31";
    world.switch("wrapping", "twice");
    let said = send(&mut world, "GET", path, "");
    let said: Value = serde_json::from_slice(&said.body).unwrap();
    let published: Value = serde_json::from_str(RESTRICTIONS).unwrap();
    let sets = |value: &Value| {
        value["restrictionsByDateRange"]["restrictionsByDateRange"]["restrictionSets"][0].clone()
    };
    for member in [
        "restrictionControl",
        "restrictionStatus",
        "start",
        "end",
        "onRequest",
        "friday",
    ] {
        assert_eq!(sets(&said)[member], sets(&published)[member], "{member}");
    }
}

#[test]
fn the_published_page_of_schedules_is_what_the_simulator_shows() {
    let mut setup = setup(1);
    setup.hotels = vec![hotel(
        "HTL1",
        vec![
            held("HTL1", dlx(), "2027-01-01", 1, 12_000),
            held("HTL1", dlx(), "2027-01-01", 2, 14_000),
        ],
    )];
    let mut world = World::new(&ohip(), setup);
    world.switch("floor", "MYDAILY=50");
    world.switch("amounts", "numbers");
    let path = "/rtp/v1/hotels/HTL1/ratePlans/MYDAILY/schedules?startDate=2027-01-01&endDate=2027-01-31&roomType=DLX&roomType=STD&limit=500&offset=0";
    let said: Value = serde_json::from_slice(&send(&mut world, "GET", path, "").body).unwrap();
    let published: Value = serde_json::from_str(SCHEDULES).unwrap();
    let detail = |value: &Value| {
        value["ratePlanScheduleList"]["ratePlanSchedule"][0]["ratePlanScheduleDetail"].clone()
    };
    for member in [
        "start",
        "end",
        "roomTypeList",
        "rateAmounts",
        "tierID",
        "monday",
    ] {
        assert_eq!(
            detail(&said)[member],
            detail(&published)[member],
            "{member}"
        );
    }
    for member in [
        "hotelId",
        "ratePlanCode",
        "hasMore",
        "totalResults",
        "count",
        "offset",
        "limit",
        "totalPages",
    ] {
        let of = |value: &Value| value["ratePlanScheduleList"][member].clone();
        assert_eq!(of(&said), of(&published), "{member}");
    }
    for member in [
        "currencyCode",
        "daily",
        "tiered",
        "floorAmount",
        "ratePlanBasedOnRates",
    ] {
        let of = |value: &Value| value["ratePlanMasterInfo"][member].clone();
        assert_eq!(of(&said), of(&published), "{member}");
    }
}
