//! Larger worlds without mishaps, for proofs about numbers: many properties, many requests.
//!
//! A request carries one price, so that as many requests arise as are wanted.
//!
//! Invariant: requests go through the engine, desk and ledger that everything else uses.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rackrate_catalog::{Entry, vendor};
use rackrate_core::adapter::Adapter;
use rackrate_core::chunk::{Chunk, Row, Target};
use rackrate_core::clock::{Mono, Wall};
use rackrate_core::exchange::Operation;
use rackrate_core::ids::ConnectionId;
use rackrate_core::money::Minor;
use rackrate_core::night::Night;
use rackrate_core::rules::Rules;
use rackrate_core::simulator::{Hotel, SimulatorSetup, Timing};
use rackrate_ledger::op::{RunId, RunRecord};
use rackrate_runtime::assembly::Assembly;
use rackrate_runtime::engine::types::{Event, LaneIx, Policy};
use rackrate_runtime::engine::{Engine, Recovered};
use rackrate_simulator::faults::Faults;
use rackrate_simulator::world::{Stopped, World};

use crate::hotels;
use crate::scenario::{EPOCH, secrets};

/// Longer than any proof may take, in virtual time.
const LONGEST: Duration = Duration::from_secs(3600);

/// One connection with its hotels.
#[derive(Debug)]
pub struct Group {
    /// How the engine sees the vendor.
    pub adapter: Arc<dyn Adapter>,
    vendor: &'static Entry,
    id: ConnectionId,
    hotels: Vec<Hotel>,
    targets: Vec<Arc<Target>>,
}

/// A world with some connections, and the program living in it.
#[derive(Debug)]
pub struct Crowd {
    /// The world.
    pub world: World,
    /// The connections.
    pub groups: Vec<Group>,
    lanes: Vec<Vec<LaneIx>>,
}

impl Group {
    /// A connection to the plain protocol with so many hotels; `number` tells it from others.
    ///
    /// # Errors
    /// When the catalogue does not have the protocol any more.
    pub fn new(number: u64, count: u64) -> Result<Self> {
        let vendor = vendor("generic").context("the plain protocol is not in the catalogue")?;
        let settings = (vendor.sample)("http://127.0.0.1:1").parse()?;
        let id = ConnectionId::new(&format!("account-{number}"))?;
        let all: Vec<_> = (0..count)
            .map(|at| hotels::plain_hotel(number, at))
            .collect();
        let targets = all.iter().map(|hotel| Arc::new(hotels::target(&id, hotel)));
        Ok(Self {
            adapter: (vendor.adapter)(settings).map_err(anyhow::Error::msg)?,
            targets: targets.collect(),
            vendor,
            id,
            hotels: all,
        })
    }

    /// The targets of its lanes.
    pub fn targets(&self) -> Vec<&Target> {
        self.targets.iter().map(AsRef::as_ref).collect()
    }

    fn setup(&self, seed: u64, timing: Timing) -> SimulatorSetup {
        SimulatorSetup {
            seed,
            epoch: EPOCH,
            hotels: self.hotels.clone(),
            secrets: secrets(self.adapter.as_ref(), self.id.as_str()),
            saved: None,
            timing,
        }
    }

    /// So many requests for one of its hotels, with one night each.
    fn requests(&self, hotel: usize, count: usize) -> Vec<Arc<Chunk>> {
        let target = &self.targets[hotel];
        let nights = |at: usize| Night::from_days(20_800 + at as i32);
        let plans = &self.hotels[hotel].plans;
        let per_plan = count.div_ceil(plans.len());
        let row = |at: usize| Row {
            ids: plans[at / per_plan].ids.clone(),
            first: nights(at % per_plan),
            last: nights(at % per_plan),
            prices: vec![(2, Minor(10_000 + at as u64))],
            rules: Rules::LEAVE,
        };
        let chunk = |at| Chunk {
            target: Arc::clone(target),
            operation: Operation::Push,
            rows: vec![row(at)],
        };
        (0..count).map(|at| Arc::new(chunk(at))).collect()
    }
}

impl Crowd {
    /// A world of these connections, with the program started.
    ///
    /// # Errors
    /// When a simulator or the run cannot be set up.
    pub fn new(seed: u64, groups: Vec<Group>, timing: Timing) -> Result<Self> {
        let vendors: Result<Vec<_>, _> = groups
            .iter()
            .map(|group| (group.vendor.simulator)(group.setup(seed, timing)))
            .collect();
        let vendors = vendors.map_err(anyhow::Error::msg)?;
        let mut world = World::new(seed, EPOCH, vendors, Faults::none());
        let mut assembly = Assembly::new(Policy::default());
        let mut lanes = Vec::new();
        for group in &groups {
            let connection = assembly
                .connection(
                    &group.id,
                    Arc::clone(&group.adapter),
                    secrets(group.adapter.as_ref(), group.id.as_str()),
                    Night::from_days(20_788),
                )
                .context("the adapter cannot be assembled")?;
            let lane = |target| assembly.lane(connection, Arc::clone(target), Vec::new(), 0);
            lanes.push(group.targets.iter().map(lane).collect());
        }
        let (setup, desk) = assembly.finish();
        world.boot(move |now| (Engine::new(setup, Recovered::default(), now), desk));
        Ok(Self {
            world,
            groups,
            lanes,
        })
    }

    /// Wishes, at a time: so many requests for every hotel.
    pub fn wish(&mut self, at: Mono, requests: usize) {
        let groups = self.groups.iter().zip(&self.lanes);
        let lanes = groups.flat_map(|(group, lanes)| {
            let hotels = lanes.iter().enumerate();
            hotels.map(move |(hotel, lane)| (*lane, group.requests(hotel, requests)))
        });
        let run = RunRecord {
            id: RunId(1),
            started: EPOCH,
            plan: "a crowd".to_owned(),
            plan_expires: Wall(i64::MAX),
            author: "simulation".to_owned(),
            reason: String::new(),
            ended: None,
        };
        let event = Event::NewDesired {
            run: Arc::new(run),
            lanes: lanes.collect(),
            desired: Vec::new(),
        };
        self.world.tell(at, event);
    }

    /// Lets the world run until the program is done.
    ///
    /// # Errors
    /// When it never is, or the ledger refuses something.
    pub fn finish(&mut self) -> Result<()> {
        let until = self.world.now().after(LONGEST);
        match self.world.run(until).map_err(anyhow::Error::msg)? {
            Stopped::Idle => Ok(()),
            stopped => bail!("the engine does not come to rest: {stopped:?}"),
        }
    }

    /// Wishes that are not at their vendor.
    pub fn lost(&self, requests: usize) -> u64 {
        let mut lost = 0;
        for (group, vendor) in self.groups.iter().zip(&self.world.vendors) {
            let held: BTreeSet<_> = vendor
                .held()
                .into_iter()
                .map(|held| (held.property, held.ids, held.night, held.price))
                .collect();
            for hotel in 0..group.hotels.len() {
                for chunk in group.requests(hotel, requests) {
                    let (row, id) = (&chunk.rows[0], &chunk.target.vendor_property);
                    let price = row.prices.first().map(|(_, price)| *price);
                    let wish = (id.clone(), row.ids.clone(), row.first, price);
                    lost += u64::from(!held.contains(&wish));
                }
            }
        }
        lost
    }
}
