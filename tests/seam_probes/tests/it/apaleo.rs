//! apaleo through the seam: slices are read before they are replaced.

use std::sync::Arc;

use rackrate_core::adapter::{Adapter, Carry, ReadAsk, Step, Submission};
use rackrate_core::auth::{Ask, Grant};
use rackrate_core::chunk::{Chunk, Target};
use rackrate_core::error::{Delivery, ErrorKind};
use rackrate_core::exchange::{Operation, Request};
use rackrate_core::limit::Scope;
use rackrate_core::rules::{Rules, Set};
use rackrate_seam_probes::apaleo::Apaleo;
use serde_json::json;

use crate::support::{Told, answer, chunk, ids, json, min_stay, night, row, secrets, target, wire};

const PLAN: &str = "MUC-NONREF-SGL";
const PAGE_1: &str = r#"{"rates":[
 {"from":"2026-09-23T17:00:00+02:00","to":"2026-09-24T11:00:00+02:00",
  "price":{"amount":100.0,"currency":"EUR"},
  "includedServicesPrice":{"amount":15.0,"currency":"EUR"},
  "calculatedPrices":[{"adults":2,"price":{"amount":120.0,"currency":"EUR"}}],
  "restrictions":{"minLengthOfStay":2,"maxLengthOfStay":14,"closed":false,"closedOnArrival":false,"closedOnDeparture":false}}],
 "count":2}"#;
const PAGE_2: &str = r#"{"rates":[
 {"from":"2026-09-24T17:00:00+02:00","to":"2026-09-25T11:00:00+02:00"}],
 "count":2}"#;

fn apaleo() -> Apaleo {
    let url = |text: &str| text.parse().unwrap();
    Apaleo::new(
        url("https://api.apaleo.com"),
        url("https://identity.apaleo.com"),
        1,
    )
    .unwrap()
}

fn hotel() -> Target {
    let sellables = format!(
        r#"[{{"ids":{{"plan":"MUC-DERIVED"}},"name":"D","derived":true}},
        {{"ids":{{"plan":"{PLAN}"}},"name":"NONREF","adults":[1]}}]"#
    );
    target("MUC", "EUR", &sellables)
}

fn ask() -> ReadAsk {
    ReadAsk {
        target: Arc::new(hotel()),
        first: night("2026-09-23"),
        last: night("2026-09-24"),
    }
}

/// Reads both pages; the second request is returned with what was told.
fn read() -> (Request, Told) {
    let (adapter, ask, mut told) = (apaleo(), ask(), Told::default());
    let first = answer(200, &[], PAGE_1);
    let step = adapter.parse_read(&ask, &Carry::default(), &first, &mut told);
    let Ok(Step::Next { request, carry }) = step else {
        panic!("{step:?}");
    };
    let second = answer(200, &[], PAGE_2);
    let step = adapter.parse_read(&ask, &carry, &second, &mut told);
    assert!(matches!(step, Ok(Step::Done(()))), "{step:?}");
    (*request, told)
}

/// A write of the first night, with the notes of the read.
fn write(rules: Rules) -> Chunk {
    let mut wish = row(ids(None, PLAN), "2026-09-23", "2026-09-23", &[(1, 10_500)]);
    wish.rules = rules;
    let target = read().1.notes.attach(&hotel(), std::slice::from_ref(&wish));
    chunk(target, vec![wish])
}

