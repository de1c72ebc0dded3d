//! The simulator against requests that the adapter never sends.

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use rackrate_core::exchange::Response;
use rackrate_core::money::Minor;
use rackrate_core::rules::Rules;

use crate::support::*;

fn call(world: &mut World, method: &str, path: &str, body: &str) -> Response {
    let token = world.token.as_ref().unwrap().access.expose();
    let request = http::Request::builder()
        .method(method)
        .uri(format!("https://api.apaleo.com{path}"))
        .header(AUTHORIZATION, format!("Bearer {token}"))
        .header(CONTENT_TYPE, "application/json")
        .body(Bytes::from(body.to_owned()));
    world.raw(request.unwrap())
}

fn status(world: &mut World, method: &str, path: &str, body: &str) -> u16 {
    call(world, method, path, body).status.as_u16()
}

fn world() -> World {
    World::with(vec![held("2026-09-23", 10_000, Rules::LEAVE)])
}

const RATES_OF_PLAN: &str = "/rateplan/v1/rate-plans/MUC-NONREF-SGL/rates";

#[test]
fn every_answer_has_a_tracking_id() {
    let mut world = world();
    for path in ["/inventory/v1/properties", "/nowhere", RATES_OF_PLAN] {
        let answer = call(&mut world, "GET", path, "");
        let id = answer.header("apaleo-tracking-id").unwrap().to_owned();
        assert!(id.starts_with("0HL") && id.contains('|'), "{id}");
    }
}

#[test]
fn what_is_not_served_is_not_there() {
    let mut world = world();
    for (method, path, wanted) in [
        ("GET", "/", 404),
        ("GET", "/rateplan/v1/rate-plans/MUC-NONREF-SGL", 404),
        (
            "GET",
            "/rateplan/v1/rate-plans/NO/rates?from=2026-09-01&to=2026-09-02",
            404,
        ),
        ("PUT", "/rateplan/v1/rate-plans/NO/rates", 404),
        ("PATCH", RATES_OF_PLAN, 405),
        ("DELETE", RATES_OF_PLAN, 405),
        ("POST", "/inventory/v1/properties", 405),
        ("GET", "/connect/token", 405),
    ] {
        assert_eq!(
            status(&mut world, method, path, PUT),
            wanted,
            "{method} {path}"
        );
    }
    assert_eq!(world.server.held()[0].price, Some(Minor(10_000)));
}

#[test]
fn pages_are_of_20_unless_asked_and_of_200_at_most() {
    let mut world = world();
    let window = "from=2026-09-01&to=2027-09-01";
    let items = |world: &mut World, more: &str| {
        let path = format!("{RATES_OF_PLAN}?{window}{more}");
        let answer = call(world, "GET", &path, "");
        let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let items = body["rates"].as_array().map_or(0, Vec::len);
        (answer.status.as_u16(), items, body["count"].as_u64())
    };
    assert_eq!(items(&mut world, ""), (200, 20, Some(365)));
    assert_eq!(items(&mut world, "&pageSize=200"), (200, 200, Some(365)));
    assert_eq!(
        items(&mut world, "&pageSize=200&pageNumber=2"),
        (200, 165, Some(365))
    );
    assert_eq!(
        items(&mut world, "&pageSize=200&pageNumber=3"),
        (204, 0, None)
    );
    for more in [
        "&pageSize=201",
        "&pageSize=0",
        "&pageNumber=0",
        "&pageNumber=x",
    ] {
        assert_eq!(items(&mut world, more).0, 422, "{more}");
    }
    for path in [
        "",
        "?from=2026-09-01",
        "?from=soon&to=later",
        "?from=2026-09-01T10:00:00.5Z&to=2026-09-02",
    ] {
        assert_eq!(
            status(&mut world, "GET", &format!("{RATES_OF_PLAN}{path}"), ""),
            422,
            "{path}"
        );
    }
}

#[test]
fn a_window_compares_with_the_check_in_from_inclusive_to_exclusive() {
    let mut world = world();
    let mut count = |from: &str, to: &str| {
        let path = format!("{RATES_OF_PLAN}?from={from}&to={to}");
        let body = call(&mut world, "GET", &path, "").body;
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
        body["count"].as_u64().unwrap_or(0)
    };
    assert_eq!(count("2026-09-23", "2026-09-24"), 1);
    assert_eq!(count("2026-09-23T15:00:00Z", "2026-09-24T15:00:00Z"), 1);
    assert_eq!(count("2026-09-23T17:00:01%2B02:00", "2026-09-24"), 0);
    assert_eq!(count("2026-09-24", "2026-09-23"), 0);
}

