//! Secrets that are replaced while the real program runs: what a vendor refuses is read again.

#![expect(
    clippy::unwrap_used,
    reason = "a program that cannot be waited for ends the test"
)]

use std::process::Child;

use rackrate_core::simulator::{Control, Timing};
use rackrate_e2e::vendors::FAST;
use rackrate_e2e::{Ended, Hotel, Stage};

/// So slow that a file is replaced while an answer is under way.
const SLOW: Timing = Timing {
    latency_min: 1_500_000,
    latency_max: 1_500_000,
    ..FAST
};

fn stage(vendor: &str) -> Stage {
    let stage = Stage::new(&[vendor], vec![Hotel::lisbon(2)]);
    stage.calendar(|_| Some(120));
    stage.vendors.control(vendor, &Control::SetTiming(SLOW));
    stage
}

/// Starts it, and waits until a request of it has arrived.
fn started(stage: &Stage, vendor: &str, arguments: &str) -> Child {
    let mut program = stage.program().start(arguments);
    while stage.vendors.record(vendor).calls == 0 {
        assert!(program.try_wait().unwrap().is_none(), "it ended early");
        std::thread::yield_now();
    }
    program
}

fn ended(program: Child) -> Ended {
    Ended::of(program.wait_with_output().unwrap())
}

#[test]
fn a_clients_secret_that_is_replaced_between_refusal_and_retry_is_used() {
    let stage = stage("generic");
    stage
        .vendors
        .switch("generic", "client_secret", "the-next-secret");
    let program = started(&stage, "generic", "discover generic");
    stage.write("secrets/client_secret", "the-next-secret\n");
    let ended = ended(program).with_code(0);
    assert!(!ended.stderr.contains("the-next-secret"), "{ended:?}");
    assert_eq!(stage.vendors.record("generic").token_requests, 2);
}

#[test]
fn a_secret_that_is_still_the_old_one_is_not_sent_again() {
    let stage = stage("generic");
    stage.write("secrets/client_secret", "an-older-secret");
    let _ = stage.run("discover generic").with_code(5);
    assert_eq!(stage.vendors.record("generic").token_requests, 1);
}

#[test]
fn a_key_that_is_replaced_between_refusal_and_retry_is_used() {
    let stage = stage("cloudbeds");
    let good = stage.read("secrets/api_key");
    stage.write("secrets/api_key", "cbat_an_older_key");
    let program = started(&stage, "cloudbeds", "discover cloudbeds");
    stage.write("secrets/api_key", &good);
    let _ = ended(program).with_code(0);
    assert_eq!(stage.vendors.record("cloudbeds").unauthorised, 1);
}
