//! The audit trail of the real program, on its real ledger file.

#![expect(
    clippy::unwrap_used,
    reason = "a step that cannot be done ends the test"
)]

mod hands;
mod keys;
mod tells;

use std::path::{Path, PathBuf};

use rackrate_e2e::{Hotel, Stage};
use rusqlite::Connection;
use serde_json::Value;

const KEY: &str = "c2l4dGVlbiBieXRlcyBhbmQgc2l4dGVlbiBtb3JlLiE=";

/// A hotel, a calendar, and a key for the trail.
fn stage() -> Stage {
    let stage = Stage::new(&["generic"], vec![Hotel::lisbon(3)]);
    stage.calendar(|_| Some(120));
    stage.write("secrets/audit", KEY);
    let first = "audit_key = \"file:secrets/audit\"\n[guards]";
    stage.change("rackrate.toml", "[guards]", first);
    stage
}

/// A stage on which prices were planned and applied.
fn applied() -> Stage {
    let stage = stage();
    let _ = stage.run("plan rates.csv").with_code(0);
    let _ = stage.run("apply plan.json").with_code(0);
    stage
}

fn ledger(stage: &Stage) -> PathBuf {
    stage.path("rackrate.db")
}

fn sql(stage: &Stage, sql: &str) {
    let db = Connection::open(ledger(stage)).unwrap();
    db.execute_batch(sql).unwrap();
}

fn number(stage: &Stage, sql: &str) -> u64 {
    let db = Connection::open(ledger(stage)).unwrap();
    let number: i64 = db.query_row(sql, [], |row| row.get(0)).unwrap();
    u64::try_from(number).unwrap()
}

/// Lines as they are exported.
fn lines(stage: &Stage) -> Vec<Value> {
    let exported = stage.run("audit export").with_code(0).stdout;
    let rows = exported
        .lines()
        .map(|row| serde_json::from_str(row).unwrap());
    rows.filter(|row: &Value| row.get("line").is_some())
        .collect()
}

fn told(stage: &Stage, what: &str) -> Vec<Value> {
    let lines = lines(stage).into_iter().map(|row| row["line"].clone());
    lines.filter(|line| line["what"] == what).collect()
}

/// The codes of errors, and the exit code, of `audit verify`.
fn verdict(stage: &Stage, flags: &str) -> (Option<i32>, Vec<String>) {
    let ended = stage.run(&format!("audit verify -o json {flags}"));
    let told: Value = serde_json::from_str(&ended.stdout).unwrap_or_else(|_| {
        let stderr = &ended.stderr;
        panic!("no verdict: {stderr}")
    });
    let errors = told["findings"].as_array().unwrap().iter();
    let errors = errors.filter(|one| one["severity"] == "error");
    let codes = errors.map(|one| one["code"].as_str().unwrap().to_owned());
    (ended.code, codes.collect())
}

/// Puts a ledger back as it was, for the next hand.
struct Original {
    path: PathBuf,
    bytes: Vec<u8>,
}

impl Original {
    fn of(stage: &Stage) -> Self {
        let path = ledger(stage);
        let bytes = std::fs::read(&path).unwrap();
        Self { path, bytes }
    }

    fn restore(&self) {
        for suffix in ["-wal", "-shm"] {
            let _ = std::fs::remove_file(beside(&self.path, suffix));
        }
        std::fs::write(&self.path, &self.bytes).unwrap();
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    format!("{}{suffix}", path.display()).into()
}