#[test]
fn a_put_that_is_wrong_in_any_way_changes_nothing() {
    let slice = PUT
        .trim()
        .trim_start_matches("{\"rates\":[")
        .trim_end_matches("]}");
    for (body, wanted) in [
        (String::new(), 400),
        ("{".to_owned(), 400),
        ("{}".to_owned(), 422),
        (r#"{"rates":[]}"#.to_owned(), 422),
        (format!(r#"{{"rates":[{slice},{slice}]}}"#), 422),
        (PUT.replace("2026-09-24T11", "2026-09-25T11"), 422),
        (PUT.replace("T17:00", "T16:00"), 422),
        (PUT.replace("+02:00", ""), 422),
        (PUT.replace("EUR", "USD"), 422),
        (PUT.replace("105.00", "-1"), 422),
        (PUT.replace("105.00", "105.001"), 422),
        (PUT.replace("105.00", "null"), 422),
        (
            PUT.replace("\"minLengthOfStay\":2", "\"minLengthOfStay\":0"),
            422,
        ),
        (
            PUT.replace("\"minLengthOfStay\":2", "\"minLengthOfStay\":\"x\""),
            422,
        ),
        (PUT.replace("\"closedOnArrival\":false,", ""), 422),
        (
            r#"{"rates":[{"from":"2026-09-23T17:00:00+02:00","to":"2026-09-24T11:00:00+02:00"}]}"#
                .to_owned(),
            422,
        ),
    ] {
        let mut world = world();
        let before = world.server.held();
        assert_eq!(
            status(&mut world, "PUT", RATES_OF_PLAN, &body),
            wanted,
            "{body}"
        );
        assert_eq!(world.server.held(), before, "{body}");
        let record = world.record();
        assert_eq!(
            (record.applied, record.changes.len(), record.pushes),
            (0, 0, 1)
        );
    }
}

#[test]
fn a_put_without_restrictions_takes_them_away() {
    let mut world = world();
    assert_eq!(status(&mut world, "PUT", RATES_OF_PLAN, PUT), 204);
    assert!(!world.server.held()[0].rules.is_leave());
    let (start, _) = PUT.split_once(",\"restrictions\"").unwrap();
    let bare = format!("{start}}}]}}");
    assert_eq!(status(&mut world, "PUT", RATES_OF_PLAN, &bare), 204);
    assert!(world.server.held()[0].rules.is_leave());
}

#[test]
fn two_writes_at_once_are_an_overlap() {
    let mut world = world();
    let token = world.token.as_ref().unwrap().access.expose().to_owned();
    for id in [900, 901] {
        let request = http::Request::put(format!("https://api.apaleo.com{RATES_OF_PLAN}"))
            .header(AUTHORIZATION, format!("Bearer {token}"))
            .header(CONTENT_TYPE, "application/json")
            .body(Bytes::from_static(PUT.as_bytes()));
        world.server.arrive(id, request.unwrap(), world.now);
    }
    assert_eq!(world.record().overlaps, 1);
}

fn token(world: &mut World, basic: Option<&str>, form: &str) -> (u16, String) {
    let mut request = http::Request::post("https://identity.apaleo.com/connect/token")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    if let Some(basic) = basic {
        request = request.header(AUTHORIZATION, format!("Basic {basic}"));
    }
    let answer = world.raw(request.body(Bytes::from(form.to_owned())).unwrap());
    let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    let error = body["error"].as_str().unwrap_or_default().to_owned();
    (answer.status.as_u16(), error)
}

#[test]
fn credentials_come_by_basic_or_in_the_body_and_are_refused_with_400() {
    let mut world = world();
    let own = "client_id=DEMO-SP-RACKRATE&client_secret=s3cr%2Bt%2F%3D%25";
    // DEMO-SP-RACKRATE:s3cr%2Bt%2F%3D%25
    let basic = "REVNTy1TUC1SQUNLUkFURTpzM2NyJTJCdCUyRiUzRCUyNQ==";
    let grant = "grant_type=client_credentials";
    let in_body = format!("{grant}&{own}");
    for (basic, form, wanted) in [
        (None, in_body.clone(), (200, "")),
        (Some(basic), grant.to_owned(), (200, "")),
        (Some(basic), in_body.clone(), (400, "invalid_client")),
        (
            None,
            format!("{grant}&client_id=DEMO-SP-RACKRATE&client_secret=x"),
            (400, "invalid_client"),
        ),
        (
            None,
            in_body.replace("DEMO", "OTHR"),
            (400, "invalid_client"),
        ),
        (None, grant.to_owned(), (400, "invalid_client")),
        (None, format!("{in_body}&scope=rates.read"), (200, "")),
        (
            None,
            format!("{in_body}&scope=guests.read"),
            (400, "invalid_scope"),
        ),
        (
            None,
            format!("grant_type=password&{own}"),
            (400, "unsupported_grant_type"),
        ),
        (
            None,
            format!("grant_type=refresh_token&refresh_token=x&{own}"),
            (400, "invalid_grant"),
        ),
        (None, own.to_owned(), (400, "invalid_request")),
    ] {
        let said = token(&mut world, basic, &form);
        assert_eq!(said, (wanted.0, wanted.1.to_owned()), "{form}");
    }
}

#[test]
fn another_client_of_the_account_is_known_by_its_secret_name() {
    let mut setup = setup(vec![hotel(vec![])]);
    let secret = |name: &str, text: &str| {
        let text = rackrate_core::secret::Secret::new(text.to_owned());
        (name.to_owned(), text)
    };
    setup.secrets = rackrate_core::secret::Secrets::new([
        secret("client_id", "ABCD-AC-OTHER"),
        secret("client_secret", "s3cr+t/=%"),
    ]);
    let mut world = World::of(setup);
    let form =
        "grant_type=client_credentials&client_id=ABCD-AC-OTHER&client_secret=s3cr%2Bt%2F%3D%25";
    assert_eq!(token(&mut world, None, form).0, 200);
}
