//! The way of a price over real sockets: planned, shown, applied, verified, watched.

use std::process::Child;

use rackrate_core::money::Minor;
use rackrate_core::simulator::Control;
use rackrate_e2e::{Ended, Hotel, Stage};
use rackrate_simulator::faults::Fate;
use rackrate_simulator::serve::Rule;

/// 110, 111, 112 … so that no two neighbours are equal.
fn rising(night: u16) -> Option<u64> {
    Some(110 + u64::from(night % 10))
}

#[test]
fn prices_reach_both_vendors_are_confirmed_and_verified() {
    let hotels = vec![Hotel::lisbon(6), Hotel::algarve(4)];
    let stage = Stage::new(&["cloudbeds", "generic"], hotels);
    stage.calendar(rising);

    let planned = stage.run("plan rates.csv").with_code(0);
    assert!(
        planned.stdout.contains("20 prices in"),
        "{}",
        planned.stdout
    );
    assert_eq!(stage.vendors.writes(), 0, "a plan writes nothing");

    let shown = stage.run("show plan.json").with_code(0);
    for word in ["lisbon-city", "100.00", "115.00 EUR", "+15.0 %"] {
        assert!(shown.stdout.contains(word), "{word}:\n{}", shown.stdout);
    }

    let applied = stage.run("apply plan.json").with_code(0);
    assert!(applied.stdout.contains("confirmed"), "{}", applied.stdout);
    for vendor in ["cloudbeds", "generic"] {
        assert_eq!(stage.wrong(vendor, rising), [""; 0], "{vendor}");
        let record = stage.vendors.record(vendor);
        assert_eq!(
            (record.doubled, record.breaches, record.overlaps),
            (0, 0, 0)
        );
    }

    let verified = stage.run("verify").with_code(0);
    assert!(
        verified.stdout.contains("20 cells compared, no difference"),
        "{}",
        verified.stdout
    );
}

#[test]
fn thirty_five_nights_in_thirty_one_intervals_cost_two_writes() {
    let stage = Stage::new(&["cloudbeds"], vec![Hotel::lisbon(40)]);
    // The first five nights are one interval, the next thirty one each, and five stay.
    let price = |night: u16| match night {
        0..5 => Some(120),
        5..35 => Some(110 + u64::from(night % 2)),
        _ => None,
    };
    stage.calendar(price);
    let _ = stage.run("plan rates.csv").with_code(0);
    let _ = stage.run("apply plan.json").with_code(0);
    let record = stage.vendors.record("cloudbeds");
    assert_eq!((record.pushes, record.applied), (2, 2));
    assert_eq!(record.changes.len(), 31);
    assert_eq!(stage.wrong("cloudbeds", price), [""; 0]);
}

#[test]
fn a_plan_applies_once() {
    let stage = Stage::new(&["cloudbeds", "generic"], vec![Hotel::lisbon(3)]);
    stage.calendar(rising);
    let _ = stage.run("plan rates.csv").with_code(0);
    let _ = stage.run("apply plan.json").with_code(0);
    let writes = stage.vendors.writes();
    let again = stage.run("apply plan.json").with_code(2);
    assert!(again.stderr.contains("[plan.applied]"), "{}", again.stderr);
    assert_eq!(stage.vendors.writes(), writes);
}

#[test]
fn a_price_changed_behind_our_back_is_found_and_planned_with_both_values() {
    for vendor in ["cloudbeds", "generic"] {
        let stage = Stage::new(&[vendor], vec![Hotel::lisbon(5)]);
        stage.calendar(rising);
        let _ = stage.run("plan rates.csv").with_code(0);
        let _ = stage.run("apply plan.json").with_code(0);

        let night = stage.first.plus(2);
        let mut held = stage.vendors.held(vendor);
        held.retain(|one| one.night == night);
        let mut held = held.remove(0);
        held.price = Some(Minor(10_450));
        stage.vendors.control(vendor, &Control::SetPrice(held));

        let verified = stage.run("verify").with_code(3);
        let line = verified
            .stdout
            .lines()
            .find(|line| line.contains(&night.to_string()));
        let line = line.unwrap_or_else(|| panic!("{}", verified.stdout));
        for word in [vendor, "lisbon-city", "112.00", "104.50"] {
            assert!(line.contains(word), "{word}: {line}");
        }
        assert!(
            verified.stdout.contains("5 cells compared, 1 differ."),
            "{}",
            verified.stdout
        );

        let _ = stage.run("plan rates.csv").with_code(0);
        let shown = stage.run("show plan.json").with_code(0);
        let line = shown.stdout.lines().find(|line| line.contains("104.50"));
        let line = line.unwrap_or_else(|| panic!("{}", shown.stdout));
        assert!(line.contains("112.00 EUR"), "{line}");
    }
}

/// A run that wrote three nights and cannot read them back yet, while the night behind
/// them changed.
fn spilled(vendor: &str, read: &str) -> (Stage, Child) {
    let stage = Stage::new(&[vendor], vec![Hotel::lisbon(5)]);
    stage.calendar(|night| (1..4).contains(&night).then_some(120));
    let _ = stage.run("plan rates.csv").with_code(0);
    let rule = Rule {
        method: Some("GET".to_owned()),
        path: Some(read.to_owned()),
        per_mille: Some(1000),
        ..Rule::next(Fate::ErrorBefore)
    };
    stage.vendors.fault(vendor, &rule);
    let program = stage
        .program()
        .start("apply plan.json --errors-file errors.jsonl");
    let reads = stage.vendors.wait_for(vendor, Fate::ErrorBefore);
    assert!(reads.is_some(), "{vendor}");
    let mut held = stage.vendors.held(vendor);
    held.retain(|one| one.night == stage.first.plus(4));
    let mut held = held.remove(0);
    held.price = Some(Minor(12_000));
    stage.vendors.control(vendor, &Control::SetPrice(held));
    (stage, program)
}

/// The run that read the neighbour again told of it, though every price is confirmed.
fn is_told(stage: &Stage, vendor: &str, ended: Ended) {
    let ended = ended.with_code(4);
    assert!(ended.stdout.contains("confirmed"), "{}", ended.stdout);
    let findings = stage.findings();
    let [finding] = findings.as_slice() else {
        panic!("{findings:?}");
    };
    assert_eq!(finding.code, "apply.spilled");
    let told = finding.to_string();
    for word in [
        vendor,
        "lisbon-city",
        "STD BAR for 2 adults",
        &stage.first.plus(4).to_string(),
        "was 100.00 EUR",
        "is 120.00 EUR",
    ] {
        assert!(told.contains(word), "{word}: {told}");
    }
}

const READS: [(&str, &str); 2] = [
    ("cloudbeds", "/api/v1.3/getRatePlans"),
    ("generic", "/v2/rates"),
];

#[test]
fn a_neighbouring_night_that_changes_while_a_run_writes_is_told_with_both_values() {
    for (vendor, read) in READS {
        let (stage, program) = spilled(vendor, read);
        stage.vendors.heal(vendor);
        let ended = Ended::of(program.wait_with_output().unwrap());
        is_told(&stage, vendor, ended);
    }
}

#[test]
fn a_neighbouring_night_that_changed_is_told_by_the_resume_of_a_killed_run() {
    for (vendor, read) in READS {
        let (stage, mut program) = spilled(vendor, read);
        program.kill().unwrap();
        program.wait().unwrap();
        stage.vendors.heal(vendor);
        let ended = stage.run("apply --resume --errors-file errors.jsonl");
        is_told(&stage, vendor, ended);
    }
}
