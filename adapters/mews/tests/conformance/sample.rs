//! What this adapter tells the suite of itself.

use std::sync::Arc;

use rackrate_conformance::{Portfolio, Stage, Vendor};
use rackrate_core::adapter::{Adapter, DiscoverAsk};
use rackrate_core::chunk::{Chunk, Facts, Row, Sellable, Target};
use rackrate_core::exchange::Operation;
use rackrate_core::ids::{ConnectionId, Ids, PropertyCode, VendorId};
use rackrate_core::key::Key;
use rackrate_core::money::{Basis, Currency, Minor};
use rackrate_core::night::Night;
use rackrate_core::rules::{Rules, Set};
use rackrate_core::secret::{Secret, Secrets};
use rackrate_core::simulator::{Held, Hotel, HotelPlan};
use rackrate_mews::{Config, Mews, simulator};

use crate::golden::{first_pages, golden, page};
use crate::written::written;

pub(crate) const ZONE: &str = "Europe/Budapest";
const HOTEL: &str = "851df8c8-90f2-4c4a-8e01-a4fc46b25178";
const RATE: &str = "ed4b660b-19d0-434b-9360-a4de2ea42eda";
const DERIVED: &str = "7c7e89d6-69c0-4cce-9d42-35443f2193f3";
const DOUBLE: &str = "e3aa3117-dff0-46b7-b49a-2c0391e70ff9";
const SUITE: &str = "34c29e73-c8db-4e93-b51b-981e42655e03";
const WINDOW: (&str, &str) = ("2027-01-02", "2027-01-03");

pub(crate) fn vendor() -> Vendor {
    let secret = |text: &str| Secret::new(text.to_owned());
    Vendor {
        build,
        config: r#"{"adults":2}"#.into(),
        portfolio: Portfolio::apart(r#"{"adults":2,"portfolio":true}"#),
        scopes: None,
        secrets: Secrets::new([
            ("client_token".to_owned(), secret("PLANTED-C11E47")),
            ("access_token".to_owned(), secret("PLANTED-ACCE55")),
        ]),
        target: target(),
        chunks: chunks(),
        discover: DiscoverAsk {
            mapped: Vec::new(),
            property: None,
            today: night("2026-12-20"),
        },
        window: (night(WINDOW.0), night(WINDOW.1)),
        job: None,
        golden: golden(),
        written,
        page,
        first_pages: first_pages(),
        job_state: None,
        stage: Some(Stage {
            build: simulator::new,
            hotel: hotel(Vec::new()),
            crowded: hotel(crowd()),
        }),
    }
}

fn build(config: &str) -> Result<Box<dyn Adapter>, String> {
    let config: Config = serde_json::from_str(config).map_err(|error| error.to_string())?;
    match Mews::new(config) {
        Ok(adapter) => Ok(Box::new(adapter)),
        Err(error) => Err(error.to_string()),
    }
}

fn night(text: &str) -> Night {
    text.parse().unwrap()
}

fn ids(room: &str, plan: &str) -> Ids {
    Ids {
        room: VendorId::new(room).ok(),
        plan: VendorId::new(plan).ok(),
    }
}

/// The simulator's identifier of the service that sells nights.
fn service() -> String {
    let key = Key::of(&[HOTEL.as_bytes(), b"nights"]).to_string();
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| &key[part]);
    parts.join("-")
}

fn target() -> Arc<Target> {
    let sellable = |room: &str, plan: &str| Sellable {
        ids: ids(room, plan),
        name: "Double, BAR".into(),
        currency: None,
        derived: plan == DERIVED,
        adults: Vec::new(),
        extra: [("service".to_owned(), service())].into(),
    };
    let all = [
        sellable(DOUBLE, RATE),
        sellable(SUITE, RATE),
        sellable(DOUBLE, DERIVED),
    ];
    Arc::new(Target {
        connection: ConnectionId::new("budapest").unwrap(),
        property: PropertyCode::new("BUD").unwrap(),
        vendor_property: VendorId::new(HOTEL).unwrap(),
        facts: Facts {
            name: "Example Hotel".into(),
            currency: Currency::new("EUR").unwrap(),
            basis: Some(Basis::Gross),
            time_zone: Some(ZONE.into()),
            sellables: all.map(|one| (one.ids.clone(), one)).into(),
        },
    })
}

