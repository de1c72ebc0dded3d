//! A fault of the program itself, with every secret and a guest in its hands: it is told
//! without them, and what was under way is settled as after any other end.

#![expect(clippy::unwrap_used, reason = "what cannot be made ends the test")]

use std::path::Path;

use rackrate_e2e::guest::{TEXTS, guest};
use rackrate_e2e::outputs::{Outputs, all_forms};
use rackrate_e2e::search::forms;
use rackrate_e2e::vendors::FAST;
use rackrate_e2e::{Ended, Hotel, Program, Stage};

const CLIENT_ID: &str = "planted-id+3a/70&north=1";
const CLIENT_SECRET: &str = "planted-secret+8d/2f&south=2";
const API_KEY: &str = "cbat_planted+key/6c&east=3";

/// No secret: shows that the search sees what is there.
const MARKER: &str = "marker+1b/4d&up=5";

/// Every flag that makes it say more.
const LOUD: [&str; 2] = ["-vvv", "-vvv --log-format json"];

/// A run that broke off.
struct Broken {
    stage: Stage,
    ended: Ended,
    outputs: Outputs,
    /// What the panic's message said, and nobody may hear.
    hands: Vec<String>,
}

fn price(night: u16) -> Option<u64> {
    Some(110 + u64::from(night))
}

fn stage(vendor: &str) -> Stage {
    let secrets = [
        ("client_id", CLIENT_ID),
        ("client_secret", CLIENT_SECRET),
        ("api_key", API_KEY),
    ];
    let stage = Stage::with(&[vendor], vec![Hotel::lisbon(4)], &secrets, FAST);
    stage.vendors.plant(vendor, &guest());
    stage.calendar(price);
    let plan = format!("plan rates.csv --reason {}", all_forms(MARKER));
    let _ = stage.run(&plan).with_code(0);
    stage
}

fn program(stage: &Stage) -> Program {
    stage
        .program()
        .from(Path::new(env!("CARGO_BIN_EXE_breaking")))
        .with("E2E_SECRET", CLIENT_SECRET)
        .with("RUST_BACKTRACE", "1")
}

/// Applies a plan with the fault at that place.
fn broken(vendor: &str, at: &str, loud: &str) -> Broken {
    let stage = stage(vendor);
    let apply =
        format!("apply plan.json --metrics-file metrics.prom --errors-file errors.jsonl {loud}");
    let ended = program(&stage).with("E2E_BREAKS", at).run(&apply);
    let message = stage.read("message.txt");
    std::fs::remove_file(stage.path("message.txt")).unwrap();
    let hands = message.lines().next().unwrap().split(' ');
    let hands = hands.map(str::to_owned).collect();
    let mut outputs = Outputs::default();
    outputs.take("broken", &ended);
    outputs.take_files(&stage, "broken");
    Broken {
        stage,
        ended: ended.with_code(1),
        outputs,
        hands,
    }
}

impl Broken {
    /// What a person hears: the code, the place, the way on; and none of the secrets.
    fn is_told_without_secrets(&self) {
        let findings = self.stage.findings();
        let [finding] = findings.as_slice() else {
            panic!("{findings:?}");
        };
        assert_eq!(finding.code, "program.panic");
        assert!(finding.message.contains("breaking.rs:"), "{finding}");
        assert!(finding.hint.contains("apply --resume"), "{finding}");
        let heard = &self.ended.stderr;
        assert!(heard.contains("[program.panic]"), "{heard}");
        assert!(heard.contains("the way to it"), "{heard}");
        for secret in self.hands.iter().map(String::as_str).chain(TEXTS) {
            assert_eq!(self.outputs.places(secret), [], "{secret}");
        }
    }

    fn marker_is_found(&self) {
        let places = self.outputs.places(MARKER);
        for (form, _) in forms(MARKER) {
            let there = |(name, one): &(String, &str)| name.contains("rackrate.db") && *one == form;
            assert!(
                places.iter().any(there),
                "the marker as {form} in the ledger"
            );
        }
    }

    /// Whether the prices are in place, each sent once.
    fn prices_are_in_place(&self, vendor: &str) {
        let _ = self.stage.run("verify").with_code(0);
        assert_eq!(self.stage.wrong(vendor, price), [""; 0]);
        assert_eq!(self.stage.vendors.record(vendor).doubled, 0);
    }
}

#[test]
fn a_fault_while_an_answer_is_read_is_told_without_its_message_and_can_be_resumed() {
    std::thread::scope(|scope| {
        for (vendor, secrets) in [
            ("cloudbeds", [API_KEY, CLIENT_SECRET]),
            ("generic", [CLIENT_ID, CLIENT_SECRET]),
        ] {
            for loud in LOUD {
                scope.spawn(move || {
                    let broken = broken(vendor, "push", loud);
                    for secret in secrets {
                        assert!(broken.hands.iter().any(|one| one == secret), "{secret}");
                    }
                    broken.is_told_without_secrets();
                    broken.marker_is_found();
                    assert!(broken.outputs.has("metrics.prom"));
                    let _ = broken.stage.run("apply --resume").with_code(0);
                    broken.prices_are_in_place(vendor);
                });
            }
        }
    });
}

#[test]
fn a_fault_before_anything_is_sent_is_told_as_well_and_the_plan_still_applies() {
    for loud in LOUD {
        let broken = broken("generic", "shape", loud);
        assert_eq!(broken.hands, [CLIENT_SECRET]);
        broken.is_told_without_secrets();
        assert_eq!(broken.stage.vendors.writes(), 0);
        let _ = broken.stage.run("apply plan.json").with_code(0);
        broken.prices_are_in_place("generic");
    }
}
