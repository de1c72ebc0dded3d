//! Planted secrets: whatever the program does and however much it says, none comes out.
//!
//! A marker that is no secret is planted too, in every form that is searched for, and has to
//! be found: else the search would prove nothing.

#![expect(clippy::unwrap_used, reason = "what cannot be collected ends the test")]

use rackrate_catalog::showcase;
use rackrate_e2e::guest::{TEXTS, guest};
use rackrate_e2e::outputs::{Outputs, all_forms};
use rackrate_e2e::search::forms;
use rackrate_e2e::vendors::FAST;
use rackrate_e2e::{Ended, Hotel, Program, Stage};
use rackrate_orchestrator::sample::{needed, secret};
use rackrate_simulator::faults::Fate;
use rackrate_simulator::serve::Rule;

const CLIENT_ID: &str = "planted-id+5e/81&north=1";
const CLIENT_SECRET: &str = "planted-secret+9c/1e&south=2";
const API_KEY: &str = "cbat_planted+key/4b&east=3";
const WRONG_KEY: &str = "cbat_planted+wrong/7d&west=4";
const PASTED: &str = "planted+pasted/2a&centre=5";

/// Neither a secret nor in any file that the vendors send.
const MARKER: &str = "marker+9f/2c&up=6";

/// Every flag that makes it say more.
const LOUD: [&str; 2] = ["-vvv", "-vvv --log-format json"];

fn stage() -> (Stage, Program) {
    let secrets = [
        ("client_id", CLIENT_ID),
        ("client_secret", CLIENT_SECRET),
        ("api_key", API_KEY),
    ];
    let mut hotel = Hotel::lisbon(4);
    hotel.name = MARKER;
    let stage = Stage::with(&["cloudbeds", "generic"], vec![hotel], &secrets, FAST);
    // One secret comes from the environment, two from files.
    stage.change(
        "rackrate.toml",
        "file:secrets/client_secret",
        "env:E2E_SECRET",
    );
    std::fs::remove_file(stage.path("secrets/client_secret")).unwrap();
    stage.calendar(|night| Some(110 + u64::from(night)));
    for vendor in ["cloudbeds", "generic"] {
        stage.vendors.plant(vendor, &guest());
    }
    let program = stage.program().with("E2E_SECRET", CLIENT_SECRET);
    (stage, program)
}

/// A run that is killed while a write is under way, so that the ledger's log stays behind.
fn killed(stage: &Stage, program: &Program, outputs: &mut Outputs) {
    let rule = Rule {
        method: Some("POST".to_owned()),
        path: Some("/v2/rates".to_owned()),
        ..Rule::next(Fate::AnswerLost)
    };
    stage.vendors.fault("generic", &rule);
    let mut child = program.start("apply plan.json -vvv");
    assert!(
        stage
            .vendors
            .wait_for("generic", Fate::AnswerLost)
            .is_some()
    );
    child.kill().unwrap();
    outputs.take(
        "apply, killed",
        &Ended::of(child.wait_with_output().unwrap()),
    );
    outputs.take_files(stage, "killed");
}

fn whole_way(stage: &Stage, program: &Program, outputs: &mut Outputs) {
    let plan = format!(
        "plan rates.csv -vvv --log-format json --reason {}",
        all_forms(MARKER)
    );
    for loud in LOUD {
        let listed = program.run(&format!("discover generic --write-mapping {loud}"));
        outputs.take("discover", &listed.with_code(0));
        let listed = program.run(&format!("discover cloudbeds -o json {loud}"));
        outputs.take("discover", &listed.with_code(0));
    }
    outputs.take("plan", &program.run(&plan).with_code(0));
    killed(stage, program, outputs);
    outputs.take_files(stage, "killed");
    for loud in LOUD {
        let resumed = program.run(&format!("apply --resume -o json {loud}"));
        outputs.take("resume", &resumed.with_code(0));
        let verify = format!("verify --metrics-file metrics.prom {loud}");
        outputs.take("verify", &program.run(&verify).with_code(0));
        outputs.take("junit", &program.run(&format!("verify -o junit {loud}")));
        outputs.take("show", &program.run(&format!("show plan.json {loud}")));
        outputs.take("config show", &program.run(&format!("config show {loud}")));
    }
    outputs.take_files(stage, "done");
}

