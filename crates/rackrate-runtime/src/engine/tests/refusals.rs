//! Refusals that may be about the token: when another token is asked for, and when the lane
//! is held because it would not help.

use super::*;

fn token(ticket: u64) -> Answer {
    Answer::Token(issued(ticket))
}

/// Perhaps the token, perhaps something that no token mends.
fn unsure() -> Answer {
    let kind = ErrorKind::Unauthenticated { certain: false };
    failed(kind, Delivery::Refused)
}

fn queued() -> Answer {
    Answer::Queued(JobRef::new("job-7").unwrap())
}

fn running() -> Answer {
    Answer::Job(JobState::Running { check_after: None })
}

/// A job is under way with the token of a refresh that an uncertain refusal earned.
fn asking_for_a_job() -> Engine {
    let mut engine = engine(Guarantee::None, true);
    engine.on(at(0), Event::Start);
    engine.on(at(0), wish(1, vec![chunk(1, 100), chunk(2, 200)]));
    engine.on(at(0), answer(0, token(1)));
    engine.on(at(0), Event::Committed(BatchId(2)));
    engine.on(at(0), answer(1, queued()));
    engine.on(at(1), Event::Clock);
    let renews = engine.on(at(1), answer(2, unsure()));
    assert_eq!(words(&renews), ["commit 4 noted", "send 3 token"]);
    let again = engine.on(at(1), answer(3, token(2)));
    assert_eq!(words(&again), ["send 4 poll job-7"]);
    engine
}

#[test]
fn a_token_that_served_and_is_refused_later_is_renewed_again() {
    let mut engine = asking_for_a_job();
    engine.on(at(2), answer(4, running()));
    engine.on(at(3), Event::Clock);
    let refused = engine.on(at(3), answer(5, unsure()));
    assert_eq!(words(&refused), ["commit 5 noted", "send 6 token"]);
}

#[test]
fn refusals_in_turns_with_answers_cost_two_tokens_and_then_hold_the_lane() {
    let mut engine = asking_for_a_job();
    engine.on(at(2), answer(4, running()));
    engine.on(at(3), Event::Clock);
    engine.on(at(3), answer(5, unsure()));
    engine.on(at(3), answer(6, token(3)));
    engine.on(at(3), answer(7, running()));
    engine.on(at(4), Event::Clock);
    let refused = engine.on(at(4), answer(8, unsure()));
    assert_eq!(words(&refused), ["commit 6 noted noted", "held"]);
}

#[test]
fn a_lane_whose_refusal_a_fresh_token_did_not_mend_is_held() {
    let mut engine = asking_for_a_job();
    let refused = engine.on(at(1), answer(4, unsure()));
    assert_eq!(words(&refused), ["commit 5 noted noted", "held"]);
}

#[test]
fn a_held_lane_asks_for_its_job_with_pauses() {
    let mut engine = asking_for_a_job();
    engine.on(at(1), answer(4, unsure()));
    let soon = engine.on(at(1), Event::Clock);
    assert_eq!(words(&soon), [""; 0]);
    let later = engine.on(at(60), Event::Clock);
    assert_eq!(words(&later), ["send 5 poll job-7"]);
}

#[test]
fn a_held_lane_repeats_what_may_have_arrived_with_pauses() {
    let keyed = Guarantee::Keyed {
        retention: Duration::from_secs(3600),
    };
    let mut engine = started(keyed);
    engine.on(at(0), Event::Committed(BatchId(1)));
    let lost = failed(ErrorKind::TimedOut, Delivery::Unknown);
    engine.on(at(30), answer(0, lost));
    engine.on(at(31), Event::Clock);
    let forbidden = failed(ErrorKind::Forbidden, Delivery::Refused);
    let held = engine.on(at(31), answer(1, forbidden));
    assert_eq!(words(&held), ["commit 2 noted", "held"]);
    let later = engine.on(at(60), Event::Clock);
    assert_eq!(words(&later), ["send 2 push 100"]);
}
