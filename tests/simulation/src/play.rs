//! Lets a scenario's world run, through crashes, until all is settled.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rackrate_core::clock::{Mono, Wall};
use rackrate_core::ids::{Ids, JobRef};
use rackrate_core::night::Night;
use rackrate_core::simulator::Control;
use rackrate_ledger::model::ModelLedger;
use rackrate_ledger::op::{ChunkState, LaneKey, Outcome, RunId, RunRecord};
use rackrate_plan::chunks::{Shapes, chunks};
use rackrate_runtime::assembly::Assembly;
use rackrate_runtime::desk::Desk;
use rackrate_runtime::engine::types::{Event, LaneIx, Now, Policy, Report};
use rackrate_runtime::engine::{Engine, Recovered};
use rackrate_simulator::faults::Faults;
use rackrate_simulator::world::{Boundary, Stopped, World};

use crate::scenario::{EPOCH, Scenario, Update};

/// Longer than any scenario may take, in virtual time.
const LONGEST: Mono = Mono(20 * 3600 * 1_000_000);

/// A world that came to rest.
#[derive(Debug)]
pub struct Played {
    /// The world.
    pub world: World,
    /// Before which effects the program died.
    pub crashes: Vec<Boundary>,
    /// Rows the last life left planned.
    pub waiting: Vec<Outcome>,
}

impl Played {
    /// Whether another play of the same scenario went the same way to the last byte, left
    /// the same endings, and the vendors saw the same.
    pub fn is_like(&self, other: &Self) -> bool {
        let records = |played: &Self| -> Vec<_> {
            let vendors = played.world.vendors.iter();
            vendors.map(|vendor| vendor.record().clone()).collect()
        };
        self.world.trace().digest() == other.world.trace().digest()
            && self
                .world
                .ledger
                .outcomes()
                .eq(other.world.ledger.outcomes())
            && records(self) == records(other)
    }
}

/// Plays a scenario to its end.
///
/// # Errors
/// When the ledger refuses what the engine wants written, or the engine never rests.
pub fn play(scenario: &Scenario, words: bool) -> Result<Played> {
    let vendors = scenario
        .accounts
        .iter()
        .map(|account| (account.vendor.simulator)(account.setup(scenario.seed)?));
    let vendors = vendors
        .collect::<Result<Vec<_>, _>>()
        .map_err(anyhow::Error::msg)?;
    let mut world = World::new(scenario.seed, EPOCH, vendors, scenario.faults.clone());
    if words {
        world.keep_words();
    }
    mishaps(scenario, &mut world);
    let mut crashes = Vec::new();
    for life in 0.. {
        world.crash_before(scenario.crashes.get(life).copied());
        boot(scenario, &mut world)?;
        match run(scenario, &mut world)? {
            Stopped::Crashed(boundary) => {
                crashes.push(boundary);
                let rest = scenario.rests.get(life).copied().unwrap_or_default();
                let until = world.now().after(rest);
                // Requests on their way go on while the program is dead.
                let _ = world.run(until).map_err(anyhow::Error::msg)?;
                world.skip_to(until);
            }
            Stopped::Idle => break,
            stopped => bail!(
                "the engine does not come to rest: {stopped:?} at {:?}",
                world.now()
            ),
        }
    }
    let waiting = world
        .reports()
        .into_iter()
        .filter_map(|(_, report)| match report {
            Report::Waiting(outcome) => Some(outcome),
            _ => None,
        });
    let waiting = waiting.collect();
    world.close();
    Ok(Played {
        world,
        crashes,
        waiting,
    })
}

/// Until the calm, then on without faults.
fn run(scenario: &Scenario, world: &mut World) -> Result<Stopped> {
    let calm = Mono(0).after(scenario.calm);
    if world.now() < calm {
        let stopped = world.run(calm).map_err(anyhow::Error::msg)?;
        if stopped != Stopped::TooLong {
            return Ok(stopped);
        }
    }
    world.faults = Faults::none();
    world.run(LONGEST).map_err(anyhow::Error::msg)
}

