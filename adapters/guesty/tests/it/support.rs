//! What the tests share: one hotel of two listings, an adapter, and a desk that carries
//! requests over to a simulator in virtual time.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use rackrate_core::adapter::{Adapter, Carry, DiscoverAsk, Discovery, ReadAsk, Sink, Step};
use rackrate_core::auth::{Ask, Grant, Token};
use rackrate_core::chunk::{Chunk, Facts, Row, Target};
use rackrate_core::clock::{Mono, Wall};
use rackrate_core::error::Result;
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::{ConnectionId, Ids, PropertyCode, Vendor, VendorId};
use rackrate_core::money::{Basis, Currency, Minor};
use rackrate_core::night::Night;
use rackrate_core::rules::{Rules, Set};
use rackrate_core::secret::{Secret, Secrets};
use rackrate_core::series::Seen;
use rackrate_core::simulator::{
    Control, Held, Hotel, HotelPlan, Simulator, SimulatorSetup, Timing,
};
use rackrate_guesty::{Guesty, simulator};

pub(crate) const COMPLEX: &str = "645774fe76e5da340bf915e7";
pub(crate) const SEA: &str = "5fa02fa358d2db673e17bc2d";
pub(crate) const GARDEN: &str = "5988346d3c31bf0f00747eb6";

pub(crate) fn guesty() -> Guesty {
    adapter("adults = 2\ngroup_by = 'complex'")
}

pub(crate) fn adapter(settings: &str) -> Guesty {
    Guesty::new(toml::from_str(settings).unwrap()).unwrap()
}

pub(crate) fn id(text: &str) -> VendorId {
    VendorId::new(text).unwrap()
}

pub(crate) fn ids(listing: &str) -> Ids {
    Ids {
        room: Some(id(listing)),
        plan: None,
    }
}

pub(crate) fn night(text: &str) -> Night {
    text.parse().unwrap()
}

pub(crate) fn target() -> Arc<Target> {
    target_of(COMPLEX, "EUR")
}

/// A property of which nothing was discovered.
pub(crate) fn target_of(property: &str, currency: &str) -> Arc<Target> {
    Arc::new(Target {
        connection: ConnectionId::new("guesty").unwrap(),
        property: PropertyCode::new("LIS").unwrap(),
        vendor_property: id(property),
        facts: Facts {
            name: "Example Hotel".into(),
            currency: Currency::new(currency).unwrap(),
            basis: None,
            time_zone: None,
            sellables: [].into(),
        },
    })
}

pub(crate) fn row(listing: &str, first: &str, last: &str, minor: u64) -> Row {
    Row {
        ids: ids(listing),
        first: night(first),
        last: night(last),
        prices: vec![(2, Minor(minor))],
        rules: Rules::LEAVE,
    }
}

pub(crate) fn rules(stay: Set<u16>, arrival: Set<bool>, departure: Set<bool>) -> Rules {
    Rules {
        min_stay_arrival: stay,
        closed_to_arrival: arrival,
        closed_to_departure: departure,
        ..Rules::LEAVE
    }
}

