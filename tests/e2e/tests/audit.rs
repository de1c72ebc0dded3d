//! The audit trail of the real program, on its real ledger file.
//!
//! Hands that may write the file change it behind the program's back, each in its own way;
//! judged is what `rackrate audit verify` says and how it ends. Run with `--nocapture` for
//! the table.

#![expect(
    clippy::unwrap_used,
    reason = "a step that cannot be done ends the test"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use rackrate_core::clock::Wall;
use rackrate_e2e::{Hotel, Stage};
use rackrate_ledger::audit::Note;
use rackrate_ledger::op::LedgerOp;
use rackrate_ledger::sqlite::SqliteLedger;
use rackrate_ledger::store::Ledger;
use rackrate_simulator::faults::Fate;
use rackrate_simulator::serve::Rule;
use rusqlite::Connection;
use serde_json::Value;

const KEY: &str = "c2l4dGVlbiBieXRlcyBhbmQgc2l4dGVlbiBtb3JlLiE=";
const ANOTHER: &str = "YW5vdGhlciBrZXkgdGhhdCBub2JvZHkgaGVyZSBoYXM=";

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

/// One byte of a line's text, in the file itself; also where an earlier copy of its page is.
fn change_a_byte(stage: &Stage) {
    let path = ledger(stage);
    let mut bytes = std::fs::read(&path).unwrap();
    let text = br#""command":"apply""#;
    let found = bytes.windows(text.len()).enumerate();
    let found: Vec<_> = found.filter(|(_, part)| *part == text).collect();
    let places: Vec<_> = found.into_iter().map(|(at, _)| at).collect();
    assert!(!places.is_empty());
    for at in places {
        bytes[at + 11] ^= 1;
    }
    std::fs::write(&path, bytes).unwrap();
}

/// The last lines of this ledger are those of another one.
fn splice(stage: &Stage, other: &Stage) {
    let other = ledger(other);
    let path = other.display();
    sql(
        stage,
        &format!(
            "ATTACH '{path}' AS other;
            DELETE FROM audit WHERE seq > 6;
            INSERT INTO audit SELECT * FROM other.audit WHERE seq > 6;
            UPDATE audit_head SET seq = (SELECT max(seq) FROM audit),
                digest = (SELECT digest FROM audit ORDER BY seq DESC LIMIT 1);"
        ),
    );
}

/// Back to an earlier, signed state, with a head that fits.
const ROLL_BACK: &str = "
    DELETE FROM audit WHERE seq > (SELECT min(line) FROM audit_checkpoint);
    DELETE FROM audit_checkpoint WHERE line > (SELECT max(seq) FROM audit);
    UPDATE audit_head SET seq = (SELECT max(seq) FROM audit),
        digest = (SELECT digest FROM audit ORDER BY seq DESC LIMIT 1);";

const LINE_WITHOUT_HEAD: &str = "
    INSERT INTO audit SELECT seq + 1, digest, digest, body FROM audit ORDER BY seq DESC LIMIT 1";

const HEAD_WITHOUT_LINE: &str = "UPDATE audit_head SET seq = seq + 1";

