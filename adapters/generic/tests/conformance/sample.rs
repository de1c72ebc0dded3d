//! What this adapter tells the suite of itself.

use std::sync::Arc;

use bytes::Bytes;
use rackrate_conformance::{Golden, Meaning, Portfolio, Price, Stage, Vendor, Written};
use rackrate_core::adapter::{Adapter, DiscoverAsk};
use rackrate_core::chunk::{Chunk, Facts, Row, Target};
use rackrate_core::exchange::{Operation, Response};
use rackrate_core::ids::{ConnectionId, Ids, JobRef, PropertyCode, VendorId};
use rackrate_core::money::{Basis, Currency, Minor};
use rackrate_core::night::Night;
use rackrate_core::rules::{Rules, Set};
use rackrate_core::secret::{Secret, Secrets};
use rackrate_core::simulator::{Held, Hotel, HotelPlan};
use rackrate_generic::{Config, Generic, simulator};
use serde_json::Value;

const CONFIG: &str = r#"{"base_url":"https://pms.example.test/api"}"#;

pub(crate) fn vendor() -> Vendor {
    Vendor {
        build,
        config: CONFIG.into(),
        portfolio: Portfolio::shared(CONFIG),
        scopes: Some("scopes"),
        secrets: secrets(),
        target: target(),
        chunks: chunks(),
        discover: DiscoverAsk {
            mapped: Vec::new(),
            property: None,
            today: night("2026-11-22"),
        },
        window: (night("2027-01-01"), night("2027-03-31")),
        job: JobRef::new("00c0ffee00000001").ok(),
        golden: golden(),
        written,
        page,
        first_pages: vec![(
            Operation::Read,
            Response::new(200, r#"{"property":"P00017","rates":[],"next":"more"}"#),
        )],
        job_state: Some(|job, state| {
            Response::new(200, format!(r#"{{"job_id":"{job}","status":"{state}"}}"#))
        }),
        stage: Some(Stage {
            build: simulator::new,
            hotel: hotel(Vec::new()),
            crowded: hotel(crowd()),
        }),
    }
}

fn build(config: &str) -> Result<Box<dyn Adapter>, String> {
    let config: Config = serde_json::from_str(config).map_err(|error| error.to_string())?;
    match Generic::new(config) {
        Ok(adapter) => Ok(Box::new(adapter)),
        Err(error) => Err(error.to_string()),
    }
}

fn night(text: &str) -> Night {
    text.parse().unwrap()
}

fn ids(plan: &str) -> Ids {
    Ids {
        room: VendorId::new("STD").ok(),
        plan: VendorId::new(plan).ok(),
    }
}

fn secrets() -> Secrets {
    let secret = |name: &str, text: &str| (name.to_owned(), Secret::new(text.to_owned()));
    Secrets::new([
        secret("client_id", "planted-client-41c7"),
        secret("client_secret", "planted-secret-93e2"),
    ])
}

fn target() -> Arc<Target> {
    Arc::new(Target {
        connection: ConnectionId::new("house").unwrap(),
        property: PropertyCode::new("algarve").unwrap(),
        vendor_property: VendorId::new("P00017").unwrap(),
        facts: Facts {
            name: "Algarve Resort".into(),
            currency: Currency::new("EUR").unwrap(),
            basis: Some(Basis::Gross),
            time_zone: Some("Europe/Lisbon".into()),
            sellables: Default::default(),
        },
    })
}

fn chunk(first: &str, last: &str, stay: Set<u16>) -> Chunk {
    let prices = vec![(1, Minor(6_000)), (2, Minor(6_805))];
    let row = |first: &str, last: &str, prices, min_stay_arrival| Row {
        ids: ids("BAR"),
        first: night(first),
        last: night(last),
        prices,
        rules: rules(min_stay_arrival),
    };
    Chunk {
        target: target(),
        operation: Operation::Push,
        rows: vec![row(first, last, prices, stay)],
    }
}

/// Ten wire rows each: the first is what the golden answers are about.
fn chunks() -> Vec<Chunk> {
    vec![
        chunk("2027-01-01", "2027-01-05", Set::To(2)),
        chunk("2027-02-01", "2027-02-05", Set::Leave),
        chunk("2027-03-01", "2027-03-05", Set::Clear),
    ]
}

fn golden() -> Vec<Golden> {
    use Meaning::{Failure, Success};
    use Operation::{Discover, Poll, Push, Read, Token};
    let done = r#"{"status":"completed","applied":10,"refused":[]}"#;
    let job_done =
        r#"{"job_id":"00c0ffee00000001","status":"completed","applied":10,"refused":[]}"#;
    let all = [
        (
            Token,
            200,
            include_str!("../../fixtures/token.json"),
            Success,
        ),
        (
            Discover,
            200,
            include_str!("../../fixtures/properties.json"),
            Success,
        ),
        (Read, 200, include_str!("../../fixtures/page.json"), Success),
        (
            Push,
            202,
            include_str!("../../fixtures/accepted.json"),
            Success,
        ),
        (Push, 200, done, Success),
        (Poll, 200, job_done, Success),
        (Token, 200, r#"{"error":"invalid_client"}"#, Failure),
        (Discover, 200, r#"{"error":"insufficient_scope"}"#, Failure),
        (Read, 200, r#"{"error":"rate_limited"}"#, Failure),
        (Push, 200, r#"{"error":"rate_limited"}"#, Failure),
        (
            Push,
            200,
            r#"{"status":"completed","applied":9,"refused":[]}"#,
            Failure,
        ),
        (Push, 200, r#"{"status":"queued","job_id":"7"}"#, Failure),
        (Push, 202, r#"{"status":"accepted"}"#, Failure),
        (
            Poll,
            200,
            include_str!("../../fixtures/job_failed.json"),
            Failure,
        ),
        (
            Poll,
            200,
            include_str!("../../fixtures/job_pending.json"),
            Failure,
        ),
        (Poll, 404, r#"{"error":"no_such_job"}"#, Failure),
    ];
    all.into_iter()
        .map(|(operation, status, body, meaning)| Golden {
            operation,
            response: Response::new(status, body),
            meaning,
        })
        .collect()
}

fn rules(min_stay_arrival: Set<u16>) -> Rules {
    Rules {
        min_stay_arrival,
        ..Rules::LEAVE
    }
}

fn written(request: &http::Request<Bytes>) -> Vec<Written> {
    let body: Value = serde_json::from_slice(request.body()).unwrap();
    let text = |rate: &Value, name: &str| rate[name].as_str().map(String::from);
    let one = |rate: &Value| Written {
        room: text(rate, "room_type"),
        plan: text(rate, "rate_plan"),
        night: night(rate["date"].as_str().unwrap()),
        adults: u8::try_from(rate["adults"].as_u64().unwrap_or(0)).unwrap(),
        price: text(rate, "amount"),
        rules: rules(match rate.get("min_stay_arrival") {
            None => Set::Leave,
            Some(Value::Null) => Set::Clear,
            Some(nights) => Set::To(u16::try_from(nights.as_u64().unwrap()).unwrap()),
        }),
    };
    body["rates"].as_array().unwrap().iter().map(one).collect()
}

fn page(price: &Price<'_>) -> Response {
    let Price { amount, currency } = price;
    Response::new(
        200,
        format!(
            r#"{{"property":"P00017","rates":[{{"property_id":"P00017","room_type":"STD",
            "rate_plan":"BAR","date":"2027-01-01","adults":2,"amount":{amount},
            "currency":"{currency}","min_stay_arrival":null}}],"next":null}}"#
        ),
    )
}

fn hotel(prices: Vec<Held>) -> Hotel {
    let plan = |plan: &str, derived| HotelPlan {
        ids: ids(plan),
        room_name: "Standard".into(),
        plan_name: plan.into(),
        derived,
    };
    Hotel {
        id: VendorId::new("P00017").unwrap(),
        name: "Algarve Resort".into(),
        time_zone: "Europe/Lisbon".into(),
        currency: Currency::new("EUR").unwrap(),
        basis: Basis::Gross,
        plans: vec![plan("BAR", None), plan("NRF", Some((ids("BAR"), -10)))],
        prices,
    }
}

/// Enough for three pages, with the computed plan's. The first one ends among the prices that
/// are held, else a price lost between two pages would not be missed.
fn crowd() -> Vec<Held> {
    let nights = night("2027-01-01").through(night("2027-03-31"));
    nights
        .flat_map(|night| (1..=12).map(move |adults| (night, adults)))
        .map(|(night, adults)| Held {
            property: VendorId::new("P00017").unwrap(),
            ids: ids("BAR"),
            night,
            adults,
            price: Some(Minor(10_000 + u64::from(adults))),
            rules: Rules::LEAVE,
        })
        .collect()
}
