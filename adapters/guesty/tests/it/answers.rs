//! What each answer means.

use std::time::Duration;

use http::HeaderValue;
use rackrate_core::adapter::{Adapter, Carry, Submission};
use rackrate_core::error::{Delivery, Error, ErrorKind};
use rackrate_core::exchange::{Operation, Response};

use crate::support::*;

const NO_PERMISSION: &str = include_str!("../../fixtures/no_permission.json");
const NOT_FOUND: &str = include_str!("../../fixtures/not_found.json");
const VALIDATION: &str = include_str!("../../fixtures/validation.json");

/// What is published on refused credentials, or seen by others; where, and what it is here. Of
/// suspended accounts and removed integrations nothing is.
const CREDENTIALS: [(&str, Operation, u16, &str, ErrorKind); 3] = [
    (
        "github.com/tykeal/homeassistant-guesty, specs/001-auth-config-flow/contracts/guesty-oauth.md",
        Operation::Token,
        401,
        r#"{"error":"invalid_client","error_description":"Client authentication failed"}"#,
        ErrorKind::Misconfigured,
    ),
    (
        "open-api-docs.guesty.com/reference/handling-failed-requests",
        Operation::Push,
        403,
        NO_PERMISSION,
        ErrorKind::Unauthenticated { certain: false },
    ),
    (
        "the same",
        Operation::Push,
        401,
        NO_PERMISSION,
        ErrorKind::Unauthenticated { certain: true },
    ),
];

#[test]
fn words_on_refused_credentials_say_who_has_to_act() {
    for (source, operation, status, body, kind) in CREDENTIALS {
        let error = match operation {
            Operation::Token => {
                let answer = Response::new(status, body);
                guesty().auth().parse_grant(&answer).unwrap_err()
            }
            _ => pushed(status, body),
        };
        let said = (error.kind(), error.delivery());
        assert_eq!(said, (kind, Delivery::Refused), "{source}: {body}");
    }
}

fn pushed(status: u16, body: &str) -> Error {
    let chunk = chunk(vec![row(SEA, "2026-12-01", "2026-12-05", 18_000)]);
    let response = Response::new(status, body.to_owned());
    guesty().parse_push(&chunk, &response).unwrap_err()
}

#[test]
fn each_status_says_who_must_act_and_whether_it_may_have_arrived() {
    use Delivery::{Refused, Unknown};
    let (expired, certain) = (
        ErrorKind::Unauthenticated { certain: false },
        ErrorKind::Unauthenticated { certain: true },
    );
    let inner = r#"{"error":{"code":"UNAUTHORIZED","message":"Unauthorized"}}"#;
    for (status, body, kind, delivery) in [
        (401, "", certain, Refused),
        (403, inner, expired, Refused),
        (
            403,
            r#"{"message":"Read only"}"#,
            ErrorKind::Forbidden,
            Refused,
        ),
        (403, "<html>", ErrorKind::Unavailable, Unknown),
        (404, NOT_FOUND, ErrorKind::Rejected, Refused),
        (400, "{}", ErrorKind::Rejected, Refused),
        (422, VALIDATION, ErrorKind::Rejected, Refused),
        (429, "", ErrorKind::Throttled, Refused),
        (408, "", ErrorKind::Unavailable, Unknown),
        (
            500,
            r#"{"message":"Internal Server Error"}"#,
            ErrorKind::Unavailable,
            Unknown,
        ),
        (502, "<html>", ErrorKind::Unavailable, Unknown),
        (503, "", ErrorKind::Unavailable, Unknown),
        (302, "", ErrorKind::Malformed, Unknown),
        (200, "<html>", ErrorKind::Malformed, Unknown),
        (200, "\"nok\"", ErrorKind::Malformed, Unknown),
        (
            200,
            r#"{"status":404,"message":"no"}"#,
            ErrorKind::Malformed,
            Unknown,
        ),
        (204, "", ErrorKind::Malformed, Unknown),
    ] {
        let error = pushed(status, body);
        assert_eq!(
            (error.kind(), error.delivery()),
            (kind, delivery),
            "{status} {body}"
        );
    }
}

