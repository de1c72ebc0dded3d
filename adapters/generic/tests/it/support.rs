//! What the tests share: one hotel, an adapter, and a desk that carries requests over to
//! a simulator in virtual time.

use std::sync::Arc;

use bytes::Bytes;
use rackrate_core::adapter::{Adapter, Carry, DiscoverAsk, ReadAsk, Sink, Step};
use rackrate_core::auth::{Ask, Grant, Token};
use rackrate_core::chunk::{Chunk, Facts, Row, Target};
use rackrate_core::clock::{Mono, Wall};
use rackrate_core::error::Error;
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::{ConnectionId, Ids, PropertyCode, VendorId};
use rackrate_core::key::Key;
use rackrate_core::money::{Basis, Currency, Minor};
use rackrate_core::night::Night;
use rackrate_core::rules::{Rules, Set};
use rackrate_core::secret::{Secret, Secrets};
use rackrate_core::series::Seen;
use rackrate_core::simulator::{Hotel, HotelPlan, Simulator, SimulatorSetup, Timing};
use rackrate_generic::{Config, Generic, simulator};

/// 2026-11-22T12:00:00Z.
pub(crate) const EPOCH: Wall = Wall(1_795_348_800_000);

pub(crate) fn id(text: &str) -> VendorId {
    VendorId::new(text).unwrap()
}

pub(crate) fn ids(room: &str, plan: &str) -> Ids {
    Ids {
        room: Some(id(room)),
        plan: Some(id(plan)),
    }
}

pub(crate) fn night(text: &str) -> Night {
    text.parse().unwrap()
}

pub(crate) fn adapter() -> Generic {
    let config = r#"{"base_url":"https://pms.example.test/api"}"#;
    Generic::new(serde_json::from_str::<Config>(config).unwrap()).unwrap()
}

pub(crate) fn target() -> Arc<Target> {
    target_in("EUR")
}

pub(crate) fn target_in(currency: &str) -> Arc<Target> {
    Arc::new(Target {
        connection: ConnectionId::new("house").unwrap(),
        property: PropertyCode::new("algarve").unwrap(),
        vendor_property: id("P00017"),
        facts: Facts {
            name: "Algarve Resort".into(),
            currency: Currency::new(currency).unwrap(),
            basis: Some(Basis::Gross),
            time_zone: Some("Europe/Lisbon".into()),
            sellables: Default::default(),
        },
    })
}

pub(crate) fn row(first: &str, last: &str, prices: &[(u8, u64)], stay: Set<u16>) -> Row {
    Row {
        ids: ids("STD", "BAR"),
        first: night(first),
        last: night(last),
        prices: prices
            .iter()
            .map(|(adults, price)| (*adults, Minor(*price)))
            .collect(),
        rules: Rules {
            min_stay_arrival: stay,
            ..Rules::LEAVE
        },
    }
}

pub(crate) fn chunk(rows: Vec<Row>) -> Chunk {
    Chunk {
        target: target(),
        operation: Operation::Push,
        rows,
    }
}

/// The chunk of the specification's example.
pub(crate) fn example() -> Chunk {
    chunk(vec![row(
        "2027-01-01",
        "2027-01-01",
        &[(2, 6_800)],
        Set::To(1),
    )])
}

