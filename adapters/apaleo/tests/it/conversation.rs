//! Adapter and simulator in virtual time.

use std::time::Duration;

use rackrate_core::adapter::Adapter;
use rackrate_core::error::{Delivery, ErrorKind};
use rackrate_core::ids::VendorId;
use rackrate_core::money::Minor;
use rackrate_core::rules::{Rules, Set};
use rackrate_core::series::Seen;
use rackrate_core::simulator::{Control, Hotel};

use crate::support::*;

fn two_nights() -> Vec<rackrate_core::simulator::Held> {
    let stay = Rules {
        min_stay_arrival: Set::To(2),
        stop_sell: Set::To(true),
        ..Rules::LEAVE
    };
    vec![
        held("2026-09-01", 10_000, stay),
        held("2026-09-02", 11_000, Rules::LEAVE),
    ]
}

#[test]
fn a_hotel_is_discovered_with_own_and_derived_plans() {
    let mut second = hotel(vec![]);
    second.id = VendorId::new("BER").unwrap();
    for (at, plan) in second.plans.iter_mut().enumerate() {
        plan.ids = ids(&format!("BER-{at}"));
    }
    second.plans[1].derived = Some((ids("BER-0"), 5));
    let mut world = World::of(setup(vec![hotel(vec![]), second]));
    let found = world.discover(&apaleo(), &discover_ask(None)).unwrap();
    let facts = |at: usize| {
        let sold = found.properties[at].sellables.iter();
        sold.map(|one| (one.ids.clone(), one.derived))
            .collect::<Vec<_>>()
    };
    assert_eq!(facts(0), [(ids(PLAN), false), (ids("MUC-CHEAP"), true)]);
    assert_eq!(facts(1), [(ids("BER-0"), false), (ids("BER-1"), true)]);
    assert_eq!(
        found.properties[0].time_zone.as_deref(),
        Some("Europe/Berlin")
    );
    let one = world
        .discover(&apaleo(), &discover_ask(Some("BER")))
        .unwrap();
    assert_eq!(one.properties.len(), 1);
    assert_eq!(one.properties[0], found.properties[1]);
    let none = world.discover(&apaleo(), &discover_ask(Some("NONE")));
    assert!(none.unwrap().properties.is_empty());
}

#[test]
fn an_account_without_properties_is_an_empty_list() {
    let mut world = World::of(setup(vec![]));
    let found = world.discover(&apaleo(), &discover_ask(None)).unwrap();
    assert!(found.properties.is_empty());
}

#[test]
fn many_plans_are_walked_page_by_page_whether_they_are_known_or_listed() {
    let mut big = hotel(vec![]);
    let one = big.plans[0].clone();
    big.plans = (0..230)
        .map(|at| {
            let mut plan = one.clone();
            plan.ids = ids(&format!("P {at:03}/é"));
            plan
        })
        .collect();
    big.prices = big
        .plans
        .iter()
        .map(|plan| {
            let mut held = held("2026-09-02", 11_000, Rules::LEAVE);
            held.ids = plan.ids.clone();
            held
        })
        .collect();
    let (adapter, mut world) = (apaleo(), World::of(setup(vec![big])));
    let found = world.discover(&adapter, &discover_ask(None)).unwrap();
    let sellables = found.properties[0].sellables.clone();
    assert_eq!(sellables.len(), 230);
    for known in [target(sellables), target(vec![])] {
        world.wait(60);
        let told = world.read(&adapter, &ask(known, "2026-09-02", "2026-09-02"));
        let told = told.unwrap();
        assert_eq!(told.prices.len(), 230);
        assert!(
            told.prices
                .values()
                .all(|seen| *seen == Seen::Price(Minor(11_000)))
        );
    }
}

#[test]
fn a_year_is_two_pages_of_each_plan() {
    let (adapter, mut world) = (apaleo(), World::with(two_nights()));
    let calls = world.record().calls;
    let told = world.read(&adapter, &ask(one_plan(), "2026-09-01", "2027-08-31"));
    assert_eq!(told.unwrap().prices.len(), 365);
    assert_eq!(world.record().calls - calls, 2);
}

#[test]
fn nights_beyond_the_vendors_calendar_are_not_told() {
    let mut world = World::with(two_nights());
    let told = world.read(&apaleo(), &ask(one_plan(), "2050-01-01", "2050-01-31"));
    assert!(told.unwrap().prices.is_empty());
}

#[test]
fn a_derived_plan_follows_its_base_and_cannot_be_written() {
    let (adapter, mut world) = (apaleo(), World::with(two_nights()));
    let own = target(vec![sellable("MUC-CHEAP", None)]);
    let ask = ask(own.clone(), "2026-09-01", "2026-09-01");
    let told = world.read(&adapter, &ask).unwrap();
    let key = (ids("MUC-CHEAP"), night("2026-09-01"));
    assert_eq!(told.prices[&key], Seen::Price(Minor(9_000)));
    assert_eq!(told.rules[&key].stop_sell, Set::Clear);
    let mut wish = row("2026-09-01", "2026-09-01", 9_900, Rules::LEAVE);
    wish.ids = ids("MUC-CHEAP");
    let error = world.write(&adapter, &own, vec![wish]).unwrap_err();
    assert_eq!(
        (error.kind(), error.delivery()),
        (ErrorKind::Rejected, Delivery::Refused)
    );
}

