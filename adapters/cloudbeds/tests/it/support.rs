//! What the tests share: one hotel, one adapter, one simulator.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;
use rackrate_cloudbeds::{Cloudbeds, simulator};
use rackrate_core::adapter::{Adapter, ReadAsk, Sink};
use rackrate_core::chunk::{Chunk, Facts, Row, Target};
use rackrate_core::clock::{Mono, Wall};
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::{ConnectionId, Ids, PropertyCode, Vendor, VendorId};
use rackrate_core::money::{Basis, Currency, Minor};
use rackrate_core::night::Night;
use rackrate_core::rules::{Restriction, Rules, Set};
use rackrate_core::secret::{Secret, Secrets};
use rackrate_core::series::Seen;
use rackrate_core::simulator::{Held, Hotel, HotelPlan, Simulator, SimulatorSetup, Timing};

pub(crate) const HOTELS: &str = include_str!("../../fixtures/hotels.json");
pub(crate) const RATES: &str = include_str!("../../fixtures/rate_plans.json");
pub(crate) const ACCEPTED: &str = include_str!("../../fixtures/accepted.json");
pub(crate) const JOB: &str = include_str!("../../fixtures/job.json");

pub(crate) fn cloudbeds() -> Cloudbeds {
    Cloudbeds::new(toml::from_str("adults = 2").unwrap()).unwrap()
}

pub(crate) fn night(text: &str) -> Night {
    text.parse().unwrap()
}

pub(crate) fn ids(rate: &str) -> Ids {
    Ids {
        room: Some(VendorId::new("111111").unwrap()),
        plan: Some(VendorId::new(rate).unwrap()),
    }
}

pub(crate) fn target() -> Arc<Target> {
    Arc::new(Target {
        connection: ConnectionId::new("cb").unwrap(),
        property: PropertyCode::new("LON").unwrap(),
        vendor_property: VendorId::new("302817").unwrap(),
        facts: Facts {
            name: "Example Hotel".into(),
            currency: Currency::new("GBP").unwrap(),
            basis: None,
            time_zone: None,
            sellables: [].into(),
        },
    })
}

pub(crate) fn row(rate: &str, first: &str, last: &str, minor: u64) -> Row {
    Row {
        ids: ids(rate),
        first: night(first),
        last: night(last),
        prices: vec![(2, Minor(minor))],
        rules: Rules::LEAVE,
    }
}

pub(crate) fn stay(set: Set<u16>) -> Rules {
    Rules {
        min_stay_through: set,
        ..Rules::LEAVE
    }
}

/// The kinds of a connection whose stays bind all nights.
pub(crate) fn kinds() -> [Restriction; 5] {
    [
        Restriction::MinStayThrough,
        Restriction::MaxStayThrough,
        Restriction::ClosedToArrival,
        Restriction::ClosedToDeparture,
        Restriction::StopSell,
    ]
}

/// A wish for each kind.
pub(crate) fn rules(wishes: [Set<u16>; 5]) -> Rules {
    let mut rules = Rules::LEAVE;
    for (kind, wish) in kinds().into_iter().zip(wishes) {
        rules.set(kind, wish);
    }
    rules
}

/// Any wishes; nights from two on, because one is no minimum.
pub(crate) fn wishes() -> impl Strategy<Value = [Set<u16>; 5]> {
    let wish = |set: std::ops::Range<u16>| {
        prop_oneof![Just(Set::Leave), Just(Set::Clear), set.prop_map(Set::To)]
    };
    (wish(2..30), wish(1..60), wish(1..2), wish(1..2), wish(1..2)).prop_map(
        |(shortest, longest, arrival, departure, stop)| {
            [shortest, longest, arrival, departure, stop]
        },
    )
}

/// What is read of a night without any restriction.
pub(crate) fn no_restriction() -> Rules {
    rules([Set::Clear; 5])
}

pub(crate) fn chunk(rows: Vec<Row>) -> Chunk {
    Chunk {
        target: target(),
        operation: Operation::Push,
        rows,
    }
}