#[test]
fn the_token_is_asked_for_at_the_identity_server() {
    let secrets = secrets(&[("client_id", "ABCD-SP-NAME"), ("client_secret", "s")]);
    let grant = apaleo().auth().grant(&secrets, Ask::First).unwrap();
    let Grant::Exchange(request) = grant else {
        panic!("{grant:?}")
    };
    insta::assert_snapshot!(wire(&request), @"
    POST https://identity.apaleo.com/connect/token
    content-type: application/x-www-form-urlencoded
    authorization: Basic QUJDRC1TUC1OQU1FOnM=
    grant_type=client_credentials
    ");
}

#[test]
fn a_plan_is_read_in_two_pages() {
    assert_eq!(
        wire(&apaleo().read(&ask()).unwrap()),
        "GET https://api.apaleo.com/rateplan/v1/rate-plans/MUC-NONREF-SGL/rates\
         ?from=2026-09-23&to=2026-09-25&pageNumber=1&pageSize=1"
    );
    let (second, told) = read();
    assert!(wire(&second).ends_with("pageNumber=2&pageSize=1"));
    insta::assert_snapshot!(told.lines.join("\n"), @"
    2026-09-23 MUC-NONREF-SGL 1: Price(Minor(10000))
    2026-09-23 MUC-NONREF-SGL stay: To(2)
    2026-09-24 MUC-NONREF-SGL 1: Absent
    2026-09-24 MUC-NONREF-SGL stay: Clear
    ");
}

#[test]
fn a_change_repeats_the_slice_and_the_restrictions_that_were_read() {
    let request = apaleo().push(&write(Rules::LEAVE)).unwrap();
    assert!(
        wire(&request).starts_with(
            "PUT https://api.apaleo.com/rateplan/v1/rate-plans/MUC-NONREF-SGL/rates\n"
        )
    );
    let sheet = json!({"rates":[{"from":"2026-09-23T17:00:00+02:00","to":"2026-09-24T11:00:00+02:00",
        "price":{"amount":105.0,"currency":"EUR"},
        "restrictions":{"minLengthOfStay":2,"maxLengthOfStay":14,"closed":false,
            "closedOnArrival":false,"closedOnDeparture":false}}]});
    assert_eq!(json(&request), sheet);
}

#[test]
fn a_cleared_minimum_stay_leaves_the_other_restrictions() {
    let clear = Rules {
        min_stay_arrival: Set::Clear,
        ..Rules::LEAVE
    };
    let body = json(&apaleo().push(&write(clear)).unwrap());
    let restrictions = json!({"maxLengthOfStay":14,"closed":false,
        "closedOnArrival":false,"closedOnDeparture":false});
    assert_eq!(body["rates"][0]["restrictions"], restrictions);
}

#[test]
fn a_first_restriction_brings_the_three_required_ones() {
    let mut wish = row(ids(None, PLAN), "2026-09-24", "2026-09-24", &[(1, 10_500)]);
    wish.rules = min_stay(3);
    let target = read().1.notes.attach(&hotel(), std::slice::from_ref(&wish));
    let body = json(&apaleo().push(&chunk(target, vec![wish])).unwrap());
    let restrictions = json!({"minLengthOfStay":3,"closed":false,
        "closedOnArrival":false,"closedOnDeparture":false});
    assert_eq!(body["rates"][0]["restrictions"], restrictions);
}

#[test]
fn a_night_that_was_not_read_is_not_written() {
    let wish = row(ids(None, PLAN), "2026-09-23", "2026-09-23", &[(1, 10_500)]);
    let error = apaleo().push(&chunk(hotel(), vec![wish])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Bug);
}

#[test]
fn the_notes_survive_the_ledger() {
    let chunk = write(Rules::LEAVE);
    let kept: Chunk = serde_json::from_str(&serde_json::to_string(&chunk).unwrap()).unwrap();
    assert_eq!(
        json(&apaleo().push(&kept).unwrap()),
        json(&apaleo().push(&chunk).unwrap())
    );
}

#[test]
fn an_empty_first_page_is_an_end_and_an_empty_second_one_an_error() {
    let (adapter, empty) = (apaleo(), answer(204, &[], ""));
    let step = adapter.parse_read(&ask(), &Carry::default(), &empty, &mut Told::default());
    assert!(matches!(step, Ok(Step::Done(()))));
    let first = answer(200, &[], PAGE_1);
    let step = adapter.parse_read(&ask(), &Carry::default(), &first, &mut Told::default());
    let Ok(Step::Next { carry, .. }) = step else {
        panic!("{step:?}")
    };
    let error = adapter
        .parse_read(&ask(), &carry, &empty, &mut Told::default())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Malformed);
}

#[test]
fn only_204_is_a_success_and_prose_is_kept() {
    let (adapter, chunk) = (apaleo(), write(Rules::LEAVE));
    let tracking = [("Apaleo-Tracking-Id", "0HLPNC5OC7M1B:00000001|28d5f97d68d9")];
    let done = adapter
        .parse_push(&chunk, &answer(204, &tracking, ""))
        .unwrap();
    let Submission::Answered(receipt) = done else {
        panic!("{done:?}")
    };
    assert_eq!(receipt.reference.as_deref(), Some(tracking[0].1));
    let body = r#"{"messages":["1 rate(s) exceed the total of included services (55)"]}"#;
    let error = adapter
        .parse_push(&chunk, &answer(422, &[], body))
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.delivery()),
        (ErrorKind::Rejected, Delivery::Refused)
    );
    assert_eq!(
        error.text(),
        "1 rate(s) exceed the total of included services (55)"
    );
    let error = adapter
        .parse_push(&chunk, &answer(200, &[], "{}"))
        .unwrap_err();
    assert_eq!(error.delivery(), Delivery::Unknown);
}

#[test]
fn writes_are_counted_by_plan_as_well() {
    let adapter = apaleo();
    let quotas = adapter.limits().quotas();
    let charged = |operation| adapter.limits().charges(operation, &hotel());
    let by_plan = |operation| {
        let scope = |quota: usize| quotas[quota].scope;
        let charges = charged(operation).into_iter();
        charges
            .filter(|one| scope(one.quota) == Scope::Plan)
            .count()
    };
    assert_eq!((by_plan(Operation::Push), by_plan(Operation::Read)), (2, 0));
}
