//! What this adapter tells the suite of itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::tz::TimeZone;
use rackrate_apaleo::{Apaleo, Config, simulator};
use rackrate_conformance::{Portfolio, Stage, Vendor};
use rackrate_core::adapter::{Adapter, DiscoverAsk};
use rackrate_core::chunk::{Chunk, Facts, Row, Sellable, Target};
use rackrate_core::exchange::Operation;
use rackrate_core::ids::{ConnectionId, Ids, PropertyCode, VendorId};
use rackrate_core::money::{Basis, Currency, Minor};
use rackrate_core::night::Night;
use rackrate_core::notes::Notes;
use rackrate_core::rules::{Rules, Set};
use rackrate_core::secret::{Secret, Secrets};
use rackrate_core::simulator::{Held, Hotel, HotelPlan};

use crate::golden::{first_pages, golden, page};
use crate::written::written;

/// More nights than a page has, over both clock changes.
pub(crate) const WINDOW: (&str, &str) = ("2026-09-01", "2027-04-10");

pub(crate) fn vendor() -> Vendor {
    let secret = Secret::new("planted-secret-7be0".to_owned());
    Vendor {
        build,
        config: config(),
        portfolio: Portfolio::shared(&config()),
        scopes: None,
        secrets: Secrets::new([("client_secret".to_owned(), secret)]),
        target: Arc::new(target()),
        chunks: chunks(),
        discover: DiscoverAsk {
            mapped: Vec::new(),
            property: None,
            today: night("2026-08-15"),
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

fn config() -> String {
    format!(r#"{{"client_id":"{}"}}"#, simulator::CLIENT_ID)
}

fn build(config: &str) -> Result<Box<dyn Adapter>, String> {
    let config: Config = serde_json::from_str(config).map_err(|error| error.to_string())?;
    match Apaleo::new(config) {
        Ok(adapter) => Ok(Box::new(adapter)),
        Err(error) => Err(error.to_string()),
    }
}

pub(crate) fn night(text: &str) -> Night {
    text.parse().unwrap()
}

/// The exact ends of a night's slice in Berlin.
pub(crate) fn ends(night: Night) -> (String, String) {
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let local = |night: Night, hour| {
        let time = night.date().at(hour, 0, 0, 0).to_zoned(zone.clone());
        time.unwrap().strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    };
    (local(night, 17), local(night.next(), 11))
}

fn single() -> Ids {
    ids("MUC-SGL", "MUC-BAR-SGL")
}

/// A plan whose identifier has to be encoded in an address.
fn odd() -> Ids {
    ids("MUC-Z", "MUC/B+R ü?%2F")
}

fn derived() -> Ids {
    ids("MUC-SGL", "MUC-NONREF-SGL")
}

fn ids(room: &str, plan: &str) -> Ids {
    Ids {
        room: VendorId::new(room).ok(),
        plan: VendorId::new(plan).ok(),
    }
}

fn target() -> Target {
    let plans = [(single(), false), (odd(), false), (derived(), true)];
    let sellable = |(ids, derived): (Ids, bool)| Sellable {
        ids,
        name: "a plan".into(),
        currency: None,
        derived,
        adults: Vec::new(),
        extra: BTreeMap::new(),
    };
    let sellables = plans.map(|one| (one.0.clone(), sellable(one)));
    Target {
        connection: ConnectionId::new("munich").unwrap(),
        property: PropertyCode::new("MUC").unwrap(),
        vendor_property: VendorId::new("MUC").unwrap(),
        facts: Facts {
            name: "Example Hotel".into(),
            currency: Currency::new("EUR").unwrap(),
            basis: None,
            time_zone: Some("Europe/Berlin".into()),
            sellables: sellables.into(),
        },
    }
}

/// Rows with the notes of a read that found no restriction on their nights.
fn chunk(ids: Ids, rows: &[(&str, &str, u64, Rules)]) -> Chunk {
    let row = |(first, last, price, rules): &(&str, &str, u64, Rules)| Row {
        ids: ids.clone(),
        first: night(first),
        last: night(last),
        prices: vec![(1, Minor(*price))],
        rules: *rules,
    };
    let rows: Vec<Row> = rows.iter().map(row).collect();
    let mut notes = Notes::default();
    for night in rows.iter().flat_map(|row| row.first.through(row.last)) {
        let (from, to) = ends(night);
        let note = format!(r#"{{"from":"{from}","to":"{to}"}}"#);
        notes.set(&ids, night, &note);
    }
    Chunk {
        target: Arc::new(notes.attach(&target(), &rows)),
        operation: Operation::Push,
        rows,
    }
}

/// Every kind is spoken of, because a PUT speaks of every kind.
fn rules(min: Set<u16>, max: Set<u16>, closed: Set<bool>, arrival: Set<bool>) -> Rules {
    Rules {
        min_stay_arrival: min,
        max_stay_arrival: max,
        stop_sell: closed,
        closed_to_arrival: arrival,
        closed_to_departure: arrival,
        ..Rules::LEAVE
    }
}

fn chunks() -> Vec<Chunk> {
    use Set::{Clear, To};
    let none = rules(Clear, Clear, Clear, Clear);
    let some = rules(To(2), To(14), Clear, Clear);
    let shut = rules(Clear, Clear, To(true), To(true));
    vec![
        chunk(single(), &[("2026-09-23", "2026-09-23", 10_500, some)]),
        chunk(
            single(),
            &[
                ("2026-10-23", "2026-10-26", 13_005, none),
                ("2026-10-27", "2026-10-30", 15_000, shut),
            ],
        ),
        chunk(odd(), &[("2027-03-26", "2027-03-29", 9_990, some)]),
    ]
}

fn hotel(prices: Vec<Held>) -> Hotel {
    let plan = |ids, derived| HotelPlan {
        ids,
        room_name: "Single".into(),
        plan_name: "Best available".into(),
        derived,
    };
    Hotel {
        id: VendorId::new("MUC").unwrap(),
        name: "Example Hotel".into(),
        time_zone: "Europe/Berlin".into(),
        currency: Currency::new("EUR").unwrap(),
        basis: Basis::Gross,
        plans: vec![
            plan(single(), None),
            plan(odd(), None),
            plan(derived(), Some((single(), -10))),
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
            property: VendorId::new("MUC").unwrap(),
            ids: single(),
            night,
            adults: 0,
            price: Some(Minor(price)),
            rules: Rules::LEAVE,
        })
        .collect()
}
