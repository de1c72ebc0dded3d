//! What the tests share: hotels, one adapter, one simulator in virtual time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use rackrate_core::adapter::{
    Adapter, Carry, DiscoverAsk, DiscoveredProperty, Discovery, ReadAsk, Sink, Step, Submission,
};
use rackrate_core::chunk::{Chunk, Facts, Receipt, Row, Target};
use rackrate_core::clock::{Mono, Wall};
use rackrate_core::error::Result;
use rackrate_core::exchange::{Body, Operation, Request, Response};
use rackrate_core::ids::{ConnectionId, Ids, PropertyCode, Vendor, VendorId};
use rackrate_core::money::{Basis, Currency, Minor};
use rackrate_core::night::Night;
use rackrate_core::notes::Notes;
use rackrate_core::rules::Rules;
use rackrate_core::secret::{Secret, Secrets};
use rackrate_core::series::Seen;
use rackrate_core::simulator::{
    Control, Held, Hotel, HotelPlan, Simulator, SimulatorSetup, Timing,
};
use rackrate_mews::{Mews, simulator};
use serde_json::Value;

/// Opaque, as every identifier is here.
pub(crate) const HOTEL: &str = "hotel/1 \"é\"";
pub(crate) const RATE: &str = "00 best";
pub(crate) const DEPENDENT: &str = "non-ref";
pub(crate) const DOUBLE: &str = "dbl";
pub(crate) const SUITE: &str = "suite";
pub(crate) const BUDAPEST: &str = "Europe/Budapest";

pub(crate) fn mews() -> Mews {
    with("")
}

/// An adapter with more settings.
pub(crate) fn with(settings: &str) -> Mews {
    let all = format!("adults = 2\nclient = \"ParityPush 1.0.0\"\n{settings}");
    Mews::new(toml::from_str(&all).unwrap()).unwrap()
}

pub(crate) fn night(text: &str) -> Night {
    text.parse().unwrap()
}

pub(crate) fn ids(room: &str, plan: &str) -> Ids {
    Ids {
        room: VendorId::new(room).ok(),
        plan: VendorId::new(plan).ok(),
    }
}

pub(crate) fn priced(room: &str, first: &str, last: &str, minor: u64) -> Row {
    Row {
        ids: ids(room, RATE),
        first: night(first),
        last: night(last),
        prices: vec![(2, Minor(minor))],
        rules: Rules::LEAVE,
    }
}

pub(crate) fn ruled(room: &str, at: &str, rules: Rules) -> Row {
    Row {
        prices: Vec::new(),
        rules,
        ..priced(room, at, at, 1)
    }
}

pub(crate) fn secrets() -> Secrets {
    let secret = |name: &str| (name.to_owned(), Secret::new(format!("{name}-9F3A")));
    Secrets::new([secret("client_token"), secret("access_token")])
}

pub(crate) fn hotel(zone: &str, currency: &str, basis: Basis) -> Hotel {
    let plan = |room: &str, rate: &str, derived| HotelPlan {
        ids: ids(room, rate),
        room_name: format!("the {room}"),
        plan_name: format!("rate {rate}"),
        derived,
    };
    Hotel {
        id: VendorId::new(HOTEL).unwrap(),
        name: "Example Hotel".into(),
        time_zone: zone.into(),
        currency: Currency::new(currency).unwrap(),
        basis,
        plans: vec![
            plan(DOUBLE, RATE, None),
            plan(SUITE, RATE, None),
            plan(DOUBLE, DEPENDENT, Some((ids(DOUBLE, RATE), -10))),
        ],
        prices: Vec::new(),
    }
}

/// Another hotel, with things of its own.
pub(crate) fn other_hotel() -> Hotel {
    let mut other = hotel("America/New_York", "USD", Basis::Net);
    other.id = VendorId::new("hotel/2").unwrap();
    other.plans.truncate(1);
    other.plans[0].ids = ids("king", "rack");
    other
}

pub(crate) fn setup(hotels: Vec<Hotel>) -> SimulatorSetup {
    SimulatorSetup {
        seed: 1,
        // 2027-01-01T12:00:00Z
        epoch: Wall(1_798_804_800_000),
        hotels,
        secrets: secrets(),
        saved: None,
        timing: Timing {
            settle: Some(0),
            ..Timing::default()
        },
    }
}