#[test]
fn what_was_done_to_the_file_is_found_by_its_own_name() {
    let (stage, other) = (applied(), applied());
    let kept = stage.run("audit sign").with_code(0).stdout;
    stage.write("kept.jsonl", &kept);
    let original = Original::of(&stage);
    type Hand<'a> = &'a dyn Fn();
    let cases: [(&str, Hand<'_>, &str, &[&str]); 10] = [
        ("intact", &|| {}, "", &[]),
        (
            "a byte changed",
            &|| change_a_byte(&stage),
            "",
            &["audit.changed"],
        ),
        (
            "a line dropped",
            &|| sql(&stage, "DELETE FROM audit WHERE seq = 5"),
            "",
            &["audit.missing"],
        ),
        (
            "the tail cut",
            &|| {
                sql(
                    &stage,
                    "DELETE FROM audit WHERE seq > (SELECT max(seq) - 3 FROM audit)",
                )
            },
            "",
            &["audit.tail_cut"],
        ),
        (
            "the tail cut, head and checkpoints too: alone",
            &|| sql(&stage, ROLL_BACK),
            "",
            &[],
        ),
        (
            "the same, with a checkpoint kept elsewhere",
            &|| sql(&stage, ROLL_BACK),
            "--kept kept.jsonl",
            &["audit.rewritten"],
        ),
        (
            "two logs spliced",
            &|| splice(&stage, &other),
            "",
            &["audit.spliced"],
        ),
        (
            "a line without its head",
            &|| sql(&stage, LINE_WITHOUT_HEAD),
            "",
            &["audit.beyond_head"],
        ),
        (
            "a head without its line",
            &|| sql(&stage, HEAD_WITHOUT_LINE),
            "",
            &["audit.tail_cut"],
        ),
        (
            "a signature replaced",
            &|| sql(&stage, "UPDATE audit_checkpoint SET at = at + 1"),
            "",
            &["audit.forged"],
        ),
    ];
    let mut table = String::new();
    for (name, hand, flags, wanted) in cases {
        original.restore();
        hand();
        let (code, found) = verdict(&stage, flags);
        let _ = writeln!(
            table,
            "{name:<48} exit {} {}",
            code.unwrap(),
            found.join(" ")
        );
        assert_eq!(code, Some(i32::from(!wanted.is_empty())), "{name}\n{table}");
        let misses: Vec<_> = wanted
            .iter()
            .filter(|code| !found.iter().any(|one| one == *code))
            .collect();
        assert!(misses.is_empty(), "{name}: {misses:?}\n{table}");
        assert_eq!(found.is_empty(), wanted.is_empty(), "{name}\n{table}");
    }
    println!("{table}");
}

/// The file as a disk holds it when the process is killed within the commit: the log of
/// changes ends after any of its pages. Line and head are there both, or neither.
#[tokio::test]
async fn a_crash_between_line_and_head_leaves_both_or_neither() {
    let stage = applied();
    let before = number(&stage, "SELECT max(seq) FROM audit");
    let path = ledger(&stage);
    let open = SqliteLedger::open(&path).unwrap();
    let began = Note::Began {
        at: Wall(1),
        by: "revenue".to_owned(),
        command: "killed".to_owned(),
        files: Default::default(),
    };
    open.commit(vec![LedgerOp::Noted(began)]).await.unwrap();
    let (main, log) = (
        std::fs::read(&path).unwrap(),
        std::fs::read(beside(&path, "-wal")).unwrap(),
    );
    drop(open);
    let frames = (log.len() - 32) / (4096 + 24);
    assert!(frames >= 2, "line and head are on pages of their own");
    let mut table = String::new();
    for frame in 0..=frames {
        let _ = std::fs::remove_file(beside(&path, "-shm"));
        std::fs::write(&path, &main).unwrap();
        let end = 32 + frame * (4096 + 24);
        std::fs::write(beside(&path, "-wal"), &log[..end]).unwrap();
        let (code, found) = verdict(&stage, "");
        let lines = number(&stage, "SELECT max(seq) FROM audit");
        let head = number(&stage, "SELECT seq FROM audit_head");
        let _ = writeln!(
            table,
            "killed after page {frame} of {frames}: exit {}, last line {lines}, head {head}",
            code.unwrap()
        );
        assert_eq!((code, found.len()), (Some(0), 0), "{table}");
        let wanted = before + u64::from(frame == frames);
        assert_eq!((lines, head), (wanted, wanted), "{table}");
    }
    println!("{table}");
}

#[test]
fn a_killed_run_leaves_an_intact_trail_and_the_next_one_tells_of_it() {
    let stage = stage();
    let _ = stage.run("plan rates.csv").with_code(0);
    let rule = Rule {
        path: Some("/v2/rates".to_owned()),
        method: Some("POST".to_owned()),
        ..Rule::next(Fate::RequestLost)
    };
    stage.vendors.fault("generic", &rule);
    let mut apply = stage.program().start("apply plan.json");
    assert!(
        stage
            .vendors
            .wait_for("generic", Fate::RequestLost)
            .is_some()
    );
    apply.kill().unwrap();
    apply.wait().unwrap();
    assert_eq!(verdict(&stage, ""), (Some(0), vec![]));
    assert!(told(&stage, "cut_off").is_empty());
    stage.vendors.heal("generic");
    let _ = stage.run("apply --resume").with_code(0);
    assert_eq!(verdict(&stage, ""), (Some(0), vec![]));
    assert_eq!(told(&stage, "cut_off").len(), 1);
}

#[test]
fn what_cannot_be_told_does_not_happen() {
    let stage = applied();
    let calls = stage.vendors.record("generic").calls;
    let original = Original::of(&stage);
    let full = "CREATE TRIGGER full BEFORE INSERT ON audit
        BEGIN SELECT RAISE(ABORT, 'no room for a line'); END";
    for (hand, code) in [
        (full, "ledger.storage"),
        ("DELETE FROM audit WHERE seq > 3", "audit.broken"),
    ] {
        original.restore();
        sql(&stage, hand);
        for command in ["plan rates.csv --max-age 0s", "verify", "apply --resume"] {
            let refused = stage.run(command).with_code(1);
            assert!(
                refused.stderr.contains(code),
                "{command}: {}",
                refused.stderr
            );
        }
    }
    assert_eq!(stage.vendors.record("generic").calls, calls);
}

/// Every request that the vendor saw is in the sums, and they were opened before the first.
#[test]
fn uses_are_summed_for_each_command_and_agree_with_what_the_vendor_saw() {
    let stage = applied();
    let used = told(&stage, "used");
    let sum: u64 = used
        .iter()
        .map(|one| one["requests"].as_u64().unwrap())
        .sum();
    assert_eq!(sum, stage.vendors.record("generic").calls, "{used:#?}");
    let runs: Vec<_> = used.iter().filter(|one| one["run"] == 1).collect();
    let pushed = runs.iter().find(|one| one["operation"] == "push").unwrap();
    assert_eq!(pushed["scopes"][0], "rates:write", "{used:#?}");
    let lines = lines(&stage);
    let first = |what: &str| lines.iter().position(|row| row["line"]["what"] == what);
    assert!(first("opened") < first("token"));
    assert_eq!(told(&stage, "opened")[0]["accounts"][0], "generic");
}

#[test]
fn allowances_and_changed_files_are_told_with_who_and_why() {
    let stage = stage();
    let _ = stage.run("plan rates.csv").with_code(0);
    stage.calendar(|_| Some(190));
    let allow = "--allow max_change:property=lisbon-city --reason congress";
    let plan = format!("plan rates.csv {allow} --author ana");
    let _ = stage.run(&plan).with_code(0);
    assert!(
        told(&stage, "waived").is_empty(),
        "it is told when it is used"
    );
    stage.change("rackrate.toml", "ceiling = \"900\"", "ceiling = \"800\"");
    let _ = stage.run("apply plan.json").with_code(0);
    let waived = told(&stage, "waived");
    assert_eq!(waived.len(), 1);
    assert_eq!(waived[0]["guard"], "max_change:property=lisbon-city");
    assert_eq!(waived[0]["reason"], "congress");
    let actors = stage.run("audit actors").with_code(0).stdout;
    let who = waived[0]["by"].as_str().unwrap();
    let ana = actors.lines().find(|line| line.contains(who)).unwrap();
    assert!(ana.ends_with("ana"), "{actors}");
    let changed = told(&stage, "changed");
    let files: Vec<_> = changed
        .iter()
        .map(|one| one["file"].as_str().unwrap())
        .collect();
    let wanted = ["configuration", "mapping", "properties", "configuration"];
    assert_eq!(files, wanted);
}

#[test]
fn a_refused_credential_is_told() {
    let stage = stage();
    stage.write("secrets/client_secret", "another-secret");
    let _ = stage.run("plan rates.csv").with_code(5);
    let refused = told(&stage, "refused");
    assert_eq!(refused[0]["connection"], "generic");
    assert_eq!(refused[0]["operation"], "token");
    assert_eq!(told(&stage, "died").len(), 1);
    let exported = stage.run("audit export").with_code(0).stdout;
    assert!(!exported.contains("another-secret"));
}

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
    assert!(
        again.stderr.contains("audit.unknown_actor"),
        "{}",
        again.stderr
    );
}