#[test]
fn a_price_leaves_restrictions_and_other_nights_alone() {
    let (adapter, mut world) = (apaleo(), World::with(two_nights()));
    let rows = vec![row("2026-09-01", "2026-09-01", 12_345, Rules::LEAVE)];
    world.write(&adapter, &one_plan(), rows).unwrap();
    let held = world.server.held();
    let told = |at: usize| (held[at].price, held[at].rules);
    assert_eq!(told(0), (Some(Minor(12_345)), two_nights()[0].rules));
    assert_eq!(told(1), (Some(Minor(11_000)), Rules::LEAVE));
    let record = world.record();
    assert_eq!((record.applied, record.changes.len()), (1, 1));
    assert_eq!(record.changes[0].rules.closed_to_arrival, Set::Clear);
}

#[test]
fn an_equal_write_is_counted_as_doubled_and_a_return_is_not() {
    let (adapter, mut world) = (apaleo(), World::with(two_nights()));
    let mut push = |minor| {
        world.wait(30);
        let rows = vec![row("2026-09-01", "2026-09-02", minor, Rules::LEAVE)];
        world.write(&adapter, &one_plan(), rows).unwrap();
        world.record().doubled
    };
    assert_eq!(
        [10_000, 20_000, 10_000, 10_000].map(&mut push),
        [0, 0, 0, 1]
    );
}

#[test]
fn a_change_by_hand_shows_and_one_of_ours_when_it_has_settled() {
    let mut setup = setup(vec![hotel(two_nights())]);
    setup.timing.settle = Some(60_000_000);
    let (adapter, mut world) = (apaleo(), World::of(setup));
    let seen = |world: &mut World| {
        let ask = ask(one_plan(), "2026-09-02", "2026-09-02");
        let told = world.read(&apaleo(), &ask).unwrap();
        told.price("2026-09-02")
    };
    let by_hand = Control::SetPrice(held("2026-09-02", 7_700, Rules::LEAVE));
    world.server.control(&by_hand, world.now);
    assert_eq!(seen(&mut world), Some(Seen::Price(Minor(7_700))));
    let rows = vec![row("2026-09-02", "2026-09-02", 8_800, Rules::LEAVE)];
    world.write(&adapter, &one_plan(), rows).unwrap();
    assert_eq!(seen(&mut world), Some(Seen::Price(Minor(7_700))));
    world.wait(60);
    assert_eq!(seen(&mut world), Some(Seen::Price(Minor(8_800))));
    let gone = Control::SetPrice(rackrate_core::simulator::Held {
        price: None,
        ..held("2026-09-02", 0, Rules::LEAVE)
    });
    world.server.control(&gone, world.now);
    assert_eq!(seen(&mut world), Some(Seen::Absent));
}

#[test]
fn two_adults_pay_what_the_vendor_computes_and_are_not_written_then() {
    let (adapter, mut world) = (configured("adults = 2"), World::with(two_nights()));
    let discovered = |world: &mut World| {
        let found = world.discover(&adapter, &discover_ask(None)).unwrap();
        target(found.properties[0].sellables.clone())
    };
    let rows = || {
        let mut row = row("2026-09-01", "2026-09-02", 15_000, Rules::LEAVE);
        row.prices[0].0 = 2;
        vec![row]
    };
    let without = discovered(&mut world);
    world.write(&adapter, &without, rows()).unwrap();
    world.switch("surcharge", &format!("{PLAN} 3 Percent 12.5"));
    let third = discovered(&mut world);
    assert!(world.write(&adapter, &third, rows()).is_ok());
    world.switch("surcharge", &format!("{PLAN} 2 Absolute 20"));
    let told = world.read(&adapter, &ask(third.clone(), "2026-09-01", "2026-09-01"));
    let told = told.unwrap();
    assert_eq!(told.price("2026-09-01"), Some(Seen::Price(Minor(17_000))));
    assert_eq!(told.adults, [2]);
    let pushes = world.record().pushes;
    for target in [third, discovered(&mut world)] {
        let error = world.write(&adapter, &target, rows()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Misconfigured, "{error}");
    }
    assert_eq!(world.record().pushes, pushes);
}

#[test]
fn a_token_that_is_old_or_revoked_is_replaced() {
    let (adapter, mut world) = (apaleo(), World::with(two_nights()));
    let ask = ask(one_plan(), "2026-09-01", "2026-09-01");
    let now = world.now;
    world.server.control(&Control::RevokeTokens, now);
    for wait in [0, 3_600] {
        world.wait(wait);
        let error = world.read(&adapter, &ask).err().unwrap();
        let certain = ErrorKind::Unauthenticated { certain: true };
        assert_eq!(
            (error.kind(), error.delivery()),
            (certain, Delivery::Refused)
        );
        world.sign_in(&adapter).unwrap();
        assert!(world.read(&adapter, &ask).is_ok());
    }
    assert_eq!(world.record().unauthorised, 2);
}

