//! A host in virtual time: the world of `rackrate-simulator` with its simulators.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use rackrate_core::clock::Wall;
use rackrate_core::finding::{Finding, Place};
use rackrate_core::ids::ConnectionId;
use rackrate_ledger::model::MemoryLedger;
use rackrate_ledger::op::{Ending, LedgerOp};
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
    /// When each account last had a night confirmed.
    pub confirmed: BTreeMap<ConnectionId, Wall>,
}

impl Simulated {
    /// A host in that world.
    pub fn new(world: World) -> Self {
        Self {
            world,
            confirmed: BTreeMap::new(),
        }
    }
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
        let (reports, clock) = (self.world.reports(), (self.world.now(), self.world.wall()));
        for (at, report) in &reports {
            if let Report::Ended(outcome) = report
                && outcome.ending == Ending::Confirmed
            {
                let ago = i64::try_from(clock.0.since(*at).as_millis()).unwrap_or(0);
                let connection = outcome.chunk.lane.connection.clone();
                self.confirmed.insert(connection, Wall(clock.1.0 - ago));
            }
        }
        let reports = reports.into_iter().map(|(_, report)| report).collect();
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
