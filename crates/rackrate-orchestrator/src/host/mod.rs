//! Where work is done: on the tokio driver against real sockets, or in virtual time.
//!
//! Flows ask a host for work and read the ledger; they know no clock and no socket, so the
//! demo runs the same flows as the commands.

mod live;
mod signals;
mod simulated;

use std::sync::Arc;

use async_trait::async_trait;
use rackrate_core::clock::Wall;
use rackrate_ledger::op::LedgerOp;
use rackrate_ledger::store::Ledger;
use rackrate_runtime::desk::Desk;
use rackrate_runtime::engine::Recovered;
use rackrate_runtime::engine::types::{Event, Report, Setup};

pub use self::live::{Live, lease};
pub(crate) use self::signals::Signals;
pub use self::simulated::Simulated;
use crate::problem::Result;

/// Something to be done by the engine, from its start to its rest.
#[derive(Debug)]
pub struct Job {
    /// What the engine knows.
    pub setup: Setup,
    /// What the desk holds.
    pub desk: Desk,
    /// What an earlier process left behind.
    pub recovered: Recovered,
    /// What is asked for.
    pub events: Vec<Event>,
}

/// Runs engines.
#[async_trait]
pub trait Host: Send {
    /// The civil time.
    fn now(&self) -> Wall;

    /// The ledger, as it is now.
    fn ledger(&self) -> Arc<dyn Ledger>;

    /// Writes something down outside of any work.
    ///
    /// # Errors
    /// When the ledger refuses or fails.
    async fn note(&mut self, ops: Vec<LedgerOp>) -> Result<()>;

    /// Does a job and returns what was reported.
    ///
    /// # Errors
    /// When the ledger fails: then nothing more has left.
    async fn work(&mut self, job: Job) -> Result<Vec<Report>>;
}