#[test]
fn a_new_client_is_refused_for_its_first_minutes() {
    let (adapter, mut world) = (apaleo(), World::with(two_nights()));
    world.switch("new_client", "420");
    let error = world.sign_in(&adapter).unwrap_err();
    assert_eq!(error.code(), Some("invalid_client"));
    assert!(error.text().contains("minutes"), "{error}");
    world.wait(420);
    assert!(world.sign_in(&adapter).is_ok());
}

#[test]
fn a_missing_scope_is_named() {
    let (adapter, mut world) = (apaleo(), World::with(two_nights()));
    world.switch("scopes", "rates.read setup.read");
    world.sign_in(&adapter).unwrap();
    let rows = vec![row("2026-09-01", "2026-09-01", 12_000, Rules::LEAVE)];
    let error = world.write(&adapter, &one_plan(), rows).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden);
    assert!(error.text().contains("rates.manage"), "{error}");
    assert!(world.record().changes.is_empty());
}

#[test]
fn the_writes_of_a_plan_have_an_allowance_of_their_own() {
    for (account, most, wait) in [("trial", 10, 1_200), ("live", 50, 1_200)] {
        let mut two = hotel(vec![]);
        two.plans[1].derived = None;
        let (adapter, mut world) = (apaleo(), World::of(setup(vec![two])));
        world.switch("account", account);
        let push = |plan: &str, world: &mut World| {
            world.wait(2);
            let mut chunk = published_chunk(Rules::LEAVE);
            chunk.rows[0].ids = ids(plan);
            let mut target = (*chunk.target).clone();
            let mut one = target.facts.sellables[&ids(PLAN)].clone();
            one.ids = ids(plan);
            target.facts.sellables.insert(ids(plan), one);
            chunk.target = target.into();
            world.push(&adapter, &chunk)
        };
        for _ in 0..most {
            push(PLAN, &mut world).unwrap();
        }
        let error = push(PLAN, &mut world).unwrap_err();
        assert_eq!(
            (error.kind(), error.delivery()),
            (ErrorKind::Throttled, Delivery::Refused)
        );
        let told = error.retry_after().unwrap();
        assert!(told <= Duration::from_secs(wait) && told > Duration::from_secs(wait / 2));
        assert!(push("MUC-CHEAP", &mut world).is_ok());
        assert!(push(PLAN, &mut world).is_err());
        let record = world.record();
        assert_eq!((record.breaches, record.early_repeats), (2, 1));
        world.wait(wait);
        assert!(push(PLAN, &mut world).is_ok());
    }
}

#[test]
fn a_restart_keeps_rates_allowances_and_switches() {
    let (adapter, mut world) = (apaleo(), World::with(two_nights()));
    world.switch("account", "trial");
    world.switch("included_services", &format!("{PLAN} 50.00"));
    for minor in 10_001..10_010 {
        world.wait(2);
        let rows = vec![row("2026-09-01", "2026-09-01", minor, Rules::LEAVE)];
        world.write(&adapter, &one_plan(), rows).unwrap();
    }
    let mut again = setup(vec![hotel(two_nights())]);
    again.epoch = again.epoch.after(Duration::from_secs(60));
    again.saved = Some(world.server.save());
    let mut restarted = World::of(again);
    assert_eq!(restarted.server.held(), world.server.held());
    let mut push = |minor| {
        restarted.wait(2);
        let rows = vec![row("2026-09-01", "2026-09-01", minor, Rules::LEAVE)];
        restarted
            .write(&adapter, &one_plan(), rows)
            .map_err(|error| error.kind())
    };
    assert_eq!(push(4_999), Err(ErrorKind::Rejected));
    assert_eq!(push(6_000), Err(ErrorKind::Throttled));
}

#[test]
fn a_setup_that_cannot_be_is_refused() {
    let refused = |hotels: Vec<Hotel>| {
        let made = rackrate_apaleo::simulator::new(setup(hotels));
        made.err().unwrap()
    };
    let twice = refused(vec![hotel(vec![]), hotel(vec![])]);
    assert!(twice.contains("two rate plans are named"), "{twice}");
    let nowhere = refused(vec![Hotel {
        time_zone: "Mars/Olympus".into(),
        ..hotel(vec![])
    }]);
    assert!(nowhere.contains("MUC"), "{nowhere}");
}

#[test]
fn the_sample_settings_are_an_adapter_for_two_adults() {
    let text = rackrate_apaleo::sample("http://127.0.0.1:7000");
    let adapter = rackrate_apaleo::Apaleo::new(toml::from_str(&text).unwrap()).unwrap();
    let manifest = adapter.manifest();
    assert_eq!((manifest.adults, manifest.bases.len()), (Some(2), 1));
    assert!(manifest.reads_before_writing);
    assert!(World::with(two_nights()).sign_in(&adapter).is_ok());
}
