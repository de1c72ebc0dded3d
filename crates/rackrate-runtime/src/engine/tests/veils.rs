//! What a read proves of a price that was wished, replaced, and wished again.

use rackrate_core::adapter::Sink;
use rackrate_core::series::Seen;
use rackrate_ledger::op::{Ending, Outcome};

use super::super::verify::{Checks, Piece};
use super::*;
use crate::observation::Observation;

const SETTLE: Duration = Duration::from_secs(60);

/// Takes a wish for a night, as accepted at that second; newer ones replace it.
fn accept(checks: &mut Checks, seq: u64, price: u64, second: u64) -> Vec<Outcome> {
    let lane = setup(Guarantee::None, false).lanes[0].key.clone();
    let (id, chunk) = (ChunkId { lane, seq }, chunk(1, price));
    let replaced = checks.supersede(&chunk);
    let receipt = Receipt::default();
    let pieces = Piece::of(&id, &chunk, Some(&receipt), at(second).mono, SETTLE);
    checks.accept(pieces, None, at(second).mono);
    replaced
}

/// How wishes end that a read meets which left at that second and showed this price.
fn read(checks: &mut Checks, price: u64, second: u64) -> Vec<Ending> {
    let row = &chunk(1, price).rows[0];
    let mut seen = Observation::new(row.first, row.last);
    Sink::price(&mut seen, &row.ids, 2, row.first, Seen::Price(Minor(price)));
    let ended = checks.compare(&seen, at(second).mono, &target());
    ended.into_iter().map(|outcome| outcome.ending).collect()
}

#[test]
fn a_price_that_comes_back_is_believed_when_the_one_between_has_settled() {
    let mut checks = Checks::default();
    assert!(accept(&mut checks, 1, 100, 0).is_empty());
    assert_eq!(
        accept(&mut checks, 2, 200, 10)[0].ending,
        Ending::Superseded
    );
    assert_eq!(
        accept(&mut checks, 3, 100, 20)[0].ending,
        Ending::Superseded
    );
    // It may be the first wish, with the second still to come.
    assert_eq!(read(&mut checks, 100, 30), []);
    assert_eq!(read(&mut checks, 200, 65), []);
    assert_eq!(read(&mut checks, 100, 70), [Ending::Confirmed]);
}

#[test]
fn a_price_that_does_not_come_back_has_drifted() {
    let mut checks = Checks::default();
    accept(&mut checks, 1, 100, 0);
    accept(&mut checks, 2, 200, 10);
    accept(&mut checks, 3, 100, 20);
    assert_eq!(read(&mut checks, 200, 79), []);
    assert_eq!(read(&mut checks, 200, 80), [Ending::Drift]);
}

#[test]
fn what_was_read_back_before_it_is_no_reason_to_wait() {
    let mut checks = Checks::default();
    accept(&mut checks, 1, 100, 0);
    assert_eq!(read(&mut checks, 100, 5), [Ending::Confirmed]);
    accept(&mut checks, 2, 200, 10);
    assert_eq!(read(&mut checks, 200, 12), [Ending::Confirmed]);
}