#[test]
fn old_lines_are_dropped_at_a_checkpoint_only_and_the_rest_is_checked_from_there() {
    let stage = applied();
    let _ = stage.run("audit export --out old.jsonl").with_code(0);
    let refused = stage.run("audit cut --before 1").with_code(2);
    assert!(
        refused.stderr.contains("audit.no_checkpoint"),
        "{}",
        refused.stderr
    );
    let line = number(&stage, "SELECT max(line) FROM audit_checkpoint");
    let _ = stage
        .run(&format!("audit cut --before {line}"))
        .with_code(0);
    assert_eq!(number(&stage, "SELECT min(seq) FROM audit"), line + 1);
    assert_eq!(verdict(&stage, "--kept old.jsonl"), (Some(0), vec![]));
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
    assert!(ended.stderr.contains("audit.no_key"), "{}", ended.stderr);
    for command in ["audit sign", "audit cut --before 1"] {
        let refused = stage.run(command).with_code(2);
        assert!(
            refused.stderr.contains("audit.no_key"),
            "{}",
            refused.stderr
        );
    }
}

#[test]
fn a_key_that_is_none_or_another_one_is_told() {
    let stage = applied();
    stage.write("secrets/audit", ANOTHER);
    let ended = stage.run("audit verify").with_code(0);
    assert!(
        ended.stderr.contains("audit.unknown_key"),
        "{}",
        ended.stderr
    );
    stage.write("secrets/audit", "not a key");
    for command in ["audit verify", "plan rates.csv"] {
        let refused = stage.run(command).with_code(2);
        assert!(
            refused.stderr.contains("config.audit_key"),
            "{}",
            refused.stderr
        );
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
    assert!(
        refused.stderr.contains("audit.no_ledger"),
        "{}",
        refused.stderr
    );
}
