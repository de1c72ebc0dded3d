//! What the tests share: one hotel, a driver of one connection, and vendors to speak to.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use rackrate_auth::seal::Seal;
use rackrate_core::adapter::Adapter;
use rackrate_core::auth::Invitation;
use rackrate_core::chunk::{Chunk, Facts, Row, Target};
use rackrate_core::clock::{Mono, Wall};
use rackrate_core::exchange::Operation;
use rackrate_core::ids::{ConnectionId, Ids, PropertyCode, VendorId};
use rackrate_core::money::{Basis, Currency, Minor};
use rackrate_core::night::Night;
use rackrate_core::rules::Rules;
use rackrate_core::secret::{Secret, Secrets};
use rackrate_core::simulator::{Hotel, HotelPlan, Simulator, SimulatorSetup, Timing};
use rackrate_generic::{Config, Generic, simulator};
use rackrate_ledger::model::MemoryLedger;
use rackrate_ledger::op::{RunId, RunRecord};
use rackrate_ledger::store::Ledger;
use rackrate_runtime::assembly::Assembly;
use rackrate_runtime::desk::Code;
use rackrate_runtime::driver::{Clock, Driver, Reports};
use rackrate_runtime::engine::types::{ConnIx, Event, GrantIx, LaneIx, Policy, Report};
use rackrate_runtime::engine::{Engine, Recovered};
use rackrate_runtime::handle::Handle;
use rackrate_runtime::transport::{Bounds, Transport};
use wiremock::{MockServer, Request, Respond, ResponseTemplate};

pub(crate) const EPOCH: Wall = Wall(1_795_348_800_000);
pub(crate) const PLANTED: &str = "s3cret & more";

/// A deadline that only a vendor who never answers can miss.
pub(crate) fn short() -> Bounds {
    Bounds {
        deadline: Duration::from_millis(400),
        ..Bounds::default()
    }
}

pub(crate) fn secrets() -> Secrets {
    let secret = |name: &str, text: &str| (name.to_owned(), Secret::new(text.to_owned()));
    Secrets::new([
        secret("client_id", "rackrate"),
        secret("client_secret", PLANTED),
    ])
}

pub(crate) fn night(text: &str) -> Night {
    text.parse().unwrap()
}

pub(crate) fn ids(plan: &str) -> Ids {
    Ids {
        room: VendorId::new("STD").ok(),
        plan: VendorId::new(plan).ok(),
    }
}

pub(crate) fn target() -> Arc<Target> {
    Arc::new(Target {
        connection: ConnectionId::new("house").unwrap(),
        property: PropertyCode::new("algarve").unwrap(),
        vendor_property: VendorId::new("P00017").unwrap(),
        facts: Facts {
            name: "Algarve Resort".into(),
            currency: Currency::new("EUR").unwrap(),
            basis: Some(Basis::Gross),
            time_zone: None,
            sellables: Default::default(),
        },
    })
}

pub(crate) fn chunk(day: &str, price: u64) -> Arc<Chunk> {
    Arc::new(Chunk {
        target: target(),
        operation: Operation::Push,
        rows: vec![Row {
            ids: ids("BAR"),
            first: night(day),
            last: night(day),
            prices: vec![(2, Minor(price))],
            rules: Rules::LEAVE,
        }],
    })
}

pub(crate) fn run_record() -> Arc<RunRecord> {
    Arc::new(RunRecord {
        id: RunId(1),
        started: EPOCH,
        plan: "plan".into(),
        plan_expires: EPOCH,
        author: "revenue".into(),
        reason: String::new(),
        ended: None,
    })
}

/// The prices of the lane on those nights.
pub(crate) fn read(first: Night, last: Night) -> Event {
    Event::Read {
        lane: LANE,
        first,
        last,
    }
}

/// These requests as the wishes of the lane.
pub(crate) fn wish(chunks: Vec<Arc<Chunk>>) -> Event {
    Event::NewDesired {
        run: run_record(),
        lanes: vec![(LANE, chunks)],
        desired: Vec::new(),
    }
}

/// A driver of one connection with one lane.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) handle: Handle,
    pub(crate) reports: Reports,
    pub(crate) ledger: Arc<MemoryLedger>,
}

pub(crate) const LANE: LaneIx = LaneIx(0);
pub(crate) const CONNECTION: ConnIx = ConnIx(0);

impl Host {
    pub(crate) async fn start(url: &str, bounds: Bounds, clock: Clock) -> Self {
        let ledger = Arc::new(MemoryLedger::default());
        let shared: Arc<dyn Ledger> = ledger.clone();
        let (handle, reports) = driver(url, bounds, clock, shared).start();
        Self {
            handle,
            reports,
            ledger,
        }
    }

    pub(crate) async fn report(&mut self, wanted: impl Fn(&Report) -> bool) -> Report {
        loop {
            let report = self.reports.next().await.expect("the run goes on");
            if wanted(&report) {
                return report;
            }
        }
    }
}

