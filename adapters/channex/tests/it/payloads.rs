//! Every request, as it leaves.

use rackrate_core::adapter::{Adapter, DiscoverAsk};
use rackrate_core::chunk::Chunk;
use rackrate_core::error::ErrorKind;
use rackrate_core::exchange::{Operation, Request};
use rackrate_core::money::Minor;
use rackrate_core::rules::{Rules, Set};

use crate::support::*;

/// The request as text: line, headers in our order, body.
fn shown(request: &Request) -> String {
    let wire = request.expose(&channex().manifest().vendor).unwrap();
    let mut text = format!("{} {}\n", wire.method(), wire.uri());
    for (name, value) in wire.headers() {
        text += &format!("{name}: {}\n", value.to_str().unwrap());
    }
    text + std::str::from_utf8(wire.body()).unwrap()
}

#[test]
fn a_price_by_the_room_is_a_decimal_text() {
    let row = row(BAR, "2019-02-20", "2019-02-21", 3, 12_905);
    let request = channex().push(&chunk(vec![row])).unwrap();
    insta::assert_snapshot!(shown(&request), @r#"
    POST https://staging.channex.io/api/v1/restrictions
    content-type: application/json
    {"values":[{"property_id":"716305c4-561a-4561-a187-7f5b8aeb5920","rate_plan_id":"bab451e7-9ab1-4cc4-aa16-107bf7bbabb2","date_from":"2019-02-20","date_to":"2019-02-21","rate":"129.05"}]}
    "#);
}

#[test]
fn a_price_by_person_names_the_occupancy() {
    let row = row(PERSONS, "2019-02-20", "2019-02-20", 2, 13_200);
    let request = channex()
        .push(&chunk_of(&target(OTHER), vec![row]))
        .unwrap();
    insta::assert_snapshot!(shown(&request), @r#"
    POST https://staging.channex.io/api/v1/restrictions
    content-type: application/json
    {"values":[{"property_id":"fc9f35d6-c810-4305-8eb7-8c04bcffe778","rate_plan_id":"c9c80104-af3b-47b2-8a2f-ba7e544638f3","date_from":"2019-02-20","date_to":"2019-02-20","rates":[{"occupancy":2,"rate":"132.00"}]}]}
    "#);
}

#[test]
fn restrictions_are_set_and_cleared_in_the_order_of_the_rows() {
    let mut both = row(BAR, "2019-02-20", "2019-02-20", 3, 10_000);
    both.rules = all_set();
    let rows = vec![both, ruled(BAR, "2019-02-19", "2019-02-22", all_clear())];
    let request = channex().push(&chunk(rows)).unwrap();
    insta::assert_snapshot!(shown(&request), @r#"
    POST https://staging.channex.io/api/v1/restrictions
    content-type: application/json
    {"values":[{"property_id":"716305c4-561a-4561-a187-7f5b8aeb5920","rate_plan_id":"bab451e7-9ab1-4cc4-aa16-107bf7bbabb2","date_from":"2019-02-20","date_to":"2019-02-20","rate":"100.00","min_stay_arrival":2,"min_stay_through":3,"max_stay":14,"closed_to_arrival":true,"closed_to_departure":true,"stop_sell":true},{"property_id":"716305c4-561a-4561-a187-7f5b8aeb5920","rate_plan_id":"bab451e7-9ab1-4cc4-aa16-107bf7bbabb2","date_from":"2019-02-19","date_to":"2019-02-22","min_stay_arrival":1,"min_stay_through":1,"max_stay":0,"closed_to_arrival":false,"closed_to_departure":false,"stop_sell":false}]}
    "#);
}

#[test]
fn reads_and_lists_name_all_their_arguments() {
    let adapter = channex();
    let discover = |property| DiscoverAsk {
        mapped: Vec::new(),
        property,
        today: night("2019-01-15"),
    };
    let requests = [
        adapter.discover(&discover(None)).unwrap(),
        adapter.discover(&discover(Some(id("a/b,c")))).unwrap(),
        adapter
            .read(&ask(&target(DEMO), "2019-02-01", "2019-02-02"))
            .unwrap(),
    ];
    let shown: Vec<_> = requests.iter().map(shown).collect();
    insta::assert_snapshot!(shown.concat(), @"
    GET https://staging.channex.io/api/v1/properties?pagination%5Bpage%5D=1&pagination%5Blimit%5D=100
    GET https://staging.channex.io/api/v1/properties?filter%5Bid%5D=a%2Fb%2Cc&pagination%5Bpage%5D=1&pagination%5Blimit%5D=100
    GET https://staging.channex.io/api/v1/restrictions?filter%5Bproperty_id%5D=716305c4-561a-4561-a187-7f5b8aeb5920&filter%5Bdate%5D%5Bgte%5D=2019-02-01&filter%5Bdate%5D%5Blte%5D=2019-02-02&filter%5Brestrictions%5D=rate%2Cmin_stay_arrival%2Cmin_stay_through%2Cmax_stay%2Cclosed_to_arrival%2Cclosed_to_departure%2Cstop_sell
    ");
}

#[test]
fn what_cannot_be_written_or_read_back_is_our_fault() {
    let good = || row(BAR, "2019-02-20", "2019-02-20", 3, 12_900);
    let changed = |change: fn(&mut rackrate_core::chunk::Row)| {
        let mut row = good();
        change(&mut row);
        vec![row]
    };
    for rows in [
        vec![],
        changed(|row| row.prices.clear()),
        changed(|row| row.prices[0].1 = Minor(0)),
        changed(|row| row.prices[0].0 = 2),
        changed(|row| row.prices.push((4, Minor(1)))),
        changed(|row| row.last = row.first.previous()),
        changed(|row| row.last = row.first.plus(732)),
        changed(|row| row.ids.plan = None),
        changed(|row| row.ids = ids(NRF)),
        changed(|row| {
            row.rules = Rules {
                max_stay_through: Set::To(3),
                ..Rules::LEAVE
            }
        }),
        vec![good(); 10_001],
    ] {
        let error = channex().push(&chunk(rows)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Bug, "{error}");
    }
    let read = Chunk {
        operation: Operation::Restrict,
        ..chunk(vec![good()])
    };
    assert!(channex().push(&read).is_err());
    let target = target(DEMO);
    assert!(
        channex()
            .read(&ask(&target, "2019-02-01", "2019-08-01"))
            .is_ok()
    );
    assert!(
        channex()
            .read(&ask(&target, "2019-02-01", "2019-08-02"))
            .is_err()
    );
}
