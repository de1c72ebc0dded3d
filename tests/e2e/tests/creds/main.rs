//! Accounts that a person connects: signing in, what is turned away, what a kill leaves of a
//! refresh token, and signing out. Judged by the vendor's record.

#![expect(
    clippy::unwrap_used,
    reason = "a kill that cannot be done ends the test"
)]

mod kills;

use rackrate_core::simulator::Record;
use rackrate_e2e::http::visit;
use rackrate_e2e::person::Login;
use rackrate_e2e::{Hotel, Stage, said};

fn stage() -> Stage {
    let stage = Stage::new(&["generic"], vec![Hotel::lisbon(3)]);
    stage.lasting_tokens("generic");
    stage.keep_tokens();
    stage.ask_for_consent();
    stage.calendar(|_| Some(120));
    stage
}

fn connected() -> Stage {
    let stage = stage();
    let login = Login::start(&stage, "generic");
    assert_eq!(login.consent().status, 200);
    let ended = login.ended().with_code(0);
    assert!(
        ended.stdout.starts_with("generic is connected"),
        "{ended:?}"
    );
    stage
}

fn record(stage: &Stage) -> Record {
    stage.vendors.record("generic")
}

#[test]
fn who_signs_in_once_plans_applies_and_verifies_with_it() {
    let stage = connected();
    let _ = stage.run("plan rates.csv").with_code(0);
    let _ = stage.run("apply plan.json").with_code(0);
    let _ = stage.run("verify").with_code(0);
    let record = record(&stage);
    assert_eq!((record.token_requests, record.reuses), (1, 0));
}

#[test]
fn an_account_that_is_named_twice_is_checked_once() {
    let stage = connected();
    let check = stage.run("creds check generic generic -o json");
    let told: serde_json::Value = serde_json::from_str(&check.with_code(0).stdout).unwrap();
    assert_eq!(told["checks"].as_array().unwrap().len(), 1);
    assert_eq!(
        (record(&stage).token_requests, record(&stage).reuses),
        (1, 0)
    );
}

#[test]
fn before_anybody_signed_in_every_command_says_who_has_to_act() {
    let stage = stage();
    let list = stage.run("creds list").with_code(5);
    assert!(list.stdout.contains("not connected"), "{list:?}");
    said(
        &stage.run("plan rates.csv").with_code(5),
        "credential.needs_authorization",
    );
    assert_eq!(record(&stage).calls, 0);
}

#[test]
fn an_answer_that_is_not_ours_is_turned_away_and_the_waiting_goes_on() {
    let stage = stage();
    let login = Login::start(&stage, "generic");
    for stranger in ["", "?code=c", "?code=c&state=guessed", "?error=x&state=y"] {
        let page = visit(&format!("{}{stranger}", login.redirect));
        assert_eq!(page.status, 400, "{stranger}");
    }
    assert_eq!(login.consent().status, 200);
    let _ = login.ended().with_code(0);
    assert_eq!(record(&stage).token_requests, 1);
}

#[test]
fn a_no_ends_the_sign_in() {
    let stage = stage();
    stage.vendors.switch("generic", "consent", "refused");
    let login = Login::start(&stage, "generic");
    assert_eq!(login.consent().status, 200);
    let ended = login.ended().with_code(5);
    said(&ended, "creds.denied");
    assert!(ended.stderr.contains("access_denied"), "{ended:?}");
}

#[test]
fn a_refresh_brings_the_next_token_and_signing_out_ends_all_of_them() {
    let stage = connected();
    for rotations in 1..=3 {
        let _ = stage.run("creds refresh generic").with_code(0);
        assert_eq!(record(&stage).rotations, rotations);
    }
    let out = stage.run("creds logout generic").with_code(0);
    assert!(out.stdout.contains("disconnected, at the vendor too"));
    let _ = stage.run("creds refresh generic").with_code(5);
    let _ = stage.run("creds list").with_code(5);
    assert_eq!((record(&stage).rotations, record(&stage).reuses), (3, 0));
}

#[test]
fn without_a_key_to_seal_it_with_no_consent_is_asked_for() {
    let stage = stage();
    stage.change("rackrate.toml", "seal_key = \"file:secrets/seal\"\n", "");
    said(&stage.run("creds login").with_code(2), "config.no_seal_key");
}
