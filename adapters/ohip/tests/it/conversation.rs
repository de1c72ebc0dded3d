//! Adapter and simulator in virtual time.

use rackrate_core::adapter::{Adapter, Carry, DiscoverAsk, Discovery, ReadAsk, Step};
use rackrate_core::chunk::Chunk;
use rackrate_core::error::{Delivery, ErrorKind};
use rackrate_core::exchange::Operation;
use rackrate_core::ids::Ids;
use rackrate_core::jobs::JobState;
use rackrate_core::money::Minor;
use rackrate_core::rules::{Rules, Set};
use rackrate_core::series::Seen;
use rackrate_core::simulator::Control;
use rackrate_ohip::Ohip;

use crate::support::*;

const DATE: &str = "2027-02-27";

fn world(seed: u64) -> (Ohip, World) {
    let adapter = ohip();
    let world = World::new(&adapter, setup(seed));
    (adapter, world)
}

fn price(minor: u64) -> Option<Seen> {
    Some(Seen::Price(Minor(minor)))
}

#[test]
fn two_hotels_are_discovered_with_their_plans() {
    let (adapter, mut world) = world(1);
    let ask = DiscoverAsk {
        property: None,
        today: night("2027-01-01"),
    };
    let (mut out, mut carry) = (Discovery::default(), Carry::default());
    let mut request = adapter.discover(&ask).unwrap();
    loop {
        let response = world.send(&adapter, request);
        let step = adapter.parse_discover(&ask, &carry, &response, &mut out);
        match step.unwrap() {
            Step::Done(()) => break,
            Step::Next {
                request: next,
                carry: more,
            } => (request, carry) = (*next, more),
        }
    }
    let hotels: Vec<_> = out.properties.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(hotels, ["HTL1", "HTL 2/b"]);
    let facts: Vec<_> = out.properties[1]
        .sellables
        .iter()
        .map(|one| (one.ids.to_string(), one.derived))
        .collect();
    let wanted = [
        ("DLX/MYDAILY", false),
        ("STD/MYDAILY", false),
        ("DLX/NRF", true),
    ];
    assert_eq!(
        facts,
        wanted.map(|(ids, derived)| (ids.to_owned(), derived))
    );
}

#[test]
fn a_write_runs_ends_and_is_read_back_whatever_the_vendors_habits() {
    for seed in 0..20 {
        let (adapter, mut world) = world(seed);
        let chunk = priced(DATE, &[(1, 10_005), (2, 12_000)]);
        let job = world.start(&adapter, &chunk).unwrap();
        let running = world.poll(&adapter, &chunk, &job);
        assert!(matches!(
            running,
            JobState::Running {
                check_after: Some(_)
            }
        ));
        world.wait(60);
        let done = world.poll(&adapter, &chunk, &job);
        assert!(
            matches!(done, JobState::Finished(_)),
            "seed {seed}: {done:?}"
        );
        assert_eq!(world.poll(&adapter, &chunk, &job), JobState::Gone);
        let seen = world.read(&adapter, &ask("2027-02-01", "2027-03-31"));
        assert_eq!(seen.price(&dlx(), 1, DATE), price(10_005), "seed {seed}");
        assert_eq!(seen.price(&ids("DLX", "NRF"), 2, DATE), price(10_800));
        assert_eq!(seen.price(&dlx(), 2, "2027-02-28"), None);
        let record = world.vendor.record();
        let amiss = record.breaches + record.overlaps + record.early_repeats + record.unauthorised;
        assert_eq!(amiss, 0, "{record:?}");
    }
}

#[test]
fn hotels_do_not_mix() {
    let (adapter, mut world) = world(3);
    let second = Chunk {
        target: target_of("HTL 2/b"),
        ..priced(DATE, &[(2, 20_000)])
    };
    world.write(&adapter, &priced(DATE, &[(2, 10_000)]));
    world.write(&adapter, &second);
    let first = world.read(&adapter, &ask(DATE, DATE));
    let other = ReadAsk {
        target: target_of("HTL 2/b"),
        ..ask(DATE, DATE)
    };
    let second = world.read(&adapter, &other);
    let told = [first, second].map(|seen| seen.price(&dlx(), 2, DATE));
    assert_eq!(told, [price(10_000), price(20_000)]);
}

#[test]
fn an_equal_write_within_half_an_hour_is_refused_and_its_fate_is_open() {
    let (adapter, mut world) = world(1);
    let chunk = priced(DATE, &[(2, 10_000)]);
    world.write(&adapter, &chunk);
    let error = world.start(&adapter, &chunk).unwrap_err();
    assert_eq!(
        (error.kind(), error.delivery()),
        (ErrorKind::Throttled, Delivery::Unknown)
    );
    world.wait(30 * 60);
    assert!(world.start(&adapter, &chunk).is_ok());
    assert_eq!(world.vendor.record().early_repeats, 1);
}

