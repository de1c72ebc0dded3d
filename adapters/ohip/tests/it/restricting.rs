//! Restrictions beside prices.

use rackrate_core::adapter::Adapter;
use rackrate_core::rules::{Rules, Set};

use crate::support::*;

fn stopped() -> Rules {
    Rules {
        stop_sell: Set::To(true),
        min_stay_arrival: Set::To(3),
        ..Rules::LEAVE
    }
}

#[test]
fn restrictions_are_set_left_and_lifted_beside_prices() {
    for seed in 0..8 {
        let (adapter, mut world) = world(seed);
        world.write(&adapter, &priced(DATE, &[(2, 10_000)]));
        world.write(&adapter, &ruled(DATE, "2027-03-01", stopped()));
        let lift = Rules {
            stop_sell: Set::Clear,
            ..Rules::LEAVE
        };
        world.write(&adapter, &ruled("2027-02-28", "2027-02-28", lift));
        let seen = world.read(&adapter, &ask(DATE, "2027-03-02"));
        assert_eq!(seen.price(&dlx(), 2, DATE), price(10_000));
        let told = |date| {
            let rules = seen.rule(&dlx(), date);
            (rules.stop_sell, rules.min_stay_arrival)
        };
        assert_eq!(told(DATE), (Set::To(true), Set::To(3)), "seed {seed}");
        assert_eq!(told("2027-02-28"), (Set::Clear, Set::To(3)));
        assert_eq!(told("2027-03-01"), (Set::To(true), Set::To(3)));
        assert_eq!(told("2027-03-02"), (Set::Clear, Set::Clear));
        assert_eq!(
            seen.rule(&ids("STD", "MYDAILY"), DATE).stop_sell,
            Set::Clear
        );
    }
}

#[test]
fn a_closed_house_is_the_hotels_own_affair() {
    let (adapter, mut world) = world(1);
    let mut request = adapter.push(&ruled(DATE, DATE, stopped())).unwrap();
    let body = r#"{"restrictions":[{"restrictionStatus":{"code":"Closed"},"dateRangeStart":"2027-02-27","dateRangeEnd":"2027-02-27"}]}"#;
    request.body = rackrate_core::exchange::Body::Json(body.into());
    world.send(&adapter, request);
    world.wait(60);
    let seen = world.read(&adapter, &ask(DATE, DATE));
    assert_eq!(seen.rule(&dlx(), DATE).stop_sell, Set::Clear);
}

#[test]
fn the_record_tells_every_change_and_the_holdings_all_restrictions() {
    let (adapter, mut world) = world(1);
    world.write(&adapter, &priced(DATE, &[(1, 9_000), (2, 10_000)]));
    world.write(&adapter, &ruled(DATE, "2027-02-28", stopped()));
    let changes = &world.vendor.record().changes;
    let told: Vec<_> = changes
        .iter()
        .map(|one| {
            (
                one.write,
                one.adults,
                one.price.map(|price| price.0),
                one.rules.to_string(),
            )
        })
        .collect();
    assert_eq!(told[0], (1, 1, Some(9_000), "no restriction".to_owned()));
    assert_eq!(told[1].1, 2);
    let rules: Vec<_> = told[2..].iter().map(|one| one.3.as_str()).collect();
    assert_eq!(rules, ["min stay 3", "stop sell"]);
    let held = world.vendor.held();
    let nights: Vec<_> = held
        .iter()
        .map(|one| (one.night.to_string(), one.adults))
        .collect();
    assert_eq!(
        nights,
        [
            (DATE.to_owned(), 1),
            (DATE.to_owned(), 2),
            ("2027-02-28".to_owned(), 0)
        ]
    );
    assert!(held.iter().all(|one| one.rules == stopped()));
}
