//! Channex through the seam: good status, refused entries.

use std::time::Duration;

use rackrate_core::adapter::{Adapter, Submission};
use rackrate_core::chunk::{Chunk, Receipt};
use rackrate_core::error::{Delivery, ErrorKind};
use rackrate_seam_probes::channex::Channex;
use serde_json::json;

use crate::support::{answer, chunk, ids, json, row, secrets, target, wire};

const PROPERTY: &str = "22222222-2222-4222-8222-222222222222";
const ROOM_PLAN: &str = "11111111-1111-4111-8111-111111111111";
const PERSON_PLAN: &str = "33333333-3333-4333-8333-333333333333";
const TASK: &str = "44444444-4444-4444-8444-444444444444";

fn channex() -> Channex {
    let base = "https://staging.channex.io/api/v1".parse().unwrap();
    Channex::new(base).unwrap()
}

fn example() -> Chunk {
    let sellables = format!(
        r#"[{{"ids":{{"plan":"{PERSON_PLAN}"}},"name":"P","extra":{{"sell_mode":"per_person"}}}}]"#
    );
    let persons = &[(1, 12_100), (2, 13_200)];
    let rows = vec![
        row(
            ids(None, ROOM_PLAN),
            "2026-12-01",
            "2026-12-05",
            &[(2, 20_000)],
        ),
        row(ids(None, PERSON_PLAN), "2026-12-24", "2026-12-24", persons),
    ];
    chunk(target(PROPERTY, "EUR", &sellables), rows)
}

/// The warning of the documented refusal, about that property and these nights.
fn warned(property: &str, first: &str, last: &str) -> String {
    format!(
        r#"{{"property_id":"{property}","rate_plan_id":"{ROOM_PLAN}","date_from":"{first}","date_to":"{last}","rate":"-2","warning":{{"rate":["must be greater than 0"]}}}}"#
    )
}

fn receipt(tasks: &str, warnings: &[String]) -> Receipt {
    let body = format!(
        r#"{{"data":[{tasks}],"meta":{{"message":"Success","warnings":[{}]}}}}"#,
        warnings.join(",")
    );
    match channex()
        .parse_push(&example(), &answer(200, &[], &body))
        .unwrap()
    {
        Submission::Answered(receipt) => receipt,
        Submission::Queued(job) => panic!("{job} cannot be asked for"),
    }
}

fn task() -> String {
    format!(r#"{{"id":"{TASK}","type":"task"}}"#)
}

#[test]
fn the_example_goes_out_with_the_key_in_its_header() {
    let adapter = channex();
    let mut request = adapter.push(&example()).unwrap();
    let sheet = json!({"values":[
        {"property_id":PROPERTY,"rate_plan_id":ROOM_PLAN,"date_from":"2026-12-01","date_to":"2026-12-05","rate":"200.00"},
        {"property_id":PROPERTY,"rate_plan_id":PERSON_PLAN,"date_from":"2026-12-24","date_to":"2026-12-24",
         "rates":[{"occupancy":1,"rate":"121.00"},{"occupancy":2,"rate":"132.00"}]}]});
    assert_eq!(json(&request), sheet);
    let secrets = secrets(&[("api_key", "k")]);
    adapter.auth().apply(&secrets, None, &mut request).unwrap();
    let sent = wire(&request);
    assert!(sent.starts_with("POST https://staging.channex.io/api/v1/restrictions\n"));
    assert!(sent.contains("user-api-key: k"), "{sent}");
}

#[test]
fn a_message_without_warnings_is_accepted_with_its_task() {
    let receipt = receipt(&task(), &[]);
    let accepted = Receipt {
        reference: Some(TASK.to_owned()),
        ..Receipt::default()
    };
    assert_eq!(receipt, accepted);
}

#[test]
fn an_echoed_entry_is_a_refused_row() {
    let receipt = receipt("", &[warned(PROPERTY, "2026-12-01", "2026-12-05")]);
    let (row, refusal) = &receipt.refused[0];
    assert_eq!((*row, refusal.code.as_str()), (0, "rate"));
    assert_eq!(refusal.text, "rate must be greater than 0");
    assert!(receipt.unattributed.is_empty());
}

#[test]
fn several_warnings_of_a_row_refuse_it_once() {
    let one = warned(PROPERTY, "2026-12-01", "2026-12-05");
    let receipt = receipt(&task(), &[one.clone(), one]);
    assert_eq!(receipt.refused.len(), 1);
}

#[test]
fn an_echo_that_fits_no_row_leaves_all_rows_in_doubt() {
    for (property, first, last) in [
        (PROPERTY, "2026-12-01", "2026-12-04"),
        ("another", "2026-12-01", "2026-12-05"),
    ] {
        let receipt = receipt(&task(), &[warned(property, first, last)]);
        assert!(receipt.refused.is_empty());
        assert_eq!(receipt.unattributed.len(), 1);
    }
}

#[test]
fn a_warning_in_an_unknown_form_is_still_a_refusal() {
    let receipt = receipt(&task(), &[r#"{"warning":{"rate":"odd"}}"#.to_owned()]);
    assert_eq!(receipt.unattributed[0].text, "rate \"odd\"");
}

#[test]
fn a_success_that_did_nothing_and_says_nothing_is_none() {
    for body in [
        r#"{"data":[],"meta":{"message":"Success","warnings":[]}}"#,
        "{}",
        "",
    ] {
        let error = channex()
            .parse_push(&example(), &answer(200, &[], body))
            .unwrap_err();
        assert_eq!(error.delivery(), Delivery::Unknown, "{body}");
    }
}

#[test]
fn a_throttle_without_a_wait_rests_a_minute() {
    let adapter = channex();
    let body = r#"{"errors":{"code":"http_too_many_requests","title":"Too Many Requests"}}"#;
    let response = answer(429, &[], body);
    let error = adapter.parse_push(&example(), &response).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Throttled);
    assert_eq!(error.code(), Some("http_too_many_requests"));
    let request = adapter.push(&example()).unwrap();
    let feedback = adapter.limits().feedback(&request, &response);
    assert_eq!(feedback.wait, Some(Duration::from_secs(60)));
}
