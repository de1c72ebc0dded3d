//! The queue: tasks end one after the other for each property, change the inventory, and
//! are shown a little later. No call tells of them.

use std::collections::BTreeMap;

use rackrate_core::clock::Wall;
use rackrate_core::ids::VendorId;
use rackrate_core::key::Key;
use rackrate_core::money::{Currency, Minor};
use rackrate_core::night::Night;
use rackrate_core::rules::Rules;
use rackrate_core::seed::Seed;
use rackrate_core::simulator::{Change, Hotel};

use super::catalog;
use super::entries::Entry;
use super::state::{At, Cell, Reveal, State, Task};

/// How much later reads show a change at most, in microseconds; nothing is documented.
const LAG: u64 = 1_000_000;

/// When something next happens by itself.
pub(super) fn next(state: &State) -> Option<At> {
    let tasks = state.tasks.iter().map(|task| task.ends);
    tasks
        .chain(state.reveals.iter().map(|reveal| reveal.at))
        .min()
}

/// Lets happen what is due, in the order of its time.
pub(super) fn advance(state: &mut State, seed: &Seed, hotels: &[Hotel], epoch: Wall, at: At) {
    while let Some(due) = next(state).filter(|due| *due <= at) {
        reveal(state, due);
        // The first one of its time is the first that came.
        if let Some(first) = state.tasks.iter().position(|task| task.ends <= due) {
            let task = state.tasks.remove(first);
            finish(state, seed, hotels, epoch, &task);
        }
    }
}

fn reveal(state: &mut State, at: At) {
    let (due, later): (Vec<Reveal>, Vec<Reveal>) = std::mem::take(&mut state.reveals)
        .into_iter()
        .partition(|reveal| reveal.at <= at);
    state.reveals = later;
    for reveal in due {
        for (night, cell) in reveal.cells {
            let shown = state.shown.cell(&reveal.property, &reveal.plan, night);
            if shown.version <= cell.version {
                *shown = cell;
            }
        }
    }
}

fn finish(state: &mut State, seed: &Seed, hotels: &[Hotel], epoch: Wall, task: &Task) {
    let hotel = catalog::hotel(hotels, task.property.as_str());
    let Some(hotel) = hotel.filter(|_| !task.lost) else {
        return;
    };
    let doubled = is_double(state, task);
    state.version += 1;
    let lag = state.draw(seed, 0, LAG);
    let shown_at = task.ends.plus(state.timing.settle.unwrap_or(lag));
    for (plan, cells) in apply(state, hotel, epoch, task) {
        state.reveals.push(Reveal {
            at: shown_at,
            property: task.property.clone(),
            plan,
            cells,
        });
    }
    state.record.applied += 1;
    state.record.doubled += u64::from(doubled);
    state.effects.insert(state.version, effect(task));
}

/// Changes the inventory entry by entry; what the touched nights hold in the end.
fn apply(
    state: &mut State,
    hotel: &Hotel,
    epoch: Wall,
    task: &Task,
) -> BTreeMap<VendorId, BTreeMap<Night, Cell>> {
    let floor = floor(state, hotel.currency);
    let mut cells: BTreeMap<VendorId, BTreeMap<Night, Cell>> = BTreeMap::new();
    for entry in &task.entries {
        let entry = raised(entry, floor);
        for night in entry.nights() {
            let cell = state.held.cell(&task.property, &entry.plan, night);
            cell.change(&entry.prices, &entry.rules);
            cell.version = state.version;
            let nights = cells.entry(entry.plan.clone()).or_default();
            nights.insert(night, cell.clone());
        }
        record(state, hotel, epoch, task, &entry);
    }
    cells
}

/// The property's lowest price, where it has one.
fn floor(state: &State, currency: Currency) -> Option<Minor> {
    currency.parse(state.switches.min_price.as_deref()?).ok()
}

fn raised(entry: &Entry, floor: Option<Minor>) -> Entry {
    let mut entry = entry.clone();
    for price in entry.prices.values_mut() {
        *price = (*price).max(floor.unwrap_or(*price));
    }
    entry
}

/// One change for each run of nights and price.
fn record(state: &mut State, hotel: &Hotel, epoch: Wall, task: &Task, entry: &Entry) {
    let Some(plan) = catalog::plan(hotel, entry.plan.as_str()) else {
        return;
    };
    let mut prices: Vec<(u8, Option<Minor>)> = entry
        .prices
        .iter()
        .map(|(adults, price)| (*adults, Some(*price)))
        .collect();
    if prices.is_empty() {
        prices.push((0, None));
    }
    for (first, last) in runs(entry.nights()) {
        for (at, (adults, price)) in prices.iter().enumerate() {
            state.record.changes.push(Change {
                at: task.ends.mono(epoch),
                write: task.write,
                key: None,
                property: task.property.clone(),
                ids: plan.ids.clone(),
                adults: *adults,
                first,
                last,
                price: *price,
                rules: if at == 0 { entry.rules } else { Rules::LEAVE },
            });
        }
    }
}

/// Consecutive nights together.
fn runs(nights: impl Iterator<Item = Night>) -> Vec<(Night, Night)> {
    let mut runs: Vec<(Night, Night)> = Vec::new();
    for night in nights {
        match runs.last_mut() {
            Some((_, last)) if last.next() == night => *last = night,
            _ => runs.push((night, night)),
        }
    }
    runs
}

/// What entries say of a night, one after the other.
type Said = (BTreeMap<u8, Minor>, Rules);

/// What a task does, whatever way its nights are cut.
fn effect(task: &Task) -> Key {
    let mut cells: BTreeMap<(&str, Night), Said> = BTreeMap::new();
    for entry in &task.entries {
        for night in entry.nights() {
            let cell = cells.entry((entry.plan.as_str(), night)).or_default();
            cell.0.extend(&entry.prices);
            cell.1 = entry.rules.or(&cell.1);
        }
    }
    let cells: Vec<String> = cells.iter().map(|cell| format!("{cell:?}")).collect();
    let parts: Vec<&[u8]> = cells.iter().map(|cell| cell.as_bytes()).collect();
    Key::of(&parts)
}

/// Whether the same was done before and nothing else touched these nights since.
fn is_double(state: &State, task: &Task) -> bool {
    let mut versions = task.entries.iter().flat_map(|entry| {
        let nights = state.held.nights(&task.property, &entry.plan);
        entry.nights().map(move |night| {
            let cell = nights.and_then(|nights| nights.get(&night));
            cell.map_or(0, |cell| cell.version)
        })
    });
    let Some(first) = versions.next() else {
        return false;
    };
    versions.all(|version| version == first)
        && state
            .effects
            .get(&first)
            .is_some_and(|known| *known == effect(task))
}
