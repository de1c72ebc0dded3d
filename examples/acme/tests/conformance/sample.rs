//! What this adapter tells the suite of itself: a hotel, and what we wish for it.

use std::collections::BTreeMap;
use std::sync::Arc;

use rackrate_acme::{Acme, Config, simulator};
use rackrate_conformance::{Portfolio, Stage, Vendor};
use rackrate_core::adapter::{Adapter, DiscoverAsk};
use rackrate_core::chunk::{Chunk, Facts, Row, Target};
use rackrate_core::exchange::Operation;
use rackrate_core::ids::{ConnectionId, Ids, PropertyCode, VendorId};
use rackrate_core::money::{Basis, Currency, Minor};
use rackrate_core::night::Night;
use rackrate_core::rules::{Rules, Set};
use rackrate_core::secret::{Secret, Secrets};
use rackrate_core::simulator::{Held, Hotel, HotelPlan};

use crate::golden;
use crate::written;

const CONFIG: &str = r#"{"base_url":"https://api.acme.example/v1"}"#;

pub(crate) fn vendor() -> Vendor {
    Vendor {
        build,
        config: CONFIG.into(),
        portfolio: Portfolio::shared(CONFIG),
        scopes: None,
        secrets: secrets(),
        target: target(),
        chunks: chunks(),
        discover: DiscoverAsk {
            mapped: Vec::new(),
            property: None,
            today: night("2026-11-22"),
        },
        window: (night("2027-01-01"), night("2027-01-28")),
        job: None,
        golden: golden::golden(),
        written: written::written,
        page: written::page,
        first_pages: Vec::new(),
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
    match Acme::new(config) {
        Ok(adapter) => Ok(Box::new(adapter)),
        Err(error) => Err(error.to_string()),
    }
}

pub(crate) fn night(text: &str) -> Night {
    text.parse().unwrap()
}

fn ids() -> Ids {
    Ids {
        room: VendorId::new("STD").ok(),
        plan: VendorId::new("BAR").ok(),
    }
}

/// Secrets by the manifest's names; texts that occur nowhere else.
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
        property: PropertyCode::new("harbour").unwrap(),
        vendor_property: VendorId::new("H1").unwrap(),
        facts: Facts {
            name: "Harbour House".into(),
            currency: Currency::new("EUR").unwrap(),
            basis: Some(Basis::Gross),
            time_zone: Some("Europe/Lisbon".into()),
            sellables: BTreeMap::new(),
        },
    })
}

fn chunk(first: &str, last: &str, min_stay_arrival: Set<u16>) -> Chunk {
    Chunk {
        target: target(),
        operation: Operation::Push,
        rows: vec![Row {
            ids: ids(),
            first: night(first),
            last: night(last),
            prices: vec![(2, Minor(12_900))],
            rules: Rules {
                min_stay_arrival,
                ..Rules::LEAVE
            },
        }],
    }
}

/// The first one is what the golden answers are about.
fn chunks() -> Vec<Chunk> {
    vec![
        chunk("2027-01-01", "2027-01-03", Set::To(2)),
        chunk("2027-01-11", "2027-01-13", Set::Leave),
        chunk("2027-01-21", "2027-01-23", Set::Clear),
    ]
}

fn hotel(prices: Vec<Held>) -> Hotel {
    Hotel {
        id: VendorId::new("H1").unwrap(),
        name: "Harbour House".into(),
        time_zone: "Europe/Lisbon".into(),
        currency: Currency::new("EUR").unwrap(),
        basis: Basis::Gross,
        plans: vec![HotelPlan {
            ids: ids(),
            room_name: "Standard".into(),
            plan_name: "Best available rate".into(),
            derived: None,
        }],
        prices,
    }
}

/// A price for every night of the window.
fn crowd() -> Vec<Held> {
    let held = |night| Held {
        property: VendorId::new("H1").unwrap(),
        ids: ids(),
        night,
        adults: 0,
        price: Some(Minor(10_000)),
        rules: Rules::LEAVE,
    };
    let nights = night("2027-01-01").through(night("2027-01-28"));
    nights.map(held).collect()
}
