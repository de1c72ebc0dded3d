//! Loads: what each question selects, and how rows become records.
//!
//! Invariant: orders are those that the trait promises, with bytes compared as Rust does.

use std::collections::BTreeMap;
use std::sync::Arc;

use rackrate_core::chunk::{Chunk, Target};
use rackrate_core::clock::Wall;
use rackrate_core::ids::{ConnectionId, VendorId};
use rackrate_core::night::Night;
use rusqlite::{Connection, OptionalExtension, Row, ToSql, named_params, params};

use super::words::{column, from_json, from_word, ids, parts, unsigned, word};
use crate::codec;
use crate::op::{
    ChunkId, ChunkRecord, DesiredSeries, Drawer, KeptGrant, LaneKey, Outcome, Reservation, RunId,
    RunRecord, SealedToken, SeenSegment,
};
use crate::store::{Recovered, Result};

const CHUNK: &str = "SELECT lane.connection, lane.property, chunk.* FROM chunk
    JOIN lane ON lane.id = chunk.lane";
const BY_NUMBER: &str = "ORDER BY lane.connection, lane.property, chunk.seq";

pub(super) fn recovered(db: &Connection) -> Result<Recovered> {
    let sql = format!("{CHUNK} WHERE chunk.finished = 0 {BY_NUMBER}");
    let runs = "SELECT * FROM run WHERE id IN (SELECT run FROM chunk WHERE finished = 0)
        ORDER BY id";
    let mut process = db.prepare_cached("SELECT * FROM process")?;
    let mut process = process.query([])?;
    let unfinished = chunks_where(db, &sql, &[])?;
    let row = process
        .next()?
        .ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    Ok(Recovered {
        clean: row.get("clean")?,
        opened: row.get::<_, Option<i64>>("opened")?.map(Wall),
        closed: row.get::<_, Option<i64>>("closed")?.map(Wall),
        usage: from_json("usage", &row.get::<_, String>("usage")?)?,
        reserved: list(db, "SELECT * FROM reserved ORDER BY id", &[], reservation)?,
        tokens: list(db, "SELECT * FROM token ORDER BY connection", &[], token)?,
        grants: list(
            db,
            "SELECT * FROM grant_kept ORDER BY connection",
            &[],
            kept_grant,
        )?,
        last_run: last_run(db)?.unwrap_or(RunId(0)),
        last_seq: last_seqs(db)?,
        unfinished,
        runs: list(db, runs, &[], run_record)?,
    })
}

fn reservation(row: &Row<'_>) -> Result<Reservation> {
    Ok(Reservation {
        quota: row.get("quota")?,
        count: row.get("count")?,
        window: unsigned("window", row.get("window")?)?,
        at: Wall(row.get("at")?),
    })
}

fn token(row: &Row<'_>) -> Result<SealedToken> {
    let life = row.get::<_, Option<i64>>("lifetime")?;
    Ok(SealedToken {
        connection: column(row, "connection")?,
        sealed: row.get("sealed")?,
        asked: Wall(row.get("asked")?),
        lifetime: life.map(|life| unsigned("lifetime", life)).transpose()?,
    })
}

pub(super) fn filed(db: &Connection, drawer: Drawer) -> Result<BTreeMap<String, String>> {
    let sql = "SELECT name, body FROM filed WHERE drawer = ?1 ORDER BY name";
    let record = |row: &Row<'_>| Ok((row.get("name")?, row.get("body")?));
    let records = list(db, sql, &[&word("drawer", &drawer)?], record)?;
    Ok(records.into_iter().collect())
}

fn kept_grant(row: &Row<'_>) -> Result<KeptGrant> {
    Ok(KeptGrant {
        connection: column(row, "connection")?,
        sealed: row.get("sealed")?,
        consented: Wall(row.get("consented")?),
        generation: unsigned("generation", row.get("generation")?)?,
        since: Wall(row.get("since")?),
        scope: row.get("scope")?,
        state: from_json("state", &row.get::<_, String>("state")?)?,
    })
}

/// The consent of an account.
pub(super) fn grant(db: &Connection, connection: &ConnectionId) -> Result<Option<KeptGrant>> {
    let sql = "SELECT * FROM grant_kept WHERE connection = ?1";
    let found = list(db, sql, &[&connection.as_str()], kept_grant)?;
    Ok(found.into_iter().next())
}

pub(super) fn last_run(db: &Connection) -> Result<Option<RunId>> {
    let last: Option<i64> = db.query_row("SELECT max(id) FROM run", [], |row| row.get(0))?;
    last.map(|id| unsigned("run", id).map(RunId)).transpose()
}

fn last_seqs(db: &Connection) -> Result<BTreeMap<LaneKey, u64>> {
    let mut statement = db.prepare_cached("SELECT * FROM lane")?;
    let rows = statement.query_and_then([], |row| {
        let seq = unsigned("last_seq", row.get("last_seq")?)?;
        Ok((lane(row)?, seq))
    })?;
    rows.collect()
}

