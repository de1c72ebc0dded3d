//! Channex as a description: another protocol than pms-v2 in almost everything. Keys, maps
//! in place of lists, ranges, one number of adults, refusals that repeat their entry.

use std::sync::Arc;

use bytes::Bytes;
use rackrate_conformance::{Golden, Meaning, Portfolio, Price, Vendor, Written};
use rackrate_core::adapter::{Carry, DiscoverAsk, Discovery, Step, Submission};
use rackrate_core::chunk::{Chunk, Facts, Receipt, Row, Target};
use rackrate_core::exchange::{Operation, Response};
use rackrate_core::ids::{ConnectionId, Ids, PropertyCode, VendorId};
use rackrate_core::money::{Currency, Minor};
use rackrate_core::night::Night;
use rackrate_core::rules::{Restriction, Rules, Set};
use rackrate_core::secret::{Secret, Secrets};
use rackrate_core::series::Seen;
use serde_json::{Value, json};

use crate::support::{Noted, build};

const CHANNEX: &str = include_str!("../../descriptions/channex.toml");
const PROPERTY: &str = "22222222-2222-4222-8222-222222222222";
const PLAN: &str = "11111111-1111-4111-8111-111111111111";
const OTHER: &str = "33333333-3333-4333-8333-333333333333";

const ACCEPTED: &str = r#"{"data":[{"id":"44444444-4444-4444-8444-444444444444","type":"task"}],"meta":{"message":"Success","warnings":[]}}"#;
const READ: &str = r#"{"data":{"11111111-1111-4111-8111-111111111111":{"2026-12-01":{"rate":"200.00","min_stay_arrival":1,"stop_sell":false},"2026-12-02":{"rate":"210.00","min_stay_arrival":3,"stop_sell":true}}}}"#;

mod conformance {
    rackrate_conformance::suite!(super::vendor());
}

fn settings() -> String {
    json!({"description": {"file": "channex.toml", "text": CHANNEX}}).to_string()
}

fn vendor() -> Vendor {
    Vendor {
        build,
        config: settings(),
        portfolio: Portfolio::apart(&settings()),
        scopes: None,
        secrets: Secrets::new([(
            "api_key".to_owned(),
            Secret::new("planted-key-71d0".to_owned()),
        )]),
        target: target(),
        chunks: vec![chunk()],
        discover: ask(),
        window: (night("2026-12-01"), night("2026-12-31")),
        job: None,
        golden: golden(),
        written,
        page,
        first_pages: vec![(Operation::Discover, plans(250))],
        job_state: None,
        stage: None,
    }
}

fn night(text: &str) -> Night {
    text.parse().unwrap()
}

fn ids(plan: &str) -> Ids {
    Ids {
        room: None,
        plan: VendorId::new(plan).ok(),
    }
}

fn ask() -> DiscoverAsk {
    DiscoverAsk {
        property: VendorId::new(PROPERTY).ok(),
        ..crate::sample::vendor().discover
    }
}

fn target() -> Arc<Target> {
    Arc::new(Target {
        connection: ConnectionId::new("channel").unwrap(),
        property: PropertyCode::new("lisbon").unwrap(),
        vendor_property: VendorId::new(PROPERTY).unwrap(),
        facts: Facts {
            name: "Lisbon City".into(),
            currency: Currency::new("EUR").unwrap(),
            basis: None,
            time_zone: None,
            sellables: Default::default(),
        },
    })
}

fn row(plan: &str, first: &str, last: &str, price: u64, rules: Rules) -> Row {
    Row {
        ids: ids(plan),
        first: night(first),
        last: night(last),
        prices: vec![(2, Minor(price))],
        rules,
    }
}

fn chunk() -> Chunk {
    let rules = Rules {
        min_stay_arrival: Set::Clear,
        min_stay_through: Set::To(2),
        closed_to_arrival: Set::To(true),
        stop_sell: Set::Clear,
        ..Rules::LEAVE
    };
    Chunk {
        target: target(),
        operation: Operation::Push,
        rows: vec![
            row(PLAN, "2026-12-01", "2026-12-05", 20_000, rules),
            row(OTHER, "2026-12-24", "2026-12-24", 13_205, Rules::LEAVE),
        ],
    }
}

