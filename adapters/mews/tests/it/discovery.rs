//! What there is: properties, services, categories, rates.

use rackrate_core::adapter::{Adapter, Carry, DiscoverAsk, Discovery, Step};
use rackrate_core::error::ErrorKind;
use rackrate_core::exchange::Response;
use rackrate_core::money::Basis;
use serde_json::json;

use crate::support::*;

#[test]
fn every_rate_is_sold_in_every_category_of_its_service() {
    let mut world = World::new();
    let found = world.discover(None);
    let [property] = found.properties.as_slice() else {
        panic!("one property")
    };
    assert_eq!(property.id.as_str(), HOTEL);
    assert_eq!(property.basis, Some(Basis::Gross));
    assert_eq!(property.time_zone.as_deref(), Some(BUDAPEST));
    let mut sold: Vec<_> = property
        .sellables
        .iter()
        .map(|one| format!("{} ({}) derived: {}", one.ids, one.name, one.derived))
        .collect();
    sold.sort();
    insta::assert_snapshot!(sold.join("\n"), @"
    dbl/00 best (the dbl, rate 00 best) derived: false
    dbl/non-ref (the dbl, rate non-ref) derived: true
    suite/00 best (the suite, rate 00 best) derived: false
    suite/non-ref (the suite, rate non-ref) derived: true
    ");
}

#[test]
fn a_portfolio_shows_all_its_properties() {
    let hotels = vec![hotel(BUDAPEST, "EUR", Basis::Gross), other_hotel()];
    let mut world = World::raw_of(hotels, with("portfolio = true"));
    let found = world.discover(None);
    let mut shown: Vec<_> = found
        .properties
        .iter()
        .map(|one| (one.id.to_string(), one.basis, one.sellables.len()))
        .collect();
    shown.sort_by(|one, other| one.0.cmp(&other.0));
    assert_eq!(
        shown,
        [
            (HOTEL.to_owned(), Some(Basis::Gross), 4),
            ("hotel/2".to_owned(), Some(Basis::Net), 1)
        ]
    );
    let one = world.discover(Some("hotel/2"));
    assert_eq!(one.properties.len(), 1);
    assert_eq!(one.properties[0].id.as_str(), "hotel/2");
}

#[test]
fn services_that_sell_no_nights_are_left_out() {
    let mut world = World::new();
    let asked = json!({"Limitation": {"Count": 10}});
    let (_, told) = world.call("services/getAll", asked);
    assert_eq!(told["Services"].as_array().unwrap().len(), 3);
    let sellables = &world.target.facts.sellables;
    let services: std::collections::BTreeSet<_> = sellables
        .values()
        .map(|one| one.extra["service"].clone())
        .collect();
    assert_eq!(services.len(), 1);
}

#[test]
fn pages_are_turned_by_cursor_newest_first() {
    let mut world = World::new();
    let service = world.target.facts.sellables.values().next();
    let service = service.unwrap().extra["service"].clone();
    let mut names = Vec::new();
    let mut cursor = json!(null);
    loop {
        let asked = json!({"ServiceIds": [service], "Limitation": {"Count": 1, "Cursor": cursor}});
        let (status, told) = world.call("rates/getAll", asked);
        assert_eq!(status, 200);
        cursor = told["Cursor"].clone();
        match told["Rates"].as_array().unwrap().as_slice() {
            [] => break,
            rates => names.extend(rates.iter().map(|rate| rate["Id"].clone())),
        }
    }
    assert_eq!(names, [DEPENDENT, RATE]);
    assert_eq!(cursor, json!(null));
}

#[test]
fn a_list_that_goes_in_a_circle_is_an_error() {
    let mut world = World::new();
    let ask = DiscoverAsk {
        mapped: Vec::new(),
        property: None,
        today: night("2027-01-01"),
    };
    let answer = world.send(world.adapter.discover(&ask).unwrap());
    let mut out = Discovery::default();
    let next = |carry: &Carry, answer: &Response, out: &mut Discovery| {
        world.adapter.parse_discover(&ask, carry, answer, out)
    };
    let carry = |step| match step {
        Ok(Step::Next { carry, .. }) => carry,
        other => panic!("{other:?}"),
    };
    let services = carry(next(&Carry::default(), &answer, &mut out));
    let page = Response::new(
        200,
        r#"{"Services":[{"Id":"s","EnterpriseId":"x","IsActive":true,"Data":null}],"Cursor":"s"}"#,
    );
    let again = carry(next(&services, &page, &mut out));
    let error = next(&again, &page, &mut out).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Malformed);
}

#[test]
fn the_dependent_rates_prices_follow_and_are_never_written() {
    let mut world = World::new();
    let row = priced(DOUBLE, "2027-02-01", "2027-02-01", 12_345);
    world
        .push(rackrate_core::exchange::Operation::Push, vec![row.clone()])
        .unwrap();
    let seens = world.read("2027-02-01", "2027-02-01");
    let seen = seens.prices[&(ids(DOUBLE, DEPENDENT), night("2027-02-01"))];
    // 123.45 less ten percent is 111.105.
    let price = rackrate_core::money::Minor(11_111);
    assert_eq!(seen, rackrate_core::series::Seen::Price(price));
    let mut dependent = row;
    dependent.ids = ids(DOUBLE, DEPENDENT);
    let chunk = world.chunk(rackrate_core::exchange::Operation::Push, vec![dependent]);
    assert_eq!(
        world.adapter.push(&chunk).unwrap_err().kind(),
        ErrorKind::Bug
    );
}
