//! The program against simulated vendors behind real sockets, judged by what those saw.

#![expect(
    clippy::unwrap_used,
    reason = "what cannot be set up or found ends the test"
)]

mod habits;

use rackrate_catalog::{Entry, showcase, vendor};
use rackrate_core::money::Minor;
use rackrate_core::night::Night;
use rackrate_core::rules::{Rules, Set};
use rackrate_core::simulator::Held;
use rackrate_e2e::stage::SECRETS;
use rackrate_e2e::vendors::FAST;
use rackrate_e2e::{Ended, Hotel, Program, Stage};
use rackrate_simulator::faults::Fate;
use rackrate_simulator::serve::Rule;

const ASKED: &str = "rackrate.toml --property lisbon-city --room-type STD --rate-plan BAR";

/// The first night that is tried, counted from the first with a price. It is named to the
/// program, whose own choice goes by the hotel's day, not by the stage's.
const FAR: i32 = 300;

/// A hotel with two room types, and prices beyond the nights that are tried.
fn hotel() -> Hotel {
    Hotel {
        rooms: vec!["STD", "SUP"],
        derived: true,
        ..Hotel::lisbon(310)
    }
}

fn stage(name: &str) -> Stage {
    Stage::new(&[name], vec![hotel()])
}

fn program(stage: &Stage) -> Program {
    let binary = env!("CARGO_BIN_EXE_rackrate-live-conformance");
    stage.program().from(std::path::Path::new(binary))
}

/// Runs it on the nights from the far one.
fn run(stage: &Stage, more: &str) -> Ended {
    program(stage).run(&format!("{} {more}", asked(stage)))
}

fn asked(stage: &Stage) -> String {
    format!("{ASKED} --from {}", stage.first.plus(FAR))
}

/// Runs it on the nights from another one.
fn run_from(stage: &Stage, first: Night) -> Ended {
    program(stage).run(&format!("{ASKED} --from {first}"))
}

/// The verdict of a check in a table.
fn verdict<'e>(ended: &'e Ended, check: &str) -> &'e str {
    let row = ended.stdout.lines().find(|line| line.starts_with(check));
    let row = row.unwrap_or_else(|| panic!("no {check}\n{}{}", ended.stdout, ended.stderr));
    row[check.len()..].split_whitespace().next().unwrap()
}

/// What a vendor holds, with no restriction in its one spelling.
fn held(stage: &Stage, name: &str) -> Vec<Held> {
    let mut held = stage.vendors.held(name);
    for one in &mut held {
        one.rules = one.rules.only(|_, wish| matches!(wish, Set::To(_)));
    }
    held
}

/// Whether a vendor was written to only where it may be, and was at all.
fn stays_inside(stage: &Stage, name: &str) {
    let changes = stage.vendors.record(name).changes;
    let first = stage.first.plus(FAR);
    let ids = stage.hotels[0].ids(vendor(name).unwrap(), 0);
    assert!(!changes.is_empty());
    for change in changes {
        assert!(
            first <= change.first && change.last <= first.plus(2),
            "{change:?}"
        );
        assert_eq!(change.ids, ids, "{change:?}");
    }
}

fn forgotten(stage: &Stage) -> bool {
    !stage
        .path("rackrate.live-conformance.restore.json")
        .exists()
}

#[test]
fn an_account_that_works_passes_and_is_left_as_it_was() {
    let names: Vec<_> = showcase().iter().map(|entry| entry.id).collect();
    let stage = Stage::new(&names, vec![hotel()]);
    for name in names {
        let before = held(&stage, name);
        let ended = run(&stage, &format!("--connection {name}")).with_code(0);
        let rows = ["discovery", "read ", "read again", "price ", "price again"];
        // What each of the two has, and one kind that it lacks.
        let (has, lacks, counts) = match name {
            "cloudbeds" => (
                "stop_sell",
                "min_stay_arrival",
                "17 passed, 0 failed, 4 not",
            ),
            _ => (
                "min_stay_arrival",
                "stop_sell",
                "9 passed, 0 failed, 12 not",
            ),
        };
        let written = [format!("{has} set"), format!("{has} cleared")];
        let written = written.iter().map(String::as_str);
        let end = ["neighbours", "restore"];
        for check in rows.into_iter().chain(written).chain(end) {
            assert_eq!(verdict(&ended, check), "passed", "{}", ended.stdout);
        }
        assert_eq!(verdict(&ended, &format!("{lacks} set")), "n/a");
        assert!(ended.stdout.contains(counts), "{}", ended.stdout);
        assert!(ended.stdout.lines().all(|line| line.chars().count() <= 80));
        assert_eq!(held(&stage, name), before);
        let record = stage.vendors.record(name);
        assert_eq!(
            (record.doubled, record.breaches, record.overlaps),
            (0, 0, 0)
        );
        stays_inside(&stage, name);
    }
    assert!(forgotten(&stage));
    assert!(!stage.path("rackrate.db").exists());
}

