//! A courier at the simulator of the plain protocol.

use rackrate_catalog::Naming;
use rackrate_core::chunk::{Facts, Row};
use rackrate_core::clock::Wall;
use rackrate_core::ids::{ConnectionId, Ids, PropertyCode, VendorId};
use rackrate_core::money::{Basis, Currency, Minor};
use rackrate_core::night::Night;
use rackrate_core::rules::Rules;
use rackrate_core::secret::Secret;
use rackrate_core::series::Seen;
use rackrate_core::simulator::{Hotel, HotelPlan, SimulatorSetup, Timing};

use super::*;

fn id(text: &str) -> VendorId {
    VendorId::new(text).unwrap()
}

fn ids() -> Ids {
    Naming::PlanForAll.ids(id("STD"), id("STD-BAR"), id("BAR"))
}

fn night() -> Night {
    "2027-01-01".parse().unwrap()
}

fn hotel() -> Hotel {
    Hotel {
        id: id("P1"),
        name: "Harbour House".to_owned(),
        time_zone: "Europe/Lisbon".to_owned(),
        currency: Currency::new("EUR").unwrap(),
        basis: Basis::Gross,
        plans: vec![HotelPlan {
            ids: ids(),
            room_name: "Standard".to_owned(),
            plan_name: "BAR".to_owned(),
            derived: None,
        }],
        prices: Vec::new(),
    }
}

fn target() -> Arc<Target> {
    Arc::new(Target {
        connection: ConnectionId::new("house").unwrap(),
        property: PropertyCode::new("P1").unwrap(),
        vendor_property: id("P1"),
        facts: Facts {
            name: "Harbour House".to_owned(),
            currency: Currency::new("EUR").unwrap(),
            basis: None,
            time_zone: None,
            sellables: [].into(),
        },
    })
}

fn courier() -> Courier {
    let vendor = rackrate_catalog::vendor("generic").unwrap();
    let settings = (vendor.sample)("https://pms.example.test").parse().unwrap();
    let adapter = (vendor.adapter)(settings).unwrap();
    let named = |name: &&str| ((*name).to_owned(), Secret::new(format!("planted-{name}")));
    let secrets = Secrets::new(adapter.manifest().secrets.iter().map(named));
    let setup = SimulatorSetup {
        seed: 7,
        epoch: Wall(1_796_126_400_000),
        hotels: vec![hotel()],
        secrets: secrets.clone(),
        saved: None,
        timing: Timing::default(),
    };
    Courier::new(
        adapter,
        (vendor.simulator)(setup).unwrap(),
        secrets,
        target(),
    )
}

/// The price of the one cell, as the last word of a read tells it.
#[derive(Debug, Default)]
struct Told(Option<Seen>);

impl Sink for Told {
    fn price(&mut self, of: &Ids, adults: u8, at: Night, seen: Seen) {
        if (of, adults, at) == (&ids(), 2, night()) {
            self.0 = Some(seen);
        }
    }

    fn rules(&mut self, _: &Ids, _: Night, _: Rules) {}
}

#[test]
fn a_price_is_carried_there_and_back() {
    let mut courier = courier();
    courier.sign_in().unwrap();
    let chunk = Chunk {
        target: target(),
        operation: Operation::Push,
        rows: vec![Row {
            ids: ids(),
            first: night(),
            last: night(),
            prices: vec![(2, Minor(12_900))],
            rules: Rules::LEAVE,
        }],
    };
    let receipt = courier.write(&chunk, &Key::of(&[b"one"])).unwrap();
    assert_eq!((receipt.refused, receipt.unattributed), (vec![], vec![]));
    courier.wait(courier.adapter().manifest().settle);
    let (first, last) = (night(), night());
    let ask = ReadAsk {
        target: target(),
        first,
        last,
    };
    let mut told = Told::default();
    courier.read(&ask, &mut told).unwrap();
    assert_eq!(told.0, Some(Seen::Price(Minor(12_900))));
    let record = courier.server.record();
    assert_eq!(
        (record.calls, record.breaches),
        (courier.sent().len() as u64, 0)
    );
}

#[test]
fn requests_keep_every_allowance_however_many_there_are() {
    let mut courier = courier();
    courier.sign_in().unwrap();
    let begun = courier.now();
    let ask = ReadAsk {
        target: target(),
        first: night(),
        last: night(),
    };
    // The vendor takes 300 a minute, and a tenth of that stays unused.
    for _ in 0..540 {
        courier.read(&ask, &mut Told::default()).unwrap();
    }
    assert!(courier.now().since(begun) >= Duration::from_secs(120));
    assert_eq!(courier.server.record().breaches, 0);
}

#[test]
fn without_a_token_the_answer_is_the_adapters_refusal() {
    let mut courier = courier();
    let ask = DiscoverAsk {
        property: None,
        mapped: Vec::new(),
        today: night(),
    };
    let refused = courier.discover(&ask);
    assert!(matches!(refused, Err(Failed::Adapter(_))), "{refused:?}");
    assert!(courier.token().is_none());
}
