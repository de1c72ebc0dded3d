//! What survives a restart: prices, keys, jobs and the record.
//!
//! Times are absolute, because a restarted server's virtual clock begins anew.

use std::collections::BTreeMap;

use rackrate_core::clock::{Mono, Wall};
use rackrate_core::ids::{Ids, VendorId};
use rackrate_core::money::Minor;
use rackrate_core::night::Night;
use rackrate_core::rules::{Rules, Set};
use rackrate_core::simulator::{Held, Hotel, Record};
use serde::{Deserialize, Serialize};

use super::consents::Consents;
use super::keys::Remembered;
use super::rows::Wish;

const KEPT_MICROS: u64 = 24 * 3600 * 1_000_000;

/// A point in civil time, in microseconds from 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct At(i64);

impl At {
    pub(super) fn of_epoch(epoch: Wall) -> Self {
        Self(epoch.0.saturating_mul(1_000))
    }

    pub(super) fn plus_micros(self, micros: u64) -> Self {
        Self(
            self.0
                .saturating_add(i64::try_from(micros).unwrap_or(i64::MAX)),
        )
    }

    /// On the virtual clock; its start for what lies before it.
    pub(super) fn mono(self, epoch: Self) -> Mono {
        Mono(u64::try_from(self.0.saturating_sub(epoch.0)).unwrap_or(0))
    }

    pub(super) fn timestamp(self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.0).unwrap_or(jiff::Timestamp::MAX)
    }
}

/// A minimum stay on arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Stay {
    None,
    Nights(u16),
}

impl Stay {
    pub(super) fn of(held: &Held) -> Self {
        match held.rules.min_stay_arrival {
            Set::To(nights @ 1..) => Self::Nights(nights),
            _ => Self::None,
        }
    }

    pub(super) fn rules(self) -> Rules {
        let min_stay_arrival = match self {
            Self::None => Set::Clear,
            Self::Nights(nights) => Set::To(nights),
        };
        Rules {
            min_stay_arrival,
            ..Rules::LEAVE
        }
    }
}

/// One price, in the order in which reads list them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct PriceKey {
    pub(super) property: VendorId,
    pub(super) ids: Ids,
    pub(super) night: Night,
    pub(super) adults: u8,
}

/// The restriction of a night, whatever the number of adults.
pub(super) type StayKey = (VendorId, Ids, Night);

/// A value with a past: reads may still show the old one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Settling<T> {
    shown: Option<T>,
    /// Newer values, each with when reads begin to show it.
    newer: Vec<(At, T)>,
    /// The write that set it last; 0 for the start and changes by hand.
    pub(super) write: u64,
}

impl<T: Copy> Settling<T> {
    fn unset() -> Self {
        Self {
            shown: None,
            newer: Vec::new(),
            write: 0,
        }
    }

    pub(super) fn shown(&self, at: At) -> Option<T> {
        let newer = self.newer.iter().rev().find(|(from, _)| *from <= at);
        newer.map(|(_, value)| *value).or(self.shown)
    }

    fn held(&self) -> Option<T> {
        self.newer.last().map(|(_, value)| *value).or(self.shown)
    }

    pub(super) fn set(&mut self, value: T, at: At, settled: At, write: u64) {
        self.shown = self.shown(at);
        self.newer.retain(|(from, _)| *from > at);
        self.newer.push((settled, value));
        self.write = write;
    }
}

/// A batch that is applied later.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Job {
    pub(super) property: VendorId,
    pub(super) key: String,
    pub(super) wishes: Vec<Wish>,
    pub(super) done_at: At,
    pub(super) polled: bool,
    /// The receipt's text once it is finished.
    pub(super) receipt: Option<String>,
}

impl Job {
    pub(super) fn new(property: &VendorId, key: &str, wishes: Vec<Wish>, done_at: At) -> Self {
        Self {
            property: property.clone(),
            key: key.to_owned(),
            wishes,
            done_at,
            polled: false,
            receipt: None,
        }
    }
}

/// When and under what a change takes effect.
#[derive(Debug)]
pub(super) struct Write<'a> {
    pub(super) key: Option<&'a str>,
    pub(super) now: Mono,
    pub(super) at: At,
    pub(super) settled: At,
}

impl<'a> Write<'a> {
    pub(super) fn under_key(key: &'a str, now: Mono, at: At, settled: At) -> Self {
        Self {
            key: Some(key),
            now,
            at,
            settled,
        }
    }

