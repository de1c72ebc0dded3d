//! Judges a played world by what the vendors really did.
//!
//! - nothing lost: every cell's last wish is at its vendor, unless somebody outside changed it;
//! - no effect doubled, no overlap, no breach: as the simulators counted, and as each
//!   declared allowance counts the arrivals;
//! - nothing misread: what the ledger says was read was there, and nothing that was there is
//!   called absent;
//! - no older price over a newer one: by the version each price tells;
//! - rows reported equal rows planned: each night of each request has exactly one ending.

use std::collections::{BTreeMap, BTreeSet};

use rackrate_core::ids::{Ids, VendorId};
use rackrate_core::night::Night;
use rackrate_ledger::op::{ChunkId, Ending};

use crate::play::Played;
use crate::reads;
use crate::scenario::{OUTSIDE, Scenario, version_of, version_of_rules};

/// What must be zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Cells whose last wish is not at the vendor.
    pub lost: u64,
    /// Writes that took effect twice.
    pub doubled: u64,
    /// Older prices over newer ones.
    pub reordered: u64,
    /// Requests beyond an allowance, or before a `Retry-After` had passed.
    pub breaches: u64,
    /// Nights that we say were read at a price that was never there.
    pub misread: u64,
    /// Writes beside another one of the same property.
    pub overlaps: u64,
    /// Nights without an ending, or with two.
    pub unaccounted: u64,
    /// Nights said to be confirmed that never were at the vendor.
    pub false_confirmed: u64,
    /// Requests confirmed though no read reached the vendor since it had accepted them.
    pub unread: u64,
    /// Nights whose last wish did not end as confirmed though nothing stood in its way.
    pub unconfirmed: u64,
}

impl Verdict {
    /// Whether nothing was found.
    pub fn is_clean(&self) -> bool {
        *self == Self::default()
    }

    /// Adds another one's counts.
    pub fn add(&mut self, other: &Self) {
        self.lost += other.lost;
        self.doubled += other.doubled;
        self.reordered += other.reordered;
        self.breaches += other.breaches;
        self.misread += other.misread;
        self.overlaps += other.overlaps;
        self.unaccounted += other.unaccounted;
        self.false_confirmed += other.false_confirmed;
        self.unread += other.unread;
        self.unconfirmed += other.unconfirmed;
    }

