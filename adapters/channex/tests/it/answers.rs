//! What each answer means: every row of the README's table of errors.

use std::time::Duration;

use http::HeaderValue;
use rackrate_core::adapter::Adapter;
use rackrate_core::error::{Delivery, Error, ErrorKind};
use rackrate_core::exchange::Response;
use rackrate_core::limit::Scope;

use crate::support::*;

fn pushed(response: &Response) -> Error {
    let chunk = chunk(vec![row(BAR, "2019-02-27", "2019-02-28", 3, 12_900)]);
    channex().parse_push(&chunk, response).unwrap_err()
}

/// What is published on refused keys, word for word, and where. Of keys that were withdrawn or
/// whose subscription has ended nothing else is; the code of a 403 is not shown.
const REFUSED_KEY: (&str, u16, &str) = (
    "docs.channex.io/api-v.1-documentation/api-reference",
    401,
    r#"{"errors":{"code":"unauthorized","title":"Unauthorized"}}"#,
);

#[test]
fn the_words_on_a_refused_key_call_a_person() {
    let (source, status, body) = REFUSED_KEY;
    let error = pushed(&Response::new(status, body));
    let said = (error.kind(), error.delivery(), error.code());
    let wanted = (
        ErrorKind::Reconnect,
        Delivery::Refused,
        Some("unauthorized"),
    );
    assert_eq!(said, wanted, "{source}");
}

fn errors(code: &str) -> String {
    format!(r#"{{"errors":{{"code":"{code}","title":"Some Title"}}}}"#)
}

#[test]
fn each_status_says_who_must_act_and_whether_it_may_have_arrived() {
    use Delivery::{Refused, Unknown};
    for (status, body, kind, delivery) in [
        (400, errors("bad_request"), ErrorKind::Rejected, Refused),
        (401, errors("unauthorized"), ErrorKind::Reconnect, Refused),
        (401, String::new(), ErrorKind::Reconnect, Refused),
        (403, errors("forbidden"), ErrorKind::Forbidden, Refused),
        (403, "<html>".into(), ErrorKind::Unavailable, Unknown),
        (
            404,
            errors("resource_not_found"),
            ErrorKind::Rejected,
            Refused,
        ),
        (404, errors("not_found"), ErrorKind::Rejected, Refused),
        (404, "<html>".into(), ErrorKind::Misconfigured, Refused),
        (408, String::new(), ErrorKind::Unavailable, Unknown),
        (413, String::new(), ErrorKind::Rejected, Refused),
        (
            422,
            errors("validation_error"),
            ErrorKind::Rejected,
            Refused,
        ),
        (
            429,
            errors("http_too_many_requests"),
            ErrorKind::Throttled,
            Refused,
        ),
        (
            400,
            errors("http_too_many_requests"),
            ErrorKind::Throttled,
            Refused,
        ),
        (500, String::new(), ErrorKind::Unavailable, Unknown),
        (
            503,
            errors("http_too_many_requests"),
            ErrorKind::Unavailable,
            Unknown,
        ),
        (302, String::new(), ErrorKind::Malformed, Unknown),
        (201, ACCEPTED.into(), ErrorKind::Malformed, Unknown),
        (200, errors("unauthorized"), ErrorKind::Reconnect, Refused),
        (
            200,
            errors("http_too_many_requests"),
            ErrorKind::Throttled,
            Refused,
        ),
        (200, errors("something_new"), ErrorKind::Malformed, Unknown),
        (200, r#"{"errors":7}"#.into(), ErrorKind::Malformed, Unknown),
        (200, "<html>".into(), ErrorKind::Unavailable, Unknown),
        (200, "{}".into(), ErrorKind::Malformed, Unknown),
        (200, "[[],{}]".into(), ErrorKind::Malformed, Unknown),
        (
            200,
            r#"{"meta":{"message":"Success"}}"#.into(),
            ErrorKind::Malformed,
            Unknown,
        ),
    ] {
        let error = pushed(&Response::new(status, body.clone()));
        let told = (error.kind(), error.delivery());
        assert_eq!(told, (kind, delivery), "{status} {body}");
    }
}

#[test]
fn a_refused_key_tells_what_a_person_can_do() {
    let error = pushed(&Response::new(401, errors("unauthorized")));
    insta::assert_snapshot!(error, @"channex push rates: Reconnect (unauthorized): the API key is refused (Some Title); it was withdrawn, belongs to the other environment, or has no active subscription: make a new key in the user profile");
}

#[test]
fn a_page_in_place_of_the_api_names_the_setting() {
    let error = pushed(&Response::new(404, "<html>"));
    insta::assert_snapshot!(error, @"channex push rates: Misconfigured: status 404 without a word of the API: is base_url right?");
}

#[test]
fn details_are_told_in_both_forms() {
    for (details, words) in [
        (
            r#"["a is required","b is required"]"#,
            "a is required, b is required",
        ),
        (
            r#"{"title":["can't be blank","is short"]}"#,
            "title can't be blank, is short",
        ),
        ("{}", "Validation Error"),
        ("null", "Validation Error"),
    ] {
        let body = format!(
            r#"{{"errors":{{"code":"validation_error","title":"Validation Error","details":{details}}}}}"#
        );
        assert_eq!(pushed(&Response::new(422, body)).text(), words);
    }
}

#[test]
fn a_throttle_waits_as_told_and_else_a_minute() {
    let minute = Response::new(429, errors("http_too_many_requests"));
    let mut header = minute.clone();
    let wait = HeaderValue::from_static("7");
    header.headers.insert("retry-after", wait);
    let details = |wait: &str| {
        let code = "http_too_many_requests";
        let body =
            format!(r#"{{"errors":{{"code":"{code}","details":{{"retry_after":{wait}}}}}}}"#);
        Response::new(429, body)
    };
    let adapter = channex();
    let target = target(DEMO);
    let request = adapter
        .read(&ask(&target, "2019-02-01", "2019-02-01"))
        .unwrap();
    for (response, seconds) in [
        (minute, 60),
        (header, 7),
        (details("9"), 9),
        (details("\"11\""), 11),
        (details("\"soon\""), 60),
        (Response::new(429, "<html>"), 60),
    ] {
        let wait = Some(Duration::from_secs(seconds));
        assert_eq!(adapter.limits().feedback(&request, &response).wait, wait);
        assert_eq!(pushed(&response).retry_after(), wait);
    }
    let calm = adapter.limits().feedback(&request, &ok(ACCEPTED));
    assert_eq!(calm.wait, None);
}

#[test]
fn all_plans_of_a_property_share_its_allowance() {
    let adapter = channex();
    let scopes: Vec<_> = adapter
        .limits()
        .quotas()
        .iter()
        .map(|one| one.scope)
        .collect();
    assert_eq!(scopes, [Scope::Property]);
}
