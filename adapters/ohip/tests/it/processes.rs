//! The states of a job, and its result.

use std::time::Duration;

use rackrate_core::adapter::{Adapter, Carry, Step};
use rackrate_core::error::{Error, ErrorKind};
use rackrate_core::exchange::{Request, Response};
use rackrate_core::ids::JobRef;
use rackrate_core::jobs::JobState;

use crate::support::*;

fn parsed(carry: &Carry, response: &Response) -> Result<Step<JobState>, Error> {
    let (adapter, job) = (ohip(), JobRef::new(JOB).unwrap());
    let chunk = priced("2023-10-08", &[(1, 100_500)]);
    let jobs = adapter.jobs().unwrap();
    jobs.parse_poll(&chunk, &job, carry, response)
}

/// The state after one answer to HEAD.
fn status(response: &Response) -> JobState {
    match parsed(&Carry::default(), response).unwrap() {
        Step::Done(state) => state,
        Step::Next { .. } => panic!("there is more to ask"),
    }
}

/// The GET that follows a 201, with its carry.
fn completed() -> (Request, Carry) {
    let done = [("status", "Completed"), ("location", RESULT)];
    match parsed(&Carry::default(), &answer(201, &done, "")).unwrap() {
        Step::Next { request, carry } => (*request, carry),
        Step::Done(state) => panic!("{state:?}"),
    }
}

fn result(response: &Response) -> Result<JobState, Error> {
    match parsed(&completed().1, response)? {
        Step::Done(state) => Ok(state),
        Step::Next { .. } => panic!("there is more to ask"),
    }
}

#[test]
fn ok_means_not_done_whatever_the_state_is_called() {
    for state in ["Processing", "Completed", "Pondering", ""] {
        let told = status(&answer(200, &[("status", state)], ""));
        assert_eq!(told, JobState::Running { check_after: None }, "{state}");
    }
}

#[test]
fn the_longer_of_two_waits_is_kept() {
    for (headers, seconds) in [
        (vec![("cache-control", "max-age=10")], 10),
        (vec![("cache-control", "no-cache, max-age=15")], 15),
        (vec![("retry-after", "20")], 20),
        (
            vec![("cache-control", "max-age=10"), ("retry-after", "12")],
            12,
        ),
    ] {
        let told = status(&answer(200, &headers, ""));
        let check_after = Some(Duration::from_secs(seconds));
        assert_eq!(told, JobState::Running { check_after });
    }
}

#[test]
fn created_means_done_and_its_location_leads_to_the_result() {
    let (request, _) = completed();
    insta::assert_snapshot!(shown(&request), @"
    GET https://tenant.hospitality-api.example.test/rtp/async/v1/externalSystems/EXT/hotels/HTL1/ratePlans/dailySchedules/99
    x-hotelid: HTL1
    ");
}

#[test]
fn an_invalid_job_failed_and_leaves_every_row_unknown() {
    let JobState::Failed(receipt) = status(&answer(200, &[("status", "Invalid")], "")) else {
        panic!("not failed")
    };
    assert_eq!((receipt.refused.len(), receipt.unattributed.len()), (0, 1));
}

#[test]
fn a_job_or_result_that_is_not_there_is_gone() {
    assert_eq!(status(&answer(404, &[], "")), JobState::Gone);
    for gone in [404, 204] {
        assert_eq!(result(&answer(gone, &[], "")).unwrap(), JobState::Gone);
    }
}

#[test]
fn a_result_elsewhere_is_not_followed() {
    for location in ["https://elsewhere.example.test/99", ""] {
        let done = [("status", "Completed"), ("location", location)];
        let error = parsed(&Carry::default(), &answer(201, &done, "")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Malformed, "{location}");
    }
}

#[test]
fn warnings_refuse_without_naming_rows() {
    let body = include_str!("../../fixtures/result.json");
    let JobState::Finished(receipt) = result(&answer(200, &[], body)).unwrap() else {
        panic!("not finished");
    };
    assert!(receipt.refused.is_empty());
    let refusal = &receipt.unattributed[0];
    assert_eq!(refusal.code, "RTP00012");
    assert_eq!(refusal.text, "Invalid Room Type (MYDAILY|DLX|2023-10-08)");
}

#[test]
fn a_result_without_warnings_is_clean() {
    for body in [r#"{"warnings":[],"links":[]}"#, r#"{"links":[]}"#] {
        let state = result(&answer(200, &[], body)).unwrap();
        let JobState::Finished(receipt) = state else {
            panic!("{state:?}")
        };
        assert!(receipt.unattributed.is_empty() && receipt.refused.is_empty());
    }
}

#[test]
fn what_is_no_result_is_no_success() {
    let error = include_str!("../../fixtures/refused.json");
    for body in [
        "",
        "{}",
        "[]",
        "<html>",
        r#"{"warnings":{}}"#,
        r#"{"warnings":[7]}"#,
        error,
    ] {
        let error = result(&answer(200, &[], body)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Malformed, "{body}");
    }
}

#[test]
fn a_result_cut_at_any_byte_is_no_success() {
    let body = include_str!("../../fixtures/result.json").as_bytes();
    for cut in 0..body.len() {
        let mut response = answer(200, &[], "");
        response.body = body[..cut].to_vec().into();
        assert!(result(&response).is_err(), "cut at {cut}");
    }
}

#[test]
fn refusals_of_a_poll_keep_their_kind() {
    let uncertain = ErrorKind::Unauthenticated { certain: false };
    for (status, kind) in [
        (401, uncertain),
        (403, ErrorKind::Forbidden),
        (429, ErrorKind::Throttled),
        (500, ErrorKind::Unavailable),
    ] {
        let response = answer(status, &[], "");
        let error = parsed(&Carry::default(), &response).unwrap_err();
        assert_eq!(error.kind(), kind);
        assert_eq!(result(&response).unwrap_err().kind(), kind);
    }
}
