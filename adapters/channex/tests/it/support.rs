//! What the tests share: the hotels of the published examples, an adapter, a simulator.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use rackrate_channex::{Channex, simulator};
use rackrate_core::adapter::{
    Adapter, Carry, DiscoverAsk, DiscoveredProperty, Discovery, ReadAsk, Sink, Step, Submission,
};
use rackrate_core::chunk::{Chunk, Facts, Receipt, Row, Target};
use rackrate_core::clock::{Mono, Wall};
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::{ConnectionId, Ids, PropertyCode, VendorId};
use rackrate_core::money::{Basis, Currency, Minor};
use rackrate_core::night::Night;
use rackrate_core::rules::{Rules, Set};
use rackrate_core::secret::{Secret, Secrets};
use rackrate_core::series::Seen;
use rackrate_core::simulator::{
    Control, Held, Hotel, HotelPlan, Simulator, SimulatorSetup, Timing,
};

pub(crate) const PROPERTIES: &str = include_str!("../../fixtures/properties.json");
pub(crate) const RATE_PLANS: &str = include_str!("../../fixtures/rate_plans.json");
pub(crate) const RESTRICTIONS: &str = include_str!("../../fixtures/restrictions.json");
pub(crate) const ACCEPTED: &str = include_str!("../../fixtures/accepted.json");
pub(crate) const WARNED_VALUES: &str = include_str!("../../fixtures/warned_values.json");
pub(crate) const WARNED_NULLS: &str = include_str!("../../fixtures/warned_nulls.json");

pub(crate) const DEMO: &str = "716305c4-561a-4561-a187-7f5b8aeb5920";
/// A plan by the room, for three as published.
pub(crate) const BAR: &str = "bab451e7-9ab1-4cc4-aa16-107bf7bbabb2";
/// A plan derived from it.
pub(crate) const NRF: &str = "a07e712e-cb34-4ec9-b085-63e59a88c249";
pub(crate) const ROOM: &str = "994d1375-dbbd-4072-8724-b2ab32ce781b";
/// The hotel of the published plan by person, for one or two.
pub(crate) const OTHER: &str = "fc9f35d6-c810-4305-8eb7-8c04bcffe778";
pub(crate) const PERSONS: &str = "c9c80104-af3b-47b2-8a2f-ba7e544638f3";

pub(crate) fn channex() -> Channex {
    Channex::new(toml::from_str("").unwrap()).unwrap()
}

pub(crate) fn night(text: &str) -> Night {
    text.parse().unwrap()
}

pub(crate) fn id(text: &str) -> VendorId {
    VendorId::new(text).unwrap()
}

pub(crate) fn ids(plan: &str) -> Ids {
    Ids {
        room: Some(id(ROOM)),
        plan: Some(id(plan)),
    }
}

/// A property as the simulator lists it, so that facts are what discovery makes of them.
pub(crate) fn target(property: &str) -> Arc<Target> {
    target_in(setup(), property)
}

pub(crate) fn target_in(setup: SimulatorSetup, property: &str) -> Arc<Target> {
    let mut world = World::new(setup);
    let found = world.discover(&channex(), Some(id(property)));
    target_of(&found.properties[0])
}

pub(crate) fn target_of(found: &DiscoveredProperty) -> Arc<Target> {
    let sellables: BTreeMap<_, _> = found
        .sellables
        .iter()
        .map(|one| (one.ids.clone(), one.clone()))
        .collect();
    Arc::new(Target {
        connection: ConnectionId::new("cx").unwrap(),
        property: PropertyCode::new("LON").unwrap(),
        vendor_property: found.id.clone(),
        facts: Facts {
            name: found.name.clone(),
            currency: found.currency.unwrap(),
            basis: None,
            time_zone: found.time_zone.clone(),
            sellables,
        },
    })
}

pub(crate) fn row(plan: &str, first: &str, last: &str, adults: u8, minor: u64) -> Row {
    Row {
        ids: ids(plan),
        first: night(first),
        last: night(last),
        prices: vec![(adults, Minor(minor))],
        rules: Rules::LEAVE,
    }
}

pub(crate) fn ruled(plan: &str, first: &str, last: &str, rules: Rules) -> Row {
    Row {
        prices: Vec::new(),
        rules,
        ..row(plan, first, last, 1, 1)
    }
}

