//! Credentials that are looked after: what is on record of them, checks for pipelines, what
//! ends when, calls that keep them alive, and reviews. Judged by the vendors' record.

#![expect(clippy::unwrap_used, reason = "what cannot be read ends the test")]

use rackrate_e2e::person::Login;
use rackrate_e2e::{Ended, Hotel, Stage};
use serde_json::Value;

/// Two vendors: one with tokens for its client, one with a key.
fn stage() -> Stage {
    let stage = Stage::new(&["generic", "cloudbeds"], vec![Hotel::lisbon(3)]);
    stage.lasting_tokens("generic");
    stage.keep_tokens();
    let contact = "Europe/Lisbon,04:00,EUR,gross,,,front desk\n";
    stage.change(
        "properties.csv",
        "Europe/Lisbon,04:00,EUR,gross,,,\n",
        contact,
    );
    stage
}

/// One vendor, whose grant a person gave.
fn connected() -> Stage {
    let stage = Stage::new(&["generic"], vec![Hotel::lisbon(3)]);
    stage.lasting_tokens("generic");
    stage.keep_tokens();
    stage.ask_for_consent();
    let login = Login::start(&stage, "generic");
    assert_eq!(login.consent().status, 200);
    let _ = login.ended().with_code(0);
    stage
}

fn json(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).unwrap()
}

fn calls(stage: &Stage) -> u64 {
    let names = stage.entries.iter().map(|entry| entry.id);
    names.map(|name| stage.vendors.record(name).calls).sum()
}

#[test]
fn a_use_is_on_record_with_the_run_that_made_it() {
    let stage = stage();
    let before = json(&stage.run("creds list -o json").with_code(0));
    assert_eq!(before["credentials"][0]["last_used"], Value::Null);
    let _ = stage.run("discover generic").with_code(0);
    let after = json(&stage.run("creds list -o json").with_code(0));
    let used = |name: &str| {
        let mut all = after["credentials"].as_array().unwrap().iter();
        let one = all.find(|one| one["connection"] == name).unwrap();
        one["last_used"].is_string()
    };
    assert_eq!([used("generic"), used("cloudbeds")], [true, false]);
    let table = stage.run("creds list").with_code(0).stdout;
    assert!(
        table.lines().all(|line| line.chars().count() <= 80),
        "{table}"
    );
    assert!(table.contains("rates:write"), "{table}");
}

#[test]
fn a_secret_that_was_changed_is_dated() {
    let stage = stage();
    let changed = |stage: &Stage| {
        let _ = stage.run("creds check cloudbeds");
        let list = json(&stage.run("creds list -o json"));
        let mut all = list["credentials"].as_array().unwrap().iter();
        let one = all.find(|one| one["connection"] == "cloudbeds").unwrap();
        one["last_changed"].clone()
    };
    assert_eq!(changed(&stage), Value::Null);
    assert_eq!(changed(&stage), Value::Null, "the same secret is no change");
    stage.write("secrets/api_key", "cbat_another");
    assert!(changed(&stage).is_string());
}

#[test]
fn good_credentials_pass_and_a_pipeline_reads_a_case_for_each_question() {
    let stage = stage();
    let table = stage.run("creds check --all").with_code(0).stdout;
    assert!(
        table.lines().all(|line| line.chars().count() <= 80),
        "{table}"
    );
    assert_eq!(table.matches(" good ").count(), 2, "{table}");
    let junit = stage.run("creds check --all -o junit").with_code(0).stdout;
    assert!(junit.contains("failures=\"0\""), "{junit}");
    for case in [
        "classname=\"generic\" name=\"call\"",
        "classname=\"generic\" name=\"scopes\"",
        "classname=\"generic\" name=\"clock\"",
        "classname=\"cloudbeds\" name=\"hotels\"",
    ] {
        assert!(junit.contains(case), "{case}: {junit}");
    }
}

