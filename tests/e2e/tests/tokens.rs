//! Tokens that outlive a job and, with a key, a run.

use rackrate_core::simulator::Control;
use rackrate_e2e::{Hotel, Stage};

fn stage() -> Stage {
    let stage = Stage::new(&["generic"], vec![Hotel::lisbon(3)]);
    stage.lasting_tokens("generic");
    stage.calendar(|_| Some(120));
    stage
}

fn tokens(stage: &Stage) -> u64 {
    stage.vendors.record("generic").token_requests
}

#[test]
fn the_jobs_of_a_command_share_one_token_and_the_next_command_needs_its_own() {
    let stage = stage();
    let _ = stage.run("plan rates.csv").with_code(0);
    assert_eq!(tokens(&stage), 1, "discovery and reading share it");
    let _ = stage.run("apply plan.json").with_code(0);
    assert_eq!(tokens(&stage), 2);
}

#[test]
fn with_a_key_one_token_serves_all_commands() {
    let stage = stage();
    stage.keep_tokens();
    let _ = stage.run("plan rates.csv").with_code(0);
    let _ = stage.run("apply plan.json").with_code(0);
    let _ = stage.run("verify").with_code(0);
    assert_eq!(tokens(&stage), 1);
}

#[test]
fn a_kept_token_that_died_is_replaced_and_another_secret_is_not_given_it() {
    let stage = stage();
    stage.keep_tokens();
    let _ = stage.run("plan rates.csv").with_code(0);
    stage.vendors.control("generic", &Control::RevokeTokens);
    let _ = stage.run("plan rates.csv --max-age 0s").with_code(0);
    assert_eq!(tokens(&stage), 2);
    stage.write("secrets/client_secret", "another-secret");
    let refused = stage.run("plan rates.csv --max-age 0s").with_code(5);
    assert!(
        refused.stderr.contains("credential.wrong"),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_key_that_is_none_is_refused_before_anything_is_sent() {
    let stage = stage();
    stage.keep_tokens();
    stage.write("secrets/seal", "not a key");
    let refused = stage.run("plan rates.csv").with_code(2);
    assert!(
        refused.stderr.contains("config.seal_key"),
        "{}",
        refused.stderr
    );
    assert!(!refused.stderr.contains("not a key"));
    assert_eq!(stage.vendors.record("generic").calls, 0);
}
