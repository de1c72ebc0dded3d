//! Writing a batch: judged whole by the common rules, then turned into statements.
//!
//! Runs inside a savepoint that its caller opens, so an error here leaves nothing behind.
//!
//! Invariant: `chunk.finished` says after every batch what `merge::finished` says.

mod office;

use std::collections::BTreeSet;

use rackrate_core::chunk::Target;
use rackrate_core::key::Key;
use rusqlite::{Connection, OptionalExtension, ToSql, params};

use super::words::{from_word, json, parts, signed, unsigned, word};
use super::{audit, read};
use crate::audit::{Digest, Pseudonym};
use crate::codec;
use crate::error::LedgerError;
use crate::merge;
use crate::op::{
    ChunkId, ChunkRecord, ChunkState, DesiredSeries, LaneKey, LedgerOp, Outcome, RunId, RunRecord,
    SeenSegment,
};
use crate::store::Result;
use crate::transition::{self, Book, Stage};

/// Writes all of the batch, or fails in the middle: the caller rolls back.
pub(super) fn batch(db: &Connection, ops: &[LedgerOp]) -> Result<()> {
    transition::check(&Shelf(db), ops)?;
    let mut touched = BTreeSet::new();
    for op in ops {
        audit::tell(db, op)?;
        touched.extend(write(db, op)?);
    }
    touched.into_iter().try_for_each(|row| count(db, row))
}

/// The database as the rules look at it.
struct Shelf<'a>(&'a Connection);

impl Book for Shelf<'_> {
    fn stage(&self, chunk: &ChunkId) -> Result<Option<Stage>> {
        let Some(row) = read::row_of(self.0, chunk)? else {
            return Ok(None);
        };
        let sql = "SELECT state, job FROM chunk WHERE id = ?1";
        let mut statement = self.0.prepare_cached(sql)?;
        let (state, job): (String, Option<String>) =
            statement.query_row([row], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(Some(Stage {
            state: from_word("state", state)?,
            job: job.map(|job| from_word("job", job)).transpose()?,
        }))
    }

    fn last_seq(&self, lane: &LaneKey) -> Result<Option<u64>> {
        let sql = "SELECT last_seq FROM lane WHERE connection = ?1 AND property = ?2";
        let mut statement = self.0.prepare_cached(sql)?;
        let names = [lane.connection.as_str(), lane.property.as_str()];
        let last: Option<i64> = statement.query_row(names, |row| row.get(0)).optional()?;
        last.map(|seq| unsigned("last_seq", seq)).transpose()
    }

    fn has_run(&self, run: RunId) -> Result<bool> {
        Ok(read::run(self.0, run)?.is_some())
    }

    fn last_run(&self) -> Result<Option<RunId>> {
        read::last_run(self.0)
    }

    fn run_of_plan(&self, fingerprint: &str) -> Result<Option<RunId>> {
        Ok(read::run_of_plan(self.0, fingerprint)?.map(|run| run.id))
    }

    fn audit_line(&self, line: u64) -> Result<Option<(String, Digest)>> {
        audit::line_digest(self.0, line)
    }

    fn has_checkpoint(&self, line: u64) -> Result<bool> {
        audit::has_checkpoint(self.0, line)
    }

    fn is_actor(&self, actor: &Pseudonym) -> Result<bool> {
        audit::is_actor(self.0, actor)
    }
}

/// Writes one judged operation; answers with the row of the request it touched.
fn write(db: &Connection, op: &LedgerOp) -> Result<Option<i64>> {
    match op {
        LedgerOp::Opened { at, .. } => office::open(db, *at)?,
        LedgerOp::Closed { at, usage, .. } => office::close(db, *at, usage)?,
        LedgerOp::Reserved(part) => office::reserve(db, part)?,
        LedgerOp::Token(token) => office::keep(db, token)?,
        LedgerOp::Grant(grant) => office::consent(db, grant)?,
        LedgerOp::Resealed(sealed) => office::reseal(db, sealed)?,
        LedgerOp::Forgotten { connection, .. } => office::forget(db, connection)?,
        LedgerOp::RunStarted(run) => start(db, run)?,
        LedgerOp::RunEnded { run, at } => {
            let id = signed("run", run.0)?;
            run_sql(db, "UPDATE run SET ended = ?2 WHERE id = ?1", &[&id, &at.0])?;
        }
        LedgerOp::Planned(record) => plan(db, record)?,
        LedgerOp::Outcome(outcome) => return end(db, outcome).map(Some),
        LedgerOp::Seen(segment) => see(db, segment)?,
        LedgerOp::Desired(wish) => desire(db, wish)?,
        LedgerOp::Filed(record) => office::file(db, record)?,
        LedgerOp::Noted(note) => audit::note(db, note)?,
        LedgerOp::Departing { chunk, .. }
        | LedgerOp::Queued { chunk, .. }
        | LedgerOp::Ended { chunk, .. }
        | LedgerOp::Returned { chunk }
        | LedgerOp::Superseded { chunk, .. }
        | LedgerOp::Skipped { chunk } => return step(db, chunk, op).map(Some),
    }
    Ok(None)
}

