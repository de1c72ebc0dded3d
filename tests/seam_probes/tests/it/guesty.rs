//! Guesty through the seam: an expired token that looks like a missing permission.

use std::time::Duration;

use rackrate_core::adapter::{Adapter, Submission};
use rackrate_core::auth::{Ask, Grant};
use rackrate_core::chunk::{Chunk, Receipt};
use rackrate_core::error::{Delivery, ErrorKind};
use rackrate_core::exchange::Operation;
use rackrate_core::limit::{Scope, Window};
use rackrate_seam_probes::guesty::Guesty;
use serde_json::json;

use crate::support::{answer, chunk, ids, json, min_stay, row, secrets, target, wire};

const LISTING: &str = "5fa02fa358d2db673e17bc2d";
const NO_PERMISSION: &str =
    r#"{"message":"You don't have permission to access, please contact Guesty support."}"#;

fn guesty() -> Guesty {
    let url = |text: &str| text.parse().unwrap();
    Guesty::new(
        url("https://open-api.guesty.com/v1"),
        url("https://open-api.guesty.com"),
    )
    .unwrap()
}

fn example() -> Chunk {
    let listing = || ids(None, LISTING);
    let rows = vec![
        row(listing(), "2026-12-01", "2026-12-05", &[(2, 18_000)]),
        row(listing(), "2026-12-24", "2026-12-26", &[(2, 32_000)]),
    ];
    chunk(target(LISTING, "EUR", "[]"), rows)
}

#[test]
fn the_token_request_is_a_form_at_the_root() {
    let secrets = secrets(&[("client_id", "id"), ("client_secret", "s")]);
    let grant = guesty().auth().grant(&secrets, Ask::First).unwrap();
    let Grant::Exchange(request) = grant else {
        panic!("{grant:?}")
    };
    insta::assert_snapshot!(wire(&request), @"
    POST https://open-api.guesty.com/oauth2/token
    content-type: application/x-www-form-urlencoded
    accept: application/json
    grant_type=client_credentials&client_id=id&client_secret=s&scope=open-api
    ");
}

#[test]
fn a_token_lives_as_long_as_the_answer_says() {
    let body =
        r#"{"token_type":"Bearer","expires_in":86400,"access_token":"jwt","scope":"open-api"}"#;
    let token = guesty()
        .auth()
        .parse_grant(&answer(200, &[], body))
        .unwrap();
    assert_eq!(token.lifetime, Some(Duration::from_secs(86_400)));
}

#[test]
fn the_usual_words_earn_one_fresh_token() {
    for status in [403, 401] {
        let error = guesty()
            .parse_push(&example(), &answer(status, &[], NO_PERMISSION))
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unauthenticated { certain: false });
        assert_eq!(error.delivery(), Delivery::Refused);
    }
}

#[test]
fn other_words_are_a_missing_permission() {
    let body = r#"{"message":"Plan does not include the calendar"}"#;
    let error = guesty()
        .parse_push(&example(), &answer(403, &[], body))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden);
}

#[test]
fn a_sixth_token_is_a_throttle_with_its_wait() {
    let response = answer(429, &[("Retry-After", "3600")], "");
    let error = guesty().auth().parse_grant(&response).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Throttled);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3600)));
}

#[test]
fn all_windows_and_the_calls_at_once_are_charged_together() {
    let adapter = guesty();
    let quotas = adapter.limits().quotas();
    let charges = adapter.limits().charges(Operation::Push, &example().target);
    let charged: Vec<_> = charges
        .iter()
        .map(|one| (quotas[one.quota].window, quotas[one.quota].limit, one.cost))
        .collect();
    let rolling = |seconds| Window::Rolling(Duration::from_secs(seconds));
    assert_eq!(
        charged,
        [
            (rolling(1), 15, 1),
            (rolling(60), 120, 1),
            (rolling(3_600), 5_000, 1),
            (Window::Concurrency, 15, 1),
        ]
    );
    assert!(
        quotas[..4]
            .iter()
            .all(|quota| quota.scope == Scope::Connection)
    );
}

#[test]
fn tokens_have_a_scarce_quota_of_their_own() {
    let adapter = guesty();
    let charges = adapter
        .limits()
        .charges(Operation::Token, &example().target);
    let quota = &adapter.limits().quotas()[charges[0].quota];
    assert_eq!(
        (charges.len(), quota.scope, quota.usable()),
        (1, Scope::Client, 4)
    );
}

#[test]
fn ranges_of_one_listing_go_out_with_both_days_meant() {
    let mut chunk = example();
    chunk.rows[0].rules = min_stay(2);
    let request = guesty().push(&chunk).unwrap();
    assert!(wire(&request).starts_with(
        "PUT https://open-api.guesty.com/v1/availability-pricing/api/calendar/listings\n"
    ));
    let sheet = json!([
        {"listingId":LISTING,"startDate":"2026-12-01","endDate":"2026-12-05","price":180.0,"minNights":2},
        {"listingId":LISTING,"startDate":"2026-12-24","endDate":"2026-12-26","price":320.0}]);
    assert_eq!(json(&request), sheet);
}

#[test]
fn both_forms_of_success_count_and_no_other() {
    let parse = |body| guesty().parse_push(&example(), &answer(200, &[], body));
    for body in [
        "\"ok\"",
        r#"{"status":200,"message":"…","data":{"days":[]}}"#,
    ] {
        assert_eq!(
            parse(body).unwrap(),
            Submission::Answered(Receipt::default()),
            "{body}"
        );
    }
    for body in ["", "\"no\"", r#"{"status":500,"message":"…"}"#] {
        assert_eq!(
            parse(body).unwrap_err().delivery(),
            Delivery::Unknown,
            "{body}"
        );
    }
}
