//! Refresh tokens of consents: on disk before they leave, on disk before what they brought is
//! used, and never used twice at a vendor that forbids it.

use rackrate_core::auth::Rotation;
use rackrate_ledger::op::{GrantState, KeptGrant};

use super::super::types::ConsentSpec;
use super::*;

const GRANT: GrantIx = GrantIx(0);

pub(super) fn kept(state: GrantState) -> KeptGrant {
    KeptGrant {
        connection: target().connection.clone(),
        sealed: "first".to_owned(),
        consented: Wall(0),
        generation: 1,
        since: Wall(0),
        scope: None,
        state,
    }
}

pub(super) fn leaving() -> GrantState {
    GrantState::Leaving {
        at: Wall(0),
        again: false,
    }
}

/// A vendor that rotates, with what is on disk of the one consent; it has started.
fn started(introspects: bool, kept: Option<KeptGrant>) -> Engine {
    let recovered = Recovered {
        grants: kept.map(|kept| (GRANT, kept)).into_iter().collect(),
        ..Recovered::default()
    };
    let consent = ConsentSpec {
        rotation: Rotation::Rotates { grace: None },
        introspects,
        revokes: false,
    };
    woken(consent, recovered)
}

/// An engine whose one grant a person gives; it has started from what is on disk.
pub(super) fn woken(consent: ConsentSpec, recovered: Recovered) -> Engine {
    let mut setup = setup(Guarantee::None, true);
    setup.grants[0].consent = Some(consent);
    let mut engine = Engine::new(setup, recovered, at(0));
    engine.on(at(0), Event::Start);
    engine.on(at(0), Event::Committed(BatchId(0)));
    engine
}

pub(super) fn token(refresh: Option<&str>) -> Answer {
    Answer::Token(Issued {
        refresh: refresh.map(str::to_owned),
        ..issued(1)
    })
}

pub(super) fn lost() -> Answer {
    Answer::Failed(Failure {
        kind: ErrorKind::TimedOut,
        delivery: Delivery::Unknown,
        answered: false,
        code: String::new(),
        text: "no answer".to_owned(),
        retry_after: None,
    })
}

/// What the effects do to the consent, in words.
pub(super) fn told(effects: &[Effect]) -> Vec<String> {
    let word = |effect: &Effect| match effect {
        Effect::Commit { batch, ops } => ops.iter().rev().find_map(|op| match op {
            LedgerOp::Grant(grant) => {
                let KeptGrant {
                    sealed, generation, ..
                } = grant;
                let state = match grant.state {
                    GrantState::Held => "held",
                    GrantState::Lasting => "lasting",
                    GrantState::Leaving { .. } => "leaving",
                    GrantState::Ended { .. } => "ended",
                };
                Some(format!("{} {state} {sealed} {generation}", batch.0))
            }
            _ => None,
        }),
        Effect::Send { verb, .. } => Some(format!("{verb:?}").replace("(GrantIx(0))", "")),
        Effect::Publish(..) => Some("publish".to_owned()),
        Effect::Report(Report::NoToken(_, failure)) => Some(format!("no token: {}", failure.text)),
        Effect::Report(Report::Connected(_)) => Some("connected".to_owned()),
        Effect::Report(Report::Introspected(_, told)) => {
            let told = told.as_ref().map_err(|failure| failure.text.as_str());
            Some(format!("introspected {told:?}"))
        }
        _ => None,
    };
    effects.iter().filter_map(word).collect()
}

#[test]
fn a_refresh_leaves_after_its_intent_and_is_used_after_it_is_kept() {
    let mut engine = started(false, Some(kept(GrantState::Held)));
    let mut on = |event| told(&engine.on(at(1), event));
    assert_eq!(on(Event::TokenWanted(GRANT)), ["1 leaving first 1"]);
    assert_eq!(on(Event::Committed(BatchId(1))), ["Refresh"]);
    assert_eq!(on(answer(0, token(Some("second")))), ["2 held second 2"]);
    assert_eq!(on(Event::Committed(BatchId(2))), ["publish"]);
}

#[test]
fn an_answer_without_a_refresh_token_keeps_the_old_one() {
    let mut engine = started(false, Some(kept(GrantState::Held)));
    engine.on(at(1), Event::TokenWanted(GRANT));
    engine.on(at(1), Event::Committed(BatchId(1)));
    let after = told(&engine.on(at(1), answer(0, token(None))));
    assert_eq!(after, ["2 held first 1"]);
}

#[test]
fn a_lost_answer_ends_the_consent_and_nothing_is_sent_again() {
    let mut engine = started(false, Some(kept(GrantState::Held)));
    engine.on(at(1), Event::TokenWanted(GRANT));
    engine.on(at(1), Event::Committed(BatchId(1)));
    let after = told(&engine.on(at(2), answer(0, lost())));
    assert!(after[0].starts_with("2 ended first 1"), "{after:?}");
    let later = [at(3), at(70)].map(|now| told(&engine.on(now, Event::TokenWanted(GRANT))));
    assert!(
        later
            .iter()
            .flatten()
            .all(|word| word.starts_with("no token"))
    );
}