/// What a read told.
#[derive(Default)]
pub(crate) struct Seens {
    pub(crate) prices: BTreeMap<(Ids, Night), Seen>,
    pub(crate) rules: BTreeMap<(Ids, Night), Rules>,
    pub(crate) notes: Notes,
}

impl Seens {
    pub(crate) fn price(&self, room: &str, at: &str) -> Option<Seen> {
        self.prices.get(&(ids(room, RATE), night(at))).copied()
    }

    pub(crate) fn rules(&self, room: &str, at: &str) -> String {
        let rules = self.rules[&(ids(room, RATE), night(at))];
        let set = rules.only(|_, said| !matches!(said, rackrate_core::rules::Set::Clear));
        set.to_string()
    }
}

impl Sink for Seens {
    fn price(&mut self, ids: &Ids, adults: u8, night: Night, seen: Seen) {
        assert_eq!(adults, 2);
        self.prices.insert((ids.clone(), night), seen);
    }

    fn rules(&mut self, ids: &Ids, night: Night, rules: Rules) {
        self.rules.insert((ids.clone(), night), rules);
    }

    fn note(&mut self, ids: &Ids, night: Night, text: &str) {
        self.notes.set(ids, night, text);
    }
}

/// Adapter and vendor, who speak one request at a time.
pub(crate) struct World {
    pub(crate) adapter: Mews,
    pub(crate) vendor: Box<dyn Simulator>,
    pub(crate) now: Mono,
    /// The first hotel as discovered.
    pub(crate) target: Arc<Target>,
    calls: u64,
}

impl World {
    /// One hotel in Budapest with gross prices in euro.
    pub(crate) fn new() -> Self {
        Self::of(hotel(BUDAPEST, "EUR", Basis::Gross))
    }

    pub(crate) fn of(hotel: Hotel) -> Self {
        let mut world = Self::raw_of(vec![hotel], mews());
        let found = world.discover(None);
        world.target = target(&found.properties[0]);
        world
    }

    /// A world whose hotels are not discovered yet.
    pub(crate) fn raw_of(hotels: Vec<Hotel>, adapter: Mews) -> Self {
        Self {
            adapter,
            vendor: simulator::new(setup(hotels)).unwrap(),
            now: Mono(0),
            target: example_target(),
            calls: 0,
        }
    }

    pub(crate) fn switch(&mut self, name: &str, value: &str) {
        let (name, value) = (name.to_owned(), value.to_owned());
        let command = Control::Switch { name, value };
        self.vendor.control(&command, self.now);
    }

    pub(crate) fn by_hand(&mut self, at: &str, price: Option<u64>, rules: Rules) {
        let held = Held {
            property: VendorId::new(HOTEL).unwrap(),
            ids: ids(DOUBLE, RATE),
            night: night(at),
            adults: 0,
            price: price.map(Minor),
            rules,
        };
        self.vendor.control(&Control::SetPrice(held), self.now);
    }

    pub(crate) fn wait(&mut self, seconds: u64) {
        self.now = self.now.after(Duration::from_secs(seconds));
        self.vendor.advance(self.now);
    }

