//! What a process really did: changes in order, and whether it was there before.

use std::time::Duration;

use rackrate_core::key::Key;
use rackrate_core::rules::{Rules, Set};
use rackrate_core::simulator::Change;

use super::Gateway;
use super::prices::Good;
use super::processes::Process;
use super::state::Cell;

/// How much later a change is shown, in microseconds; nothing is published.
const HABIT: (u64, u64) = (0, 20_000_000);

impl Gateway {
    /// Lets the good rows of a process happen at its end.
    pub(super) fn apply(
        &mut self,
        process: &Process,
        good: &[Good],
        change: impl Fn(&mut Cell, &Cell),
    ) {
        if good.is_empty() {
            return;
        }
        let effect = effect(good);
        let doubled = self.is_double(process, good, &effect);
        let drawn = self.state.draw(&self.seed, HABIT.0, HABIT.1);
        let lag = Duration::from_micros(self.state.timing.settle.unwrap_or(drawn));
        self.state.version += 1;
        self.state.effects.insert(self.state.version, effect);
        self.state.record.applied += 1;
        self.state.record.doubled += u64::from(doubled);
        for one in good {
            for night in one.first.through(one.last) {
                let at = process.ends.after(lag);
                self.state
                    .change(&process.hotel, &one.ids, night, at, |cell| {
                        change(cell, &one.cell);
                    });
            }
            self.note(process, one);
        }
    }

    /// Whether the same was done before and nothing else touched these nights since.
    fn is_double(&self, process: &Process, good: &[Good], effect: &Key) -> bool {
        let mut versions = good.iter().flat_map(|one| {
            let nights = one.first.through(one.last);
            nights.map(|night| {
                let cell = self.state.cell(&process.hotel, &one.ids, night);
                cell.map_or(0, |cell| cell.version)
            })
        });
        let Some(first) = versions.next() else {
            return false;
        };
        versions.all(|version| version == first) && self.state.effects.get(&first) == Some(effect)
    }

    /// Writes changes down, joined to the last one where they continue it.
    fn note(&mut self, process: &Process, one: &Good) {
        let change = |adults, price, rules| Change {
            at: process.ends,
            write: process.write,
            key: None,
            property: process.hotel.clone(),
            ids: one.ids.clone(),
            adults,
            first: one.first,
            last: one.last,
            price,
            rules,
        };
        let mut changes = Vec::new();
        for (adults, price) in &one.cell.prices {
            changes.push(change(*adults, Some(*price), Rules::LEAVE));
        }
        for (kind, value) in &one.cell.rules {
            let mut rules = Rules::LEAVE;
            rules.set(*kind, kind.plain(Set::To(*value)));
            changes.push(change(0, None, rules));
        }
        for change in changes {
            match self.state.record.changes.last_mut() {
                Some(last) if continues(last, &change) => last.last = change.last,
                _ => self.state.record.changes.push(change),
            }
        }
    }
}

/// What a process does, whatever way its nights are cut.
fn effect(good: &[Good]) -> Key {
    let each = |one: &Good| {
        let cell = &one.cell;
        let what = format!(
            "{} {:?} {:?} {:?}",
            one.ids, cell.prices, cell.others, cell.rules
        );
        let nights = one.first.through(one.last);
        nights
            .map(|night| format!("{night} {what}"))
            .collect::<Vec<_>>()
    };
    let mut cells: Vec<String> = good.iter().flat_map(each).collect();
    cells.sort();
    let parts: Vec<&[u8]> = cells.iter().map(|cell| cell.as_bytes()).collect();
    Key::of(&parts)
}

/// Whether a change is the same as the one before it, for the nights after.
fn continues(last: &Change, change: &Change) -> bool {
    let moved = Change {
        first: change.first,
        last: change.last,
        ..last.clone()
    };
    last.last.next() == change.first && moved == *change
}
