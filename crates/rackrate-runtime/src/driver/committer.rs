//! Writes batches to the ledger, in order, off the driver's task.
//!
//! What gathers while one commit is being flushed goes into the next one, so the disk sets
//! the pace and not the number of batches.
//!
//! Invariant: after a failed commit nothing more is written.

use std::sync::Arc;

use rackrate_ledger::error::LedgerError;
use rackrate_ledger::op::LedgerOp;
use rackrate_ledger::store::Ledger;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

use crate::engine::types::BatchId;

/// Batches in one commit at most.
const GROUP: usize = 256;

type Batch = (BatchId, Vec<LedgerOp>);

/// What became of a group of batches.
pub(super) type Written = Result<Vec<BatchId>, LedgerError>;

/// The task that writes, seen from the driver.
#[derive(Debug)]
pub(super) struct Committer {
    batches: UnboundedSender<Batch>,
    pub(super) written: UnboundedReceiver<Written>,
    task: JoinHandle<()>,
}

impl Committer {
    pub(super) fn start(ledger: Arc<dyn Ledger>) -> Self {
        let (batches, queue) = unbounded_channel();
        let (tell, written) = unbounded_channel();
        let task = tokio::spawn(write_in_order(ledger, queue, tell));
        Self {
            batches,
            written,
            task,
        }
    }

    pub(super) fn commit(&self, batch: BatchId, ops: Vec<LedgerOp>) {
        // The task ends early only after it has told a failure.
        let _ = self.batches.send((batch, ops));
    }

    /// Writes what is still queued, and `last`, then ends.
    pub(super) async fn finish(mut self, last: Vec<LedgerOp>) -> Result<(), LedgerError> {
        if !last.is_empty() {
            self.commit(BatchId(u64::MAX), last);
        }
        drop(self.batches);
        let mut end = Ok(());
        while let Some(written) = self.written.recv().await {
            end = end.and(written.map(|_| ()));
        }
        if self.task.await.is_err() {
            return end.and(Err(LedgerError::Closed));
        }
        end
    }
}

async fn write_in_order(
    ledger: Arc<dyn Ledger>,
    mut queue: UnboundedReceiver<Batch>,
    tell: UnboundedSender<Written>,
) {
    let mut group = Vec::new();
    while queue.recv_many(&mut group, GROUP).await > 0 {
        let (ids, ops): (Vec<_>, Vec<_>) = group.drain(..).unzip();
        let written = ledger.commit(ops.into_iter().flatten().collect()).await;
        let failed = written.is_err();
        if tell.send(written.map(|()| ids)).is_err() || failed {
            return;
        }
    }
}