pub(crate) fn read_ask(first: &str, last: &str) -> ReadAsk {
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
pub(crate) struct Noted {
    pub(crate) prices: Vec<(String, u8, Night, Seen)>,
    pub(crate) rules: Vec<(String, Night, Set<u16>)>,
}

impl Sink for Noted {
    fn price(&mut self, ids: &Ids, adults: u8, night: Night, seen: Seen) {
        self.prices.push((ids.to_string(), adults, night, seen));
    }

    fn rules(&mut self, ids: &Ids, night: Night, rules: Rules) {
        self.rules
            .push((ids.to_string(), night, rules.min_stay_arrival));
    }
}

pub(crate) fn secrets() -> Secrets {
    let secret = |name: &str, text: &str| (name.to_owned(), Secret::new(text.to_owned()));
    Secrets::new([
        secret("client_id", "rackrate"),
        secret("client_secret", "s3cret & more"),
    ])
}

pub(crate) fn hotel() -> Hotel {
    let plan = |plan: &str, name: &str, derived| HotelPlan {
        ids: ids("STD", plan),
        room_name: "Standard".into(),
        plan_name: name.into(),
        derived,
    };
    Hotel {
        id: id("P00017"),
        name: "Algarve Resort".into(),
        time_zone: "Europe/Lisbon".into(),
        currency: Currency::new("EUR").unwrap(),
        basis: Basis::Gross,
        plans: vec![
            plan("BAR", "Best available rate", None),
            plan("NRF", "Non refundable", Some((ids("STD", "BAR"), -10))),
        ],
        prices: Vec::new(),
    }
}

pub(crate) fn setup(seed: u64) -> SimulatorSetup {
    SimulatorSetup {
        seed,
        epoch: EPOCH,
        hotels: vec![hotel()],
        secrets: secrets(),
        saved: None,
        timing: Timing::default(),
    }
}

/// A client at its desk: a simulator, a clock, and a token.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) server: Box<dyn Simulator>,
    pub(crate) now: Mono,
    pub(crate) token: Option<Token>,
    calls: u64,
}

impl Desk {
    pub(crate) fn new(setup: SimulatorSetup) -> Self {
        Self {
            server: simulator::new(setup).unwrap(),
            now: Mono(0),
            token: None,
            calls: 0,
        }
    }

    pub(crate) fn signed_in(setup: SimulatorSetup) -> Self {
        let mut desk = Self::new(setup);
        desk.sign_in();
        desk
    }

    pub(crate) fn raw(&mut self, request: http::Request<Bytes>) -> Response {
        self.calls += 1;
        let ready = self.server.arrive(self.calls, request, self.now);
        assert!(ready >= self.now);
        self.now = ready;
        let answer = self.server.answer(self.calls, ready);
        let (parts, body) = answer.into_parts();
        Response {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    pub(crate) fn send(&mut self, mut request: Request) -> Response {
        let adapter = adapter();
        let token = self.token.as_ref();
        adapter
            .auth()
            .apply(&secrets(), token, &mut request)
            .unwrap();
        let wire = request.expose(&adapter.manifest().vendor).unwrap();
        self.raw(wire)
    }

    pub(crate) fn sign_in(&mut self) {
        let adapter = adapter();
        let Grant::Exchange(request) = adapter.auth().grant(&secrets(), Ask::First).unwrap() else {
            panic!("client credentials are exchanged");
        };
        let answer = self.send(*request);
        self.token = Some(adapter.auth().parse_grant(&answer).unwrap());
    }

    /// Sends a chunk under a key.
    pub(crate) fn push(&mut self, chunk: &Chunk, key: &str) -> Response {
        let adapter = adapter();
        let mut request = adapter.push(chunk).unwrap();
        adapter
            .idempotency()
            .stamp(&Key::of(&[key.as_bytes()]), &mut request);
        self.send(request)
    }

    /// Reads a window, all its pages.
    pub(crate) fn read(&mut self, ask: &ReadAsk) -> Result<Noted, Error> {
        let adapter = adapter();
        let (mut request, mut carry) = (adapter.read(ask)?, Carry::default());
        let mut noted = Noted::default();
        loop {
            let answer = self.send(request);
            match adapter.parse_read(ask, &carry, &answer, &mut noted)? {
                Step::Done(()) => return Ok(noted),
                Step::Next {
                    request: next,
                    carry: said,
                } => (request, carry) = (*next, said),
            }
        }
    }

    /// Lets time pass.
    pub(crate) fn wait_millis(&mut self, millis: u64) {
        self.now = Mono(self.now.0 + millis * 1_000);
        self.server.advance(self.now);
    }
}

pub(crate) fn text(response: &Response) -> String {
    String::from_utf8(response.body.to_vec()).unwrap()
}
