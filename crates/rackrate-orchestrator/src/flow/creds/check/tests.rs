//! What answers mean, by tables; and the questions themselves on simulated vendors.

use rackrate_catalog::showcase;
use rackrate_simulator::faults::{Fate, Faults};
use rackrate_simulator::world::World;

use super::*;
use crate::flow::creds::keepalive::{is_due, touch};
use crate::flow::creds::standing::standings;
use crate::flow::creds::standing::tests::{DAY, NOW, connected, key};
use crate::host::Simulated;
use crate::portfolio::Portfolio;
use crate::sample::Sample;

fn portfolio() -> Portfolio {
    Sample::new(None).unwrap().portfolio().unwrap()
}

/// An answer in which all mapped hotels of an account are listed.
fn answered(link: &Link) -> Seen {
    let listed = link.mapped.iter().map(property).collect();
    Seen {
        listed: Some(Arc::new(Discovery { properties: listed })),
        ahead: Some(0),
        ..Seen::default()
    }
}

fn property(id: &VendorId) -> rackrate_core::adapter::DiscoveredProperty {
    rackrate_core::adapter::DiscoveredProperty {
        id: id.clone(),
        name: String::new(),
        time_zone: None,
        currency: None,
        basis: None,
        sellables: Vec::new(),
    }
}

/// The verdict on everything, the codes of what is told, and the exit code.
fn judged(link: &Link, seen: &Seen, after: &Standing) -> (Verdict, Vec<String>, u8) {
    let checked = judge(link, seen, after, NOW);
    let codes = checked.findings.iter().map(|one| one.code.clone());
    (checked.verdict(), codes.collect(), checked.exit.code())
}

fn codes(told: &[&str]) -> Vec<String> {
    told.iter().map(|code| (*code).to_owned()).collect()
}

#[test]
fn a_clock_is_told_from_a_minute_on_and_fails_from_five() {
    let portfolio = portfolio();
    let link = &portfolio.links[0];
    let of = |ahead: Option<i64>| {
        let seen = Seen {
            ahead,
            ..answered(link)
        };
        judged(link, &seen, &key())
    };
    for ahead in [None, Some(0), Some(60_000), Some(-60_000)] {
        assert_eq!(of(ahead), (Verdict::Good, codes(&[]), 0), "{ahead:?}");
    }
    for ahead in [61_000, -300_000] {
        let warned = (Verdict::Warning, codes(&["creds.clock"]), 0);
        assert_eq!(of(Some(ahead)), warned, "{ahead}");
    }
    for ahead in [300_001, i64::MIN] {
        let failed = (Verdict::Failed, codes(&["creds.clock"]), 1);
        assert_eq!(of(Some(ahead)), failed, "{ahead}");
    }
}

#[test]
fn what_was_not_granted_needs_a_person_and_silence_needs_nobody() {
    let portfolio = portfolio();
    let link = portfolio.links.iter().find(|one| one.entry.id == "generic");
    let link = link.unwrap();
    let of = |granted: Option<&str>| {
        let mut after = key();
        after.granted = granted.map(str::to_owned);
        after.asked = vec!["rates:read".to_owned(), "rates:write".to_owned()];
        judged(link, &answered(link), &after)
    };
    assert_eq!(of(None), (Verdict::Good, codes(&[]), 0));
    assert_eq!(of(Some("rates:write rates:read")).0, Verdict::Good);
    let less = (Verdict::Failed, codes(&["credential.scope_missing"]), 5);
    assert_eq!(of(Some("rates:read")), less);
    let more = (Verdict::Warning, codes(&["credential.scope_extra"]), 0);
    assert_eq!(of(Some("rates:read rates:write guests:read")), more);
}

#[test]
fn a_refresh_token_that_ended_needs_a_person_and_no_word_of_it_is_only_told() {
    let portfolio = portfolio();
    let link = &portfolio.links[0];
    let of = |introspected| {
        let seen = Seen {
            introspected: Some(introspected),
            ..answered(link)
        };
        judged(link, &seen, &connected())
    };
    let failure = Failure {
        kind: ErrorKind::Unavailable,
        delivery: Delivery::Refused,
        answered: true,
        code: String::new(),
        text: "later".to_owned(),
        retry_after: None,
    };
    assert_eq!(of(Ok(true)), (Verdict::Good, codes(&[]), 0));
    let ended = (
        Verdict::Failed,
        codes(&["credential.needs_authorization"]),
        5,
    );
    assert_eq!(of(Ok(false)), ended);
    let untold = (Verdict::Warning, codes(&["creds.not_introspected"]), 0);
    assert_eq!(of(Err(failure)), untold);
}

