//! Adapter and simulator in virtual time.

use rackrate_cloudbeds::Cloudbeds;
use rackrate_core::adapter::{Adapter, Carry, DiscoverAsk, Discovery, Step, Submission};
use rackrate_core::chunk::Chunk;
use rackrate_core::error::ErrorKind;
use rackrate_core::exchange::Body;
use rackrate_core::idempotency::{Found, Lost};
use rackrate_core::ids::JobRef;
use rackrate_core::jobs::JobState;
use rackrate_core::money::Minor;
use rackrate_core::rules::Set;
use rackrate_core::series::Seen;
use rackrate_core::simulator::Control;

use crate::support::*;

pub(crate) fn push(world: &mut World, adapter: &Cloudbeds, chunk: &Chunk) -> JobRef {
    let response = world.send(adapter, adapter.push(chunk).unwrap());
    match adapter.parse_push(chunk, &response).unwrap() {
        Submission::Queued(job) => job,
        Submission::Answered(_) => panic!("no job"),
    }
}

pub(crate) fn poll(
    world: &mut World,
    adapter: &Cloudbeds,
    chunk: &Chunk,
    job: &JobRef,
) -> JobState {
    let jobs = adapter.jobs().unwrap();
    let response = world.send(adapter, jobs.poll(chunk, job).unwrap());
    match jobs
        .parse_poll(chunk, job, &Carry::default(), &response)
        .unwrap()
    {
        Step::Done(state) => state,
        Step::Next { .. } => panic!("one job, one page"),
    }
}

pub(crate) fn look_up(
    world: &mut World,
    adapter: &Cloudbeds,
    chunk: &Chunk,
    known: &[JobRef],
) -> Found {
    let lost = Lost {
        chunk,
        departed: setup().epoch,
        known_jobs: known,
    };
    let idempotency = adapter.idempotency();
    let (mut request, mut carry) = (idempotency.look_up(&lost).unwrap(), Carry::default());
    loop {
        let response = world.send(adapter, request);
        match idempotency.parse_look_up(&lost, &carry, &response).unwrap() {
            Step::Done(found) => return found,
            Step::Next {
                request: next,
                carry: more,
            } => (request, carry) = (*next, more),
        }
    }
}

fn priced(minor: u64) -> Chunk {
    let mut row = row("810949", "2027-02-27", "2027-02-28", minor);
    row.rules = stay(Set::To(2));
    chunk(vec![row])
}

#[test]
fn a_hotel_is_discovered_with_its_base_and_derived_rates() {
    let (adapter, mut world) = (cloudbeds(), World::new(setup()));
    let ask = DiscoverAsk {
        mapped: Vec::new(),
        property: None,
        today: night("2027-02-01"),
    };
    let (mut out, mut carry) = (Discovery::default(), Carry::default());
    let mut request = adapter.discover(&ask).unwrap();
    loop {
        let response = world.send(&adapter, request);
        match adapter
            .parse_discover(&ask, &carry, &response, &mut out)
            .unwrap()
        {
            Step::Done(()) => break,
            Step::Next {
                request: next,
                carry: more,
            } => (request, carry) = (*next, more),
        }
    }
    let rates = &out.properties[0].sellables;
    let facts: Vec<_> = rates
        .iter()
        .map(|rate| (rate.name.as_str(), rate.derived))
        .collect();
    assert_eq!(
        facts,
        [
            ("King Deluxe, base rate", false),
            ("King Deluxe, Non refundable", true)
        ]
    );
}

#[test]
fn a_push_runs_ends_and_is_read_back_on_its_nights_alone() {
    for seed in 0..20 {
        let mut setup = setup();
        setup.seed = seed;
        let (adapter, mut world) = (cloudbeds(), World::new(setup));
        let chunk = priced(15_050);
        let job = push(&mut world, &adapter, &chunk);
        assert!(matches!(
            poll(&mut world, &adapter, &chunk, &job),
            JobState::Running { .. }
        ));
        world.wait(5);
        assert!(matches!(
            poll(&mut world, &adapter, &chunk, &job),
            JobState::Finished(_)
        ));
        let ask = ask("2027-02-26", "2027-03-01");
        let response = world.send(&adapter, adapter.read(&ask).unwrap());
        let mut seen = Seens::default();
        adapter
            .parse_read(&ask, &Carry::default(), &response, &mut seen)
            .unwrap();
        let prices: Vec<Seen> = seen.prices[..4].iter().map(|cell| cell.3).collect();
        let wanted = [12_964, 15_050, 15_050, 12_964].map(|minor| Seen::Price(Minor(minor)));
        assert_eq!(prices, wanted, "seed {seed}");
        assert_eq!(seen.rules[1].2, stay(Set::To(2)).or(&no_restriction()));
        assert_eq!(world.vendor.record().breaches, 0);
    }
}

