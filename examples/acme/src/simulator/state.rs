//! What the service holds and shows, and what really happened: all that a restart keeps.
//!
//! A night shows a change only once it has settled. A write is *doubled* when an equal one
//! came before, and everything it sets was last set by that one.

use std::collections::BTreeMap;

use rackrate_core::clock::Mono;
use rackrate_core::ids::{Ids, VendorId};
use rackrate_core::money::Minor;
use rackrate_core::night::Night;
use rackrate_core::rules::{Rules, Set};
use rackrate_core::simulator::{Change, Held, Hotel, Record};
use serde::{Deserialize, Serialize};

/// A night of something that is sold.
type Key = (VendorId, Ids, Night);

/// What a night holds; the restrictions are those in force.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Value {
    pub(super) price: Option<Minor>,
    pub(super) rules: Rules,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Cell {
    /// Values with the time from which each is shown, in order; the last one is held.
    values: Vec<(u64, Value)>,
    /// The write that set it last; 0 for none.
    write: u64,
}

/// What a write does to a night.
#[derive(Clone, Debug)]
pub(super) struct Effect {
    pub(super) ids: Ids,
    pub(super) night: Night,
    pub(super) price: Option<Minor>,
    pub(super) rules: Rules,
}

#[derive(Debug, Default)]
pub(super) struct State {
    cells: BTreeMap<Key, Cell>,
    /// Writes that came, by what they said.
    writes: BTreeMap<String, u64>,
    pub(super) record: Record,
}

/// JSON has no keys but text, so cells are saved as a list.
#[derive(Serialize, Deserialize)]
struct Saved {
    cells: Vec<(Key, Cell)>,
    writes: BTreeMap<String, u64>,
    record: Record,
}

impl State {
    pub(super) fn of(hotels: &[Hotel]) -> Self {
        let mut state = Self::default();
        for held in hotels.iter().flat_map(|hotel| &hotel.prices) {
            let key = (held.property.clone(), held.ids.clone(), held.night);
            let cell = state.cells.entry(key).or_default();
            cell.set(0, held.price, held.rules);
        }
        state
    }

    pub(super) fn restore(saved: &str) -> Result<Self, String> {
        let saved: Saved = serde_json::from_str(saved)
            .map_err(|error| format!("the saved state is none: {error}"))?;
        Ok(Self {
            cells: saved.cells.into_iter().collect(),
            writes: saved.writes,
            record: saved.record,
        })
    }

    pub(super) fn save(&self) -> String {
        let cells = self.cells.iter();
        let saved = Saved {
            cells: cells
                .map(|(key, cell)| (key.clone(), cell.clone()))
                .collect(),
            writes: self.writes.clone(),
            record: self.record.clone(),
        };
        // Text keys and plain values only, so there is nothing that cannot be written.
        serde_json::to_string(&saved).unwrap_or_default()
    }

    pub(super) fn held(&self) -> Vec<Held> {
        let held = self.cells.iter().map(|((property, ids, night), cell)| {
            let value = cell.held();
            Held {
                property: property.clone(),
                ids: ids.clone(),
                night: *night,
                adults: 0,
                price: value.price,
                rules: value.rules,
            }
        });
        held.collect()
    }

    /// What is shown of a property at that time, in order.
    pub(super) fn shown(&self, property: &VendorId, at: u64) -> Vec<(&Ids, Night, Value)> {
        let cells = self.cells.iter().filter(|((one, ..), _)| one == property);
        let shown = cells.filter_map(|((_, ids, night), cell)| {
            let value = cell.values.iter().rev().find(|(from, _)| *from <= at)?.1;
            Some((ids, *night, value))
        });
        shown.collect()
    }

    /// Lets a write happen, to be shown from that time on.
    pub(super) fn write(&mut self, property: &VendorId, effects: &[Effect], now: Mono, from: u64) {
        let number = self.number(property, effects);
        self.record.applied += 1;
        for effect in effects {
            self.apply(property, effect, (now, from), number);
        }
    }

    pub(super) fn by_hand(&mut self, held: &Held, now: Mono, from: u64) {
        let effect = Effect {
            ids: held.ids.clone(),
            night: held.night,
            price: held.price,
            rules: held.rules,
        };
        self.apply(&held.property, &effect, (now, from), 0);
    }

    /// Numbers a write, and finds out whether it was there before.
    fn number(&mut self, property: &VendorId, effects: &[Effect]) -> u64 {
        let content = format!("{property} {effects:?}");
        if let Some(&earlier) = self.writes.get(&content) {
            let untouched = effects.iter().all(|effect| {
                let key = (property.clone(), effect.ids.clone(), effect.night);
                self.cells
                    .get(&key)
                    .is_some_and(|cell| cell.write == earlier)
            });
            if untouched {
                self.record.doubled += 1;
                return earlier;
            }
        }
        let number = self.record.applied + 1;
        self.writes.insert(content, number);
        number
    }

    fn apply(&mut self, property: &VendorId, effect: &Effect, at: (Mono, u64), write: u64) {
        let (now, from) = at;
        let key = (property.clone(), effect.ids.clone(), effect.night);
        let cell = self.cells.entry(key).or_default();
        cell.set(from, effect.price, effect.rules);
        cell.write = write;
        self.record.changes.push(Change {
            at: now,
            write,
            key: None,
            property: property.clone(),
            ids: effect.ids.clone(),
            adults: 0,
            first: effect.night,
            last: effect.night,
            price: effect.price,
            rules: effect.rules,
        });
    }
}

impl Cell {
    fn held(&self) -> Value {
        self.values
            .last()
            .map(|(_, value)| *value)
            .unwrap_or_default()
    }

    fn set(&mut self, from: u64, price: Option<Minor>, rules: Rules) {
        let held = self.held();
        let in_force =
            |rules: Rules| rules.only(|kind, wish| matches!(kind.plain(wish), Set::To(_)));
        let value = Value {
            price: price.or(held.price),
            rules: in_force(rules.or(&held.rules)),
        };
        self.values.push((from, value));
    }
}