    pub(crate) fn raw(&mut self, request: http::Request<Bytes>) -> Response {
        self.calls += 1;
        // Slow enough for the allowance.
        self.now = self.now.after(Duration::from_millis(200));
        let ready = self.vendor.arrive(self.calls, request, self.now);
        self.now = self.now.max(ready);
        let (parts, body) = self.vendor.answer(self.calls, self.now).into_parts();
        Response {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    pub(crate) fn send(&mut self, request: Request) -> Response {
        self.raw(on_the_wire(&self.adapter, request))
    }

    /// A call with any body; the three members of every body are put in.
    pub(crate) fn call(&mut self, action: &str, mut body: Value) -> (u16, Value) {
        body["ClientToken"] = "client_token-9F3A".into();
        body["AccessToken"] = "access_token-9F3A".into();
        body["Client"] = "Test 1.0".into();
        let answer = self.raw(post(action, &body.to_string()));
        let body = serde_json::from_slice(&answer.body).unwrap_or_default();
        (answer.status.as_u16(), body)
    }

    pub(crate) fn discover(&mut self, property: Option<&str>) -> Discovery {
        let ask = DiscoverAsk {
            mapped: Vec::new(),
            property: property.and_then(|id| VendorId::new(id).ok()),
            today: night("2027-01-01"),
        };
        let mut found = Discovery::default();
        let (mut request, mut carry) = (self.adapter.discover(&ask).unwrap(), Carry::default());
        loop {
            let answer = self.send(request);
            let adapter = &self.adapter;
            match adapter.parse_discover(&ask, &carry, &answer, &mut found) {
                Ok(Step::Done(())) => return found,
                Ok(Step::Next {
                    request: next,
                    carry: kept,
                }) => (request, carry) = (*next, kept),
                Err(error) => panic!("{error}"),
            }
        }
    }

    pub(crate) fn read(&mut self, first: &str, last: &str) -> Seens {
        let ask = ask(&self.target, first, last);
        let (mut request, mut carry) = (self.adapter.read(&ask).unwrap(), Carry::default());
        let mut seens = Seens::default();
        loop {
            let answer = self.send(request);
            let step = self.adapter.parse_read(&ask, &carry, &answer, &mut seens);
            match step.unwrap() {
                Step::Done(()) => return seens,
                Step::Next {
                    request: next,
                    carry: kept,
                } => (request, carry) = (*next, kept),
            }
        }
    }

    pub(crate) fn chunk(&self, operation: Operation, rows: Vec<Row>) -> Chunk {
        chunk(&self.target, operation, rows)
    }

    /// Writes rows, as the planner would cut them.
    pub(crate) fn push(&mut self, operation: Operation, rows: Vec<Row>) -> Result<Receipt> {
        let chunk = self.chunk(operation, rows);
        let request = self.adapter.push(&chunk)?;
        let answer = self.send(request);
        match self.adapter.parse_push(&chunk, &answer)? {
            Submission::Answered(receipt) => Ok(receipt),
            Submission::Queued(job) => panic!("there are no jobs: {job}"),
        }
    }
}

pub(crate) fn post(action: &str, body: &str) -> http::Request<Bytes> {
    http::Request::post(format!("https://api.mews.com/api/connector/v1/{action}"))
        .header("content-type", "application/json")
        .body(Bytes::from(body.to_owned()))
        .unwrap()
}

pub(crate) fn on_the_wire(adapter: &Mews, mut request: Request) -> http::Request<Bytes> {
    let auth = adapter.auth();
    auth.apply(&secrets(), None, &mut request).unwrap();
    request.expose(&Vendor::new("mews").unwrap()).unwrap()
}

/// The address and the JSON of a request without its secrets.
pub(crate) fn shown(request: &Request) -> String {
    let Body::Json(body) = &request.body else {
        panic!("no JSON")
    };
    let body: Value = serde_json::from_slice(body).unwrap();
    let body = serde_json::to_string_pretty(&body).unwrap();
    format!("{} {}\n{body}\n", request.method, request.url())
}

pub(crate) fn chunk(target: &Arc<Target>, operation: Operation, rows: Vec<Row>) -> Chunk {
    Chunk {
        target: Arc::clone(target),
        operation,
        rows,
    }
}

pub(crate) fn ask(target: &Arc<Target>, first: &str, last: &str) -> ReadAsk {
    ReadAsk {
        target: Arc::clone(target),
        first: night(first),
        last: night(last),
    }
}

pub(crate) fn target(found: &DiscoveredProperty) -> Arc<Target> {
    let sellables = found.sellables.iter();
    Arc::new(Target {
        connection: ConnectionId::new("mews").unwrap(),
        property: PropertyCode::new("HOTEL").unwrap(),
        vendor_property: found.id.clone(),
        facts: Facts {
            name: found.name.clone(),
            currency: found.currency.unwrap(),
            basis: found.basis,
            time_zone: found.time_zone.clone(),
            sellables: sellables
                .map(|one| (one.ids.clone(), one.clone()))
                .collect(),
        },
    })
}

/// A target without a vendor.
pub(crate) fn example_target() -> Arc<Target> {
    let sellable = |room: &str| {
        let text = format!(
            r#"{{"ids":{{"room":"{room}","plan":"{RATE}"}},"name":"{room}","extra":{{"service":"stay"}}}}"#
        );
        serde_json::from_str(&text).unwrap()
    };
    target(&DiscoveredProperty {
        id: VendorId::new(HOTEL).unwrap(),
        name: "Example Hotel".into(),
        time_zone: Some(BUDAPEST.into()),
        currency: Currency::new("EUR").ok(),
        basis: Some(Basis::Gross),
        sellables: vec![sellable(DOUBLE), sellable(SUITE)],
    })
}