/// What reading says of a night without restrictions.
pub(crate) fn none() -> Rules {
    rules(Set::Clear, Set::Clear, Set::Clear)
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

pub(crate) fn discover_ask() -> DiscoverAsk {
    DiscoverAsk {
        mapped: Vec::new(),
        property: None,
        today: night("2026-11-22"),
    }
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Seens {
    pub(crate) prices: Vec<(Ids, u8, Night, Seen)>,
    pub(crate) rules: Vec<(Ids, Night, Rules)>,
}

impl Seens {
    pub(crate) fn price(&self, listing: &str, night: Night) -> Option<Seen> {
        let mut words = self.prices.iter().rev();
        let word = words.find(|one| (&one.0, one.2) == (&ids(listing), night));
        word.map(|one| one.3)
    }

    pub(crate) fn rules(&self, listing: &str, night: Night) -> Option<Rules> {
        let mut words = self.rules.iter().rev();
        let word = words.find(|one| (&one.0, one.1) == (&ids(listing), night));
        word.map(|one| one.2)
    }
}

impl Sink for Seens {
    fn price(&mut self, ids: &Ids, adults: u8, night: Night, seen: Seen) {
        self.prices.push((ids.clone(), adults, night, seen));
    }

    fn rules(&mut self, ids: &Ids, night: Night, rules: Rules) {
        self.rules.push((ids.clone(), night, rules));
    }
}

/// The request as text: line, headers in our order, body.
pub(crate) fn shown(request: &Request) -> String {
    let wire = request.expose(&Vendor::new("guesty").unwrap()).unwrap();
    let mut text = format!("{} {}\n", wire.method(), wire.uri());
    for (name, value) in wire.headers() {
        text += &format!("{name}: {}\n", value.to_str().unwrap());
    }
    text + std::str::from_utf8(wire.body()).unwrap()
}

pub(crate) fn plan(listing: &str, name: &str, derived: Option<(Ids, i32)>) -> HotelPlan {
    HotelPlan {
        ids: ids(listing),
        room_name: name.into(),
        plan_name: "BAR".into(),
        derived,
    }
}

/// Two listings at 100 euro, the second one dearer by ten.
pub(crate) fn hotel() -> Hotel {
    let nights = || night("2026-11-22").through(night("2027-12-31"));
    let held = |listing: &'static str, minor| {
        nights().map(move |night| Held {
            property: id(COMPLEX),
            ids: ids(listing),
            night,
            adults: 2,
            price: Some(Minor(minor)),
            rules: Rules::LEAVE,
        })
    };
    Hotel {
        id: id(COMPLEX),
        name: "Example Hotel".into(),
        time_zone: "Europe/Lisbon".into(),
        currency: Currency::new("EUR").unwrap(),
        basis: Basis::Gross,
        plans: vec![plan(SEA, "Sea", None), plan(GARDEN, "Garden", None)],
        prices: held(SEA, 10_000).chain(held(GARDEN, 11_000)).collect(),
    }
}

pub(crate) fn setup() -> SimulatorSetup {
    SimulatorSetup {
        seed: 1,
        // 2026-11-22T12:00:00Z
        epoch: Wall(1_795_348_800_000),
        hotels: vec![hotel()],
        secrets: secrets(),
        saved: None,
        timing: Timing::default(),
    }
}

pub(crate) fn secrets() -> Secrets {
    let secret = |name: &str, text: &str| (name.to_owned(), Secret::new(text.to_owned()));
    Secrets::new([
        secret("client_id", "client-1"),
        secret("client_secret", "s3cret & more"),
    ])
}

/// A vendor in virtual time, spoken to one request at a time.
pub(crate) struct World {
    pub(crate) vendor: Box<dyn Simulator>,
    pub(crate) now: Mono,
    pub(crate) token: Option<Token>,
    calls: u64,
}

impl World {
    pub(crate) fn new(setup: SimulatorSetup) -> Self {
        Self {
            vendor: simulator::new(setup).unwrap(),
            now: Mono(0),
            token: None,
            calls: 0,
        }
    }

    /// A vendor that gave us a token.
    pub(crate) fn open(setup: SimulatorSetup) -> Self {
        let mut world = Self::new(setup);
        world.sign_in().unwrap();
        world
    }

    pub(crate) fn wait(&mut self, seconds: u64) {
        self.now = self.now.after(Duration::from_secs(seconds));
        self.vendor.advance(self.now);
    }

    pub(crate) fn switch(&mut self, name: &str, value: &str) {
        let command = Control::Switch {
            name: name.into(),
            value: value.into(),
        };
        self.vendor.control(&command, self.now);
    }

    pub(crate) fn sign_in(&mut self) -> Result<()> {
        let adapter = guesty();
        let Grant::Exchange(request) = adapter.auth().grant(&secrets(), Ask::First)? else {
            panic!("client credentials are exchanged");
        };
        let answer = self.raw(request.expose(&adapter.manifest().vendor)?);
        self.token = Some(adapter.auth().parse_grant(&answer)?);
        Ok(())
    }

    pub(crate) fn arrive(&mut self, request: http::Request<Bytes>) -> (u64, Mono) {
        self.calls += 1;
        (
            self.calls,
            self.vendor.arrive(self.calls, request, self.now),
        )
    }

    pub(crate) fn fetch(&mut self, call: u64) -> Response {
        let (parts, body) = self.vendor.answer(call, self.now).into_parts();
        Response {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    pub(crate) fn raw(&mut self, request: http::Request<Bytes>) -> Response {
        // Slow enough for the account's minute.
        self.now = self.now.after(Duration::from_millis(600));
        let (call, ready) = self.arrive(request);
        self.now = self.now.max(ready);
        self.fetch(call)
    }

    /// The request with our credential, as it goes over the wire.
    pub(crate) fn signed(&self, adapter: &Guesty, mut request: Request) -> http::Request<Bytes> {
        let token = self.token.as_ref();
        adapter
            .auth()
            .apply(&secrets(), token, &mut request)
            .unwrap();
        request.expose(&adapter.manifest().vendor).unwrap()
    }

    pub(crate) fn send(&mut self, adapter: &Guesty, request: Request) -> Response {
        let request = self.signed(adapter, request);
        self.raw(request)
    }

    pub(crate) fn push(&mut self, adapter: &Guesty, chunk: &Chunk) -> Response {
        self.send(adapter, adapter.push(chunk).unwrap())
    }

    pub(crate) fn read(&mut self, adapter: &Guesty, ask: &ReadAsk) -> Result<Seens> {
        let (mut request, mut carry) = (adapter.read(ask)?, Carry::default());
        let mut seens = Seens::default();
        loop {
            let response = self.send(adapter, request);
            match adapter.parse_read(ask, &carry, &response, &mut seens)? {
                Step::Done(()) => return Ok(seens),
                Step::Next {
                    request: next,
                    carry: kept,
                } => (request, carry) = (*next, kept),
            }
        }
    }

    pub(crate) fn discover(&mut self, adapter: &Guesty, ask: &DiscoverAsk) -> Result<Discovery> {
        let (mut request, mut carry) = (adapter.discover(ask)?, Carry::default());
        let mut found = Discovery::default();
        loop {
            let response = self.send(adapter, request);
            match adapter.parse_discover(ask, &carry, &response, &mut found)? {
                Step::Done(()) => return Ok(found),
                Step::Next {
                    request: next,
                    carry: kept,
                } => (request, carry) = (*next, kept),
            }
        }
    }
}
