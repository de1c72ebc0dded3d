//! What the vendor keeps: the inventory as it is and as it is shown, and the queue. It
//! survives a restart.
//!
//! Times are absolute, because a restarted server's virtual clock begins anew.

use std::collections::BTreeMap;

use rackrate_core::clock::{Mono, Wall};
use rackrate_core::ids::VendorId;
use rackrate_core::key::Key;
use rackrate_core::money::Minor;
use rackrate_core::night::Night;
use rackrate_core::rules::{Rules, Set};
use rackrate_core::seed::Seed;
use rackrate_core::simulator::{Hotel, Record, Timing};
use serde::{Deserialize, Serialize};

use super::catalog;
use super::entries::Entry;
use super::switches::Switches;

/// A point in civil time, in microseconds from 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct At(i64);

impl At {
    /// That point of the virtual clock.
    pub(super) fn of(epoch: Wall, now: Mono) -> Self {
        Self(epoch.0.saturating_mul(1_000)).plus(now.0)
    }

    pub(super) fn plus(self, micros: u64) -> Self {
        let micros = i64::try_from(micros).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(micros))
    }

    /// On the virtual clock; its start for what lies before it.
    pub(super) fn mono(self, epoch: Wall) -> Mono {
        let start = epoch.0.saturating_mul(1_000);
        Mono(u64::try_from(self.0.saturating_sub(start)).unwrap_or(0))
    }

    pub(super) fn timestamp(self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.0).unwrap_or(jiff::Timestamp::MAX)
    }
}

/// What a night of a plan holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cell {
    pub(super) prices: BTreeMap<u8, Minor>,
    /// The restrictions in force; nothing is said of the others.
    pub(super) rules: Rules,
    /// The change that made it so, counted upwards.
    pub(super) version: u64,
}

impl Cell {
    /// Adds what an entry says; what it leaves out stays.
    pub(super) fn change(&mut self, prices: &BTreeMap<u8, Minor>, rules: &Rules) {
        self.prices.extend(prices);
        for (kind, wish) in rules.said() {
            let in_force = match kind.plain(wish) {
                Set::To(value) => Set::To(value),
                Set::Clear | Set::Leave => Set::Leave,
            };
            self.rules.set(kind, in_force);
        }
    }
}

/// Nights by property and plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Table(BTreeMap<VendorId, BTreeMap<VendorId, BTreeMap<Night, Cell>>>);

impl Table {
    pub(super) fn of(hotels: &[Hotel]) -> Self {
        let mut table = Self::default();
        for hotel in hotels {
            for held in &hotel.prices {
                let plan = hotel.plans.iter().find(|plan| plan.ids == held.ids);
                let Some((plan, id)) = plan.and_then(|plan| Some((plan, catalog::id(plan)?)))
                else {
                    continue;
                };
                let prices = held.price.map(|price| match held.adults {
                    0 => (catalog::primary(hotel, plan), price),
                    adults => (adults, price),
                });
                let cell = table.cell(&hotel.id, id, held.night);
                cell.change(&prices.into_iter().collect(), &held.rules);
            }
        }
        table
    }

    /// The nights of a plan.
    pub(super) fn nights(
        &self,
        property: &VendorId,
        plan: &VendorId,
    ) -> Option<&BTreeMap<Night, Cell>> {
        self.0.get(property)?.get(plan)
    }

    /// A night to be changed; there from now on.
    pub(super) fn cell(&mut self, property: &VendorId, plan: &VendorId, night: Night) -> &mut Cell {
        let plans = self.0.entry(property.clone()).or_default();
        plans
            .entry(plan.clone())
            .or_default()
            .entry(night)
            .or_default()
    }
}

/// An accepted message of one property.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Task {
    pub(super) id: String,
    pub(super) property: VendorId,
    /// The write it belongs to, counted from one.
    pub(super) write: u64,
    pub(super) ends: At,
    pub(super) entries: Vec<Entry>,
    /// Whether it will fail, which nobody is told.
    pub(super) lost: bool,
}

/// Nights of a plan that will be shown as they were after a change.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Reveal {
    pub(super) at: At,
    pub(super) property: VendorId,
    pub(super) plan: VendorId,
    pub(super) cells: BTreeMap<Night, Cell>,
}

/// Everything that survives.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) held: Table,
    pub(super) shown: Table,
    pub(super) reveals: Vec<Reveal>,
    /// In the order of their arrival.
    pub(super) tasks: Vec<Task>,
    pub(super) version: u64,
    /// What each change that still stands somewhere did, to notice its double.
    pub(super) effects: BTreeMap<u64, Key>,
    pub(super) revoked: bool,
    pub(super) timing: Timing,
    pub(super) switches: Switches,
    pub(super) record: Record,
    draws: u64,
}

impl State {
    pub(super) fn new(hotels: &[Hotel], timing: Timing) -> Self {
        let held = Table::of(hotels);
        Self {
            shown: held.clone(),
            held,
            reveals: Vec::new(),
            tasks: Vec::new(),
            version: 0,
            effects: BTreeMap::new(),
            revoked: false,
            timing,
            switches: Switches::default(),
            record: Record::default(),
            draws: 0,
        }
    }

    /// The next free choice; goes on after a restart.
    pub(super) fn draw(&mut self, seed: &Seed, low: u64, high: u64) -> u64 {
        self.draws += 1;
        seed.branch(&self.draws.to_string()).between(low, high)
    }
}
