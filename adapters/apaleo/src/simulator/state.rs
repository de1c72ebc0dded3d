//! What survives a restart: rates, allowances of plans, switches and the record.
//!
//! Times are absolute, because a restarted server's virtual clock begins anew.

use std::collections::BTreeMap;

use rackrate_core::clock::Wall;
use rackrate_core::money::Minor;
use rackrate_core::night::Night;
use rackrate_core::rules::{Rules, Set};
use rackrate_core::simulator::{Held, Record};
use serde::{Deserialize, Serialize};

use super::account::Account;
use super::meters::PlanMeter;
use super::switches::Switches;

/// A point in civil time, in microseconds from 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct At(i64);

impl At {
    pub(super) fn of(wall: Wall) -> Self {
        Self(wall.0.saturating_mul(1_000))
    }

    pub(super) fn plus_micros(self, micros: u64) -> Self {
        let micros = i64::try_from(micros).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(micros))
    }

    /// Microseconds from `earlier` to this point; none when it is later.
    pub(super) fn since(self, earlier: Self) -> u64 {
        u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0)
    }
}

/// The restrictions of a slice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Limits {
    pub(super) min: Option<u16>,
    pub(super) max: Option<u16>,
    pub(super) closed: bool,
    pub(super) on_arrival: bool,
    pub(super) on_departure: bool,
}

impl Limits {
    pub(super) fn of(rules: &Rules) -> Self {
        let number = |wish| match wish {
            Set::To(nights) => Some(nights),
            Set::Leave | Set::Clear => None,
        };
        Self {
            min: number(rules.min_stay_arrival),
            max: number(rules.max_stay_arrival),
            closed: rules.stop_sell == Set::To(true),
            on_arrival: rules.closed_to_arrival == Set::To(true),
            on_departure: rules.closed_to_departure == Set::To(true),
        }
    }

    /// All that can be said of them, with `none` where there is no restriction.
    pub(super) fn rules(self, none: bool) -> Rules {
        let nights = |value: Option<u16>| match (value, none) {
            (Some(nights), _) => Set::To(nights),
            (None, true) => Set::Clear,
            (None, false) => Set::Leave,
        };
        let flag = |on: bool| match (on, none) {
            (true, _) => Set::To(true),
            (false, true) => Set::Clear,
            (false, false) => Set::Leave,
        };
        Rules {
            min_stay_arrival: nights(self.min),
            max_stay_arrival: nights(self.max),
            stop_sell: flag(self.closed),
            closed_to_arrival: flag(self.on_arrival),
            closed_to_departure: flag(self.on_departure),
            ..Rules::LEAVE
        }
    }
}

/// An initialised slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Rate {
    pub(super) price: Minor,
    pub(super) limits: Limits,
}

/// A slice with a past: reads may still show what was before.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Slice {
    shown: Option<Rate>,
    /// What came after, each with when reads begin to show it.
    newer: Vec<(At, Option<Rate>)>,
    /// The write that set it last; 0 for the start and changes by hand.
    pub(super) write: u64,
}

impl Slice {
    pub(super) fn held(&self) -> Option<Rate> {
        self.newer.last().map_or(self.shown, |(_, rate)| *rate)
    }

    pub(super) fn shown(&self, at: At) -> Option<Rate> {
        let newer = self.newer.iter().rev().find(|(from, _)| *from <= at);
        newer.map_or(self.shown, |(_, rate)| *rate)
    }

    pub(super) fn set(&mut self, rate: Option<Rate>, at: At, settled: At, write: u64) {
        self.shown = self.shown(at);
        self.newer.retain(|(from, _)| *from > at);
        self.newer.push((settled, rate));
        self.write = write;
    }
}

/// Slices that were ever set, by night.
pub(super) type Slices = BTreeMap<Night, Slice>;

/// All of it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct State {
    /// By rate plan.
    pub(super) rates: BTreeMap<String, Nights>,
    pub(super) meters: BTreeMap<String, PlanMeter>,
    pub(super) switches: Switches,
    /// The last write of each content that took effect, by its fingerprint.
    pub(super) contents: BTreeMap<String, u64>,
    pub(super) record: Record,
}

/// Slices of a plan. JSON has no keys but text, so they travel as a list.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Vec<(Night, Slice)>", into = "Vec<(Night, Slice)>")]
pub(super) struct Nights(pub(super) Slices);

impl From<Vec<(Night, Slice)>> for Nights {
    fn from(list: Vec<(Night, Slice)>) -> Self {
        Self(list.into_iter().collect())
    }
}

impl From<Nights> for Vec<(Night, Slice)> {
    fn from(nights: Nights) -> Self {
        nights.0.into_iter().collect()
    }
}

impl State {
    pub(super) fn of(account: &Account) -> Self {
        let mut state = Self::default();
        for held in account.hotels.iter().flat_map(|hotel| &hotel.prices) {
            let (Some(plan), Some(price)) = (&held.ids.plan, held.price) else {
                continue;
            };
            let limits = Limits::of(&held.rules);
            let slice = state.slice(plan.as_str(), held.night);
            slice.shown = Some(Rate { price, limits });
        }
        state
    }

    pub(super) fn slice(&mut self, plan: &str, night: Night) -> &mut Slice {
        let plan = self.rates.entry(plan.to_owned()).or_default();
        plan.0.entry(night).or_default()
    }

    pub(super) fn held(&self, account: &Account) -> Vec<Held> {
        let mut all = Vec::new();
        for plan in account.all().filter(|one| one.plan.derived.is_none()) {
            let slices = self.rates.get(plan.id).into_iter();
            for (night, slice) in slices.flat_map(|nights| &nights.0) {
                let Some(rate) = slice.held() else { continue };
                all.push(Held {
                    property: plan.hotel.id.clone(),
                    ids: plan.plan.ids.clone(),
                    night: *night,
                    adults: 0,
                    price: Some(rate.price),
                    rules: rate.limits.rules(false),
                });
            }
        }
        all
    }
}
