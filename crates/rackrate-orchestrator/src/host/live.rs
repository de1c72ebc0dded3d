//! The host that really sends: the tokio driver, the ledger's file, and the user's Ctrl-C.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rackrate_auth::fingerprint::Fingerprints;
use rackrate_auth::sign::Signer;
use rackrate_core::clock::Wall;
use rackrate_core::finding::{Finding, Place};
use rackrate_ledger::error::LedgerError;
use rackrate_ledger::lease::Lease;
use rackrate_ledger::op::LedgerOp;
use rackrate_ledger::sqlite::SqliteLedger;
use rackrate_ledger::store::Ledger;
use rackrate_runtime::driver::{Clock, Driver, DriverError, Reports};
use rackrate_runtime::engine::Engine;
use rackrate_runtime::engine::types::Report;
use rackrate_runtime::handle::Handle;
use rackrate_runtime::places::Places;
use rackrate_runtime::transport::{Bounds, Refusals, Transport};

use super::signals::Signals;
use super::{Host, Job};
use crate::alarm::{Alarm, Names};
use crate::exit::Exit;
use crate::panics;
use crate::problem::{Problem, Result};
use crate::screen::Bars;
use crate::signing;

/// Between two looks whether another process has given the ledger back.
const LOOK: Duration = Duration::from_millis(200);

/// Real sockets, a real ledger.
#[derive(Debug)]
pub struct Live {
    ledger: Arc<SqliteLedger>,
    transport: Transport,
    clock: Clock,
    grace: Duration,
    signer: Option<Signer>,
    places: Option<Arc<dyn Places>>,
    signals: Signals,
    alarm: Alarm,
    /// Whether a terminal sees how far a job is.
    pub shows_progress: bool,
    /// The signal that ended a job early.
    pub interrupted: Option<Exit>,
    _lease: Lease,
}

impl Live {
    /// Opens the ledger, waiting for another process that has it, and the way out.
    ///
    /// # Errors
    /// When the ledger cannot be opened, or this machine has no usable TLS configuration.
    /// Without findings when a signal ends the waiting.
    pub async fn open(ledger: &Path, grace: Duration) -> Result<Self> {
        let mut signals = Signals::listen();
        let lease = tokio::select! {
            lease = lease(ledger) => lease?,
            exit = signals.next() => return Err(Problem::stopped(exit)),
        };
        let transport = Transport::new(Bounds::default()).map_err(|error| {
            let finding = Finding::error("tls.unusable", Place::default(), error.to_string());
            Problem::failed(finding.hint("Install the system's certificate authorities."))
        })?;
        Ok(Self {
            ledger: Arc::new(SqliteLedger::open(ledger)?),
            transport,
            clock: Clock::system(),
            grace,
            signer: None,
            places: None,
            signals,
            alarm: Alarm::default(),
            shows_progress: false,
            interrupted: None,
            _lease: lease,
        })
    }

    /// Signs the audit trail with that key from now on, whenever something was done.
    pub fn sign_with(&mut self, signer: Option<Signer>) {
        self.signer = signer;
    }

    /// Asks there again for a secret that a vendor refuses.
    pub fn ask_again(&mut self, places: Option<Arc<dyn Places>>) {
        self.places = places;
    }

    /// Shows every report to that alarm from now on, and notes refused requests for it.
    pub(crate) fn alarmed(&mut self, alarm: &Alarm, prints: Option<&Fingerprints>) {
        if let Some(prints) = prints {
            let refusals = Refusals::new(prints.clone());
            self.transport = self.transport.clone().noting(refusals.clone());
            alarm.noting(refusals);
        }
        self.alarm = alarm.clone();
    }

    async fn sign(&self) -> Result<()> {
        match &self.signer {
            Some(signer) => signing::sign(self.ledger.as_ref(), signer, self.now()).await,
            None => Ok(()),
        }
    }

    async fn watch(
        &mut self,
        handle: Handle,
        mut reports: Reports,
        bars: Option<Bars>,
        told: &mut Vec<Report>,
    ) -> Result<()> {
        loop {
            tokio::select! {
                report = reports.next() => match report {
                    Some(report) => {
                        bars.iter().for_each(|bars| bars.told(&report));
                        told.push(report);
                    }
                    None => break,
                },
                exit = self.signals.next() => {
                    if self.interrupted.is_some() {
                        tracing::warn!("stopped at once; `rackrate apply --resume` settles what was under way");
                        std::process::exit(i32::from(exit.code()));
                    }
                    self.interrupted = Some(exit);
                    tracing::warn!("stopping: nothing new leaves, waiting for answers; once more stops at once");
                    // A driver that has just ended needs no stop.
                    let _ = handle.stop();
                }
            }
        }
        let ended = reports.join().await;
        drop(bars);
        match ended {
            Ok(ended) if ended.abandoned > 0 => {
                tracing::warn!(
                    abandoned = ended.abandoned,
                    "answers under way were given up"
                );
                Ok(())
            }
            Ok(_) => Ok(()),
            Err(DriverError::Ledger(error)) => Err(error.into()),
            Err(error @ DriverError::Panicked) => {
                let fault = Finding::error("program.fault", Place::default(), error.to_string())
                    .hint("Please report it with the output of -vv.");
                Err(Problem::failed(panics::first().unwrap_or(fault)))
            }
        }
    }
}

#[async_trait]
impl Host for Live {
    fn now(&self) -> Wall {
        self.clock.now().wall
    }

    fn ledger(&self) -> Arc<dyn Ledger> {
        Arc::clone(&self.ledger) as Arc<dyn Ledger>
    }

    async fn note(&mut self, ops: Vec<LedgerOp>) -> Result<()> {
        self.ledger.commit(ops).await?;
        self.sign().await
    }

    async fn work(&mut self, job: Job) -> Result<Vec<Report>> {
        if self.interrupted.is_some() {
            return Ok(Vec::new());
        }
        let bars = self.shows_progress.then(|| Bars::begin(&job));
        let names = Names::of(&job.setup);
        let engine = Engine::new(job.setup, job.recovered, self.clock.now());
        let driver = Driver::new(
            engine,
            job.desk,
            self.ledger(),
            self.transport.clone(),
            self.clock.clone(),
        );
        let (handle, reports) = driver.grace(self.grace).places(self.places.clone()).start();
        for event in job.events {
            // A driver that ended already says why when it is joined.
            let _ = handle.ask(event);
        }
        let _ = handle.finish();
        let mut told = Vec::new();
        let ended = self.watch(handle, reports, bars, &mut told).await;
        // What was found out before a ledger failed is no less true.
        self.alarm.hear(&names, &told);
        ended?;
        self.sign().await?;
        Ok(told)
    }
}

/// The right to change a ledger, waiting for another process that has it.
///
/// # Errors
/// When the lock file cannot be used.
pub async fn lease(ledger: &Path) -> Result<Lease> {
    let me = format!("rackrate, process {}", std::process::id());
    let mut told = false;
    loop {
        match Lease::acquire(ledger, &me) {
            Ok(lease) => return Ok(lease),
            Err(held @ LedgerError::Held { .. }) => {
                if !told {
                    tracing::warn!("waiting: {held}");
                    told = true;
                }
                #[expect(
                    clippy::disallowed_methods,
                    reason = "the lock of another process cannot be waited for, only looked at"
                )]
                tokio::time::sleep(LOOK).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
}
