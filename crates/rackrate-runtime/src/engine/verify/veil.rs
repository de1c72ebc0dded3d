//! Nights whose earlier wish was accepted, and not read back before a newer one left.
//!
//! Invariant: what is behind a veil confirms nothing, for it may be from before that wish.

use rackrate_core::clock::Mono;
use rackrate_core::ids::Ids;
use rackrate_core::night::Night;

/// The veils of a lane.
#[derive(Debug, Default)]
pub(super) struct Veils(Vec<Veil>);

#[derive(Debug)]
struct Veil {
    ids: Ids,
    first: Night,
    last: Night,
    /// When the earlier wish has settled.
    until: Mono,
}

impl Veils {
    /// Covers these nights until their earlier wish has settled.
    pub(super) fn add(&mut self, ids: &Ids, (first, last): (Night, Night), until: Mono) {
        self.0.push(Veil {
            ids: ids.clone(),
            first,
            last,
            until,
        });
    }

    /// Takes away those whose time is over.
    pub(super) fn lift(&mut self, now: Mono) {
        self.0.retain(|veil| veil.until > now);
    }

    /// Whether what a read that left then shows of a night may be from before an earlier wish.
    pub(super) fn hide(&self, ids: &Ids, night: Night, left: Mono) -> bool {
        self.0.iter().any(|veil| {
            veil.ids == *ids && (veil.first..=veil.last).contains(&night) && left < veil.until
        })
    }

    /// When each is over.
    pub(super) fn ends(&self) -> impl Iterator<Item = Mono> {
        self.0.iter().map(|veil| veil.until)
    }
}