pub(super) fn run_sql(db: &Connection, sql: &str, params: &[&dyn ToSql]) -> Result<()> {
    db.prepare_cached(sql)?.execute(params)?;
    Ok(())
}

fn start(db: &Connection, run: &RunRecord) -> Result<()> {
    let sql = "INSERT INTO run (id, started, plan, plan_expires, author, reason, ended)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let (id, ended) = (signed("run", run.id.0)?, run.ended.map(|at| at.0));
    let (started, expires) = (run.started.0, run.plan_expires.0);
    run_sql(
        db,
        sql,
        &[
            &id,
            &started,
            &run.plan,
            &expires,
            &run.author,
            &run.reason,
            &ended,
        ],
    )
}

fn plan(db: &Connection, record: &ChunkRecord) -> Result<()> {
    let seq = signed("seq", record.id.seq)?;
    let lane = lane_row(db, &record.id.lane, seq)?;
    let target = target_row(db, &record.chunk.target)?;
    let sql = "INSERT INTO chunk (lane, seq, run, key, target, operation, rows, state)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    db.prepare_cached(sql)?.execute(params![
        lane,
        seq,
        signed("run", record.run.0)?,
        record.key.as_str(),
        target,
        word("operation", &record.chunk.operation)?,
        json("rows", &record.chunk.rows)?,
        word("state", &record.state)?,
    ])?;
    Ok(())
}

fn lane_row(db: &Connection, lane: &LaneKey, seq: i64) -> Result<i64> {
    let sql = "INSERT INTO lane (connection, property, last_seq) VALUES (?1, ?2, ?3)
        ON CONFLICT (connection, property) DO UPDATE SET last_seq = excluded.last_seq
        RETURNING id";
    let names = params![lane.connection.as_str(), lane.property.as_str(), seq];
    Ok(db.prepare_cached(sql)?.query_row(names, |row| row.get(0))?)
}

fn target_row(db: &Connection, target: &Target) -> Result<i64> {
    let body = json("target", target)?;
    let digest = Key::of(&[body.as_bytes()]);
    let find = "SELECT id FROM target WHERE digest = ?1";
    let found = db
        .prepare_cached(find)?
        .query_row([digest.as_str()], |row| row.get(0))
        .optional()?;
    if let Some(row) = found {
        return Ok(row);
    }
    let sql = "INSERT INTO target (digest, body) VALUES (?1, ?2) RETURNING id";
    let values = [digest.as_str(), &body];
    Ok(db
        .prepare_cached(sql)?
        .query_row(values, |row| row.get(0))?)
}

fn known_row(db: &Connection, chunk: &ChunkId) -> Result<i64> {
    read::row_of(db, chunk)?.ok_or_else(|| LedgerError::UnknownChunk {
        chunk: chunk.clone(),
    })
}

fn step(db: &Connection, chunk: &ChunkId, op: &LedgerOp) -> Result<i64> {
    let row = known_row(db, chunk)?;
    match op {
        LedgerOp::Departing { at, .. } => {
            let sql = "UPDATE chunk SET state = 'departing', departed = ?2 WHERE id = ?1";
            run_sql(db, sql, &[&row, &at.0])?;
        }
        LedgerOp::Queued { job, .. } => {
            let sql = "UPDATE chunk SET state = 'queued', job = ?2 WHERE id = ?1";
            run_sql(db, sql, &[&row, &job.as_str()])?;
        }
        LedgerOp::Ended { receipt, at, .. } => {
            let text = receipt.as_ref().map(|receipt| json("receipt", receipt));
            let accepted = receipt.as_ref().map(|_| at.0);
            let sql = "UPDATE chunk SET state = 'answered', receipt = ?2, accepted = ?3
                WHERE id = ?1";
            run_sql(db, sql, &[&row, &text.transpose()?, &accepted])?;
        }
        LedgerOp::Returned { .. } => {
            let sql = "UPDATE chunk SET state = 'planned', departed = NULL WHERE id = ?1";
            run_sql(db, sql, &[&row])?;
        }
        LedgerOp::Superseded { by, .. } => {
            let by = by.as_ref().map(|by| signed("seq", by.seq)).transpose()?;
            let sql = "UPDATE chunk SET state = 'superseded', superseded_by = ?2 WHERE id = ?1";
            run_sql(db, sql, &[&row, &by])?;
        }
        _ => run_sql(
            db,
            "UPDATE chunk SET state = 'skipped' WHERE id = ?1",
            &[&row],
        )?,
    }
    Ok(row)
}

