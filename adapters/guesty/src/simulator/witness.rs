//! What took effect, in order, and whether it was a double push.
//!
//! A write is *doubled* when an equal one took effect before and every night it sets was
//! last set by that one. So sending the same wish twice is found, and a price that went
//! away and came back is not.

use rackrate_core::clock::Mono;
use rackrate_core::key::Key;
use rackrate_core::simulator::{Change, Held};

use super::Service;
use super::catalogue::listing_id;
use super::ranges::Range;
use super::state::{Cell, Reveal};

impl Service {
    /// Lets ranges take effect, in their order, as one write.
    pub(super) fn apply(&mut self, ranges: &[Range], now: Mono) {
        if !ranges.iter().any(Range::says_something) {
            return;
        }
        let write = self.count(ranges);
        let settled = self.at(now).plus_micros(self.timing.settle.unwrap_or(0));
        for range in ranges.iter().filter(|range| range.says_something()) {
            let mut cells = Vec::new();
            for night in range.first.through(range.last) {
                let mut cell = self.state.cell(&range.listing, night);
                range.apply(&mut cell, write);
                cells.push((night, cell));
            }
            let held = self.state.held.entry(range.listing.clone()).or_default();
            held.extend(cells.iter().copied());
            self.state.reveals.push(Reveal {
                at: settled,
                listing: range.listing.clone(),
                cells,
            });
            let change = self.change(range, write, now);
            self.state.record.changes.extend(change);
        }
        let at = self.at(now);
        self.state.reveal(at);
    }

    /// Numbers a write, and finds out whether it was there before.
    fn count(&mut self, ranges: &[Range]) -> u64 {
        let text = serde_json::to_vec(ranges).unwrap_or_default();
        let content = Key::of(&[&text]).to_string();
        let state = &mut self.state;
        let earlier = state.contents.get(&content).copied();
        let untouched = |write: u64| {
            ranges.iter().all(|range| {
                let mut nights = range.first.through(range.last);
                nights.all(|night| state.cell(&range.listing, night).write == write)
            })
        };
        let doubled = earlier.is_some_and(untouched);
        state.record.doubled += u64::from(doubled);
        state.record.applied += 1;
        let write = state.record.applied;
        state.contents.insert(content, write);
        write
    }

    fn change(&self, range: &Range, write: u64, now: Mono) -> Option<Change> {
        let (hotel, plan) = self.find(range.listing.as_str())?;
        let base = || self.base_price(&range.listing);
        Some(Change {
            at: now,
            write,
            key: None,
            property: hotel.id.clone(),
            ids: plan.ids.clone(),
            adults: 0,
            first: range.first,
            last: range.last,
            price: range.price.map(|price| price.unwrap_or_else(base)),
            rules: range.rules(self.base_min_nights()),
        })
    }

    /// Somebody changes a night by hand; it is shown at once.
    pub(super) fn set_by_hand(&mut self, held: &Held, now: Mono) {
        let Some(listing) = listing_id(&held.ids) else {
            return;
        };
        let state = &mut self.state;
        for cells in [&mut state.held, &mut state.shown] {
            let nights = cells.entry(listing.clone()).or_default();
            nights.insert(held.night, Cell::of(held));
        }
        for reveal in state
            .reveals
            .iter_mut()
            .filter(|reveal| reveal.listing == *listing)
        {
            reveal.cells.retain(|(night, _)| *night != held.night);
        }
        state.record.changes.push(Change {
            at: now,
            write: 0,
            key: None,
            property: held.property.clone(),
            ids: held.ids.clone(),
            adults: 0,
            first: held.night,
            last: held.night,
            price: held.price,
            rules: held.rules,
        });
    }
}
