//! What the vendor keeps: prices, restrictions, processes and tokens. It survives a restart.

use std::collections::BTreeMap;

use rackrate_core::clock::Mono;
use rackrate_core::ids::{Ids, VendorId};
use rackrate_core::key::Key;
use rackrate_core::money::Minor;
use rackrate_core::night::Night;
use rackrate_core::rules::{Restriction, Rules, Set};
use rackrate_core::seed::Seed;
use rackrate_core::simulator::{Change, Held, Hotel, Record, Timing};
use serde::{Deserialize, Serialize};

use super::processes::Process;

/// What a night of a room type and rate plan holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cell {
    /// Prices by number of adults.
    pub(super) prices: BTreeMap<u8, Minor>,
    /// Other amounts, as they were written.
    pub(super) others: BTreeMap<String, String>,
    /// Restrictions by kind: nights, or 1 for closed and 0 for open.
    pub(super) rules: BTreeMap<Restriction, u16>,
    /// The change that made it so, counted upwards.
    pub(super) version: u64,
}

impl Cell {
    /// The restrictions in force.
    pub(super) fn in_force(&self) -> Rules {
        let mut rules = Rules::LEAVE;
        for (kind, value) in &self.rules {
            if let Set::To(value) = kind.plain(Set::To(*value)) {
                rules.set(*kind, Set::To(value));
            }
        }
        rules
    }
}

/// A restriction of something wider than one room type of one rate plan.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Wide {
    pub(super) hotel: VendorId,
    pub(super) code: String,
    pub(super) unit: Option<u16>,
    pub(super) plan: Option<String>,
    pub(super) room: Option<String>,
    pub(super) first: Night,
    pub(super) last: Night,
}

/// Nights by hotel, rate plan and room type.
pub(super) type Cells = BTreeMap<VendorId, BTreeMap<VendorId, BTreeMap<VendorId, Nights>>>;
/// The nights of a room type and rate plan.
pub(super) type Nights = BTreeMap<Night, Cell>;

/// Nights that will be shown as they were after a change.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Reveal {
    at: Mono,
    hotel: VendorId,
    ids: Ids,
    night: Night,
    cell: Cell,
}

/// Everything that survives.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct State {
    held: Cells,
    shown: Cells,
    reveals: Vec<Reveal>,
    pub(super) wide: Vec<Wide>,
    pub(super) processes: Vec<Process>,
    pub(super) tokens: BTreeMap<String, Mono>,
    pub(super) switches: BTreeMap<String, String>,
    /// When each body was last accepted.
    pub(super) bodies: BTreeMap<Key, Mono>,
    /// What each change that still stands somewhere did, to notice its double.
    pub(super) effects: BTreeMap<u64, Key>,
    pub(super) version: u64,
    pub(super) timing: Timing,
    pub(super) record: Record,
    draws: u64,
}

