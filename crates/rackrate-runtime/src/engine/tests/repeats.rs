//! Repeats of a write that sets values, where the vendor refuses an equal one for a while.

use rackrate_ledger::op::{ChunkId, ChunkRecord, ChunkState};

use super::*;

const HALF_HOUR: Duration = Duration::from_secs(1800);
/// Half an hour after the last moment at which a write that left at zero can arrive.
const AGAIN: u64 = 1860;

/// A vendor that refuses an equal write for half an hour, in a run that outlasts it.
fn engine(recovered: Recovered, lane: LaneRule) -> Engine {
    let guarantee = Guarantee::Absolute {
        not_again_within: HALF_HOUR,
    };
    let mut setup = setup(guarantee, false);
    setup.policy.deadline = HALF_HOUR * 4;
    setup.connections[0].shape.lane = lane;
    let mut engine = Engine::new(setup, recovered, at(0));
    engine.on(at(0), Event::Start);
    engine
}

/// A write that left at zero and whose answer never came.
fn lost() -> Engine {
    let mut engine = engine(Recovered::default(), LaneRule::OneJob);
    engine.on(at(0), wish(1, vec![chunk(1, 100)]));
    engine.on(at(0), Event::Committed(BatchId(1)));
    engine.on(at(30), answer(0, no_answer()));
    engine
}

fn no_answer() -> Answer {
    failed(ErrorKind::TimedOut, Delivery::Unknown)
}

fn departed() -> ChunkRecord {
    ChunkRecord {
        id: ChunkId {
            lane: setup(Guarantee::None, false).lanes[0].key.clone(),
            seq: 1,
        },
        run: RunId(1),
        key: rackrate_core::key::Key::of(&[b"one"]),
        chunk: (*chunk(1, 100)).clone(),
        state: ChunkState::Departing,
        departed: Some(Wall(0)),
        superseded_by: None,
        job: None,
        receipt: None,
        accepted: None,
    }
}

#[test]
fn a_lost_write_waits_from_its_latest_arrival_on() {
    let mut engine = lost();
    let early = engine.on(at(AGAIN - 1), Event::Clock);
    assert_eq!(words(&early), [""; 0]);
    let due = engine.on(at(AGAIN), Event::Clock);
    assert_eq!(words(&due), ["send 1 push 100"]);
}

#[test]
fn after_a_crash_it_waits_as_long_from_the_restart_on() {
    let recovered = Recovered {
        unclean: true,
        unfinished: vec![departed()],
        ..Recovered::default()
    };
    let mut engine = engine(recovered, LaneRule::OneJob);
    let early = engine.on(at(AGAIN - 1), Event::Clock);
    assert_eq!(words(&early), [""; 0]);
    let due = engine.on(at(AGAIN), Event::Clock);
    assert_eq!(words(&due), ["send 0 push 100"]);
}

#[test]
fn another_price_waits_only_until_the_lost_one_cannot_arrive_any_more() {
    let mut engine = lost();
    engine.on(at(40), wish(2, vec![chunk(1, 250)]));
    let early = engine.on(at(59), Event::Clock);
    assert_eq!(words(&early), [""; 0]);
    let due = engine.on(at(60), Event::Clock);
    assert_eq!(words(&due), ["commit 3 ended outcome departing"]);
}

#[test]
fn the_same_price_again_waits_until_the_vendor_takes_it() {
    let mut engine = lost();
    engine.on(at(40), wish(2, vec![chunk(1, 100)]));
    let early = engine.on(at(AGAIN - 1), Event::Clock);
    assert_eq!(words(&early), [""; 0]);
    let due = engine.on(at(AGAIN), Event::Clock);
    assert_eq!(words(&due), ["commit 3 ended outcome departing"]);
}

#[test]
fn a_lost_write_gives_way_while_others_of_its_lane_are_on_their_way() {
    let mut engine = engine(Recovered::default(), LaneRule::Pipelined);
    engine.on(at(0), wish(1, vec![chunk(1, 100), chunk(2, 200)]));
    let leave = engine.on(at(0), Event::Committed(BatchId(1)));
    assert_eq!(words(&leave), ["send 0 push 100", "send 1 push 200"]);
    engine.on(at(30), answer(0, no_answer()));
    engine.on(at(31), wish(2, vec![chunk(1, 250)]));
    let due = engine.on(at(60), Event::Clock);
    assert_eq!(words(&due), ["commit 3 ended outcome departing"]);
}