fn mishaps(scenario: &Scenario, world: &mut World) {
    for (at, account) in &scenario.revocations {
        world.control(Mono(0).after(*at), *account, Control::RevokeTokens);
    }
    for (at, account, held) in &scenario.outside {
        world.control(
            Mono(0).after(*at),
            *account,
            Control::SetPrice(held.clone()),
        );
    }
}

fn boot(scenario: &Scenario, world: &mut World) -> Result<()> {
    let left = world.ledger.recovered();
    let recovered = Recovered {
        unclean: !left.clean,
        usage: left.usage,
        reserved: left.reserved,
        tokens: Vec::new(),
        grants: Vec::new(),
        scopes: Vec::new(),
        suspended: Vec::new(),
        unfinished: left.unfinished,
        outcomes: world.ledger.outcomes().cloned().collect(),
        jobs: ended_jobs(&world.ledger),
    };
    let (setup, desk, lanes) = assemble(scenario, &left.last_seq)?;
    world.boot(move |now: Now| (Engine::new(setup, recovered, now), desk));
    for (index, update) in scenario.updates.iter().enumerate() {
        let run = RunId(index as u64 + 1);
        if run > left.last_run {
            let at = Mono(0).after(update.at).max(world.now());
            world.tell(at, wishes(scenario, update, run, &lanes));
        }
    }
    Ok(())
}

fn ended_jobs(ledger: &ModelLedger) -> Vec<(LaneKey, JobRef)> {
    let ended = ledger
        .chunks()
        .filter(|record| record.state == ChunkState::Answered);
    ended
        .filter_map(|record| Some((record.id.lane.clone(), record.job.clone()?)))
        .collect()
}

type Lanes = BTreeMap<(usize, usize), LaneIx>;

fn assemble(
    scenario: &Scenario,
    last_seq: &BTreeMap<LaneKey, u64>,
) -> Result<(rackrate_runtime::engine::types::Setup, Desk, Lanes)> {
    let patient = Policy {
        deadline: Duration::from_secs(10 * 3600),
        wait: Duration::from_secs(7200),
        ..Policy::default()
    };
    let mut assembly = Assembly::new(patient);
    let mut lanes = Lanes::new();
    for (at, account) in scenario.accounts.iter().enumerate() {
        let adapter = account.adapter().map_err(anyhow::Error::msg)?;
        let connection = assembly
            .connection(
                &account.id,
                Arc::clone(&adapter),
                account.secrets(adapter.as_ref()),
                Night::from_days(20_788),
            )
            .context("the adapter cannot be assembled")?;
        for (property, target) in account.targets.iter().enumerate() {
            let expected: Vec<(Ids, u8)> = account.hotels[property]
                .plans
                .iter()
                .map(|plan| (plan.ids.clone(), 2))
                .collect();
            let key = LaneKey {
                connection: account.id.clone(),
                property: target.property.clone(),
            };
            let seq = last_seq.get(&key).copied().unwrap_or_default();
            lanes.insert(
                (at, property),
                assembly.lane(connection, Arc::clone(target), expected, seq),
            );
        }
    }
    let (setup, desk) = assembly.finish();
    Ok((setup, desk, lanes))
}

fn wishes(scenario: &Scenario, update: &Update, run: RunId, lanes: &Lanes) -> Event {
    let lanes = update.lanes.iter().map(|(account, property)| {
        let at = &scenario.accounts[*account];
        let adapter = at.adapter().ok();
        let shapes = adapter.and_then(|adapter| Shapes::of(adapter.as_ref()));
        let rows = at.rows(*property, update.version);
        let cut = shapes
            .map(|shapes| chunks(&at.target_for(*property, &rows), &shapes, rows))
            .unwrap_or_default();
        (
            lanes[&(*account, *property)],
            cut.into_iter().map(Arc::new).collect(),
        )
    });
    let record = RunRecord {
        id: run,
        started: EPOCH.after(update.at),
        plan: format!("update {}", run.0),
        plan_expires: Wall(i64::MAX),
        author: "simulation".to_owned(),
        reason: String::new(),
        ended: None,
    };
    Event::NewDesired {
        run: Arc::new(record),
        lanes: lanes.collect(),
        desired: Vec::new(),
    }
}
