//! What leaves when, and what follows on each way in which a write can end.

use super::*;

#[test]
fn nothing_leaves_before_its_departing_mark_is_written() {
    let mut engine = engine(Guarantee::None, false);
    assert_eq!(words(&engine.on(at(0), Event::Start)), ["commit 0 opened"]);
    let effects = engine.on(at(0), wish(1, vec![chunk(1, 100), chunk(2, 200)]));
    assert_eq!(
        words(&effects),
        ["commit 1 run_started planned planned departing"]
    );
    assert_eq!(
        words(&engine.on(at(0), Event::Committed(BatchId(0)))),
        [] as [&str; 0]
    );
    assert_eq!(
        words(&engine.on(at(0), Event::Committed(BatchId(1)))),
        ["send 0 push 100"]
    );
}

#[test]
fn a_lane_waits_for_its_job_before_the_next_request() {
    let mut engine = started(Guarantee::None);
    engine.on(at(0), Event::Committed(BatchId(1)));
    let job = JobRef::new("job-7").unwrap();
    assert_eq!(
        words(&engine.on(at(1), answer(0, Answer::Queued(job)))),
        ["commit 2 queued"]
    );
    assert_eq!(
        words(&engine.on(at(2), Event::Clock)),
        ["send 1 poll job-7"]
    );
    let running = Answer::Job(JobState::Running { check_after: None });
    assert_eq!(
        words(&engine.on(at(3), answer(1, running))),
        [] as [&str; 0]
    );
    assert_eq!(
        words(&engine.on(at(4), Event::Clock)),
        ["send 2 poll job-7"]
    );
    let done = Answer::Job(JobState::Finished(Receipt::default()));
    assert_eq!(
        words(&engine.on(at(5), answer(2, done))),
        ["commit 3 ended seen departing"]
    );
}

#[test]
fn a_newer_wish_replaces_what_has_not_left() {
    let mut engine = started(Guarantee::None);
    engine.on(at(0), Event::Committed(BatchId(1)));
    let effects = engine.on(at(1), wish(2, vec![chunk(2, 250)]));
    assert_eq!(
        words(&effects),
        ["commit 2 run_started planned superseded outcome"]
    );
    engine.on(at(2), answer(0, Answer::Accepted(Receipt::default())));
    assert_eq!(
        words(&engine.on(at(2), Event::Committed(BatchId(3)))),
        ["send 1 push 250"]
    );
}

#[test]
fn a_lost_write_is_sent_again_with_its_key_or_looked_up_first() {
    let keyed = Guarantee::Keyed {
        retention: Duration::from_secs(3600),
    };
    let asked = Guarantee::LookUp {
        absent_after: Duration::ZERO,
    };
    for (guarantee, next) in [(keyed, "send 1 push 100"), (asked, "send 1 look up")] {
        let mut engine = started(guarantee);
        engine.on(at(0), Event::Committed(BatchId(1)));
        let lost = failed(ErrorKind::TimedOut, Delivery::Unknown);
        assert_eq!(words(&engine.on(at(30), answer(0, lost))), [] as [&str; 0]);
        assert_eq!(words(&engine.on(at(31), Event::Clock)), [next]);
    }
}

#[test]
fn absent_is_believed_only_after_the_flight_horizon() {
    let mut engine = started(Guarantee::LookUp {
        absent_after: Duration::ZERO,
    });
    engine.on(at(0), Event::Committed(BatchId(1)));
    engine.on(
        at(30),
        answer(0, failed(ErrorKind::TimedOut, Delivery::Unknown)),
    );
    engine.on(at(31), Event::Clock);
    let absent = || Answer::Found(rackrate_core::idempotency::Found::Absent);
    assert_eq!(
        words(&engine.on(at(32), answer(1, absent()))),
        [] as [&str; 0]
    );
    assert_eq!(words(&engine.on(at(60), Event::Clock)), ["send 2 look up"]);
    assert_eq!(
        words(&engine.on(at(61), answer(2, absent()))),
        ["commit 2 returned departing"]
    );
}

#[test]
fn a_refused_token_is_renewed_once_and_the_write_goes_on() {
    let mut engine = engine(Guarantee::None, true);
    engine.on(at(0), Event::Start);
    assert_eq!(
        words(&engine.on(at(0), wish(1, vec![chunk(1, 100)]))),
        ["commit 1 run_started planned", "send 0 token"]
    );
    let token = |ticket| Answer::Token(issued(ticket));
    assert_eq!(
        words(&engine.on(at(1), answer(0, token(1)))),
        ["commit 2 departing"]
    );
    assert_eq!(
        words(&engine.on(at(1), Event::Committed(BatchId(2)))),
        ["send 1 push 100"]
    );
    let refused = failed(
        ErrorKind::Unauthenticated { certain: true },
        Delivery::Refused,
    );
    assert_eq!(
        words(&engine.on(at(2), answer(1, refused))),
        ["commit 3 noted", "send 2 token"]
    );
    assert_eq!(
        words(&engine.on(at(3), answer(2, token(2)))),
        ["send 3 push 100"]
    );
}

#[test]
fn who_asks_to_read_is_told_after_three_failed_token_requests() {
    let mut engine = engine(Guarantee::None, true);
    engine.on(at(0), Event::Start);
    engine.on(at(0), Event::Committed(BatchId(0)));
    let night = Night::from_days(20_000);
    engine.on(
        at(0),
        Event::Read {
            lane: LANE,
            first: night,
            last: night,
        },
    );
    for try_number in 0..3 {
        let now = at(10 * (try_number + 1));
        let effects = engine.on(
            now,
            answer(
                try_number,
                failed(ErrorKind::Unavailable, Delivery::NotSent),
            ),
        );
        let told = effects
            .iter()
            .any(|effect| matches!(effect, Effect::Report(Report::ReadFailed(..))));
        assert_eq!(told, try_number == 2, "{effects:?}");
        let again = engine.on(at(10 * (try_number + 1) + 5), Event::Clock);
        assert_eq!(words(&again).is_empty(), try_number == 2, "{again:?}");
    }
}

#[test]
fn after_a_stop_nothing_new_leaves_and_answers_are_still_taken() {
    let mut engine = started(Guarantee::None);
    engine.on(at(0), Event::Committed(BatchId(0)));
    engine.on(at(0), Event::Committed(BatchId(1)));
    assert_eq!(words(&engine.on(at(1), Event::Stop)), [] as [&str; 0]);
    let effects = engine.on(at(2), answer(0, Answer::Accepted(Receipt::default())));
    assert_eq!(words(&effects), ["commit 2 ended seen outcome"]);
    assert_eq!(
        words(&engine.on(at(2), Event::Committed(BatchId(2)))),
        ["idle"]
    );
    assert!(!engine.closed(at(2)).is_empty());
}

#[test]
fn a_forbidden_write_holds_its_lane() {
    let mut engine = started(Guarantee::None);
    engine.on(at(0), Event::Committed(BatchId(0)));
    engine.on(at(0), Event::Committed(BatchId(1)));
    let effects = engine.on(
        at(1),
        answer(0, failed(ErrorKind::Forbidden, Delivery::Refused)),
    );
    assert_eq!(words(&effects), ["commit 2 noted returned", "held"]);
    assert_eq!(
        words(&engine.on(at(1), Event::Committed(BatchId(2)))),
        ["idle"]
    );
}
