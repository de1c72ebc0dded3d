//! What answers mean: errors, refusals, odd successes, odd rows.

use rackrate_core::adapter::{Adapter, Carry, Step, Submission};
use rackrate_core::error::{Delivery, Error, ErrorKind};
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::JobRef;
use rackrate_core::jobs::JobState;
use rackrate_core::limit::Scope;
use rackrate_core::money::Minor;
use rackrate_core::rules::Set;
use rackrate_core::series::Seen;

use crate::support::*;

fn push(status: u16, body: &str) -> Result<Submission, Error> {
    adapter().parse_push(&example(), &Response::new(status, body.to_owned()))
}

#[test]
fn each_refusal_has_its_kind_and_delivery() {
    use Delivery::{Refused, Unknown};
    use ErrorKind::{Forbidden, Malformed, Rejected, Throttled, Unauthenticated, Unavailable};
    for (status, body, kind, delivery) in [
        (
            401,
            r#"{"error":"invalid_token"}"#,
            Unauthenticated { certain: true },
            Refused,
        ),
        (403, r#"{"error":"insufficient_scope"}"#, Forbidden, Refused),
        (429, r#"{"error":"rate_limited"}"#, Throttled, Refused),
        (
            422,
            r#"{"error":"idempotency_key_reused"}"#,
            Rejected,
            Refused,
        ),
        (400, r#"{"error":"too_many_rows"}"#, Rejected, Refused),
        (404, "<html>", Rejected, Refused),
        (408, "", Unavailable, Unknown),
        (500, "", Unavailable, Unknown),
        (503, "", Unavailable, Unknown),
        (302, "", Malformed, Unknown),
        (204, "", Malformed, Unknown),
        (
            201,
            r#"{"status":"completed","applied":1,"refused":[]}"#,
            Malformed,
            Unknown,
        ),
    ] {
        let error = push(status, body).unwrap_err();
        assert_eq!(
            (error.kind(), error.delivery()),
            (kind, delivery),
            "{status} {body}"
        );
    }
}

/// README, section 1: what a server says of how we stand with it, and what that is here.
const STANDING: [(&str, ErrorKind); 3] = [
    ("disconnected", ErrorKind::Disconnected),
    ("approver_left", ErrorKind::ApproverLeft),
    ("client_suspended", ErrorKind::Suspended),
];

#[test]
fn the_words_on_our_standing_mean_the_same_everywhere() {
    for (code, kind) in STANDING {
        let body = format!(r#"{{"error":"{code}"}}"#);
        let token = adapter()
            .auth()
            .parse_grant(&Response::new(400, body.clone()));
        for error in [push(403, &body).unwrap_err(), token.unwrap_err()] {
            let said = (error.kind(), error.delivery(), error.code());
            assert_eq!(said, (kind, Delivery::Refused, Some(code)), "{error}");
        }
        // An outage ends no grant, whatever it says.
        let outage = push(503, &body).unwrap_err();
        let said = (outage.kind(), outage.delivery());
        assert_eq!(said, (ErrorKind::Unavailable, Delivery::Unknown));
    }
}

#[test]
fn a_client_that_the_token_endpoint_does_not_know_keeps_its_grants() {
    let refused = |status, body: &str| {
        let response = Response::new(status, body.to_owned());
        adapter().auth().parse_grant(&response).unwrap_err().kind()
    };
    for (status, code, kind) in [
        (400, "invalid_request", ErrorKind::Misconfigured),
        (400, "invalid_scope", ErrorKind::Misconfigured),
        (401, "invalid_client", ErrorKind::Misconfigured),
        (400, "invalid_grant", ErrorKind::Reconnect),
    ] {
        let body = format!(r#"{{"error":"{code}"}}"#);
        assert_eq!(refused(status, &body), kind, "{code}");
    }
    assert_eq!(refused(503, ""), ErrorKind::Unavailable);
}

#[test]
fn an_odd_success_is_no_success() {
    for (status, body) in [
        (200, ""),
        (200, "<html>"),
        (200, "{}"),
        (200, r#"{"error":"rate_limited"}"#),
        (
            200,
            r#"{"status":"completed","applied":1,"refused":[],"error":"late"}"#,
        ),
        (200, r#"{"status":"done","applied":1,"refused":[]}"#),
        (200, r#"{"status":"completed"}"#),
        (200, r#"{"status":"completed","applied":0,"refused":[]}"#),
        (200, r#"{"status":"completed","applied":2,"refused":[]}"#),
        (
            200,
            r#"{"status":"completed","applied":0,"refused":[{"index":1,"code":"x"}]}"#,
        ),
        (200, r#"{"status":"accepted","job_id":"7"}"#),
        (202, r#"{"status":"completed","applied":1,"refused":[]}"#),
        (202, r#"{"status":"accepted"}"#),
        (202, r#"{"status":"accepted","job_id":""}"#),
        (202, r#"{"status":"accepted","job_id":"../v2/properties"}"#),
    ] {
        let error = push(status, body).unwrap_err();
        assert_eq!(
            (error.kind(), error.delivery()),
            (ErrorKind::Malformed, Delivery::Unknown),
            "{body}"
        );
    }
}

#[test]
fn a_throttle_keeps_the_servers_wait() {
    let mut answer = Response::new(429, r#"{"error":"rate_limited"}"#);
    answer.headers.insert("retry-after", "7".parse().unwrap());
    let error = adapter().parse_push(&example(), &answer).unwrap_err();
    insta::assert_snapshot!(error, @"generic push rates: Throttled (rate_limited): status 429");
    assert_eq!(error.retry_after().unwrap().as_secs(), 7);
    let request = adapter().push(&example()).unwrap();
    let feedback = adapter().limits().feedback(&request, &answer);
    assert_eq!(feedback.wait.unwrap().as_secs(), 7);
}

#[test]
fn only_batches_and_reads_are_charged() {
    let adapter = adapter();
    let charged = |operation| !adapter.limits().charges(operation, &target()).is_empty();
    let free: Vec<_> = Operation::ALL
        .into_iter()
        .filter(|one| !charged(*one))
        .collect();
    assert_eq!(
        free,
        [
            Operation::Token,
            Operation::Discover,
            Operation::Restrict,
            Operation::Poll,
            Operation::LookUp
        ]
    );
}

#[test]
fn refused_wire_rows_name_the_chunks_rows() {
    let rows = vec![
        row("2027-01-01", "2027-01-02", &[(1, 1), (2, 2)], Set::Leave),
        row("2027-01-03", "2027-01-03", &[], Set::To(3)),
        row("2027-01-04", "2027-01-04", &[(1, 1), (2, 2)], Set::Leave),
    ];
    let refused = |indexes: &[u32]| {
        let list: Vec<_> = indexes
            .iter()
            .map(|at| format!(r#"{{"index":{at},"code":"c","message":"m"}}"#))
            .collect();
        let body = format!(
            r#"{{"status":"completed","applied":{},"refused":[{}]}}"#,
            7 - indexes.len(),
            list.join(",")
        );
        let answer = Response::new(200, body);
        match adapter().parse_push(&chunk(rows.clone()), &answer).unwrap() {
            Submission::Answered(receipt) => receipt,
            Submission::Queued(_) => panic!("answered"),
        }
    };
    let whole = refused(&[4, 5, 6]);
    assert_eq!(
        whole
            .refused
            .iter()
            .map(|(row, _)| *row)
            .collect::<Vec<_>>(),
        [1, 2]
    );
    assert!(whole.unattributed.is_empty());
    let part = refused(&[2]);
    assert!(part.refused.is_empty());
    assert_eq!(
        part.unattributed[0].text,
        "m (STD/BAR, 2027-01-02, 1 adults)"
    );
}

#[test]
fn an_unknown_job_state_is_running_and_another_job_is_an_error() {
    let job = JobRef::new("j1").unwrap();
    let poll = |status, body: &str| {
        let answer = Response::new(status, body.to_owned());
        adapter()
            .jobs()
            .unwrap()
            .parse_poll(&example(), &job, &Carry::default(), &answer)
    };
    let running = poll(200, r#"{"job_id":"j1","status":"paused"}"#).unwrap();
    assert!(matches!(
        running,
        Step::Done(JobState::Running { check_after: None })
    ));
    for body in [
        r#"{"job_id":"j2","status":"completed","applied":1,"refused":[]}"#,
        r#"{"job_id":"j1","status":"completed"}"#,
        r#"{"job_id":"j1","status":"completed","applied":0,"refused":[]}"#,
        r#"{"job_id":"j1"}"#,
        "[]",
    ] {
        assert_eq!(
            poll(200, body).unwrap_err().kind(),
            ErrorKind::Malformed,
            "{body}"
        );
    }
    assert!(
        poll(404, "<html>").is_err(),
        "a proxy's page does not say that the job is gone"
    );
}

#[test]
fn a_failed_job_names_what_it_refused() {
    let job = JobRef::new("j1").unwrap();
    let body = r#"{"job_id":"j1","status":"failed","applied":0,"refused":[{"index":0,"code":"past_date","message":"gone"}]}"#;
    let state = adapter().jobs().unwrap().parse_poll(
        &example(),
        &job,
        &Carry::default(),
        &Response::new(200, body),
    );
    let Ok(Step::Done(JobState::Failed(receipt))) = state else {
        panic!("{state:?}")
    };
    assert_eq!(receipt.refused[0].1.code, "past_date");
    assert_eq!(receipt.reference.as_deref(), Some("j1"));
}

fn read(rates: &str) -> Result<Noted, ErrorKind> {
    let body = format!(r#"{{"property":"P00017","rates":[{rates}]}}"#);
    let (ask, mut noted) = (read_ask("2027-01-01", "2027-01-07"), Noted::default());
    adapter()
        .parse_read(
            &ask,
            &Carry::default(),
            &Response::new(200, body),
            &mut noted,
        )
        .map(|_| noted)
        .map_err(|error| error.kind())
}

fn rate(rest: &str) -> String {
    format!(
        r#"{{"property_id":"P00017","room_type":"STD","rate_plan":"BAR","date":"2027-01-01"{rest}}}"#
    )
}

#[test]
fn amounts_are_read_exactly_or_not_at_all() {
    for (fields, want) in [
        (
            r#","amount":"129.00","currency":"EUR""#,
            Seen::Price(Minor(12_900)),
        ),
        (
            r#","amount":129.0,"currency":"EUR""#,
            Seen::Price(Minor(12_900)),
        ),
        (
            r#","amount":1.29e2,"currency":"EUR""#,
            Seen::Price(Minor(12_900)),
        ),
        (r#","amount":"129.005","currency":"EUR""#, Seen::Unreadable),
        (
            r#","amount":"on request","currency":"EUR""#,
            Seen::Unreadable,
        ),
        (r#","amount":[1],"currency":"EUR""#, Seen::Unreadable),
        (r#","amount":"129.00","currency":"USD""#, Seen::Unreadable),
        (r#","amount":"129.00""#, Seen::Unreadable),
    ] {
        let noted = read(&rate(&format!(r#","adults":2{fields}"#))).unwrap();
        assert_eq!(noted.prices[0].3, want, "{fields}");
    }
}

#[test]
fn rows_that_were_not_asked_for_and_base_prices_are_left_out() {
    let asked = rate(r#","adults":2,"amount":"1.00","currency":"EUR""#);
    let rows = [
        asked.replace("P00017", "P00018"),
        asked.replace("2027-01-01", "2026-12-31"),
        asked.replace("2027-01-01", "2027-01-08"),
        asked.replace(r#""adults":2,"#, ""),
        asked.replace(r#""adults":2,"#, r#""adults":null,"#),
    ];
    assert_eq!(read(&rows.join(",")).unwrap(), Noted::default());
}

#[test]
fn a_minimum_stay_is_told_cleared_or_not_spoken_of() {
    for (field, want) in [
        ("", None),
        (r#","min_stay_arrival":null"#, Some(Set::Clear)),
        (r#","min_stay_arrival":3"#, Some(Set::To(3))),
    ] {
        let noted = read(&rate(field)).unwrap();
        assert_eq!(noted.rules.first().map(|rule| rule.2), want, "{field}");
    }
}

#[test]
fn half_a_page_is_an_error_and_tells_nothing() {
    let good = rate(r#","adults":2,"amount":"1.00","currency":"EUR""#);
    for bad in [
        good.replace("2027-01-01", "2027-02-30"),
        good.replace(r#""room_type":"STD","#, ""),
        good.replace(r#""adults":2"#, r#""adults":0"#),
        good.replace(r#""adults":2"#, r#""adults":300"#),
        "7".to_owned(),
    ] {
        assert_eq!(
            read(&format!("{good},{bad}")),
            Err(ErrorKind::Malformed),
            "{bad}"
        );
        let (ask, mut noted) = (read_ask("2027-01-01", "2027-01-07"), Noted::default());
        let body = format!(r#"{{"property":"P00017","rates":[{good},{bad}]}}"#);
        let _ = adapter().parse_read(
            &ask,
            &Carry::default(),
            &Response::new(200, body),
            &mut noted,
        );
        assert_eq!(noted, Noted::default());
    }
}

#[test]
fn a_retry_needs_no_refresh_token() {
    let body = r#"{"access_token":"t","refresh_token":"r"}"#;
    let token = adapter()
        .auth()
        .parse_grant(&Response::new(200, body))
        .unwrap();
    assert!(token.refresh.is_none());
    let request = Request::get(
        Operation::Read,
        &"https://pms.example.test/api".parse().unwrap(),
        "/v2/rates",
    );
    let error = adapter()
        .auth()
        .apply(&secrets(), None, &mut request.clone())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Misconfigured);
}

#[test]
fn all_plans_of_a_property_share_its_allowance() {
    let adapter = adapter();
    let scopes: Vec<_> = adapter
        .limits()
        .quotas()
        .iter()
        .map(|one| one.scope)
        .collect();
    assert_eq!(scopes, [Scope::Property]);
}
