//! What makes a property, and pages of listings.

use rackrate_core::adapter::{Adapter, Carry, DiscoverAsk, Discovery, Step};
use rackrate_core::error::ErrorKind;
use rackrate_core::exchange::Response;
use rackrate_core::money::Currency;

use crate::support::*;

const TAGS: &str = "adults = 2\ngroup_by = 'tag'\ntag_prefix = 'hotel:'";

/// Each property with its listings.
fn outline(found: &Discovery) -> Vec<(String, Vec<String>)> {
    let listings = |one: &rackrate_core::adapter::DiscoveredProperty| {
        let ids = one.sellables.iter().map(|sold| sold.ids.to_string());
        (one.id.to_string(), ids.collect())
    };
    found.properties.iter().map(listings).collect()
}

fn grouped(property: &str, listings: &[&str]) -> (String, Vec<String>) {
    let listings = listings.iter().map(|id| (*id).to_owned()).collect();
    (property.to_owned(), listings)
}

/// Reads these answers, one after the other.
fn told(settings: &str, ask: &DiscoverAsk, answers: &[&str]) -> Discovery {
    let (adapter, mut carry, mut out) = (adapter(settings), Carry::default(), Discovery::default());
    for (at, body) in answers.iter().enumerate() {
        let step = adapter
            .parse_discover(ask, &carry, &ok(body), &mut out)
            .unwrap();
        match step {
            Step::Next { carry: kept, .. } => carry = kept,
            Step::Done(()) => assert_eq!(at + 1, answers.len(), "it ends early"),
        }
    }
    out
}

#[test]
fn a_complex_is_a_property_with_its_listings() {
    let mut world = World::open(setup());
    let found = world.discover(&guesty(), &discover_ask()).unwrap();
    assert_eq!(outline(&found), [grouped(COMPLEX, &[SEA, GARDEN])]);
    let property = &found.properties[0];
    assert_eq!(property.name, "Example Hotel");
    assert_eq!(property.currency, Currency::new("EUR").ok());
    assert_eq!(property.time_zone.as_deref(), Some("Europe/Lisbon"));
    assert_eq!(property.sellables[0].name, "Sea");
}

#[test]
fn a_tag_or_the_listing_itself_can_be_the_property_too() {
    let mut world = World::open(setup());
    let tagged = world.discover(&adapter(TAGS), &discover_ask()).unwrap();
    assert_eq!(outline(&tagged), [grouped(COMPLEX, &[SEA, GARDEN])]);
    let single = world
        .discover(&adapter("adults = 2"), &discover_ask())
        .unwrap();
    assert_eq!(
        outline(&single),
        [grouped(SEA, &[SEA]), grouped(GARDEN, &[GARDEN])]
    );
}

#[test]
fn a_listing_in_no_group_or_in_two_is_a_property_by_itself() {
    let complexes = r#"[{"id":"A","title":"Alpha","propertyIds":["1","2"]},
        {"id":"B","title":"Beta","propertyIds":["2","3"]}]"#;
    let listings = r#"{"results":[{"_id":"1"},{"_id":"2"},{"_id":"3"},{"_id":"4"}]}"#;
    let ask = discover_ask();
    let found = told(
        "adults = 2\ngroup_by = 'complex'",
        &ask,
        &[complexes, listings],
    );
    let wanted = [("A", "1"), ("2", "2"), ("B", "3"), ("4", "4")];
    assert_eq!(
        outline(&found),
        wanted.map(|(group, one)| grouped(group, &[one]))
    );
    assert_eq!(found.properties[0].name, "Alpha");
    let tags = r#"[{"_id":"1","tags":["hotel:A","sea"]},{"_id":"2","tags":["hotel:A","hotel:B"]},
        {"_id":"3","tags":[]},{"_id":"4","tags":["hotel:A"]}]"#;
    let found = told(TAGS, &ask, &[tags]);
    let wanted = [
        grouped("A", &["1", "4"]),
        grouped("2", &["2"]),
        grouped("3", &["3"]),
    ];
    assert_eq!(outline(&found), wanted);
}

