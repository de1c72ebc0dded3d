//! The simulator keeps the specification, strictly, by its sections 1 to 9.

use bytes::Bytes;
use rackrate_core::adapter::Adapter;
use rackrate_core::chunk::Chunk;
use rackrate_core::exchange::Response;
use rackrate_core::money::Minor;
use rackrate_core::rules::{Rules, Set};
use rackrate_core::simulator::{Control, Held, SimulatorSetup, Timing};

use crate::golden::BATCH;
use crate::support::*;

/// A setup whose answers take no time, so that the clock is the test's.
pub(crate) fn still(seed: u64) -> SimulatorSetup {
    let timing = Timing {
        latency_min: 0,
        latency_max: 0,
        ..Timing::default()
    };
    SimulatorSetup {
        timing,
        ..setup(seed)
    }
}

/// The first seed whose first batch is answered with that status.
pub(crate) fn seed_for(status: u16) -> u64 {
    (0..100)
        .find(|seed| Desk::signed_in(still(*seed)).push(&example(), "a").status == status)
        .unwrap()
}

pub(crate) fn at(price: u64) -> Chunk {
    chunk(vec![row(
        "2027-01-01",
        "2027-01-01",
        &[(2, price)],
        Set::Leave,
    )])
}

/// A batch written by hand.
fn batch(desk: &mut Desk, body: &str, key: &str) -> Response {
    let token = desk.token.as_ref().unwrap().access.expose().to_owned();
    let request = http::Request::post("https://pms.example.test/v2/rates/batch")
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .header("x-property-id", "P00017")
        .header("idempotency-key", key);
    desk.raw(request.body(Bytes::from(body.to_owned())).unwrap())
}

#[test]
fn a_row_is_refused_with_the_code_of_what_is_wrong() {
    let seed = seed_for(200);
    for (from, to, code) in [
        ("P00017", "P00099", "unknown_property"),
        ("STD", "SUI", "unknown_room_type"),
        ("BAR", "BARX", "unknown_rate_plan"),
        ("BAR", "NRF", "derived_rate_plan"),
        ("68.00", "68.0", "bad_amount"),
        ("68.00", "68.000", "bad_amount"),
        ("68.00", "-68.00", "bad_amount"),
        ("68.00", "068.00", "bad_amount"),
        ("68.00", "6.8e1", "bad_amount"),
        ("\"68.00\"", "68.00", "bad_amount"),
        ("2027-01-01", "2027-02-30", "bad_date"),
        ("2027-01-01", "2027-1-1", "bad_date"),
        ("2027-01-01", "2026-11-21", "past_date"),
        ("EUR", "USD", "wrong_currency"),
    ] {
        let mut desk = Desk::signed_in(still(seed));
        let answer = text(&batch(&mut desk, &BATCH.replacen(from, to, 1), "k"));
        assert!(
            answer.contains(&format!("\"code\":\"{code}\"")),
            "{to}: {answer}"
        );
        assert_eq!(desk.server.record().applied, 0);
    }
}

#[test]
fn the_day_is_the_hotels() {
    let seed = seed_for(200);
    let today = |zone: &str| {
        let mut setup = still(seed);
        setup.hotels[0].time_zone = zone.into();
        let mut desk = Desk::signed_in(setup);
        text(&batch(
            &mut desk,
            &BATCH.replace("2027-01-01", "2026-11-22"),
            "k",
        ))
        .contains("past_date")
    };
    assert!(!today("Europe/Lisbon"));
    assert!(today("Pacific/Kiritimati"), "tomorrow has begun there");
}

