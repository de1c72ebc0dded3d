//! Accounts that somebody asked to leave as they are.

use super::*;

/// An engine of one account, with nothing or this request left by an earlier process.
fn held(unfinished: Vec<ChunkRecord>) -> Engine {
    let mut setup = setup(Guarantee::None, false);
    let failure = Failure {
        kind: ErrorKind::Misconfigured,
        delivery: Delivery::NotSent,
        answered: false,
        code: "creds.rotating".into(),
        text: "its secret is being changed".into(),
        retry_after: None,
    };
    setup.holds.push((GrantIx(0), failure));
    let recovered = Recovered {
        unfinished,
        ..Recovered::default()
    };
    Engine::new(setup, recovered, at(0))
}

fn left(state: ChunkState) -> ChunkRecord {
    let key = LaneKey {
        connection: target().connection.clone(),
        property: target().property.clone(),
    };
    ChunkRecord {
        id: ChunkId { lane: key, seq: 1 },
        run: RunId(1),
        key: rackrate_core::key::Key::of(&[b"key"]),
        chunk: (*chunk(1, 100)).clone(),
        state,
        departed: None,
        superseded_by: None,
        job: JobRef::new("job-7").ok(),
        receipt: None,
        accepted: None,
    }
}

fn waiting(effects: &[Effect]) -> Vec<String> {
    let reasons = effects.iter().filter_map(|effect| match effect {
        Effect::Report(Report::Waiting(outcome)) => Some(outcome.reason.clone()),
        _ => None,
    });
    reasons.collect()
}

#[test]
fn a_wish_for_a_held_account_is_planned_and_ends_as_held() {
    let mut engine = held(Vec::new());
    let started = engine.on(at(0), Event::Start);
    assert_eq!(words(&started), ["commit 0 opened noted", "held"]);
    let planned = engine.on(at(0), wish(1, vec![chunk(1, 100)]));
    assert_eq!(words(&planned), ["commit 1 run_started planned"]);
    assert_eq!(waiting(&planned), ["its secret is being changed"]);
}

#[test]
fn what_an_earlier_process_only_planned_does_not_leave_either() {
    let mut engine = held(vec![left(ChunkState::Planned)]);
    let started = engine.on(at(0), Event::Start);
    assert_eq!(words(&started), ["commit 0 opened noted", "held"]);
    assert_eq!(waiting(&started), ["its secret is being changed"]);
}

#[test]
fn what_has_left_before_is_still_followed() {
    let mut engine = held(vec![left(ChunkState::Queued)]);
    let started = engine.on(at(0), Event::Start);
    let polls = ["commit 0 opened noted", "send 0 poll job-7", "held"];
    assert_eq!(words(&started), polls);
}
