//! What the tests share: one hotel, its adapter, its simulator.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use rackrate_apaleo::{Apaleo, simulator};
use rackrate_core::adapter::{
    Adapter, Carry, DiscoverAsk, Discovery, ReadAsk, Sink, Step, Submission,
};
use rackrate_core::auth::{Ask, Grant, Token};
use rackrate_core::chunk::{Chunk, Facts, Receipt, Row, Sellable, Target};
use rackrate_core::clock::{Mono, Wall};
use rackrate_core::error::Result;
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::{ConnectionId, Ids, PropertyCode, Vendor, VendorId};
use rackrate_core::money::{Basis, Currency, Minor};
use rackrate_core::night::Night;
use rackrate_core::notes::Notes;
use rackrate_core::rules::Rules;
use rackrate_core::secret::{Secret, Secrets};
use rackrate_core::series::Seen;
use rackrate_core::simulator::{
    Control, Held, Hotel, HotelPlan, Record, Simulator, SimulatorSetup, Timing,
};

pub(crate) const TOKEN: &str = include_str!("../../fixtures/token.json");
pub(crate) const PROPERTIES: &str = include_str!("../../fixtures/properties.json");
pub(crate) const PLANS: &str = include_str!("../../fixtures/rate_plans.json");
pub(crate) const RATES: &str = include_str!("../../fixtures/rates.json");
pub(crate) const PUT: &str = include_str!("../../fixtures/put.json");

pub(crate) fn apaleo() -> Apaleo {
    configured("")
}

/// An adapter with these settings more.
pub(crate) fn configured(more: &str) -> Apaleo {
    let text = format!("client_id = '{}'\n{more}", simulator::CLIENT_ID);
    Apaleo::new(toml::from_str(&text).unwrap()).unwrap()
}

pub(crate) fn night(text: &str) -> Night {
    text.parse().unwrap()
}

pub(crate) fn ids(plan: &str) -> Ids {
    Ids {
        room: VendorId::new("MUC-SGL").ok(),
        plan: VendorId::new(plan).ok(),
    }
}

pub(crate) const PLAN: &str = "MUC-NONREF-SGL";

pub(crate) fn sellable(plan: &str, surcharges: Option<&str>) -> Sellable {
    let told = surcharges.map(|text| ("surcharges".to_owned(), text.to_owned()));
    Sellable {
        ids: ids(plan),
        name: "Single, a plan".into(),
        currency: None,
        derived: false,
        adults: Vec::new(),
        extra: told.into_iter().collect(),
    }
}

/// The property with these sellables.
pub(crate) fn target(sellables: Vec<Sellable>) -> Target {
    let listed = sellables.into_iter().map(|one| (one.ids.clone(), one));
    Target {
        connection: ConnectionId::new("munich").unwrap(),
        property: PropertyCode::new("MUC").unwrap(),
        vendor_property: VendorId::new("MUC").unwrap(),
        facts: Facts {
            name: "Example Hotel".into(),
            currency: Currency::new("EUR").unwrap(),
            basis: None,
            time_zone: Some("Europe/Berlin".into()),
            sellables: listed.collect::<BTreeMap<_, _>>(),
        },
    }
}

pub(crate) fn one_plan() -> Target {
    target(vec![sellable(PLAN, None)])
}

pub(crate) fn row(first: &str, last: &str, minor: u64, rules: Rules) -> Row {
    Row {
        ids: ids(PLAN),
        first: night(first),
        last: night(last),
        prices: vec![(1, Minor(minor))],
        rules,
    }
}

pub(crate) fn chunk(target: Target, rows: Vec<Row>) -> Chunk {
    Chunk {
        target: Arc::new(target),
        operation: Operation::Push,
        rows,
    }
}

/// The chunk of a row on the published night, with the note of the published page.
pub(crate) fn published_chunk(rules: Rules) -> Chunk {
    let rows = vec![row("2026-09-23", "2026-09-23", 10_500, rules)];
    let ask = ask(one_plan(), "2026-09-23", "2026-09-24");
    let mut told = Told::default();
    let answer = Response::new(200, RATES);
    apaleo()
        .parse_read(&ask, &Carry::default(), &answer, &mut told)
        .unwrap();
    chunk(told.notes.attach(&one_plan(), &rows), rows)
}

