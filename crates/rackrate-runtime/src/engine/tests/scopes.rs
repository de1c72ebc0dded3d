//! What was granted against what is needed: before the first write, and again whenever the
//! vendor says something new.

use rackrate_core::scope::{Given, Scopes};

use super::*;

fn needs() -> ScopeSpec {
    let needs = Scopes::new(Given::Asked)
        .need(Operation::Read, ["rates:read"])
        .need(Operation::Poll, ["rates:read"])
        .need(Operation::Push, ["rates:write"]);
    let asked = needs.of(&Operation::ALL);
    let needs = Some(needs);
    ScopeSpec { needs, asked }
}

/// A run that wants to write, and has asked for a token; what the token's answer leads to.
fn writing(recovered: Recovered, scope: Option<&str>) -> (Engine, Vec<Effect>) {
    let mut setup = setup(Guarantee::None, true);
    setup.grants[0].scopes = needs();
    let mut engine = Engine::new(setup, recovered, at(0));
    on(&mut engine, at(0), Event::Start);
    on(&mut engine, at(0), wish(1, vec![chunk(0, 129)]));
    let effects = on(&mut engine, at(1), answer(0, token(scope)));
    (engine, effects)
}

/// What an event leads to with a ledger that writes at once.
fn on(engine: &mut Engine, now: Now, event: Event) -> Vec<Effect> {
    let mut effects = engine.on(now, event);
    let mut at = 0;
    while at < effects.len() {
        if let Effect::Commit { batch, .. } = effects[at] {
            effects.extend(engine.on(now, Event::Committed(batch)));
        }
        at += 1;
    }
    effects
}

fn token(scope: Option<&str>) -> Answer {
    Answer::Token(Issued {
        scope: scope.map(str::to_owned),
        ..issued(1)
    })
}

/// What was told of scopes.
fn told(effects: &[Effect]) -> Vec<String> {
    let word = |effect: &Effect| match effect {
        Effect::Report(Report::Held(_, failure)) => {
            Some(format!("held {}: {}", failure.kind, failure.text))
        }
        Effect::Report(Report::MoreGranted(_, scopes)) => Some(format!("more: {scopes:?}")),
        Effect::Report(Report::ReadFailed(_, failure)) => {
            Some(format!("not read: {}", failure.kind))
        }
        Effect::Send { verb, .. } => Some(verb_word(verb)),
        _ => None,
    };
    effects.iter().filter_map(word).collect()
}

#[test]
fn a_grant_too_small_stops_writing_before_the_first_write_and_reading_goes_on() {
    let (mut engine, effects) = writing(Recovered::default(), Some("rates:read"));
    insta::assert_snapshot!(told(&effects).join("\n"), @"held Unscoped: to push rates, rates:write is needed; it has to be asked for and granted (granted: rates:read)");
    assert!(!format!("{effects:?}").contains("Departing"));
    let night = Night::from_days(20_000);
    let reads = on(
        &mut engine,
        at(2),
        Event::Read {
            lane: LANE,
            first: night,
            last: night,
        },
    );
    assert_eq!(told(&reads), ["read"]);
}

#[test]
fn without_a_word_of_the_vendor_all_that_was_asked_for_is_granted() {
    let (_, effects) = writing(Recovered::default(), None);
    assert_eq!(told(&effects), ["push 129"]);
}

#[test]
fn order_and_blanks_make_no_difference_and_more_is_told_once() {
    let (mut engine, effects) = writing(
        Recovered::default(),
        Some("guests:read  rates:write rates:read"),
    );
    assert_eq!(told(&effects), [r#"more: ["guests:read"]"#, "push 129"]);
    on(&mut engine, at(2), Event::RenewalWanted(GrantIx(0)));
    let again = on(
        &mut engine,
        at(2),
        answer(2, token(Some("rates:read rates:write guests:read"))),
    );
    assert!(told(&again).iter().all(|word| !word.starts_with("more")));
}

#[test]
fn what_an_earlier_process_heard_still_holds() {
    let recovered = Recovered {
        tokens: vec![(
            GrantIx(0),
            Ticket(9),
            Wall(0),
            Some(Duration::from_secs(3600)),
        )],
        scopes: vec![(GrantIx(0), "rates:read".to_owned())],
        ..Recovered::default()
    };
    let mut setup = setup(Guarantee::None, true);
    setup.grants[0].scopes = needs();
    let mut engine = Engine::new(setup, recovered, at(1));
    on(&mut engine, at(1), Event::Start);
    let effects = on(&mut engine, at(1), wish(1, vec![chunk(0, 129)]));
    assert!(told(&effects)[0].starts_with("held Unscoped: to push rates"));
}

#[test]
fn a_refresh_that_narrows_stops_what_has_not_left() {
    let (mut engine, _) = writing(Recovered::default(), Some("rates:read rates:write"));
    on(
        &mut engine,
        at(2),
        answer(1, Answer::Accepted(Receipt::default())),
    );
    on(&mut engine, at(3), Event::RenewalWanted(GrantIx(0)));
    on(&mut engine, at(3), answer(2, token(Some("rates:read"))));
    let effects = on(&mut engine, at(4), wish(2, vec![chunk(0, 139)]));
    let told = told(&effects);
    assert!(
        told.iter().any(|word| word.starts_with("held Unscoped")),
        "{told:?}"
    );
    assert!(
        !told.iter().any(|word| word.starts_with("push")),
        "{told:?}"
    );
}

#[test]
fn a_read_that_is_not_covered_is_not_sent() {
    let (mut engine, _) = writing(Recovered::default(), Some("rates:write"));
    let night = Night::from_days(20_000);
    let (lane, first, last) = (LANE, night, night);
    let effects = on(&mut engine, at(2), Event::Read { lane, first, last });
    assert_eq!(told(&effects), ["not read: Unscoped"]);
}
