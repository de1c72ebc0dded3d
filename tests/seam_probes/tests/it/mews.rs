//! Mews through the seam: secrets in the body, nights as instants.

use std::time::Duration;

use rackrate_core::adapter::{Adapter, Submission};
use rackrate_core::auth::{Ask, Grant};
use rackrate_core::chunk::{Chunk, Receipt, Target};
use rackrate_core::error::{Delivery, ErrorKind};
use rackrate_core::exchange::{Operation, Request};
use rackrate_core::idempotency::Guarantee;
use rackrate_core::ids::Vendor;
use rackrate_core::secret::Secrets;
use rackrate_seam_probes::mews::Mews;
use serde_json::{Value, json};

use crate::support::{answer, chunk, ids, row, secrets, target};

const RATE: &str = "ed4b660b-19d0-434b-9360-a4de2ea42eda";
const CATEGORY: &str = "e3aa3117-dff0-46b7-b49a-2c0391e70ff9";

fn mews() -> Mews {
    let base = "https://api.mews-demo.com".parse().unwrap();
    Mews::new(base, "ParityPush 1.0.0").unwrap()
}

fn tokens(access: &str) -> Secrets {
    secrets(&[("client_token", "C11E-\"47"), ("access_token", access)])
}

fn hotel() -> Target {
    target("enterprise", "EUR", "[]")
}

fn example() -> Chunk {
    let rows = vec![
        row(ids(None, RATE), "2027-01-02", "2027-01-04", &[(2, 11_100)]),
        row(
            ids(Some(CATEGORY), RATE),
            "2027-01-05",
            "2027-01-06",
            &[(2, 22_200)],
        ),
    ];
    chunk(hotel(), rows)
}

fn on_the_wire(request: &Request) -> Value {
    let http = request.expose(&Vendor::new("mews").unwrap()).unwrap();
    assert_eq!(http.headers()["content-type"], "application/json");
    serde_json::from_slice(http.body()).unwrap()
}

fn sent(chunk: &Chunk) -> Request {
    let adapter = mews();
    let mut request = adapter.push(chunk).unwrap();
    adapter
        .auth()
        .apply(&tokens("ACCE55"), None, &mut request)
        .unwrap();
    request
}

#[test]
fn the_example_goes_out_with_both_secrets_in_its_body() {
    let request = sent(&example());
    assert_eq!(
        request.url().as_str(),
        "https://api.mews-demo.com/api/connector/v1/rates/updatePrice"
    );
    let sheet = json!({"ClientToken":"C11E-\"47","AccessToken":"ACCE55","Client":"ParityPush 1.0.0",
        "RateId":RATE,
        "PriceUpdates":[
         {"FirstTimeUnitStartUtc":"2027-01-01T23:00:00Z","LastTimeUnitStartUtc":"2027-01-03T23:00:00Z","Value":111.0},
         {"CategoryId":CATEGORY,"FirstTimeUnitStartUtc":"2027-01-04T23:00:00Z","LastTimeUnitStartUtc":"2027-01-05T23:00:00Z","Value":222.0}]});
    assert_eq!(on_the_wire(&request), sheet);
}

#[test]
fn nothing_that_prints_shows_the_secrets() {
    let request = sent(&example());
    let shown = format!("{request:?} {request:#?}");
    assert!(
        !shown.contains("ACCE55") && !shown.contains("C11E"),
        "{shown}"
    );
    assert!(shown.contains("AccessToken"));
}

#[test]
fn a_renewed_secret_takes_the_place_of_the_old_one() {
    let mut request = sent(&example());
    mews()
        .auth()
        .apply(&tokens("NEW"), None, &mut request)
        .unwrap();
    assert_eq!(on_the_wire(&request)["AccessToken"], "NEW");
}

#[test]
fn the_secrets_go_to_the_api_only() {
    let mut request = mews().push(&example()).unwrap();
    request.base = "https://elsewhere.example.test".parse().unwrap();
    let error = mews()
        .auth()
        .apply(&tokens("ACCE55"), None, &mut request)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Bug);
    assert!(on_the_wire(&request).get("AccessToken").is_none());
}

#[test]
fn there_is_nothing_to_fetch_but_a_missing_secret_is_named() {
    let grant = mews().auth().grant(&tokens("ACCE55"), Ask::First).unwrap();
    assert!(matches!(grant, Grant::Static));
    let error = mews().auth().grant(&secrets(&[]), Ask::First).unwrap_err();
    assert!(error.text().contains("client_token"));
}

#[test]
fn midnights_move_with_the_clock_change() {
    let wish = row(ids(None, RATE), "2027-03-28", "2027-03-29", &[(2, 11_100)]);
    let body = on_the_wire(&sent(&chunk(hotel(), vec![wish])));
    let update = &body["PriceUpdates"][0];
    assert_eq!(update["FirstTimeUnitStartUtc"], "2027-03-27T23:00:00Z");
    assert_eq!(update["LastTimeUnitStartUtc"], "2027-03-28T22:00:00Z");
}

#[test]
fn a_property_without_a_known_time_zone_is_not_written() {
    for zone in [None, Some("Mars/Base".to_owned())] {
        let mut hotel = hotel();
        hotel.facts.time_zone = zone;
        let wish = row(ids(None, RATE), "2027-03-28", "2027-03-29", &[(2, 11_100)]);
        let error = mews().push(&chunk(hotel, vec![wish])).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Bug);
    }
}

#[test]
fn only_an_empty_object_or_204_is_a_success() {
    let parse = |status, body| mews().parse_push(&example(), &answer(status, &[], body));
    for (status, body) in [(200, "{}"), (204, "")] {
        assert_eq!(
            parse(status, body).unwrap(),
            Submission::Answered(Receipt::default())
        );
    }
    for body in ["", "[]", r#"{"Message":"Invalid RateId."}"#] {
        let error = parse(200, body).unwrap_err();
        assert_eq!(error.delivery(), Delivery::Unknown, "{body}");
    }
}

#[test]
fn refusals_keep_the_vendors_message() {
    let body = r#"{"Message":"Invalid RateId.","RequestId":"…","Details":null}"#;
    for (status, kind) in [
        (400, ErrorKind::Rejected),
        (401, ErrorKind::Unauthenticated { certain: false }),
        (403, ErrorKind::Rejected),
    ] {
        let error = mews()
            .parse_push(&example(), &answer(status, &[], body))
            .unwrap_err();
        assert_eq!((error.kind(), error.text()), (kind, "Invalid RateId."));
        assert_eq!(error.delivery(), Delivery::Refused);
    }
}

#[test]
fn a_write_may_be_repeated_at_once() {
    let guarantee = mews().idempotency().guarantee(Operation::Push);
    assert_eq!(
        guarantee,
        Guarantee::Absolute {
            not_again_within: Duration::ZERO
        }
    );
}
