//! What survives a restart: prices, restrictions, switches and the record.
//!
//! Times are absolute, because a restarted service's virtual clock begins anew.

use std::collections::BTreeMap;

use rackrate_core::clock::Wall;
use rackrate_core::ids::{Ids, VendorId};
use rackrate_core::money::Minor;
use rackrate_core::night::Night;
use rackrate_core::rules::Rules;
use rackrate_core::simulator::{Held, Record, Timing};
use serde::{Deserialize, Serialize};

use super::binding;
use super::hotels::{Hotels, House};
use super::shelf::{Origin, Shelf};
use super::switches::Switches;
use super::witness::Touched;

/// A point in civil time, in microseconds from 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct At(i64);

impl At {
    pub(super) fn of_epoch(epoch: Wall) -> Self {
        Self(epoch.0.saturating_mul(1_000))
    }

    pub(super) fn plus_micros(self, micros: u64) -> Self {
        let micros = i64::try_from(micros).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(micros))
    }

    pub(super) fn timestamp(self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.0).unwrap_or(jiff::Timestamp::MAX)
    }
}

/// A price of a rate: of one category, or the base of all.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct PriceKey {
    pub(super) rate: VendorId,
    pub(super) category: Option<VendorId>,
    pub(super) night: Night,
}

/// A price with a past: reads may still show an old one. `None` is no override.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Price {
    shown: Option<Minor>,
    /// Newer ones, each with when reads begin to show it.
    newer: Vec<(At, Option<Minor>)>,
}

impl Price {
    fn shown(&self, at: At) -> Option<Minor> {
        let newer = self.newer.iter().rev().find(|(from, _)| *from <= at);
        newer.map_or(self.shown, |(_, price)| *price)
    }

    fn held(&self) -> Option<Minor> {
        self.newer.last().map_or(self.shown, |(_, price)| *price)
    }

    fn set(&mut self, price: Option<Minor>, at: At, shown_from: At) {
        self.shown = self.shown(at);
        self.newer.retain(|(from, _)| *from > at);
        self.newer.push((shown_from, price));
    }
}

/// All of it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct State {
    #[serde(with = "pairs")]
    prices: BTreeMap<PriceKey, Price>,
    /// Restrictions by property.
    pub(super) shelves: BTreeMap<VendorId, Shelf>,
    /// The write that touched something last.
    #[serde(with = "pairs")]
    pub(super) touched: BTreeMap<Touched, u64>,
    /// The last write of each content, by its fingerprint.
    pub(super) contents: BTreeMap<String, u64>,
    pub(super) shown_until: At,
    pub(super) draws: u64,
    pub(super) revoked: bool,
    pub(super) timing: Timing,
    pub(super) switches: Switches,
    pub(super) record: Record,
}

impl State {
    /// The prices at the start, and restrictions as an earlier integration left them.
    pub(super) fn new(hotels: &Hotels, epoch: At, timing: Timing) -> Self {
        let mut state = Self {
            timing,
            shown_until: epoch,
            ..Self::default()
        };
        for house in hotels.all() {
            state
                .shelves
                .insert(house.hotel.id.clone(), Shelf::default());
            for held in &house.hotel.prices {
                if let Some(key) = key_of(held).filter(|_| held.price.is_some()) {
                    state.set_price(key, held.price, epoch, epoch);
                }
                state.hang(held, Origin::Integration, epoch);
            }
        }
        state
    }

    pub(super) fn restore(saved: &str) -> Result<Self, String> {
        serde_json::from_str(saved).map_err(|error| format!("the saved state is none: {error}"))
    }

    pub(super) fn set_price(&mut self, key: PriceKey, price: Option<Minor>, at: At, from: At) {
        self.prices.entry(key).or_default().set(price, at, from);
    }

    /// Restrictions of one rate, category and night, as somebody set them.
    pub(super) fn hang(&mut self, held: &Held, origin: Origin, at: At) {
        let shelf = self.shelves.entry(held.property.clone()).or_default();
        for (item, keep) in binding::items(&held.ids, held.night, &held.rules) {
            match keep {
                true => shelf.set(origin, &item, at),
                false => shelf.clear(origin, &item, at),
            }
        }
    }

    /// The price that reads show, or the one that is held.
    pub(super) fn price(&self, house: &House, ids: &Ids, night: Night, at: Option<At>) -> Minor {
        let own = |category: &Option<VendorId>| {
            let rate = ids.plan.clone()?;
            let category = category.clone();
            let key = PriceKey {
                rate,
                category,
                night,
            };
            let price = self.prices.get(&key)?;
            at.map_or_else(|| price.held(), |at| price.shown(at))
        };
        let rate = ids.plan.as_ref().map_or("", |rate| rate.as_str());
        match house.base(rate) {
            None => own(&ids.room).or_else(|| own(&None)).unwrap_or(Minor(0)),
            Some((base, percent)) => {
                let base = Ids {
                    room: ids.room.clone(),
                    plan: Some(base.clone()),
                };
                added(self.price(house, &base, night, at), percent)
            }
        }
    }

    /// Every price set, and every night with a restriction in force.
    pub(super) fn held(&self, house: &House) -> Vec<Held> {
        let mut all = Vec::new();
        for plan in &house.hotel.plans {
            let mut nights: BTreeMap<Night, Rules> = BTreeMap::new();
            if let Some(shelf) = self.shelves.get(&house.hotel.id) {
                nights = binding::in_force(house, shelf, &plan.ids);
            }
            let own = self.prices.iter().filter(|(key, price)| {
                plan.derived.is_none()
                    && Some(&key.rate) == plan.ids.plan.as_ref()
                    && (key.category.is_none() || key.category == plan.ids.room)
                    && price.held().is_some()
            });
            let priced: BTreeMap<Night, Minor> = own
                .map(|(key, _)| (key.night, self.price(house, &plan.ids, key.night, None)))
                .collect();
            for night in priced.keys() {
                nights.entry(*night).or_default();
            }
            all.extend(nights.into_iter().map(|(night, rules)| Held {
                property: house.hotel.id.clone(),
                ids: plan.ids.clone(),
                night,
                adults: 0,
                price: priced.get(&night).copied(),
                rules,
            }));
        }
        all
    }
}

pub(super) fn key_of(held: &Held) -> Option<PriceKey> {
    Some(PriceKey {
        rate: held.ids.plan.clone()?,
        category: held.ids.room.clone(),
        night: held.night,
    })
}

/// A price with a percentage added, rounded half up to the minor unit.
fn added(Minor(price): Minor, percent: i32) -> Minor {
    let factor = u128::try_from(100_i64 + i64::from(percent)).unwrap_or(0);
    let minor = (u128::from(price) * factor + 50) / 100;
    Minor(u64::try_from(minor).unwrap_or(u64::MAX))
}

/// JSON has no keys but text, so such maps travel as lists of pairs.
mod pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<K: Serialize, V: Serialize, S: Serializer>(
        map: &BTreeMap<K, V>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map)
    }

    pub(super) fn deserialize<'de, K, V, D>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
    where
        K: Deserialize<'de> + Ord,
        V: Deserialize<'de>,
        D: Deserializer<'de>,
    {
        Vec::<(K, V)>::deserialize(deserializer).map(|pairs| pairs.into_iter().collect())
    }
}
