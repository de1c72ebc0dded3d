//! OPERA Cloud through the seam: a write becomes a process, whose state is in headers.

use std::time::Duration;

use rackrate_core::adapter::{Adapter, Carry, Step, Submission};
use rackrate_core::auth::{Ask, Grant, Token};
use rackrate_core::chunk::{Chunk, Receipt};
use rackrate_core::error::ErrorKind;
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::idempotency::Guarantee;
use rackrate_core::ids::JobRef;
use rackrate_core::jobs::JobState;
use rackrate_core::secret::Secret;
use rackrate_seam_probes::ohip::Ohip;
use serde_json::json;

use crate::support::{answer, chunk, ids, json, row, secrets, target, wire};

const JOB: &str = "/rtp/async/v1/externalSystems/EXT/hotels/HTL1/ratePlans/dailySchedules/17";
const RESULT: &str = "https://tenant.hospitality-api.example.test/rtp/async/v1/externalSystems/EXT/hotels/HTL1/ratePlans/dailySchedules/99";
const WARNINGS: &str = r#"{"warnings":[{"type":"…","code":"RTP00012","shortText":"Invalid Room Type","recordId":"MYDAILY|DLX|2023-10-08","rph":"1","status":"NotProcessed","tag":"roomType","value":"…","language":"en"}],"links":[]}"#;

fn ohip() -> Ohip {
    let gateway = "https://tenant.hospitality-api.example.test"
        .parse()
        .unwrap();
    Ohip::new(gateway, "ENT123", "EXT").unwrap()
}

fn write(prices: &[(u8, u64)]) -> Chunk {
    let sellables = r#"[{"ids":{"room":"DLX","plan":"MYDAILY"},"name":"D","adults":[1,2,3]}]"#;
    let ids = ids(Some("DLX"), "MYDAILY");
    let wish = row(ids, "2023-10-08", "2023-10-08", prices);
    chunk(target("HTL1", "EUR", sellables), vec![wish])
}

fn example() -> Chunk {
    write(&[(1, 100_500), (2, 150_000), (3, 160_000)])
}

fn poll(carry: &Carry, response: &Response) -> Step<JobState> {
    let (adapter, job) = (ohip(), JobRef::new(JOB).unwrap());
    let jobs = adapter.jobs().unwrap();
    jobs.parse_poll(&example(), &job, carry, response).unwrap()
}

/// The state after one answer to HEAD.
fn status(response: &Response) -> JobState {
    match poll(&Carry::default(), response) {
        Step::Done(state) => state,
        Step::Next { .. } => panic!("there is more to ask"),
    }
}

/// The GET that follows a 201, with its carry.
fn completed() -> (Request, Carry) {
    let head = answer(201, &[("Status", "Completed"), ("Location", RESULT)], "");
    match poll(&Carry::default(), &head) {
        Step::Next { request, carry } => (*request, carry),
        Step::Done(state) => panic!("{state:?}"),
    }
}

fn result(response: &Response) -> JobState {
    match poll(&completed().1, response) {
        Step::Done(state) => state,
        Step::Next { .. } => panic!("there is more to ask"),
    }
}

#[test]
fn a_token_needs_basic_the_app_key_and_the_enterprise() {
    let secrets = secrets(&[
        ("client_id", "id"),
        ("client_secret", "s"),
        ("app_key", "41ecd082-8997-4c69-af34-2f72b83645ff"),
    ]);
    let grant = ohip().auth().grant(&secrets, Ask::First).unwrap();
    let Grant::Exchange(request) = grant else {
        panic!("{grant:?}")
    };
    insta::assert_snapshot!(wire(&request), @"
    POST https://tenant.hospitality-api.example.test/oauth/v1/tokens
    content-type: application/x-www-form-urlencoded
    authorization: Basic aWQ6cw==
    x-app-key: 41ecd082-8997-4c69-af34-2f72b83645ff
    enterpriseid: ENT123
    grant_type=client_credentials&scope=urn%3Aopc%3Ahgbu%3Aws%3A__myscopes__
    ");
    assert!(!format!("{request:?}").contains("41ecd082"));
}

#[test]
fn a_token_answer_is_read_and_the_app_key_goes_with_every_call() {
    let body = r#"{"access_token":"jwt","expires_in":3600,"token_type":"Bearer","oracle_tk_context":"user_assertion"}"#;
    let adapter = ohip();
    let token: Token = adapter.auth().parse_grant(&answer(200, &[], body)).unwrap();
    assert_eq!(token.lifetime, Some(Duration::from_secs(3600)));
    let secrets = secrets(&[("app_key", "key")]);
    let mut request = adapter.push(&example()).unwrap();
    adapter
        .auth()
        .apply(&secrets, Some(&token), &mut request)
        .unwrap();
    let head = wire(&request);
    for line in [
        "authorization: Bearer jwt",
        "x-app-key: key",
        "x-hotelid: HTL1",
    ] {
        assert!(head.contains(line), "{head}");
    }
}

#[test]
fn the_credential_goes_to_the_gateway_only() {
    let elsewhere = "https://elsewhere.example.test".parse().unwrap();
    let mut request = Request::get(Operation::Poll, &elsewhere, "/");
    let token = Token {
        access: Secret::new("jwt".to_owned()),
        lifetime: None,
        refresh: None,
        scope: None,
    };
    let secrets = secrets(&[("app_key", "key")]);
    let error = ohip()
        .auth()
        .apply(&secrets, Some(&token), &mut request)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Bug);
    assert!(request.headers.is_empty());
}