#[test]
fn a_return_to_an_earlier_price_is_no_double_and_the_same_again_is() {
    let (adapter, mut world) = world(1);
    world.switch("equal_requests", "accept");
    for minor in [10_000, 11_000, 10_000] {
        world.write(&adapter, &priced(DATE, &[(2, minor)]));
    }
    assert_eq!(world.vendor.record().doubled, 0);
    world.write(&adapter, &priced(DATE, &[(2, 10_000)]));
    assert_eq!(world.vendor.record().doubled, 1);
}

#[test]
fn a_second_job_before_the_first_is_fetched_is_noticed() {
    let (adapter, mut world) = world(1);
    world
        .start(&adapter, &priced(DATE, &[(2, 10_000)]))
        .unwrap();
    world
        .start(&adapter, &priced(DATE, &[(2, 11_000)]))
        .unwrap();
    assert_eq!(world.vendor.record().overlaps, 1);
    world.wait(120);
    let seen = world.read(&adapter, &ask(DATE, DATE));
    assert_eq!(seen.price(&dlx(), 2, DATE), price(11_000));
}

#[test]
fn a_job_told_as_done_and_not_fetched_is_still_in_flight() {
    let (adapter, mut world) = world(1);
    let chunk = priced(DATE, &[(2, 10_000)]);
    let job = world.start(&adapter, &chunk).unwrap();
    world.wait(60);
    world.send(
        &adapter,
        adapter.jobs().unwrap().poll(&chunk, &job).unwrap(),
    );
    world
        .start(&adapter, &priced(DATE, &[(2, 11_000)]))
        .unwrap();
    assert_eq!(world.vendor.record().overlaps, 1);
}

#[test]
fn good_rows_apply_though_others_fail() {
    let (adapter, mut world) = world(1);
    let unknown = row(ids("XXX", "MYDAILY"), DATE, DATE, &[(2, 100)], Rules::LEAVE);
    let mut chunk = priced(DATE, &[(2, 10_000)]);
    chunk.rows.push(unknown);
    let receipt = world.write(&adapter, &chunk);
    assert_eq!((receipt.refused.len(), receipt.unattributed.len()), (0, 1));
    assert_eq!(receipt.unattributed[0].code, "RTP00012");
    let seen = world.read(&adapter, &ask(DATE, DATE));
    assert_eq!(seen.price(&dlx(), 2, DATE), price(10_000));
    assert_eq!(world.vendor.record().refused_rows, 1);
}

#[test]
fn locked_seasonal_and_cheap_plans_refuse_their_rows() {
    for (switch, value, code) in [
        ("locked", "MYDAILY", "RTP00032"),
        ("seasonal", "MYDAILY", "RTP00031"),
        ("floor", "MYDAILY=100.01", "RTP00033"),
    ] {
        let (adapter, mut world) = world(1);
        world.switch(switch, value);
        let receipt = world.write(&adapter, &priced(DATE, &[(2, 10_000)]));
        assert_eq!(receipt.unattributed[0].code, code);
        assert!(world.vendor.held().is_empty());
    }
}

#[test]
fn a_vendor_that_ignores_a_row_in_silence_is_found_out_by_reading() {
    let (adapter, mut world) = world(1);
    world.switch("seasonal", "MYDAILY");
    world.switch("silent_seasonal", "on");
    let receipt = world.write(&adapter, &priced(DATE, &[(2, 10_000)]));
    assert!(receipt.unattributed.is_empty());
    let seen = world.read(&adapter, &ask(DATE, DATE));
    assert_eq!(seen.price(&dlx(), 2, DATE), None);
}

#[test]
fn jobs_can_fail_never_end_or_lose_their_result() {
    for (switch, value) in [
        ("jobs", "invalid"),
        ("jobs", "forever"),
        ("result", "no_content"),
    ] {
        let (adapter, mut world) = world(1);
        world.switch(switch, value);
        let chunk = priced(DATE, &[(2, 10_000)]);
        let job = world.start(&adapter, &chunk).unwrap();
        world.wait(600);
        let state = world.poll(&adapter, &chunk, &job);
        let expected = match value {
            "invalid" => matches!(state, JobState::Failed(_)),
            "forever" => matches!(state, JobState::Running { .. }),
            _ => state == JobState::Gone,
        };
        assert!(expected, "{value}: {state:?}");
    }
}

