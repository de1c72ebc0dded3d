//! What only a file can show: durability, groups, versions, foreign files, permissions.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use rusqlite::Connection;
use tempfile::TempDir;

use super::*;
use crate::op::ChunkState;
use crate::suite::sample;

fn folder() -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ledger.db");
    (dir, path)
}

fn fresh() -> (SqliteLedger, TempDir) {
    let (dir, path) = folder();
    (SqliteLedger::open(&path).unwrap(), dir)
}

crate::ledger_suite!(fresh());

fn code(path: &Path) -> String {
    SqliteLedger::open(path).unwrap_err().finding().code
}

fn started(id: u64) -> Vec<LedgerOp> {
    vec![LedgerOp::RunStarted(sample::run(id))]
}

#[tokio::test]
async fn what_was_committed_is_there_after_reopening() {
    let (_dir, path) = folder();
    let id = sample::chunk("lisbon", 1).unwrap();
    let ledger = SqliteLedger::open(&path).unwrap();
    ledger.commit(started(1)).await.unwrap();
    let ops = vec![sample::planned(&id, 1).unwrap(), sample::departing(&id, 5)];
    ledger.commit(ops).await.unwrap();
    drop(ledger);
    let found = SqliteLedger::open(&path).unwrap().recover().await.unwrap();
    assert_eq!(found.unfinished[0].state, ChunkState::Departing);
    assert_eq!(found.last_run, RunId(1));
}

/// The copy is what a disk holds after the process was killed there.
#[tokio::test]
async fn a_process_killed_between_commits_loses_none_of_them() {
    let (dir, path) = folder();
    let ledger = SqliteLedger::open(&path).unwrap();
    ledger.commit(vec![sample::opened(1)]).await.unwrap();
    for id in 1..=5 {
        ledger.commit(started(id)).await.unwrap();
        let copy = dir.path().join(format!("copy-{id}.db"));
        for suffix in ["", "-wal"] {
            std::fs::copy(beside(&path, suffix), beside(&copy, suffix)).unwrap();
        }
        let found = SqliteLedger::open(&copy).unwrap().recover().await.unwrap();
        assert_eq!((found.last_run, found.clean), (RunId(id), false));
    }
}

/// A log that ends in the middle of a commit is a kill in the middle of its write.
#[tokio::test]
async fn a_commit_cut_short_by_a_kill_is_gone_as_a_whole() {
    let (dir, path) = folder();
    let ledger = SqliteLedger::open(&path).unwrap();
    ledger.commit(started(1)).await.unwrap();
    let whole = std::fs::metadata(beside(&path, "-wal")).unwrap().len() as usize;
    let mut ops = started(2);
    for seq in 1..=40 {
        let id = sample::chunk("lisbon", seq).unwrap();
        ops.push(sample::planned(&id, 2).unwrap());
    }
    ledger.commit(ops).await.unwrap();
    let (main, log) = (
        std::fs::read(&path).unwrap(),
        std::fs::read(beside(&path, "-wal")).unwrap(),
    );
    assert!(log.len() > whole + 9000);
    for cut in [whole, whole + 10, whole + 4200, whole + 8300, log.len() - 1] {
        let copy = dir.path().join(format!("copy-{cut}.db"));
        std::fs::write(&copy, &main).unwrap();
        std::fs::write(beside(&copy, "-wal"), &log[..cut]).unwrap();
        let found = SqliteLedger::open(&copy).unwrap().recover().await.unwrap();
        assert_eq!(
            (found.last_run, found.unfinished.len()),
            (RunId(1), 0),
            "{cut}"
        );
    }
}

