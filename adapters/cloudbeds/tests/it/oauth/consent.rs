//! A person consents, and what comes of it, in virtual time.

use rackrate_core::adapter::{Carry, Submission};
use rackrate_core::error::ErrorKind;
use rackrate_core::jobs::JobState;

use super::*;
use crate::support::{chunk, row};

const PAGE: &str = "https://hotels.cloudbeds.com/api/v1.3/oauth?client_id=myApp_12345&redirect_uri=https%3A%2F%2Frackrate.example.test%2Fcallback";

fn kind(partner: &Partner, said: &Response) -> ErrorKind {
    partner.adapter.auth().parse_grant(said).unwrap_err().kind()
}

fn is_served(said: &Response) -> bool {
    text(said).starts_with(r#"{"success":true"#)
}

#[test]
fn a_price_is_pushed_with_what_a_person_granted() {
    let mut partner = Partner::new();
    let token = partner.connect();
    let chunk = chunk(vec![row("810949", "2027-02-27", "2027-02-28", 12_900)]);
    let push = partner.adapter.push(&chunk).unwrap();
    let said = partner.send(push, Some(&token));
    let Submission::Queued(job) = partner.adapter.parse_push(&chunk, &said).unwrap() else {
        panic!("no job")
    };
    partner.world.wait(5);
    let jobs = partner.adapter.jobs().unwrap();
    let poll = jobs.poll(&chunk, &job).unwrap();
    let said = partner.send(poll, Some(&token));
    let jobs = partner.adapter.jobs().unwrap();
    let state = jobs.parse_poll(&chunk, &job, &Carry::default(), &said);
    let finished = matches!(
        state,
        Ok(rackrate_core::adapter::Step::Done(JobState::Finished(_)))
    );
    assert!(finished, "{state:?}");
    let record = partner.world.vendor.record();
    let counts = (record.token_requests, record.unauthorised, record.reuses);
    assert_eq!(counts, (1, 0, 0));
}

#[test]
fn a_refresh_repeats_the_refresh_token_and_ends_nothing() {
    let mut partner = Partner::new();
    let first = partner.connect();
    let said = partner.refresh(&first);
    let second = partner.given(&said);
    let same = |token: &Token| token.refresh.as_ref().unwrap().expose().to_owned();
    assert_eq!(same(&first), same(&second));
    assert_ne!(first.access.expose(), second.access.expose());
    for token in [&first, &second] {
        assert!(is_served(&partner.hotels(token)));
    }
}

#[test]
fn a_code_is_good_once_and_its_second_use_is_recorded() {
    let mut partner = Partner::new();
    let code = partner.code();
    assert_eq!(partner.redeem(&code).status, 200);
    let again = partner.redeem(&code);
    assert_eq!(kind(&partner, &again), ErrorKind::Reconnect);
    assert_eq!(partner.world.vendor.record().reuses, 1);
}

#[test]
fn a_code_lives_ten_minutes_and_is_bound_to_its_address() {
    let mut partner = Partner::new();
    let code = partner.code();
    partner.world.wait(590);
    let odd = {
        let (code, redirect) = (Secret::new(code.clone()), url("https://a.test/callback"));
        let ask = Ask::Code {
            code: &code,
            redirect: &redirect,
            verifier: None,
        };
        exchange(&partner.adapter, ask)
    };
    assert_eq!(partner.send(odd, None).status, 401);
    assert_eq!(partner.redeem(&code).status, 200);
    let late = partner.code();
    partner.world.wait(600);
    assert_eq!(partner.redeem(&late).status, 401);
    assert_eq!(partner.world.vendor.record().reuses, 0);
}

#[test]
fn a_state_comes_back_and_is_made_up_where_none_was_sent() {
    let mut partner = Partner::new();
    let page = authorize(&partner.adapter);
    let back = partner.open(&page);
    assert_eq!(said(&back, "state").as_deref(), Some("st4te"));
    let back = partner.open(&url(PAGE));
    let state = said(&back, "state").unwrap();
    let is_hex = state.bytes().all(|byte| byte.is_ascii_hexdigit());
    assert!(is_hex && state.len() == 29, "{state}");
}

#[test]
fn the_code_may_come_under_its_other_name() {
    let mut partner = Partner::new();
    partner.switch("code_name", "authorization_code");
    let back = partner.open(&url(PAGE));
    assert_eq!(said(&back, "code"), None);
    let code = said(&back, "authorization_code").unwrap();
    assert_eq!(partner.redeem(&code).status, 200);
}

#[test]
fn a_person_may_say_no() {
    let mut partner = Partner::new();
    partner.switch("consent", "refused");
    let back = partner.open(&url(PAGE));
    assert_eq!(said(&back, "error").as_deref(), Some("access_denied"));
    assert_eq!(said(&back, "code"), None);
}

#[test]
fn nobody_is_sent_back_to_an_address_that_is_not_registered() {
    let mut partner = Partner::new();
    partner.switch("redirect_uri", "https://other.test/callback");
    let refused = partner.world.raw(get(PAGE));
    assert_eq!(
        (refused.status.as_u16(), refused.header("location")),
        (400, None)
    );
    partner.switch("redirect_uri", REDIRECT);
    partner.open(&url(PAGE));
    for odd in ["http%3A%2F%2Fa.test", "https%3A%2F%2Fa.test%3Fx%3D1", ""] {
        let mut partner = Partner::new();
        let (page, _) = PAGE.split_once("https%3A").unwrap();
        let refused = partner.world.raw(get(&format!("{page}{odd}")));
        assert_eq!(refused.status, 400, "{odd}");
    }
}

#[test]
fn a_token_may_do_what_was_asked_for_and_no_more() {
    let mut partner = Partner::new();
    let back = partner.open(&url(&format!("{PAGE}&scope=read:rate+read:guest")));
    let code = said(&back, "code").unwrap();
    let said = partner.redeem(&code);
    let token = partner.given(&said);
    let refused = partner.hotels(&token);
    let words = r#"{"success":false,"message":"Scope required for this call was not granted by property."}"#;
    assert_eq!(text(&refused), words);
}

#[test]
fn revoked_tokens_are_refreshed_and_an_ended_grant_is_not() {
    let mut partner = Partner::new();
    let token = partner.connect();
    partner
        .world
        .vendor
        .control(&Control::RevokeTokens, partner.world.now);
    assert_eq!(partner.hotels(&token).status, 401);
    let said = partner.refresh(&token);
    let token = partner.given(&said);
    assert!(is_served(&partner.hotels(&token)));
    partner.switch("grants", "ended");
    assert_eq!(partner.hotels(&token).status, 401);
    let said = partner.refresh(&token);
    assert_eq!(kind(&partner, &said), ErrorKind::Reconnect);
}

#[test]
fn a_grant_that_nobody_uses_for_30_days_ends() {
    let day = 24 * 3600;
    let mut partner = Partner::new();
    let token = partner.connect();
    partner.world.wait(29 * day);
    let said = partner.refresh(&token);
    let token = partner.given(&said);
    assert!(is_served(&partner.hotels(&token)));
    partner.world.wait(29 * day);
    assert_eq!(partner.refresh(&token).status, 200);
    partner.world.wait(day);
    let said = partner.refresh(&token);
    assert_eq!(kind(&partner, &said), ErrorKind::Reconnect);
}

#[test]
fn an_access_token_dies_after_eight_hours() {
    let mut partner = Partner::new();
    let token = partner.connect();
    partner.world.wait(28_800);
    assert_eq!(partner.hotels(&token).status, 401);
}

#[test]
fn a_removed_app_is_told_with_status_200() {
    let mut partner = Partner::new();
    let token = partner.connect();
    partner.switch("app", "removed");
    let said = partner.refresh(&token);
    assert_eq!(said.status, 200);
    assert_eq!(kind(&partner, &said), ErrorKind::Disconnected);
}

#[test]
fn grants_outlive_a_restart() {
    let mut partner = Partner::new();
    let token = partner.connect();
    let saved = partner.world.vendor.save();
    let now = partner.world.now;
    partner.world = World::new(SimulatorSetup {
        secrets: secrets(),
        saved: Some(saved),
        ..setup()
    });
    partner.world.now = now;
    assert!(is_served(&partner.hotels(&token)));
}

#[test]
fn only_the_way_to_tokens_is_left_of_the_oldest_version() {
    let mut partner = Partner::new();
    partner.open(&url(&PAGE.replace("v1.3", "v1.1")));
    let other = get("https://hotels.cloudbeds.com/api/v1.1/getHotels");
    assert_eq!(partner.world.raw(other).status, 404);
    let wrong_verb = get("https://hotels.cloudbeds.com/api/v1.3/access_token");
    let said = partner.world.raw(wrong_verb);
    assert_eq!(text(&said), r#"{"status":false,"error":"Unknown method."}"#);
}