/// A driver whose one grant a person gives, with the code that came back; and the address that
/// the person was sent to.
pub(crate) async fn consenting(url: &str, code: Code) -> (Host, String) {
    let config = format!(r#"{{"base_url":"{url}","consent":{{}}}}"#);
    let adapter = Generic::new(serde_json::from_str::<Config>(&config).unwrap()).unwrap();
    let invitation = Invitation {
        redirect: &code.redirect,
        state: "st4te",
        challenge: Some("ch4llenge"),
    };
    let consent = adapter.auth().consent().unwrap();
    let invited = consent.authorize(&secrets(), &invitation).unwrap();
    let mut assembly = Assembly::new(Policy::default());
    let id = ConnectionId::new("house").unwrap();
    let today = night("2026-11-22");
    let connection = assembly
        .connection(&id, Arc::new(adapter), secrets(), today)
        .unwrap();
    assembly.keep_tokens(connection, Seal::of_this_process().unwrap());
    let (setup, mut desk) = assembly.finish();
    desk.take_code(GrantIx(0), code);
    let clock = Clock::system();
    let engine = Engine::new(setup, Recovered::default(), clock.now());
    let ledger = Arc::new(MemoryLedger::default());
    let shared: Arc<dyn Ledger> = ledger.clone();
    let transport = Transport::new(Bounds::default()).unwrap();
    let (handle, reports) = Driver::new(engine, desk, shared, transport, clock).start();
    let host = Host {
        handle,
        reports,
        ledger,
    };
    (host, invited.to_string())
}

pub(crate) fn driver(url: &str, bounds: Bounds, clock: Clock, ledger: Arc<dyn Ledger>) -> Driver {
    let config = format!(r#"{{"base_url":"{url}","settle_ms":50,"flight_horizon_ms":100}}"#);
    let adapter = Generic::new(serde_json::from_str::<Config>(&config).unwrap()).unwrap();
    let mut assembly = Assembly::new(Policy {
        backoff: Duration::from_millis(5),
        ..Policy::default()
    });
    let id = ConnectionId::new("house").unwrap();
    let today = night("2026-11-22");
    let connection = assembly
        .connection(&id, Arc::new(adapter), secrets(), today)
        .unwrap();
    assembly.rereads(connection);
    assembly.lane(connection, target(), vec![(ids("BAR"), 2)], 0);
    let (setup, desk) = assembly.finish();
    let engine = Engine::new(setup, Recovered::default(), clock.now());
    let transport = Transport::new(bounds).unwrap();
    Driver::new(engine, desk, ledger, transport, clock)
}

/// Serves a vendor's simulator over HTTP.
pub(crate) struct Served {
    simulator: Mutex<(Box<dyn Simulator>, u64)>,
    began: Instant,
}

impl Served {
    pub(crate) fn new() -> Self {
        let timing = Timing {
            latency_min: 0,
            latency_max: 0,
            job: Some(1000),
            settle: Some(0),
            token_life: None,
        };
        let setup = SimulatorSetup {
            seed: 1,
            epoch: EPOCH,
            hotels: vec![hotel()],
            secrets: secrets(),
            saved: None,
            timing,
        };
        Self {
            simulator: Mutex::new((simulator::new(setup).unwrap(), 0)),
            began: began(),
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the simulator's clock runs with the real one here"
)]
fn began() -> Instant {
    Instant::now()
}

impl Respond for Served {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut asked = http::Request::new(Bytes::from(request.body.clone()));
        *asked.method_mut() = request.method.clone();
        *asked.uri_mut() = request.url.as_str().parse().unwrap();
        *asked.headers_mut() = request.headers.clone();
        let (simulator, calls) = &mut *self.simulator.lock().unwrap();
        *calls += 1;
        let now = Mono(0).after(self.began.elapsed());
        simulator.advance(now);
        let ready = simulator.arrive(*calls, asked, now);
        let answer = simulator.answer(*calls, ready);
        let template = ResponseTemplate::new(answer.status().as_u16());
        let typed = answer
            .headers()
            .iter()
            .fold(template, |template, (name, value)| {
                template.insert_header(name.clone(), value.clone())
            });
        typed.set_body_bytes(answer.body().to_vec())
    }
}

fn hotel() -> Hotel {
    Hotel {
        id: VendorId::new("P00017").unwrap(),
        name: "Algarve Resort".into(),
        time_zone: "Europe/Lisbon".into(),
        currency: Currency::new("EUR").unwrap(),
        basis: Basis::Gross,
        plans: vec![HotelPlan {
            ids: ids("BAR"),
            room_name: "Standard".into(),
            plan_name: "Best available rate".into(),
            derived: None,
        }],
        prices: Vec::new(),
    }
}

/// A vendor that answers everything so.
pub(crate) async fn vendor(answer: impl Respond + 'static) -> MockServer {
    let server = MockServer::start().await;
    wiremock::Mock::given(wiremock::matchers::any())
        .respond_with(answer)
        .mount(&server)
        .await;
    server
}