#[test]
fn a_batch_out_of_form_is_refused_whole() {
    let mut desk = Desk::signed_in(still(1));
    let many = format!(
        r#"{{"rates":[{}]}}"#,
        vec![&BATCH.trim()[10..BATCH.trim().len() - 2]; 501].join(",")
    );
    for (body, key, code) in [
        (BATCH.to_owned(), "", "idempotency_key_required"),
        (BATCH.to_owned(), &"k".repeat(65)[..], "malformed"),
        (BATCH.to_owned(), "a b", "malformed"),
        (many, "k", "too_many_rows"),
        ("{".to_owned(), "k", "malformed"),
        (r#"{"rates":[]}"#.to_owned(), "k", "malformed"),
        (
            BATCH.replace("\"adults\":2", "\"adults\":0"),
            "k",
            "malformed",
        ),
        (BATCH.replace("\"adults\"", "\"guests\""), "k", "malformed"),
        (
            BATCH.replace(
                r#""amount":"68.00","currency":"EUR","min_stay_arrival":1"#,
                r#""currency":"EUR""#,
            ),
            "k",
            "malformed",
        ),
        (
            BATCH.replace(r#""min_stay_arrival":1"#, r#""min_stay_arrival":0"#),
            "k",
            "malformed",
        ),
    ] {
        let answer = batch(&mut desk, &body, key);
        assert_eq!(answer.status, 400);
        assert!(
            text(&answer).contains(&format!("\"error\":\"{code}\"")),
            "{body} {}",
            text(&answer)
        );
    }
    let refused = batch(&mut desk, BATCH, "k");
    assert!(refused.is_success(), "a refused batch leaves its key free");
}

#[test]
fn the_same_key_gives_the_first_answer_and_another_body_is_refused() {
    for status in [200, 202] {
        let mut desk = Desk::signed_in(still(seed_for(status)));
        let first = desk.push(&example(), "a");
        desk.wait_millis(3_000);
        let again = desk.push(&example(), "a");
        assert_eq!((first.status, &first.body), (again.status, &again.body));
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
        assert_eq!(first.header("idempotent-replayed"), None);
        let other = desk.push(&at(1), "a");
        assert_eq!(
            (other.status.as_u16(), &text(&other)[..]),
            (422, r#"{"error":"idempotency_key_reused"}"#)
        );
        let record = desk.server.record();
        assert_eq!(
            (
                record.pushes,
                record.applied,
                record.replays,
                record.doubled
            ),
            (3, 1, 1, 0)
        );
        desk.wait_millis(24 * 3_600_000);
        desk.sign_in();
        assert_eq!(
            desk.push(&at(1), "a").header("idempotent-replayed"),
            None,
            "a day is over"
        );
    }
}

#[test]
fn three_hundred_calls_a_minute_pass_and_the_next_waits() {
    let mut desk = Desk::signed_in(still(1));
    let ask = || {
        adapter()
            .read(&read_ask("2027-01-01", "2027-01-02"))
            .unwrap()
    };
    for _ in 0..300 {
        assert!(desk.send(ask()).is_success());
        desk.wait_millis(100);
    }
    let refused = desk.send(ask());
    assert_eq!(
        (refused.status.as_u16(), refused.header("retry-after")),
        (429, Some("30"))
    );
    desk.wait_millis(29_000);
    assert_eq!(desk.send(ask()).status, 429);
    assert!(
        desk.send(adapter().discover(&discover_ask()).unwrap())
            .is_success(),
        "not metered"
    );
    desk.wait_millis(1_000);
    assert!(desk.send(ask()).is_success());
    let record = desk.server.record();
    assert_eq!((record.breaches, record.early_repeats), (2, 1));
}

#[test]
fn a_token_dies_of_age_and_of_revocation() {
    let mut desk = Desk::signed_in(still(1));
    let list = || adapter().discover(&discover_ask()).unwrap();
    desk.wait_millis(3_599_999);
    assert!(desk.send(list()).is_success());
    desk.wait_millis(1);
    let refused = desk.send(list());
    assert_eq!(refused.status, 401);
    assert_eq!(
        refused.header("www-authenticate"),
        Some("Bearer error=\"invalid_token\"")
    );
    desk.sign_in();
    assert!(desk.send(list()).is_success());
    desk.server.control(&Control::RevokeTokens, desk.now);
    assert_eq!(desk.send(list()).status, 401);
    assert_eq!(
        (
            desk.server.record().unauthorised,
            desk.server.record().token_requests
        ),
        (2, 2)
    );
}

fn token(desk: &mut Desk, form: &str, basic: Option<&str>) -> Response {
    let mut request = http::Request::post("https://pms.example.test/oauth/token")
        .header("content-type", "application/x-www-form-urlencoded");
    if let Some(basic) = basic {
        request = request.header("authorization", format!("Basic {basic}"));
    }
    desk.raw(request.body(Bytes::from(form.to_owned())).unwrap())
}

#[test]
fn the_token_endpoint_keeps_its_rules() {
    let mut desk = Desk::new(still(1));
    let good =
        "grant_type=client_credentials&client_id=rackrate&client_secret=s3cret+%26+more&scope=";
    for (form, status) in [
        (format!("{good}rates%3Aread"), 200),
        (format!("{good}*"), 400),
        (format!("{good}rates%3Aread+guests%3Aread"), 400),
        (good.replace("more", "less") + "rates%3Aread", 401),
        (
            good.replace("client_credentials", "password") + "rates%3Aread",
            400,
        ),
        ("scope=rates%3Aread".to_owned(), 400),
    ] {
        assert_eq!(
            token(&mut desk, &form, None).status.as_u16(),
            status,
            "{form}"
        );
    }
    // "rackrate:s3cret+%26+more", form-encoded before it is joined.
    let basic = "cmFja3JhdGU6czNjcmV0KyUyNittb3Jl";
    let form = "grant_type=client_credentials&scope=rates%3Aread";
    assert_eq!(token(&mut desk, form, Some(basic)).status, 200);
}

#[test]
fn a_token_without_the_scope_may_not_write() {
    let mut desk = Desk::new(still(1));
    let form = "grant_type=client_credentials&client_id=rackrate&client_secret=s3cret+%26+more&scope=parities%3Aaudit";
    let answer = token(&mut desk, form, None);
    desk.token = Some(adapter().auth().parse_grant(&answer).unwrap());
    assert!(
        desk.send(adapter().discover(&discover_ask()).unwrap())
            .is_success()
    );
    let refused = desk.push(&example(), "1");
    assert_eq!(
        (refused.status.as_u16(), &text(&refused)[..]),
        (403, r#"{"error":"insufficient_scope"}"#)
    );
}

#[test]
fn prices_of_the_start_are_held_and_shown() {
    let mut setup = still(1);
    let held = |day: &str, price, stay| Held {
        property: id("P00017"),
        ids: ids("STD", "BAR"),
        night: night(day),
        adults: 2,
        price,
        rules: Rules {
            min_stay_arrival: Set::To(stay),
            ..Rules::LEAVE
        },
    };
    setup.hotels[0].prices = vec![held("2027-01-01", Some(Minor(5_000)), 3)];
    let mut desk = Desk::signed_in(setup.clone());
    assert_eq!(desk.server.held(), setup.hotels[0].prices);
    let seen = desk.read(&read_ask("2027-01-01", "2027-01-02")).unwrap();
    assert_eq!((seen.prices.len(), seen.rules[0].2), (2, Set::To(3)));
}

#[test]
fn a_setup_that_cannot_be_used_is_refused() {
    let refused = |change: fn(&mut SimulatorSetup)| {
        let mut setup = setup(1);
        change(&mut setup);
        rackrate_generic::simulator::new(setup).unwrap_err()
    };
    assert!(refused(|setup| setup.secrets = Default::default()).contains("client_id"));
    assert!(refused(|setup| setup.hotels[0].time_zone = "Mars/Base".into()).contains("P00017"));
    assert!(refused(|setup| setup.saved = Some("{}".into())).contains("saved"));
}

#[test]
fn nonsense_panics_nowhere() {
    let mut desk = Desk::signed_in(setup(1));
    let token = desk.token.as_ref().unwrap().access.expose().to_owned();
    for path in [
        "/",
        "/v2",
        "/v2/jobs/",
        "/v2/jobs/a/b",
        "/v2/rates",
        "/v2/rates?property=P00017&from=x&to=y",
        "/v2/rates?property=P00017&from=2027-01-01&to=2027-01-01",
        "/v2/rates?property=none&from=2027-01-01&to=2027-01-02",
        "/v2/rates?property=P00017&from=2027-01-01&to=2027-01-02&cursor=%20",
        "/oauth/token",
    ] {
        let request = http::Request::get(format!("https://pms.test{path}"))
            .header("authorization", format!("Bearer {token}"));
        let answer = desk.raw(request.body(Bytes::new()).unwrap());
        assert!((400..500).contains(&answer.status.as_u16()), "{path}");
    }
}