/// While another connection holds the file the writer waits, and so the batches gather.
#[tokio::test]
async fn batches_that_wait_together_share_a_flush_and_a_bad_one_fails_alone() {
    let (_dir, path) = folder();
    let ledger = SqliteLedger::open(&path).unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut waiting: Vec<Pin<Box<dyn Future<Output = Result<()>> + Send + '_>>> = Vec::new();
    for id in 1..=64 {
        waiting.push(ledger.commit(started(if id == 40 { 1 } else { id })));
    }
    let mut context = Context::from_waker(Waker::noop());
    for commit in &mut waiting {
        assert!(matches!(commit.as_mut().poll(&mut context), Poll::Pending));
    }
    other.execute_batch("COMMIT").unwrap();
    let mut refused = Vec::new();
    for (at, commit) in waiting.into_iter().enumerate() {
        refused.extend(commit.await.err().map(|err| (at + 1, err.code())));
    }
    assert_eq!(refused, [(40, "ledger.run_used")]);
    assert_eq!(ledger.runs(99).await.unwrap().len(), 63);
    let written = ledger.written();
    assert_eq!(written.batches, 63);
    assert!(written.transactions <= 2, "{written:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn committers_on_many_threads_all_land() {
    let (_dir, path) = folder();
    let ledger = std::sync::Arc::new(SqliteLedger::open(&path).unwrap());
    ledger.commit(started(1)).await.unwrap();
    let mut tasks = Vec::new();
    for hotel in 0..40 {
        let ledger = ledger.clone();
        tasks.push(tokio::spawn(async move {
            for seq in 1..=5 {
                let id = sample::chunk(&format!("hotel-{hotel}"), seq).unwrap();
                ledger
                    .commit(vec![sample::planned(&id, 1).unwrap()])
                    .await
                    .unwrap();
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(ledger.chunks(RunId(1)).await.unwrap().len(), 200);
    assert_eq!(ledger.written().batches, 201);
}

/// More lines than wait to be read.
async fn told(ledger: &SqliteLedger) -> u64 {
    let notes = (0..5_000).map(|at| LedgerOp::Noted(sample::began("ana", at, "first")));
    ledger.commit(notes.collect()).await.unwrap();
    ledger.audit_head().await.unwrap().seq
}

#[tokio::test]
async fn a_trail_is_read_as_it_was_at_first_while_lines_are_added() {
    let (ledger, _dir) = fresh();
    let before = told(&ledger).await;
    let (trail, mut lines) = ledger.audit().await.unwrap();
    assert!(told(&ledger).await > before);
    let mut last = 0;
    while let Some(line) = lines.next().await.unwrap() {
        last += 1;
        assert_eq!(line.seq, last);
    }
    assert_eq!((last, trail.head.seq), (before, before));
}

/// More often than there are threads that read.
#[tokio::test]
async fn a_reader_is_free_again_when_the_rest_of_a_trail_is_not_wanted() {
    let (ledger, _dir) = fresh();
    let all = told(&ledger).await;
    for _ in 0..=READERS {
        let (_, mut lines) = ledger.audit().await.unwrap();
        assert_eq!(lines.next().await.unwrap().map(|line| line.seq), Some(1));
    }
    assert_eq!(ledger.audit_head().await.unwrap().seq, all);
}

#[test]
fn a_newer_ledger_is_refused_and_left_alone() {
    let (_dir, path) = folder();
    drop(SqliteLedger::open(&path).unwrap());
    let db = Connection::open(&path).unwrap();
    db.pragma_update(None, "user_version", 99).unwrap();
    drop(db);
    let before = std::fs::read(&path).unwrap();
    let err = SqliteLedger::open(&path).unwrap_err();
    assert_eq!(err.code(), "ledger.newer");
    assert!(err.to_string().contains("99"));
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn an_older_ledger_is_copied_before_it_is_changed() {
    let (_dir, path) = folder();
    let ledger = SqliteLedger::open(&path).unwrap();
    ledger.commit(started(1)).await.unwrap();
    drop(ledger);
    let steps = [open::MIGRATIONS, &["ALTER TABLE run ADD COLUMN note TEXT"]].concat();
    let newer = SqliteLedger::open_with(&path, &steps).unwrap();
    assert_eq!(newer.runs(9).await.unwrap(), [sample::run(1)]);
    let copy =
        SqliteLedger::open(&beside(&path, &format!(".v{}.bak", open::MIGRATIONS.len()))).unwrap();
    assert_eq!(copy.runs(9).await.unwrap(), [sample::run(1)]);
    assert_eq!(code(&path), "ledger.newer");
}

#[test]
fn a_migration_that_fails_changes_nothing() {
    let (_dir, path) = folder();
    drop(SqliteLedger::open(&path).unwrap());
    let broken = "CREATE TABLE extra (id INTEGER) STRICT; SELECT nonsense";
    let steps = [open::MIGRATIONS, &[broken]].concat();
    assert!(SqliteLedger::open_with(&path, &steps).is_err());
    let tables = "SELECT count(*) FROM sqlite_schema WHERE name = 'extra'";
    let db = Connection::open(&path).unwrap();
    let found: i64 = db.query_row(tables, [], |row| row.get(0)).unwrap();
    assert_eq!(found, 0);
    assert!(SqliteLedger::open(&path).is_ok());
}

#[test]
fn a_file_of_something_else_is_refused_and_left_alone() {
    let (dir, path) = folder();
    let text = "property,stay_date,price\n".repeat(200);
    std::fs::write(&path, &text).unwrap();
    assert_eq!(code(&path), "ledger.not_a_ledger");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    let other = dir.path().join("other.db");
    Connection::open(&other)
        .unwrap()
        .execute_batch("CREATE TABLE guests (name TEXT)")
        .unwrap();
    let before = std::fs::read(&other).unwrap();
    assert_eq!(code(&other), "ledger.not_a_ledger");
    assert_eq!(std::fs::read(&other).unwrap(), before);
}

#[test]
fn a_folder_and_a_missing_folder_are_refused_with_a_hint() {
    let (dir, path) = folder();
    assert_eq!(code(dir.path()), "ledger.cannot_open");
    let finding = SqliteLedger::open(&path.join("deeper.db"))
        .unwrap_err()
        .finding();
    assert_eq!(finding.code, "ledger.cannot_open");
    assert!(finding.place.file.unwrap().ends_with("deeper.db"));
    assert!(finding.hint.contains("permissions"));
}

#[cfg(unix)]
#[test]
fn ledger_and_log_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let (_dir, path) = folder();
    drop(SqliteLedger::open(&path).unwrap());
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let _ledger = SqliteLedger::open(&path).unwrap();
    let _lease = crate::lease::Lease::acquire(&path, "test").unwrap();
    for suffix in ["", "-wal", "-shm", ".lock"] {
        let mode = std::fs::metadata(beside(&path, suffix))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{suffix}");
    }
}
