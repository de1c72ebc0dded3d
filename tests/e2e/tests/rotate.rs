//! The change of a client's secret with the real program: what is held meanwhile, what is
//! proved, and what a kill leaves. Judged by the vendor's record.

#![expect(clippy::unwrap_used, reason = "what cannot be started ends the test")]

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};

use rackrate_e2e::program::binary;
use rackrate_e2e::{Ended, Hotel, Stage};
use rackrate_simulator::faults::Fate;
use rackrate_simulator::serve::Rule;

const OWN: &str = "[connections.generic.secrets]\nclient_id = \"file:secrets/client_id\"\nclient_secret = \"file:secrets/client_secret\"\n";
const NEW: &str = "the+next/secret&of=the client";

/// An account whose secrets are those of a client, and a plan for it.
fn stage(overlap: bool) -> Stage {
    let stage = Stage::new(&["generic"], vec![Hotel::lisbon(3)]);
    stage.keep_tokens();
    stage.change("rackrate.toml", OWN, "");
    let vendor = "vendor = \"generic\"\n";
    let with_client = format!("{vendor}client = \"rates-app\"\n");
    stage.change("rackrate.toml", vendor, &with_client);
    let client = format!(
        "[clients.rates-app]\nportal = \"https://pms.example/developer/apps\"\nowner = \"Platform team, platform@hotel.example\"\noverlap = {overlap}\n\n[clients.rates-app.secrets]\nclient_id = \"file:secrets/client_id\"\nclient_secret = \"file:secrets/client_secret\"\n\n[guards]"
    );
    stage.change("rackrate.toml", "[guards]", &client);
    stage.calendar(|_| Some(120));
    stage
}

/// The vendor's page: `client_secret` ends the old one, `client_secret_beside` does not.
fn portal(stage: &Stage, what: &str) {
    stage.vendors.switch("generic", what, NEW);
}

fn rotate(stage: &Stage, flags: &str, code: i32) -> Ended {
    let ended = stage.run(&format!("creds rotate --client rates-app {flags}"));
    assert!(!format!("{ended:?}").contains(NEW), "{ended:?}");
    for line in ended.stdout.lines().filter(|_| !flags.contains("json")) {
        assert!(line.chars().count() <= 80, "{line}");
    }
    ended.with_code(code)
}

/// The steps that the audit trail tells, in order.
fn steps(stage: &Stage) -> Vec<String> {
    let trail = stage.run("audit export").with_code(0).stdout;
    let steps = trail.lines().filter_map(|line| {
        let (_, rest) = line
            .split_once("rates-app\\\",\\\"step\\\":\\\"")
            .or_else(|| line.split_once("rates-app\",\"step\":\""))?;
        Some(rest.chars().take_while(char::is_ascii_alphabetic).collect())
    });
    steps.collect()
}

fn held(stage: &Stage, command: &str) {
    let ended = stage.run(command).with_code(5);
    assert!(ended.stderr.contains("[creds.rotating]"), "{ended:?}");
    assert!(ended.stdout.contains("held"), "{ended:?}");
}