pub(super) fn runs(db: &Connection, newest: usize) -> Result<Vec<RunRecord>> {
    let newest = i64::try_from(newest).unwrap_or(i64::MAX);
    let sql = "SELECT * FROM run ORDER BY id DESC LIMIT ?1";
    list(db, sql, &[&newest], run_record)
}

pub(super) fn run(db: &Connection, id: RunId) -> Result<Option<RunRecord>> {
    let Ok(id) = i64::try_from(id.0) else {
        return Ok(None);
    };
    let found = list(db, "SELECT * FROM run WHERE id = ?1", &[&id], run_record)?;
    Ok(found.into_iter().next())
}

pub(super) fn run_of_plan(db: &Connection, fingerprint: &str) -> Result<Option<RunRecord>> {
    let sql = "SELECT * FROM run WHERE plan = ?1 AND plan <> ''";
    let found = list(db, sql, &[&fingerprint], run_record)?;
    Ok(found.into_iter().next())
}

pub(super) fn chunks(db: &Connection, run: RunId) -> Result<Vec<ChunkRecord>> {
    let Ok(run) = i64::try_from(run.0) else {
        return Ok(Vec::new());
    };
    let sql = format!("{CHUNK} WHERE chunk.run = ?1 {BY_NUMBER}");
    chunks_where(db, &sql, &[&run])
}

/// The request in that row of the table.
pub(super) fn chunk_in_row(db: &Connection, row: i64) -> Result<Option<ChunkRecord>> {
    let sql = format!("{CHUNK} WHERE chunk.id = ?1");
    Ok(chunks_where(db, &sql, &[&row])?.into_iter().next())
}

pub(super) fn outcomes(db: &Connection, run: RunId) -> Result<Vec<Outcome>> {
    let Ok(run) = i64::try_from(run.0) else {
        return Ok(Vec::new());
    };
    let sql = "SELECT lane.connection, lane.property, chunk.seq, outcome.* FROM outcome
        JOIN chunk ON chunk.id = outcome.chunk JOIN lane ON lane.id = chunk.lane
        WHERE chunk.run = ?1
        ORDER BY lane.connection, lane.property, chunk.seq, room, plan, adults, first";
    list(db, sql, &[&run], outcome)
}

/// The outcomes of the request in that row of its table.
pub(super) fn outcomes_of_row(db: &Connection, row: i64) -> Result<Vec<Outcome>> {
    let sql = "SELECT lane.connection, lane.property, chunk.seq, outcome.* FROM outcome
        JOIN chunk ON chunk.id = outcome.chunk JOIN lane ON lane.id = chunk.lane
        WHERE chunk.id = ?1";
    list(db, sql, &[&row], outcome)
}

pub(super) fn seen(
    db: &Connection,
    connection: &ConnectionId,
    vendor_property: &VendorId,
) -> Result<Vec<SeenSegment>> {
    let sql = "SELECT * FROM seen WHERE connection = ?1 AND vendor_property = ?2
        ORDER BY at, id";
    let (connection, property) = (connection.as_str(), vendor_property.as_str());
    list(db, sql, &[&connection, &property], segment)
}

pub(super) fn desired(db: &Connection, connection: &ConnectionId) -> Result<Vec<DesiredSeries>> {
    let sql = "SELECT * FROM desired WHERE connection = ?1
        ORDER BY property, room, plan, adults";
    list(db, sql, &[&connection.as_str()], wish)
}

/// Outcomes of the same series of the same request that share a night with this one.
pub(super) fn met_outcomes(
    db: &Connection,
    chunk: i64,
    newer: &Outcome,
) -> Result<Vec<(i64, Outcome)>> {
    let (room, plan) = parts(&newer.ids);
    let (first, last) = (newer.first.days(), newer.last.days());
    let sql = "SELECT lane.connection, lane.property, chunk.seq, outcome.* FROM outcome
        JOIN chunk ON chunk.id = outcome.chunk JOIN lane ON lane.id = chunk.lane
        WHERE outcome.chunk = ?1 AND room = ?2 AND plan = ?3 AND adults IS ?4
        AND first <= ?5 AND last >= ?6";
    let values: [&dyn ToSql; 6] = [&chunk, &room, &plan, &newer.adults, &last, &first];
    list(db, sql, &values, |row| Ok((row.get("id")?, outcome(row)?)))
}

/// Segments of the same series that are not later than this one.
pub(super) fn older_segments(
    db: &Connection,
    newer: &SeenSegment,
) -> Result<Vec<(i64, SeenSegment)>> {
    let (room, plan) = parts(&newer.ids);
    let (connection, property) = (newer.connection.as_str(), newer.vendor_property.as_str());
    let sql = "SELECT * FROM seen WHERE connection = ?1 AND vendor_property = ?2
        AND room = ?3 AND plan = ?4 AND adults = ?5 AND at <= ?6";
    let values: [&dyn ToSql; 6] = [
        &connection,
        &property,
        &room,
        &plan,
        &newer.adults,
        &newer.at.0,
    ];
    list(db, sql, &values, |row| Ok((row.get("id")?, segment(row)?)))
}

