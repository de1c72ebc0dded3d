//! Keys that come of a consent: kept before their first use, never renewed, and the refresh
//! token that became one never used again.

use rackrate_core::auth::Rotation;
use rackrate_ledger::op::{GrantState, KeptGrant};

use super::super::types::ConsentSpec;
use super::consents::{kept, leaving, lost, told, woken};
use super::*;

const GRANT: GrantIx = GrantIx(0);
const LONG: Duration = Duration::from_secs(3600 * 24 * 365);

/// A vendor of that kind, with what is on disk of the one consent; it has started.
fn started(rotation: Rotation, kept: Option<KeptGrant>) -> Engine {
    let consent = ConsentSpec {
        rotation,
        introspects: false,
        revokes: false,
    };
    let key = kept
        .as_ref()
        .filter(|kept| kept.state == GrantState::Lasting);
    let tokens = key.map(|kept| (GRANT, Ticket(7), kept.since, Some(LONG)));
    let recovered = Recovered {
        tokens: tokens.into_iter().collect(),
        grants: kept.map(|kept| (GRANT, kept)).into_iter().collect(),
        ..Recovered::default()
    };
    woken(consent, recovered)
}

/// What an exchange for a key answers: the desk has sealed it, and nobody said that it ends.
fn key(sealed: &str) -> Answer {
    Answer::Token(Issued {
        lifetime: None,
        refresh: Some(sealed.to_owned()),
        ..issued(1)
    })
}

#[test]
fn a_code_becomes_a_key_that_is_kept_before_it_is_used_and_never_renewed() {
    let mut engine = started(Rotation::Lasting, None);
    let mut on = |now, event| told(&engine.on(now, event));
    assert_eq!(on(at(1), Event::Consented(GRANT)), ["Redeem"]);
    assert_eq!(on(at(1), answer(0, key("key"))), ["1 lasting key 1"]);
    assert_eq!(on(at(1), Event::TokenWanted(GRANT)), [""; 0]);
    let after = on(at(1), Event::Committed(BatchId(1)));
    assert_eq!(after, ["publish", "connected"]);
    let later = at(3600 * 24 * 40);
    assert_eq!(on(later, Event::TokenWanted(GRANT)), ["publish"]);
}

#[test]
fn a_kept_key_is_used_and_there_is_nothing_to_renew() {
    let mut engine = started(Rotation::Lasting, Some(kept(GrantState::Lasting)));
    let used = told(&engine.on(at(1), Event::TokenWanted(GRANT)));
    assert_eq!(used, ["publish"]);
    let renewed = told(&engine.on(at(2), Event::RenewalWanted(GRANT)));
    assert!(renewed[0].starts_with("no token"), "{renewed:?}");
}

#[test]
fn a_refused_key_is_written_down_as_ended_and_nothing_is_sent_for_another() {
    for kind in [
        ErrorKind::Reconnect,
        ErrorKind::Unauthenticated { certain: true },
    ] {
        let mut engine = started(Rotation::Lasting, Some(kept(GrantState::Lasting)));
        let sent = told(&engine.on(at(1), Event::Discover(ConnIx(0))));
        assert!(sent[0].starts_with("Discover"), "{sent:?}");
        let Answer::Failed(failure) = lost() else {
            panic!("a failure")
        };
        let refused = Answer::Failed(Failure {
            kind,
            delivery: Delivery::Refused,
            answered: true,
            ..failure
        });
        let after = told(&engine.on(at(2), answer(0, refused)));
        assert_eq!(after, ["1 ended first 1"], "{kind:?}");
        let later = told(&engine.on(at(3), Event::TokenWanted(GRANT)));
        assert!(later[0].starts_with("no token"), "{later:?}");
    }
}

#[test]
fn a_refresh_token_becomes_a_key_only_when_a_person_wants_that() {
    let mut engine = started(Rotation::Lasting, Some(kept(GrantState::Held)));
    let mut on = |event| told(&engine.on(at(1), event));
    let before = on(Event::TokenWanted(GRANT));
    assert!(before[0].contains("creds migrate"), "{before:?}");
    assert_eq!(on(Event::MigrationWanted(GRANT)), ["2 leaving first 1"]);
}

#[test]
fn its_use_is_marked_before_it_leaves_and_the_key_is_kept_before_it_is_used() {
    let mut engine = started(Rotation::Lasting, Some(kept(GrantState::Held)));
    let mut on = |event| told(&engine.on(at(1), event));
    assert_eq!(on(Event::MigrationWanted(GRANT)), ["1 leaving first 1"]);
    assert_eq!(on(Event::Committed(BatchId(1))), ["Refresh"]);
    assert_eq!(on(answer(0, key("key"))), ["2 lasting key 2"]);
    let after = on(Event::Committed(BatchId(2)));
    assert_eq!(after, ["publish", "connected"]);
    assert_eq!(on(Event::MigrationWanted(GRANT)), ["publish"]);
}

#[test]
fn a_lost_answer_needs_a_person_and_the_refresh_token_is_never_used_again() {
    let mut engine = started(Rotation::Lasting, Some(kept(GrantState::Held)));
    engine.on(at(1), Event::MigrationWanted(GRANT));
    engine.on(at(1), Event::Committed(BatchId(1)));
    let after = told(&engine.on(at(2), answer(0, lost())));
    assert!(after[0].starts_with("2 ended first 1"), "{after:?}");
    let again = told(&engine.on(at(99), Event::MigrationWanted(GRANT)));
    assert!(
        again.iter().all(|word| word.starts_with("no token")),
        "{again:?}"
    );
}

/// Neither where a crash left it open, nor where the configuration was put back meanwhile.
#[test]
fn a_refresh_token_that_a_crash_left_open_is_not_used_whatever_the_configuration_says() {
    for rotation in [Rotation::Lasting, Rotation::Stays] {
        let mut engine = started(rotation, Some(kept(leaving())));
        for event in [
            Event::TokenWanted(GRANT),
            Event::MigrationWanted(GRANT),
            Event::RenewalWanted(GRANT),
        ] {
            let after = told(&engine.on(at(99), event));
            let sent = after
                .iter()
                .any(|word| word.starts_with("Refresh") || word.contains("leaving"));
            assert!(!sent, "{rotation:?}: {after:?}");
        }
    }
}

#[test]
fn a_refusal_that_looked_at_nothing_leaves_the_refresh_token_as_it_was() {
    let mut engine = started(Rotation::Lasting, Some(kept(GrantState::Held)));
    engine.on(at(1), Event::MigrationWanted(GRANT));
    engine.on(at(1), Event::Committed(BatchId(1)));
    let Answer::Failed(failure) = lost() else {
        panic!("a failure")
    };
    let refused = Answer::Failed(Failure {
        kind: ErrorKind::Misconfigured,
        delivery: Delivery::Refused,
        answered: true,
        ..failure
    });
    let after = told(&engine.on(at(2), answer(0, refused)));
    assert_eq!(after[0], "2 held first 1");
}
