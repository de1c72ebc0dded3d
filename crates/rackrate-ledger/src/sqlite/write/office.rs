//! Processes, allowances, credentials and small records: everything that is no price.

use rackrate_core::clock::Wall;
use rackrate_core::ids::ConnectionId;
use rusqlite::Connection;

use super::run_sql;
use crate::op::{Filed, KeptGrant, Resealed, Reservation, SealedToken, Usage};
use crate::sqlite::words::{json, signed, word};
use crate::store::Result;

pub(super) fn open(db: &Connection, at: Wall) -> Result<()> {
    let sql = "UPDATE process SET clean = 0, opened = ?1";
    run_sql(db, sql, &[&at.0])
}

pub(super) fn close(db: &Connection, at: Wall, usage: &[Usage]) -> Result<()> {
    let sql = "UPDATE process SET clean = 1, closed = ?1, usage = ?2";
    run_sql(db, sql, &[&at.0, &json("usage", &usage)?])?;
    run_sql(db, "DELETE FROM reserved", &[])
}

pub(super) fn reserve(db: &Connection, part: &Reservation) -> Result<()> {
    let sql = "INSERT INTO reserved (quota, count, window, at) VALUES (?1, ?2, ?3, ?4)";
    let window = signed("window", part.window)?;
    run_sql(db, sql, &[&part.quota, &part.count, &window, &part.at.0])
}

pub(super) fn keep(db: &Connection, token: &SealedToken) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO token (connection, sealed, asked, lifetime)
        VALUES (?1, ?2, ?3, ?4)";
    let life = token.lifetime.map(|life| signed("lifetime", life));
    let (connection, life) = (token.connection.as_str(), life.transpose()?);
    run_sql(
        db,
        sql,
        &[&connection, &token.sealed, &token.asked.0, &life],
    )
}

pub(super) fn reseal(db: &Connection, sealed: &Resealed) -> Result<()> {
    let connection = sealed.connection.as_str();
    if let Some(token) = &sealed.token {
        let sql = "UPDATE token SET sealed = ?2 WHERE connection = ?1";
        run_sql(db, sql, &[&connection, token])?;
    }
    if let Some(consent) = &sealed.consent {
        let sql = "UPDATE grant_kept SET sealed = ?2 WHERE connection = ?1";
        run_sql(db, sql, &[&connection, consent])?;
    }
    Ok(())
}

pub(super) fn consent(db: &Connection, grant: &KeptGrant) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO grant_kept
        (connection, sealed, consented, generation, since, scope, state)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let (connection, state) = (grant.connection.as_str(), json("state", &grant.state)?);
    let generation = signed("generation", grant.generation)?;
    let times = (grant.consented.0, grant.since.0);
    run_sql(
        db,
        sql,
        &[
            &connection,
            &grant.sealed,
            &times.0,
            &generation,
            &times.1,
            &grant.scope,
            &state,
        ],
    )
}

pub(super) fn forget(db: &Connection, connection: &ConnectionId) -> Result<()> {
    for sql in [
        "DELETE FROM token WHERE connection = ?1",
        "DELETE FROM grant_kept WHERE connection = ?1",
    ] {
        run_sql(db, sql, &[&connection.as_str()])?;
    }
    Ok(())
}

pub(super) fn file(db: &Connection, record: &Filed) -> Result<()> {
    let drawer = word("drawer", &record.drawer)?;
    match &record.body {
        Some(body) => {
            let sql = "INSERT OR REPLACE INTO filed (drawer, name, body) VALUES (?1, ?2, ?3)";
            run_sql(db, sql, &[&drawer, &record.name, body])
        }
        None => {
            let sql = "DELETE FROM filed WHERE drawer = ?1 AND name = ?2";
            run_sql(db, sql, &[&drawer, &record.name])
        }
    }
}
