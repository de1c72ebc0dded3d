//! What the tests share: two hotels, one adapter, one simulator.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use rackrate_core::adapter::{Adapter, Carry, ReadAsk, Sink, Step, Submission};
use rackrate_core::auth::{Ask, Grant, Token};
use rackrate_core::chunk::{Chunk, Facts, Receipt, Row, Sellable, Target};
use rackrate_core::clock::{Mono, Wall};
use rackrate_core::error::Error;
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::{ConnectionId, Ids, JobRef, PropertyCode, Vendor, VendorId};
use rackrate_core::jobs::JobState;
use rackrate_core::money::{Basis, Currency, Minor};
use rackrate_core::night::Night;
use rackrate_core::notes::Notes;
use rackrate_core::rules::Rules;
use rackrate_core::secret::{Secret, Secrets};
use rackrate_core::series::Seen;
use rackrate_core::simulator::{
    Control, Held, Hotel, HotelPlan, Simulator, SimulatorSetup, Timing,
};
use rackrate_ohip::{Ohip, simulator};

pub(crate) const GATEWAY: &str = "https://tenant.hospitality-api.example.test";
pub(crate) const CONFIG: &str = "gateway = 'https://tenant.hospitality-api.example.test'
enterprise = 'ENT123'
external_system = 'EXT'
hotels = ['HTL1', 'HTL 2/b']
";
pub(crate) const JOB: &str =
    "/rtp/async/v1/externalSystems/EXT/hotels/HTL1/ratePlans/dailySchedules/17";
pub(crate) const RESULT: &str =
    "/rtp/async/v1/externalSystems/EXT/hotels/HTL1/ratePlans/dailySchedules/99";
pub(crate) const SCHEDULES: &str = include_str!("../../fixtures/schedules.json");
pub(crate) const RESTRICTIONS: &str = include_str!("../../fixtures/restrictions.json");

pub(crate) fn built(more: &str) -> Ohip {
    Ohip::new(toml::from_str(&format!("{CONFIG}{more}")).unwrap()).unwrap()
}

pub(crate) fn ohip() -> Ohip {
    built("")
}

pub(crate) fn night(text: &str) -> Night {
    text.parse().unwrap()
}

pub(crate) fn id(text: &str) -> VendorId {
    VendorId::new(text).unwrap()
}

pub(crate) fn ids(room: &str, plan: &str) -> Ids {
    Ids {
        room: Some(id(room)),
        plan: Some(id(plan)),
    }
}

pub(crate) fn dlx() -> Ids {
    ids("DLX", "MYDAILY")
}

fn sellable((room, plan, derived): (&str, &str, bool)) -> (Ids, Sellable) {
    let ids = ids(room, plan);
    let one = Sellable {
        ids: ids.clone(),
        name: format!("{room}, {plan}"),
        currency: None,
        derived,
        adults: Vec::new(),
        extra: [].into(),
    };
    (ids, one)
}

pub(crate) fn target_of(hotel: &str) -> Arc<Target> {
    let known = [
        ("DLX", "MYDAILY", false),
        ("STD", "MYDAILY", false),
        ("DLX", "NRF", true),
    ];
    Arc::new(Target {
        connection: ConnectionId::new("opera").unwrap(),
        property: PropertyCode::new("LIS").unwrap(),
        vendor_property: id(hotel),
        facts: Facts {
            name: "Example Hotel".into(),
            currency: Currency::new("EUR").unwrap(),
            basis: None,
            time_zone: None,
            sellables: known.map(sellable).into(),
        },
    })
}

pub(crate) fn target() -> Arc<Target> {
    target_of("HTL1")
}

pub(crate) fn row(ids: Ids, first: &str, last: &str, prices: &[(u8, u64)], rules: Rules) -> Row {
    let price = |(adults, price): &(u8, u64)| (*adults, Minor(*price));
    Row {
        ids,
        first: night(first),
        last: night(last),
        prices: prices.iter().map(price).collect(),
        rules,
    }
}

pub(crate) fn priced(date: &str, prices: &[(u8, u64)]) -> Chunk {
    let rows = vec![row(dlx(), date, date, prices, Rules::LEAVE)];
    chunk(Operation::Push, rows)
}

pub(crate) fn ruled(first: &str, last: &str, rules: Rules) -> Chunk {
    let rows = vec![row(dlx(), first, last, &[], rules)];
    chunk(Operation::Restrict, rows)
}

