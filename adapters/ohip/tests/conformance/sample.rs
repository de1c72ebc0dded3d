//! What this adapter tells the suite of itself.

use std::sync::Arc;

use rackrate_conformance::{Portfolio, Stage, Vendor};
use rackrate_core::adapter::{Adapter, DiscoverAsk};
use rackrate_core::chunk::{Chunk, Facts, Row, Sellable, Target};
use rackrate_core::clock::Mono;
use rackrate_core::exchange::Operation;
use rackrate_core::ids::{ConnectionId, Ids, JobRef, PropertyCode, VendorId};
use rackrate_core::money::{Basis, Currency, Minor};
use rackrate_core::night::Night;
use rackrate_core::rules::{Rules, Set};
use rackrate_core::secret::{Secret, Secrets};
use rackrate_core::simulator::{Control, Held, Hotel, HotelPlan, Simulator, SimulatorSetup};
use rackrate_ohip::{Config, Ohip, simulator};

use crate::golden::{JOB, first_pages, golden, job_state, page};
use crate::written::written;

const PLAN: &str = "MYDAILY";
const DERIVED: &str = "NRF 10%";
const WINDOW: (&str, &str) = ("2027-01-01", "2027-03-31");
/// Enough rooms for the window's schedules to fill more than a page.
const ROOMS: [&str; 8] = ["DLX", "STD", "R/1", "R 2", "R3", "R4", "R5", "R6"];

const CONFIG: &str = r#"{"gateway":"https://tenant.hospitality-api.example.test",
    "enterprise":"ENT123","external_system":"EXT","hotels":["HTL1"]}"#;

pub(crate) fn vendor() -> Vendor {
    let secret = |name: &str| {
        let text = format!("planted-{name}-6f1d");
        (name.to_owned(), Secret::new(text))
    };
    Vendor {
        build,
        config: CONFIG.into(),
        portfolio: Portfolio::shared(CONFIG),
        scopes: Some("scopes"),
        secrets: Secrets::new(["client_id", "client_secret", "app_key"].map(secret)),
        target: target(),
        chunks: chunks(),
        discover: DiscoverAsk {
            mapped: Vec::new(),
            property: None,
            today: night("2026-12-15"),
        },
        window: (night(WINDOW.0), night(WINDOW.1)),
        job: JobRef::new(JOB).ok(),
        golden: golden(),
        written,
        page,
        first_pages: first_pages(),
        job_state: Some(job_state),
        stage: Some(Stage {
            build: clearing,
            hotel: hotel(Vec::new()),
            crowded: hotel(crowd()),
        }),
    }
}

/// The simulator in its harsher habit: a write clears the amounts that it leaves out.
fn clearing(setup: SimulatorSetup) -> Result<Box<dyn Simulator>, String> {
    let mut gateway = simulator::new(setup)?;
    let (name, value) = ("left_out".to_owned(), "clear".to_owned());
    gateway.control(&Control::Switch { name, value }, Mono(0));
    Ok(gateway)
}

fn build(config: &str) -> Result<Box<dyn Adapter>, String> {
    let config: Config = serde_json::from_str(config).map_err(|error| error.to_string())?;
    match Ohip::new(config) {
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

fn target() -> Arc<Target> {
    let sellable = |room| {
        let ids = ids(room, PLAN);
        let one = Sellable {
            ids: ids.clone(),
            name: "Deluxe, Daily".into(),
            currency: None,
            derived: false,
            adults: Vec::new(),
            extra: [].into(),
        };
        (ids, one)
    };
    Arc::new(Target {
        connection: ConnectionId::new("opera").unwrap(),
        property: PropertyCode::new("LIS").unwrap(),
        vendor_property: VendorId::new("HTL1").unwrap(),
        facts: Facts {
            name: "Example Hotel".into(),
            currency: Currency::new("EUR").unwrap(),
            basis: None,
            time_zone: None,
            sellables: ROOMS.map(sellable).into(),
        },
    })
}

fn row(room: &str, first: &str, last: &str, prices: &[(u8, u64)], rules: Rules) -> Row {
    Row {
        ids: ids(room, PLAN),
        first: night(first),
        last: night(last),
        prices: prices
            .iter()
            .map(|(adults, price)| (*adults, Minor(*price)))
            .collect(),
        rules,
    }
}

fn chunk(operation: Operation, rows: Vec<Row>) -> Chunk {
    Chunk {
        target: target(),
        operation,
        rows,
    }
}

/// The first one is what the published job is about.
fn chunks() -> Vec<Chunk> {
    let price = |room, date, prices: &[(u8, u64)]| row(room, date, date, prices, Rules::LEAVE);
    let set = Rules {
        min_stay_arrival: Set::To(3),
        min_stay_through: Set::To(2),
        closed_to_arrival: Set::To(true),
        closed_to_departure: Set::To(true),
        stop_sell: Set::To(true),
        ..Rules::LEAVE
    };
    let part = Rules {
        min_stay_arrival: Set::Clear,
        stop_sell: Set::To(true),
        closed_to_arrival: Set::Clear,
        ..Rules::LEAVE
    };
    let lifted = set.only(|kind, _| kind.is_flag());
    let mut cleared = Rules::LEAVE;
    for (kind, _) in lifted.said() {
        cleared.set(kind, Set::Clear);
    }
    vec![
        chunk(
            Operation::Push,
            vec![price("DLX", "2027-02-27", &[(1, 12_000), (2, 12_900)])],
        ),
        chunk(
            Operation::Push,
            vec![
                price("R/1", "2027-03-01", &[(2, 13_005)]),
                price("R/1", "2027-03-02", &[(2, 13_005), (5, 20_000)]),
                price("R 2", "2027-03-01", &[(1, 9_990), (3, 9_991), (4, 9_992)]),
            ],
        ),
        chunk(
            Operation::Restrict,
            vec![row("DLX", "2027-02-20", "2027-02-24", &[], set)],
        ),
        chunk(
            Operation::Restrict,
            vec![
                row("STD", "2027-02-20", "2027-02-20", &[], part),
                row("R/1", "2027-02-21", "2027-02-28", &[], cleared),
            ],
        ),
    ]
}

fn hotel(prices: Vec<Held>) -> Hotel {
    let plan = |room: &str, plan, derived| HotelPlan {
        ids: ids(room, plan),
        room_name: format!("Room {room}"),
        plan_name: "Daily".into(),
        derived,
    };
    let own = ROOMS.map(|room| plan(room, PLAN, None));
    let based = ROOMS.map(|room| plan(room, DERIVED, Some((ids(room, PLAN), -10))));
    Hotel {
        id: VendorId::new("HTL1").unwrap(),
        name: "Example Hotel".into(),
        time_zone: "Europe/Lisbon".into(),
        currency: Currency::new("EUR").unwrap(),
        basis: Basis::Gross,
        plans: own.into_iter().chain(based).collect(),
        prices,
    }
}

/// A price for every room and night of the window, each another one.
fn crowd() -> Vec<Held> {
    let nights = || night(WINDOW.0).through(night(WINDOW.1));
    let cells = ROOMS
        .iter()
        .flat_map(|room| nights().map(move |night| (*room, night)));
    (10_000..)
        .zip(cells)
        .map(|(price, (room, night))| Held {
            property: VendorId::new("HTL1").unwrap(),
            ids: ids(room, PLAN),
            night,
            adults: 2,
            price: Some(Minor(price)),
            rules: Rules::LEAVE,
        })
        .collect()
}
