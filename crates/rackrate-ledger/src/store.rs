//! What a ledger promises, whatever it is made of.
//!
//! What may follow what is not decided here but in [`crate::transition`]; the behaviour
//! that every ledger must show is written as checks in the suite.
//!
//! Invariant: a batch is written whole or not at all, and is durable when `commit` returns.

use std::collections::BTreeMap;
use std::fmt;

use async_trait::async_trait;
use rackrate_core::clock::Wall;
use rackrate_core::ids::{ConnectionId, VendorId};

use crate::audit::{Head, Lines, Trail};
use crate::error::LedgerError;
use crate::op::{
    ChunkRecord, DesiredSeries, Drawer, KeptGrant, LaneKey, LedgerOp, Outcome, Reservation, RunId,
    RunRecord, SealedToken, SeenSegment, Usage,
};

/// A result that may be a ledger's error.
pub type Result<T, E = LedgerError> = std::result::Result<T, E>;

/// Durable state that takes whole batches.
#[async_trait]
pub trait Ledger: Send + Sync + fmt::Debug {
    /// Writes all of the batch or nothing of it; durable when it returns. Batches are
    /// written in the order in which `commit` was first polled.
    ///
    /// # Errors
    /// An illegal operation refuses its whole batch and no other one. After
    /// [`LedgerError::Storage`] the batch may have been written: recover before going on.
    async fn commit(&self, ops: Vec<LedgerOp>) -> Result<()>;

    /// What a process finds when it starts.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn recover(&self) -> Result<Recovered>;

    /// The newest runs, newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn runs(&self, newest: usize) -> Result<Vec<RunRecord>>;

    /// One run.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn run(&self, id: RunId) -> Result<Option<RunRecord>>;

    /// The run that applied a plan, by the plan's fingerprint.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn run_of_plan(&self, fingerprint: &str) -> Result<Option<RunRecord>>;

    /// The requests of a run, by lane and number.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn chunks(&self, run: RunId) -> Result<Vec<ChunkRecord>>;

    /// How the nights of a run ended, by lane, number, identifiers, adults and night.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn outcomes(&self, run: RunId) -> Result<Vec<Outcome>>;

    /// What is known of a property at a vendor, oldest first: laid over each other in this
    /// order, the segments give the latest knowledge.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn seen(
        &self,
        connection: &ConnectionId,
        vendor_property: &VendorId,
    ) -> Result<Vec<SeenSegment>>;

    /// The wishes last applied at a connection, by property, identifiers and adults.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn desired(&self, connection: &ConnectionId) -> Result<Vec<DesiredSeries>>;

    /// The records of a drawer, by name.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn filed(&self, drawer: Drawer) -> Result<BTreeMap<String, String>>;

    /// Where the audit trail ends.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn audit_head(&self) -> Result<Head>;

    /// The audit trail as it is now, and its lines, which come as they are read: what is
    /// written meanwhile is not among them.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn audit(&self) -> Result<(Trail, Lines<'_>)>;
}

/// What a process finds when it starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// Whether the last process that opened the ledger also closed it, or none ever did.
    pub clean: bool,
    /// When the ledger was last opened for sending.
    pub opened: Option<Wall>,
    /// When it was last closed.
    pub closed: Option<Wall>,
    /// What counted against allowances at the last clean end.
    pub usage: Vec<Usage>,
    /// What was set aside of allowances since then, oldest first.
    pub reserved: Vec<Reservation>,
    /// The tokens kept, by account.
    pub tokens: Vec<SealedToken>,
    /// The consents kept, by account.
    pub grants: Vec<KeptGrant>,
    /// The last run; zero when there was none.
    pub last_run: RunId,
    /// The last number used in each lane, whatever became of its request.
    pub last_seq: BTreeMap<LaneKey, u64>,
    /// Requests that are planned, departing or queued, and answered ones with nights that
    /// have no final outcome ([`crate::op::Ending::is_final`]), by lane and number.
    pub unfinished: Vec<ChunkRecord>,
    /// The runs that those requests belong to, oldest first.
    pub runs: Vec<RunRecord>,
}
