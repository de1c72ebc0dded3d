//! What goes over the wire, word for word; secrets are not shown.

use rackrate_core::adapter::{Adapter, Carry, DiscoverAsk, Discovery, ReadAsk, Step};
use rackrate_core::exchange::{Operation, Response};
use rackrate_core::rules::{Rules, Set};

use crate::support::*;

#[test]
fn a_write_of_prices() {
    let rows = vec![
        priced(DOUBLE, "2027-03-27", "2027-03-29", 12_900),
        priced(SUITE, "2027-03-27", "2027-03-27", 25_005),
    ];
    let chunk = chunk(&example_target(), Operation::Push, rows);
    insta::assert_snapshot!(shown(&mews().push(&chunk).unwrap()));
}

#[test]
fn a_write_of_restrictions_joins_nights_and_shares_items_by_type() {
    let weekend = Rules {
        min_stay_arrival: Set::To(2),
        max_stay_arrival: Set::To(7),
        stop_sell: Set::To(true),
        ..Rules::LEAVE
    };
    let one_night_is_none = Rules {
        min_stay_arrival: Set::To(1),
        ..Rules::LEAVE
    };
    let rows = vec![
        ruled(DOUBLE, "2027-03-27", weekend),
        ruled(DOUBLE, "2027-03-28", weekend),
        ruled(DOUBLE, "2027-03-29", one_night_is_none),
    ];
    let chunk = chunk(&example_target(), Operation::Restrict, rows);
    insta::assert_snapshot!(shown(&mews().push(&chunk).unwrap()));
}

#[test]
fn a_clear_of_restrictions_names_types() {
    let none = Rules {
        min_stay_arrival: Set::Clear,
        closed_to_departure: Set::Clear,
        ..Rules::LEAVE
    };
    let rows = vec![ruled(DOUBLE, "2027-03-27", none)];
    let chunk = chunk(&example_target(), Operation::Restrict, rows);
    insta::assert_snapshot!(shown(&mews().push(&chunk).unwrap()));
}

#[test]
fn a_read_asks_for_prices_and_then_for_restrictions() {
    let adapter = mews();
    let ask: ReadAsk = ask(&example_target(), "2027-01-02", "2027-01-02");
    let first = adapter.read(&ask).unwrap();
    let prices =
        r#"{"Currency":"EUR","TimeUnitStartsUtc":["2027-01-01T23:00:00Z"],"CategoryPrices":[]}"#;
    let answer = Response::new(200, prices);
    let mut seens = Seens::default();
    let step = adapter.parse_read(&ask, &Carry::default(), &answer, &mut seens);
    let Ok(Step::Next { request, carry }) = step else {
        panic!("restrictions are asked for")
    };
    let page = r#"{"Restrictions":[{"ServiceId":"stay","Origin":"User","Conditions":{"Type":"Stay"}}],"Cursor":"r-1"}"#;
    let step = adapter.parse_read(&ask, &carry, &Response::new(200, page), &mut seens);
    let Ok(Step::Next { request: more, .. }) = step else {
        panic!("the list goes on")
    };
    let all = [shown(&first), shown(&request), shown(&more)];
    insta::assert_snapshot!(all.concat());
}

#[test]
fn a_discovery_of_a_portfolio_asks_for_each_property() {
    let mut world = World::raw_of(vec![other_hotel()], with("portfolio = true"));
    let ask = DiscoverAsk {
        mapped: Vec::new(),
        property: None,
        today: night("2027-01-01"),
    };
    let mut text = String::new();
    let mut request = world.adapter.discover(&ask).unwrap();
    let (mut carry, mut out) = (Carry::default(), Discovery::default());
    loop {
        text += &shown(&request);
        let answer = world.send(request);
        let step = world
            .adapter
            .parse_discover(&ask, &carry, &answer, &mut out);
        match step.unwrap() {
            Step::Done(()) => break,
            Step::Next {
                request: next,
                carry: kept,
            } => (request, carry) = (*next, kept),
        }
    }
    insta::assert_snapshot!(text);
}