#[test]
fn a_vendor_that_knows_is_asked_what_became_of_a_token_that_a_crash_left_open() {
    let mut engine = started(true, Some(kept(leaving())));
    assert_eq!(told(&engine.on(at(1), Event::TokenWanted(GRANT))), [""; 0]);
    assert_eq!(told(&engine.on(at(60), Event::Clock)), ["Introspect"]);
    let mut on = |event| told(&engine.on(at(61), event));
    let good = on(answer(0, Answer::Active(true)));
    assert_eq!(good, ["1 leaving first 1"]);
    assert_eq!(on(Event::Committed(BatchId(1))), ["Refresh"]);
}

#[test]
fn a_token_that_the_vendor_has_ended_is_not_used() {
    let mut engine = started(true, Some(kept(leaving())));
    engine.on(at(1), Event::TokenWanted(GRANT));
    engine.on(at(60), Event::Clock);
    let after = told(&engine.on(at(61), answer(0, Answer::Active(false))));
    assert_eq!(after[0], "1 ended first 1");
    assert!(after[1].starts_with("no token"), "{after:?}");
}

#[test]
fn who_asks_whether_a_token_is_good_is_told_and_the_token_stays_as_it_is() {
    let mut engine = started(true, Some(kept(GrantState::Held)));
    let mut on = |event| told(&engine.on(at(1), event));
    assert_eq!(on(Event::Introspect(GRANT)), ["Introspect"]);
    let good = on(answer(0, Answer::Active(true)));
    assert_eq!(good, ["introspected Ok(true)"]);
    assert_eq!(on(Event::TokenWanted(GRANT)), ["1 leaving first 1"]);
    // While it is being used, nobody asks about it.
    assert_eq!(on(Event::Introspect(GRANT)), [""; 0]);
}

#[test]
fn a_token_that_the_vendor_denies_is_ended_and_no_word_changes_nothing() {
    let mut engine = started(true, Some(kept(GrantState::Held)));
    engine.on(at(1), Event::Introspect(GRANT));
    assert_eq!(
        told(&engine.on(at(2), answer(0, lost()))),
        ["introspected Err(\"no answer\")"]
    );
    engine.on(at(3), Event::Introspect(GRANT));
    let denied = told(&engine.on(at(4), answer(1, Answer::Active(false))));
    assert_eq!(denied, ["1 ended first 1", "introspected Ok(false)"]);
    let wanted = told(&engine.on(at(5), Event::TokenWanted(GRANT)));
    assert!(wanted[0].starts_with("no token"), "{wanted:?}");
}

#[test]
fn a_vendor_that_cannot_be_asked_is_not() {
    let mut engine = started(false, Some(kept(GrantState::Held)));
    assert_eq!(told(&engine.on(at(1), Event::Introspect(GRANT))), [""; 0]);
}

#[test]
fn without_a_consent_a_person_is_called_and_nothing_is_sent() {
    let mut engine = started(false, None);
    let after = told(&engine.on(at(1), Event::TokenWanted(GRANT)));
    assert_eq!(
        after,
        ["no token: nobody has consented for this connection yet"]
    );
}

#[test]
fn a_code_leaves_once_and_what_it_brings_is_kept_before_it_is_used() {
    let mut engine = started(false, None);
    let mut on = |event| told(&engine.on(at(1), event));
    assert_eq!(on(Event::Consented(GRANT)), ["Redeem"]);
    assert_eq!(on(answer(0, token(Some("first")))), ["1 held first 1"]);
    let after = on(Event::Committed(BatchId(1)));
    assert_eq!(after, ["publish", "connected"]);
    assert_eq!(on(Event::TokenWanted(GRANT)), ["publish"]);
}

#[test]
fn a_lost_code_is_not_sent_again() {
    let mut engine = started(false, None);
    engine.on(at(1), Event::Consented(GRANT));
    let after = told(&engine.on(at(2), answer(0, lost())));
    assert_eq!(after, ["no token: no answer"]);
    assert_eq!(told(&engine.on(at(9), Event::Clock)), [""; 0]);
}

#[test]
fn a_live_token_is_used_to_its_end_though_no_other_will_come() {
    let mut engine = started(false, Some(kept(GrantState::Held)));
    engine.on(at(1), Event::TokenWanted(GRANT));
    engine.on(at(1), Event::Committed(BatchId(1)));
    engine.on(at(1), answer(0, token(Some("second"))));
    engine.on(at(1), Event::Committed(BatchId(2)));
    // Within the buffer the next one is asked for, and that answer is lost.
    let late = at(3595);
    let after = told(&engine.on(late, Event::TokenWanted(GRANT)));
    assert_eq!(after, ["3 leaving second 2", "publish"]);
    engine.on(late, Event::Committed(BatchId(3)));
    engine.on(late, answer(1, lost()));
    assert_eq!(
        told(&engine.on(late, Event::TokenWanted(GRANT))),
        ["publish"]
    );
    let after = told(&engine.on(at(3601), Event::TokenWanted(GRANT)));
    assert!(after[0].starts_with("no token: the answer"), "{after:?}");
}

