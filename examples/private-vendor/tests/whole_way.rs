//! The program with a private vendor goes the whole way of a price.

#![expect(clippy::unwrap_used, reason = "what cannot be started ends the test")]

use std::path::Path;

use private_vendor::{ACME, vendors};
use rackrate_core::clock::Wall;
use rackrate_core::money::Minor;
use rackrate_core::night::Night;
use rackrate_e2e::stage::HEADER;
use rackrate_e2e::vendors::FAST;
use rackrate_e2e::{Ended, Hotel, Program, Vendors};
use rackrate_runtime::driver::Clock;
use tempfile::TempDir;

const SECRETS: [(&str, &str); 2] = [
    ("client_id", "only-for-acme"),
    ("client_secret", "only-for-acme-too"),
];

const NIGHTS: u16 = 40;

/// A folder with a configuration, and Acme's simulator.
struct Stage {
    folder: TempDir,
    acme: Vendors,
    hotel: Hotel,
    first: Night,
}

impl Stage {
    fn new() -> Self {
        let Wall(now) = Clock::system().now().wall;
        let first = Night::from_days(i32::try_from(now / 86_400_000).unwrap() + 30);
        let hotel = Hotel::lisbon(NIGHTS);
        let entry = vendors().iter().find(|entry| entry.id == ACME.id).unwrap();
        let stage = Self {
            folder: tempfile::tempdir().unwrap(),
            acme: Vendors::host(&[(entry, vec![hotel.at(entry, first)])], &SECRETS, FAST),
            hotel,
            first,
        };
        stage.write_files();
        stage
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }

    fn write_files(&self) {
        for (name, secret) in SECRETS {
            self.write(name, secret);
        }
        let address = format!("http://{}", self.acme.address("acme"));
        let config = format!(
            "[guards]\nfloor = \"20\"\nceiling = \"900\"\n\n\
             [connections.acme]\nvendor = \"acme\"\nenvironment = \"test\"\nrole = \"write\"\n\
             basis = \"gross\"\n\n\
             [connections.acme.secrets]\nclient_id = \"file:client_id\"\n\
             client_secret = \"file:client_secret\"\n\n\
             [connections.acme.settings]\n{}",
            (ACME.sample)(&address)
        );
        self.write("rackrate.toml", &config);
        let head = "code,name,time_zone,day_ends,currency,basis,region,tags,contact\n";
        self.write("properties.csv", &format!("{head}{}", self.hotel.line()));
        let head = "connection,property,room_type,rate_plan,vendor_property,vendor_room_type,vendor_rate_plan\n";
        let mapping = self.hotel.mapping(&ACME);
        self.write("mapping.csv", &format!("{head}{mapping}"));
        let code = self.hotel.code;
        let night = |at| self.first.plus(i32::from(at));
        let line = |at| format!("{code},STD,BAR,{},2,{}.00,EUR\n", night(at), price(at));
        let lines: String = (0..NIGHTS).map(line).collect();
        self.write("rates.csv", &format!("{HEADER}{lines}"));
    }

    fn run(&self, arguments: &str) -> Ended {
        let binary = Path::new(env!("CARGO_BIN_EXE_private-vendor"));
        Program::at(self.folder.path()).from(binary).run(arguments)
    }
}

fn price(night: u16) -> u64 {
    110 + u64::from(night % 7)
}

#[test]
fn the_private_vendor_is_one_like_any_other() {
    let stage = Stage::new();
    let _ = stage.run("config validate").with_code(0);
    let _ = stage.run("plan rates.csv").with_code(0);
    let _ = stage.run("apply plan.json").with_code(0);
    let _ = stage.run("verify").with_code(0);
    let held = stage.acme.held("acme");
    let prices: Vec<_> = held.iter().map(|held| held.price.unwrap()).collect();
    let wished: Vec<_> = (0..NIGHTS).map(|at| Minor(price(at) * 100)).collect();
    assert_eq!(prices, wished);
    let record = stage.acme.record("acme");
    let amiss = record.doubled + record.breaches + record.overlaps + record.unauthorised;
    assert_eq!(amiss, 0, "{record:?}");
}

#[test]
fn the_catalogue_alone_does_not_know_it() {
    let stage = Stage::new();
    let ended = Program::at(stage.folder.path()).run("config validate");
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains("acme"), "{}", ended.stderr);
}
