//! Opening the file: is it ours, is it not too new, and bringing it up to date.
//!
//! Invariant: a file that is not a ledger of a known version is left byte for byte as it
//! is; a ledger that must change form is copied first.

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use crate::error::LedgerError;
use crate::store::Result;

/// The forms of the ledger, oldest first; a file's version counts those it has.
pub(super) const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_begin.sql"),
    include_str!("migrations/0002_reserved.sql"),
    include_str!("migrations/0003_token.sql"),
    include_str!("migrations/0004_grant.sql"),
    include_str!("migrations/0005_audit.sql"),
    include_str!("migrations/0006_filed.sql"),
];

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
    tighten_all(path)?;
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

/// How a file is made that is readable by its owner only.
pub(crate) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Takes away what others may do with a file that was there already. One that is not
/// there needs nothing: SQLite removes its own when the last connection closes.
pub(crate) fn tighten(path: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let owner_only = || {
            if path.metadata()?.permissions().mode() & 0o077 == 0 {
                return Ok(());
            }
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))
        };
        match owner_only() {
            Err(err) if err.kind() == ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }
    #[cfg(not(unix))]
    Ok(())
}

/// Makes the file if there is none. One that exists is only ever opened by SQLite: closing
/// a second handle of ours would drop the locks that this process holds on it.
fn create(path: &Path) -> Result<()> {
    if path.is_dir() {
        return Err(unopenable(path, "it is a folder"));
    }
    match private().create_new(true).open(path) {
        Err(err) if err.kind() != ErrorKind::AlreadyExists => Err(unopenable(path, err)),
        _ => Ok(()),
    }
}

/// SQLite made the files beside the ledger with the ledger's own permissions.
fn tighten_all(path: &Path) -> Result<()> {
    for suffix in ["", "-wal", "-shm"] {
        let file = beside(path, suffix);
        tighten(&file).map_err(|err| unopenable(&file, err))?;
    }
    Ok(())
}

fn connect(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags).map_err(|err| unopenable(path, err))?;
    // SQLite falls back to reading where it may not write.
    if db.is_readonly("main")? {
        return Err(unopenable(path, "it may not be written"));
    }
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
    create(&copy)?;
    tighten(&copy).map_err(|err| unopenable(&copy, err))?;
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
