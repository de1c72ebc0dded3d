//! Whether a night beside those that a run wrote changed meanwhile.
//!
//! Read-back covers a night more on either side of what was written. Nobody wished anything
//! for those nights in this run, so they have no ending; what was shown there before the run
//! is compared here with what is shown after it. Nights beyond a neighbour are not looked at.
//!
//! Invariant: only a word that a vendor showed, before and again after, is evidence; what we
//! pushed and nobody read proves nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rackrate_core::chunk::{Row, Target};
use rackrate_core::clock::Wall;
use rackrate_core::finding::{Finding, Place};
use rackrate_core::ids::{ConnectionId, Ids};
use rackrate_core::night::Night;
use rackrate_core::rules::Rules;
use rackrate_core::series::Seen;
use rackrate_ledger::op::{DesiredSeries, Origin, SeenSegment};
use rackrate_ledger::store::Ledger;

use super::verify::{amount, sold};
use crate::portfolio::Portfolio;
use crate::problem::Result;
use crate::screen;

const HINT: &str = "Make a new plan to put it right. Either the vendor took the end of an \
    interval a night too far, or somebody changed it meanwhile; if it happens again, the \
    adapter is wrong, so please report it.";

/// The price for a number of adults, or with `None` the restrictions, of one thing sold.
type Cell = (Ids, Option<u8>);

/// Nights that lie beside rows of a cell and in none of them.
type Neighbours = BTreeMap<Cell, BTreeSet<Night>>;

/// What was last shown of them.
type Shown = BTreeMap<Cell, BTreeMap<Night, Word>>;

/// What a vendor showed of a night.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    Price(Seen),
    Rules(Rules),
}

/// A night that nobody wrote and that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Change {
    night: Night,
    was: Word,
    is: Word,
}

/// The neighbours of what a run writes, as they were shown before it.
#[derive(Debug)]
pub(super) struct Watch {
    since: Wall,
    lanes: Vec<(Arc<Target>, Shown)>,
}

impl Watch {
    /// Looks at the neighbours of these rows, before anything is sent.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub(super) async fn begin(
        ledger: &dyn Ledger,
        since: Wall,
        lanes: impl IntoIterator<Item = (Arc<Target>, Vec<&Row>)>,
    ) -> Result<Self> {
        let mut watched = Vec::new();
        for (target, rows) in lanes {
            let seen = ledger.seen(&target.connection, &target.vendor_property);
            let before = shown(&seen.await?, &neighbours(&rows), None);
            watched.push((target, before));
        }
        Ok(Self {
            since,
            lanes: watched,
        })
    }

    /// Looks again after the run: one finding for consecutive nights of a cell that changed.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub(super) async fn end(
        self,
        ledger: &dyn Ledger,
        portfolio: &Portfolio,
    ) -> Result<Vec<Finding>> {
        let mut wishes = Wishes::default();
        let mut findings = Vec::new();
        for (target, before) in self.lanes {
            let seen = ledger.seen(&target.connection, &target.vendor_property);
            let nights = |words: &BTreeMap<Night, Word>| words.keys().copied().collect();
            let places = before
                .iter()
                .map(|(cell, words)| (cell.clone(), nights(words)));
            let after = shown(&seen.await?, &places.collect(), Some(self.since));
            let mut spilled = changes(&before, &after);
            if !spilled.is_empty() {
                wishes.load(ledger, &target.connection).await?;
                wishes.take_out(&target, &mut spilled);
            }
            findings.extend(tell(&target, &spilled, portfolio));
        }
        Ok(findings)
    }
}

fn neighbours(rows: &[&Row]) -> Neighbours {
    let (mut own, mut beside) = (Neighbours::new(), Neighbours::new());
    for row in rows {
        let prices = row.prices.iter().map(|(adults, _)| Some(*adults));
        for adults in prices.chain([None]) {
            let cell = (row.ids.clone(), adults);
            let edges = [row.first.previous(), row.last.next()];
            beside.entry(cell.clone()).or_default().extend(edges);
            own.entry(cell)
                .or_default()
                .extend(row.first.through(row.last));
        }
    }
    for (cell, nights) in &mut beside {
        nights.retain(|night| own.get(cell).is_none_or(|own| !own.contains(night)));
    }
    beside
}

/// The last word of these nights, where it was shown, and later than `since` where given.
fn shown(segments: &[SeenSegment], nights: &Neighbours, since: Option<Wall>) -> Shown {
    let mut shown = Shown::new();
    for segment in segments {
        for adults in [Some(segment.adults), None] {
            let cell = (segment.ids.clone(), adults);
            for night in nights.get(&cell).into_iter().flatten() {
                let Some(word) = word(segment, adults, *night) else {
                    continue;
                };
                let words = shown.entry(cell.clone()).or_default();
                match segment.origin {
                    Origin::Pushed => drop(words.remove(night)),
                    Origin::Read if since.is_none_or(|since| segment.at > since) => {
                        words.insert(*night, word);
                    }
                    Origin::Read => {}
                }
            }
        }
    }
    shown
}