/// The row of a request in its table.
pub(super) fn row_of(db: &Connection, chunk: &ChunkId) -> Result<Option<i64>> {
    let Ok(seq) = i64::try_from(chunk.seq) else {
        return Ok(None);
    };
    let mut statement = db.prepare_cached(
        "SELECT chunk.id FROM chunk JOIN lane ON lane.id = chunk.lane
        WHERE lane.connection = ?1 AND lane.property = ?2 AND chunk.seq = ?3",
    )?;
    let (connection, property) = (&chunk.lane.connection, &chunk.lane.property);
    let row = statement
        .query_row(
            params![connection.as_str(), property.as_str(), seq],
            |row| row.get(0),
        )
        .optional()?;
    Ok(row)
}

pub(super) fn list<T>(
    db: &Connection,
    sql: &str,
    params: &[&dyn ToSql],
    read: fn(&Row<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_and_then(params, read)?;
    rows.collect()
}

/// Requests of one property share its facts in memory as they do on disk.
fn chunks_where(db: &Connection, sql: &str, params: &[&dyn ToSql]) -> Result<Vec<ChunkRecord>> {
    let mut targets: BTreeMap<i64, Arc<Target>> = BTreeMap::new();
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_and_then(params, |row| {
        let at: i64 = row.get("target")?;
        let target = match targets.get(&at) {
            Some(target) => target.clone(),
            None => targets.entry(at).or_insert(target(db, at)?).clone(),
        };
        chunk_record(row, target)
    })?;
    rows.collect()
}

fn target(db: &Connection, row: i64) -> Result<Arc<Target>> {
    let mut statement = db.prepare_cached("SELECT body FROM target WHERE id = :id")?;
    let body: String = statement.query_row(named_params! {":id": row}, |row| row.get(0))?;
    from_json("target", &body).map(Arc::new)
}

fn lane(row: &Row<'_>) -> Result<LaneKey> {
    Ok(LaneKey {
        connection: column(row, "connection")?,
        property: column(row, "property")?,
    })
}

fn chunk_id(row: &Row<'_>) -> Result<ChunkId> {
    Ok(ChunkId {
        lane: lane(row)?,
        seq: unsigned("seq", row.get("seq")?)?,
    })
}

fn chunk_record(row: &Row<'_>, target: Arc<Target>) -> Result<ChunkRecord> {
    let id = chunk_id(row)?;
    let by = |seq| unsigned("superseded_by", seq);
    let by = row.get::<_, Option<i64>>("superseded_by")?.map(by);
    let job: Option<String> = row.get("job")?;
    let receipt: Option<String> = row.get("receipt")?;
    Ok(ChunkRecord {
        run: RunId(unsigned("run", row.get("run")?)?),
        key: column(row, "key")?,
        chunk: Chunk {
            target,
            operation: column(row, "operation")?,
            rows: from_json("rows", &row.get::<_, String>("rows")?)?,
        },
        state: column(row, "state")?,
        departed: row.get::<_, Option<i64>>("departed")?.map(Wall),
        superseded_by: by.transpose()?.map(|seq| ChunkId {
            lane: id.lane.clone(),
            seq,
        }),
        job: job.map(|job| from_word("job", job)).transpose()?,
        receipt: receipt
            .map(|receipt| from_json("receipt", &receipt))
            .transpose()?,
        accepted: row.get::<_, Option<i64>>("accepted")?.map(Wall),
        id,
    })
}

fn run_record(row: &Row<'_>) -> Result<RunRecord> {
    Ok(RunRecord {
        id: RunId(unsigned("run", row.get("id")?)?),
        started: Wall(row.get("started")?),
        plan: row.get("plan")?,
        plan_expires: Wall(row.get("plan_expires")?),
        author: row.get("author")?,
        reason: row.get("reason")?,
        ended: row.get::<_, Option<i64>>("ended")?.map(Wall),
    })
}

fn outcome(row: &Row<'_>) -> Result<Outcome> {
    Ok(Outcome {
        chunk: chunk_id(row)?,
        ids: ids(row)?,
        adults: row.get("adults")?,
        first: Night::from_days(row.get("first")?),
        last: Night::from_days(row.get("last")?),
        ending: column(row, "ending")?,
        reason: row.get("reason")?,
    })
}

fn segment(row: &Row<'_>) -> Result<SeenSegment> {
    Ok(SeenSegment {
        connection: column(row, "connection")?,
        vendor_property: column(row, "vendor_property")?,
        ids: ids(row)?,
        adults: row.get("adults")?,
        series: codec::decode(&row.get::<_, Vec<u8>>("series")?)?,
        origin: column(row, "origin")?,
        at: Wall(row.get("at")?),
    })
}

fn wish(row: &Row<'_>) -> Result<DesiredSeries> {
    Ok(DesiredSeries {
        connection: column(row, "connection")?,
        property: column(row, "property")?,
        ids: ids(row)?,
        adults: row.get("adults")?,
        series: codec::decode(&row.get::<_, Vec<u8>>("series")?)?,
    })
}
