//! Allowances over restarts: what is rested for, set aside, and handed on.

use rackrate_ledger::op::{Reservation, Usage};

use super::*;
use crate::engine::limiter::{QuotaSpec, Use};
use rackrate_core::limit::Window;

const HOUR: Duration = Duration::from_secs(3600);

/// A vendor that gives so many tokens in 24 hours.
fn few_tokens(usable: u32, recovered: Recovered, now: Now) -> Engine {
    let mut setup = setup(Guarantee::None, true);
    setup.quotas.push(QuotaSpec {
        name: "tokens".to_owned(),
        window: Window::Rolling(24 * HOUR),
        usable,
    });
    setup.grants[0].uses = vec![Use { quota: 0, cost: 1 }];
    Engine::new(setup, recovered, now)
}

fn usage(quota: &str, used: u32, until: i64) -> Usage {
    Usage {
        quota: quota.to_owned(),
        used,
        until: Wall(until * 1000),
    }
}

fn part(quota: &str, at: i64) -> Reservation {
    Reservation {
        quota: quota.to_owned(),
        count: 1,
        window: 24 * 3_600_000,
        at: Wall(at * 1000),
    }
}

fn left(engine: &mut Engine, now: Now) -> Vec<Usage> {
    match engine.closed(now).pop() {
        Some(LedgerOp::Closed { usage, .. }) => usage,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_part_of_a_long_allowance_is_on_disk_before_it_is_used() {
    let mut engine = few_tokens(4, Recovered::default(), at(0));
    engine.on(at(0), Event::Start);
    let asked = engine.on(at(0), Event::TokenWanted(GrantIx(0)));
    assert_eq!(words(&asked), ["commit 1 reserved"]);
    assert_eq!(
        words(&engine.on(at(0), Event::Committed(BatchId(0)))),
        [""; 0]
    );
    let leaves = engine.on(at(0), Event::Committed(BatchId(1)));
    assert_eq!(words(&leaves), ["send 0 token"]);
}

#[test]
fn tokens_of_crashed_processes_count_for_a_day_and_whoever_waits_is_told() {
    let crashed = |reserved| Recovered {
        unclean: true,
        usage: vec![usage("tokens", 1, 4 * 3600)],
        reserved,
        ..Recovered::default()
    };
    let used_up = crashed(vec![
        part("tokens", 1),
        part("tokens", 60),
        part("tokens", 90),
    ]);
    let mut engine = few_tokens(4, used_up, at(100));
    engine.on(at(100), Event::Start);
    let told = engine.on(at(100), Event::TokenWanted(GrantIx(0)));
    let text = told.iter().find_map(|effect| match effect {
        Effect::Report(Report::NoToken(_, failure)) => Some(failure.text.clone()),
        _ => None,
    });
    let text = text.unwrap();
    assert_eq!(
        text,
        "its allowance of tokens is used up until 1970-01-01T04:00:00Z"
    );
    let one_left = crashed(vec![part("tokens", 1), part("tokens", 60)]);
    let mut engine = few_tokens(4, one_left, at(100));
    engine.on(at(100), Event::Start);
    let asked = engine.on(at(100), Event::TokenWanted(GrantIx(0)));
    assert_eq!(words(&asked), ["commit 1 reserved"]);
}

#[test]
fn whoever_asks_to_read_without_a_token_to_be_had_is_told_at_once() {
    let used_up = Recovered {
        usage: vec![usage("tokens", 4, 4 * 3600)],
        ..Recovered::default()
    };
    let mut engine = few_tokens(4, used_up, at(100));
    engine.on(at(100), Event::Start);
    let night = Night::from_days(20_000);
    let read = Event::Read {
        lane: LANE,
        first: night,
        last: night,
    };
    let told = engine.on(at(100), read);
    let failed = told
        .iter()
        .any(|effect| matches!(effect, Effect::Report(Report::ReadFailed(..))));
    assert!(failed, "{told:?}");
    assert_eq!(words(&told), ["commit 1 noted", "held"]);
    engine.on(at(100), Event::Committed(BatchId(0)));
    let ended = engine.on(at(100), Event::Committed(BatchId(1)));
    assert_eq!(words(&ended), ["idle"]);
}

#[test]
fn what_a_process_does_not_know_it_hands_on() {
    let before = Recovered {
        usage: vec![
            usage("tokens", 2, 9_000),
            usage("other hotel", 5, 130),
            usage("past", 1, 90),
        ],
        ..Recovered::default()
    };
    let mut engine = few_tokens(4, before, at(100));
    let handed = left(&mut engine, at(100));
    let names: Vec<_> = handed
        .iter()
        .map(|one| (&one.quota[..], one.used))
        .collect();
    assert_eq!(names, [("tokens", 2), ("other hotel", 5)]);
}

#[test]
fn a_hotel_that_no_process_has_met_since_a_crash_still_rests() {
    let crashed = Recovered {
        unclean: true,
        ..Recovered::default()
    };
    let mut engine = few_tokens(4, crashed, at(100));
    let handed = left(&mut engine, at(100));
    assert_eq!(handed, [usage(Usage::ANY, 0, 160)]);
    let mut setup = setup(Guarantee::None, false);
    setup.quotas.push(QuotaSpec {
        name: "a hotel".to_owned(),
        window: Window::Rolling(Duration::from_secs(60)),
        usable: 9,
    });
    setup.lanes[0].uses[Operation::Read as usize] = vec![Use { quota: 0, cost: 1 }];
    let night = Night::from_days(20_000);
    let read = Event::Read {
        lane: LANE,
        first: night,
        last: night,
    };
    for (now, leaves) in [(at(219), false), (at(220), true)] {
        let recovered = Recovered {
            usage: handed.clone(),
            ..Recovered::default()
        };
        let mut engine = Engine::new(setup.clone(), recovered, now);
        engine.on(now, Event::Start);
        let sent = words(&engine.on(now, read.clone()));
        assert_eq!(sent == ["send 0 read"], leaves, "{sent:?}");
    }
}