#[test]
fn who_wants_a_new_token_is_not_given_the_live_one() {
    let mut engine = started(true, Some(kept(GrantState::Held)));
    engine.on(at(1), Event::TokenWanted(GRANT));
    engine.on(at(1), Event::Committed(BatchId(1)));
    engine.on(at(1), answer(0, token(Some("second"))));
    assert_eq!(
        told(&engine.on(at(1), Event::Committed(BatchId(2)))),
        ["publish"]
    );
    let after = told(&engine.on(at(2), Event::RenewalWanted(GRANT)));
    assert_eq!(after, ["3 leaving second 2"]);
    engine.on(at(2), Event::Committed(BatchId(3)));
    assert_eq!(told(&engine.on(at(2), answer(1, lost()))), [""; 0]);
    assert_eq!(told(&engine.on(at(62), Event::Clock)), ["Introspect"]);
    let after = told(&engine.on(at(63), answer(2, Answer::Active(false))));
    assert!(after[1].starts_with("no token"), "{after:?}");
}

#[test]
fn a_withdrawn_consent_is_forgotten_and_a_new_one_can_follow() {
    let mut engine = started(false, Some(kept(GrantState::Held)));
    let effects = engine.on(at(1), Event::Withdrawn(GRANT));
    let forgets = |effect: &Effect| match effect {
        Effect::Commit { ops, .. } => ops
            .iter()
            .any(|op| matches!(op, LedgerOp::Forgotten { .. })),
        _ => false,
    };
    assert!(effects.iter().any(forgets), "{effects:?}");
    engine.on(at(1), Event::Committed(BatchId(1)));
    let after = told(&engine.on(at(2), Event::TokenWanted(GRANT)));
    assert!(after[0].starts_with("no token: nobody"), "{after:?}");
    assert_eq!(told(&engine.on(at(3), Event::Consented(GRANT))), ["Redeem"]);
}

#[test]
fn while_a_new_consent_is_written_down_nothing_else_is_asked_for() {
    let mut engine = started(false, None);
    let mut on = |event| told(&engine.on(at(1), event));
    on(Event::Consented(GRANT));
    on(answer(0, token(Some("first"))));
    assert_eq!(on(Event::TokenWanted(GRANT)), [""; 0]);
    let after = on(Event::Committed(BatchId(1)));
    assert_eq!(after, ["publish", "connected"]);
}

/// There is no lease here that could run out: the process holds a lock of the operating system,
/// which has no time, and within it whoever asks finds the one refresh under way.
#[test]
fn two_hundred_who_wait_twenty_seconds_for_a_slow_server_share_one_refresh() {
    let mut engine = started(false, Some(kept(GrantState::Held)));
    let mut effects = Vec::new();
    for caller in 0..200 {
        effects.extend(engine.on(at(1 + caller / 10), Event::TokenWanted(GRANT)));
        effects.extend(engine.on(at(1 + caller / 10), Event::Clock));
        if caller == 0 {
            effects.extend(engine.on(at(1), Event::Committed(BatchId(1))));
        }
    }
    effects.extend(engine.on(at(21), answer(0, token(Some("second")))));
    effects.extend(engine.on(at(21), Event::Committed(BatchId(2))));
    let sent = told(&effects);
    let refreshes = sent.iter().filter(|word| *word == "Refresh").count();
    assert_eq!(refreshes, 1, "{sent:?}");
    assert_eq!(sent.last().map(String::as_str), Some("publish"));
}

/// A token that still lives must not make us forget that another one was wanted.
#[test]
fn a_renewal_whose_answer_was_lost_goes_on_while_the_old_token_lives() {
    let mut engine = started(true, Some(kept(GrantState::Held)));
    engine.on(at(1), Event::TokenWanted(GRANT));
    engine.on(at(1), Event::Committed(BatchId(1)));
    engine.on(at(1), answer(0, token(Some("second"))));
    engine.on(at(1), Event::Committed(BatchId(2)));
    engine.on(at(2), Event::RenewalWanted(GRANT));
    let left = told(&engine.on(at(2), Event::Committed(BatchId(3))));
    assert_eq!(left, ["Refresh"]);
    let mut effects = engine.on(at(3), answer(1, lost()));
    for _ in 0..10 {
        let wake = effects.iter().rev().find_map(|effect| match effect {
            Effect::WakeAt(at) => Some(*at),
            _ => None,
        });
        let mono = wake.expect("somebody waits for a token, and nothing would wake us");
        effects = engine.on(Now { mono, ..at(3) }, Event::Clock);
        if told(&effects) == ["Introspect"] {
            return;
        }
    }
    panic!("the vendor is never asked what became of the token");
}
