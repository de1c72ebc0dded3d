//! What took effect, in order, and whether it was a double push.
//!
//! A write is *doubled* when it sets what an earlier one set, and all its slices were last
//! set by that one. So sending the same wish twice is found, and a price that went away and
//! came back is not.

use rackrate_core::clock::Mono;
use rackrate_core::key::Key;
use rackrate_core::night::Night;
use rackrate_core::simulator::{Change, Held};
use serde::Serialize;

use super::Apaleo;
use super::state::{Limits, Rate};

/// A slice as it becomes.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Effect {
    pub(super) night: Night,
    pub(super) rate: Rate,
}

impl Apaleo {
    /// Lets a PUT happen.
    pub(super) fn write(&mut self, plan: &str, effects: &[Effect], now: Mono) {
        let at = self.at(now);
        let settled = at.plus_micros(self.timing.settle.unwrap_or(0));
        let number = self.count(plan, effects);
        for effect in effects {
            let slice = self.state.slice(plan, effect.night);
            slice.set(Some(effect.rate), at, settled, number);
        }
        let Some(known) = self.account.plan(plan) else {
            return;
        };
        for effect in effects {
            let change = Change {
                at: now,
                write: number,
                key: None,
                property: known.hotel.id.clone(),
                ids: known.plan.ids.clone(),
                adults: 0,
                first: effect.night,
                last: effect.night,
                price: Some(effect.rate.price),
                rules: effect.rate.limits.rules(true),
            };
            match self.state.record.changes.last_mut() {
                Some(last) if continues(last, &change) => last.last = change.last,
                _ => self.state.record.changes.push(change),
            }
        }
    }

    /// Numbers a write, and finds out whether it was there before.
    fn count(&mut self, plan: &str, effects: &[Effect]) -> u64 {
        let text = serde_json::to_vec(effects).unwrap_or_default();
        let content = Key::of(&[plan.as_bytes(), &text]).to_string();
        if let Some(earlier) = self.state.contents.get(&content).copied() {
            let slices = self.state.rates.get(plan);
            let last = |night: &Night| slices.and_then(|all| Some(all.0.get(night)?.write));
            let untouched = effects.iter().all(|one| last(&one.night) == Some(earlier));
            self.state.record.doubled += u64::from(untouched);
        }
        self.state.record.applied += 1;
        let number = self.state.record.applied;
        self.state.contents.insert(content, number);
        number
    }

    /// Somebody changes a rate in the vendor's own pages; it shows at once. What is not
    /// said of restrictions stays, and without a price the slice is uninitialised again.
    pub(super) fn set_by_hand(&mut self, held: &Held, now: Mono) {
        let at = self.at(now);
        let id = held.ids.plan.as_ref().map(ToString::to_string);
        let known = id.as_deref().and_then(|id| self.account.plan(id));
        let (Some(id), Some(known)) = (&id, known) else {
            return;
        };
        if known.plan.derived.is_some() {
            return;
        }
        let (property, ids) = (known.hotel.id.clone(), known.plan.ids.clone());
        let slice = self.state.slice(id, held.night);
        let before = slice.held().map(|rate| rate.limits.rules(false));
        let rules = held.rules.or(&before.unwrap_or_default());
        let limits = Limits::of(&rules);
        slice.set(held.price.map(|price| Rate { price, limits }), at, at, 0);
        self.state.record.changes.push(Change {
            at: now,
            write: 0,
            key: None,
            property,
            ids,
            adults: 0,
            first: held.night,
            last: held.night,
            price: held.price,
            rules: limits.rules(true),
        });
    }
}

/// Whether a change is the same as the one before it, for the night after.
fn continues(last: &Change, change: &Change) -> bool {
    let moved = Change {
        first: change.first,
        last: change.last,
        ..last.clone()
    };
    last.last.next() == change.first && moved == *change
}
