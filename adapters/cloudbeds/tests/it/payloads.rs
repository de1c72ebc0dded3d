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
    for rows in [rows.collect(), vec![], vec![one.clone(), one], vec![third]] {
        let error = adapter.push(&chunk(rows)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Bug);
    }
    assert!(adapter.read(&ask("2027-01-01", "2027-04-02")).is_ok());
    assert!(adapter.read(&ask("2027-01-01", "2027-04-03")).is_err());
}

proptest! {
    #[test]
    fn the_form_holds_exactly_the_chunks_cells(
        parts in prop::collection::vec((0_u8..3, 1_i32..5, 1_u64..1_000_000, 0_u16..4), 1..=30)
    ) {
        let mut start = night("2027-01-01");
        let mut wanted = BTreeMap::new();
        let mut rows = Vec::new();
        for (rate, nights, minor, min_stay) in parts {
            let rate = format!("r{rate}");
            let mut row = row(&rate, "2027-01-01", "2027-01-01", minor);
            (row.first, row.last) = (start, start.plus(nights - 1));
            row.rules = stay(if min_stay == 0 { Set::Leave } else { Set::To(min_stay) });
            for night in row.first.through(row.last) {
                let price = format!("{}.{:02}", minor / 100, minor % 100);
                let stay = (min_stay > 0).then(|| min_stay.to_string());
                wanted.insert((rate.clone(), night), (price, stay));
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
            let field = |name: &str| fields.get(&format!("{place}[{name}]")).cloned();
            for night in night(first).through(night(&field("endDate").unwrap())) {
                let cell = (field("rate").unwrap(), field("minLos"));
                prop_assert!(found.insert((rate.clone(), night), cell).is_none());
            }
        }
        prop_assert_eq!(found, wanted);
    }
}