#[test]
fn restrictions_that_were_there_are_put_back() {
    let stage = stage("generic");
    let strict = Held {
        rules: Rules {
            min_stay_arrival: Set::To(4),
            ..Rules::LEAVE
        },
        price: Some(Minor(12_300)),
        ..at(&stage, FAR + 1)
    };
    let command = rackrate_core::simulator::Control::SetPrice(strict);
    stage.vendors.control("generic", &command);
    let before = held(&stage, "generic");
    let ended = run(&stage, "-o junit --junit report.xml").with_code(0);
    assert_eq!(held(&stage, "generic"), before);
    assert_eq!(stage.read("report.xml").trim(), ended.stdout.trim());
    let counts = "tests=\"21\" failures=\"0\" errors=\"0\" skipped=\"12\"";
    assert!(ended.stdout.contains(counts), "{}", ended.stdout);
}

#[test]
fn every_restriction_is_set_and_cleared_where_a_vendor_has_them_all() {
    let secrets = [
        ("client_token", "e2e-client-token"),
        ("access_token", "e2e-access-token"),
    ];
    let stage = Stage::with(&["mews"], vec![hotel()], &secrets, FAST);
    let before = held(&stage, "mews");
    let ended = run(&stage, "").with_code(0);
    let counts = "21 passed, 0 failed, 0 not applicable";
    assert!(ended.stdout.contains(counts), "{}", ended.stdout);
    assert_eq!(held(&stage, "mews"), before);
    stays_inside(&stage, "mews");
}

/// What the vendor holds for the first room type, that many nights after the first.
fn at(stage: &Stage, night: i32) -> Held {
    let ids = stage.hotels[0].ids(stage.entries[0], 0);
    let date: Night = stage.first.plus(night);
    let all = stage.vendors.held(stage.entries[0].id);
    all.into_iter()
        .find(|one| one.ids == ids && one.night == date)
        .unwrap()
}

#[test]
fn what_must_not_be_tried_is_refused_before_anything_is_sent() {
    let stage = stage("generic");
    let refused = |more: &str, code: &str| {
        let ended = run(&stage, more).with_code(2);
        assert!(ended.stderr.contains(code), "{}", ended.stderr);
        assert_eq!(stage.vendors.record("generic").calls, 0);
    };
    refused("--connection other", "live.unknown_connection");
    refused("--vendor mews", "live.unknown_connection");
    let near = run_from(&stage, stage.first.plus(-10)).with_code(2);
    assert!(near.stderr.contains("live.too_near"), "{}", near.stderr);
    stage.change("rackrate.toml", "role = \"write\"", "role = \"observe\"");
    refused("", "live.role");
    stage.change("rackrate.toml", "role = \"observe\"", "role = \"write\"");
    stage.change(
        "rackrate.toml",
        "environment = \"test\"",
        "environment = \"live\"",
    );
    refused("", "live.environment");
    stage.change(
        "rackrate.toml",
        "environment = \"live\"",
        "environment = \"test\"",
    );
    stage.status("guess");
    refused("", "live.guess");
    stage.change("mapping.csv", "BAR", "NRF");
    refused("", "live.not_mapped");
}

/// Until four in the morning the hotel still sells the night before.
#[test]
fn where_no_night_is_named_far_ones_are_tried() {
    let stage = stage("generic");
    let ended = program(&stage).run(ASKED).with_code(0);
    let far = [FAR - 1, FAR].map(|nights| stage.first.plus(nights));
    let tried = far.map(|first| format!("{first}..{}", first.plus(2)));
    let is_told = tried.iter().any(|nights| ended.stdout.contains(nights));
    assert!(is_told, "{tried:?}\n{}", ended.stdout);
}

#[test]
fn a_night_without_a_price_is_not_written_because_it_could_not_be_put_back() {
    let stage = stage("generic");
    let ended = run_from(&stage, stage.first.plus(400)).with_code(0);
    assert_eq!(verdict(&ended, "read again"), "passed");
    assert_eq!(verdict(&ended, "price "), "n/a");
    assert_eq!(verdict(&ended, "restore"), "n/a");
    let counts = "3 passed, 0 failed, 18 not applicable";
    assert!(ended.stdout.contains(counts), "{}", ended.stdout);
    assert_eq!(stage.vendors.writes(), 0);
    assert!(forgotten(&stage));
}