#[test]
fn what_else_a_night_holds_survives_a_vendor_that_clears_what_is_left_out() {
    let (adapter, mut world) = world(1);
    world.switch("left_out", "clear");
    let body = r#"{"dailyRatePlanSchedule":[{"rateAmounts":{"onePersonRate":90,"twoPersonRate":100,"extraPersonRate":30},"rateDate":"2027-02-27","ratePlanCode":"MYDAILY","roomType":"DLX"}]}"#;
    let mut by_hand = adapter.push(&priced(DATE, &[(2, 10_000)])).unwrap();
    by_hand.body = rackrate_core::exchange::Body::Json(body.into());
    world.send(&adapter, by_hand);
    world.wait(60);
    let seen = world.read(&adapter, &ask(DATE, DATE));
    let chunk = priced(DATE, &[(2, 11_000)]);
    let target = std::sync::Arc::new(seen.notes.attach(&chunk.target, &chunk.rows));
    world.write(&adapter, &Chunk { target, ..chunk });
    let seen = world.read(&adapter, &ask(DATE, DATE));
    assert_eq!(seen.price(&dlx(), 1, DATE), price(9_000));
    assert_eq!(seen.price(&dlx(), 2, DATE), price(11_000));
    let target = seen
        .notes
        .attach(&target_of("HTL1"), &priced(DATE, &[]).rows);
    assert!(
        target
            .note(&dlx(), night(DATE))
            .unwrap()
            .contains("extraPersonRate")
    );
}

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

#[test]
fn a_change_is_shown_later_than_it_is_held() {
    let adapter = ohip();
    let mut setup = setup(1);
    setup.timing.settle = Some(300_000_000);
    let mut world = World::new(&adapter, setup);
    world.write(&adapter, &priced(DATE, &[(2, 10_000)]));
    assert_eq!(world.vendor.held().len(), 1);
    let seen = world.read(&adapter, &ask(DATE, DATE));
    assert_eq!(seen.price(&dlx(), 2, DATE), None);
    world.wait(300);
    let seen = world.read(&adapter, &ask(DATE, DATE));
    assert_eq!(seen.price(&dlx(), 2, DATE), price(10_000));
}

#[test]
fn somebody_elses_change_is_seen_at_once() {
    let (adapter, mut world) = world(1);
    let by_hand = held("HTL1", dlx(), DATE, 2, 12_345);
    world.vendor.control(&Control::SetPrice(by_hand), world.now);
    let seen = world.read(&adapter, &ask(DATE, DATE));
    assert_eq!(seen.price(&dlx(), 2, DATE), price(12_345));
    assert_eq!(world.vendor.record().changes[0].write, 0);
}

#[test]
fn a_restart_keeps_jobs_tokens_and_prices() {
    let (adapter, mut world) = world(1);
    let chunk = priced(DATE, &[(2, 10_000)]);
    let job = world.start(&adapter, &chunk).unwrap();
    let saved = world.vendor.save();
    let mut again = World::closed(rackrate_core::simulator::SimulatorSetup {
        saved: Some(saved.clone()),
        ..setup(1)
    });
    assert_eq!(again.vendor.save(), saved);
    (again.now, again.token) = (world.now, world.token.clone());
    again.wait(60);
    let state = again.poll(&adapter, &chunk, &job);
    assert!(matches!(state, JobState::Finished(_)));
}

#[test]
fn an_unknown_external_system_is_told_as_a_wrong_setting() {
    let (adapter, mut world) = world(1);
    world.switch("external_system", "OTHER");
    let error = world
        .start(&adapter, &priced(DATE, &[(2, 10_000)]))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Misconfigured);
    assert!(error.text().contains("external system"));
}

#[test]
fn a_result_that_nobody_fetches_is_thrown_away() {
    let (adapter, mut world) = world(1);
    world
        .start(&adapter, &priced(DATE, &[(2, 10_000)]))
        .unwrap();
    world.wait(25 * 3600);
    assert_eq!(world.vendor.record().unpolled_jobs, 1);
}

#[test]
fn two_hundred_rows_are_one_job_and_their_pages_are_all_read() {
    let adapter = ohip();
    for (rows, pages) in [("separate", 2), ("merged", 2)] {
        let mut world = World::new(&adapter, setup(5));
        world.switch("rows", rows);
        let first = night("2027-01-01");
        for part in 0..4_i32 {
            let both = [dlx(), ids("STD", "MYDAILY")];
            let each = |(at, ids): (i32, &Ids)| {
                let mut rows = Vec::new();
                for day in 0..90 {
                    let minor = 10_000 + u64::from(part.unsigned_abs()) * 100 + day;
                    let date = first.plus(part * 90 + i32::try_from(day).unwrap());
                    let date = date.to_string();
                    let price = (2, minor * 2 + u64::from(at.unsigned_abs()));
                    rows.push(row(ids.clone(), &date, &date, &[price], Rules::LEAVE));
                }
                rows
            };
            let rows: Vec<_> = (0..).zip(&both).flat_map(each).collect();
            let receipt = world.write(&adapter, &chunk(Operation::Push, rows));
            assert!(receipt.unattributed.is_empty());
        }
        let before = world.vendor.record().calls;
        let seen = world.read(&adapter, &ask("2027-01-01", "2027-12-26"));
        // Two pages of the daily plan, one of the computed one, and four of restrictions.
        assert_eq!(
            world.vendor.record().calls - before,
            pages + 1 + 4,
            "{rows}"
        );
        let own = seen.prices.iter().filter(|one| one.0 != ids("DLX", "NRF"));
        assert_eq!(own.count(), 720);
    }
}