#[test]
fn a_refusal_names_the_vendors_code_and_request() {
    insta::assert_snapshot!(pushed(404, NOT_FOUND), @"guesty push rates: Rejected (LISTING_NOT_FOUND): Listing not found (request Root=1-63b68e3a-573cc83364fce31b0fd45abc)");
    insta::assert_snapshot!(pushed(422, VALIDATION), @r#"guesty push rates: Rejected (ValidationError): child "endDate" fails because ["endDate" is required] (request Root=1-63b69790-624dc23b6c3abdaf7a0ce73d)"#);
}

#[test]
fn both_forms_of_an_acceptance_are_taken() {
    let chunk = chunk(vec![row(SEA, "2026-12-01", "2026-12-05", 18_000)]);
    for body in [
        "\"ok\"",
        "\"OK\"",
        r#"{"status":200,"message":"x","data":{"days":[]}}"#,
        "{}",
    ] {
        let taken = guesty().parse_push(&chunk, &ok(body));
        assert!(matches!(taken, Ok(Submission::Answered(_))), "{body}");
    }
}

#[test]
fn of_several_ranges_nobody_knows_which_were_taken_when_one_is_wrong() {
    let chunk = chunk(vec![
        row(SEA, "2026-12-01", "2026-12-05", 18_000),
        row(SEA, "2026-12-24", "2026-12-26", 32_000),
    ]);
    let refused =
        |status, body: &str| guesty().parse_push(&chunk, &Response::new(status, body.to_owned()));
    let Ok(Submission::Answered(receipt)) = refused(422, VALIDATION) else {
        panic!("a refusal of no row in particular");
    };
    assert_eq!(receipt.unattributed[0].code, "ValidationError");
    assert!(receipt.refused.is_empty());
    // All ranges are of one listing, so none was taken when it is not there.
    assert_eq!(
        refused(404, NOT_FOUND).unwrap_err().delivery(),
        Delivery::Refused
    );
}

#[test]
fn a_throttle_keeps_the_vendors_wait_and_has_one_without() {
    let adapter = guesty();
    let request = adapter.discover(&discover_ask()).unwrap();
    let mut answer = Response::new(429, "{}");
    let wait = |answer: &Response| adapter.limits().feedback(&request, answer).wait;
    assert_eq!(wait(&answer), Some(Duration::from_secs(1)));
    let seconds = HeaderValue::from_static("17");
    answer.headers.insert(http::header::RETRY_AFTER, seconds);
    assert_eq!(wait(&answer), Some(Duration::from_secs(17)));
    assert_eq!(wait(&ok("{}")), None);
}

#[test]
fn prices_that_are_no_exact_amounts_are_unreadable() {
    let adapter = adapter("adults = 2");
    let mut ask = ask("2026-12-01", "2026-12-01");
    ask.target = target_of(SEA, "EUR");
    let seen = |fields: &str| {
        let body = format!(r#"[{{"date":"2026-12-01","listingId":"{SEA}",{fields}}}]"#);
        let mut seens = Seens::default();
        adapter
            .parse_read(&ask, &Carry::default(), &ok(&body), &mut seens)
            .unwrap();
        seens.prices[0].3
    };
    use rackrate_core::money::Minor;
    use rackrate_core::series::Seen::{Absent, Price, Unreadable};
    assert_eq!(
        seen(r#""currency":"EUR","price":129.90"#),
        Price(Minor(12_990))
    );
    assert_eq!(
        seen(r#""price":1.2e2,"status":"reserved""#),
        Price(Minor(12_000))
    );
    assert_eq!(seen(r#""currency":"USD","price":129.90"#), Unreadable);
    assert_eq!(seen(r#""price":129.999"#), Unreadable);
    assert_eq!(seen(r#""price":"129.90""#), Unreadable);
    assert_eq!(seen(r#""price":null"#), Absent);
    assert_eq!(seen(r#""status":"available""#), Absent);
}