#[test]
fn pushes_are_held_from_the_announcement_until_the_new_secret_is_proved() {
    let stage = stage(false);
    let _ = stage.run("plan rates.csv").with_code(0);
    let told = rotate(&stage, "", 5).stdout;
    for part in [
        "https://pms.example/developer/apps",
        "Platform team, platform@hotel.example",
        "1 (lisbon-city)",
        "rackrate creds rotate --client rates-app --continue",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    held(&stage, "apply plan.json");
    held(&stage, "apply --resume");
    assert_eq!(stage.vendors.writes(), 0);
    portal(&stage, "client_secret");
    stage.write("secrets/client_secret", NEW);
    rotate(&stage, "--continue", 0);
    let _ = stage.run("apply --resume").with_code(0);
    assert_eq!(stage.wrong("generic", |_| Some(120)), [""; 0]);
    assert_eq!(steps(&stage), ["begun", "proved", "released"]);
}

#[test]
fn a_secret_that_is_still_the_old_one_or_not_good_releases_nothing() {
    let stage = stage(false);
    let _ = stage.run("plan rates.csv").with_code(0);
    rotate(&stage, "", 5);
    let same = rotate(&stage, "--continue", 5).stderr;
    assert!(same.contains("[creds.secret_unchanged]"), "{same}");
    stage.write("secrets/client_secret", "mistyped");
    let refused = rotate(&stage, "--continue", 5);
    assert!(refused.stderr.contains("[credential."), "{refused:?}");
    held(&stage, "apply plan.json");
    assert_eq!(steps(&stage), ["begun"]);
}

#[test]
fn without_a_sealing_key_a_good_secret_is_enough_and_the_screen_says_so() {
    let stage = stage(false);
    stage.change("rackrate.toml", "seal_key = \"file:secrets/seal\"\n", "");
    rotate(&stage, "", 5);
    let told = rotate(&stage, "", 5).stdout;
    assert!(told.contains("Without a seal_key"), "{told}");
    portal(&stage, "client_secret");
    stage.write("secrets/client_secret", NEW);
    rotate(&stage, "--continue", 0);
    assert_eq!(steps(&stage), ["begun", "proved", "released"]);
}

#[test]
fn a_change_that_is_given_up_releases_at_once() {
    let stage = stage(false);
    let _ = stage.run("plan rates.csv").with_code(0);
    rotate(&stage, "", 5);
    held(&stage, "apply plan.json");
    rotate(&stage, "--abort", 0);
    let _ = stage.run("apply --resume").with_code(0);
    assert_eq!(steps(&stage), ["begun", "aborted"]);
    let nothing = rotate(&stage, "--abort", 0);
    assert!(nothing.stdout.contains("No change"), "{nothing:?}");
}

#[test]
fn where_two_secrets_live_side_by_side_nothing_is_held_and_the_switch_is_proved() {
    let stage = stage(true);
    let _ = stage.run("plan rates.csv").with_code(0);
    stage.write("secrets/next", NEW);
    let refused = rotate(&stage, "--new file:secrets/next", 5);
    assert!(refused.stderr.contains("[credential."), "{refused:?}");
    portal(&stage, "client_secret_beside");
    let proved = rotate(&stage, "--new file:secrets/next", 5).stdout;
    assert!(proved.contains("The new secret is good."), "{proved}");
    let _ = stage.run("apply plan.json").with_code(0);
    rotate(&stage, "--continue", 5);
    let from = "client_secret = \"file:secrets/client_secret\"";
    stage.change(
        "rackrate.toml",
        from,
        "client_secret = \"file:secrets/next\"",
    );
    let done = rotate(&stage, "--continue", 0).stdout;
    let delete = "Delete the old one now: https://pms.example/developer/apps";
    assert!(done.contains(delete), "{done}");
    portal(&stage, "client_secret");
    let _ = stage.run("verify").with_code(0);
    assert_eq!(steps(&stage), ["begun", "proved", "released"]);
}

#[test]
fn what_does_not_fit_is_said_before_anything_begins() {
    let stage = stage(false);
    let said = |flags: &str, code: &str| {
        let ended = stage.run(&format!("creds rotate {flags}")).with_code(2);
        assert!(ended.stderr.contains(&format!("[{code}]")), "{ended:?}");
        assert!(!ended.stderr.contains("hunter2"), "{ended:?}");
    };
    said("--client other", "creds.unknown_client");
    said("--client rates-app --secret other", "creds.which_secret");
    said("--client rates-app --new hunter2", "config.secret");
    said(
        "--client rates-app --new exec:hunter2",
        "config.exec_not_allowed",
    );
    said("--client rates-app --new file:x", "creds.no_overlap");
    stage.change("rackrate.toml", "overlap = false", "overlap = true");
    said("--client rates-app", "creds.new_place");
    assert_eq!(steps(&stage), [""; 0]);
}

#[test]
fn programs_read_the_same_as_json() {
    let stage = stage(false);
    let told = rotate(&stage, "-o json", 5).stdout;
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["state"], "waits");
    assert_eq!(told["holds_pushes"], true);
    assert_eq!(told["connections"], serde_json::json!(["generic"]));
    assert_eq!(
        told["next"],
        "rackrate creds rotate --client rates-app --continue"
    );
}