fn row(room: &str, first: &str, last: &str, prices: &[u64], rules: Rules) -> Row {
    Row {
        ids: ids(room, RATE),
        first: night(first),
        last: night(last),
        prices: prices.iter().map(|price| (2, Minor(*price))).collect(),
        rules,
    }
}

/// The second one's items are as long as they may be, and cross both clock changes.
fn chunks() -> Vec<Chunk> {
    let price = |room, first, last, price| row(room, first, last, &[price], Rules::LEAVE);
    let chunk = |operation, rows| Chunk {
        target: target(),
        operation,
        rows,
    };
    vec![
        chunk(
            Operation::Push,
            vec![price(DOUBLE, "2027-01-02", "2027-01-04", 11_100)],
        ),
        chunk(
            Operation::Push,
            vec![
                price(DOUBLE, "2027-01-05", "2027-04-14", 13_005),
                price(SUITE, "2027-03-26", "2027-04-02", 25_010),
                price(DOUBLE, "2027-10-28", "2027-11-03", 9_990),
            ],
        ),
        chunk(Operation::Restrict, restrictions(false)),
        chunk(Operation::Restrict, restrictions(true)),
    ]
}

/// Nights of every kind, some of which share a type; or nights that are cleared of all.
fn restrictions(clear: bool) -> Vec<Row> {
    let lengths = Rules {
        min_stay_arrival: Set::To(2),
        max_stay_arrival: Set::To(7),
        min_stay_through: Set::To(3),
        max_stay_through: Set::To(14),
        closed_to_departure: Set::To(true),
        ..Rules::LEAVE
    };
    let closed = Rules {
        closed_to_arrival: Set::To(true),
        stop_sell: Set::To(true),
        ..Rules::LEAVE
    };
    let none = Rules {
        min_stay_arrival: Set::Clear,
        max_stay_arrival: Set::Clear,
        closed_to_arrival: Set::Clear,
        ..Rules::LEAVE
    };
    let row = |at: &str, rules| row(DOUBLE, at, at, &[], rules);
    match clear {
        false => vec![
            row("2027-03-27", lengths),
            row("2027-03-28", lengths),
            row("2027-03-29", closed),
            row("2027-10-31", closed),
        ],
        true => vec![row("2027-05-01", none), row("2027-05-02", none)],
    }
}

fn hotel(prices: Vec<Held>) -> Hotel {
    let plan = |room, rate, name: &str, derived| HotelPlan {
        ids: ids(room, rate),
        room_name: if room == DOUBLE { "Double" } else { "Suite" }.into(),
        plan_name: name.into(),
        derived,
    };
    Hotel {
        id: VendorId::new(HOTEL).unwrap(),
        name: "Example Hotel".into(),
        time_zone: ZONE.into(),
        currency: Currency::new("EUR").unwrap(),
        basis: Basis::Gross,
        plans: vec![
            plan(DOUBLE, RATE, "BAR", None),
            plan(SUITE, RATE, "BAR", None),
            plan(
                DOUBLE,
                DERIVED,
                "Non refundable",
                Some((ids(DOUBLE, RATE), -10)),
            ),
        ],
        prices,
    }
}

/// A price for every night and category of the window, each another one.
fn crowd() -> Vec<Held> {
    let nights = night(WINDOW.0).through(night(WINDOW.1));
    let cells = nights.flat_map(|night| [DOUBLE, SUITE].map(|room| (night, room)));
    (10_001..)
        .zip(cells)
        .map(|(price, (night, room))| Held {
            property: VendorId::new(HOTEL).unwrap(),
            ids: ids(room, RATE),
            night,
            adults: 0,
            price: Some(Minor(price)),
            rules: Rules::LEAVE,
        })
        .collect()
}
