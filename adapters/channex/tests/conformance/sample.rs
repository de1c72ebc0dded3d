//! What this adapter tells the suite of itself: a hotel with a plan by the room, one by
//! person and one that is derived.

use std::sync::Arc;

use rackrate_channex::{Channex, Config, simulator};
use rackrate_conformance::{Portfolio, Stage, Vendor};
use rackrate_core::adapter::{Adapter, DiscoverAsk};
use rackrate_core::chunk::{Chunk, Facts, Row, Sellable, Target};
use rackrate_core::exchange::Operation;
use rackrate_core::ids::{ConnectionId, Ids, PropertyCode, VendorId};
use rackrate_core::money::{Basis, Currency, Minor};
use rackrate_core::night::Night;
use rackrate_core::rules::{Rules, Set};
use rackrate_core::secret::{Secret, Secrets};
use rackrate_core::simulator::{Held, Hotel, HotelPlan};

use crate::golden::{first_pages, golden, page};
use crate::written::written;

pub(crate) const PROPERTY: &str = "716305c4-561a-4561-a187-7f5b8aeb5920";
pub(crate) const BAR: &str = "bab451e7-9ab1-4cc4-aa16-107bf7bbabb2";
pub(crate) const BAR_ADULTS: u8 = 2;
/// Sold by person to one, two or three; three is the primary occupancy.
const FAMILY: &str = "c9c80104-af3b-47b2-8a2f-ba7e544638f3";
const DERIVED: &str = "a07e712e-cb34-4ec9-b085-63e59a88c249";
const WINDOW: (&str, &str) = ("2027-02-01", "2027-03-31");

pub(crate) fn vendor() -> Vendor {
    let key = Secret::new("planted-key-41aa".to_owned());
    Vendor {
        build,
        config: r#"{"adults":2}"#.into(),
        portfolio: Portfolio::apart(r#"{"adults":2}"#),
        scopes: None,
        secrets: Secrets::new([("api_key".to_owned(), key)]),
        target: target(),
        chunks: chunks(),
        discover: DiscoverAsk {
            mapped: Vec::new(),
            property: None,
            today: night("2027-01-15"),
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
            hotel: hotel(occupied()),
            crowded: hotel(crowd()),
        }),
    }
}

fn build(config: &str) -> Result<Box<dyn Adapter>, String> {
    let config: Config = serde_json::from_str(config).map_err(|error| error.to_string())?;
    match Channex::new(config) {
        Ok(adapter) => Ok(Box::new(adapter)),
        Err(error) => Err(error.to_string()),
    }
}

fn night(text: &str) -> Night {
    text.parse().unwrap()
}

fn ids(plan: &str) -> Ids {
    Ids {
        room: VendorId::new("994d1375-dbbd-4072-8724-b2ab32ce781b").ok(),
        plan: VendorId::new(plan).ok(),
    }
}

fn target() -> Arc<Target> {
    let sellable = |plan: &str, mode: &str, adults: u8, derived| Sellable {
        ids: ids(plan),
        name: plan.to_owned(),
        currency: Currency::new("GBP").ok(),
        derived,
        adults: vec![adults],
        extra: [("sell_mode".to_owned(), mode.to_owned())].into(),
    };
    let sellables = [
        sellable(BAR, "per_room", BAR_ADULTS, false),
        sellable(FAMILY, "per_person", 3, false),
        sellable(DERIVED, "per_room", 2, true),
    ];
    Arc::new(Target {
        connection: ConnectionId::new("london").unwrap(),
        property: PropertyCode::new("LON").unwrap(),
        vendor_property: VendorId::new(PROPERTY).unwrap(),
        facts: Facts {
            name: "Demo Hotel".into(),
            currency: Currency::new("GBP").unwrap(),
            basis: None,
            time_zone: Some("Europe/London".into()),
            sellables: sellables.map(|one| (one.ids.clone(), one)).into(),
        },
    })
}

fn row(plan: &str, nights: (&str, &str), price: (u8, u64), rules: Rules) -> Row {
    Row {
        ids: ids(plan),
        first: night(nights.0),
        last: night(nights.1),
        prices: vec![(price.0, Minor(price.1))],
        rules,
    }
}

fn chunk(rows: Vec<Row>) -> Chunk {
    Chunk {
        target: target(),
        operation: Operation::Push,
        rows,
    }
}

/// The first one is what the golden warning is about.
fn chunks() -> Vec<Chunk> {
    let all = Rules {
        min_stay_arrival: Set::To(2),
        min_stay_through: Set::To(3),
        max_stay_arrival: Set::To(14),
        max_stay_through: Set::Leave,
        closed_to_arrival: Set::To(true),
        closed_to_departure: Set::To(true),
        stop_sell: Set::To(true),
    };
    let none = Rules {
        min_stay_arrival: Set::Clear,
        min_stay_through: Set::Clear,
        max_stay_arrival: Set::Clear,
        max_stay_through: Set::Leave,
        closed_to_arrival: Set::Clear,
        closed_to_departure: Set::Clear,
        stop_sell: Set::Clear,
    };
    vec![
        chunk(vec![row(
            BAR,
            ("2027-02-27", "2027-02-27"),
            (2, 12_900),
            Rules::LEAVE,
        )]),
        chunk(vec![
            row(BAR, ("2027-03-01", "2027-03-05"), (2, 13_005), all),
            row(FAMILY, ("2027-03-01", "2027-03-07"), (3, 18_000), all),
        ]),
        chunk(vec![
            row(BAR, ("2027-03-10", "2027-03-12"), (2, 9_990), none),
            row(FAMILY, ("2027-03-10", "2027-03-10"), (3, 1), none),
        ]),
    ]
}

fn hotel(prices: Vec<Held>) -> Hotel {
    let plan = |plan, name: &str, derived| HotelPlan {
        ids: ids(plan),
        room_name: "Double".into(),
        plan_name: name.into(),
        derived,
    };
    Hotel {
        id: VendorId::new(PROPERTY).unwrap(),
        name: "Demo Hotel".into(),
        time_zone: "Europe/London".into(),
        currency: Currency::new("GBP").unwrap(),
        basis: Basis::Gross,
        plans: vec![
            plan(BAR, "BAR", None),
            plan(FAMILY, "Family", None),
            plan(DERIVED, "Non refundable", Some((ids(BAR), -10))),
        ],
        prices,
    }
}

fn held(plan: &str, night: Night, adults: u8, price: u64) -> Held {
    Held {
        property: VendorId::new(PROPERTY).unwrap(),
        ids: ids(plan),
        night,
        adults,
        price: Some(Minor(price)),
        rules: Rules::LEAVE,
    }
}

/// A night before the window, by which the simulator knows whom the plans are sold to.
fn occupied() -> Vec<Held> {
    let night = night("2027-01-31");
    let family = (1..=3).map(|adults| held(FAMILY, night, adults, 15_000));
    std::iter::once(held(BAR, night, 2, 10_000))
        .chain(family)
        .collect()
}

/// A price for every night of the window and two plans, each another one.
fn crowd() -> Vec<Held> {
    let nights = night(WINDOW.0).through(night(WINDOW.1));
    (10_000..)
        .zip(nights)
        .flat_map(|(price, night)| {
            [
                held(BAR, night, 2, price),
                held(FAMILY, night, 3, price + 5_000),
            ]
        })
        .collect()
}
