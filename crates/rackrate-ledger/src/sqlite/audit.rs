//! The audit trail in the file.
//!
//! Runs inside the savepoint of the batch that its lines belong to: what cannot be told here
//! does not happen.
//!
//! Invariant: the head moves first, then the lines are written; one transaction holds both.

use std::collections::BTreeMap;

use rackrate_core::clock::Wall;
use rackrate_core::ids::ConnectionId;
use rusqlite::{Connection, OptionalExtension, Row, params};
use tokio::sync::mpsc::Sender;

use super::read::{self, list};
use super::words::{column, signed, unsigned};
use super::write::run_sql;
use crate::audit::{Before, Checkpoint, Digest, Event, Head, Line, Note, Pseudonym, Trail, facts};
use crate::error::LedgerError;
use crate::op::{KeptGrant, LedgerOp};
use crate::store::Result;

/// Lines that are read at a time, about half a megabyte.
const BATCH: usize = 1000;

/// Writes the lines of an operation that is about to be written itself.
pub(super) fn tell(db: &Connection, op: &LedgerOp) -> Result<()> {
    let events = facts(op, &mut Book(db))?;
    if events.is_empty() {
        return Ok(());
    }
    append(db, &events)
}

struct Book<'a>(&'a Connection);

impl Before for Book<'_> {
    fn is_clean(&self) -> Result<bool> {
        let sql = "SELECT clean FROM process";
        Ok(self.0.query_row(sql, [], |row| row.get(0))?)
    }

    fn grant(&self, connection: &ConnectionId) -> Result<Option<KeptGrant>> {
        read::grant(self.0, connection)
    }

    fn fingerprint(&self, file: &str) -> Result<Option<String>> {
        let sql = "SELECT fingerprint FROM audit_file WHERE name = ?1";
        let mut statement = self.0.prepare_cached(sql)?;
        Ok(statement.query_row([file], |row| row.get(0)).optional()?)
    }

    fn pseudonym(&mut self, name: &str) -> Result<Pseudonym> {
        let find = "SELECT id FROM actor WHERE name = ?1";
        let mut statement = self.0.prepare_cached(find)?;
        let known: Option<String> = statement.query_row([name], |row| row.get(0)).optional()?;
        if let Some(id) = known {
            return Ok(Pseudonym::new(id));
        }
        let sql = "INSERT INTO actor (id, name) VALUES ('actor-' || lower(hex(randomblob(8))), ?1)
            RETURNING id";
        let mut statement = self.0.prepare_cached(sql)?;
        let id: String = statement.query_row([name], |row| row.get(0))?;
        Ok(Pseudonym::new(id))
    }
}

fn append(db: &Connection, events: &[Event]) -> Result<()> {
    let mut head = head(db)?;
    check_end(db, &head)?;
    let mut lines = Vec::with_capacity(events.len());
    for event in events {
        let line = Line::after(&head, event)?;
        head.moved_to(&line);
        lines.push(line);
    }
    let sql = "UPDATE audit_head SET seq = ?1, digest = ?2";
    let seq = signed("audit line", head.seq)?;
    run_sql(db, sql, &[&seq, &head.digest.as_str()])?;
    lines.iter().try_for_each(|line| put(db, line))
}

fn put(db: &Connection, line: &Line) -> Result<()> {
    let sql = "INSERT INTO audit (seq, previous, digest, body) VALUES (?1, ?2, ?3, ?4)";
    let seq = signed("audit line", line.seq)?;
    let (previous, digest) = (line.previous.as_str(), line.digest.as_str());
    run_sql(db, sql, &[&seq, &previous, &digest, &line.body])
}

/// Nothing is added to a trail that does not end where its head says: the gap would be taken
/// for one of ours.
fn check_end(db: &Connection, head: &Head) -> Result<()> {
    let sql = "SELECT seq, digest FROM audit ORDER BY seq DESC LIMIT 1";
    let mut statement = db.prepare_cached(sql)?;
    let last = statement.query_row([], |row| Ok((row.get(0)?, row.get(1)?)));
    let last: Option<(i64, String)> = last.optional()?;
    let (seq, digest) = match last {
        Some((seq, digest)) => (unsigned("audit line", seq)?, Digest(digest)),
        None => (0, Digest::first(&head.chain)),
    };
    if (seq, &digest) == (head.seq, &head.digest) {
        return Ok(());
    }
    Err(LedgerError::TrailBroken {
        last: seq,
        head: head.seq,
    })
}

/// Writes what a note changes beside its lines.
pub(super) fn note(db: &Connection, note: &Note) -> Result<()> {
    match note {
        Note::Began { files, .. } => files.iter().try_for_each(|(name, fingerprint)| {
            let sql = "INSERT OR REPLACE INTO audit_file (name, fingerprint) VALUES (?1, ?2)";
            run_sql(db, sql, &[name, fingerprint])
        }),
        Note::Signed(checkpoint) => sign(db, checkpoint),
        Note::Erased { actor, .. } => erase(db, actor),
        Note::Cut { through, .. } => cut(db, *through),
        Note::Waived { .. }
        | Note::Held { .. }
        | Note::Refused { .. }
        | Note::Died { .. }
        | Note::Reviewed { .. }
        | Note::Changing { .. } => Ok(()),
    }
}