#[test]
fn a_secret_that_may_do_more_than_was_asked_for_is_good_and_told() {
    let stage = stage(false);
    rotate(&stage, "", 5);
    portal(&stage, "client_secret");
    stage.write("secrets/client_secret", NEW);
    stage
        .vendors
        .switch("generic", "scopes", "guests:read rates:write rates:read");
    let done = rotate(&stage, "--continue", 0);
    assert!(done.stderr.contains("[credential.scope_extra]"), "{done:?}");
    assert_eq!(steps(&stage), ["begun", "proved", "released"]);
}

#[test]
fn a_vendor_that_cannot_be_reached_is_not_told_as_one_that_refuses() {
    let stage = stage(false);
    rotate(&stage, "", 5);
    stage.write("secrets/client_secret", NEW);
    let down = Rule {
        path: Some("/oauth/token".to_owned()),
        per_mille: Some(1_000),
        ..Rule::next(Fate::ErrorBefore)
    };
    stage.vendors.fault("generic", &down);
    let apply = "[apply]\ndeadline = \"3s\"\n\n[guards]";
    stage.change("rackrate.toml", "[guards]", apply);
    let told = rotate(&stage, "--continue", 1).stdout;
    assert!(told.contains("could not be asked"), "{told}");
    assert_eq!(steps(&stage), ["begun"]);
}

/// A terminal at which a change is begun, up to its question; then these keys are pressed.
fn at_the_question(stage: &Stage, keys: &[u8]) -> Ended {
    let program = binary().display();
    let line = format!("exec {program} creds rotate --client rates-app");
    let mut command = Command::new("script");
    let mut terminal = command
        .args(["--quiet", "--return", "--command", &line, "/dev/null"])
        .current_dir(stage.folder())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut screen = BufReader::new(terminal.stdout.take().unwrap());
    let mut seen = String::new();
    while !seen.contains("Done?") {
        assert!(screen.read_line(&mut seen).unwrap() > 0, "{seen}");
    }
    terminal.stdin.take().unwrap().write_all(keys).unwrap();
    screen.read_to_string(&mut seen).unwrap();
    let code = terminal.wait().unwrap().code();
    Ended {
        code,
        stdout: seen,
        stderr: String::new(),
    }
}

#[test]
fn a_person_who_is_asked_may_say_yes_stop_or_leave() {
    let stage = stage(false);
    let stopped = at_the_question(&stage, b"\x03").with_code(130);
    assert!(stopped.stdout.contains("[creds.stopped]"), "{stopped:?}");
    let left = at_the_question(&stage, b"\x04").with_code(5);
    assert!(left.stdout.contains("--continue"), "{left:?}");
    assert_eq!(steps(&stage), ["begun"]);
    portal(&stage, "client_secret");
    stage.write("secrets/client_secret", NEW);
    let done = at_the_question(&stage, b"\n").with_code(0);
    assert!(done.stdout.contains("is good and in use"), "{done:?}");
    assert_eq!(steps(&stage), ["begun", "proved", "released"]);
}

/// Kills of the real binary while it proves: the repeat comes to the same end.
#[test]
fn a_change_that_is_killed_while_it_proves_goes_on_where_it_was() {
    for fate in [Fate::RequestLost, Fate::AnswerLost] {
        let stage = stage(false);
        rotate(&stage, "", 5);
        portal(&stage, "client_secret");
        stage.write("secrets/client_secret", NEW);
        let rule = Rule {
            path: Some("/oauth/token".to_owned()),
            ..Rule::next(fate)
        };
        stage.vendors.fault("generic", &rule);
        let command = "creds rotate --client rates-app --continue";
        let mut program = stage.program().start(command);
        assert!(stage.vendors.wait_for("generic", fate).is_some());
        let _ = program.kill();
        program.wait().unwrap();
        stage.vendors.heal("generic");
        assert_eq!(steps(&stage), ["begun"], "{fate:?}");
        rotate(&stage, "--continue", 0);
        rotate(&stage, "--continue", 0);
        assert_eq!(steps(&stage), ["begun", "proved", "released"], "{fate:?}");
    }
}