#[test]
fn every_mapped_hotel_has_to_be_seen() {
    let portfolio = portfolio();
    let link = &portfolio.links[0];
    let seen = Seen {
        listed: Some(Arc::default()),
        ..answered(link)
    };
    let (verdict, told, exit) = judged(link, &seen, &key());
    assert_eq!((verdict, exit), (Verdict::Failed, 1));
    assert_eq!(told.len(), link.mapped.len());
}

#[test]
fn what_ends_soon_by_a_persons_neglect_is_told() {
    let portfolio = portfolio();
    let link = &portfolio.links[0];
    let mut after = connected();
    after.lifetimes = vec![rackrate_core::lifetime::Lifetime {
        ends: rackrate_core::lifetime::Ends::After(10 * DAY),
        source: "its settings".into(),
    }];
    let soon = (Verdict::Warning, codes(&["creds.ends"]), 0);
    assert_eq!(judged(link, &answered(link), &after), soon);
}

#[tokio::test]
async fn simulated_vendors_answer_a_check_and_a_touch_which_is_then_on_record() {
    for entry in showcase() {
        let setup = Sample::new(None).unwrap().simulator(entry, 1, NOW, None);
        let vendor = (entry.simulator)(setup).unwrap();
        let world = World::new(1, NOW, vec![vendor], Faults::none());
        let mut portfolio = portfolio();
        portfolio.links.retain(|link| link.entry.id == entry.id);
        checked_in_virtual_time(Simulated::new(world), &portfolio).await;
    }
}

async fn checked_in_virtual_time(mut host: Simulated, portfolio: &Portfolio) {
    let (link, policy) = (&portfolio.links[0], Policy::default());
    let links = std::slice::from_ref(link);
    let touched = touch(&mut host, links, policy).await.unwrap();
    let called = touched.each[0].as_ref().unwrap();
    assert!(called.exit == Exit::Done && called.findings.is_empty());
    let seen = ask(&mut host, links, policy).await.unwrap().remove(0);
    let seen = seen.unwrap();
    let ledger = host.ledger();
    let after = standings(ledger.as_ref(), portfolio, true).await.unwrap();
    let checked = judge(link, &seen, &after[0], host.now());
    assert_eq!(checked.exit, Exit::Done, "{checked:?}");
    let used = after[0].dates.used.unwrap();
    assert!(used > NOW && used <= host.now(), "{used}");
    assert!(!is_due(&after[0], host.now()));
    assert!(is_due(&after[0], used.after(25 * DAY)));
}

/// How long it takes until it is known that these vendors do not answer.
async fn waited(names: &[&str]) -> std::time::Duration {
    let sample = Sample::new(None).unwrap();
    let meant = showcase()
        .into_iter()
        .filter(|entry| names.contains(&entry.id));
    let vendors = meant.map(|entry| {
        let setup = sample.simulator(entry, 1, NOW, None);
        (entry.simulator)(setup).unwrap()
    });
    let faults = Faults {
        per_mille: 1000,
        kinds: vec![Fate::AnswerLost],
        ..Faults::none()
    };
    let mut host = Simulated::new(World::new(1, NOW, vendors.collect(), faults));
    let mut links = portfolio().links;
    links.retain(|link| names.contains(&link.entry.id));
    let seen = ask(&mut host, &links, Policy::default()).await.unwrap();
    assert_eq!(seen.len(), names.len());
    assert!(
        seen.iter()
            .all(|one| one.as_ref().unwrap().listed.is_none())
    );
    host.now().since(NOW)
}

#[tokio::test]
async fn nobody_waits_for_a_vendor_that_does_not_answer_but_who_asked_it() {
    let alone = [waited(&["cloudbeds"]).await, waited(&["generic"]).await];
    let both = waited(&["cloudbeds", "generic"]).await;
    assert!(both < alone[0] + alone[1], "{both:?} {alone:?}");
}
