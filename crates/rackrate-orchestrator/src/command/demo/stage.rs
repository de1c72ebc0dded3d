//! What both demos play on: simulated vendors, the program in virtual time, and what an
//! earlier demo left of both.

use std::path::Path;
use std::time::Duration;

use rackrate_core::clock::Wall;
use rackrate_core::finding::{Finding, Place};
use rackrate_core::ids::ConnectionId;
use rackrate_core::night::Night;
use rackrate_core::simulator::Record;
use rackrate_ledger::op::Ending;
use rackrate_plan::calendar::Calendar;
use rackrate_runtime::engine::types::Policy;
use rackrate_simulator::faults::Faults;
use rackrate_simulator::world::World;

use super::EPOCH;
use super::state::State;
use crate::flow::apply::{Applied, apply};
use crate::flow::plan::{Planned, Wish, make};
use crate::flow::verify::{Verified, verify};
use crate::host::{Host, Simulated};
use crate::portfolio::Portfolio;
use crate::problem::{Problem, Result};
use crate::sample::Sample;

/// The hotels, the vendors and the program.
pub(super) struct Stage {
    pub(super) host: Simulated,
    pub(super) portfolio: Portfolio,
    pub(super) sample: Sample,
}

impl Stage {
    /// Sets it, as an earlier demo left it where there was one.
    pub(super) fn set(
        sample: Sample,
        portfolio: Portfolio,
        seed: u64,
        state: Option<State>,
    ) -> Result<Self> {
        let saved = |at: usize| state.as_ref().map(|state| state.vendors[at].clone());
        let vendors = sample.vendors.iter().enumerate();
        let vendors = vendors
            .map(|(at, entry)| (entry.simulator)(sample.simulator(entry, seed, EPOCH, saved(at))));
        let vendors = vendors.collect::<Result<Vec<_>, _>>().map_err(broken)?;
        let mut world = World::new(seed, EPOCH, vendors, Faults::none());
        world.journal = Some(Vec::new());
        if let Some(state) = state {
            world.skip_to(state.clock.after(Duration::from_secs(24 * 3600)));
            world.note(state.journal).map_err(broken)?;
        }
        Ok(Self {
            host: Simulated::new(world),
            portfolio,
            sample,
        })
    }

    /// The vendors, in the order in which their state is saved.
    pub(super) fn names(&self) -> Vec<&'static str> {
        names(&self.sample)
    }

    pub(super) fn now(&self) -> Wall {
        self.host.now()
    }

    pub(super) fn save(&self, folder: &Path) -> Result<()> {
        Ok(State::save(&self.host.world, &self.names(), folder)?)
    }

    /// The calendar of that text, as seen from today.
    pub(super) fn calendar(&self, text: &str) -> Result<Calendar> {
        let (now, properties) = (self.host.now(), &self.portfolio.properties);
        let today = |code: &_| properties.today(code, now).unwrap_or(Night::from_days(0));
        Calendar::read(text.as_bytes(), "rates.csv", properties, &today).map_err(Problem::input)
    }

    pub(super) async fn plan(&mut self, calendar: &Calendar, reason: &str) -> Result<Planned> {
        let wish = Wish {
            author: "demo".to_owned(),
            reason: reason.to_owned(),
            max_age: Duration::from_secs(1800),
            ..Wish::default()
        };
        make(&mut self.host, &self.portfolio, calendar, &wish, patient()).await
    }

    pub(super) async fn apply(&mut self, planned: &Planned) -> Result<Applied> {
        let plan = &planned.outcome.plan;
        apply(&mut self.host, &self.portfolio, plan, patient()).await
    }

    pub(super) async fn verify(&mut self) -> Result<Verified> {
        let everything = Default::default();
        verify(&mut self.host, &self.portfolio, &everything, patient()).await
    }

    /// What a vendor recorded.
    pub(super) fn record(&self, vendor: usize) -> &Record {
        self.host.world.vendors[vendor].record()
    }

    /// Writes that arrived at all vendors.
    pub(super) fn pushes(&self) -> u64 {
        let vendors = self.host.world.vendors.iter();
        vendors.map(|vendor| vendor.record().pushes).sum()
    }
}

/// The vendors of a sample, in the order in which their state is saved.
pub(super) fn names(sample: &Sample) -> Vec<&'static str> {
    sample.vendors.iter().map(|entry| entry.id).collect()
}

/// Nights with a price that were confirmed at a connection.
pub(super) fn confirmed(applied: &Applied, id: &ConnectionId) -> u64 {
    let endings = applied.by_connection.get(id);
    let confirmed = endings.and_then(|endings| endings.get(&Ending::Confirmed));
    confirmed.copied().unwrap_or_default()
}

/// In virtual time nobody minds to wait until the slowest vendor has settled.
fn patient() -> Policy {
    Policy {
        deadline: Duration::from_secs(6 * 3600),
        wait: Duration::from_secs(1800),
        ..Policy::default()
    }
}

fn broken(error: String) -> Problem {
    Problem::input([Finding::error("demo.state", Place::default(), error)
        .hint("Begin anew with `rackrate demo --fresh`.")])
}