/// All restrictions of this vendor, set.
pub(crate) fn all_set() -> Rules {
    Rules {
        min_stay_arrival: Set::To(2),
        min_stay_through: Set::To(3),
        max_stay_arrival: Set::To(14),
        max_stay_through: Set::Leave,
        closed_to_arrival: Set::To(true),
        closed_to_departure: Set::To(true),
        stop_sell: Set::To(true),
    }
}

/// The same, cleared.
pub(crate) fn all_clear() -> Rules {
    let mut clear = Rules::LEAVE;
    for (kind, _) in all_set().said() {
        clear.set(kind, Set::Clear);
    }
    clear
}

pub(crate) fn chunk(rows: Vec<Row>) -> Chunk {
    chunk_of(&target(DEMO), rows)
}

pub(crate) fn chunk_of(target: &Arc<Target>, rows: Vec<Row>) -> Chunk {
    Chunk {
        target: target.clone(),
        operation: Operation::Push,
        rows,
    }
}

pub(crate) fn ok(body: &str) -> Response {
    Response::new(200, body.to_owned())
}

pub(crate) fn ask(target: &Arc<Target>, first: &str, last: &str) -> ReadAsk {
    ReadAsk {
        target: target.clone(),
        first: night(first),
        last: night(last),
    }
}

#[derive(Default)]
pub(crate) struct Seens {
    pub(crate) prices: Vec<(Ids, u8, Night, Seen)>,
    pub(crate) rules: Vec<(Ids, Night, Rules)>,
}

impl Seens {
    pub(crate) fn price(&self, plan: &str, at: &str) -> Option<(u8, Seen)> {
        let mut all = self.prices.iter();
        let one = all.find(|one| one.0 == ids(plan) && one.2 == night(at))?;
        Some((one.1, one.3))
    }

    /// The prices of a plan, night by night.
    pub(crate) fn prices_of(&self, plan: &str) -> Vec<Seen> {
        let own = self.prices.iter().filter(|one| one.0 == ids(plan));
        own.map(|one| one.3).collect()
    }

