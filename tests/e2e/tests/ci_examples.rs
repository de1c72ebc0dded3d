//! The scripts of `examples/ci`, run as a pipeline runs them.

#![expect(clippy::unwrap_used, reason = "what cannot be run ends the test")]

use std::path::Path;
use std::process::Command;

use rackrate_core::money::Minor;
use rackrate_core::simulator::Control;
use rackrate_e2e::program::binary;
use rackrate_e2e::{Ended, Hotel, Stage};

fn run(stage: &Stage, script: &str) -> Ended {
    with(stage, script, &[])
}

/// Runs it with these variables.
fn with(stage: &Stage, script: &str, variables: &[(&str, &str)]) -> Ended {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/ci");
    let mut command = Command::new("sh");
    command
        .arg(scripts.join(script))
        .current_dir(stage.folder());
    command
        .env_remove("RACKRATE_CONFIG")
        .env("RACKRATE", binary())
        .envs(variables.iter().copied());
    Ended::of(command.output().unwrap())
}

fn applied() -> Stage {
    let stage = Stage::new(&["generic"], vec![Hotel::lisbon(2)]);
    stage.keep_tokens();
    let audit = "audit_key = \"file:secrets/seal\"\n[guards]";
    stage.change("rackrate.toml", "[guards]", audit);
    stage.calendar(|_| Some(120));
    let _ = stage.run("plan rates.csv").with_code(0);
    let _ = stage.run("apply plan.json").with_code(0);
    stage
}

#[test]
fn verify_tells_prices_that_somebody_changed_by_its_exit_code_and_its_report() {
    let stage = applied();
    let good = run(&stage, "verify.sh").with_code(0);
    assert!(good.stdout.contains("shows what was applied"), "{good:?}");
    let mut held = stage.vendors.held("generic").remove(0);
    held.price = Some(Minor(9_900));
    stage.vendors.control("generic", &Control::SetPrice(held));
    let other = run(&stage, "verify.sh").with_code(3);
    assert!(other.stderr.contains("prices differ"), "{other:?}");
    assert!(stage.read("reports/verify.xml").contains("<failure"));
    assert!(stage.read("reports/verify.prom").contains("rackrate"));
}

#[test]
fn credentials_asks_for_a_person_where_one_has_to_consent() {
    let stage = applied();
    let _ = run(&stage, "credentials.sh").with_code(0);
    let checked = stage.read("reports/credentials.xml");
    assert!(checked.contains("failures=\"0\""), "{checked}");
    stage.ask_for_consent();
    let ended = run(&stage, "credentials.sh").with_code(5);
    assert!(ended.stderr.contains("not connected"), "{ended:?}");
    assert!(stage.read("reports/credentials.json").contains("generic"));
}

#[test]
fn trail_keeps_checkpoints_and_compares_with_them() {
    let stage = applied();
    let _ = run(&stage, "trail.sh").with_code(0);
    let _ = run(&stage, "trail.sh").with_code(0);
    assert_eq!(stage.read("kept.jsonl").lines().count(), 2);
    // Kept of another ledger: this one's trail is not what was signed.
    let other = applied();
    other.write("kept.jsonl", &stage.read("kept.jsonl"));
    let _ = run(&other, "trail.sh").with_code(1);
}

#[test]
fn review_brings_the_sheet_while_it_is_due() {
    let stage = applied();
    let named = Stage::quarter().to_string();
    let quarter = &[("QUARTER", named.as_str())];
    let due = with(&stage, "review.sh", quarter).with_code(5);
    assert!(due.stderr.contains("fill in reports/review.csv"), "{due:?}");
    let _ = with(&stage, "review.sh", quarter).with_code(5);
    let sheet = "reports/review.csv";
    stage.change(sheet, ",,\n", ",keep,Ana Reviewer\n");
    let done = format!("creds review --quarter {named} --done {sheet}");
    let _ = stage.run(&done).with_code(0);
    let _ = with(&stage, "review.sh", quarter).with_code(0);
}

#[test]
fn rotate_proves_the_new_secret_and_then_the_switch() {
    const NEW: &str = "the next secret";
    let stage = applied();
    let own = "[connections.generic.secrets]\nclient_id = \"file:secrets/client_id\"\nclient_secret = \"file:secrets/client_secret\"\n";
    stage.change("rackrate.toml", own, "");
    let vendor = "vendor = \"generic\"\n";
    let of_app = format!("{vendor}client = \"app\"\n");
    stage.change("rackrate.toml", vendor, &of_app);
    let app = "[clients.app]\noverlap = true\n\n[clients.app.secrets]\nclient_id = \"file:secrets/client_id\"\nclient_secret = \"file:secrets/client_secret\"\n\n[guards]";
    stage.change("rackrate.toml", "[guards]", app);
    stage.vendors.switch("generic", "client_secret_beside", NEW);
    stage.write("secrets/next", NEW);
    let first = [("CLIENT", "app"), ("NEW", "file:secrets/next")];
    let proved = with(&stage, "rotate.sh", &first).with_code(5);
    assert!(proved.stderr.contains("the next step"), "{proved:?}");
    stage.write("secrets/client_secret", NEW);
    let done = with(&stage, "rotate.sh", &first[..1]).with_code(0);
    assert!(done.stdout.contains("is in use"), "{done:?}");
    assert!(!stage.read("reports/rotate.json").contains(NEW));
}