pub(crate) fn ask(target: Target, first: &str, last: &str) -> ReadAsk {
    ReadAsk {
        target: Arc::new(target),
        first: night(first),
        last: night(last),
    }
}

pub(crate) fn discover_ask(property: Option<&str>) -> DiscoverAsk {
    DiscoverAsk {
        mapped: Vec::new(),
        property: property.map(|id| VendorId::new(id).unwrap()),
        today: night("2026-08-15"),
    }
}

/// What a read told.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) prices: BTreeMap<(Ids, Night), Seen>,
    pub(crate) rules: BTreeMap<(Ids, Night), Rules>,
    pub(crate) notes: Notes,
    pub(crate) adults: Vec<u8>,
}

impl Told {
    pub(crate) fn price(&self, day: &str) -> Option<Seen> {
        self.prices.get(&(ids(PLAN), night(day))).copied()
    }

    pub(crate) fn rules(&self, day: &str) -> Rules {
        self.rules[&(ids(PLAN), night(day))]
    }
}

impl Sink for Told {
    fn price(&mut self, ids: &Ids, adults: u8, night: Night, seen: Seen) {
        self.adults.push(adults);
        let again = self.prices.insert((ids.clone(), night), seen);
        assert_eq!(again, None, "{ids} on {night} is told twice");
    }

    fn rules(&mut self, ids: &Ids, night: Night, rules: Rules) {
        self.rules.insert((ids.clone(), night), rules);
    }

    fn note(&mut self, ids: &Ids, night: Night, text: &str) {
        self.notes.set(ids, night, text);
    }
}

/// The request as text: line, headers, body.
pub(crate) fn shown(request: &Request) -> String {
    let wire = request.expose(&Vendor::new("apaleo").unwrap()).unwrap();
    let mut text = format!("{} {}\n", wire.method(), wire.uri());
    for (name, value) in wire.headers() {
        text += &format!("{name}: {}\n", value.to_str().unwrap());
    }
    text + std::str::from_utf8(wire.body()).unwrap()
}

pub(crate) fn held(day: &str, minor: u64, rules: Rules) -> Held {
    Held {
        property: VendorId::new("MUC").unwrap(),
        ids: ids(PLAN),
        night: night(day),
        adults: 0,
        price: Some(Minor(minor)),
        rules,
    }
}

pub(crate) fn hotel(prices: Vec<Held>) -> Hotel {
    let plan = |id: &str, name: &str, derived| HotelPlan {
        ids: ids(id),
        room_name: "Single".into(),
        plan_name: name.into(),
        derived,
    };
    Hotel {
        id: VendorId::new("MUC").unwrap(),
        name: "Example Hotel".into(),
        time_zone: "Europe/Berlin".into(),
        currency: Currency::new("EUR").unwrap(),
        basis: Basis::Gross,
        plans: vec![
            plan(PLAN, "Non Refundable Single", None),
            plan("MUC-CHEAP", "Cheaper", Some((ids(PLAN), -10))),
        ],
        prices,
    }
}

pub(crate) fn setup(hotels: Vec<Hotel>) -> SimulatorSetup {
    SimulatorSetup {
        seed: 1,
        // 2026-08-15T12:00:00Z
        epoch: Wall(1_786_795_200_000),
        hotels,
        secrets: secrets(),
        saved: None,
        timing: Timing::default(),
    }
}

pub(crate) fn secrets() -> Secrets {
    let secret = Secret::new("s3cr+t/=%".to_owned());
    Secrets::new([("client_secret".to_owned(), secret)])
}

/// A vendor in virtual time, spoken to one request at a time, with a token in hand.
pub(crate) struct World {
    pub(crate) server: Box<dyn Simulator>,
    pub(crate) now: Mono,
    pub(crate) token: Option<Token>,
    calls: u64,
}

