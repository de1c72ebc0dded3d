//! What each answer means.

use rackrate_core::adapter::{Adapter, Carry, Step};
use rackrate_core::error::{Delivery, Error, ErrorKind};
use rackrate_core::exchange::Response;
use rackrate_core::ids::JobRef;
use rackrate_core::jobs::JobState;

use crate::support::*;

fn pushed(status: u16, body: &str) -> Error {
    let chunk = chunk(vec![row("810949", "2027-02-27", "2027-02-28", 12_900)]);
    let response = Response::new(status, body.to_owned());
    cloudbeds().parse_push(&chunk, &response).unwrap_err()
}

#[test]
fn each_status_says_who_must_act_and_whether_it_may_have_arrived() {
    use Delivery::{Refused, Unknown};
    for (status, body, kind, delivery) in [
        (
            401,
            r#"{"error":"access_denied","hint":"Access token is invalid"}"#,
            ErrorKind::Reconnect,
            Refused,
        ),
        (
            401,
            r#"{"status":401,"detail":"401 UNAUTHORIZED"}"#,
            ErrorKind::Reconnect,
            Refused,
        ),
        (403, "<html>", ErrorKind::Unavailable, Unknown),
        (403, r#"{"message":"no"}"#, ErrorKind::Forbidden, Refused),
        (
            404,
            r#"{"status":false,"error":"Unknown method."}"#,
            ErrorKind::Bug,
            Refused,
        ),
        (404, "<html>", ErrorKind::Bug, Refused),
        (400, "{}", ErrorKind::Rejected, Refused),
        (429, "", ErrorKind::Throttled, Refused),
        (500, "", ErrorKind::Unavailable, Unknown),
        (302, "", ErrorKind::Malformed, Unknown),
        (200, "<html>", ErrorKind::Unavailable, Unknown),
        (200, "{}", ErrorKind::Malformed, Unknown),
        (200, r#"{"success":true}"#, ErrorKind::Malformed, Unknown),
        (
            200,
            r#"{"success":"true","jobReferenceID":"1"}"#,
            ErrorKind::Malformed,
            Unknown,
        ),
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
fn a_success_that_says_failure_is_sorted_by_its_words() {
    for (message, kind) in [
        (
            "Scope required for this call was not granted by property.",
            ErrorKind::Forbidden,
        ),
        (
            "User who approved this connection is not active anymore",
            ErrorKind::ApproverLeft,
        ),
        (
            "Application is not available to be connected. Reach out.",
            ErrorKind::Disconnected,
        ),
        ("Parameter rates is required", ErrorKind::Bug),
        ("Rate limit exceeded", ErrorKind::Throttled),
        ("Something new", ErrorKind::Rejected),
    ] {
        let body = format!(r#"{{"success":false,"message":"{message}"}}"#);
        let error = pushed(200, &body);
        assert_eq!(
            (error.kind(), error.delivery()),
            (kind, Delivery::Refused),
            "{message}"
        );
        assert!(error.text().starts_with(message));
    }
}

#[test]
fn a_missing_scope_is_named() {
    let error = pushed(
        200,
        r#"{"success":false,"message":"Scope required for this call"}"#,
    );
    insta::assert_snapshot!(error, @"cloudbeds push rates: Forbidden: Scope required for this call (needs the scope write:rate)");
}

fn state(status: &str, updates: &str) -> JobState {
    let rows = vec![
        row("810949", "2027-02-27", "2027-02-28", 12_900),
        row("810950", "2027-02-27", "2027-02-28", 12_900),
    ];
    let body = format!(
        r#"{{"success":true,"data":[{{"jobReferenceID":5,"status":"{status}","updates":{updates}}}]}}"#
    );
    let adapter = cloudbeds();
    let job = JobRef::new("5").unwrap();
    let step =
        adapter
            .jobs()
            .unwrap()
            .parse_poll(&chunk(rows), &job, &Carry::default(), &ok(&body));
    match step.unwrap() {
        Step::Done(state) => state,
        Step::Next { .. } => panic!("no further page"),
    }
}

#[test]
fn a_failed_job_names_refused_rows_and_trusts_finished_ones() {
    let updates = r#"[{"rateID":"810949","action":"error","startDate":"2027-02-28","endDate":"2027-02-28","message":"no"},
        {"rateID":"810950","action":"created","startDate":"2027-02-27","endDate":"2027-02-28"}]"#;
    let JobState::Failed(receipt) = state("error", updates) else {
        panic!("not failed")
    };
    assert_eq!((receipt.refused[0].0, receipt.refused.len()), (0, 1));
    assert!(receipt.unattributed.is_empty());
}

#[test]
fn a_failed_job_that_is_silent_on_rows_leaves_them_unknown() {
    let JobState::Failed(receipt) = state("error", "[]") else {
        panic!("not failed")
    };
    assert_eq!(receipt.unattributed.len(), 1);
}

#[test]
fn an_error_that_fits_no_row_is_unattributed_even_when_completed() {
    let updates =
        r#"[{"rateID":"1","action":"error","startDate":"2027-02-28","endDate":"2027-02-28"}]"#;
    let JobState::Finished(receipt) = state("completed", updates) else {
        panic!("not finished")
    };
    assert_eq!((receipt.refused.len(), receipt.unattributed.len()), (0, 1));
}

#[test]
fn an_unknown_state_is_running_and_an_empty_list_is_gone() {
    assert!(matches!(state("queued", "[]"), JobState::Running { .. }));
    let adapter = cloudbeds();
    let chunk = chunk(vec![row("810949", "2027-02-27", "2027-02-28", 12_900)]);
    let job = JobRef::new("5").unwrap();
    let body = ok(r#"{"success":true,"data":[]}"#);
    let step = adapter
        .jobs()
        .unwrap()
        .parse_poll(&chunk, &job, &Carry::default(), &body);
    assert!(matches!(step, Ok(Step::Done(JobState::Gone))));
}
