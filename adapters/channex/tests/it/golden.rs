//! The vendor's published examples, against the adapter and against the simulator.
//!
//! They are from docs.channex.io/api-v.1-documentation, pages /ari, /hotels-collection,
//! /rate-plans-collection, /api-reference and /rate-limits, shortened where noted.

use rackrate_core::adapter::{Adapter, Carry, DiscoverAsk, Discovery, Step, Submission};
use rackrate_core::exchange::Body;
use rackrate_core::money::Minor;
use rackrate_core::rules::{Rules, Set};
use rackrate_core::series::Seen;
use serde_json::Value;

use crate::support::*;

const RANGE: &str = include_str!("../../fixtures/range.json");
const OCCUPANCIES: &str = include_str!("../../fixtures/occupancies.json");
const OVERRIDES: &str = include_str!("../../fixtures/overrides.json");
const REFUSED: &str = include_str!("../../fixtures/refused.json");
const READ: &str = "restrictions?filter[property_id]=716305c4-561a-4561-a187-7f5b8aeb5920\
    &filter[date][gte]=2019-02-01&filter[date][lte]=2019-02-10&filter[restrictions]=rate";

#[test]
fn the_published_property_and_plan_are_discovered() {
    let ask = DiscoverAsk {
        mapped: Vec::new(),
        property: None,
        today: night("2019-01-15"),
    };
    let (adapter, mut out, mut carry) = (channex(), Discovery::default(), Carry::default());
    for body in [PROPERTIES, RATE_PLANS] {
        if let Step::Next { carry: more, .. } = adapter
            .parse_discover(&ask, &carry, &ok(body), &mut out)
            .unwrap()
        {
            carry = more;
        }
    }
    let published = &out.properties[0];
    let mut simulated = World::new(setup()).discover(&adapter, Some(id(DEMO)));
    let simulated = simulated.properties.remove(0);
    assert_eq!(
        (&published.name, published.currency, &published.time_zone),
        (&simulated.name, simulated.currency, &simulated.time_zone)
    );
    let own = |sellable: &rackrate_core::chunk::Sellable| {
        let facts = (sellable.ids.clone(), sellable.currency, sellable.derived);
        (facts, sellable.adults.clone(), sellable.extra.clone())
    };
    assert_eq!(own(&published.sellables[0]), own(&simulated.sellables[0]));
}

#[test]
fn the_published_inventory_is_what_the_simulator_shows() {
    let adapter = channex();
    let ask = ask(&target(DEMO), "2019-02-01", "2019-02-10");
    let mut world = World::new(setup());
    let published: Value = serde_json::from_str(RESTRICTIONS).unwrap();
    let shown: Value = serde_json::from_slice(&world.get(&encoded(READ)).body).unwrap();
    assert_eq!(published["data"][BAR], shown["data"][BAR]);
    let mut seen = Seens::default();
    adapter
        .parse_read(&ask, &Carry::default(), &ok(RESTRICTIONS), &mut seen)
        .unwrap();
    assert_eq!(seen.prices.len(), 10);
    let price = seen.price(BAR, "2019-02-10");
    assert_eq!(price, Some((3, Seen::Price(Minor(20_000)))));
    assert_eq!(price, world.read(&adapter, &ask).price(BAR, "2019-02-10"));
}

fn encoded(path: &str) -> String {
    path.replace('[', "%5B").replace(']', "%5D")
}

#[test]
fn a_missing_argument_is_refused_as_published() {
    let mut world = World::new(setup());
    let without = READ.split("&filter[restrictions]").next().unwrap();
    let said = world.get(&encoded(without));
    assert_eq!(text(&said), (400, REFUSED.trim().to_owned()));
    let dateless = format!("restrictions?filter[property_id]={DEMO}&filter[restrictions]=rate");
    let (status, body) = text(&world.get(&encoded(&dateless)));
    assert_eq!(status, 400);
    assert!(body.contains(r#"["date is required"]"#), "{body}");
    let ask = ask(&target(DEMO), "2019-02-01", "2019-02-10");
    let error = channex()
        .parse_read(&ask, &Carry::default(), &said, &mut Seens::default())
        .unwrap_err();
    insta::assert_snapshot!(error, @"channex read rates: Rejected (bad_request): restrictions is required");
}

#[test]
fn the_published_range_is_what_is_pushed_and_what_is_taken() {
    let mut row = row(BAR, "2019-02-20", "2019-03-20", 3, 30_000);
    row.rules = Rules {
        min_stay_through: Set::Clear,
        closed_to_arrival: Set::To(true),
        closed_to_departure: Set::To(true),
        ..Rules::LEAVE
    };
    let (adapter, chunk) = (channex(), chunk(vec![row]));
    let Body::Json(body) = adapter.push(&chunk).unwrap().body else {
        panic!("JSON")
    };
    // The example has minor units as a number; major units as a text are the same price.
    let mut published: Value = serde_json::from_str(RANGE).unwrap();
    published["values"][0]["rate"] = "300.00".into();
    assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), published);
    for sent in [RANGE.as_bytes(), &body] {
        let mut world = World::new(setup());
        let said = world.post(std::str::from_utf8(sent).unwrap());
        assert_eq!(shape(&said.body), shape(ACCEPTED.as_bytes()));
        let Submission::Answered(receipt) = adapter.parse_push(&chunk, &said).unwrap() else {
            panic!("there are no jobs")
        };
        assert!(receipt.refused.is_empty() && receipt.unattributed.is_empty());
        world.wait(5);
        let seen = world.read(&adapter, &ask(&target(DEMO), "2019-02-20", "2019-03-21"));
        let price = seen.price(BAR, "2019-03-20");
        assert_eq!(price, Some((3, Seen::Price(Minor(30_000)))));
        assert_eq!(seen.price(BAR, "2019-03-21"), Some((3, Seen::Absent)));
        assert!(
            chunk.rows[0]
                .rules
                .fulfilled_by(&seen.rules(BAR, "2019-02-20"))
        );
    }
}