/// Cuts what older outcomes say of the same nights, and puts the new one there.
fn end(db: &Connection, outcome: &Outcome) -> Result<i64> {
    let row = known_row(db, &outcome.chunk)?;
    for (id, older) in read::met_outcomes(db, row, outcome)? {
        run_sql(db, "DELETE FROM outcome WHERE id = ?1", &[&id])?;
        for left in merge::beside(&older, outcome) {
            put_outcome(db, row, &left)?;
        }
    }
    put_outcome(db, row, outcome)?;
    Ok(row)
}

fn put_outcome(db: &Connection, row: i64, outcome: &Outcome) -> Result<()> {
    let sql = "INSERT INTO outcome (chunk, room, plan, adults, first, last, ending, reason)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let (room, plan) = parts(&outcome.ids);
    db.prepare_cached(sql)?.execute(params![
        row,
        room,
        plan,
        outcome.adults,
        outcome.first.days(),
        outcome.last.days(),
        word("ending", &outcome.ending)?,
        outcome.reason,
    ])?;
    Ok(())
}

/// Counts a request among the unfinished ones, or no longer.
fn count(db: &Connection, row: i64) -> Result<()> {
    let state: String = db
        .prepare_cached("SELECT state FROM chunk WHERE id = ?1")?
        .query_row([row], |row| row.get(0))?;
    let finished = match from_word("state", state)? {
        ChunkState::Planned | ChunkState::Departing | ChunkState::Queued => false,
        ChunkState::Superseded | ChunkState::Skipped => true,
        ChunkState::Answered => read::chunk_in_row(db, row)?
            .map(|record| {
                read::outcomes_of_row(db, row).map(|ends| merge::finished(&record, &ends))
            })
            .transpose()?
            .unwrap_or(false),
    };
    let sql = "UPDATE chunk SET finished = ?2 WHERE id = ?1";
    run_sql(db, sql, &[&row, &finished])
}

fn see(db: &Connection, segment: &SeenSegment) -> Result<()> {
    let (room, plan) = parts(&segment.ids);
    for (id, older) in read::older_segments(db, segment)? {
        if merge::replaces(segment, &older) {
            run_sql(db, "DELETE FROM seen WHERE id = ?1", &[&id])?;
        }
    }
    let sql = "INSERT INTO seen
        (connection, vendor_property, room, plan, adults, series, origin, at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    db.prepare_cached(sql)?.execute(params![
        segment.connection.as_str(),
        segment.vendor_property.as_str(),
        room,
        plan,
        segment.adults,
        codec::encode(&segment.series),
        word("origin", &segment.origin)?,
        segment.at.0,
    ])?;
    Ok(())
}

fn desire(db: &Connection, wish: &DesiredSeries) -> Result<()> {
    let (room, plan) = parts(&wish.ids);
    let (connection, property) = (wish.connection.as_str(), wish.property.as_str());
    let stored: Option<Vec<u8>> = db
        .prepare_cached(
            "SELECT series FROM desired WHERE connection = ?1 AND property = ?2
            AND room = ?3 AND plan = ?4 AND adults = ?5",
        )?
        .query_row(
            params![connection, property, room, plan, wish.adults],
            |row| row.get(0),
        )
        .optional()?;
    let series = match stored {
        Some(blob) => {
            let mut series = codec::decode(&blob)?;
            series.overlay(&wish.series);
            codec::encode(&series)
        }
        None => codec::encode(&wish.series),
    };
    let sql = "INSERT INTO desired (connection, property, room, plan, adults, series)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)
        ON CONFLICT (connection, property, room, plan, adults)
        DO UPDATE SET series = excluded.series";
    db.prepare_cached(sql)?.execute(params![
        connection,
        property,
        room,
        plan,
        wish.adults,
        series
    ])?;
    Ok(())
}
