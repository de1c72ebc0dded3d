//! The one thread that writes: group commit.
//!
//! A flush to disk costs milliseconds, so the writer takes every batch that waits, writes
//! them in one transaction with a savepoint for each, flushes once and answers them all.
//!
//! Invariant: no batch is answered with success before the flush that made it durable.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{Builder, JoinHandle};

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use super::write;
use crate::error::LedgerError;
use crate::op::LedgerOp;
use crate::store::Result;

/// Batches in one transaction at most, so that nobody waits for an endless group.
const GROUP: usize = 1024;

struct Job {
    ops: Vec<LedgerOp>,
    answer: oneshot::Sender<Result<()>>,
}

/// How much was written since the ledger was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Batches that were made durable.
    pub batches: u64,
    /// Transactions, each with one flush, that it took.
    pub transactions: u64,
}

#[derive(Debug, Default)]
struct Counters {
    batches: AtomicU64,
    transactions: AtomicU64,
}

/// The handle of the writing thread; dropping it writes what waits and ends the thread.
#[derive(Debug)]
pub(super) struct Writer {
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    counters: Arc<Counters>,
}

impl Writer {
    pub(super) fn start(db: Connection) -> std::io::Result<Self> {
        let (jobs, waiting) = channel();
        let counters = Arc::new(Counters::default());
        let counts = counters.clone();
        let thread = Builder::new()
            .name("ledger-writer".to_owned())
            .spawn(move || run(db, &waiting, &counts))?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
            counters,
        })
    }

    pub(super) async fn commit(&self, ops: Vec<LedgerOp>) -> Result<()> {
        let (answer, answered) = oneshot::channel();
        let jobs = self.jobs.as_ref().ok_or(LedgerError::Closed)?;
        jobs.send(Job { ops, answer })
            .map_err(|_| LedgerError::Closed)?;
        answered.await.unwrap_or(Err(LedgerError::Closed))
    }

    pub(super) fn written(&self) -> Written {
        Written {
            batches: self.counters.batches.load(Ordering::Relaxed),
            transactions: self.counters.transactions.load(Ordering::Relaxed),
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the writer was already told to whoever waited for it.
            drop(thread.join());
        }
    }
}

fn run(mut db: Connection, waiting: &Receiver<Job>, counters: &Counters) {
    while let Ok(first) = waiting.recv() {
        let mut group = vec![first];
        group.extend(waiting.try_iter().take(GROUP - 1));
        let results = commit(&mut db, &group).unwrap_or_else(|err| vec![Err(err); group.len()]);
        let landed = results.iter().filter(|result| result.is_ok()).count() as u64;
        if landed > 0 {
            counters.batches.fetch_add(landed, Ordering::Relaxed);
            counters.transactions.fetch_add(1, Ordering::Relaxed);
        }
        for (job, result) in group.into_iter().zip(results) {
            // Nobody waits any more: the batch stands all the same.
            drop(job.answer.send(result));
        }
    }
}

/// A refused batch is one result among others; a failing store fails the whole group,
/// because SQLite may have rolled all of it back.
fn commit(db: &mut Connection, group: &[Job]) -> Result<Vec<Result<()>>> {
    let mut transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut results = Vec::with_capacity(group.len());
    for job in group {
        let savepoint = transaction.savepoint()?;
        let result = write::batch(&savepoint, &job.ops);
        match &result {
            Ok(()) => savepoint.commit()?,
            Err(err @ LedgerError::Storage { .. }) => return Err(err.clone()),
            Err(_) => savepoint.finish()?,
        }
        results.push(result);
    }
    transaction.commit()?;
    Ok(results)
}