fn sign(db: &Connection, checkpoint: &Checkpoint) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO audit_checkpoint (line, chain, digest, at, key, signature)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    db.prepare_cached(sql)?.execute(params![
        signed("audit line", checkpoint.line)?,
        checkpoint.chain,
        checkpoint.digest.as_str(),
        checkpoint.at.0,
        checkpoint.key,
        checkpoint.signature,
    ])?;
    Ok(())
}

fn cut(db: &Connection, through: u64) -> Result<()> {
    db.pragma_update(None, "secure_delete", true)?;
    let through = signed("audit line", through)?;
    run_sql(db, "DELETE FROM audit WHERE seq <= ?1", &[&through])?;
    let sql = "DELETE FROM audit_checkpoint WHERE line < ?1";
    run_sql(db, sql, &[&through])
}

/// Forgets a name wherever the ledger has it, and overwrites where it stood.
fn erase(db: &Connection, actor: &Pseudonym) -> Result<()> {
    db.pragma_update(None, "secure_delete", true)?;
    let sql = "UPDATE run SET author = ?1 WHERE author = (SELECT name FROM actor WHERE id = ?1)";
    run_sql(db, sql, &[&actor.as_str()])?;
    run_sql(db, "DELETE FROM actor WHERE id = ?1", &[&actor.as_str()])
}

pub(super) fn head(db: &Connection) -> Result<Head> {
    let sql = "SELECT chain, seq, digest, (SELECT max(line) FROM audit_checkpoint) AS signed
        FROM audit_head";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query([])?;
    let row = rows.next()?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    let line = row.get::<_, Option<i64>>("signed")?;
    let line = line.map(|line| unsigned("audit line", line)).transpose()?;
    let (chain, digest): (String, String) = (row.get("chain")?, row.get("digest")?);
    let seq = unsigned("audit line", row.get("seq")?)?;
    let digest = match (seq, digest.as_str()) {
        (0, "") => Digest::first(&chain),
        _ => Digest(digest),
    };
    Ok(Head {
        chain,
        seq,
        digest,
        signed: line,
    })
}

pub(super) fn trail(db: &Connection) -> Result<Trail> {
    let actors: Vec<(Pseudonym, String)> = list(db, "SELECT * FROM actor", &[], actor)?;
    Ok(Trail {
        head: head(db)?,
        checkpoints: list(
            db,
            "SELECT * FROM audit_checkpoint ORDER BY line",
            &[],
            checkpoint,
        )?,
        actors: actors.into_iter().collect::<BTreeMap<_, _>>(),
    })
}

/// Sends all lines, and an empty batch behind them, until nobody takes any.
pub(super) fn send_lines(db: &Connection, file: &str, to: &Sender<Result<Vec<Line>>>) {
    let mut send = |batch| to.blocking_send(batch).is_ok();
    if let Err(error) = batches(db, &mut send) {
        send(Err(error.in_file(file)));
    }
}

fn batches(db: &Connection, send: &mut dyn FnMut(Result<Vec<Line>>) -> bool) -> Result<()> {
    let mut statement = db.prepare_cached("SELECT * FROM audit ORDER BY seq")?;
    let mut rows = statement.query([])?;
    let mut batch = Vec::new();
    while let Some(row) = rows.next()? {
        batch.push(line(row)?);
        if batch.len() == BATCH && !send(Ok(std::mem::take(&mut batch))) {
            return Ok(());
        }
    }
    if !batch.is_empty() {
        send(Ok(batch));
    }
    send(Ok(Vec::new()));
    Ok(())
}

fn actor(row: &Row<'_>) -> Result<(Pseudonym, String)> {
    let id: String = row.get("id")?;
    Ok((Pseudonym::new(id), row.get("name")?))
}

fn line(row: &Row<'_>) -> Result<Line> {
    Ok(Line {
        seq: unsigned("audit line", row.get("seq")?)?,
        previous: column(row, "previous")?,
        digest: column(row, "digest")?,
        body: row.get("body")?,
    })
}

fn checkpoint(row: &Row<'_>) -> Result<Checkpoint> {
    Ok(Checkpoint {
        chain: row.get("chain")?,
        line: unsigned("audit line", row.get("line")?)?,
        digest: column(row, "digest")?,
        at: Wall(row.get("at")?),
        key: row.get("key")?,
        signature: row.get("signature")?,
    })
}

/// The trail's name and a line's digest.
pub(super) fn line_digest(db: &Connection, seq: u64) -> Result<Option<(String, Digest)>> {
    let Ok(seq) = i64::try_from(seq) else {
        return Ok(None);
    };
    let sql = "SELECT chain, audit.digest FROM audit, audit_head WHERE audit.seq = ?1";
    let mut statement = db.prepare_cached(sql)?;
    let found = statement.query_row([seq], |row| {
        Ok((row.get(0)?, Digest(row.get::<_, String>(1)?)))
    });
    Ok(found.optional()?)
}

pub(super) fn has_checkpoint(db: &Connection, line: u64) -> Result<bool> {
    let Ok(line) = i64::try_from(line) else {
        return Ok(false);
    };
    let sql = "SELECT EXISTS (SELECT 1 FROM audit_checkpoint WHERE line = ?1)";
    Ok(db
        .prepare_cached(sql)?
        .query_row([line], |row| row.get(0))?)
}

pub(super) fn is_actor(db: &Connection, actor: &Pseudonym) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM actor WHERE id = ?1)";
    Ok(db
        .prepare_cached(sql)?
        .query_row([actor.as_str()], |row| row.get(0))?)
}