fn plans(total: u32) -> Response {
    let plan = |id: &str, derived: bool| {
        json!({"type": "rate_plan", "id": id,
            "attributes": {"id": id, "title": "BAR", "currency": "GBP", "inherit_rate": derived},
            "relationships": {"property": {"data": {"type": "property", "id": PROPERTY}}}})
    };
    let data = [plan(PLAN, false), plan(OTHER, true)];
    let meta = json!({"page": 1, "total": total, "limit": 100});
    Response::new(200, json!({"data": data, "meta": meta}).to_string())
}

fn warned(entry: Value) -> String {
    json!({"data": [], "meta": {"message": "Success", "warnings": [entry]}}).to_string()
}

fn golden() -> Vec<Golden> {
    use Meaning::{Failure, Success};
    let unauthorized = r#"{"errors":{"code":"unauthorized","title":"Unauthorized"}}"#;
    let all = [
        (Operation::Discover, plans(2), Success),
        (Operation::Read, Response::new(200, READ), Success),
        (Operation::Push, Response::new(200, ACCEPTED), Success),
        (
            Operation::Discover,
            Response::new(200, unauthorized),
            Failure,
        ),
        (Operation::Read, Response::new(200, unauthorized), Failure),
        (Operation::Push, Response::new(200, unauthorized), Failure),
        (
            Operation::Push,
            Response::new(200, warned(json!({"rate_plan_id": PLAN, "warning": {}}))),
            Failure,
        ),
        (
            Operation::Push,
            Response::new(
                200,
                r#"{"data":[],"meta":{"message":"Success","warnings":[]}}"#,
            ),
            Failure,
        ),
    ];
    let golden = all
        .into_iter()
        .map(|(operation, response, meaning)| Golden {
            operation,
            response,
            meaning,
        });
    golden.collect()
}

/// Every night of every entry, read by hand.
fn written(request: &http::Request<Bytes>) -> Vec<Written> {
    let body: Value = serde_json::from_slice(request.body()).unwrap();
    let entries = body["values"].as_array().unwrap().iter();
    let each = entries.flat_map(|entry| {
        let day = |name: &str| night(entry[name].as_str().unwrap());
        let nights = day("date_from").through(day("date_to"));
        nights.map(|night| Written {
            room: None,
            plan: entry["rate_plan_id"].as_str().map(String::from),
            night,
            adults: 0,
            price: entry["rate"].as_str().map(String::from),
            rules: rules(entry),
        })
    });
    each.collect()
}

fn rules(entry: &Value) -> Rules {
    let mut rules = Rules::LEAVE;
    for kind in Restriction::ALL {
        let wish = match &entry[kind.name()] {
            Value::Null => Set::Leave,
            Value::Bool(true) => Set::To(1),
            Value::Bool(false) => Set::Clear,
            nights if nights == 1 => Set::Clear,
            nights => Set::To(u16::try_from(nights.as_u64().unwrap()).unwrap()),
        };
        rules.set(kind, wish);
    }
    rules
}

