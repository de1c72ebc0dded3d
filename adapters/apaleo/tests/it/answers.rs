//! What each answer means.

use http::HeaderValue;
use rackrate_core::adapter::{Adapter, Carry, Submission};
use rackrate_core::chunk::Refusal;
use rackrate_core::error::{Delivery, Error, ErrorKind};
use rackrate_core::exchange::{Operation, Response};
use rackrate_core::limit::{Scope, Window};
use rackrate_core::rules::Rules;

use crate::support::*;

fn pushed(status: u16, body: &str) -> Error {
    let chunk = published_chunk(Rules::LEAVE);
    let response = Response::new(status, body.to_owned());
    apaleo().parse_push(&chunk, &response).unwrap_err()
}

#[test]
fn each_status_says_who_must_act_and_whether_it_may_have_arrived() {
    use Delivery::{Refused, Unknown};
    let certain = ErrorKind::Unauthenticated { certain: true };
    let sentence = r#"{"messages":["no"]}"#;
    for (status, body, kind, delivery) in [
        (400, sentence, ErrorKind::Rejected, Refused),
        (401, "", certain, Refused),
        (403, "", ErrorKind::Forbidden, Refused),
        (404, "", ErrorKind::Rejected, Refused),
        (405, "", ErrorKind::Rejected, Refused),
        (409, "", ErrorKind::Rejected, Refused),
        (412, "", ErrorKind::Rejected, Refused),
        (422, sentence, ErrorKind::Rejected, Refused),
        (429, "", ErrorKind::Throttled, Refused),
        (408, "", ErrorKind::Unavailable, Unknown),
        (500, sentence, ErrorKind::Unavailable, Unknown),
        (502, "<html>", ErrorKind::Unavailable, Unknown),
        (503, "<html>", ErrorKind::Unavailable, Unknown),
        (504, "<html>", ErrorKind::Unavailable, Unknown),
        (200, "", ErrorKind::Malformed, Unknown),
        (202, "{}", ErrorKind::Malformed, Unknown),
        (204, "words", ErrorKind::Malformed, Unknown),
        (302, "", ErrorKind::Malformed, Unknown),
    ] {
        let error = pushed(status, body);
        let told = (error.kind(), error.delivery());
        assert_eq!(told, (kind, delivery), "{status} {body}");
    }
}

