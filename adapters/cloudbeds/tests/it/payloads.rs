//! Every request, as it leaves; and forms read back by other code.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rackrate_core::adapter::{Adapter, DiscoverAsk};
use rackrate_core::clock::Wall;
use rackrate_core::error::ErrorKind;
use rackrate_core::idempotency::Lost;
use rackrate_core::ids::{JobRef, VendorId};
use rackrate_core::rules::Set;

use crate::support::*;

#[test]
fn a_push_groups_intervals_by_rate_and_names_the_property_twice() {
    let mut rule = row("810955", "2027-03-01", "2027-03-02", 9_900);
    rule.rules = stay(Set::Clear);
    let rows = vec![
        row("810949", "2027-02-27", "2027-02-28", 12_900),
        rule,
        row("810949", "2027-03-05", "2027-03-05", 13_050),
    ];
    insta::assert_snapshot!(shown(&cloudbeds().push(&chunk(rows)).unwrap()));
}

#[test]
fn a_push_sets_clears_and_leaves_each_restriction_by_itself() {
    let mut rows = vec![
        row("810949", "2027-02-27", "2027-02-28", 12_900),
        row("810949", "2027-03-01", "2027-03-01", 12_900),
        row("810949", "2027-03-02", "2027-03-02", 12_900),
    ];
    for (kind, value) in kinds().into_iter().zip([3, 14, 1, 1, 1]) {
        rows[0].rules.set(kind, Set::To(value));
    }
    (rows[1].prices, rows[1].rules) = (Vec::new(), no_restriction());
    let request = cloudbeds().push(&chunk(rows)).unwrap();
    let shown = shown(&request);
    let intervals: Vec<_> = shown.lines().skip(5).collect();
    insta::assert_snapshot!(intervals.join("\n"), @"
    rates[0][interval][0][startDate] = 2027-02-27
    rates[0][interval][0][endDate] = 2027-02-28
    rates[0][interval][0][rate] = 129.00
    rates[0][interval][0][minLos] = 3
    rates[0][interval][0][maxLos] = 14
    rates[0][interval][0][closedToArrival] = true
    rates[0][interval][0][closedToDeparture] = true
    rates[0][interval][0][blocked] = true
    rates[0][interval][1][startDate] = 2027-03-01
    rates[0][interval][1][endDate] = 2027-03-01
    rates[0][interval][1][minLos] = 1
    rates[0][interval][1][maxLos] = 0
    rates[0][interval][1][closedToArrival] = false
    rates[0][interval][1][closedToDeparture] = false
    rates[0][interval][1][blocked] = false
    rates[0][interval][2][startDate] = 2027-03-02
    rates[0][interval][2][endDate] = 2027-03-02
    rates[0][interval][2][rate] = 129.00
    ");
}

#[test]
fn reads_polls_and_look_ups_name_the_property_twice() {
    let adapter = cloudbeds();
    let chunk = chunk(vec![row("810949", "2027-02-27", "2027-02-28", 12_900)]);
    let lost = Lost {
        chunk: &chunk,
        departed: Wall(0),
        known_jobs: &[],
    };
    let discover = |property| DiscoverAsk {
        mapped: Vec::new(),
        property,
        today: night("2027-02-01"),
    };
    let requests = [
        adapter.discover(&discover(None)).unwrap(),
        adapter
            .discover(&discover(VendorId::new("302817").ok()))
            .unwrap(),
        adapter.read(&ask("2027-02-01", "2027-05-03")).unwrap(),
        adapter
            .jobs()
            .unwrap()
            .poll(&chunk, &JobRef::new("7").unwrap())
            .unwrap(),
        adapter.idempotency().look_up(&lost).unwrap(),
    ];
    insta::assert_snapshot!(requests.iter().map(shown).collect::<Vec<_>>().join("\n"));
}

#[test]
fn what_is_beyond_the_shape_is_our_fault() {
    let adapter = cloudbeds();
    let first = night("2027-01-01");
    let rows = (0..31).map(|day| {
        let mut row = row("810949", "2027-01-01", "2027-01-01", 100);
        (row.first, row.last) = (first.plus(day), first.plus(day));
        row
    });
    let one = row("810949", "2027-02-27", "2027-02-28", 12_900);
    let mut third = one.clone();
    third.prices[0].0 = 3;
    let mut foreign = one.clone();
    foreign.rules.min_stay_arrival = Set::To(2);
    let refused = [
        rows.collect(),
        vec![],
        vec![one.clone(), one],
        vec![third],
        vec![foreign],
    ];
    for rows in refused {
        let error = adapter.push(&chunk(rows)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Bug);
    }
    assert!(adapter.read(&ask("2027-01-01", "2027-04-02")).is_ok());
    assert!(adapter.read(&ask("2027-01-01", "2027-04-03")).is_err());
}

type Told = BTreeMap<String, String>;

/// The fields of an interval that stand for a price and for each kind.
fn told(minor: u64, wishes: [Set<u16>; 5]) -> Told {
    let names = [
        "minLos",
        "maxLos",
        "closedToArrival",
        "closedToDeparture",
        "blocked",
    ];
    let mut told = Told::from([(
        "rate".to_owned(),
        format!("{}.{:02}", minor / 100, minor % 100),
    )]);
    for (at, (name, wish)) in names.into_iter().zip(wishes).enumerate() {
        let text = match (wish, at) {
            (Set::Leave, _) => continue,
            (Set::Clear, 0) => "1".to_owned(),
            (Set::Clear, 1) => "0".to_owned(),
            (Set::To(nights), 0 | 1) => nights.to_string(),
            (wish, _) => (wish != Set::Clear).to_string(),
        };
        told.insert(name.to_owned(), text);
    }
    told
}

proptest! {
    #[test]
    fn the_form_holds_exactly_the_chunks_cells(
        parts in prop::collection::vec((0_u8..3, 1_i32..5, 1_u64..1_000_000, wishes()), 1..=30)
    ) {
        let mut start = night("2027-01-01");
        let mut wanted = BTreeMap::new();
        let mut rows = Vec::new();
        for (rate, nights, minor, wishes) in parts {
            let rate = format!("r{rate}");
            let mut row = row(&rate, "2027-01-01", "2027-01-01", minor);
            (row.first, row.last) = (start, start.plus(nights - 1));
            row.rules = rules(wishes);
            for night in row.first.through(row.last) {
                wanted.insert((rate.clone(), night), told(minor, wishes));
            }
            start = start.plus(nights);
            rows.push(row);
        }
        let adapter = cloudbeds();
        let request = adapter.push(&chunk(rows)).unwrap();
        let wire = request.expose(&adapter.manifest().vendor).unwrap();
        let fields: BTreeMap<String, String> =
            form_urlencoded::parse(wire.body()).into_owned().collect();
        let mut found = BTreeMap::new();
        for (name, first) in fields.iter().filter(|(name, _)| name.ends_with("[startDate]")) {
            let place = name.trim_end_matches("[startDate]");
            let rate = &fields[&format!("{}[rateID]", place.split("[interval]").next().unwrap())];
            let mut own: Told = fields
                .iter()
                .filter_map(|(name, value)| {
                    let name = name.strip_prefix(place)?.strip_prefix('[')?.strip_suffix(']')?;
                    Some((name.to_owned(), value.clone()))
                })
                .collect();
            own.remove("startDate");
            let last = own.remove("endDate").unwrap();
            for night in night(first).through(night(&last)) {
                prop_assert!(found.insert((rate.clone(), night), own.clone()).is_none());
            }
        }
        prop_assert_eq!(found, wanted);
    }
}
