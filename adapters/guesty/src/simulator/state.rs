//! What the vendor keeps: calendars, what of them is shown, tokens and the record.
//!
//! Times are absolute, because a restarted server's virtual clock begins anew; the tokens
//! of a day are counted across restarts.

use std::collections::BTreeMap;

use rackrate_core::clock::{Mono, Wall};
use rackrate_core::ids::VendorId;
use rackrate_core::money::Minor;
use rackrate_core::night::Night;
use rackrate_core::rules::{Rules, Set};
use rackrate_core::simulator::{Held, Record};
use serde::{Deserialize, Serialize};

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

    /// On the virtual clock; its start for what lies before it.
    pub(super) fn mono(self, epoch: Self) -> Mono {
        Mono(u64::try_from(self.0.saturating_sub(epoch.0)).unwrap_or(0))
    }
}

/// What was set on a night; what was not is the listing's base.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cell {
    pub(super) price: Option<Minor>,
    pub(super) min_nights: Option<u16>,
    pub(super) cta: bool,
    pub(super) ctd: bool,
    /// The write that set it last; 0 for the start and changes by hand.
    pub(super) write: u64,
}

impl Cell {
    pub(super) fn of(held: &Held) -> Self {
        let rules = &held.rules;
        Self {
            price: held.price,
            min_nights: match rules.min_stay_arrival {
                Set::Leave => None,
                Set::Clear => Some(1),
                Set::To(nights) => Some(nights.max(1)),
            },
            cta: rules.closed_to_arrival == Set::To(true),
            ctd: rules.closed_to_departure == Set::To(true),
            write: 0,
        }
    }

    /// The restrictions in force; nothing is said of the others.
    pub(super) fn rules(&self, base_min_nights: u16) -> Rules {
        let nights = self.min_nights.unwrap_or(base_min_nights);
        let on = |flag| if flag { Set::To(true) } else { Set::Leave };
        Rules {
            min_stay_arrival: if nights > 1 {
                Set::To(nights)
            } else {
                Set::Leave
            },
            closed_to_arrival: on(self.cta),
            closed_to_departure: on(self.ctd),
            ..Rules::LEAVE
        }
    }
}

/// Nights by listing.
pub(super) type Cells = BTreeMap<VendorId, BTreeMap<Night, Cell>>;

/// Nights that will be shown as they were after a change.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Reveal {
    pub(super) at: At,
    pub(super) listing: VendorId,
    pub(super) cells: Vec<(Night, Cell)>,
}

/// Everything that survives a restart.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) held: Cells,
    pub(super) shown: Cells,
    pub(super) reveals: Vec<Reveal>,
    /// When the tokens of the last day were issued.
    pub(super) issued: Vec<At>,
    /// Until when the token endpoint asked to be left alone.
    pub(super) closed_until: At,
    /// Fingerprints of live tokens, with their ends.
    pub(super) tokens: BTreeMap<String, At>,
    /// The last write of each content that took effect.
    pub(super) contents: BTreeMap<String, u64>,
    pub(super) switches: BTreeMap<String, String>,
    pub(super) record: Record,
}

impl State {
    /// The night as it is held.
    pub(super) fn cell(&self, listing: &VendorId, night: Night) -> Cell {
        let nights = self.held.get(listing);
        let cell = nights.and_then(|nights| nights.get(&night));
        cell.copied().unwrap_or_default()
    }

    /// Shows what is due.
    pub(super) fn reveal(&mut self, at: At) {
        let (due, later) = std::mem::take(&mut self.reveals)
            .into_iter()
            .partition(|reveal: &Reveal| reveal.at <= at);
        self.reveals = later;
        for reveal in due {
            let nights = self.shown.entry(reveal.listing).or_default();
            nights.extend(reveal.cells);
        }
    }
}