    pub(crate) fn rules(&self, plan: &str, at: &str) -> Rules {
        let mut all = self.rules.iter();
        let one = all.find(|one| one.0 == ids(plan) && one.1 == night(at));
        one.unwrap().2
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

fn held(property: &str, plan: &str, night: Night, adults: u8, minor: u64) -> Held {
    Held {
        property: id(property),
        ids: ids(plan),
        night,
        adults,
        price: Some(Minor(minor)),
        rules: Rules::LEAVE,
    }
}

fn hotel(property: &str, name: &str, plans: Vec<HotelPlan>, prices: Vec<Held>) -> Hotel {
    Hotel {
        id: id(property),
        name: name.into(),
        time_zone: "Europe/London".into(),
        currency: Currency::new("GBP").unwrap(),
        basis: Basis::Gross,
        plans,
        prices,
    }
}

fn plan(plan: &str, name: &str, derived: Option<(Ids, i32)>) -> HotelPlan {
    HotelPlan {
        ids: ids(plan),
        room_name: "Double".into(),
        plan_name: name.into(),
        derived,
    }
}

/// The hotels of the published examples, on a day before them.
pub(crate) fn setup() -> SimulatorSetup {
    let nights = night("2019-02-01").through(night("2019-02-28"));
    let demo = nights.map(|night| held(DEMO, BAR, night, 3, 20_000));
    let persons = [1, 2].map(|adults| held(OTHER, PERSONS, night("2019-02-01"), adults, 10_000));
    SimulatorSetup {
        seed: 1,
        // 2019-01-15T12:00:00Z
        epoch: Wall(1_547_553_600_000),
        hotels: vec![
            hotel(
                DEMO,
                "Demo Hotel",
                vec![
                    plan(BAR, "BAR", None),
                    plan(NRF, "NRF", Some((ids(BAR), -10))),
                ],
                demo.collect(),
            ),
            hotel(
                OTHER,
                "Other Hotel",
                vec![plan(PERSONS, "BAR", None)],
                persons.to_vec(),
            ),
        ],
        secrets: Secrets::new([
            ("api_key".to_owned(), Secret::new("uKey/test".to_owned())),
            (
                "limited_api_key".to_owned(),
                Secret::new("uKey/one".to_owned()),
            ),
        ]),
        saved: None,
        timing: Timing {
            job: Some(2_000_000),
            settle: Some(0),
            ..Timing::default()
        },
    }
}

/// A vendor in virtual time, spoken to one request at a time.
pub(crate) struct World {
    pub(crate) vendor: Box<dyn Simulator>,
    pub(crate) now: Mono,
    /// Between requests; slow enough for the allowance.
    pub(crate) pace: Duration,
    calls: u64,
}

impl World {
    pub(crate) fn new(setup: SimulatorSetup) -> Self {
        Self {
            vendor: simulator::new(setup).unwrap(),
            now: Mono(0),
            pace: Duration::from_secs(7),
            calls: 0,
        }
    }

    pub(crate) fn wait(&mut self, seconds: u64) {
        self.now = self.now.after(Duration::from_secs(seconds));
        self.vendor.advance(self.now);
    }

    pub(crate) fn switch(&mut self, name: &str, value: &str) {
        let (name, value) = (name.to_owned(), value.to_owned());
        self.vendor
            .control(&Control::Switch { name, value }, self.now);
    }

    pub(crate) fn raw(&mut self, request: http::Request<Bytes>) -> Response {
        self.calls += 1;
        self.now = self.now.after(self.pace);
        let ready = self.vendor.arrive(self.calls, request, self.now);
        self.now = self.now.max(ready);
        let (parts, body) = self.vendor.answer(self.calls, self.now).into_parts();
        Response {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    pub(crate) fn get(&mut self, path: &str) -> Response {
        self.raw(with_key("uKey/test", path, None))
    }

    pub(crate) fn post(&mut self, body: &str) -> Response {
        self.raw(with_key("uKey/test", "restrictions", Some(body)))
    }

    pub(crate) fn send(&mut self, adapter: &Channex, mut request: Request) -> Response {
        let secrets = setup().secrets;
        adapter.auth().apply(&secrets, None, &mut request).unwrap();
        self.raw(request.expose(&adapter.manifest().vendor).unwrap())
    }

    pub(crate) fn discover(&mut self, adapter: &Channex, property: Option<VendorId>) -> Discovery {
        let ask = DiscoverAsk {
            mapped: Vec::new(),
            property,
            today: night("2019-01-15"),
        };
        let (mut out, mut carry) = (Discovery::default(), Carry::default());
        let mut request = adapter.discover(&ask).unwrap();
        loop {
            let answer = self.send(adapter, request);
            match adapter
                .parse_discover(&ask, &carry, &answer, &mut out)
                .unwrap()
            {
                Step::Done(()) => return out,
                Step::Next {
                    request: next,
                    carry: more,
                } => (request, carry) = (*next, more),
            }
        }
    }

    pub(crate) fn push(&mut self, adapter: &Channex, chunk: &Chunk) -> Receipt {
        let answer = self.send(adapter, adapter.push(chunk).unwrap());
        match adapter.parse_push(chunk, &answer).unwrap() {
            Submission::Answered(receipt) => receipt,
            Submission::Queued(job) => panic!("{job} cannot be asked for"),
        }
    }

    pub(crate) fn read(&mut self, adapter: &Channex, ask: &ReadAsk) -> Seens {
        let answer = self.send(adapter, adapter.read(ask).unwrap());
        let mut seen = Seens::default();
        let step = adapter.parse_read(ask, &Carry::default(), &answer, &mut seen);
        assert!(matches!(step, Ok(Step::Done(()))), "{step:?}");
        seen
    }
}

/// A request as any client would make it.
pub(crate) fn with_key(key: &str, path: &str, body: Option<&str>) -> http::Request<Bytes> {
    let address = format!("https://staging.channex.io/api/v1/{path}");
    let request = match body {
        None => http::Request::get(address),
        Some(_) => http::Request::post(address),
    };
    request
        .header("user-api-key", key)
        .header("content-type", "application/json")
        .body(Bytes::from(body.unwrap_or_default().to_owned()))
        .unwrap()
}

pub(crate) fn text(response: &Response) -> (u16, String) {
    let body = String::from_utf8(response.body.to_vec()).unwrap();
    (response.status.as_u16(), body)
}