pub(crate) fn chunk(operation: Operation, rows: Vec<Row>) -> Chunk {
    Chunk {
        target: target(),
        operation,
        rows,
    }
}

pub(crate) fn answer(status: u16, headers: &[(&'static str, &str)], body: &str) -> Response {
    let mut response = Response::new(status, body.to_owned());
    for (name, value) in headers {
        response.headers.insert(*name, value.parse().unwrap());
    }
    response
}

pub(crate) fn ask(first: &str, last: &str) -> ReadAsk {
    ReadAsk {
        target: target(),
        first: night(first),
        last: night(last),
    }
}

#[derive(Debug, Default)]
pub(crate) struct Seens {
    pub(crate) prices: Vec<(Ids, u8, Night, Seen)>,
    pub(crate) rules: Vec<(Ids, Night, Rules)>,
    pub(crate) notes: Notes,
}

impl Seens {
    pub(crate) fn price(&self, ids: &Ids, adults: u8, date: &str) -> Option<Seen> {
        let mut words = self.prices.iter().rev();
        let word = words.find(|one| (&one.0, one.1, one.2) == (ids, adults, night(date)));
        word.map(|one| one.3)
    }

    pub(crate) fn rule(&self, ids: &Ids, date: &str) -> Rules {
        let mut words = self.rules.iter().rev();
        let word = words.find(|one| (&one.0, one.1) == (ids, night(date)));
        word.map(|one| one.2).unwrap_or_default()
    }
}

impl Sink for Seens {
    fn price(&mut self, ids: &Ids, adults: u8, night: Night, seen: Seen) {
        self.prices.push((ids.clone(), adults, night, seen));
    }

    fn rules(&mut self, ids: &Ids, night: Night, rules: Rules) {
        self.rules.push((ids.clone(), night, rules));
    }

    fn note(&mut self, ids: &Ids, night: Night, text: &str) {
        self.notes.set(ids, night, text);
    }
}

/// The request as text: line, headers in our order, body.
pub(crate) fn shown(request: &Request) -> String {
    let wire = request.expose(&Vendor::new("ohip").unwrap()).unwrap();
    let mut text = format!("{} {}\n", wire.method(), wire.uri());
    for (name, value) in wire.headers() {
        text += &format!("{name}: {}\n", value.to_str().unwrap());
    }
    text + std::str::from_utf8(wire.body()).unwrap()
}

pub(crate) fn secrets() -> Secrets {
    let known = [
        ("client_id", "id"),
        ("client_secret", "s"),
        ("app_key", "41ecd082-8997-4c69-af34-2f72b83645ff"),
        ("username", "RATES@EXT"),
        ("password", "p w"),
    ];
    Secrets::new(known.map(|(name, text)| (name.to_owned(), Secret::new(text.to_owned()))))
}

pub(crate) fn hotel(code: &str, prices: Vec<Held>) -> Hotel {
    let plan = |(room, plan, derived): (&str, &str, bool)| HotelPlan {
        ids: ids(room, plan),
        room_name: format!("Room {room}"),
        plan_name: plan.to_lowercase(),
        derived: derived.then(|| (ids(room, "MYDAILY"), -10)),
    };
    Hotel {
        id: id(code),
        name: "Example Hotel".into(),
        time_zone: "Europe/Lisbon".into(),
        currency: Currency::new("EUR").unwrap(),
        basis: Basis::Gross,
        plans: [
            ("DLX", "MYDAILY", false),
            ("STD", "MYDAILY", false),
            ("DLX", "NRF", true),
        ]
        .map(plan)
        .to_vec(),
        prices,
    }
}

pub(crate) fn held(code: &str, ids: Ids, date: &str, adults: u8, price: u64) -> Held {
    Held {
        property: id(code),
        ids,
        night: night(date),
        adults,
        price: Some(Minor(price)),
        rules: Rules::LEAVE,
    }
}

pub(crate) fn setup(seed: u64) -> SimulatorSetup {
    SimulatorSetup {
        seed,
        // 2027-01-01T12:00:00Z
        epoch: Wall(1_798_804_800_000),
        hotels: vec![hotel("HTL1", Vec::new()), hotel("HTL 2/b", Vec::new())],
        secrets: secrets(),
        saved: None,
        timing: Timing {
            settle: Some(0),
            ..Timing::default()
        },
    }
}

/// A vendor in virtual time, spoken to one request at a time.
pub(crate) struct World {
    pub(crate) vendor: Box<dyn Simulator>,
    pub(crate) now: Mono,
    pub(crate) token: Option<Token>,
    calls: u64,
}

impl World {
    /// A simulator that an adapter has signed in to.
    pub(crate) fn new(adapter: &Ohip, setup: SimulatorSetup) -> Self {
        let mut world = Self::closed(setup);
        world.sign_in(adapter);
        world
    }

    pub(crate) fn closed(setup: SimulatorSetup) -> Self {
        Self {
            vendor: simulator::new(setup).unwrap(),
            now: Mono(0),
            token: None,
            calls: 0,
        }
    }

    pub(crate) fn sign_in(&mut self, adapter: &Ohip) {
        let Grant::Exchange(request) = adapter.auth().grant(&secrets(), Ask::First).unwrap() else {
            panic!("no token request")
        };
        let response = self.send(adapter, *request);
        self.token = Some(adapter.auth().parse_grant(&response).unwrap());
    }

    pub(crate) fn switch(&mut self, name: &str, value: &str) {
        let (name, value) = (name.to_owned(), value.to_owned());
        self.vendor
            .control(&Control::Switch { name, value }, self.now);
    }

    pub(crate) fn wait(&mut self, seconds: u64) {
        self.now = self.now.after(Duration::from_secs(seconds));
        self.vendor.advance(self.now);
    }

    pub(crate) fn raw(&mut self, request: http::Request<Bytes>) -> Response {
        self.calls += 1;
        // Slow enough for the allowance of asynchronous calls.
        self.now = self.now.after(Duration::from_secs(1));
        let ready = self.vendor.arrive(self.calls, request, self.now);
        self.now = self.now.max(ready);
        let (parts, body) = self.vendor.answer(self.calls, self.now).into_parts();
        Response {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    pub(crate) fn send(&mut self, adapter: &Ohip, mut request: Request) -> Response {
        let (auth, token) = (adapter.auth(), self.token.clone());
        auth.apply(&secrets(), token.as_ref(), &mut request)
            .unwrap();
        self.raw(request.expose(&adapter.manifest().vendor).unwrap())
    }

    pub(crate) fn start(&mut self, adapter: &Ohip, chunk: &Chunk) -> Result<JobRef, Error> {
        let response = self.send(adapter, adapter.push(chunk).unwrap());
        match adapter.parse_push(chunk, &response)? {
            Submission::Queued(job) => Ok(job),
            Submission::Answered(_) => panic!("every write becomes a job"),
        }
    }

    /// One poll, with the fetching of the result that may belong to it.
    pub(crate) fn poll(&mut self, adapter: &Ohip, chunk: &Chunk, job: &JobRef) -> JobState {
        let jobs = adapter.jobs().unwrap();
        let (mut request, mut carry) = (jobs.poll(chunk, job).unwrap(), Carry::default());
        loop {
            let response = self.send(adapter, request);
            match jobs.parse_poll(chunk, job, &carry, &response).unwrap() {
                Step::Done(state) => return state,
                Step::Next {
                    request: next,
                    carry: more,
                } => (request, carry) = (*next, more),
            }
        }
    }

    /// Writes a chunk and waits for its job.
    pub(crate) fn write(&mut self, adapter: &Ohip, chunk: &Chunk) -> Receipt {
        let job = self.start(adapter, chunk).unwrap();
        self.wait(60);
        match self.poll(adapter, chunk, &job) {
            JobState::Finished(receipt) => receipt,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn read(&mut self, adapter: &Ohip, ask: &ReadAsk) -> Seens {
        let mut seen = Seens::default();
        let (mut request, mut carry) = (adapter.read(ask).unwrap(), Carry::default());
        loop {
            let response = self.send(adapter, request);
            let step = adapter.parse_read(ask, &carry, &response, &mut seen);
            match step.unwrap() {
                Step::Done(()) => return seen,
                Step::Next {
                    request: next,
                    carry: more,
                } => (request, carry) = (*next, more),
            }
        }
    }
}

/// The night that most conversations are about.
pub(crate) const DATE: &str = "2027-02-27";

/// An adapter that is signed in to a simulator of that seed.
pub(crate) fn world(seed: u64) -> (Ohip, World) {
    let adapter = ohip();
    let world = World::new(&adapter, setup(seed));
    (adapter, world)
}

pub(crate) fn price(minor: u64) -> Option<Seen> {
    Some(Seen::Price(Minor(minor)))
}