pub(crate) fn ok(body: &str) -> Response {
    Response::new(200, body.to_owned())
}

pub(crate) fn ask(first: &str, last: &str) -> ReadAsk {
    ReadAsk {
        target: target(),
        first: night(first),
        last: night(last),
    }
}

#[derive(Default)]
pub(crate) struct Seens {
    pub(crate) prices: Vec<(Ids, u8, Night, Seen)>,
    pub(crate) rules: Vec<(Ids, Night, Rules)>,
}

impl Sink for Seens {
    fn price(&mut self, ids: &Ids, adults: u8, night: Night, seen: Seen) {
        self.prices.push((ids.clone(), adults, night, seen));
    }

    fn rules(&mut self, ids: &Ids, night: Night, rules: Rules) {
        self.rules.push((ids.clone(), night, rules));
    }
}

/// The request as text: line, headers in our order, body decoded for people.
pub(crate) fn shown(request: &Request) -> String {
    let wire = request.expose(&Vendor::new("cloudbeds").unwrap()).unwrap();
    let mut text = format!("{} {}\n", wire.method(), wire.uri());
    for (name, value) in wire.headers() {
        text += &format!("{name}: {}\n", value.to_str().unwrap());
    }
    for (name, value) in form_urlencoded::parse(wire.body()) {
        text += &format!("{name} = {value}\n");
    }
    text
}

pub(crate) fn setup() -> SimulatorSetup {
    let plan = |rate: &str, name: &str, derived| HotelPlan {
        ids: ids(rate),
        room_name: "King Deluxe".into(),
        plan_name: name.into(),
        derived,
    };
    let property = VendorId::new("302817").unwrap();
    let prices = night("2027-02-01")
        .through(night("2027-06-30"))
        .map(|night| Held {
            property: property.clone(),
            ids: ids("810949"),
            night,
            adults: 0,
            price: Some(Minor(12_964)),
            rules: Rules::LEAVE,
        });
    SimulatorSetup {
        seed: 1,
        // 2027-01-01T12:00:00Z
        epoch: Wall(1_798_804_800_000),
        hotels: vec![Hotel {
            id: property.clone(),
            name: "Example Hotel".into(),
            time_zone: "Europe/London".into(),
            currency: Currency::new("GBP").unwrap(),
            basis: Basis::Gross,
            plans: vec![
                plan("810949", "BAR", None),
                plan("810955", "Non refundable", Some((ids("810949"), -10))),
            ],
            prices: prices.collect(),
        }],
        secrets: secrets(),
        saved: None,
        timing: Timing {
            settle: Some(0),
            ..Timing::default()
        },
    }
}

pub(crate) fn secrets() -> Secrets {
    Secrets::new([("api_key".to_owned(), Secret::new("cbat_test".to_owned()))])
}

/// A vendor in virtual time, spoken to one request at a time.
pub(crate) struct World {
    pub(crate) vendor: Box<dyn Simulator>,
    pub(crate) now: Mono,
    calls: u64,
}

impl World {
    pub(crate) fn new(setup: SimulatorSetup) -> Self {
        Self {
            vendor: simulator::new(setup).unwrap(),
            now: Mono(0),
            calls: 0,
        }
    }

    pub(crate) fn wait(&mut self, seconds: u64) {
        self.now = self.now.after(Duration::from_secs(seconds));
        self.vendor.advance(self.now);
    }

    pub(crate) fn raw(&mut self, request: http::Request<Bytes>) -> Response {
        self.calls += 1;
        // Slow enough for a property's allowance.
        self.now = self.now.after(Duration::from_millis(250));
        let ready = self.vendor.arrive(self.calls, request, self.now);
        self.now = self.now.max(ready);
        let (parts, body) = self.vendor.answer(self.calls, self.now).into_parts();
        Response {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    pub(crate) fn send(&mut self, adapter: &dyn Adapter, mut request: Request) -> Response {
        adapter
            .auth()
            .apply(&secrets(), None, &mut request)
            .unwrap();
        self.raw(request.expose(&adapter.manifest().vendor).unwrap())
    }
}
