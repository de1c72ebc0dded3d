//! Keys that come of a consent, and refresh tokens that become keys: judged by the vendor, who
//! ends a key when its old refresh token is used again.

use rackrate_core::simulator::Control;
use rackrate_e2e::person::Login;
use rackrate_e2e::{Hotel, Stage, said};
use rackrate_simulator::faults::Fate;
use rackrate_simulator::serve::Rule;

const TOKENS: &str = "auth = \"oauth\"";
const KEYS: &str = "auth = \"key_by_consent\"";

fn stage(auth: &str) -> Stage {
    let stage = Stage::new(&["cloudbeds"], vec![Hotel::lisbon(3)]);
    stage.lasting_tokens("cloudbeds");
    stage.keep_tokens();
    let both =
        "client_id = \"file:secrets/client_id\"\nclient_secret = \"file:secrets/client_secret\"";
    stage.change("rackrate.toml", "api_key = \"file:secrets/api_key\"", both);
    let partner = format!("adults = 2\n{auth}\nclient = \"partner\"\nclient_name = \"ours\"");
    stage.change("rackrate.toml", "adults = 2", &partner);
    stage.calendar(|_| Some(120));
    stage
}

fn connected(auth: &str) -> Stage {
    let stage = stage(auth);
    let login = Login::start(&stage, "cloudbeds");
    assert_eq!(login.consent().status, 200);
    let _ = login.ended().with_code(0);
    stage
}

fn requests(stage: &Stage) -> (u64, u64) {
    let record = stage.vendors.record("cloudbeds");
    (record.token_requests, record.reuses)
}

#[test]
fn a_key_that_a_consent_brought_serves_every_later_command() {
    let stage = connected(KEYS);
    let _ = stage.run("plan rates.csv").with_code(0);
    let _ = stage.run("apply plan.json").with_code(0);
    let _ = stage.run("verify").with_code(0);
    assert_eq!(requests(&stage), (1, 0));
    let db = std::fs::read(stage.path("rackrate.db")).unwrap();
    assert!(!String::from_utf8_lossy(&db).contains("cbat_"));
}

#[test]
fn a_refused_key_needs_a_person_and_the_list_says_so() {
    let stage = connected(KEYS);
    stage.vendors.switch("cloudbeds", "grants", "ended");
    let _ = stage.run("discover cloudbeds").with_code(5);
    let list = stage.run("creds list -o json").with_code(5);
    assert!(list.stdout.contains("needs_authorization"), "{list:?}");
    let _ = stage.run("discover cloudbeds").with_code(5);
    assert_eq!(requests(&stage), (1, 0));
}

#[test]
fn a_refresh_token_becomes_a_key_when_a_person_says_so_and_is_not_used_again() {
    let stage = connected(TOKENS);
    said(&stage.run("creds migrate").with_code(2), "creds.no_key");
    stage.change("rackrate.toml", TOKENS, KEYS);
    let list = stage.run("creds list -o json").with_code(5);
    assert!(list.stdout.contains("to_migrate"), "{list:?}");
    let moved = stage.run("creds migrate cloudbeds").with_code(0);
    assert!(moved.stdout.contains("has a key now"), "{moved:?}");
    let _ = stage.run("creds list").with_code(0);
    let _ = stage.run("plan rates.csv").with_code(0);
    let _ = stage.run("apply plan.json").with_code(0);
    let again = stage.run("creds migrate cloudbeds").with_code(2);
    said(&again, "creds.nothing_to_migrate");
    let _ = stage.run("creds refresh cloudbeds").with_code(5);
    let _ = stage.run("discover cloudbeds").with_code(0);
    // The configuration put back does not bring the token back.
    stage.change("rackrate.toml", KEYS, TOKENS);
    let _ = stage.run("discover cloudbeds").with_code(0);
    assert_eq!(requests(&stage), (2, 0));
}

/// Killed while the vendor has exchanged the token and its answer is not on disk.
#[test]
fn a_migration_whose_answer_was_lost_needs_a_person_and_the_token_is_not_used_again() {
    let stage = connected(TOKENS);
    stage.change("rackrate.toml", TOKENS, KEYS);
    let rule = Rule {
        path: Some("/api/v1.3/access_token".to_owned()),
        ..Rule::next(Fate::AnswerLost)
    };
    stage.vendors.fault("cloudbeds", &rule);
    let mut program = stage.program().start("creds migrate cloudbeds");
    let met = stage.vendors.wait_for("cloudbeds", Fate::AnswerLost);
    assert!(met.is_some());
    program.kill().unwrap();
    program.wait().unwrap();
    stage.vendors.heal("cloudbeds");
    // An access token from before would be used to its end.
    let control = Control::RevokeTokens;
    stage.vendors.control("cloudbeds", &control);
    for auth in [KEYS, TOKENS] {
        let _ = stage.run("discover cloudbeds").with_code(5);
        let _ = stage.run("creds refresh cloudbeds").with_code(5);
        if auth == KEYS {
            let _ = stage.run("creds migrate cloudbeds").with_code(2);
            stage.change("rackrate.toml", KEYS, TOKENS);
        }
    }
    assert_eq!(requests(&stage), (2, 0));
    // A new consent mends it.
    let login = Login::start(&stage, "cloudbeds");
    login.consent();
    let _ = login.ended().with_code(0);
    let _ = stage.run("discover cloudbeds").with_code(0);
}