    /// A change by hand shows at once.
    pub(super) fn by_hand(now: Mono, at: At) -> Self {
        Self {
            key: None,
            now,
            at,
            settled: at,
        }
    }
}

/// All of it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct State {
    #[serde(with = "pairs")]
    pub(super) prices: BTreeMap<PriceKey, Settling<Minor>>,
    #[serde(with = "pairs")]
    pub(super) stays: BTreeMap<StayKey, Settling<Stay>>,
    pub(super) keys: BTreeMap<String, Remembered>,
    pub(super) jobs: BTreeMap<String, Job>,
    /// Batches taken on so far.
    pub(super) accepted: u64,
    /// The last write of each content that took effect, by its fingerprint.
    pub(super) contents: BTreeMap<String, (u64, String)>,
    #[serde(default)]
    pub(super) consents: Consents,
    pub(super) record: Record,
}

impl State {
    pub(super) fn of(hotels: &[Hotel]) -> Self {
        let mut state = Self::default();
        let start = At(0);
        for held in hotels.iter().flat_map(|hotel| &hotel.prices) {
            if let Some(price) = held.price {
                state.price(key_of(held)).set(price, start, start, 0);
            }
            let stay = Stay::of(held);
            if stay != Stay::None {
                let key = (held.property.clone(), held.ids.clone(), held.night);
                state.stay(key).set(stay, start, start, 0);
            }
        }
        state
    }

    pub(super) fn restore(saved: &str) -> Result<Self, String> {
        serde_json::from_str(saved).map_err(|error| format!("the saved state is none: {error}"))
    }

    pub(super) fn save(&self) -> String {
        // Text keys and plain values only, so there is nothing that cannot be written.
        serde_json::to_string(self).unwrap_or_default()
    }

    pub(super) fn price(&mut self, key: PriceKey) -> &mut Settling<Minor> {
        self.prices.entry(key).or_insert_with(Settling::unset)
    }

    pub(super) fn stay(&mut self, key: StayKey) -> &mut Settling<Stay> {
        self.stays.entry(key).or_insert_with(Settling::unset)
    }

    pub(super) fn running(&self) -> impl Iterator<Item = &Job> {
        self.jobs.values().filter(|job| job.receipt.is_none())
    }

    /// Drops keys and finished jobs whose day is over.
    pub(super) fn forget(&mut self, at: At) {
        self.keys.retain(|_, known| at < known.until);
        let record = &mut self.record;
        self.jobs.retain(|_, job| {
            let keep = job.receipt.is_none() || at < job.done_at.plus_micros(KEPT_MICROS);
            record.unpolled_jobs += u64::from(!keep && !job.polled);
            keep
        });
    }

    /// Every price, and every restriction that stands without one.
    pub(super) fn held(&self) -> Vec<Held> {
        let stay_of = |key: &PriceKey| {
            let key = (key.property.clone(), key.ids.clone(), key.night);
            self.stays.get(&key).and_then(Settling::held)
        };
        let priced = self
            .prices
            .iter()
            .filter_map(|(key, value)| Some(held(key, Some(value.held()?), stay_of(key))));
        let mut all: Vec<Held> = priced.chain(self.stays_alone()).collect();
        all.sort_by_key(key_of);
        all
    }

    fn stays_alone(&self) -> impl Iterator<Item = Held> {
        self.stays
            .iter()
            .filter_map(|((property, ids, night), stay)| {
                let key = PriceKey {
                    property: property.clone(),
                    ids: ids.clone(),
                    night: *night,
                    adults: 0,
                };
                let Some(Stay::Nights(_)) = stay.held() else {
                    return None;
                };
                let next = self.prices.range(key.clone()..).next();
                let same = |other: &PriceKey| {
                    (&other.property, &other.ids, other.night) == (property, ids, *night)
                };
                let has_price = next.is_some_and(|(other, _)| same(other));
                (!has_price).then(|| held(&key, None, stay.held()))
            })
    }
}

fn held(key: &PriceKey, price: Option<Minor>, stay: Option<Stay>) -> Held {
    Held {
        property: key.property.clone(),
        ids: key.ids.clone(),
        night: key.night,
        adults: key.adults,
        price,
        rules: match stay {
            Some(stay @ Stay::Nights(_)) => stay.rules(),
            _ => Rules::LEAVE,
        },
    }
}

fn key_of(held: &Held) -> PriceKey {
    PriceKey {
        property: held.property.clone(),
        ids: held.ids.clone(),
        night: held.night,
        adults: held.adults,
    }
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
