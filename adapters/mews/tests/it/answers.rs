//! What each answer means.

use std::time::Duration;

use http::HeaderValue;
use rackrate_core::adapter::{Adapter, Carry, DiscoverAsk, Discovery, Submission};
use rackrate_core::auth::{Ask, Grant};
use rackrate_core::error::{Delivery, Error, ErrorKind};
use rackrate_core::exchange::{Operation, Response};
use rackrate_core::idempotency::Guarantee;
use rackrate_core::limit::Scope;
use rackrate_core::rules::{Rules, Set};

use crate::support::*;

fn said(text: &str) -> String {
    format!(r#"{{"Message":"{text}","RequestId":"7a1b","Details":null}}"#)
}

fn pushed(status: u16, body: &str) -> Error {
    let rows = vec![priced(DOUBLE, "2027-02-27", "2027-02-28", 12_900)];
    let chunk = chunk(&example_target(), Operation::Push, rows);
    let response = Response::new(status, body.to_owned());
    mews().parse_push(&chunk, &response).unwrap_err()
}

#[test]
fn each_status_says_who_must_act_and_whether_it_may_have_arrived() {
    use Delivery::{Refused, Unknown};
    use ErrorKind::{Bug, Malformed, Reconnect, Rejected, Throttled, Unavailable};
    for (status, kind, delivery) in [
        (400, Rejected, Refused),
        (401, Reconnect, Refused),
        (403, Rejected, Refused),
        (404, Bug, Refused),
        (408, Unavailable, Unknown),
        (409, Unavailable, Refused),
        (413, Rejected, Refused),
        (429, Throttled, Refused),
        (500, Unavailable, Unknown),
        (503, Unavailable, Unknown),
        (302, Malformed, Unknown),
        (202, Malformed, Unknown),
        (204, Malformed, Unknown),
        (200, Malformed, Unknown),
    ] {
        let error = pushed(status, &said("Something."));
        assert_eq!(
            (error.kind(), error.delivery()),
            (kind, delivery),
            "{status}"
        );
    }
}

#[test]
fn a_business_rule_is_told_in_the_vendors_words() {
    let error = pushed(403, &said("Editable history is exceeded."));
    insta::assert_snapshot!(error, @"mews push rates: Rejected: Editable history is exceeded.");
}

#[test]
fn a_refused_credential_names_all_its_causes() {
    let error = pushed(401, &said("Invalid AccessToken."));
    insta::assert_snapshot!(error, @"mews push rates: Reconnect: Invalid AccessToken. (the tokens are wrong or renewed, the integration or the property is disabled in Mews, or this operation was not granted at certification)");
}

#[test]
fn a_throttle_without_a_wait_rests_all_the_same() {
    let adapter = mews();
    let rows = vec![priced(DOUBLE, "2027-02-27", "2027-02-28", 12_900)];
    let request = adapter.push(&chunk(&example_target(), Operation::Push, rows));
    let request = request.unwrap();
    let mut answer = Response::new(429, said("Slow down."));
    let wait = |answer: &Response| adapter.limits().feedback(&request, answer).wait;
    assert_eq!(wait(&answer), Some(Duration::from_secs(5)));
    let seven = HeaderValue::from_static("17");
    answer.headers.insert("retry-after", seven);
    assert_eq!(wait(&answer), Some(Duration::from_secs(17)));
    assert_eq!(wait(&Response::new(200, "{}")), None);
}

#[test]
fn an_answer_without_a_body_is_done_only_where_it_was_asked_for() {
    let rows = vec![priced(DOUBLE, "2027-02-27", "2027-02-28", 12_900)];
    let chunk = chunk(&example_target(), Operation::Push, rows);
    let adapter = with("minimal_answers = true");
    let prefers = |adapter: &rackrate_mews::Mews| {
        let request = adapter.push(&chunk).unwrap();
        on_the_wire(adapter, request)
            .headers()
            .contains_key("prefer")
    };
    assert!(prefers(&adapter) && !prefers(&mews()));
    let done = adapter.parse_push(&chunk, &Response::new(204, ""));
    assert!(matches!(done, Ok(Submission::Answered(_))));
    assert!(mews().parse_push(&chunk, &Response::new(204, "")).is_err());
}

#[test]
fn the_vendors_request_id_is_kept_as_the_reference() {
    let rows = vec![priced(DOUBLE, "2027-02-27", "2027-02-28", 12_900)];
    let chunk = chunk(&example_target(), Operation::Push, rows);
    let mut answer = Response::new(200, "{}");
    let id = HeaderValue::from_static("7a1b");
    answer.headers.insert("request-id", id);
    let Ok(Submission::Answered(receipt)) = mews().parse_push(&chunk, &answer) else {
        panic!("not done")
    };
    assert_eq!(receipt.reference.as_deref(), Some("7a1b"));
    assert_eq!(mews().manifest().trace_header, Some("Request-Id"));
}

#[test]
fn a_property_that_answers_for_another_is_not_taken() {
    let body = include_str!("../../fixtures/configuration.json");
    let ask = DiscoverAsk {
        mapped: Vec::new(),
        property: rackrate_core::ids::VendorId::new("another").ok(),
        today: night("2027-01-01"),
    };
    let mut out = Discovery::default();
    let answer = Response::new(200, body);
    let told = mews().parse_discover(&ask, &Carry::default(), &answer, &mut out);
    assert_eq!(told.unwrap_err().kind(), ErrorKind::Malformed);
    assert!(out.properties.is_empty());
}

#[test]
fn the_secrets_are_the_credential_and_a_write_sets_a_state() {
    let adapter = mews();
    let grant = |ask| adapter.auth().grant(&secrets(), ask).unwrap();
    assert!(matches!(grant(Ask::First), Grant::Static));
    let old = rackrate_core::secret::Secret::new("old".into());
    assert!(matches!(grant(Ask::Refresh(&old)), Grant::Person));
    for operation in [Operation::Push, Operation::Restrict] {
        let guarantee = adapter.idempotency().guarantee(operation);
        assert!(
            matches!(guarantee, Guarantee::Absolute { not_again_within } if not_again_within.is_zero())
        );
    }
    let quota = &adapter.limits().quotas()[0];
    assert_eq!(
        (quota.scope, quota.limit, quota.usable()),
        (Scope::Connection, 200, 180)
    );
}

#[test]
fn what_the_vendor_has_no_word_for_is_never_built() {
    let bug = |operation, rows: Vec<_>| {
        let chunk = chunk(&example_target(), operation, rows);
        mews().push(&chunk).unwrap_err().kind()
    };
    let good = || priced(DOUBLE, "2027-02-27", "2027-02-28", 12_900);
    let spoilt: [fn(&mut rackrate_core::chunk::Row); 7] = [
        |row| row.prices.clear(),
        |row| row.prices[0].0 = 1,
        |row| row.prices[0].1.0 = 0,
        |row| row.prices.push((3, rackrate_core::money::Minor(1))),
        |row| row.ids.room = None,
        |row| row.ids.plan = None,
        |row| row.rules.stop_sell = Set::To(true),
    ];
    for spoil in spoilt {
        let mut row = good();
        spoil(&mut row);
        assert_eq!(bug(Operation::Push, vec![row]), ErrorKind::Bug);
    }
    assert_eq!(bug(Operation::Push, vec![good(), good()]), ErrorKind::Bug);
    assert_eq!(bug(Operation::Restrict, vec![good()]), ErrorKind::Bug);
    let clear_and_set = Rules {
        stop_sell: Set::To(true),
        closed_to_arrival: Set::Clear,
        ..Rules::LEAVE
    };
    let row = ruled(DOUBLE, "2027-02-27", clear_and_set);
    assert_eq!(bug(Operation::Restrict, vec![row]), ErrorKind::Bug);
}

#[test]
fn a_property_without_a_time_zone_is_not_written() {
    let mut target = (*example_target()).clone();
    target.facts.time_zone = Some("Mars/Olympus".into());
    let rows = vec![priced(DOUBLE, "2027-02-27", "2027-02-28", 12_900)];
    let chunk = chunk(&target.into(), Operation::Push, rows);
    let error = mews().push(&chunk).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Misconfigured);
}
