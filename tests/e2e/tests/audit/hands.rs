//! Hands that may write the file change it behind the program's back, each in its own way;
//! judged is what `rackrate audit verify` says and how it ends. Run with `--nocapture` for
//! the table.

use std::fmt::Write as _;

use rackrate_core::clock::Wall;
use rackrate_e2e::Stage;
use rackrate_ledger::audit::Note;
use rackrate_ledger::op::LedgerOp;
use rackrate_ledger::sqlite::SqliteLedger;
use rackrate_ledger::store::Ledger;

use super::{Original, applied, beside, ledger, number, sql, verdict};

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

const LINE_DROPPED: &str = "DELETE FROM audit WHERE seq = 5";

const TAIL_CUT: &str = "DELETE FROM audit WHERE seq > (SELECT max(seq) - 3 FROM audit)";

const SIGNATURE_REPLACED: &str = "UPDATE audit_checkpoint SET at = at + 1";

/// Does something to the file.
type Hand<'a> = Box<dyn Fn() + 'a>;

#[test]
fn what_was_done_to_the_file_is_found_by_its_own_name() {
    let (stage, other) = (applied(), applied());
    let kept = stage.run("audit sign").with_code(0).stdout;
    stage.write("kept.jsonl", &kept);
    let original = Original::of(&stage);
    let sql = |text: &'static str| -> Hand<'_> { Box::new(|| sql(&stage, text)) };
    let cases: [(&str, Hand<'_>, &str, Option<&str>); 10] = [
        ("intact", Box::new(|| {}), "", None),
        (
            "a byte changed",
            Box::new(|| change_a_byte(&stage)),
            "",
            Some("changed"),
        ),
        ("a line dropped", sql(LINE_DROPPED), "", Some("missing")),
        ("the tail cut", sql(TAIL_CUT), "", Some("tail_cut")),
        (
            "the tail cut, head and checkpoints too: alone",
            sql(ROLL_BACK),
            "",
            None,
        ),
        (
            "the same, with a checkpoint kept elsewhere",
            sql(ROLL_BACK),
            "--kept kept.jsonl",
            Some("rewritten"),
        ),
        (
            "two logs spliced",
            Box::new(|| splice(&stage, &other)),
            "",
            Some("spliced"),
        ),
        (
            "a line without its head",
            sql(LINE_WITHOUT_HEAD),
            "",
            Some("beyond_head"),
        ),
        (
            "a head without its line",
            sql(HEAD_WITHOUT_LINE),
            "",
            Some("tail_cut"),
        ),
        (
            "a signature replaced",
            sql(SIGNATURE_REPLACED),
            "",
            Some("forged"),
        ),
    ];
    let mut table = String::new();
    for (name, hand, flags, wanted) in cases {
        original.restore();
        hand();
        let (code, found) = verdict(&stage, flags);
        let (exit, codes) = (code.unwrap(), found.join(" "));
        let _ = writeln!(table, "{name:<48} exit {exit} {codes}");
        let wanted = wanted.map(|flaw| format!("audit.{flaw}"));
        assert_eq!(code, Some(i32::from(wanted.is_some())), "{name}\n{table}");
        match wanted {
            Some(code) => assert!(found.contains(&code), "{name}: {code}\n{table}"),
            None => assert_eq!(found, [""; 0], "{name}\n{table}"),
        }
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