#[test]
fn sentences_and_coded_errors_are_kept() {
    let two = pushed(422, r#"{"messages":["one thing","another\nthing"]}"#);
    assert_eq!(two.text(), "one thing; another thing");
    let coded = r#"{"error":{"code":"UnsupportedApiVersion","message":"gone"}}"#;
    insta::assert_snapshot!(pushed(400, coded), @"apaleo push rates: Rejected (UnsupportedApiVersion): gone");
    insta::assert_snapshot!(pushed(403, ""), @"apaleo push rates: Forbidden: status 403: the client lacks the scope rates.manage, or the property is of another account");
    insta::assert_snapshot!(pushed(404, r#"{"messages":["Not found"]}"#), @"apaleo push rates: Rejected: Not found: apaleo does not know this property or rate plan");
}

#[test]
fn a_refused_list_leaves_its_rows_unknown() {
    let mut chunk = published_chunk(Rules::LEAVE);
    chunk.rows[0].last = night("2026-09-24");
    let mut answer = Response::new(422, r#"{"messages":["1 rate(s) exceed"]}"#);
    let id = HeaderValue::from_static("0HL0000001M1B:00000001|28d5f97d68d9");
    answer.headers.insert("apaleo-tracking-id", id);
    let told = apaleo().parse_push(&chunk, &answer).unwrap();
    let Submission::Answered(receipt) = told else {
        panic!("{told:?}")
    };
    assert_eq!(receipt.unattributed, [Refusal::new("", "1 rate(s) exceed")]);
    assert!(receipt.refused.is_empty());
    let trace = receipt.reference.unwrap();
    assert!(trace.starts_with("0HL"), "{trace}");
}

#[test]
fn an_acceptance_keeps_the_trace() {
    let mut answer = Response::new(204, "");
    let id = HeaderValue::from_static("trace");
    answer.headers.insert("Apaleo-Tracking-Id", id);
    let told = apaleo().parse_push(&published_chunk(Rules::LEAVE), &answer);
    let Ok(Submission::Answered(receipt)) = told else {
        panic!("{told:?}")
    };
    assert_eq!(receipt.reference.as_deref(), Some("trace"));
}

#[test]
fn a_client_that_is_refused_is_told_to_wait_some_minutes() {
    let answer = |code: &str| Response::new(400, format!(r#"{{"error":"{code}"}}"#));
    let grant = |code| apaleo().auth().parse_grant(&answer(code)).unwrap_err();
    let error = grant("invalid_client");
    assert_eq!(
        (error.kind(), error.delivery()),
        (ErrorKind::Misconfigured, Delivery::Refused)
    );
    insta::assert_snapshot!(error, @"apaleo get token: Misconfigured (invalid_client): the identity server does not know this client_id with this secret; a new client is refused for its first 5 to 10 minutes, so wait that long before you make another");
}

/// The codes that the vendor's answers name (github.com/apaleo/api, issues 48, 91, 152, 196 and
/// 200), all with 400. Of suspended clients and accounts nothing is published.
const CREDENTIALS: [(&str, ErrorKind); 6] = [
    ("invalid_client", ErrorKind::Misconfigured),
    ("invalid_scope", ErrorKind::Misconfigured),
    ("invalid_request", ErrorKind::Misconfigured),
    ("unauthorized_client", ErrorKind::Misconfigured),
    ("unsupported_grant_type", ErrorKind::Misconfigured),
    ("invalid_grant", ErrorKind::Reconnect),
];

#[test]
fn each_code_on_credentials_says_who_has_to_act() {
    for (code, kind) in CREDENTIALS {
        let body = format!(r#"{{"error":"{code}"}}"#);
        let error = apaleo().auth().parse_grant(&Response::new(400, body));
        let error = error.unwrap_err();
        let said = (error.kind(), error.delivery(), error.code());
        assert_eq!(said, (kind, Delivery::Refused, Some(code)));
    }
}

#[test]
fn pages_that_do_not_add_up_are_no_list() {
    let ask = ask(one_plan(), "2026-09-23", "2026-09-24");
    let read = |status, body: &str| {
        let answer = Response::new(status, body.to_owned());
        let mut told = Told::default();
        let step = apaleo().parse_read(&ask, &Carry::default(), &answer, &mut told);
        assert!(told.prices.is_empty() || step.is_ok());
        step.map(|_| told.prices.len())
    };
    assert_eq!(read(204, "").unwrap(), 0);
    assert_eq!(read(200, RATES).unwrap(), 2);
    for body in [
        RATES.replace("\"count\":2", "\"count\":3"),
        RATES.replace(",\n \"count\":2", ""),
        RATES.replace("\"from\":\"2026-09-24T17", "\"from\":\"2026-09-25T17"),
        RATES.replace("\"closedOnArrival\":false", "\"closedOnArrival\":0"),
        RATES.replace("\"minLengthOfStay\":2", "\"minLengthOfStay\":2.5"),
        "[]".to_owned(),
    ] {
        let error = read(200, &body).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Malformed, "{body}");
    }
    let missing = read(404, r#"{"messages":["no plan"]}"#).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::Rejected);
}

#[test]
fn writes_are_counted_by_plan_and_calls_by_client() {
    for (account, figures) in [("live", [3_500, 100, 50, 150]), ("trial", [200, 5, 10, 30])] {
        let adapter = configured(&format!("account = '{account}'"));
        let quotas = adapter.limits().quotas();
        let told: Vec<_> = quotas.iter().map(|one| (one.scope, one.limit)).collect();
        let scopes = [Scope::Client, Scope::Client, Scope::Plan, Scope::Plan];
        let wanted: Vec<_> = scopes.into_iter().zip(figures).collect();
        assert_eq!(told, wanted);
        let seconds = [60, 1, 1_200, 3_600].map(std::time::Duration::from_secs);
        let windows: Vec<_> = quotas.iter().map(|one| one.window).collect();
        assert_eq!(windows, seconds.map(Window::Rolling));
        let used = |operation| adapter.limits().charges(operation, &one_plan()).len();
        assert_eq!(
            [Operation::Token, Operation::Read, Operation::Push].map(used),
            [0, 2, 4]
        );
        assert!(adapter.manifest().client.is_some());
    }
}