#[test]
fn a_write_whose_answer_was_lost_is_found_among_many_jobs() {
    let (adapter, mut world) = (cloudbeds(), World::new(setup()));
    let lost = priced(20_000);
    let job = push(&mut world, &adapter, &lost);
    let mut known = Vec::new();
    for minor in 1..=12 {
        world.wait(5);
        known.push(push(&mut world, &adapter, &priced(15_000 + minor)));
    }
    assert_eq!(
        look_up(&mut world, &adapter, &lost, &known),
        Found::Job(job)
    );
    let absent = priced(30_000);
    assert_eq!(
        look_up(&mut world, &adapter, &absent, &known),
        Found::Absent
    );
}

#[test]
fn the_record_notices_overlaps_and_doubles() {
    let (adapter, mut world) = (cloudbeds(), World::new(setup()));
    push(&mut world, &adapter, &priced(15_000));
    push(&mut world, &adapter, &priced(15_000));
    world.wait(10);
    let record = world.vendor.record();
    assert_eq!((record.overlaps, record.doubled, record.applied), (1, 1, 2));
}

#[test]
fn a_return_to_an_earlier_price_is_no_double() {
    let (adapter, mut world) = (cloudbeds(), World::new(setup()));
    for minor in [15_000, 16_000, 15_000] {
        push(&mut world, &adapter, &priced(minor));
        world.wait(10);
    }
    assert_eq!(world.vendor.record().doubled, 0);
}

#[test]
fn a_change_is_shown_later_than_it_is_held() {
    let mut setup = setup();
    setup.timing.settle = Some(720_000_000);
    let (adapter, mut world) = (cloudbeds(), World::new(setup));
    push(&mut world, &adapter, &priced(15_000));
    world.wait(60);
    let mut price = || {
        let ask = ask("2027-02-27", "2027-02-27");
        let response = world.send(&adapter, adapter.read(&ask).unwrap());
        let mut seen = Seens::default();
        adapter
            .parse_read(&ask, &Carry::default(), &response, &mut seen)
            .unwrap();
        world.wait(720);
        seen.prices[0].3
    };
    assert_eq!(
        [price(), price()],
        [12_964, 15_000].map(|minor| Seen::Price(Minor(minor)))
    );
}

#[test]
fn a_restart_keeps_jobs_and_prices() {
    let (adapter, mut world) = (cloudbeds(), World::new(setup()));
    let chunk = priced(15_000);
    let job = push(&mut world, &adapter, &chunk);
    let saved = world.vendor.save();
    let mut again = World::new(rackrate_core::simulator::SimulatorSetup {
        saved: Some(saved.clone()),
        ..setup()
    });
    assert_eq!(again.vendor.save(), saved);
    again.now = world.now;
    again.wait(10);
    assert!(matches!(
        poll(&mut again, &adapter, &chunk, &job),
        JobState::Finished(_)
    ));
}

#[test]
fn a_revoked_key_calls_a_person() {
    let (adapter, mut world) = (cloudbeds(), World::new(setup()));
    world.vendor.control(&Control::RevokeTokens, world.now);
    let chunk = priced(15_000);
    let response = world.send(&adapter, adapter.push(&chunk).unwrap());
    let error = adapter.parse_push(&chunk, &response).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Reconnect);
    assert!(error.text().contains("make a new key"));
}

#[test]
fn a_call_of_more_intervals_than_thirty_is_refused_as_a_whole() {
    let (adapter, mut world) = (cloudbeds(), World::new(setup()));
    let nights = night("2027-02-01").through(night("2027-03-02"));
    let rows = nights.map(|night| row("810949", &night.to_string(), &night.to_string(), 15_000));
    let most = chunk(rows.collect());
    let mut request = adapter.push(&most).unwrap();
    // The adapter builds no such call, so one interval more is put in by hand.
    let Body::Form(fields) = &mut request.body else {
        panic!("no form")
    };
    for (name, value) in [
        ("startDate", "2027-04-01"),
        ("endDate", "2027-04-01"),
        ("rate", "150.00"),
    ] {
        fields.push((format!("rates[0][interval][30][{name}]"), value.into()));
    }
    let answer = world.send(&adapter, request);
    let error = adapter.parse_push(&most, &answer).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected);
    assert_eq!(world.vendor.record().refused_rows, 31);
}
