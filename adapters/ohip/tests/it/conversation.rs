//! Adapter and simulator in virtual time.

use rackrate_core::adapter::{Adapter, Carry, DiscoverAsk, Discovery, ReadAsk, Step};
use rackrate_core::chunk::Chunk;
use rackrate_core::error::{Delivery, ErrorKind};
use rackrate_core::jobs::JobState;
use rackrate_core::simulator::Control;

use crate::support::*;

#[test]
fn two_hotels_are_discovered_with_their_plans() {
    let (adapter, mut world) = world(1);
    let ask = DiscoverAsk {
        mapped: Vec::new(),
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
fn what_somebody_changed_in_part_since_is_no_double() {
    let (adapter, mut world) = world(1);
    world.switch("equal_requests", "accept");
    let mut both = priced(DATE, &[(2, 10_000)]);
    both.rows.extend(priced("2027-02-28", &[(2, 10_000)]).rows);
    world.write(&adapter, &both);
    world.write(&adapter, &priced("2027-02-28", &[(2, 11_000)]));
    world.write(&adapter, &both);
    assert_eq!(world.vendor.record().doubled, 0);
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