fn word(segment: &SeenSegment, adults: Option<u8>, night: Night) -> Option<Word> {
    if adults.is_some() {
        return segment.series.price(night).map(Word::Price);
    }
    let rules = segment.series.rules(night);
    (!rules.is_leave()).then_some(Word::Rules(rules))
}

fn changes(before: &Shown, after: &Shown) -> BTreeMap<Cell, Vec<Change>> {
    let of = |(cell, words): (&Cell, &BTreeMap<Night, Word>)| {
        let now = after.get(cell)?;
        let change = |(night, was): (&Night, &Word)| {
            let is = *now.get(night)?;
            let (night, was) = (*night, *was);
            was.differs(is).then_some(Change { night, was, is })
        };
        let changes: Vec<_> = words.iter().filter_map(change).collect();
        (!changes.is_empty()).then(|| (cell.clone(), changes))
    };
    before.iter().filter_map(of).collect()
}

impl Word {
    fn differs(self, now: Self) -> bool {
        match (self, now) {
            // What one of the two looks did not tell is no change.
            (Self::Rules(was), Self::Rules(is)) => {
                let told = was.only(|kind, _| !is.get(kind).is_leave());
                !told.fulfilled_by(&is)
            }
            (was, is) => was != is,
        }
    }

    fn text(self, target: &Target, ids: &Ids) -> String {
        match self {
            Self::Price(seen) => amount(target, ids, Some(seen)),
            Self::Rules(rules) => rules.to_string(),
        }
    }
}

/// The wishes last applied: a night that now shows one of them was written by an earlier
/// run and settled late, so it is as it should be.
#[derive(Debug, Default)]
struct Wishes(BTreeMap<ConnectionId, Vec<DesiredSeries>>);

impl Wishes {
    async fn load(&mut self, ledger: &dyn Ledger, connection: &ConnectionId) -> Result<()> {
        if !self.0.contains_key(connection) {
            let all = ledger.desired(connection).await?;
            self.0.insert(connection.clone(), all);
        }
        Ok(())
    }

    fn take_out(&self, target: &Target, spilled: &mut BTreeMap<Cell, Vec<Change>>) {
        let all = self.0.get(&target.connection).into_iter().flatten();
        let of_lane = all.filter(|wish| wish.property == target.property);
        for wish in of_lane {
            for adults in [Some(wish.adults), None] {
                if let Some(changes) = spilled.get_mut(&(wish.ids.clone(), adults)) {
                    changes.retain(|change| !fulfils(change, wish));
                }
            }
        }
    }
}

fn fulfils(change: &Change, wish: &DesiredSeries) -> bool {
    match change.is {
        Word::Price(seen) => wish.series.price(change.night) == Some(seen),
        Word::Rules(rules) => {
            let wished = wish.series.rules(change.night);
            !wished.is_leave() && wished.fulfilled_by(&rules)
        }
    }
}

fn tell(
    target: &Target,
    spilled: &BTreeMap<Cell, Vec<Change>>,
    portfolio: &Portfolio,
) -> Vec<Finding> {
    let one = |(cell, changes): (&Cell, &Vec<Change>)| {
        let (ids, adults) = cell;
        let name = sold(portfolio, &target.connection, &target.property, ids);
        let name = match adults {
            Some(adults) => format!("{name} for {adults} adults"),
            None => name,
        };
        let together = changes.chunk_by(|one, next| one.night.next() == next.night);
        together
            .map(|run| finding(target, ids, &name, run))
            .collect::<Vec<_>>()
    };
    spilled.iter().flat_map(one).collect()
}

/// Consecutive nights, those with the same change in one breath.
fn finding(target: &Target, ids: &Ids, name: &str, run: &[Change]) -> Finding {
    let alike = run.chunk_by(|one, next| (one.was, one.is) == (next.was, next.is));
    let part = |same: &[Change]| {
        let (first, last) = (same.first()?, same.last()?);
        let nights = screen::nights(first.night, last.night);
        let (was, is) = (first.was.text(target, ids), first.is.text(target, ids));
        Some(format!("{nights} was {was} before it and is {is} now"))
    };
    let parts: Vec<_> = alike.filter_map(part).collect();
    let message = format!("{name}, where this run wrote nothing: {}", parts.join("; "));
    let place = Place::property(&target.property, &target.facts.name).on(&target.connection);
    Finding::error("apply.spilled", place, message).hint(HINT)
}

#[cfg(test)]
mod tests;
