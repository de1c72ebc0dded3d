//! Secrets that a vendor refuses: their places are asked once, and another secret is tried once.

use super::*;

const GRANT: GrantIx = GrantIx(0);

/// An engine whose secrets can be read again, with one request planned.
fn rereading(renewable: bool) -> Engine {
    let mut setup = setup(Guarantee::None, renewable);
    setup.grants[0].rereads = true;
    let mut engine = Engine::new(setup, Recovered::default(), at(0));
    engine.on(at(0), Event::Start);
    engine.on(at(0), Event::Committed(BatchId(0)));
    engine.on(at(0), wish(1, vec![chunk(1, 100)]));
    engine.on(at(0), Event::Committed(BatchId(1)));
    engine
}

/// `invalid_client`.
fn wrong_client() -> Answer {
    failed(ErrorKind::Misconfigured, Delivery::Refused)
}

fn wrong_key() -> Answer {
    failed(
        ErrorKind::Unauthenticated { certain: true },
        Delivery::Refused,
    )
}

fn reread(changed: bool) -> Event {
    let changed = changed.then_some(GRANT).into_iter().collect();
    Event::Reread {
        grant: GRANT,
        changed,
    }
}

#[test]
fn a_refused_client_whose_secret_has_changed_asks_for_its_token_once_more() {
    let mut engine = rereading(true);
    let refused = engine.on(at(1), answer(0, wrong_client()));
    assert_eq!(words(&refused), ["commit 2 noted", "reread 0"]);
    assert_eq!(words(&engine.on(at(2), Event::Clock)), [""; 0]);
    assert_eq!(words(&engine.on(at(2), reread(true))), ["send 1 token"]);
    let still = engine.on(at(3), answer(1, wrong_client()));
    assert_eq!(
        words(&still),
        ["commit 3 noted noted noted", "held"],
        "a second refusal is final"
    );
}

#[test]
fn the_same_secret_is_not_sent_again() {
    let mut engine = rereading(true);
    engine.on(at(1), answer(0, wrong_client()));
    let stands = engine.on(at(1), reread(false));
    assert_eq!(words(&stands), ["commit 3 noted noted", "held"]);
    let idle = engine.on(at(1), Event::Committed(BatchId(3)));
    assert_eq!(words(&idle), [""; 0]);
    let idle = engine.on(at(1), Event::Committed(BatchId(2)));
    assert_eq!(words(&idle), ["idle"]);
}

#[test]
fn a_refused_key_that_has_changed_is_tried_once_and_the_push_goes_on() {
    let mut engine = rereading(false);
    let refused = engine.on(at(1), answer(0, wrong_key()));
    assert_eq!(words(&refused), ["commit 2 noted", "reread 0"]);
    let again = engine.on(at(2), reread(true));
    assert_eq!(words(&again), ["send 1 push 100"]);
    let done = engine.on(at(3), answer(1, Answer::Accepted(Receipt::default())));
    assert_eq!(words(&done), ["commit 3 ended seen"]);
}

#[test]
fn a_key_that_is_still_the_same_stays_refused() {
    let mut engine = rereading(false);
    engine.on(at(1), answer(0, wrong_key()));
    let stands = engine.on(at(1), reread(false));
    assert_eq!(words(&stands), ["commit 3 noted noted returned", "held"]);
}

#[test]
fn a_changed_key_that_is_refused_too_is_not_looked_for_again() {
    let mut engine = rereading(false);
    engine.on(at(1), answer(0, wrong_key()));
    engine.on(at(1), reread(true));
    let stands = engine.on(at(2), answer(1, wrong_key()));
    assert_eq!(
        words(&stands),
        ["commit 3 noted noted noted returned", "held"]
    );
}

#[test]
fn a_key_that_its_vendor_calls_ended_is_looked_for_too() {
    let mut engine = rereading(false);
    let ended = failed(ErrorKind::Reconnect, Delivery::Refused);
    let refused = engine.on(at(1), answer(0, ended));
    assert_eq!(words(&refused), ["commit 2 noted", "reread 0"]);
    assert_eq!(words(&engine.on(at(2), reread(true))), ["send 1 push 100"]);
}

#[test]
fn where_nobody_can_be_asked_again_the_refusal_stands_at_once() {
    let mut engine = engine(Guarantee::None, true);
    engine.on(at(0), Event::Start);
    engine.on(at(0), wish(1, vec![chunk(1, 100)]));
    let stands = engine.on(at(1), answer(0, wrong_client()));
    assert_eq!(words(&stands), ["commit 2 noted noted noted", "held"]);
}

#[test]
fn a_token_request_that_failed_for_another_reason_asks_no_place() {
    let mut engine = rereading(true);
    let busy = failed(ErrorKind::Unavailable, Delivery::Refused);
    assert_eq!(words(&engine.on(at(1), answer(0, busy))), [""; 0]);
}

#[test]
fn a_refusal_after_a_success_earns_another_look() {
    let mut engine = rereading(true);
    engine.on(at(1), answer(0, wrong_client()));
    engine.on(at(1), reread(true));
    let token = Answer::Token(Issued {
        lifetime: Some(Duration::from_secs(60)),
        ..issued(1)
    });
    engine.on(at(1), answer(1, token));
    let wanted = engine.on(at(60), Event::RenewalWanted(GRANT));
    assert_eq!(words(&wanted), ["send 2 token"]);
    let refused = engine.on(at(61), answer(2, wrong_client()));
    assert!(words(&refused).contains(&"reread 0".to_owned()));
}
