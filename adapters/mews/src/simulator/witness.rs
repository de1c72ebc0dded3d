//! What took effect, in order, and whether it was a double push.
//!
//! A write is *doubled* when its effects equal those of an earlier write and nothing else
//! touched them since. So sending the same wish twice is found, and a price that went away
//! and came back is not.

use rackrate_core::clock::Mono;
use rackrate_core::ids::{Ids, VendorId};
use rackrate_core::key::Key;
use rackrate_core::money::Minor;
use rackrate_core::night::Night;
use rackrate_core::rules::Rules;
use rackrate_core::simulator::{Change, Held};
use serde::{Deserialize, Serialize};

use super::Mews;

/// What one item of a write did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Effect {
    /// A room of none is all categories, a plan of none all rates.
    pub(super) ids: Ids,
    pub(super) first: Night,
    pub(super) last: Night,
    pub(super) price: Option<Minor>,
    /// The type of a restriction; empty for a price.
    pub(super) kind: String,
    pub(super) rules: Rules,
}

/// A price or a type of restriction of a night.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Touched {
    hotel: VendorId,
    ids: Ids,
    kind: String,
    night: Night,
}

impl Mews {
    /// Notes down a write that took effect.
    pub(super) fn witness(&mut self, hotel: &VendorId, effects: &[Effect], now: Mono) {
        let content = serde_json::to_vec(effects).unwrap_or_default();
        let content = Key::of(&[hotel.as_str().as_bytes(), &content]).to_string();
        let state = &mut self.state;
        let touched = || effects.iter().flat_map(|effect| touched(hotel, effect));
        if let Some(earlier) = state.contents.get(&content) {
            let untouched = touched().all(|one| state.touched.get(&one) == Some(earlier));
            state.record.doubled += u64::from(untouched);
        }
        state.record.applied += 1;
        let number = state.record.applied;
        state.contents.insert(content, number);
        for one in touched() {
            state.touched.insert(one, number);
        }
        for effect in effects {
            let changes = self.changes(hotel, effect, number, now);
            self.state.record.changes.extend(changes);
        }
    }

    pub(super) fn by_hand_witnessed(&mut self, held: &Held, now: Mono) {
        let effect = Effect {
            ids: held.ids.clone(),
            first: held.night,
            last: held.night,
            price: held.price,
            kind: String::new(),
            rules: held.rules,
        };
        for one in touched(&held.property, &effect) {
            self.state.touched.insert(one, 0);
        }
        let changes = self.changes(&held.property, &effect, 0, now);
        self.state.record.changes.extend(changes);
    }

    /// A change for each thing sold that the effect is of.
    fn changes(&self, hotel: &VendorId, effect: &Effect, write: u64, at: Mono) -> Vec<Change> {
        let fits =
            |named: &Option<VendorId>, own: &Option<VendorId>| named.is_none() || named == own;
        let house = self.hotels.of_id(hotel.as_str());
        let plans = house.into_iter().flat_map(|house| &house.hotel.plans);
        let of = plans.filter(|plan| {
            fits(&effect.ids.room, &plan.ids.room) && fits(&effect.ids.plan, &plan.ids.plan)
        });
        let change = |ids: &Ids| Change {
            at,
            write,
            key: None,
            property: hotel.clone(),
            ids: ids.clone(),
            adults: 0,
            first: effect.first,
            last: effect.last,
            price: effect.price,
            rules: effect.rules,
        };
        of.map(|plan| change(&plan.ids)).collect()
    }
}

fn touched<'e>(hotel: &'e VendorId, effect: &'e Effect) -> impl Iterator<Item = Touched> + 'e {
    effect.first.through(effect.last).map(|night| Touched {
        hotel: hotel.clone(),
        ids: effect.ids.clone(),
        kind: effect.kind.clone(),
        night,
    })
}
