//! Opening the file: is it ours, is it not too new, and bringing it up to date.
//!
//! Invariant: a file that is not a ledger of a known version is left byte for byte as it
//! is; a ledger that must change form is copied first.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use crate::error::LedgerError;
use crate::store::Result;

/// The forms of the ledger, oldest first; a file's version counts those it has.
pub(super) const MIGRATIONS: &[&str] = &[include_str!("migrations/0001_begin.sql")];

/// Marks a SQLite file as a rackrate ledger: `rkrt` in ASCII.
const APPLICATION: i64 = 0x726b_7274;

/// How long another writer of the file is waited for.
const BUSY: Duration = Duration::from_secs(10);

/// A connection to a ledger that is up to date.
pub(super) fn open(path: &Path, migrations: &[&str]) -> Result<Connection> {
    create(path)?;
    let mut db = connect(path)?;
    let known = migrations.len() as i64;
    let version = version(&db, path, known)?;
    configure(&db).map_err(|err| unopenable(path, err))?;
    if 0 < version && version < known {
        back_up(&db, path, version)?;
    }
    migrate(&mut db, path, migrations)?;
    Ok(db)
}

/// One more connection to an opened ledger.
pub(super) fn another(path: &Path) -> Result<Connection> {
    let db = connect(path)?;
    configure(&db).map_err(|err| unopenable(path, err))?;
    Ok(db)
}

/// Makes the file if there is none, readable by its owner only.
pub(crate) fn private_file(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
        let file = options.mode(0o600).open(path)?;
        file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
        Ok(file)
    }
    #[cfg(not(unix))]
    options.open(path)
}

fn create(path: &Path) -> Result<()> {
    if path.is_dir() {
        return Err(unopenable(path, "it is a folder"));
    }
    private_file(path)
        .map(drop)
        .map_err(|err| unopenable(path, err))
}

fn connect(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags).map_err(|err| unopenable(path, err))?;
    db.busy_timeout(BUSY)?;
    Ok(db)
}

fn configure(db: &Connection) -> rusqlite::Result<()> {
    let mode: String = db.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        return Err(rusqlite::Error::InvalidParameterName(format!(
            "the file system allows no write-ahead log, only {mode}"
        )));
    }
    db.execute_batch("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;")
}

/// The version of a ledger, zero for a new file; an error for anything else.
fn version(db: &Connection, path: &Path, known: i64) -> Result<i64> {
    let found = identity(db).map_err(|err| match err.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => foreign(path, "it is not a SQLite database"),
        _ => unopenable(path, err),
    })?;
    match found {
        (0, 0, 0) => Ok(0),
        (APPLICATION, found, _) if found > known => Err(LedgerError::Newer {
            file: name(path),
            found,
            known,
        }),
        (APPLICATION, found, _) if found > 0 => Ok(found),
        _ => Err(foreign(path, "it is a SQLite database of another program")),
    }
}

/// The mark, the version, and the number of tables.
fn identity(db: &Connection) -> rusqlite::Result<(i64, i64, i64)> {
    let number = |sql: &str| db.query_row(sql, [], |row| row.get(0));
    Ok((
        number("PRAGMA application_id")?,
        number("PRAGMA user_version")?,
        number("SELECT count(*) FROM sqlite_schema")?,
    ))
}

/// Runs the missing migrations in one transaction. The version is read again inside it,
/// because another process may have been faster.
fn migrate(db: &mut Connection, path: &Path, migrations: &[&str]) -> Result<()> {
    if identity(db)?.1 == migrations.len() as i64 {
        return Ok(());
    }
    let change = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let known = migrations.len() as i64;
    let done = version(&change, path, known)?;
    for sql in migrations.iter().skip(usize::try_from(done).unwrap_or(0)) {
        change.execute_batch(sql)?;
    }
    change.pragma_update(None, "application_id", APPLICATION)?;
    change.pragma_update(None, "user_version", known)?;
    Ok(change.commit()?)
}

/// Copies the ledger to `<file>.v<version>.bak`, write-ahead log included.
fn back_up(db: &Connection, path: &Path, version: i64) -> Result<()> {
    let copy = beside(path, &format!(".v{version}.bak"));
    private_file(&copy).map_err(|err| unopenable(&copy, err))?;
    let mut copy = Connection::open(&copy)?;
    match Backup::new(db, &mut copy)?.step(-1)? {
        StepResult::Done => Ok(()),
        _ => Err(LedgerError::Storage {
            file: name(path),
            reason: "another process writes while the backup is made".to_owned(),
        }),
    }
}

/// A file beside the ledger, its name followed by `suffix`.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

pub(crate) fn name(path: &Path) -> String {
    path.display().to_string()
}

pub(crate) fn unopenable(path: &Path, reason: impl ToString) -> LedgerError {
    LedgerError::Unopenable {
        file: name(path),
        reason: reason.to_string(),
    }
}

fn foreign(path: &Path, reason: &str) -> LedgerError {
    LedgerError::Foreign {
        file: name(path),
        reason: reason.to_owned(),
    }
}
