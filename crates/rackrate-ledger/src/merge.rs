//! How new knowledge meets old: outcomes, sightings, and whether a request is settled.
//!
//! Pure, so that both ledgers agree.
//!
//! Invariant: no night of a request has two outcomes for one series.

use rackrate_core::chunk::{Chunk, Row};
use rackrate_core::ids::Ids;
use rackrate_core::night::Night;
use rackrate_core::series::Series;

use crate::op::{ChunkRecord, ChunkState, Origin, Outcome, SeenSegment};

/// What is left of an older outcome beside a newer one of the same series of the same
/// request: all, a part before, a part behind, both, or nothing.
pub(crate) fn beside(older: &Outcome, newer: &Outcome) -> Vec<Outcome> {
    if !same_series(older, newer) || newer.last < older.first || older.last < newer.first {
        return vec![older.clone()];
    }
    let mut left = Vec::new();
    if older.first < newer.first {
        let last = newer.first.previous();
        left.push(Outcome {
            last,
            ..older.clone()
        });
    }
    if newer.last < older.last {
        let first = newer.last.next();
        left.push(Outcome {
            first,
            ..older.clone()
        });
    }
    left
}

fn same_series(one: &Outcome, other: &Outcome) -> bool {
    one.chunk == other.chunk && one.ids == other.ids && one.adults == other.adults
}

/// Whether a newer sighting makes an older one of the same series worthless: it is not
/// older, and knows every price and restriction that the other knows, so that laying one
/// over the other leaves nothing of it. What we pushed replaces what we read only when it
/// is truly later, because a read is better evidence.
pub(crate) fn replaces(newer: &SeenSegment, older: &SeenSegment) -> bool {
    let late_enough = match (newer.origin, older.origin) {
        (Origin::Pushed, Origin::Read) => newer.at > older.at,
        _ => newer.at >= older.at,
    };
    late_enough && knows_all_of(&newer.series, &older.series)
}

fn knows_all_of(newer: &Series, older: &Series) -> bool {
    older.nights().all(|night| {
        let price = older.price(night).is_none() || newer.price(night).is_some();
        let stay = older.rules(night).is_leave() || !newer.rules(night).is_leave();
        price && stay
    })
}

/// Whether nothing of the request is left to send, to ask or to find out.
pub(crate) fn finished(record: &ChunkRecord, outcomes: &[Outcome]) -> bool {
    match record.state {
        ChunkState::Planned | ChunkState::Departing | ChunkState::Queued => false,
        ChunkState::Superseded | ChunkState::Skipped => true,
        ChunkState::Answered => settled(&record.chunk, outcomes),
    }
}

/// Whether every night of every series of the request has a final outcome. A row with
/// prices is one series for each number of adults; a row without is one series of its own.
fn settled(chunk: &Chunk, outcomes: &[Outcome]) -> bool {
    chunk.rows.iter().all(|row| {
        if row.prices.is_empty() {
            return covered(row, None, outcomes);
        }
        let mut adults = row.prices.iter().map(|(adults, _)| *adults);
        adults.all(|adults| covered(row, Some(adults), outcomes))
    })
}

fn covered(row: &Row, adults: Option<u8>, outcomes: &[Outcome]) -> bool {
    let mut spans = final_spans(&row.ids, adults, outcomes);
    spans.sort_unstable();
    let mut next = row.first;
    for (first, last) in spans {
        if next > row.last || first > next {
            break;
        }
        next = next.max(last.next());
    }
    next > row.last
}

fn final_spans(ids: &Ids, adults: Option<u8>, outcomes: &[Outcome]) -> Vec<(Night, Night)> {
    outcomes
        .iter()
        .filter(|one| one.ids == *ids && one.adults == adults && one.ending.is_final())
        .map(|one| (one.first, one.last))
        .collect()
}
