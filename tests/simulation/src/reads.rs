//! Judges what we say we read: that it was there to be read, and that we did read.
//!
//! Invariant: what the ledger says is only the claim; vendors' changes and arrivals judge it.

use std::collections::{BTreeMap, BTreeSet};

use rackrate_core::clock::{Mono, Wall};
use rackrate_core::exchange::Operation;
use rackrate_core::series::Seen;
use rackrate_core::simulator::Hotel;
use rackrate_ledger::op::{ChunkId, ChunkRecord, Ending, Origin, SeenSegment};

use crate::judge::Written;
use crate::play::Played;
use crate::scenario::{EPOCH, Scenario, version_of};

/// Nights in the ledger's knowledge, by reading, that no vendor could have shown.
pub(crate) fn misread(scenario: &Scenario, played: &Played, written: &Written) -> u64 {
    let mut count = 0;
    for (at, account) in scenario.accounts.iter().enumerate() {
        for hotel in &account.hotels {
            let seen = played.world.ledger.seen(&account.id, &hotel.id);
            let read = seen.filter(|segment| segment.origin == Origin::Read);
            count += read
                .map(|segment| never_there(at, hotel, segment, written))
                .sum::<u64>();
        }
    }
    count
}

fn never_there(account: usize, hotel: &Hotel, segment: &SeenSegment, written: &Written) -> u64 {
    let of_ids = hotel.prices.iter().filter(|held| held.ids == segment.ids);
    let first: BTreeMap<_, _> = of_ids.map(|held| (held.night, held.price)).collect();
    let there = |night| match segment.series.price(night) {
        None => true,
        // A vendor may show a price of its own where the scenario set none.
        Some(_) if !first.contains_key(&night) => true,
        Some(Seen::Absent) => false,
        Some(Seen::Unreadable) => false,
        Some(Seen::Price(price)) => {
            let cell = (hotel.id.clone(), segment.ids.clone(), night);
            first.get(&night) == Some(&Some(price))
                || written.contains(&(account, cell, version_of(price)))
        }
    };
    segment
        .series
        .nights()
        .filter(|night| !there(*night))
        .count() as u64
}

/// Requests with a confirmed night, though no read arrived after the vendor had accepted
/// them and before a newer request for the same nights left.
pub(crate) fn unread(scenario: &Scenario, played: &Played) -> u64 {
    let ledger = &played.world.ledger;
    let confirmed: BTreeSet<&ChunkId> = ledger
        .outcomes()
        .filter(|outcome| outcome.ending == Ending::Confirmed)
        .map(|outcome| &outcome.chunk)
        .collect();
    let records: Vec<_> = ledger.chunks().collect();
    let claimed = records
        .iter()
        .enumerate()
        .filter(|(_, record)| confirmed.contains(&record.id));
    let unread = claimed.filter(|(place, record)| {
        let Some(accepted) = record.accepted else {
            return false;
        };
        let until = next_left(record, &records[place + 1..]);
        !was_read(scenario, played, record, accepted, until)
    });
    unread.count() as u64
}

/// When a newer request for some of the same nights left.
fn next_left(record: &ChunkRecord, later: &[&ChunkRecord]) -> Option<Wall> {
    let same_lane = later
        .iter()
        .take_while(|newer| newer.id.lane == record.id.lane);
    let overlaps = |newer: &&&ChunkRecord| {
        let rows = &newer.chunk.rows;
        let mine = &record.chunk.rows;
        mine.iter()
            .any(|row| rows.iter().any(|other| row.overlaps(other)))
    };
    same_lane.filter(overlaps).find_map(|newer| newer.departed)
}

fn was_read(
    scenario: &Scenario,
    played: &Played,
    record: &ChunkRecord,
    from: Wall,
    until: Option<Wall>,
) -> bool {
    let accounts = &scenario.accounts;
    let account = accounts
        .iter()
        .position(|account| account.id == record.id.lane.connection);
    let wall = |at: Mono| EPOCH.after(at.since(Mono(0)));
    played.world.arrivals.iter().any(|arrived| {
        arrived.operation == Operation::Read
            && Some(arrived.connection.0) == account
            && arrived.property.as_ref() == Some(&record.chunk.target.vendor_property)
            && from <= wall(arrived.at)
            && until.is_none_or(|until| wall(arrived.at) <= until)
    })
}