impl World {
    /// A hotel with these prices.
    pub(crate) fn with(prices: Vec<Held>) -> Self {
        Self::of(setup(vec![hotel(prices)]))
    }

    pub(crate) fn of(setup: SimulatorSetup) -> Self {
        let mut world = Self {
            server: simulator::new(setup).unwrap(),
            now: Mono(0),
            token: None,
            calls: 0,
        };
        world.sign_in(&apaleo()).unwrap();
        world
    }

    pub(crate) fn sign_in(&mut self, adapter: &Apaleo) -> Result<()> {
        let Grant::Exchange(request) = adapter.auth().grant(&secrets(), Ask::First)? else {
            panic!("tokens have to be asked for")
        };
        let answer = self.send(adapter, *request);
        self.token = Some(adapter.auth().parse_grant(&answer)?);
        Ok(())
    }

    pub(crate) fn wait(&mut self, seconds: u64) {
        self.now = self.now.after(Duration::from_secs(seconds));
    }

    pub(crate) fn switch(&mut self, name: &str, value: &str) {
        let (name, value) = (name.to_owned(), value.to_owned());
        self.server
            .control(&Control::Switch { name, value }, self.now);
    }

    pub(crate) fn record(&self) -> &Record {
        self.server.record()
    }

    pub(crate) fn raw(&mut self, request: http::Request<Bytes>) -> Response {
        self.calls += 1;
        self.now = self.server.arrive(self.calls, request, self.now);
        let (parts, body) = self.server.answer(self.calls, self.now).into_parts();
        Response {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    pub(crate) fn send(&mut self, adapter: &Apaleo, mut request: Request) -> Response {
        let token = self.token.as_ref();
        adapter
            .auth()
            .apply(&secrets(), token, &mut request)
            .unwrap();
        self.raw(request.expose(&adapter.manifest().vendor).unwrap())
    }

    pub(crate) fn read(&mut self, adapter: &Apaleo, ask: &ReadAsk) -> Result<Told> {
        let (mut request, mut carry) = (adapter.read(ask)?, Carry::default());
        let mut told = Told::default();
        loop {
            let answer = self.send(adapter, request);
            match adapter.parse_read(ask, &carry, &answer, &mut told)? {
                Step::Done(()) => return Ok(told),
                Step::Next {
                    request: next,
                    carry: kept,
                } => (request, carry) = (*next, kept),
            }
        }
    }

    pub(crate) fn discover(&mut self, adapter: &Apaleo, ask: &DiscoverAsk) -> Result<Discovery> {
        let (mut request, mut carry) = (adapter.discover(ask)?, Carry::default());
        let mut found = Discovery::default();
        loop {
            let answer = self.send(adapter, request);
            match adapter.parse_discover(ask, &carry, &answer, &mut found)? {
                Step::Done(()) => return Ok(found),
                Step::Next {
                    request: next,
                    carry: kept,
                } => (request, carry) = (*next, kept),
            }
        }
    }

    pub(crate) fn push(&mut self, adapter: &Apaleo, chunk: &Chunk) -> Result<Receipt> {
        let answer = self.send(adapter, adapter.push(chunk)?);
        match adapter.parse_push(chunk, &answer)? {
            Submission::Answered(receipt) => Ok(receipt),
            Submission::Queued(job) => panic!("a job: {job}"),
        }
    }

    /// Reads the nights of the rows, and writes them with the notes of that read.
    pub(crate) fn write(
        &mut self,
        adapter: &Apaleo,
        target: &Target,
        rows: Vec<Row>,
    ) -> Result<Receipt> {
        let ask = ReadAsk {
            target: Arc::new(target.clone()),
            first: rows.iter().map(|row| row.first).min().unwrap(),
            last: rows.iter().map(|row| row.last).max().unwrap(),
        };
        let told = self.read(adapter, &ask)?;
        let noted = told.notes.attach(target, &rows);
        self.push(adapter, &chunk(noted, rows))
    }
}
