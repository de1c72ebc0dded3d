//! The examples of the vendor's documents, played to the adapter and to the simulator.
//!
//! Source: docs.mews.com/connector-api/operations/rates and …/restrictions, also in
//! github.com/MewsSystems/open-api-docs, connector-api/operations. Values are ours, in the
//! documented shape.

use rackrate_core::adapter::{Adapter, Carry, Submission};
use rackrate_core::exchange::{Operation, Response};
use rackrate_core::ids::{Ids, VendorId};
use rackrate_core::money::{Basis, Minor};
use rackrate_core::rules::{Rules, Set};
use rackrate_core::series::Seen;
use rackrate_core::simulator::Hotel;
use serde_json::{Value, json};

use crate::support::*;

const PRICING: &str = include_str!("../../fixtures/pricing.json");
const RATE: &str = "ed4b660b-19d0-434b-9360-a4de2ea42eda";
const CATEGORY: &str = "e3aa3117-dff0-46b7-b49a-2c0391e70ff9";

fn own(room: &str) -> Ids {
    Ids {
        room: VendorId::new(room).ok(),
        plan: VendorId::new(RATE).ok(),
    }
}

fn published() -> Hotel {
    let mut hotel = hotel(BUDAPEST, "EUR", Basis::Gross);
    hotel.plans.truncate(1);
    hotel.plans[0].ids = own(CATEGORY);
    hotel
}

fn update() -> Value {
    json!({"RateId": RATE, "PriceUpdates": [
        {"FirstTimeUnitStartUtc": "2027-01-01T23:00:00Z",
         "LastTimeUnitStartUtc": "2027-01-03T23:00:00Z", "Value": 111.0},
        {"CategoryId": CATEGORY, "FirstTimeUnitStartUtc": "2027-01-04T23:00:00Z",
         "LastTimeUnitStartUtc": "2027-01-05T23:00:00Z", "Value": 222.0}]})
}

#[test]
fn the_simulator_takes_the_published_price_update() {
    let mut world = World::of(published());
    assert_eq!(world.call("rates/updatePrice", update()), (200, json!({})));
    let changes = &world.vendor.record().changes;
    let shown: Vec<_> = changes
        .iter()
        .map(|one| (one.first.to_string(), one.last.to_string(), one.price))
        .collect();
    let text = |first: &str, last: &str, price| (first.into(), last.into(), Some(Minor(price)));
    assert_eq!(
        shown,
        [
            text("2027-01-02", "2027-01-04", 11_100),
            text("2027-01-05", "2027-01-06", 22_200)
        ]
    );
}

#[test]
fn the_adapter_writes_the_published_update_of_a_category() {
    let world = World::of(published());
    let mut row = priced(CATEGORY, "2027-01-05", "2027-01-06", 22_200);
    row.ids = own(CATEGORY);
    let request = world.adapter.push(&world.chunk(Operation::Push, vec![row]));
    let wire = on_the_wire(&world.adapter, request.unwrap());
    let mut sent: Value = serde_json::from_slice(wire.body()).unwrap();
    let sent = sent.as_object_mut().unwrap();
    for (name, value) in [
        ("ClientToken", "client_token-9F3A"),
        ("AccessToken", "access_token-9F3A"),
    ] {
        assert_eq!(sent.remove(name).unwrap(), value);
    }
    assert!(sent.remove("Client").is_some());
    let mut published = update();
    published["PriceUpdates"].as_array_mut().unwrap().remove(0);
    assert_eq!(Value::Object(sent.clone()), published);
}

#[test]
fn the_adapter_reads_the_published_prices_of_a_category() {
    let world = World::of(published());
    let mut seens = Seens::default();
    let ask = ask(&world.target, "2027-01-02", "2027-01-03");
    let answer = Response::new(200, PRICING);
    let step = world
        .adapter
        .parse_read(&ask, &Carry::default(), &answer, &mut seens);
    assert!(step.is_ok());
    for at in ["2027-01-02", "2027-01-03"] {
        let seen = seens.prices[&(own(CATEGORY), night(at))];
        assert_eq!(seen, Seen::Price(Minor(12_000)));
    }
}

/// What differs is what is the example's own: its amounts and adjustments.
#[test]
fn the_simulators_prices_have_every_member_of_the_published_ones() {
    fn shape(value: &Value, at: &str, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => fields
                .iter()
                .for_each(|(name, value)| shape(value, &format!("{at}.{name}"), found)),
            Value::Array(items) => items.iter().take(1).for_each(|item| shape(item, at, found)),
            _ => found.push(at.to_owned()),
        }
    }
    let mut world = World::of(published());
    let (status, told) = world.call(
        "rates/getPricing",
        json!({"RateId": RATE, "FirstTimeUnitStartUtc": "2027-01-01T23:00:00Z",
            "LastTimeUnitStartUtc": "2027-01-02T23:00:00Z"}),
    );
    assert_eq!(status, 200);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    shape(&told, "", &mut ours);
    shape(&serde_json::from_str(PRICING).unwrap(), "", &mut theirs);
    theirs.retain(|name| !name.starts_with(".AgeCategoryAdjustments"));
    ours.sort();
    theirs.sort();
    assert_eq!(ours, theirs);
}

fn minimum_stay(service: &str) -> Value {
    let days = [
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ];
    let days: Value = days
        .iter()
        .map(|day| ((*day).to_owned(), json!(true)))
        .collect();
    json!({"ServiceId": service, "Data": [{"Type": "Start", "ExactRateId": RATE,
        "ResourceCategoryId": CATEGORY, "StartUtc": "2027-01-01T23:00:00Z",
        "EndUtc": "2027-01-30T23:00:00Z", "Days": days, "MinLength": "P0Y0M3DT0H0M0S"}]})
}

#[test]
fn the_published_minimum_stay_is_taken_and_read() {
    let mut world = World::of(published());
    let service = world.target.facts.sellables[&own(CATEGORY)].extra["service"].clone();
    let told = world.call("restrictions/set", minimum_stay(&service));
    assert_eq!(told, (200, json!({})));
    let seens = world.read("2027-01-01", "2027-02-01");
    let stay = |at: &str| seens.rules[&(own(CATEGORY), night(at))].min_stay_arrival;
    let stays = ["2027-01-01", "2027-01-02", "2027-01-31", "2027-02-01"].map(stay);
    assert_eq!(stays, [Set::Clear, Set::To(3), Set::To(3), Set::Clear]);
}

#[test]
fn the_adapter_writes_the_published_minimum_stay() {
    let world = World::of(published());
    let service = world.target.facts.sellables[&own(CATEGORY)].extra["service"].clone();
    let nights = night("2027-01-02").through(night("2027-01-31"));
    let rows = nights.map(|night| {
        let stay = Rules {
            min_stay_arrival: Set::To(3),
            ..Rules::LEAVE
        };
        let mut row = ruled(CATEGORY, &night.to_string(), stay);
        row.ids = own(CATEGORY);
        row
    });
    let chunk = world.chunk(Operation::Restrict, rows.collect());
    let request = world.adapter.push(&chunk).unwrap();
    let wire = on_the_wire(&world.adapter, request);
    assert_eq!(wire.uri().path(), "/api/connector/v1/restrictions/set");
    let sent: Value = serde_json::from_slice(wire.body()).unwrap();
    assert_eq!(sent["Data"], minimum_stay(&service)["Data"]);
    let answer = Response::new(200, "{}");
    let told = world.adapter.parse_push(&chunk, &answer).unwrap();
    assert!(matches!(told, Submission::Answered(_)));
}
