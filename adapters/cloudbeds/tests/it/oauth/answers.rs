//! What answers mean where a person gave the grant.

use rackrate_core::error::{Delivery, Error, ErrorKind};

use super::*;
use crate::support::{chunk, row};

fn token_refused(status: u16, body: &str) -> Error {
    let response = Response::new(status, body.to_owned());
    partner().auth().parse_grant(&response).unwrap_err()
}

fn push_refused(status: u16, body: &str) -> Error {
    let chunk = chunk(vec![row("810949", "2027-02-27", "2027-02-28", 12_900)]);
    let response = Response::new(status, body.to_owned());
    partner().parse_push(&chunk, &response).unwrap_err()
}

#[test]
fn the_token_endpoint_ends_a_grant_only_in_so_many_words() {
    use Delivery::{Refused, Unknown};
    use ErrorKind::{
        ApproverLeft, Malformed, Misconfigured, Reconnect, Rejected, Throttled, Unavailable,
    };
    for (status, body, kind, delivery) in [
        (400, golden::BAD_REFRESH, Reconnect, Refused),
        (401, golden::BAD_REFRESH, Reconnect, Refused),
        (
            401,
            r#"{"error":"x","hint":"Token has expired"}"#,
            Reconnect,
            Refused,
        ),
        (400, r#"{"error":"invalid_grant"}"#, Reconnect, Refused),
        (401, golden::BAD_CODE, Reconnect, Refused),
        (200, golden::APPROVER, ApproverLeft, Refused),
        (401, golden::APPROVER, ApproverLeft, Refused),
        (401, golden::BAD_CLIENT, Misconfigured, Refused),
        (401, r#"{"error":"invalid_client"}"#, Misconfigured, Refused),
        (401, r#"{"error":"access_denied"}"#, Misconfigured, Refused),
        (401, "", Misconfigured, Refused),
        (
            200,
            r#"{"success":false,"message":"Something new"}"#,
            Rejected,
            Refused,
        ),
        (429, "", Throttled, Refused),
        (
            400,
            r#"{"message":"Rate limit exceeded"}"#,
            Throttled,
            Refused,
        ),
        (403, "<html>", Unavailable, Unknown),
        (200, "<html>", Unavailable, Unknown),
        (500, golden::BAD_REFRESH, Unavailable, Unknown),
        (200, "{}", Malformed, Refused),
        (200, r#"{"success":true}"#, Malformed, Refused),
    ] {
        let error = token_refused(status, body);
        let said = (error.kind(), error.delivery());
        assert_eq!(said, (kind, delivery), "{status} {body}");
    }
}

#[test]
fn a_refusal_says_what_happened_and_who_can_act() {
    let said = [
        (401, golden::BAD_CODE),
        (401, golden::BAD_REFRESH),
        (401, golden::BAD_CLIENT),
        (200, golden::APPROVER),
    ];
    let said = said.map(|(status, body)| token_refused(status, body).to_string());
    insta::assert_snapshot!(said.join("\n"), @r"
    cloudbeds get token: Reconnect (server_error): The authorization code is invalid or has expired. (a code lives ten minutes and is good once: connect again)
    cloudbeds get token: Reconnect (invalid_request): The refresh token is invalid. (the grant has ended: a user of the property has to connect again)
    cloudbeds get token: Misconfigured (server_error): Entity not found: CloudBeds\MyFrontDesk\API\Models\Client (the vendor does not know this client_id)
    cloudbeds get token: ApproverLeft (approver_inactive): User who approved this connection is not active anymore (it ended with that user; another one of the property has to connect)
    ");
}

#[test]
fn a_user_who_left_ends_the_grant_with_a_code_of_its_own() {
    let error = push_refused(200, golden::APPROVER);
    assert_eq!(error.kind(), ErrorKind::ApproverLeft);
    assert_eq!(error.code(), Some("approver_inactive"));
    let removed = r#"{"success":false,"message":"Application is not available to be connected."}"#;
    let error = push_refused(200, removed);
    assert_eq!(error.kind(), ErrorKind::Disconnected);
    assert_eq!(error.code(), Some("application_unavailable"));
}

#[test]
fn a_refused_token_earns_a_refresh_and_is_no_dead_grant() {
    let problem = r#"{"type":"unauthorized","status":401,"detail":"401 UNAUTHORIZED"}"#;
    let bare = r#"{"error":"access_denied","message":"The resource owner or authorization server denied the request."}"#;
    for (body, certain) in [
        (golden::BAD_TOKEN, true),
        (bare, true),
        (golden::NO_CREDENTIAL, false),
        (problem, false),
        ("<html>", false),
    ] {
        let error = push_refused(401, body);
        let kind = ErrorKind::Unauthenticated { certain };
        assert_eq!((error.kind(), error.delivery()), (kind, Delivery::Refused));
        assert!(!error.text().contains("API key"), "{error}");
    }
}

#[test]
fn a_grant_without_the_property_is_forbidden_that_property() {
    let body = r#"{"success":false,"message":"You have no access to this property ID"}"#;
    assert_eq!(push_refused(200, body).kind(), ErrorKind::Forbidden);
}