/// An acceptance without the name of its task.
fn shape(body: &[u8]) -> Value {
    let mut body: Value = serde_json::from_slice(body).unwrap();
    assert!(body["data"][0]["id"].as_str().unwrap().len() == 36);
    body["data"][0]["id"] = Value::Null;
    body
}

#[test]
fn the_published_occupancies_set_both_prices_and_a_read_shows_the_primary_one() {
    let mut world = World::new(setup());
    world.post(OCCUPANCIES);
    world.wait(5);
    let held = world.vendor.held();
    let at = night("2021-03-29");
    let prices: Vec<_> = held
        .iter()
        .filter(|held| held.night == at)
        .map(|held| (held.adults, held.price))
        .collect();
    assert_eq!(prices, [(1, Some(Minor(12_100))), (2, Some(Minor(13_200)))]);
    let seen = world.read(&channex(), &ask(&target(OTHER), "2021-03-29", "2021-03-29"));
    let price = seen.price(PERSONS, "2021-03-29");
    assert_eq!(price, Some((2, Seen::Price(Minor(13_200)))));
}

#[test]
fn the_last_of_the_published_overrides_wins_on_its_days() {
    let mut world = World::new(setup());
    world.post(OVERRIDES);
    world.wait(5);
    let seen = world.read(&channex(), &ask(&target(DEMO), "2020-01-03", "2020-01-06"));
    let wanted = [30_000, 35_000, 35_000, 30_000].map(|minor| Seen::Price(Minor(minor)));
    assert_eq!(seen.prices_of(BAR), wanted);
}

/// The published warnings, with our property, plan and year.
fn ours(published: &str) -> String {
    published
        .replace("5648db98-e082-49e8-a428-2fd3250b47dd", DEMO)
        .replace("954ee839-2598-431b-8c35-8aa68f7b127d", DEMO)
        .replace("87c012d2-26d4-4e97-8ccb-108da06f379e", BAR)
        .replace("0db682fe-e86b-43c5-8f0c-d055737f8dd9", BAR)
}

#[test]
fn the_published_warnings_refuse_their_row() {
    for (published, first, last) in [
        (WARNED_VALUES, "2020-10-03", "2020-10-05"),
        (WARNED_NULLS, "2020-12-16", "2020-12-16"),
    ] {
        let chunk = chunk(vec![row(BAR, first, last, 3, 12_900)]);
        let said = channex().parse_push(&chunk, &ok(&ours(published)));
        let Ok(Submission::Answered(receipt)) = said else {
            panic!("{said:?}")
        };
        assert_eq!((receipt.refused[0].0, receipt.refused.len()), (0, 1));
        assert_eq!((receipt.reference, receipt.unattributed.len()), (None, 0));
    }
}

#[test]
fn the_simulator_warns_as_published() {
    for published in [WARNED_VALUES, WARNED_NULLS] {
        let published: Value = serde_json::from_str(&ours(published)).unwrap();
        let mut sent = published["meta"]["warnings"][0].clone();
        let fields = sent.as_object_mut().unwrap();
        fields.remove("warning");
        // Fields that no price has, and the nulls of dates that were not sent.
        for ours in [
            "booked",
            "availability_offset",
            "max_availability",
            "max_sell",
        ] {
            fields.remove(ours);
        }
        fields.retain(|name, value| !(name.starts_with("date") && value.is_null()));
        let body = serde_json::json!({ "values": [sent] }).to_string();
        let said: Value = serde_json::from_slice(&World::new(setup()).post(&body).body).unwrap();
        assert_eq!(said["data"], published["data"]);
        let mut wanted = published["meta"]["warnings"][0]["warning"].clone();
        wanted
            .as_object_mut()
            .unwrap()
            .remove("availability_offset");
        assert_eq!(said["meta"]["warnings"][0]["warning"], wanted);
    }
}

#[test]
fn a_wrong_key_and_too_many_requests_are_answered_as_published() {
    let mut world = World::new(setup());
    let said = world.raw(with_key("wrong", "properties", None));
    let unauthorized = r#"{"errors":{"code":"unauthorized","title":"Unauthorized"}}"#;
    assert_eq!(text(&said), (401, unauthorized.to_owned()));
    world.pace = std::time::Duration::ZERO;
    let answers: Vec<_> = (0..11).map(|_| text(&world.get(&encoded(READ)))).collect();
    assert!(answers[..10].iter().all(|(status, _)| *status == 200));
    let body = r#"{"errors":{"code":"http_too_many_requests","title":"Too Many Requests"}}"#;
    assert_eq!(answers[10], (429, body.to_owned()));
}
