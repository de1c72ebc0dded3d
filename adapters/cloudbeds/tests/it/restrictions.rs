//! Restrictions, from our words through the vendor and back.

use std::collections::BTreeMap;

use bytes::Bytes;
use proptest::prelude::*;
use rackrate_cloudbeds::{Cloudbeds, simulator};
use rackrate_core::adapter::{Adapter, Carry};
use rackrate_core::chunk::{Chunk, Row};
use rackrate_core::error::ErrorKind;
use rackrate_core::idempotency::Found;
use rackrate_core::jobs::JobState;
use rackrate_core::money::Minor;
use rackrate_core::night::Night;
use rackrate_core::rules::{Restriction, Rules, Set};
use rackrate_core::series::Seen;
use rackrate_core::simulator::{Control, Held, SimulatorSetup};

use crate::conversation::{look_up, poll, push};
use crate::support::*;

const RATE: &str = "810949";
const NIGHT: &str = "2027-02-27";

fn wish(price: Option<u64>, rules: Rules) -> Row {
    let mut row = row(RATE, NIGHT, NIGHT, 1);
    row.prices = price.map(|minor| (2, Minor(minor))).into_iter().collect();
    row.rules = rules;
    row
}

/// Writes, lets the job end and everything show.
fn write(world: &mut World, adapter: &Cloudbeds, chunk: &Chunk) {
    let job = push(world, adapter, chunk);
    world.wait(5);
    let state = poll(world, adapter, chunk, &job);
    let JobState::Finished(receipt) = state else {
        panic!("{state:?}")
    };
    assert!(receipt.refused.is_empty() && receipt.unattributed.is_empty());
}

/// The nights of the base rate, as they are shown.
fn read(
    world: &mut World,
    adapter: &Cloudbeds,
    (first, last): (&str, &str),
) -> BTreeMap<Night, (Seen, Rules)> {
    let ask = ask(first, last);
    let response = world.send(adapter, adapter.read(&ask).unwrap());
    let mut seen = Seens::default();
    adapter
        .parse_read(&ask, &Carry::default(), &response, &mut seen)
        .unwrap();
    let both = seen.prices.into_iter().zip(seen.rules);
    both.filter(|((of, ..), _)| *of == ids(RATE))
        .map(|((_, _, night, seen), (_, _, rules))| (night, (seen, rules)))
        .collect()
}

fn night_of(world: &mut World, adapter: &Cloudbeds) -> (Seen, Rules) {
    read(world, adapter, (NIGHT, NIGHT))[&night(NIGHT)]
}

fn held(world: &World) -> Held {
    let all = world.vendor.held().into_iter();
    let mut ours = all.filter(|held| held.night == night(NIGHT));
    ours.next().unwrap()
}

fn form(method: &str, fields: &str) -> http::Request<Bytes> {
    let place = "rates[0][interval][0]";
    let form = format!(
        "propertyID=302817&rates[0][rateID]={RATE}&{place}[startDate]={NIGHT}&{place}[endDate]={NIGHT}&{}",
        fields.replace('#', place)
    );
    http::Request::post(format!("https://api.cloudbeds.com/api/v1.3/{method}"))
        .header("x-api-key", "cbat_test")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Bytes::from(form))
        .unwrap()
}

fn said(world: &mut World, request: http::Request<Bytes>) -> String {
    String::from_utf8(world.raw(request).body.to_vec()).unwrap()
}

#[test]
fn each_kind_is_set_left_and_cleared_by_itself() {
    for (kind, value) in kinds().into_iter().zip([3, 14, 1, 1, 1]) {
        let (adapter, mut world) = (cloudbeds(), World::new(setup()));
        let (mut set, mut clear) = (Rules::LEAVE, Rules::LEAVE);
        set.set(kind, Set::To(value));
        clear.set(kind, Set::Clear);
        write(&mut world, &adapter, &chunk(vec![wish(None, set)]));
        let shown = night_of(&mut world, &adapter);
        let old = Seen::Price(Minor(12_964));
        assert_eq!(shown, (old, set.or(&no_restriction())), "{kind}");
        write(
            &mut world,
            &adapter,
            &chunk(vec![wish(Some(15_000), Rules::LEAVE)]),
        );
        let shown = night_of(&mut world, &adapter);
        let new = Seen::Price(Minor(15_000));
        assert_eq!(shown, (new, set.or(&no_restriction())), "{kind}");
        assert!(set.fulfilled_by(&held(&world).rules), "{kind}");
        write(&mut world, &adapter, &chunk(vec![wish(None, clear)]));
        assert_eq!(night_of(&mut world, &adapter), (new, no_restriction()));
        assert!(held(&world).rules.is_leave(), "{kind}");
        let changes = &world.vendor.record().changes;
        let told = changes.iter().map(|change| change.rules.get(kind));
        let wished = [Set::To(value), Set::Leave, Set::Clear];
        assert_eq!(told.collect::<Vec<_>>(), wished, "{kind}");
    }
}

