//! What this adapter tells the suite of itself.

use std::collections::BTreeMap;
use std::sync::Arc;

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
use rackrate_guesty::{Config, Guesty, simulator};

use crate::golden::{complexes, first_page_of_listings, of_complexes, of_listings, page};
use crate::written::written;

const COMPLEX: &str = "645774fe76e5da340bf915e7";
const FIRST: &str = "6457751476e5da340bf915e8";
const WINDOW: (&str, &str) = ("2027-02-01", "2027-03-31");

/// A complex of twelve listings: more than one answer has.
pub(crate) fn hotel_of_listings() -> Vendor {
    let listings: Vec<String> = (1..11).map(|at| format!("listing {at}/é")).collect();
    let listings: Vec<&str> = listings.iter().map(String::as_str).collect();
    let listings = [&listings[..], &[FIRST, "with, a comma"]].concat();
    let read = (Operation::Read, page_of_nothing());
    Vendor {
        config: r#"{"adults":2,"group_by":"complex"}"#.into(),
        portfolio: Portfolio::shared(r#"{"adults":2,"group_by":"complex","client_name":"ours"}"#),
        golden: of_complexes(),
        first_pages: vec![(Operation::Discover, complexes()), read],
        ..vendor(COMPLEX, &listings, known(&listings))
    }
}

/// A listing that is a property, of which nothing but its identifier is known.
pub(crate) fn listing_by_itself() -> Vendor {
    Vendor {
        config: r#"{"adults":2}"#.into(),
        portfolio: Portfolio::shared(r#"{"adults":2,"client_name":"ours"}"#),
        golden: of_listings(),
        first_pages: vec![(Operation::Discover, first_page_of_listings())],
        ..vendor(FIRST, &[FIRST], BTreeMap::new())
    }
}

fn vendor(property: &str, listings: &[&str], sellables: BTreeMap<Ids, Sellable>) -> Vendor {
    let secret = |name: &str, text: &str| (name.to_owned(), Secret::new(text.to_owned()));
    let target = target(property, sellables);
    Vendor {
        build,
        config: String::new(),
        portfolio: Portfolio::apart(""),
        scopes: None,
        secrets: Secrets::new([
            secret("client_id", "planted-client-51ab"),
            secret("client_secret", "planted-secret-7be0"),
        ]),
        chunks: chunks(&target),
        target,
        discover: DiscoverAsk {
            mapped: Vec::new(),
            property: None,
            today: night("2027-01-15"),
        },
        window: (night(WINDOW.0), night(WINDOW.1)),
        job: None,
        golden: Vec::new(),
        written,
        page,
        first_pages: Vec::new(),
        job_state: None,
        stage: Some(Stage {
            build: simulator::new,
            hotel: hotel(property, listings, false),
            crowded: hotel(property, listings, true),
        }),
    }
}

fn build(config: &str) -> Result<Box<dyn Adapter>, String> {
    let config: Config = serde_json::from_str(config).map_err(|error| error.to_string())?;
    match Guesty::new(config) {
        Ok(adapter) => Ok(Box::new(adapter)),
        Err(error) => Err(error.to_string()),
    }
}

fn page_of_nothing() -> rackrate_core::exchange::Response {
    rackrate_core::exchange::Response::new(200, r#"{"data":{"days":[]}}"#)
}

fn night(text: &str) -> Night {
    text.parse().unwrap()
}

fn ids(listing: &str) -> Ids {
    Ids {
        room: VendorId::new(listing).ok(),
        plan: None,
    }
}

fn known(listings: &[&str]) -> BTreeMap<Ids, Sellable> {
    let sellable = |listing: &&str| Sellable {
        ids: ids(listing),
        name: (*listing).to_owned(),
        currency: Currency::new("EUR").ok(),
        derived: false,
        adults: Vec::new(),
        extra: BTreeMap::new(),
    };
    let all = listings.iter().map(sellable);
    all.map(|one| (one.ids.clone(), one)).collect()
}

fn target(property: &str, sellables: BTreeMap<Ids, Sellable>) -> Arc<Target> {
    Arc::new(Target {
        connection: ConnectionId::new("lisbon").unwrap(),
        property: PropertyCode::new("LIS").unwrap(),
        vendor_property: VendorId::new(property).unwrap(),
        facts: Facts {
            name: "Example Hotel".into(),
            currency: Currency::new("EUR").unwrap(),
            basis: None,
            time_zone: Some("Europe/Lisbon".into()),
            sellables,
        },
    })
}

fn row(nights: (&str, &str), price: u64, rules: Rules) -> Row {
    Row {
        ids: ids(FIRST),
        first: night(nights.0),
        last: night(nights.1),
        prices: vec![(2, Minor(price))],
        rules,
    }
}

fn rules(stay: Set<u16>, arrival: Set<bool>, departure: Set<bool>) -> Rules {
    Rules {
        min_stay_arrival: stay,
        closed_to_arrival: arrival,
        closed_to_departure: departure,
        ..Rules::LEAVE
    }
}

fn chunks(target: &Arc<Target>) -> Vec<Chunk> {
    let chunk = |rows| Chunk {
        target: target.clone(),
        operation: Operation::Push,
        rows,
    };
    let set = rules(Set::To(2), Set::To(true), Set::Leave);
    let other = rules(Set::To(3), Set::Leave, Set::To(true));
    let clear = rules(Set::Clear, Set::Clear, Set::Clear);
    vec![
        chunk(vec![row(
            ("2027-02-27", "2027-02-27"),
            12_950,
            Rules::LEAVE,
        )]),
        chunk(vec![
            row(("2027-03-01", "2027-03-05"), 13_005, set),
            row(("2027-03-06", "2027-03-07"), 15_000, other),
        ]),
        chunk(vec![row(("2027-03-10", "2027-03-12"), 9_990, clear)]),
    ]
}

/// The property; crowded, every night of its window has another price.
fn hotel(property: &str, listings: &[&str], crowded: bool) -> Hotel {
    let id = VendorId::new(property).unwrap();
    let plan = |listing: &&str| HotelPlan {
        ids: ids(listing),
        room_name: (*listing).to_owned(),
        plan_name: "BAR".into(),
        derived: None,
    };
    let nights = || night(WINDOW.0).through(night(WINDOW.1));
    let cells = listings
        .iter()
        .flat_map(|listing| nights().map(move |night| (*listing, night)));
    let held = |(price, (listing, night)): (u64, (&str, Night))| Held {
        property: id.clone(),
        ids: ids(listing),
        night,
        adults: 0,
        price: Some(Minor(price)),
        rules: Rules::LEAVE,
    };
    Hotel {
        name: "Example Hotel".into(),
        time_zone: "Europe/Lisbon".into(),
        currency: Currency::new("EUR").unwrap(),
        basis: Basis::Gross,
        plans: listings.iter().map(plan).collect(),
        prices: match crowded {
            true => (10_000..).zip(cells).map(held).collect(),
            false => Vec::new(),
        },
        id,
    }
}