/// The demo with its saved state; its simulators accept secrets of their own.
fn demo(stage: &Stage, program: &Program, outputs: &mut Outputs) {
    let demo = program.run("demo --state demo -vvv --log-format json");
    outputs.take("demo", &demo.with_code(0));
    for entry in std::fs::read_dir(stage.path("demo")).unwrap() {
        let path = entry.unwrap().path();
        outputs.take_file(&format!("demo: {}", path.display()), &path);
    }
}

/// Mistakes in which a secret stands where it should not, or is wrong.
fn mistakes(stage: &Stage, program: &Program, outputs: &mut Outputs) {
    let good = stage.read("rackrate.toml");
    let pasted = format!("\"{PASTED}\"");
    let changes = [
        ("\"env:E2E_SECRET\"", pasted.clone()),
        (
            "\"env:E2E_SECRET\"",
            format!("\"file:secrets/api_key\"\nmore = {pasted}"),
        ),
        ("adults = 2", format!("adults = {pasted}")),
        ("adults = 2", format!("adults = 2\napi_key = {pasted}")),
        ("adults = 2", format!("adults = 2\n{pasted}")),
        ("[guards]", format!("client_secret = {pasted}\n[guards]")),
        ("basis = \"gross\"", format!("basis = {pasted}")),
    ];
    for (from, to) in changes {
        stage.write("rackrate.toml", &good.replace(from, &to));
        for command in ["plan rates.csv", "config validate", "config show"] {
            let ended = program.run(&format!("{command} -vvv --errors-file errors.jsonl"));
            outputs.take("mistake", &ended.with_code(2));
        }
        outputs.take_files(stage, "mistake");
    }
    stage.write("rackrate.toml", &good);
    stage.write("secrets/api_key", WRONG_KEY);
    for loud in LOUD {
        let plan = program.run(&format!("plan rates.csv --max-age 0s {loud}"));
        outputs.take("wrong key", &plan.with_code(5));
        let listed = program.run(&format!("discover cloudbeds {loud}"));
        outputs.take("wrong key", &listed.with_code(5));
        outputs.take(
            "wrong key",
            &program.run(&format!("verify {loud}")).with_code(5),
        );
    }
    outputs.take_files(stage, "wrong key");
}

#[test]
fn no_secret_comes_out_in_any_form_and_a_marker_is_found_in_each() {
    let (stage, program) = stage();
    let mut outputs = Outputs::default();
    whole_way(&stage, &program, &mut outputs);
    mistakes(&stage, &program, &mut outputs);
    demo(&stage, &program, &mut outputs);

    for (form, _) in forms(MARKER) {
        let places = outputs.places(MARKER);
        for place in ["plan.json", "rackrate.db-wal"] {
            let there = |(name, one): &(String, &str)| name.ends_with(place) && *one == form;
            assert!(places.iter().any(there), "the marker as {form} in {place}");
        }
    }
    let logged = outputs.places(MARKER);
    assert!(
        logged.iter().any(|(name, _)| name == "show: stdout"),
        "{logged:?}"
    );
    assert!(outputs.has("metrics.prom"), "no metrics were written");
    let names = showcase().into_iter().flat_map(needed);
    let simulated: Vec<_> = names.map(secret).collect();
    let planted = [CLIENT_ID, CLIENT_SECRET, API_KEY, WRONG_KEY, PASTED];
    for secret in planted
        .into_iter()
        .chain(simulated.iter().map(String::as_str))
        .chain(TEXTS)
    {
        assert_eq!(outputs.places(secret), [], "{secret}");
    }
}
