//! Another key for what the ledger keeps, with the real program: no consent is lost, no key is
//! shown, and a key that does not fit is told before anything is asked for anew.

use rackrate_e2e::person::Login;
use rackrate_e2e::{Ended, Hotel, Stage, said};

const OLD: &str = "c2l4dGVlbiBieXRlcyBhbmQgc2l4dGVlbiBtb3JlLiE=";
const NEXT: &str = "dGhpcnR5LXR3byBvdGhlciBieXRlcywgYWxsIG91cnM=";

/// An account that a person has connected; the next key is stored beside the one in use.
fn connected() -> Stage {
    let stage = Stage::new(&["generic"], vec![Hotel::lisbon(3)]);
    stage.lasting_tokens("generic");
    stage.keep_tokens();
    stage.ask_for_consent();
    stage.write("secrets/next", NEXT);
    stage.calendar(|_| Some(120));
    let login = Login::start(&stage, "generic");
    assert_eq!(login.consent().status, 200);
    let _ = login.ended().with_code(0);
    stage
}

fn run(stage: &Stage, arguments: &str, code: i32) -> Ended {
    let ended = stage.run(arguments);
    let all = format!("{}{}", ended.stdout, ended.stderr);
    assert!(!all.contains(OLD) && !all.contains(NEXT), "{all}");
    for line in ended.stdout.lines().filter(|line| !line.starts_with('{')) {
        assert!(line.chars().count() <= 80, "{line}");
    }
    ended.with_code(code)
}

fn switch(stage: &Stage, from: &str, to: &str) {
    let line = |name: &str| format!("seal_key = \"file:secrets/{name}\"\n");
    stage.change("rackrate.toml", &line(from), &line(to));
}

#[test]
fn a_consent_outlives_the_key_that_sealed_it() {
    let stage = connected();
    let told = run(&stage, "creds rekey --new file:secrets/next", 0).stdout;
    assert!(
        told.contains("Let seal_key be \"file:secrets/next\""),
        "{told}"
    );
    println!("{told}");
    said(
        &run(&stage, "creds refresh generic", 2),
        "creds.wrong_seal_key",
    );
    run(&stage, "creds rekey --new file:secrets/next", 0);
    switch(&stage, "seal", "next");
    run(&stage, "creds refresh generic", 0);
    let again = run(&stage, "creds rekey --new file:secrets/next", 0).stdout;
    assert!(again.contains("nothing left to do"), "{again}");
    let record = stage.vendors.record("generic");
    assert_eq!((record.rotations, record.reuses), (1, 0));
}

#[test]
fn a_key_that_did_not_seal_the_ledger_loses_nothing() {
    let stage = connected();
    switch(&stage, "seal", "next");
    for command in [
        "creds refresh generic",
        "plan rates.csv",
        "creds check --all",
        "creds keepalive --all",
    ] {
        said(&run(&stage, command, 2), "creds.wrong_seal_key");
    }
    stage.write(
        "secrets/third",
        "YW5vdGhlciBrZXkgdGhhdCBub2JvZHkgaGFzIHNlZW4=",
    );
    said(
        &run(&stage, "creds rekey --new file:secrets/third", 2),
        "creds.wrong_seal_key",
    );
    switch(&stage, "next", "seal");
    run(&stage, "creds refresh generic", 0);
    assert_eq!(stage.vendors.record("generic").reuses, 0);
}

#[test]
fn a_ledger_with_tokens_is_not_used_without_its_key() {
    let stage = Stage::new(&["generic"], vec![Hotel::lisbon(3)]);
    stage.keep_tokens();
    stage.calendar(|_| Some(120));
    let _ = run(&stage, "plan rates.csv", 0);
    let line = "seal_key = \"file:secrets/seal\"\n";
    stage.change("rackrate.toml", line, "");
    said(&run(&stage, "plan rates.csv", 2), "creds.wrong_seal_key");
    said(
        &run(&stage, "creds rekey --new file:secrets/seal", 2),
        "config.no_seal_key",
    );
}

#[test]
fn a_lost_key_is_gone_on_without_only_when_somebody_says_so() {
    let stage = connected();
    said(&run(&stage, "creds rekey --lost", 2), "creds.key_not_lost");
    switch(&stage, "seal", "next");
    let told = run(&stage, "creds rekey --lost", 5).stdout;
    assert!(told.contains("rackrate creds login generic"), "{told}");
    said(
        &run(&stage, "creds refresh generic", 5),
        "credential.needs_authorization",
    );
}

#[test]
fn what_is_no_key_is_refused_without_being_shown() {
    let stage = connected();
    said(
        &run(&stage, &format!("creds rekey --new {NEXT}"), 2),
        "config.secret",
    );
    stage.write("secrets/next", "not a key");
    let refused = run(&stage, "creds rekey --new file:secrets/next", 2);
    said(&refused, "config.seal_key");
    assert!(!refused.stderr.contains("not a key"), "{refused:?}");
    run(&stage, "creds refresh generic", 0);
}