fn page(price: &Price<'_>) -> Response {
    let amount = price.amount;
    Response::new(
        200,
        format!(r#"{{"data":{{"{PLAN}":{{"2026-12-01":{{"rate":{amount}}}}}}}}}"#),
    )
}

#[test]
fn the_documented_write_is_built() {
    let adapter = build(&settings()).unwrap();
    let request = adapter.push(&chunk()).unwrap();
    let wire = request.expose(&adapter.manifest().vendor).unwrap();
    assert_eq!(wire.uri(), "https://staging.channex.io/api/v1/restrictions");
    insta::assert_snapshot!(std::str::from_utf8(wire.body()).unwrap().replace("},{", "},\n{"), @r#"
    {"values":[{"property_id":"22222222-2222-4222-8222-222222222222","rate_plan_id":"11111111-1111-4111-8111-111111111111","date_from":"2026-12-01","date_to":"2026-12-05","rate":"200.00","min_stay_arrival":1,"min_stay_through":2,"closed_to_arrival":true,"stop_sell":false},
    {"property_id":"22222222-2222-4222-8222-222222222222","rate_plan_id":"33333333-3333-4333-8333-333333333333","date_from":"2026-12-24","date_to":"2026-12-24","rate":"132.05"}]}
    "#);
}

#[test]
fn the_documented_read_is_asked_for_and_understood() {
    let adapter = build(&settings()).unwrap();
    let ask = rackrate_core::adapter::ReadAsk {
        target: target(),
        first: night("2026-12-01"),
        last: night("2026-12-02"),
    };
    let query = adapter.read(&ask).unwrap().query;
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(query[1], pair("filter[date][gte]", "2026-12-01"));
    assert_eq!(query[2], pair("filter[date][lte]", "2026-12-02"));
    let mut noted = Noted::default();
    let answer = Response::new(200, READ);
    let step = adapter.parse_read(&ask, &Carry::default(), &answer, &mut noted);
    assert!(matches!(step, Ok(Step::Done(()))));
    let price = |day, price| (ids(PLAN), 2, night(day), Seen::Price(Minor(price)));
    let want = [price("2026-12-01", 20_000), price("2026-12-02", 21_000)];
    assert_eq!(noted.prices, want);
    let words: Vec<_> = noted.rules.iter().map(|one| one.2.to_string()).collect();
    assert_eq!(
        words,
        ["no min stay, no stop sell", "min stay 3, stop sell"]
    );
}

#[test]
fn plans_are_listed_page_by_page_with_those_that_are_computed() {
    let adapter = build(&settings()).unwrap();
    let mut found = Discovery::default();
    let first = adapter.discover(&ask()).unwrap();
    assert!(first.url().as_str().ends_with("pagination%5Bpage%5D=1"));
    let step = adapter.parse_discover(&ask(), &Carry::default(), &plans(101), &mut found);
    let Ok(Step::Next { request, carry }) = step else {
        panic!("{step:?}")
    };
    assert!(request.url().as_str().ends_with("pagination%5Bpage%5D=2"));
    let last = adapter.parse_discover(&ask(), &carry, &plans(101), &mut Discovery::default());
    assert!(matches!(last, Ok(Step::Done(()))));
    let [hotel] = &found.properties[..] else {
        panic!("one property")
    };
    let sold: Vec<_> = hotel.sellables.iter().map(|one| one.derived).collect();
    assert_eq!(sold, [false, true]);
    assert_eq!(hotel.sellables[0].ids, ids(PLAN));
    assert_eq!(hotel.sellables[0].currency, Currency::new("GBP").ok());
}

fn receipt(body: &str) -> Receipt {
    let adapter = build(&settings()).unwrap();
    match adapter.parse_push(&chunk(), &Response::new(200, body.to_owned())) {
        Ok(Submission::Answered(receipt)) => receipt,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_warning_goes_back_to_the_entry_that_it_repeats() {
    let entry = |plan: &str, from: &str| {
        json!({"property_id": PROPERTY, "rate_plan_id": plan, "date_from": from,
            "date_to": "2026-12-05", "warning": {"rate": ["must be greater than 0"]}})
    };
    let known = receipt(&warned(entry(PLAN, "2026-12-01")));
    assert_eq!(known.refused.len(), 1);
    assert_eq!(known.refused[0].0, 0);
    assert_eq!(
        known.refused[0].1.text,
        r#"{"rate":["must be greater than 0"]}"#
    );
    let strange = receipt(&warned(entry(PLAN, "2026-12-02")));
    assert_eq!((strange.refused.len(), strange.unattributed.len()), (0, 1));
    assert_eq!(
        receipt(ACCEPTED).reference.as_deref(),
        Some("44444444-4444-4444-8444-444444444444")
    );
}

#[test]
fn a_throttle_that_says_nothing_waits_as_described() {
    let adapter = build(&settings()).unwrap();
    let body = r#"{"errors":{"code":"http_too_many_requests","title":"Too Many Requests"}}"#;
    let answer = Response::new(429, body);
    let error = adapter.parse_push(&chunk(), &answer).unwrap_err();
    assert_eq!(error.code(), Some("http_too_many_requests"));
    assert_eq!(error.retry_after().unwrap().as_secs(), 60);
    let request = adapter.push(&chunk()).unwrap();
    let feedback = adapter.limits().feedback(&request, &answer);
    assert_eq!(feedback.wait.unwrap().as_secs(), 60);
}
