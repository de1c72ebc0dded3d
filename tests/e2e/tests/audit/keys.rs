//! What people do to the trail: forget a name, drop old lines, sign with a key or without.

use rackrate_e2e::said;
use serde_json::Value;

use super::{KEY, applied, ledger, number, sql, stage, verdict};

const ANOTHER: &str = "YW5vdGhlciBrZXkgdGhhdCBub2JvZHkgaGVyZSBoYXM=";

#[test]
fn an_erased_name_is_nowhere_in_the_ledger_and_the_trail_stays_valid() {
    let stage = applied();
    let actors = stage.run("audit actors -o json").with_code(0).stdout;
    let actors: Value = serde_json::from_str(&actors).unwrap();
    let (actor, name) = actors.as_object().unwrap().iter().next().unwrap();
    assert_eq!(name, "revenue");
    let holds = || {
        let bytes = std::fs::read(ledger(&stage)).unwrap();
        bytes.windows(7).any(|part| part == b"revenue")
    };
    assert!(holds());
    let eraser = stage.program().with("USER", "dpo");
    let _ = eraser.run(&format!("audit erase {actor}")).with_code(0);
    assert!(!holds());
    assert_eq!(verdict(&stage, ""), (Some(0), vec![]));
    let again = stage.run(&format!("audit erase {actor}")).with_code(1);
    said(&again, "audit.unknown_actor");
}

#[test]
fn old_lines_are_dropped_at_a_checkpoint_only_and_the_rest_is_checked_from_there() {
    let stage = applied();
    let _ = stage.run("audit export --out old.jsonl").with_code(0);
    let refused = stage.run("audit cut --before 1").with_code(2);
    said(&refused, "audit.no_checkpoint");
    let line = number(&stage, "SELECT max(line) FROM audit_checkpoint");
    let _ = stage
        .run(&format!("audit cut --before {line}"))
        .with_code(0);
    assert_eq!(number(&stage, "SELECT min(seq) FROM audit"), line + 1);
    assert_eq!(verdict(&stage, "--kept old.jsonl"), (Some(0), vec![]));
    let left = stage.run("audit export").with_code(0).stdout;
    let anchor = left.lines().next().unwrap();
    assert!(stage.read("old.jsonl").lines().any(|row| row == anchor));
    assert!(anchor.starts_with("{\"checkpoint\"") && anchor.contains(&format!("\"line\":{line},")));
    let _ = stage.run("verify").with_code(0);
    sql(
        &stage,
        "DELETE FROM audit WHERE seq = (SELECT min(seq) FROM audit)",
    );
    let (code, found) = verdict(&stage, "");
    assert_eq!((code, &found[0][..]), (Some(1), "audit.beginning_missing"));
}

#[test]
fn without_a_key_the_chain_is_checked_and_nothing_is_signed_or_cut() {
    let stage = stage();
    stage.change("rackrate.toml", "audit_key = \"file:secrets/audit\"\n", "");
    let _ = stage.run("plan rates.csv").with_code(0);
    let ended = stage.run("audit verify").with_code(0);
    assert!(ended.stdout.contains("intact"), "{}", ended.stdout);
    said(&ended, "audit.no_key");
    for command in ["audit sign", "audit cut --before 1"] {
        let refused = stage.run(command).with_code(2);
        said(&refused, "audit.no_key");
    }
}

#[test]
fn a_key_that_is_none_or_another_one_is_told() {
    let stage = applied();
    stage.write("secrets/audit", ANOTHER);
    let ended = stage.run("audit verify").with_code(0);
    said(&ended, "audit.unknown_key");
    stage.write("secrets/audit", "not a key");
    for command in ["audit verify", "plan rates.csv"] {
        let refused = stage.run(command).with_code(2);
        said(&refused, "config.audit_key");
        assert!(!refused.stderr.contains("not a key"));
    }
    let elsewhere = tempfile::tempdir().unwrap();
    std::fs::copy(
        stage.path("rackrate.toml"),
        elsewhere.path().join("rackrate.toml"),
    )
    .unwrap();
    std::fs::create_dir(elsewhere.path().join("secrets")).unwrap();
    std::fs::write(elsewhere.path().join("secrets/audit"), KEY).unwrap();
    let program = rackrate_e2e::Program::at(elsewhere.path());
    let refused = program.run("audit verify").with_code(2);
    said(&refused, "audit.no_ledger");
}
