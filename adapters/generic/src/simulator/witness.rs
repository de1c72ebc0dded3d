//! Section 10: what took effect, in order, and whether it was a double push.
//!
//! A write is *doubled* when its effects equal those of an earlier write that came under
//! another key, and every cell it sets was last set by that earlier write. So sending the
//! same wish twice is found, and a price that went away and came back is not.

use rackrate_core::key::Key;
use rackrate_core::rules::Rules;
use rackrate_core::simulator::Change;

use super::rows::Effect;
use super::state::{PriceKey, State, Stay, StayKey, Write};

impl State {
    /// Lets effects happen, in their order.
    pub(super) fn write(&mut self, effects: &[Effect], write: &Write<'_>) {
        if effects.is_empty() {
            return;
        }
        let number = match write.key {
            Some(key) => self.count(effects, key),
            None => 0,
        };
        for effect in effects {
            if let Some(price) = effect.price {
                let cell = self.price(price_key(effect));
                cell.set(price, write.at, write.settled, number);
            }
            if let Some(stay) = effect.stay {
                let cell = self.stay(stay_key(effect));
                cell.set(stay, write.at, write.settled, number);
            }
            self.note(effect, write, number);
        }
    }

    /// Numbers a write, and finds out whether it was there before.
    fn count(&mut self, effects: &[Effect], key: &str) -> u64 {
        let text = serde_json::to_vec(effects).unwrap_or_default();
        let content = Key::of(&[&text]).to_string();
        if let Some((earlier, its_key)) = self.contents.get(&content) {
            let untouched = effects
                .iter()
                .all(|effect| self.last_set_by(effect, *earlier));
            self.record.doubled += u64::from(its_key != key && untouched);
        }
        self.record.applied += 1;
        let number = self.record.applied;
        self.contents.insert(content, (number, key.to_owned()));
        number
    }

    fn last_set_by(&self, effect: &Effect, write: u64) -> bool {
        let price = self.prices.get(&price_key(effect)).map(|cell| cell.write);
        let stay = self.stays.get(&stay_key(effect)).map(|cell| cell.write);
        (effect.price.is_none() || price == Some(write))
            && (effect.stay.is_none() || stay == Some(write))
    }

    /// Writes a change down, joined to the last one where it continues it.
    fn note(&mut self, effect: &Effect, write: &Write<'_>, number: u64) {
        let change = change(effect, write, number);
        match self.record.changes.last_mut() {
            Some(last) if number > 0 && continues(last, &change) => last.last = change.last,
            _ => self.record.changes.push(change),
        }
    }
}

fn change(effect: &Effect, write: &Write<'_>, number: u64) -> Change {
    Change {
        at: write.now,
        write: number,
        key: write.key.map(String::from),
        property: effect.property.clone(),
        ids: effect.ids.clone(),
        adults: effect.adults,
        first: effect.night,
        last: effect.night,
        price: effect.price,
        rules: effect.stay.map_or(Rules::LEAVE, Stay::rules),
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

fn price_key(effect: &Effect) -> PriceKey {
    PriceKey {
        property: effect.property.clone(),
        ids: effect.ids.clone(),
        night: effect.night,
        adults: effect.adults,
    }
}

fn stay_key(effect: &Effect) -> StayKey {
    (effect.property.clone(), effect.ids.clone(), effect.night)
}
