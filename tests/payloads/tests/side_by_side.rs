//! Every request that the batches lead to, vendor below vendor.
//!
//! Where a snapshot changes, look at the request, not only at the test: it is what a vendor
//! would be sent. `INSTA_UPDATE=always` takes the new one.

use std::path::{Path, PathBuf};

use rackrate_catalog::VENDORS;
use rackrate_core::exchange::Operation;
use rackrate_payloads::batch::{Batch, names};
use rackrate_payloads::stage::Stage;

/// What is known before a batch is written; the same for every batch.
const ASKING: [Operation; 3] = [Operation::Token, Operation::Discover, Operation::Read];
const FOLLOWING: [Operation; 2] = [Operation::Poll, Operation::LookUp];
const WRITING: [Operation; 2] = [Operation::Push, Operation::Restrict];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/batches")
}

/// The batch written at every vendor.
fn written(name: &str) -> Vec<Stage> {
    let stage = |entry| {
        let mut stage = Stage::open(entry, Batch::read(&folder(), name)?)?;
        stage.write()?;
        Ok(stage)
    };
    let all = VENDORS.iter().map(|entry| {
        stage(entry).unwrap_or_else(|error: anyhow::Error| panic!("{}: {error:#}", entry.id))
    });
    all.collect()
}

/// All requests of an operation; equal ones once.
fn shown(stage: &Stage, operation: Operation) -> Vec<String> {
    let of_it = stage
        .sent()
        .unwrap_or_else(|error| panic!("{error:#}"))
        .into_iter()
        .filter(|sent| sent.operation == operation);
    let mut all: Vec<String> = Vec::new();
    for sent in of_it {
        let ours = concat!("rackrate ", env!("CARGO_PKG_VERSION"));
        let text = sent
            .shown(stage.secrets())
            .replace(ours, "rackrate [version]");
        if !all.contains(&text) {
            all.push(text);
        }
    }
    all
}

fn side_by_side(stages: &[Stage], operation: Operation) -> String {
    let sections = stages.iter().map(|stage| {
        let requests = match shown(stage, operation) {
            none if none.is_empty() => "no such request\n".to_owned(),
            some => some.join("\n"),
        };
        format!("======== {}\n{requests}", stage.entry().title)
    });
    sections.collect::<Vec<_>>().join("\n")
}

fn compare(name: &str, stages: &[Stage], operations: &[Operation]) {
    for operation in operations {
        let kind = operation.to_string().replace(' ', "_");
        insta::assert_snapshot!(format!("{name}__{kind}"), side_by_side(stages, *operation));
    }
}

#[test]
fn prices_with_all_that_comes_before_and_after_a_write() {
    let stages = written("prices");
    compare("prices", &stages, &ASKING);
    compare("prices", &stages, &[Operation::Push]);
    compare("prices", &stages, &FOLLOWING);
}

#[test]
fn restrictions_that_are_set_beside_some_that_are_left() {
    compare("restrictions", &written("restrictions"), &WRITING);
}

#[test]
fn restrictions_that_are_lifted() {
    compare("clears", &written("clears"), &WRITING);
}

#[test]
fn a_currency_without_decimals() {
    compare("yen", &written("yen"), &[Operation::Push]);
}

#[test]
fn a_currency_with_three_decimals() {
    compare("dinar", &written("dinar"), &[Operation::Push]);
}

#[test]
fn what_the_requests_wish_is_what_every_vendor_shows_in_the_end() {
    for name in names(&folder()).unwrap() {
        for mut stage in written(&name) {
            let left = stage.left().unwrap();
            assert!(left.is_empty(), "{name} at {}: {left:?}", stage.entry().id);
        }
    }
}

#[test]
fn no_secret_is_shown() {
    let mut hidden = 0;
    for stage in written("prices") {
        for sent in stage.sent().unwrap() {
            let text = sent.shown(stage.secrets());
            assert!(!text.contains("planted"), "{text}");
            let values = sent.wire.headers().values();
            for secret in values.filter(|value| value.is_sensitive()) {
                let secret = secret.to_str().unwrap().rsplit(' ').next().unwrap();
                assert!(!text.contains(secret), "{text}");
                hidden += 1;
            }
        }
    }
    assert!(hidden > 0, "no vendor has a secret header");
}
