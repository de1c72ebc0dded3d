//! What was granted against what is needed, and how we stand with a vendor, with the real binary.
//! Judged by the vendor's record.

use rackrate_core::simulator::Record;
use rackrate_e2e::person::Login;
use rackrate_e2e::{Ended, Hotel, Stage};

fn stage() -> Stage {
    let stage = Stage::new(&["generic"], vec![Hotel::lisbon(3)]);
    stage.lasting_tokens("generic");
    stage.keep_tokens();
    stage.calendar(|_| Some(120));
    stage
}

/// An account that a person has connected.
fn connected(role: &str) -> Stage {
    let stage = stage();
    stage.ask_for_consent();
    stage.change("rackrate.toml", "\"write\"", &format!("{role:?}"));
    let login = Login::start(&stage, "generic");
    assert_eq!(login.consent().status, 200);
    let _ = login.ended().with_code(0);
    stage
}

fn switch(stage: &Stage, name: &str, value: &str) {
    stage.vendors.switch("generic", name, value);
}

fn record(stage: &Stage) -> Record {
    stage.vendors.record("generic")
}

/// How often a finding was told.
fn told(ended: &Ended, code: &str) -> usize {
    ended.stderr.matches(&format!("[{code}]")).count()
}

#[test]
fn a_grant_too_small_is_told_before_the_first_push_and_what_it_covers_goes_on() {
    let stage = stage();
    switch(&stage, "scopes", "rates:read");
    let _ = stage.run("plan rates.csv").with_code(0);
    let apply = stage.run("apply plan.json").with_code(5);
    assert_eq!(told(&apply, "credential.scope_missing"), 1, "{apply:?}");
    for word in ["push rates", "rates:write", "generic"] {
        assert!(apply.stderr.contains(word), "{word}: {apply:?}");
    }
    assert_eq!(record(&stage).pushes, 0);
    let _ = stage.run("verify").with_code(3);
}

#[test]
fn more_than_was_asked_for_is_told_once() {
    let stage = stage();
    switch(&stage, "scopes", "guests:read rates:write rates:read");
    let plan = stage.run("plan rates.csv").with_code(0);
    assert_eq!(told(&plan, "credential.scope_extra"), 1, "{plan:?}");
    assert!(plan.stderr.contains("guests:read"), "{plan:?}");
    let apply = stage.run("apply plan.json").with_code(0);
    assert_eq!(told(&apply, "credential.scope_extra"), 0, "{apply:?}");
}

#[test]
fn who_only_observes_asks_for_reading_and_has_to_ask_again_to_write() {
    let stage = connected("observe");
    let list = stage.run("creds list -o json").with_code(0);
    assert!(list.stdout.contains("\"scope\":\"rates:read\""), "{list:?}");
    stage.change("rackrate.toml", "\"observe\"", "\"write\"");
    let _ = stage.run("plan rates.csv").with_code(0);
    let apply = stage.run("apply plan.json").with_code(5);
    assert_eq!(told(&apply, "credential.scope_missing"), 1, "{apply:?}");
    assert_eq!(record(&stage).pushes, 0);
    let login = Login::start(&stage, "generic");
    assert_eq!(login.consent().status, 200);
    let _ = login.ended().with_code(0);
    let _ = stage.run("apply --resume").with_code(0);
    assert!(record(&stage).pushes > 0);
}

#[test]
fn a_scope_that_nobody_may_ask_for_is_refused_with_its_place() {
    let stage = stage();
    let scopes = "scopes = [\"rates:read\", \"guests:read\"]\nsettle_ms";
    stage.change("rackrate.toml", "settle_ms", scopes);
    let refused = stage.run("config validate").with_code(2);
    assert_eq!(told(&refused, "config.scope_refused"), 1, "{refused:?}");
    assert!(refused.stderr.contains(":25"), "{refused:?}");
    assert_eq!(record(&stage).calls, 0);
}

#[test]
fn a_suspended_client_is_left_alone_and_asked_once_by_each_command() {
    let stage = stage();
    let _ = stage.run("plan rates.csv").with_code(0);
    switch(&stage, "standing", "client_suspended");
    for command in [
        "plan rates.csv --max-age 0s --out other.json",
        "discover generic",
        "apply plan.json",
    ] {
        let before = record(&stage).calls;
        let ended = stage.run(command).with_code(5);
        assert_eq!(told(&ended, "client.suspended"), 1, "{ended:?}");
        assert_eq!(record(&stage).calls, before + 1, "{command}");
        let list = stage.run("creds list").with_code(5);
        assert!(list.stdout.contains("suspended"), "{list:?}");
    }
    switch(&stage, "standing", "good");
    let _ = stage.run("plan rates.csv --max-age 0s").with_code(0);
    let _ = stage.run("creds list").with_code(0);
}

#[test]
fn a_property_that_disconnects_ends_the_consent_at_once() {
    for (standing, code, state) in [
        (
            "disconnected",
            "credential.disconnected",
            "\"state\":\"disconnected\"",
        ),
        (
            "approver_left",
            "credential.approver_left",
            "\"state\":\"approver_left\"",
        ),
    ] {
        let stage = connected("write");
        switch(&stage, "standing", standing);
        let plan = stage.run("plan rates.csv").with_code(5);
        assert_eq!(told(&plan, code), 1, "{plan:?}");
        let list = stage.run("creds list -o json").with_code(5);
        assert!(list.stdout.contains(state), "{list:?}");
        switch(&stage, "standing", "good");
        let calls = record(&stage).calls;
        let again = stage.run("plan rates.csv").with_code(5);
        assert_eq!(told(&again, code), 1, "{again:?}");
        assert_eq!(record(&stage).calls, calls, "nothing is asked any more");
    }
}