/// Kills the program when so many writes were applied and one more was, whose answer it has
/// not heard; then starts it again.
fn killed(name: &str, path: &str, after: u64) {
    let stage = stage(name);
    let before = held(&stage, name);
    let lost = Rule {
        method: Some("POST".to_owned()),
        path: Some(path.to_owned()),
        after,
        ..Rule::next(Fate::AnswerLost)
    };
    stage.vendors.fault(name, &lost);
    let mut first = program(&stage).start(&asked(&stage));
    assert!(stage.vendors.wait_for(name, Fate::AnswerLost).is_some());
    assert!(
        first.try_wait().unwrap().is_none(),
        "it had ended before the kill"
    );
    first.kill().unwrap();
    first.wait().unwrap();
    stage.vendors.heal(name);
    assert!(!forgotten(&stage));

    let ended = run(&stage, "").with_code(0);
    assert_eq!(verdict(&ended, "earlier run"), "passed", "{}", ended.stdout);
    assert_eq!(
        held(&stage, name),
        before,
        "{name} after {after}\n{}",
        ended.stdout
    );
    let changes = stage.vendors.record(name).changes;
    assert!(changes.iter().any(|one| one.price == Some(Minor(10_100))));
    assert_eq!(stage.vendors.record(name).doubled, 0);
    stays_inside(&stage, name);
    assert!(forgotten(&stage));
}

#[test]
fn a_killed_run_is_put_back_by_the_next_start() {
    let kills = [
        ("generic", "/v2/rates", 0),
        ("generic", "/v2/rates", 1),
        ("generic", "/v2/rates", 3),
        ("cloudbeds", "/api/v1.3/patchRate", 0),
    ];
    std::thread::scope(|scope| {
        for (name, path, after) in kills {
            scope.spawn(move || killed(name, path, after));
        }
    });
}

#[test]
fn an_interrupted_run_puts_back_what_it_changed_before_it_ends() {
    let stage = stage("generic");
    let before = held(&stage, "generic");
    let broken = Rule {
        method: Some("POST".to_owned()),
        path: Some("/v2/rates".to_owned()),
        after: 1,
        ..Rule::next(Fate::ErrorAfter)
    };
    stage.vendors.fault("generic", &broken);
    let program = program(&stage).start(&asked(&stage));
    assert!(
        stage
            .vendors
            .wait_for("generic", Fate::ErrorAfter)
            .is_some()
    );
    let id = program.id().to_string();
    let sent = std::process::Command::new("kill")
        .args(["-INT", &id])
        .status();
    assert!(sent.unwrap().success());
    let ended = Ended::of(program.wait_with_output().unwrap()).with_code(130);
    assert_eq!(verdict(&ended, "price "), "passed", "{}", ended.stdout);
    assert_eq!(verdict(&ended, "neighbours"), "n/a", "{}", ended.stdout);
    assert_eq!(verdict(&ended, "restore"), "passed", "{}", ended.stdout);
    assert_eq!(held(&stage, "generic"), before);
    assert!(forgotten(&stage));
}

/// A stage whose only vendor has a bad habit.
fn with_habit(simulator: habits::Build) -> Stage {
    let entry = Entry {
        simulator,
        ..*vendor("generic").unwrap()
    };
    let entry: &'static Entry = Box::leak(Box::new(entry));
    Stage::of(vec![entry], vec![hotel()], &SECRETS, FAST)
}

#[test]
fn a_restriction_that_is_dropped_silently_fails_its_check_and_no_other() {
    let stage = with_habit(habits::forgetful);
    let before = held(&stage, "generic");
    let ended = run(&stage, "").with_code(1);
    assert_eq!(verdict(&ended, "min_stay_arrival set"), "failed");
    assert_eq!(verdict(&ended, "min_stay_arrival cleared"), "n/a");
    assert!(
        ended.stdout.contains("7 passed, 1 failed"),
        "{}",
        ended.stdout
    );
    assert_eq!(held(&stage, "generic"), before);
}

#[test]
fn a_night_too_far_fails_the_check_of_the_neighbours() {
    let stage = with_habit(habits::overreaching);
    let ended = run(&stage, "").with_code(1);
    assert_eq!(verdict(&ended, "neighbours"), "failed", "{}", ended.stdout);
    assert_eq!(verdict(&ended, "price "), "passed");
    assert_eq!(verdict(&ended, "restore"), "passed");
}