    /// The counts with their names.
    pub fn counts(&self) -> [(&'static str, u64); 10] {
        [
            ("lost", self.lost),
            ("doubled", self.doubled),
            ("reordered", self.reordered),
            ("breaches", self.breaches),
            ("misread", self.misread),
            ("overlaps", self.overlaps),
            ("unaccounted", self.unaccounted),
            ("false confirmed", self.false_confirmed),
            ("confirmed unread", self.unread),
            ("unconfirmed", self.unconfirmed),
        ]
    }
}

pub(crate) type Cell = (VendorId, Ids, Night);
/// Every version that every cell of every account ever had by a write.
pub(crate) type Written = BTreeSet<(usize, Cell, u64)>;

/// Judges a played scenario.
pub fn judge(scenario: &Scenario, played: &Played) -> Verdict {
    let mut verdict = Verdict::default();
    let goes_back = goes_back(scenario);
    for (vendor, account) in played.world.vendors.iter().zip(&scenario.accounts) {
        let record = vendor.record();
        // Going back to an old price may repeat a write on purpose, and where a write sets
        // values a lost one may be repeated; that none comes too late is judged below.
        let meant = goes_back || account.sets_values();
        verdict.doubled += if meant { 0 } else { record.doubled };
        // Where jobs set values, a false answer may hide a result that nobody fetched, which
        // counts as work under way; what overtook what is judged below.
        let hidden = account.sets_values() && account.has_jobs();
        verdict.overlaps += if hidden { 0 } else { record.overlaps };
        let early = if goes_back { 0 } else { record.early_repeats };
        verdict.breaches += record.breaches + early;
    }
    let touched = touched_from_outside(scenario);
    for (at, account) in scenario.accounts.iter().enumerate() {
        if !goes_back {
            verdict.reordered += reordered(played, at);
        }
        let held = held(played, at);
        for property in 0..account.hotels.len() {
            let last = last_version(scenario, at, property);
            for row in account.rows(property, last) {
                for night in row.first.through(row.last) {
                    let cell = (account.hotels[property].id.clone(), row.ids.clone(), night);
                    if touched.contains(&(at, cell.clone())) {
                        continue;
                    }
                    if held.get(&cell) != Some(&last) {
                        verdict.lost += 1;
                    }
                }
            }
        }
    }
    let written = written(played);
    account_for_rows(scenario, played, &touched, &written, &mut verdict);
    verdict.misread = reads::misread(scenario, played, &written);
    verdict.unread = reads::unread(scenario, played);
    verdict.breaches += crate::allowances::beyond(scenario, played);
    verdict
}

fn goes_back(scenario: &Scenario) -> bool {
    scenario
        .updates
        .windows(2)
        .any(|pair| pair[0].version >= pair[1].version)
}

fn touched_from_outside(scenario: &Scenario) -> BTreeSet<(usize, Cell)> {
    let cells = scenario.outside.iter();
    cells
        .map(|(_, account, held)| {
            (
                *account,
                (held.property.clone(), held.ids.clone(), held.night),
            )
        })
        .collect()
}

fn last_version(scenario: &Scenario, account: usize, property: usize) -> u64 {
    let updates = scenario.updates.iter().rev();
    updates
        .filter(|update| update.lanes.contains(&(account, property)))
        .map(|update| update.version)
        .next()
        .unwrap_or_default()
}

fn held(played: &Played, vendor: usize) -> BTreeMap<Cell, u64> {
    let held = played.world.vendors[vendor].held();
    held.into_iter()
        .filter_map(|held| {
            Some((
                (held.property, held.ids, held.night),
                version_of(held.price?),
            ))
        })
        .collect()
}

/// Changes that brought an older version than the one they replaced.
fn reordered(played: &Played, vendor: usize) -> u64 {
    let mut newest: BTreeMap<(VendorId, Ids, Night), u64> = BTreeMap::new();
    let mut count = 0;
    for change in &played.world.vendors[vendor].record().changes {
        let Some(version) = change
            .price
            .map(version_of)
            .filter(|version| *version != OUTSIDE)
        else {
            continue;
        };
        for night in change.first.through(change.last) {
            let seen = newest
                .entry((change.property.clone(), change.ids.clone(), night))
                .or_default();
            count += u64::from(version < *seen);
            *seen = version.max(*seen);
        }
    }
    count
}

fn account_for_rows(
    scenario: &Scenario,
    played: &Played,
    touched: &BTreeSet<(usize, Cell)>,
    written: &Written,
    verdict: &mut Verdict,
) {
    let mut endings: BTreeMap<(ChunkId, Ids, Night), Vec<Ending>> = BTreeMap::new();
    let told = played.world.ledger.outcomes().chain(&played.waiting);
    for outcome in told {
        for night in outcome.first.through(outcome.last) {
            let key = (outcome.chunk.clone(), outcome.ids.clone(), night);
            endings.entry(key).or_default().push(outcome.ending);
        }
    }
    for record in played.world.ledger.chunks() {
        let account = scenario
            .accounts
            .iter()
            .position(|account| account.id == record.id.lane.connection);
        let Some(account) = account else { continue };
        for row in &record.chunk.rows {
            for night in row.first.through(row.last) {
                let ending = endings
                    .remove(&(record.id.clone(), row.ids.clone(), night))
                    .unwrap_or_default();
                let [ending] = ending.as_slice() else {
                    verdict.unaccounted += 1;
                    continue;
                };
                let cell = (
                    record.chunk.target.vendor_property.clone(),
                    row.ids.clone(),
                    night,
                );
                let version = match row.prices.first() {
                    Some((_, price)) => Some(version_of(*price)),
                    None => version_of_rules(&row.rules),
                };
                // A restriction tells its version as a price does; a cleared one tells none.
                let there = version
                    .is_none_or(|version| written.contains(&(account, cell.clone(), version)));
                verdict.false_confirmed += u64::from(*ending == Ending::Confirmed && !there);
                let fine = matches!(ending, Ending::Confirmed | Ending::Superseded)
                    || touched.contains(&(account, cell));
                verdict.unconfirmed += u64::from(!fine);
            }
        }
    }
    verdict.unaccounted += endings.len() as u64;
}

fn written(played: &Played) -> Written {
    let mut written = BTreeSet::new();
    for (at, vendor) in played.world.vendors.iter().enumerate() {
        for change in &vendor.record().changes {
            let price = change.price.map(version_of);
            let Some(version) = price.or_else(|| version_of_rules(&change.rules)) else {
                continue;
            };
            for night in change.first.through(change.last) {
                written.insert((
                    at,
                    (change.property.clone(), change.ids.clone(), night),
                    version,
                ));
            }
        }
    }
    written
}
