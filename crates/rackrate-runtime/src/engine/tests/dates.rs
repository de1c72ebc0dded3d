//! Dates of credentials: what counts as a use, and with what it is written down.

use rackrate_ledger::op::Filed;

use super::*;

/// The names of the dates in these operations, with their bodies.
fn dates<'a>(ops: impl IntoIterator<Item = &'a LedgerOp>) -> Vec<String> {
    let date = |op: &LedgerOp| match op {
        LedgerOp::Filed(Filed { name, body, .. }) => Some(format!("{name} {}", body.as_ref()?)),
        _ => None,
    };
    ops.into_iter().filter_map(date).collect()
}

fn committed(effects: &[Effect]) -> Vec<String> {
    let ops = effects.iter().filter_map(|effect| match effect {
        Effect::Commit { ops, .. } => Some(ops),
        _ => None,
    });
    dates(ops.flatten())
}

/// An engine whose first write is on its way.
fn leaving() -> Engine {
    let mut engine = started(Guarantee::None);
    engine.on(at(0), Event::Committed(BatchId(0)));
    engine.on(at(0), Event::Committed(BatchId(1)));
    engine
}

#[test]
fn a_use_rides_along_with_what_its_answer_writes() {
    let mut engine = leaving();
    let taken = engine.on(at(9), answer(0, Answer::Accepted(Receipt::default())));
    assert_eq!(committed(&taken), [r#"used/pms {"at":9000,"form":1}"#]);
    assert_eq!(dates(&engine.closed(at(10))), [""; 0], "it was told");
}

#[test]
fn within_an_hour_only_the_close_tells_a_later_use() {
    let mut engine = leaving();
    engine.on(at(9), answer(0, Answer::Accepted(Receipt::default())));
    engine.on(at(9), Event::Committed(BatchId(2)));
    let later = engine.on(at(20), answer(1, Answer::Accepted(Receipt::default())));
    assert_eq!(committed(&later), [""; 0]);
    let last = engine.closed(at(30));
    assert_eq!(dates(&last), [r#"used/pms {"at":20000,"form":1}"#]);
    assert!(matches!(last.last(), Some(LedgerOp::Closed { .. })));
}

#[test]
fn a_refused_request_is_no_use() {
    let mut engine = leaving();
    let refused = failed(ErrorKind::Forbidden, Delivery::Refused);
    let effects = engine.on(at(9), answer(0, refused));
    assert_eq!(committed(&effects), [""; 0]);
    assert_eq!(dates(&engine.closed(at(10))), [""; 0]);
}

#[test]
fn a_new_token_is_dated_with_what_was_granted() {
    let mut engine = engine(Guarantee::None, true);
    engine.on(at(0), Event::Start);
    engine.on(at(0), Event::Committed(BatchId(0)));
    engine.on(at(0), Event::TokenWanted(GrantIx(0)));
    let token = Answer::Token(Issued {
        scope: Some("rates:write".to_owned()),
        ..issued(1)
    });
    engine.on(at(4), answer(0, token));
    let told = dates(&engine.closed(at(5)));
    assert_eq!(
        told,
        [r#"renewed/pms {"at":4000,"form":1,"scope":"rates:write"}"#],
        "and getting a token is no use of it"
    );
}

#[test]
fn a_touch_ends_with_the_first_page() {
    let mut engine = engine(Guarantee::None, false);
    engine.on(at(0), Event::Start);
    engine.on(at(0), Event::Committed(BatchId(0)));
    let asked = engine.on(at(0), Event::Touch(ConnIx(0)));
    assert_eq!(words(&asked), ["send 0 discover"]);
    let more = Answer::Next(super::super::types::CarryId(1));
    let effects = engine.on(at(1), answer(0, more));
    let touched = |effect: &Effect| matches!(effect, Effect::Report(Report::Touched(_)));
    assert!(effects.iter().any(touched), "{effects:?}");
    assert_eq!(words(&effects), ["idle"]);
    let used = dates(&engine.closed(at(2)));
    assert_eq!(used, [r#"used/pms {"at":1000,"form":1}"#]);
}
