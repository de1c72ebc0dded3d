//! The way from the engine's batches to the ledger.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use rackrate_core::ids::{ConnectionId, VendorId};
use rackrate_ledger::audit::{Head, Lines, Trail};
use rackrate_ledger::error::LedgerError;
use rackrate_ledger::op::{
    ChunkRecord, DesiredSeries, Drawer, LedgerOp, Outcome, RunId, RunRecord, SeenSegment,
};
use rackrate_ledger::store::{Ledger, Recovered, Result};
use rackrate_runtime::driver::{Clock, DriverError};
use tokio::sync::Notify;
use wiremock::ResponseTemplate;

use crate::support::{EPOCH, chunk, driver, night, read, short, vendor, wish};

/// A disk whose every flush the test lets happen, and which is full after some.
#[derive(Debug)]
struct Disk {
    flush: Notify,
    asked: Notify,
    room: usize,
    written: Mutex<Vec<Vec<LedgerOp>>>,
}

impl Disk {
    fn with_room(room: usize) -> Arc<Self> {
        Arc::new(Self {
            flush: Notify::new(),
            asked: Notify::new(),
            room,
            written: Mutex::default(),
        })
    }
}

fn clock() -> Clock {
    Clock::new(1, || EPOCH)
}

#[tokio::test]
async fn nothing_leaves_after_a_failed_commit() {
    let server = vendor(ResponseTemplate::new(200)).await;
    let disk = Disk::with_room(0);
    disk.flush.notify_one();
    let (handle, reports) = driver(&server.uri(), short(), clock(), disk).start();
    // The run may have ended already.
    let _ = handle.ask(read(night("2027-01-01"), night("2027-01-01")));
    let end = reports.join().await;
    assert!(matches!(end, Err(DriverError::Ledger(LedgerError::Closed))));
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_gathers_during_a_flush_is_written_in_one_commit_and_in_order() {
    let server = vendor(ResponseTemplate::new(200).set_delay(Duration::from_secs(3600))).await;
    let disk = Disk::with_room(usize::MAX);
    let (handle, mut reports) = driver(&server.uri(), short(), clock(), disk.clone()).start();
    let again = || handle.ask(wish(vec![chunk("2027-01-01", 6_800)]));
    disk.asked.notified().await;
    disk.flush.notify_one();
    again().unwrap();
    disk.asked.notified().await;
    for _ in 0..3 {
        again().unwrap();
        reports.next().await.expect("the wish before is superseded");
    }
    handle.stop().unwrap();
    let flushing = tokio::spawn(flush_all(disk.clone()));
    reports.join().await.unwrap();
    flushing.abort();

    let written = disk.written.lock().unwrap();
    let planned: Vec<_> = written.iter().map(|batch| planned(batch)).collect();
    assert_eq!(planned[..3], [vec![], vec![1], vec![2, 3, 4]]);
    let last = written.last().and_then(|batch| batch.last());
    assert!(matches!(last, Some(LedgerOp::Closed { .. })));
}

async fn flush_all(disk: Arc<Disk>) {
    loop {
        disk.flush.notify_one();
        disk.asked.notified().await;
    }
}

fn planned(batch: &[LedgerOp]) -> Vec<u64> {
    let seq = |op: &LedgerOp| match op {
        LedgerOp::Planned(record) => Some(record.id.seq),
        _ => None,
    };
    batch.iter().filter_map(seq).collect()
}

#[async_trait]
impl Ledger for Disk {
    async fn commit(&self, ops: Vec<LedgerOp>) -> Result<()> {
        self.asked.notify_one();
        self.flush.notified().await;
        let mut written = self.written.lock().unwrap();
        if written.len() == self.room {
            return Err(LedgerError::Closed);
        }
        written.push(ops);
        Ok(())
    }

    async fn recover(&self) -> Result<Recovered> {
        Err(LedgerError::Closed)
    }

    async fn runs(&self, _: usize) -> Result<Vec<RunRecord>> {
        Err(LedgerError::Closed)
    }

    async fn run(&self, _: RunId) -> Result<Option<RunRecord>> {
        Err(LedgerError::Closed)
    }

    async fn run_of_plan(&self, _: &str) -> Result<Option<RunRecord>> {
        Err(LedgerError::Closed)
    }

    async fn chunks(&self, _: RunId) -> Result<Vec<ChunkRecord>> {
        Err(LedgerError::Closed)
    }

    async fn outcomes(&self, _: RunId) -> Result<Vec<Outcome>> {
        Err(LedgerError::Closed)
    }

    async fn seen(&self, _: &ConnectionId, _: &VendorId) -> Result<Vec<SeenSegment>> {
        Err(LedgerError::Closed)
    }

    async fn desired(&self, _: &ConnectionId) -> Result<Vec<DesiredSeries>> {
        Err(LedgerError::Closed)
    }

    async fn filed(&self, _: Drawer) -> Result<BTreeMap<String, String>> {
        Err(LedgerError::Closed)
    }

    async fn audit_head(&self) -> Result<Head> {
        Err(LedgerError::Closed)
    }

    async fn audit(&self) -> Result<(Trail, Lines<'_>)> {
        Err(LedgerError::Closed)
    }
}
