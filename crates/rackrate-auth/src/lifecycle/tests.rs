//! Lives of tokens, with the moments at which they are asked for and refused.

use super::*;

/// When requests leave where that does not matter.
const SENT: Mono = Mono(0);

fn at(seconds: u64) -> (Mono, Wall) {
    (Mono(seconds * 1_000_000), Wall(seconds as i64 * 1000))
}

fn need(life: &Lifecycle, seconds: u64) -> Need {
    life.need(at(seconds).0, at(seconds).1)
}

fn with_token(seconds: u64) -> Lifecycle {
    let mut life = Lifecycle::renewable();
    life.asked();
    life.granted(Ticket(1), Some(Duration::from_secs(seconds)), at(0));
    life
}

#[test]
fn one_request_at_a_time_and_all_wait_for_it() {
    let mut life = Lifecycle::renewable();
    assert_eq!(need(&life, 0), Need::Request);
    life.asked();
    assert_eq!(need(&life, 0), Need::Wait(None));
}

#[test]
fn a_live_token_is_served_while_the_next_is_fetched() {
    let mut life = with_token(3600);
    assert_eq!(need(&life, 3539), Need::Ready(Ticket(1)));
    assert_eq!(need(&life, 3540), Need::Renew(Ticket(1)));
    life.asked();
    assert_eq!(need(&life, 3599), Need::Ready(Ticket(1)));
    assert_eq!(need(&life, 3600), Need::Wait(None));
}

#[test]
fn a_short_life_keeps_two_thirds_of_itself() {
    let life = with_token(3);
    assert_eq!(need(&life, 1), Need::Ready(Ticket(1)));
    assert_eq!(need(&life, 2), Need::Renew(Ticket(1)));
    assert_eq!(need(&life, 3), Need::Request);
}

#[test]
fn a_token_dies_by_either_clock() {
    let life = with_token(3600);
    assert_eq!(life.need(at(10).0, at(4000).1), Need::Request);
    assert_eq!(life.need(at(4000).0, at(10).1), Need::Request);
}

#[test]
fn an_old_refusal_does_not_drop_a_new_token() {
    let mut life = with_token(3600);
    assert!(life.refused(Ticket(1), Refusal::Certain, SENT));
    assert_eq!(need(&life, 1), Need::Request);
    life.asked();
    life.granted(Ticket(2), None, at(1));
    assert!(life.refused(Ticket(1), Refusal::Certain, SENT));
    assert_eq!(need(&life, 2), Need::Ready(Ticket(2)));
}

#[test]
fn a_doubted_token_that_is_refused_much_later_may_have_died_meanwhile() {
    let mut life = with_token(3600);
    assert!(life.refused(Ticket(1), Refusal::Unsure, SENT));
    life.asked();
    life.granted(Ticket(2), None, at(1));
    assert!(!life.refused(Ticket(2), Refusal::Unsure, at(30).0));
    assert!(life.refused(Ticket(2), Refusal::Unsure, at(31).0));
    life.asked();
    life.granted(Ticket(3), None, at(32));
    // No more than two tokens for doubts.
    assert!(!life.refused(Ticket(3), Refusal::Unsure, at(90).0));
}

#[test]
fn an_uncertain_refusal_earns_one_refresh() {
    let mut life = with_token(3600);
    assert!(life.refused(Ticket(1), Refusal::Unsure, SENT));
    life.asked();
    life.granted(Ticket(2), None, at(1));
    assert!(!life.refused(Ticket(2), Refusal::Unsure, SENT));
    assert_eq!(need(&life, 2), Need::Ready(Ticket(2)));
}

/// With a token from an uncertain refusal that has been good for somebody.
fn with_proven() -> Lifecycle {
    let mut life = with_token(3600);
    assert!(life.refused(Ticket(1), Refusal::Unsure, SENT));
    life.asked();
    life.granted(Ticket(2), None, at(1));
    life.accepted(Ticket(2));
    life
}

#[test]
fn a_doubted_token_that_served_is_renewed_when_it_is_refused() {
    let mut life = with_proven();
    assert!(life.refused(Ticket(2), Refusal::OnceServed, SENT));
    // All who were refused with it wait for the next.
    assert!(life.refused(Ticket(2), Refusal::Unsure, SENT));
    assert_eq!(need(&life, 2), Need::Request);
}

#[test]
fn one_refresh_at_most_is_spent_on_the_chance_that_a_token_died() {
    let mut life = with_proven();
    assert!(life.refused(Ticket(2), Refusal::Unsure, SENT));
    life.asked();
    life.granted(Ticket(3), None, at(2));
    life.accepted(Ticket(3));
    assert!(!life.refused(Ticket(3), Refusal::Unsure, SENT));
}

#[test]
fn a_token_that_lived_its_time_earns_the_next_ones_their_doubts_again() {
    let mut life = with_proven();
    assert!(life.refused(Ticket(2), Refusal::Unsure, SENT));
    life.asked();
    life.granted(Ticket(3), None, at(2));
    assert!(!life.refused(Ticket(3), Refusal::Unsure, SENT));
    life.asked();
    life.granted(Ticket(4), None, at(1_000));
    assert!(life.refused(Ticket(4), Refusal::Unsure, SENT));
    life.asked();
    life.granted(Ticket(5), None, at(1_001));
    life.accepted(Ticket(5));
    assert!(life.refused(Ticket(5), Refusal::Unsure, SENT));
    life.asked();
    life.granted(Ticket(6), None, at(1_002));
    life.accepted(Ticket(6));
    assert!(!life.refused(Ticket(6), Refusal::OnceServed, SENT));
}

#[test]
fn tokens_refused_as_soon_as_they_are_issued_call_a_person() {
    let mut life = with_token(3600);
    for ticket in 1..=2 {
        assert!(life.refused(Ticket(ticket), Refusal::Certain, SENT));
        life.asked();
        life.granted(Ticket(ticket + 1), None, at(1));
    }
    assert!(!life.refused(Ticket(3), Refusal::Certain, SENT));
    assert_eq!(need(&life, 2), Need::Dead);
}

#[test]
fn three_failures_tell_those_who_wait_and_a_wrong_secret_ends_it() {
    let mut life = Lifecycle::renewable();
    let second = Duration::from_secs(1);
    let mut fail = |kind| {
        life.asked();
        life.failed(kind, None, second, Mono(0))
    };
    assert_eq!(fail(ErrorKind::Unavailable), Verdict::Again);
    assert_eq!(fail(ErrorKind::TimedOut), Verdict::Again);
    assert_eq!(fail(ErrorKind::Throttled), Verdict::Told);
    assert_eq!(fail(ErrorKind::Misconfigured), Verdict::Dead);
    assert_eq!(need(&life, 100), Need::Dead);
}

#[test]
fn a_refused_key_calls_a_person_at_once() {
    let mut life = Lifecycle::fixed();
    assert_eq!(need(&life, 0), Need::Ready(Ticket(0)));
    assert!(!life.refused(Ticket(0), Refusal::Certain, SENT));
    assert_eq!(need(&life, 0), Need::Dead);
}