#[test]
fn a_row_carries_the_prices_for_all_occupancies() {
    let request = ohip().push(&example()).unwrap();
    assert!(wire(&request).starts_with("POST https://tenant.hospitality-api.example.test/rtp/async/v1/externalSystems/EXT/hotels/HTL1/ratePlans/dailySchedules\n"));
    let sheet = json!({"dailyRatePlanSchedule":[
        {"rateAmounts":{"onePersonRate":1005.0,"twoPersonRate":1500.0,"threePersonRate":1600.0},
         "rateDate":"2023-10-08","ratePlanCode":"MYDAILY","roomType":"DLX"}]});
    assert_eq!(json(&request), sheet);
    let error = ohip().push(&write(&[(1, 100_500)])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Bug);
}

#[test]
fn a_started_process_is_a_job_wherever_its_location_is_spelled() {
    let chunk = example();
    for location in [JOB, RESULT] {
        let done = ohip().parse_push(&chunk, &answer(202, &[("Location", location)], ""));
        assert_eq!(
            done.unwrap(),
            Submission::Queued(JobRef::new(location).unwrap())
        );
    }
    for location in ["https://evil.example.test/17", ""] {
        let done = ohip().parse_push(&chunk, &answer(202, &[("Location", location)], ""));
        assert_eq!(done.unwrap_err().kind(), ErrorKind::Malformed, "{location}");
    }
}

#[test]
fn the_status_is_asked_for_by_head() {
    let adapter = ohip();
    let job = JobRef::new(JOB).unwrap();
    let request = adapter.jobs().unwrap().poll(&example(), &job).unwrap();
    insta::assert_snapshot!(wire(&request), @"
    HEAD https://tenant.hospitality-api.example.test/rtp/async/v1/externalSystems/EXT/hotels/HTL1/ratePlans/dailySchedules/17
    x-hotelid: HTL1
    ");
}

#[test]
fn ok_means_not_done_and_created_means_done() {
    let headers = [("Status", "Processing"), ("Cache-Control", "max-age=10")];
    let running = status(&answer(200, &headers, ""));
    let check_after = Some(Duration::from_secs(10));
    assert_eq!(running, JobState::Running { check_after });
    let (request, _) = completed();
    assert!(
        wire(&request).starts_with(&format!("GET {RESULT}\n")),
        "{}",
        wire(&request)
    );
}

#[test]
fn an_invalid_process_failed_an_unknown_one_runs_and_a_lost_one_is_gone() {
    let failed = status(&answer(200, &[("Status", "Invalid")], ""));
    assert!(matches!(failed, JobState::Failed(receipt) if receipt.unattributed.len() == 1));
    let unknown = status(&answer(200, &[("Status", "Pondering")], ""));
    assert_eq!(unknown, JobState::Running { check_after: None });
    assert_eq!(status(&answer(404, &[], "")), JobState::Gone);
}

#[test]
fn a_result_location_elsewhere_is_not_followed() {
    let head = answer(
        201,
        &[
            ("Status", "Completed"),
            ("Location", "https://evil.example.test/99"),
        ],
        "",
    );
    let (adapter, job) = (ohip(), JobRef::new(JOB).unwrap());
    let jobs = adapter.jobs().unwrap();
    let error = jobs
        .parse_poll(&example(), &job, &Carry::default(), &head)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Malformed);
}

#[test]
fn warnings_refuse_without_naming_rows() {
    let JobState::Finished(receipt) = result(&answer(200, &[], WARNINGS)) else {
        panic!("not finished");
    };
    assert!(receipt.refused.is_empty());
    let refusal = &receipt.unattributed[0];
    assert_eq!(refusal.code, "RTP00012");
    assert_eq!(refusal.text, "Invalid Room Type (MYDAILY|DLX|2023-10-08)");
}

#[test]
fn a_result_without_warnings_is_a_success_and_one_read_before_is_gone() {
    let clean = answer(200, &[], r#"{"warnings":[],"links":[]}"#);
    assert_eq!(result(&clean), JobState::Finished(Receipt::default()));
    assert_eq!(result(&answer(404, &[], "")), JobState::Gone);
}

#[test]
fn an_equal_job_is_not_started_again_within_half_an_hour() {
    let not_again_within = Duration::from_secs(30 * 60);
    let guarantee = ohip().idempotency().guarantee(Operation::Push);
    assert_eq!(guarantee, Guarantee::Absolute { not_again_within });
}
