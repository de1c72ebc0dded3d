//! What the vendor keeps: prices, what of them is shown, and jobs. It survives a restart.

use std::collections::BTreeMap;

use rackrate_core::clock::Mono;
use rackrate_core::ids::{Ids, VendorId};
use rackrate_core::key::Key;
use rackrate_core::money::Minor;
use rackrate_core::night::Night;
use rackrate_core::seed::Seed;
use rackrate_core::simulator::{Hotel, HotelPlan, Record, Timing};
use serde::{Deserialize, Serialize};

use super::grants::Grants;
use super::restrictions::{InForce, Wish};

/// What a night of a rate holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cell {
    pub(super) price: Option<Minor>,
    #[serde(flatten)]
    pub(super) in_force: InForce,
    /// The change that made it so, counted upwards.
    pub(super) version: u64,
}

/// Nights by rate.
pub(super) type Cells = BTreeMap<VendorId, BTreeMap<Night, Cell>>;

/// An accepted interval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Interval {
    pub(super) rate: VendorId,
    pub(super) first: Night,
    pub(super) last: Night,
    pub(super) price: Option<Minor>,
    #[serde(flatten)]
    pub(super) wish: Wish,
    pub(super) action: String,
    pub(super) message: Option<String>,
}

/// A job.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Job {
    pub(super) id: u64,
    pub(super) client: usize,
    pub(super) property: VendorId,
    pub(super) write: u64,
    pub(super) created: Mono,
    pub(super) ends: Mono,
    pub(super) done: bool,
    pub(super) asked_for: bool,
    pub(super) intervals: Vec<Interval>,
}

impl Job {
    pub(super) fn status(&self) -> &'static str {
        let failed = self.intervals.iter().any(|one| one.action == "error");
        match (self.done, failed) {
            (false, _) => "in_progress",
            (true, false) => "completed",
            (true, true) => "error",
        }
    }
}

/// Nights that will be shown as they were after a change.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Reveal {
    pub(super) at: Mono,
    pub(super) rate: VendorId,
    pub(super) cells: Vec<(Night, Cell)>,
}

/// Everything that survives.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) held: Cells,
    pub(super) shown: Cells,
    pub(super) reveals: Vec<Reveal>,
    pub(super) jobs: Vec<Job>,
    pub(super) next_job: u64,
    pub(super) version: u64,
    /// What each change that still stands somewhere did, to notice its double.
    pub(super) effects: BTreeMap<u64, Key>,
    pub(super) revoked: bool,
    #[serde(default)]
    pub(super) grants: Grants,
    pub(super) timing: Timing,
    pub(super) record: Record,
    pub(super) draws: u64,
}

impl State {
    pub(super) fn new(hotels: &[Hotel], timing: Timing) -> Self {
        let mut held = Cells::new();
        for price in hotels.iter().flat_map(|hotel| &hotel.prices) {
            let Some(rate) = &price.ids.plan else {
                continue;
            };
            let cell = Cell {
                price: price.price,
                in_force: InForce::of(&price.rules),
                version: 0,
            };
            held.entry(rate.clone())
                .or_default()
                .insert(price.night, cell);
        }
        Self {
            shown: held.clone(),
            held,
            reveals: Vec::new(),
            jobs: Vec::new(),
            next_job: 199_066_486,
            version: 0,
            effects: BTreeMap::new(),
            revoked: false,
            grants: Grants::default(),
            timing,
            record: Record::default(),
            draws: 0,
        }
    }

    /// The next free choice; goes on after a restart.
    pub(super) fn draw(&mut self, seed: &Seed, low: u64, high: u64) -> u64 {
        self.draws += 1;
        seed.branch(&self.draws.to_string()).between(low, high)
    }

    /// What is shown of a night: the price of a derived rate is computed and follows its
    /// parent's, its restrictions are its own.
    pub(super) fn shown(&self, hotel: &Hotel, ids: &Ids, night: Night, depth: u8) -> Option<Cell> {
        let plan = plan(hotel, ids)?;
        let rate = ids.plan.as_ref()?;
        let own = self.shown.get(rate).and_then(|nights| nights.get(&night));
        let Some((parent, percent)) = &plan.derived else {
            return own.copied();
        };
        let parent = self.shown(hotel, parent, night, depth.checked_sub(1)?)?;
        let factor = u64::try_from(100 + i64::from(*percent)).ok()?;
        let price = parent
            .price
            .map(|price| Minor((price.0 * factor + 50) / 100));
        Some(Cell {
            price,
            in_force: own.map(|own| own.in_force).unwrap_or_default(),
            version: parent.version,
        })
    }
}

/// The plan of those identifiers.
pub(super) fn plan<'h>(hotel: &'h Hotel, ids: &Ids) -> Option<&'h HotelPlan> {
    hotel.plans.iter().find(|plan| plan.ids == *ids)
}

/// The plan of that rate.
pub(super) fn plan_of_rate<'h>(hotel: &'h Hotel, rate: &str) -> Option<&'h HotelPlan> {
    hotel.plans.iter().find(|plan| {
        plan.ids
            .plan
            .as_ref()
            .is_some_and(|plan| plan.as_str() == rate)
    })
}
