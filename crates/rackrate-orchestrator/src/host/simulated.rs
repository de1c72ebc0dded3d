//! A host in virtual time: the world of `rackrate-simulator` with its simulators.

use std::sync::Arc;

use async_trait::async_trait;
use rackrate_core::clock::Wall;
use rackrate_core::finding::{Finding, Place};
use rackrate_ledger::model::MemoryLedger;
use rackrate_ledger::op::LedgerOp;
use rackrate_ledger::store::Ledger;
use rackrate_runtime::engine::Engine;
use rackrate_runtime::engine::types::Report;
use rackrate_simulator::world::{Stopped, World};

use super::{Host, Job};
use crate::problem::{Problem, Result};

/// The longest a job may take, in virtual time.
const LONGEST: std::time::Duration = std::time::Duration::from_secs(24 * 3600);

/// The world as a host.
#[derive(Debug)]
pub struct Simulated {
    /// The world.
    pub world: World,
}

#[async_trait]
impl Host for Simulated {
    fn now(&self) -> Wall {
        self.world.wall()
    }

    fn ledger(&self) -> Arc<dyn Ledger> {
        Arc::new(MemoryLedger::new(self.world.ledger.clone()))
    }

    async fn note(&mut self, ops: Vec<LedgerOp>) -> Result<()> {
        self.world.note(ops).map_err(fault)
    }

    async fn work(&mut self, job: Job) -> Result<Vec<Report>> {
        let Job {
            setup,
            desk,
            recovered,
            events,
        } = job;
        self.world
            .boot(|now| (Engine::new(setup, recovered, now), desk));
        let now = self.world.now();
        for event in events {
            self.world.tell(now, event);
        }
        let stopped = self.world.run(now.after(LONGEST)).map_err(fault)?;
        let reports = self.world.reports();
        self.world.close();
        if stopped != Stopped::Idle {
            let at = self.world.wall();
            return Err(fault(format!(
                "the simulated run does not come to rest: {stopped:?} at {at}"
            )));
        }
        Ok(reports)
    }
}

fn fault(text: String) -> Problem {
    Problem::failed(
        Finding::error("program.fault", Place::default(), text)
            .hint("Please report it with the seed."),
    )
}
