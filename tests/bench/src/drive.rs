//! The writes through the driver: engine, ledger, transport and adapter, as `apply` runs it.
//!
//! Counted from the wishes to the last acceptance; the start and the end are not.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use rackrate_core::ids::ConnectionId;
use rackrate_ledger::model::MemoryLedger;
use rackrate_ledger::op::{RunId, RunRecord};
use rackrate_ledger::sqlite::SqliteLedger;
use rackrate_ledger::store::Ledger;
use rackrate_runtime::assembly::Assembly;
use rackrate_runtime::driver::{Clock, Driver, Reports};
use rackrate_runtime::engine::types::{Event, LaneIx, Policy, Report};
use rackrate_runtime::engine::{Engine, Recovered};
use rackrate_runtime::transport::{Bounds, Transport};

use crate::children::Figures;
use crate::load::{self, LANES};
use crate::usage::cpu;

/// Which ledger keeps the account.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Kind {
    Memory,
    Sqlite,
}

#[tokio::main]
pub(crate) async fn run(url: &str, requests: usize, kind: Kind) -> Result<Figures> {
    let folder = tempfile::tempdir()?;
    let ledger: Arc<dyn Ledger> = match kind {
        Kind::Memory => Arc::new(MemoryLedger::default()),
        Kind::Sqlite => Arc::new(SqliteLedger::open(&folder.path().join("ledger.db"))?),
    };
    let each = requests.div_ceil(LANES);
    let clock = Clock::system();
    let (driver, lanes) = driver(url, each, ledger, &clock)?;
    let mut wishes = Vec::new();
    for (at, lane) in lanes.into_iter().enumerate() {
        wishes.push((lane, load::chunks(&load::target(at)?, each)?));
    }
    let (handle, mut reports) = driver.start();
    let before = cpu()?;
    handle.ask(Event::NewDesired {
        run: Arc::new(RunRecord {
            id: RunId(1),
            started: clock.now().wall,
            plan: "bench".into(),
            plan_expires: clock.now().wall,
            author: "bench".into(),
            reason: String::new(),
            ended: None,
        }),
        lanes: wishes,
        desired: Vec::new(),
    })?;
    accepted(&mut reports, each * LANES).await?;
    Ok(Figures::of([
        ("cpu_us", cpu()? - before),
        ("requests", (each * LANES) as u64),
    ]))
}

async fn accepted(reports: &mut Reports, wanted: usize) -> Result<()> {
    let mut count = 0;
    while count < wanted {
        match reports.next().await.context("the run has ended")? {
            Report::Accepted(_) => count += 1,
            Report::Held(_, failure) => bail!("a lane is held: {failure:?}"),
            Report::NoToken(_, failure) => bail!("no token: {failure:?}"),
            _ => {}
        }
    }
    Ok(())
}

fn driver(
    url: &str,
    writes: usize,
    ledger: Arc<dyn Ledger>,
    clock: &Clock,
) -> Result<(Driver, Vec<LaneIx>)> {
    let mut assembly = Assembly::new(Policy::default());
    let (id, adapter) = (ConnectionId::new("house")?, load::adapter(url)?);
    let connection =
        assembly.connection(&id, Arc::new(adapter), load::secrets(), load::today()?)?;
    let mut lanes = Vec::new();
    for lane in 0..LANES {
        let plans = (0..load::plans(writes)).map(|plan| Ok((load::ids(plan)?, 2)));
        let expected = plans.collect::<Result<_>>()?;
        lanes.push(assembly.lane(connection, load::target(lane)?, expected, 0));
    }
    let (setup, desk) = assembly.finish();
    let engine = Engine::new(setup, Recovered::default(), clock.now());
    let transport = Transport::new(Bounds::default())?;
    Ok((
        Driver::new(engine, desk, ledger, transport, clock.clone()),
        lanes,
    ))
}