#[test]
fn what_listings_do_not_agree_on_is_not_their_propertys() {
    let listing = |id: &str, currency: &str| {
        format!(
            r#"{{"_id":"{id}","tags":["hotel:A"],"type":"MTL","timezone":"Europe/{currency}",
            "prices":{{"currency":"{currency}"}}}}"#
        )
    };
    let page = [
        listing("1", "EUR"),
        listing("2", "GBP"),
        listing("3", "EUR"),
    ];
    let found = told(TAGS, &discover_ask(), &[&format!("[{}]", page.join(","))]);
    let property = &found.properties[0];
    assert_eq!((property.currency, &property.time_zone), (None, &None));
    let currencies: Vec<_> = property.sellables.iter().map(|one| one.currency).collect();
    assert_eq!(
        currencies,
        ["EUR", "GBP", "EUR"].map(|code| Currency::new(code).ok())
    );
}

#[test]
fn a_sub_unit_is_derived_from_its_multi_unit() {
    let page = r#"[{"_id":"1","type":"MTL"},{"_id":"2","type":"MTL_CHILD","mtl":{"p":"1"}}]"#;
    let found = told("adults = 2", &discover_ask(), &[page]);
    let derived: Vec<_> = found
        .properties
        .iter()
        .map(|one| one.sellables[0].derived)
        .collect();
    assert_eq!(derived, [false, true]);
}

#[test]
fn one_property_can_be_asked_for() {
    let ask = DiscoverAsk {
        mapped: Vec::new(),
        property: Some(id(GARDEN)),
        ..discover_ask()
    };
    let mut world = World::open(setup());
    let found = world.discover(&adapter("adults = 2"), &ask).unwrap();
    assert_eq!(outline(&found), [grouped(GARDEN, &[GARDEN])]);
}

#[test]
fn pages_go_on_until_all_listings_are_known_whatever_the_form() {
    for form in ["wrapped", "list"] {
        let mut setup = setup();
        setup.hotels[0].prices.clear();
        let more = (0..248).map(|at| plan(&format!("L{at}"), "Room", None));
        setup.hotels[0].plans.extend(more);
        let mut world = World::open(setup);
        world.switch("listings", form);
        let calls = world.vendor.record().calls;
        let found = world.discover(&guesty(), &discover_ask()).unwrap();
        assert_eq!(found.properties[0].sellables.len(), 250);
        assert_eq!(world.vendor.record().calls - calls, 4);
    }
}

#[test]
fn a_count_of_the_page_alone_is_not_taken_for_the_end() {
    let listings: Vec<_> = (0..100).map(|at| format!(r#"{{"_id":"{at}"}}"#)).collect();
    let full = format!(r#"{{"results":[{}],"count":100}}"#, listings.join(","));
    let rest = r#"{"results":[{"_id":"last"}],"count":1}"#;
    let found = told("adults = 2", &discover_ask(), &[&full, rest]);
    assert_eq!(found.properties.len(), 101);
}

#[test]
fn a_page_that_repeats_itself_is_an_error() {
    let page = r#"{"results":[{"_id":"1"}],"count":5}"#;
    let (adapter, ask, mut out) = (adapter("adults = 2"), discover_ask(), Discovery::default());
    let first = adapter.parse_discover(&ask, &Carry::default(), &ok(page), &mut out);
    let Ok(Step::Next { carry, .. }) = first else {
        panic!("there is more");
    };
    let error = adapter
        .parse_discover(&ask, &carry, &ok(page), &mut out)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Malformed);
}

#[test]
fn an_account_without_complexes_has_its_listings_only() {
    let none = r#"{"error":{"message":"Not Found","status":404,"data":"Could not find complex"}}"#;
    let (adapter, ask, mut out) = (guesty(), discover_ask(), Discovery::default());
    let answer = Response::new(404, none);
    let step = adapter.parse_discover(&ask, &Carry::default(), &answer, &mut out);
    assert!(matches!(step, Ok(Step::Next { .. })));
    let lost = Response::new(404, "<html>");
    let step = adapter.parse_discover(&ask, &Carry::default(), &lost, &mut out);
    assert_eq!(step.unwrap_err().kind(), ErrorKind::Rejected);
}