impl State {
    pub(super) fn new(hotels: &[Hotel], timing: Timing) -> Self {
        let mut held = Cells::new();
        for price in hotels.iter().flat_map(|hotel| &hotel.prices) {
            if let Some(cell) = cell(&mut held, &price.property, &price.ids, price.night) {
                put(cell, price);
            }
        }
        Self {
            shown: held.clone(),
            held,
            reveals: Vec::new(),
            wide: Vec::new(),
            processes: Vec::new(),
            tokens: BTreeMap::new(),
            switches: BTreeMap::new(),
            bodies: BTreeMap::new(),
            effects: BTreeMap::new(),
            version: 0,
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

    /// When something next happens by itself.
    pub(super) fn next(&self) -> Option<Mono> {
        let ends = self.processes.iter().map(Process::next);
        ends.chain(self.reveals.iter().map(|reveal| reveal.at))
            .min()
    }

    /// Shows what is due.
    pub(super) fn reveal(&mut self, now: Mono) {
        let (due, later) = std::mem::take(&mut self.reveals)
            .into_iter()
            .partition(|reveal| reveal.at <= now);
        self.reveals = later;
        let due: Vec<Reveal> = due;
        for reveal in due {
            let shown = cell(&mut self.shown, &reveal.hotel, &reveal.ids, reveal.night);
            if let Some(shown) = shown.filter(|shown| shown.version <= reveal.cell.version) {
                *shown = reveal.cell;
            }
        }
    }

    /// Throws results away that nobody fetched.
    pub(super) fn forget(&mut self, now: Mono) {
        let unasked = self.processes.iter().filter(|one| one.is_forgotten(now));
        self.record.unpolled_jobs += unasked.filter(|one| !one.asked).count() as u64;
        self.processes.retain(|one| !one.is_forgotten(now));
    }

    /// Changes a night, and shows it at that time.
    pub(super) fn change(
        &mut self,
        hotel: &VendorId,
        ids: &Ids,
        night: Night,
        shown_at: Mono,
        change: impl FnOnce(&mut Cell),
    ) {
        let version = self.version;
        let Some(held) = cell(&mut self.held, hotel, ids, night) else {
            return;
        };
        change(held);
        held.version = version;
        self.reveals.push(Reveal {
            at: shown_at,
            hotel: hotel.clone(),
            ids: ids.clone(),
            night,
            cell: held.clone(),
        });
    }

    /// What is held on a night.
    pub(super) fn cell(&self, hotel: &VendorId, ids: &Ids, night: Night) -> Option<&Cell> {
        find(&self.held, hotel, ids)?.get(&night)
    }

    /// The nights of a room type and rate plan, as they are shown.
    pub(super) fn shown(&self, hotel: &VendorId, ids: &Ids) -> Option<&Nights> {
        find(&self.shown, hotel, ids)
    }

    /// Everything held, with all restrictions in force.
    pub(super) fn held(&self) -> Vec<Held> {
        let mut held = Vec::new();
        for (hotel, plans) in &self.held {
            for (plan, rooms) in plans {
                for (room, nights) in rooms {
                    let ids = Ids {
                        room: Some(room.clone()),
                        plan: Some(plan.clone()),
                    };
                    for (night, cell) in nights {
                        held.extend(told(hotel, &ids, *night, cell));
                    }
                }
            }
        }
        held
    }

    /// Somebody changes a night by hand.
    pub(super) fn set_by_hand(&mut self, held: &Held, now: Mono) {
        self.version += 1;
        self.change(&held.property, &held.ids, held.night, now, |cell| {
            put(cell, held)
        });
        self.reveal(now);
        self.record.changes.push(Change {
            at: now,
            write: 0,
            key: None,
            property: held.property.clone(),
            ids: held.ids.clone(),
            adults: held.price.map_or(held.adults, |_| adults(held)),
            first: held.night,
            last: held.night,
            price: held.price,
            rules: held.rules,
        });
    }

    /// Turns a switch that exists.
    pub(super) fn switch(&mut self, name: &str, value: &str) {
        if SWITCHES.contains(&name) {
            self.switches.insert(name.to_owned(), value.to_owned());
        }
    }
}

/// The habits that can be switched; what each value means is in the README.
const SWITCHES: [&str; 19] = [
    "location",
    "rows",
    "equal_requests",
    "empty_errors",
    "status_type",
    "throttle",
    "scope_spelling",
    "external_system",
    "left_out",
    "seasonal",
    "silent_seasonal",
    "locked",
    "floor",
    "wait_header",
    "jobs",
    "result",
    "amounts",
    "wrapping",
    "opened",
];

/// A price without a number of adults is the one for two.
fn adults(held: &Held) -> u8 {
    match held.adults {
        0 => 2,
        adults => adults,
    }
}

fn put(cell: &mut Cell, held: &Held) {
    if let Some(price) = held.price {
        cell.prices.insert(adults(held), price);
    }
    for (kind, wish) in held.rules.said() {
        match wish {
            Set::To(value) => drop(cell.rules.insert(kind, value)),
            Set::Clear | Set::Leave => drop(cell.rules.remove(&kind)),
        }
    }
}

fn cell<'c>(
    cells: &'c mut Cells,
    hotel: &VendorId,
    ids: &Ids,
    night: Night,
) -> Option<&'c mut Cell> {
    let (plan, room) = (ids.plan.clone()?, ids.room.clone()?);
    let plans = cells.entry(hotel.clone()).or_default();
    let nights = plans.entry(plan).or_default().entry(room).or_default();
    Some(nights.entry(night).or_default())
}

fn find<'c>(cells: &'c Cells, hotel: &VendorId, ids: &Ids) -> Option<&'c Nights> {
    let plans = cells.get(hotel)?;
    plans.get(ids.plan.as_ref()?)?.get(ids.room.as_ref()?)
}

fn told(hotel: &VendorId, ids: &Ids, night: Night, cell: &Cell) -> Vec<Held> {
    let one = |adults, price| Held {
        property: hotel.clone(),
        ids: ids.clone(),
        night,
        adults,
        price,
        rules: cell.in_force(),
    };
    match cell.prices.is_empty() {
        true if cell.in_force().is_leave() => Vec::new(),
        true => vec![one(0, None)],
        false => cell
            .prices
            .iter()
            .map(|(adults, price)| one(*adults, Some(*price)))
            .collect(),
    }
}
