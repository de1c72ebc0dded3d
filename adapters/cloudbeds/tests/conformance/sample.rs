//! What this adapter tells the suite of itself.

use std::sync::Arc;

use rackrate_cloudbeds::{Cloudbeds, Config, simulator};
use rackrate_conformance::{Portfolio, Stage, Vendor};
use rackrate_core::adapter::{Adapter, DiscoverAsk};
use rackrate_core::chunk::{Chunk, Facts, Row, Target};
use rackrate_core::exchange::Operation;
use rackrate_core::ids::{ConnectionId, Ids, JobRef, PropertyCode, VendorId};
use rackrate_core::money::{Basis, Currency, Minor};
use rackrate_core::night::Night;
use rackrate_core::rules::{Rules, Set};
use rackrate_core::secret::{Secret, Secrets};
use rackrate_core::simulator::{Held, Hotel, HotelPlan, Simulator, SimulatorSetup};

use crate::golden::{JOB, first_pages, golden, job_state, keys, page, tokens};
use crate::written::written;

const BASE: &str = "810949";
const DERIVED: &str = "810955";
const WINDOW: (&str, &str) = ("2027-02-01", "2027-03-31");

/// With the key of a partner, whose connections share one allowance.
pub(crate) fn of_a_partner() -> Vendor {
    const CONFIG: &str = r#"{"adults":2,"client":"partner","client_name":"ours"}"#;
    let vendor = vendor();
    Vendor {
        config: CONFIG.into(),
        portfolio: Portfolio::shared(CONFIG),
        stage: vendor.stage.map(|stage| Stage {
            build: known_as_partner,
            ..stage
        }),
        ..vendor
    }
}

/// With the client of a partner, to which a person grants something.
pub(crate) fn by_consent() -> Vendor {
    const CONFIG: &str = r#"{"adults":2,"auth":"oauth","client":"partner","client_name":"ours",
        "authorize_url":"https://hotels.cloudbeds.com/api/v1.3/oauth",
        "token_url":"https://hotels.cloudbeds.com/api/v1.3/access_token"}"#;
    let secret = |name: &str, text: &str| (name.to_owned(), Secret::new(text.to_owned()));
    Vendor {
        config: CONFIG.into(),
        portfolio: Portfolio::shared(CONFIG),
        scopes: Some("scopes"),
        secrets: Secrets::new([
            secret("client_id", "planted_client_5d1e"),
            secret("client_secret", "planted-secret-a02c"),
        ]),
        golden: golden().into_iter().chain(tokens()).collect(),
        ..vendor()
    }
}

/// The same, where a consent gives a key.
pub(crate) fn by_key() -> Vendor {
    let vendor = by_consent();
    Vendor {
        config: vendor.config.replace("\"oauth\"", "\"key_by_consent\""),
        golden: golden().into_iter().chain(keys()).collect(),
        ..vendor
    }
}

/// The simulator, to which the adapter's key is a partner's.
fn known_as_partner(setup: SimulatorSetup) -> Result<Box<dyn Simulator>, String> {
    let key = setup.secrets.get("api_key").cloned();
    let key = key.map(|key| ("partner_api_key".to_owned(), key));
    simulator::new(SimulatorSetup {
        secrets: Secrets::new(key),
        ..setup
    })
}

pub(crate) fn vendor() -> Vendor {
    let key = Secret::new("planted-key-7be0".to_owned());
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
        job: JobRef::new(JOB).ok(),
        golden: golden(),
        written,
        page,
        first_pages: first_pages(),
        job_state: Some(job_state),
        stage: Some(Stage {
            build: simulator::new,
            hotel: hotel(Vec::new()),
            crowded: hotel(crowd()),
        }),
    }
}

fn build(config: &str) -> Result<Box<dyn Adapter>, String> {
    let config: Config = serde_json::from_str(config).map_err(|error| error.to_string())?;
    match Cloudbeds::new(config) {
        Ok(adapter) => Ok(Box::new(adapter)),
        Err(error) => Err(error.to_string()),
    }
}

fn night(text: &str) -> Night {
    text.parse().unwrap()
}

fn ids(rate: &str) -> Ids {
    Ids {
        room: VendorId::new("111111").ok(),
        plan: VendorId::new(rate).ok(),
    }
}

fn target() -> Arc<Target> {
    Arc::new(Target {
        connection: ConnectionId::new("london").unwrap(),
        property: PropertyCode::new("LON").unwrap(),
        vendor_property: VendorId::new("302817").unwrap(),
        facts: Facts {
            name: "Example Hotel".into(),
            currency: Currency::new("GBP").unwrap(),
            basis: None,
            time_zone: Some("Europe/London".into()),
            sellables: [].into(),
        },
    })
}

fn chunk(rows: &[(&str, &str, u64, Rules)]) -> Chunk {
    let row = |(first, last, price, rules): &(&str, &str, u64, Rules)| Row {
        ids: ids(BASE),
        first: night(first),
        last: night(last),
        prices: vec![(2, Minor(*price))],
        rules: *rules,
    };
    Chunk {
        target: target(),
        operation: Operation::Push,
        rows: rows.iter().map(row).collect(),
    }
}

/// All restrictions that the vendor has, with those nights and flags.
fn all(shortest: Set<u16>, longest: Set<u16>, flag: Set<bool>) -> Rules {
    Rules {
        min_stay_through: shortest,
        max_stay_through: longest,
        closed_to_arrival: flag,
        closed_to_departure: flag,
        stop_sell: flag,
        ..Rules::LEAVE
    }
}

/// The first one is what the published job is about.
fn chunks() -> Vec<Chunk> {
    let set = all(Set::To(2), Set::To(14), Set::To(true));
    let some = all(Set::To(3), Set::Leave, Set::Clear);
    let none = all(Set::Clear, Set::Clear, Set::Clear);
    vec![
        chunk(&[("2027-02-27", "2027-02-27", 12_900, Rules::LEAVE)]),
        chunk(&[
            ("2027-03-01", "2027-03-05", 13_005, set),
            ("2027-03-06", "2027-03-07", 15_000, some),
        ]),
        chunk(&[("2027-03-10", "2027-03-12", 9_990, none)]),
    ]
}

fn hotel(prices: Vec<Held>) -> Hotel {
    let plan = |rate, name: &str, derived| HotelPlan {
        ids: ids(rate),
        room_name: "King Deluxe".into(),
        plan_name: name.into(),
        derived,
    };
    Hotel {
        id: VendorId::new("302817").unwrap(),
        name: "Example Hotel".into(),
        time_zone: "Europe/London".into(),
        currency: Currency::new("GBP").unwrap(),
        basis: Basis::Gross,
        plans: vec![
            plan(BASE, "BAR", None),
            plan(DERIVED, "Non refundable", Some((ids(BASE), -10))),
        ],
        prices,
    }
}

/// A price for every night of the window, each another one.
fn crowd() -> Vec<Held> {
    let nights = night(WINDOW.0).through(night(WINDOW.1));
    (10_000..)
        .zip(nights)
        .map(|(price, night)| Held {
            property: VendorId::new("302817").unwrap(),
            ids: ids(BASE),
            night,
            adults: 0,
            price: Some(Minor(price)),
            rules: Rules::LEAVE,
        })
        .collect()
}