#[test]
fn what_is_wrong_with_one_credential_stops_no_other() {
    let stage = stage();
    std::fs::remove_file(stage.path("secrets/api_key")).unwrap();
    let ended = stage.run("creds check --all -o json").with_code(5);
    let told = json(&ended);
    let verdicts: Vec<_> = told["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (
                one["connection"].as_str().unwrap(),
                one["verdict"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(verdicts, [("cloudbeds", "failed"), ("generic", "good")]);
    assert!(ended.stderr.contains("[secret.not_found]"), "{ended:?}");
    stage.write("secrets/api_key", "cbat_revoked");
    let ended = stage.run("creds check --all").with_code(5);
    assert!(ended.stderr.contains("[credential."), "{ended:?}");
}

#[test]
fn a_hotel_that_the_credential_does_not_reach_fails_the_check() {
    let stage = stage();
    stage.change("mapping.csv", "5886676873777241", "999");
    let ended = stage.run("creds check generic").with_code(1);
    assert!(
        ended.stderr.contains("[mapping.not_at_vendor]"),
        "{ended:?}"
    );
    assert!(ended.stdout.contains("0 of 1"), "{ended:?}");
}

#[test]
fn a_check_asks_after_a_refresh_token_and_does_not_use_it_up() {
    let stage = connected();
    for _ in 0..3 {
        let told = json(&stage.run("creds check -o json").with_code(0));
        let checks = told["checks"][0]["checks"].as_array().unwrap();
        let refresh = checks.iter().find(|one| one["what"] == "refresh").unwrap();
        assert_eq!(refresh["answer"], "active");
    }
    let record = stage.vendors.record("generic");
    assert_eq!((record.rotations, record.reuses), (0, 0));
}

#[test]
fn only_what_rested_too_long_is_used_and_one_request_is_enough() {
    let stage = stage();
    let first = stage.run("creds keepalive").with_code(0).stdout;
    assert_eq!(first.matches("called").count(), 2, "{first}");
    let before = calls(&stage);
    let second = stage.run("creds keepalive").with_code(0).stdout;
    assert_eq!(second.matches("young enough").count(), 2, "{second}");
    assert_eq!(calls(&stage), before);
    let _ = stage.run("creds keepalive --all").with_code(0);
    assert_eq!(calls(&stage), before + 2, "a live token is used");
}

#[test]
fn who_has_to_consent_is_told_by_keepalive_and_forecast() {
    let stage = stage();
    stage.ask_for_consent();
    let kept = stage.run("creds keepalive").with_code(5);
    assert!(
        kept.stdout.contains("called"),
        "the other is used: {kept:?}"
    );
    let _ = stage.run("creds forecast").with_code(0);
    let told = stage.run("creds forecast --fail-if-human 14d").with_code(5);
    let table = &told.stdout;
    // Below the table, addresses of sources stay whole.
    let mut lines = table.lines().take_while(|line| !line.is_empty());
    assert!(lines.all(|line| line.chars().count() <= 80), "{table}");
    assert!(table.contains("front desk"), "{table}");
    assert!(table.contains("unused for 30 days"), "{table}");
    assert!(table.contains("developers.cloudbeds.com"), "{table}");
}

#[test]
fn a_forecast_sends_nothing_and_needs_no_secret() {
    let stage = stage();
    std::fs::remove_dir_all(stage.path("secrets")).unwrap();
    let told = json(
        &stage
            .run("creds forecast --within 90d -o json")
            .with_code(0),
    );
    assert_eq!(told["endings"][0]["rule"], "unused for 30 days");
    assert_eq!(told["endings"][0]["act"]["who"], "nobody");
    assert_eq!(calls(&stage), 0);
    let wrong = stage.run("creds forecast --within soon").with_code(2);
    assert!(wrong.stderr.contains("90d"), "{wrong:?}");
}

#[test]
fn a_consent_that_ends_on_a_day_is_the_hotels_matter_before_that() {
    let stage = connected();
    let rules = "consent = { unused_days = 60, ends_after_days = 30 }";
    stage.change("rackrate.toml", "consent = {}", rules);
    let told = json(&stage.run("creds forecast -o json").with_code(0));
    let whose: Vec<_> = [0, 1]
        .map(|at| told["endings"][at]["act"]["who"].clone())
        .into();
    assert_eq!(whose, ["hotel", "nobody"], "{told}");
    let _ = stage.run("creds forecast --fail-if-human 14d").with_code(0);
    let _ = stage.run("creds forecast --fail-if-human 30d").with_code(5);
}

#[test]
fn a_clients_secret_that_ends_is_its_owners_matter() {
    let stage = stage();
    let of_client = "[clients.app]\nowner = \"Distribution\"\nexpires = \"2020-01-31\"\n\n[connections.generic]\nclient = \"app\"\n";
    stage.change("rackrate.toml", "[connections.generic]\n", of_client);
    let told = stage.run("creds forecast --fail-if-human 14d").with_code(5);
    assert!(told.stdout.contains("Distribution: a new one"), "{told:?}");
}

#[test]
fn a_review_is_written_filled_in_taken_in_and_checked() {
    let stage = stage();
    let quarter = Stage::quarter();
    let run = |rest: &str| stage.run(&format!("creds review --quarter {quarter} {rest}"));
    let overdue = run("--check").with_code(5);
    assert!(overdue.stderr.contains("[review.overdue]"), "{overdue:?}");
    let _ = run("--out review.csv").with_code(0);
    assert!(stage.read("review.csv").contains("front desk"));
    let _ = run("--out review.csv").with_code(2);
    let empty = run("--done review.csv").with_code(2);
    assert!(empty.stderr.contains("review.csv:2:decision"), "{empty:?}");
    stage.change("review.csv", ",,\n", ",keep,Ana Reviewer\n");
    let taken = run("--done review.csv").with_code(0);
    let _ = run("--check").with_code(0);
    let lines = stage.run("audit export").with_code(0).stdout;
    let reviewed = lines
        .lines()
        .find(|line| line.contains("reviewed"))
        .unwrap();
    let told = taken.stdout.lines().nth(1).unwrap();
    let digest = told.split(": ").last().unwrap();
    assert!(
        digest.len() == 64 && reviewed.contains(digest),
        "{reviewed}"
    );
    assert!(!lines.contains("Ana Reviewer"), "names are kept apart");
    let actors = stage.run("audit actors").with_code(0).stdout;
    assert!(actors.contains("Ana Reviewer"), "{actors}");
    let _ = stage.run("audit verify").with_code(0);
}

#[test]
fn a_sheet_of_credentials_that_have_changed_is_refused() {
    let stage = stage();
    let quarter = Stage::quarter();
    let run = |rest: &str| stage.run(&format!("creds review --quarter {quarter} {rest}"));
    let _ = run("--out review.csv").with_code(0);
    stage.change("review.csv", ",,\n", ",keep,Ana\n");
    stage.change("review.csv", ",key,", ",client,");
    let refused = run("--done review.csv").with_code(2);
    assert!(refused.stderr.contains("review.csv:2:by"), "{refused:?}");
    let _ = run("--check").with_code(5);
    let ahead = stage
        .run("creds review --quarter 2999Q1 --out x.csv")
        .with_code(2);
    assert!(
        ahead.stderr.contains("[review.future_quarter]"),
        "{ahead:?}"
    );
}