#[test]
fn stays_bind_arrivals_only_where_the_connection_says_so() {
    let text = "adults = 2\nlength_of_stay = 'arrival'";
    let adapter = Cloudbeds::new(toml::from_str(text).unwrap()).unwrap();
    let mut world = World::new(setup());
    let stays = Rules {
        min_stay_arrival: Set::To(2),
        max_stay_arrival: Set::To(7),
        ..Rules::LEAVE
    };
    write(&mut world, &adapter, &chunk(vec![wish(None, stays)]));
    let (_, shown) = night_of(&mut world, &adapter);
    assert_eq!(shown.only(|kind, _| !kind.is_flag()), stays);
    assert!(stays.fulfilled_by(&held(&world).rules));
    let through = wish(None, stay(Set::To(2)));
    let error = adapter.push(&chunk(vec![through])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Bug);
}

#[test]
fn a_restriction_is_shown_later_than_it_is_held() {
    let mut setup = setup();
    setup.timing.settle = Some(60_000_000);
    let (adapter, mut world) = (cloudbeds(), World::new(setup));
    let stop = rules([Set::Leave, Set::Leave, Set::Leave, Set::Leave, Set::To(1)]);
    write(&mut world, &adapter, &chunk(vec![wish(None, stop)]));
    assert_eq!(held(&world).rules, stop);
    assert_eq!(night_of(&mut world, &adapter).1, no_restriction());
    world.wait(60);
    assert_eq!(night_of(&mut world, &adapter).1, stop.or(&no_restriction()));
}

#[test]
fn what_a_person_changed_by_hand_is_read() {
    let (adapter, mut world) = (cloudbeds(), World::new(setup()));
    let by_hand = rules([Set::To(4), Set::To(9), Set::To(1), Set::Leave, Set::Leave]);
    let changed = Held {
        rules: by_hand,
        ..held(&world)
    };
    world.vendor.control(&Control::SetPrice(changed), world.now);
    let (_, shown) = night_of(&mut world, &adapter);
    assert_eq!(shown, by_hand.or(&no_restriction()));
}

#[test]
fn a_lost_write_is_known_by_its_restrictions_too() {
    let (adapter, mut world) = (cloudbeds(), World::new(setup()));
    let all = rules([Set::To(2), Set::To(9), Set::To(1), Set::Clear, Set::To(1)]);
    let lost = chunk(vec![wish(Some(15_000), all)]);
    let job = push(&mut world, &adapter, &lost);
    assert_eq!(look_up(&mut world, &adapter, &lost, &[]), Found::Job(job));
    for kind in kinds()
        .into_iter()
        .filter(|kind| *kind != Restriction::StopSell)
    {
        let mut other = lost.clone();
        other.rows[0].rules.set(kind, Set::To(5));
        if kind.is_flag() && all.get(kind) != Set::Clear {
            other.rows[0].rules.set(kind, Set::Clear);
        }
        let found = look_up(&mut world, &adapter, &other, &[]);
        assert_eq!(found, Found::Absent, "{kind}");
    }
    let mut more = lost.clone();
    more.rows[0].rules = rules([Set::To(2), Set::To(9), Set::To(1), Set::Clear, Set::Clear]);
    let found = look_up(&mut world, &adapter, &more, &[]);
    assert!(
        matches!(found, Found::Job(_)),
        "jobs do not tell blocked nights"
    );
}

#[test]
fn a_write_that_only_stops_sales_is_not_known_by_its_job() {
    let (adapter, mut world) = (cloudbeds(), World::new(setup()));
    let stop = rules([Set::Leave, Set::Leave, Set::Leave, Set::Leave, Set::To(1)]);
    let lost = chunk(vec![wish(None, stop)]);
    push(&mut world, &adapter, &lost);
    assert_eq!(look_up(&mut world, &adapter, &lost, &[]), Found::Unsure);
}

