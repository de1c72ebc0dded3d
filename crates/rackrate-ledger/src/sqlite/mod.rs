//! The ledger in one SQLite file.
//!
//! WAL mode with full synchronisation: a commit is durable when it returns. One thread
//! writes, a few read. Which process may send is the business of [`crate::lease`].
//!
//! Invariant: the file only ever changes inside the writer's transactions.

mod audit;
mod open;
mod read;
mod reader;
#[cfg(test)]
mod tests;
mod words;
mod write;
mod writer;

use std::collections::BTreeMap;
use std::path::Path;

use async_trait::async_trait;
use rackrate_core::ids::{ConnectionId, VendorId};
use rusqlite::Connection;

pub(crate) use self::open::{beside, name, private, tighten, unopenable};
use self::reader::Readers;
use self::writer::Writer;
pub use self::writer::Written;
use crate::audit::{Head, Lines, Trail};
use crate::error::LedgerError;
use crate::op::{
    ChunkRecord, DesiredSeries, Drawer, LedgerOp, Outcome, RunId, RunRecord, SeenSegment,
};
use crate::store::{Ledger, Recovered, Result};

/// Connections that read.
const READERS: usize = 2;

/// A ledger in one file, with a write-ahead log beside it. Dropping it writes what waits.
#[derive(Debug)]
pub struct SqliteLedger {
    file: String,
    writer: Writer,
    readers: Readers,
}

impl SqliteLedger {
    /// Opens a ledger, or makes a new one. One of an older version is copied to
    /// `<file>.v<version>.bak` and brought up to date. Blocks on the disk.
    ///
    /// # Errors
    /// [`LedgerError::Unopenable`] for a folder or a path without permission,
    /// [`LedgerError::Foreign`] for a file that is something else,
    /// [`LedgerError::Newer`] for a ledger of a later rackrate.
    pub fn open(path: &Path) -> Result<Self> {
        Self::open_with(path, open::MIGRATIONS).map_err(|err| err.in_file(&name(path)))
    }

    fn open_with(path: &Path, migrations: &[&str]) -> Result<Self> {
        let db = open::open(path, migrations)?;
        let readers: Result<Vec<_>> = (0..READERS).map(|_| open::another(path)).collect();
        Ok(Self {
            file: name(path),
            writer: Writer::start(db).map_err(|err| unopenable(path, err))?,
            readers: Readers::start(readers?).map_err(|err| unopenable(path, err))?,
        })
    }

    /// How much was written since it was opened.
    pub fn written(&self) -> Written {
        self.writer.written()
    }

    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let answer = self.readers.ask(question).await;
        answer.map_err(|err| err.in_file(&self.file))
    }
}

impl LedgerError {
    /// Names the file in an error that came without.
    fn in_file(self, name: &str) -> Self {
        match self {
            Self::Storage { file, reason } if file.is_empty() => Self::Storage {
                file: name.to_owned(),
                reason,
            },
            other => other,
        }
    }
}

#[async_trait]
impl Ledger for SqliteLedger {
    async fn commit(&self, ops: Vec<LedgerOp>) -> Result<()> {
        let result = self.writer.commit(ops).await;
        result.map_err(|err| err.in_file(&self.file))
    }

    async fn recover(&self) -> Result<Recovered> {
        self.ask(read::recovered).await
    }

    async fn runs(&self, newest: usize) -> Result<Vec<RunRecord>> {
        self.ask(move |db| read::runs(db, newest)).await
    }

    async fn run(&self, id: RunId) -> Result<Option<RunRecord>> {
        self.ask(move |db| read::run(db, id)).await
    }

    async fn run_of_plan(&self, fingerprint: &str) -> Result<Option<RunRecord>> {
        let fingerprint = fingerprint.to_owned();
        self.ask(move |db| read::run_of_plan(db, &fingerprint))
            .await
    }

    async fn chunks(&self, run: RunId) -> Result<Vec<ChunkRecord>> {
        self.ask(move |db| read::chunks(db, run)).await
    }

    async fn outcomes(&self, run: RunId) -> Result<Vec<Outcome>> {
        self.ask(move |db| read::outcomes(db, run)).await
    }

    async fn seen(
        &self,
        connection: &ConnectionId,
        vendor_property: &VendorId,
    ) -> Result<Vec<SeenSegment>> {
        let (connection, property) = (connection.clone(), vendor_property.clone());
        self.ask(move |db| read::seen(db, &connection, &property))
            .await
    }

    async fn desired(&self, connection: &ConnectionId) -> Result<Vec<DesiredSeries>> {
        let connection = connection.clone();
        self.ask(move |db| read::desired(db, &connection)).await
    }

    async fn filed(&self, drawer: Drawer) -> Result<BTreeMap<String, String>> {
        self.ask(move |db| read::filed(db, drawer)).await
    }

    async fn audit_head(&self) -> Result<Head> {
        self.ask(audit::head).await
    }

    async fn audit(&self) -> Result<(Trail, Lines<'_>)> {
        let (sender, lines) = Lines::sent();
        let file = self.file.clone();
        let rest = move |db: &Connection| audit::send_lines(db, &file, &sender);
        let trail = self.readers.ask_and_go_on(audit::trail, rest).await;
        Ok((trail.map_err(|err| err.in_file(&self.file))?, lines))
    }
}
