//! The host that acts: one task that tells the engine what happened and does what it says.
//!
//! It owns engine and desk; the ledger and the attempts run beside it and report back, so
//! neither a slow disk nor a slow vendor stops the others.
//!
//! Invariants:
//! - batches reach the ledger in the order of the engine's effects, and nothing leaves
//!   before the ledger knows that this process is open;
//! - after a failed commit nothing more leaves;
//! - an attempt is given up only at the hard end.

mod attempts;
mod clock;
mod clocks;
mod committer;
mod rereads;
mod work;

use std::sync::Arc;
use std::time::Duration;

use rackrate_ledger::error::LedgerError;
use rackrate_ledger::store::Ledger;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinHandle;

pub use self::clock::Clock;
use self::work::Work;
use crate::desk::Desk;
use crate::engine::Engine;
use crate::engine::types::Report;
use crate::handle::Handle;
use crate::places::Places;
use crate::transport::Transport;

/// How long answers under way are awaited after a stop, unless said otherwise.
const GRACE: Duration = Duration::from_secs(30);

/// A run that has everything it needs and has not started.
#[derive(Debug)]
pub struct Driver {
    engine: Engine,
    desk: Desk,
    ledger: Arc<dyn Ledger>,
    transport: Transport,
    clock: Clock,
    grace: Duration,
    places: Option<Arc<dyn Places>>,
}

impl Driver {
    /// A driver of that engine and the desk of the same assembly. The engine has to have
    /// been made with a moment of the same clock.
    pub fn new(
        engine: Engine,
        desk: Desk,
        ledger: Arc<dyn Ledger>,
        transport: Transport,
        clock: Clock,
    ) -> Self {
        Self {
            engine,
            desk,
            ledger,
            transport,
            clock,
            grace: GRACE,
            places: None,
        }
    }

    /// How long answers under way are awaited after a stop. Default: 30 seconds.
    #[must_use]
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Who is asked for secrets again when one is refused. Default: nobody.
    #[must_use]
    pub fn places(mut self, places: Option<Arc<dyn Places>>) -> Self {
        self.places = places;
        self
    }

    /// Starts the run on a task of its own; has to be called within a tokio runtime.
    pub fn start(self) -> (Handle, Reports) {
        let (commands, inbox) = unbounded_channel();
        let (tell, reports) = unbounded_channel();
        let work = Work::new(self, inbox, tell);
        let handle = work.handle(commands);
        let task = tokio::spawn(work.run());
        (handle, Reports { reports, task })
    }
}

/// What a run tells, and how it ended.
#[derive(Debug)]
pub struct Reports {
    reports: UnboundedReceiver<Report>,
    task: JoinHandle<Result<Ended, DriverError>>,
}

impl Reports {
    /// The next report; `None` when the run has ended.
    pub async fn next(&mut self) -> Option<Report> {
        self.reports.recv().await
    }

    /// Waits for the end of the run. Reports that nobody took are dropped.
    ///
    /// # Errors
    /// What ended it against our will.
    pub async fn join(self) -> Result<Ended, DriverError> {
        drop(self.reports);
        self.task.await.unwrap_or(Err(DriverError::Panicked))
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Attempts given up without an answer. With none, the ledger says that the end was
    /// clean; otherwise the next process settles them.
    pub abandoned: usize,
}

impl Ended {
    /// Whether the ledger was closed.
    pub fn is_clean(self) -> bool {
        self.abandoned == 0
    }
}

/// What ended a run against our will. Nothing left after it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum DriverError {
    /// Something could not be written down.
    #[error("the ledger could not be written, so nothing more was sent")]
    Ledger(#[from] LedgerError),
    /// A fault of this program.
    #[error("the run broke off by a fault of this program")]
    Panicked,
}