#[test]
fn the_simulator_takes_only_values_of_the_vendors_types() {
    let mut world = World::new(setup());
    for (field, name) in [
        ("#[minLos]=0", "minLos"),
        ("#[minLos]=two", "minLos"),
        ("#[maxLos]=-1", "maxLos"),
        ("#[closedToArrival]=yes", "closedToArrival"),
        ("#[closedToDeparture]=2", "closedToDeparture"),
        ("#[blocked]=True", "blocked"),
    ] {
        let text = format!(r#"{{"success":false,"message":"Parameter {name} is not valid"}}"#);
        assert_eq!(said(&mut world, form("patchRate", field)), text);
    }
    assert_eq!(world.vendor.record().refused_rows, 6);
}

#[test]
fn only_the_names_of_the_method_change_anything() {
    let mut world = World::new(setup());
    said(
        &mut world,
        form("patchRate", "#[min_los]=4&#[stopSell]=true"),
    );
    world.wait(5);
    said(
        &mut world,
        form("putRate", "#[minLos]=4&#[closedToArrival]=1"),
    );
    world.wait(5);
    assert!(world.vendor.record().changes.is_empty());
    said(&mut world, form("putRate", "#[blocked]=1"));
    world.wait(5);
    assert_eq!(held(&world).rules.to_string(), "stop sell");
}

#[test]
fn a_derived_rate_takes_restrictions_but_no_price() {
    let derived = |field: &str| {
        let (parts, body) = form("patchRate", field).into_parts();
        let body = String::from_utf8(body.to_vec()).unwrap();
        http::Request::from_parts(parts, Bytes::from(body.replace(RATE, "810955")))
    };
    let (adapter, mut world) = (cloudbeds(), World::new(setup()));
    assert!(said(&mut world, derived("#[rate]=1&#[minLos]=2")).contains("false"));
    assert!(said(&mut world, derived("#[minLos]=2")).contains("true"));
    world.wait(5);
    let ask = ask(NIGHT, NIGHT);
    let response = world.send(&adapter, adapter.read(&ask).unwrap());
    let mut seen = Seens::default();
    let first = Carry::default();
    adapter
        .parse_read(&ask, &first, &response, &mut seen)
        .unwrap();
    let none = no_restriction();
    let shown: Vec<_> = seen.rules.iter().map(|(.., rules)| *rules).collect();
    assert_eq!(shown, [none, stay(Set::To(2)).or(&none)]);
    assert_eq!(seen.prices[1].3, Seen::Price(Minor(11_668)));
}

#[test]
fn a_state_that_was_saved_when_there_was_only_a_minimum_stay_is_read() {
    let mut world = World::new(setup());
    said(&mut world, form("patchRate", "#[minLos]=3"));
    world.wait(5);
    said(&mut world, form("patchRate", "#[minLos]=4"));
    let saved = world.vendor.save();
    let later = [
        "max_los",
        "closed_to_arrival",
        "closed_to_departure",
        "blocked",
    ];
    let mut old = saved.replace("\"min_los\"", "\"min_stay\"");
    for name in later {
        for value in ["0", "false", "null"] {
            old = old.replace(&format!(",\"{name}\":{value}"), "");
        }
        assert!(!old.contains(name), "{name}");
    }
    assert!(old.contains("\"min_stay\":3") && old.contains("\"min_stay\":4"));
    let again = simulator::new(SimulatorSetup {
        saved: Some(old),
        ..setup()
    });
    assert_eq!(again.unwrap().save(), saved);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_written_is_what_is_read(
        seed in 0_u64..1_000,
        writes in prop::collection::vec(
            prop::collection::vec((0_i32..3, 1_i32..4, prop::option::of(1_u64..1_000_000), wishes()), 1..8),
            1..4,
        )
    ) {
        let mut setup = setup();
        setup.seed = seed;
        let (adapter, mut world) = (cloudbeds(), World::new(setup));
        let mut wanted: BTreeMap<Night, (Seen, Rules)> = night("2027-03-01")
            .through(night("2027-04-30"))
            .map(|night| (night, (Seen::Price(Minor(12_964)), no_restriction())))
            .collect();
        for parts in writes {
            let mut start = night("2027-03-01");
            let mut rows = Vec::new();
            for (gap, nights, price, wishes) in parts {
                let mut row = wish(price, rules(wishes));
                (row.first, row.last) = (start.plus(gap), start.plus(gap + nights - 1));
                start = row.last.next();
                if row.prices.is_empty() && row.rules.is_leave() {
                    continue;
                }
                for night in row.first.through(row.last) {
                    let cell = wanted.get_mut(&night).unwrap();
                    if let Some(price) = price {
                        cell.0 = Seen::Price(Minor(price));
                    }
                    cell.1 = row.rules.or(&cell.1);
                }
                rows.push(row);
            }
            if !rows.is_empty() {
                write(&mut world, &adapter, &chunk(rows));
            }
        }
        let seen = read(&mut world, &adapter, ("2027-03-01", "2027-04-30"));
        prop_assert_eq!(seen, wanted);
    }
}
