//! Every body that the batches lead to, held against the structures that vendors published.

#![expect(clippy::unwrap_used, reason = "a failed setup is a failed test")]

use std::path::{Path, PathBuf};

use rackrate_catalog::vendor;
use rackrate_payloads::batch::{Batch, names};
use rackrate_payloads::stage::Stage;
use rackrate_payloads::structure::Structure;
use rackrate_payloads::wire::Sent;

fn own(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)
}

fn structure(name: &str) -> Structure {
    let text = std::fs::read_to_string(own("schemas").join(name)).unwrap();
    Structure::read(&text).unwrap()
}

/// The requests of all batches that go to the structure's address.
fn bodies(structure: &Structure) -> Vec<Sent> {
    let entry = vendor(&structure.about.vendor).unwrap();
    let folder = own("../../fixtures/batches");
    let sent = names(&folder).unwrap().into_iter().flat_map(|name| {
        let batch = Batch::read(&folder, &name).unwrap();
        let mut stage = Stage::open(entry, batch).unwrap();
        stage.write().unwrap();
        stage.sent().unwrap()
    });
    let there = |sent: &Sent| {
        let path = sent.wire.uri().path();
        path.ends_with(&structure.about.path) && sent.operation.writes()
    };
    sent.filter(there).collect()
}

fn check(name: &str, at_least: usize) {
    let structure = structure(name);
    let bodies = bodies(&structure);
    assert!(bodies.len() >= at_least, "only {} bodies", bodies.len());
    for sent in bodies {
        assert_eq!(structure.faults(&sent).unwrap(), [""; 0]);
    }
}

#[test]
fn cloudbeds_takes_every_form_of_rates() {
    check("cloudbeds-patch-rate.json", 5);
}

#[test]
fn ohip_takes_every_daily_schedule() {
    check("ohip-daily-schedules.json", 4);
}

#[test]
fn ohip_takes_every_restriction() {
    check("ohip-restrictions.json", 2);
}

#[test]
fn a_real_body_with_one_wrong_letter_is_found() {
    for (name, right, wrong, fault) in [
        (
            "cloudbeds-patch-rate.json",
            "minLos",
            "minLOS",
            "no such member",
        ),
        (
            "cloudbeds-patch-rate.json",
            "129.00",
            "129,00",
            "is no Number",
        ),
        (
            "ohip-daily-schedules.json",
            "129.00",
            "\"129.00\"",
            "is no Number",
        ),
        (
            "ohip-daily-schedules.json",
            "2027-03-28",
            "2027-03-32",
            "is no date",
        ),
        (
            "ohip-daily-schedules.json",
            "\"STD\"",
            "\"STD-ROOM-IN-THE-GARDEN\"",
            "22 characters",
        ),
        (
            "ohip-restrictions.json",
            "OpenForArrival",
            "OpenedForArrival",
            "none of the values",
        ),
    ] {
        let structure = structure(name);
        let broken = bodies(&structure)
            .into_iter()
            .map(|sent| changed(sent, right, wrong));
        let faults = broken.flat_map(|sent| structure.faults(&sent).unwrap());
        let faults: Vec<String> = faults.collect();
        assert!(
            faults.iter().any(|one| one.contains(fault)),
            "{wrong}: {faults:?}"
        );
    }
}

fn changed(mut sent: Sent, right: &str, wrong: &str) -> Sent {
    for (name, value) in sent.form.iter_mut().flatten() {
        *name = name.replace(right, wrong);
        *value = value.replace(right, wrong);
    }
    let text = String::from_utf8(sent.wire.body().to_vec()).unwrap();
    *sent.wire.body_mut() = text.replace(right, wrong).into();
    sent
}
