//! At a terminal: Ctrl-C, a reader that goes away, no colour in a pipe, narrow tables.

#![expect(clippy::unwrap_used, reason = "what cannot be started ends the test")]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command};

use rackrate_e2e::{Ended, Hotel, Stage};
use rackrate_simulator::faults::Fate;
use rackrate_simulator::serve::Rule;

fn price(night: u16) -> Option<u64> {
    Some(110 + u64::from(night % 7))
}

fn planned(hotel: Hotel) -> Stage {
    let stage = Stage::new(&["cloudbeds", "generic"], vec![hotel]);
    stage.calendar(price);
    let _ = stage.run("plan rates.csv").with_code(0);
    stage
}

/// A run whose write to pms-v2 arrived, and whose answer does not come.
fn waiting(stage: &Stage) -> Child {
    let rule = Rule {
        method: Some("POST".to_owned()),
        path: Some("/v2/rates".to_owned()),
        ..Rule::next(Fate::AnswerLost)
    };
    stage.vendors.fault("generic", &rule);
    let program = stage.program().start("apply plan.json");
    assert!(
        stage
            .vendors
            .wait_for("generic", Fate::AnswerLost)
            .is_some()
    );
    program
}

fn interrupt(program: &Child) {
    let id = program.id().to_string();
    let sent = Command::new("kill").args(["-INT", &id]).status().unwrap();
    assert!(sent.success());
}

fn goes_on(stage: &Stage) {
    stage.vendors.heal("generic");
    let _ = stage.run("apply --resume").with_code(0);
    let _ = stage.run("verify").with_code(0);
    for vendor in ["cloudbeds", "generic"] {
        assert_eq!(stage.wrong(vendor, price), [""; 0], "{vendor}");
        assert_eq!(stage.vendors.record(vendor).doubled, 0, "{vendor}");
    }
}

#[test]
fn an_interrupted_run_ends_with_130_and_can_be_resumed() {
    let stage = planned(Hotel::lisbon(5));
    stage.change(
        "rackrate.toml",
        "[guards]",
        "[apply]\ngrace = \"200ms\"\n\n[guards]",
    );
    let program = waiting(&stage);
    interrupt(&program);
    let ended = Ended::of(program.wait_with_output().unwrap()).with_code(130);
    assert!(ended.stderr.contains("stopping"), "{}", ended.stderr);
    goes_on(&stage);
}

#[test]
fn a_second_interrupt_ends_it_at_once_and_it_can_still_be_resumed() {
    let stage = planned(Hotel::lisbon(5));
    stage.change(
        "rackrate.toml",
        "[guards]",
        "[apply]\ngrace = \"10m\"\n\n[guards]",
    );
    let mut program = waiting(&stage);
    interrupt(&program);
    let words = BufReader::new(program.stderr.take().unwrap());
    let heard = words.lines().map_while(Result::ok);
    // From here on nobody reads its words, and that is no reason to die either.
    assert!(heard.into_iter().any(|line| line.contains("stopping")));
    interrupt(&program);
    assert_eq!(program.wait().unwrap().code(), Some(130));
    goes_on(&stage);
}

#[test]
fn a_reader_that_has_gone_away_is_no_panic() {
    let stage = planned(Hotel::lisbon(5));
    for arguments in [
        "show plan.json",
        "show plan.json -o json",
        "--help",
        "config show",
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = stage.program().command(arguments);
        let ended = Ended::of(command.stdout(writer).output().unwrap()).with_code(0);
        assert_eq!(ended.stderr, "", "{arguments}");
    }
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = stage.program().command("plan no-such-file.csv -vvv");
    let _ = Ended::of(command.stderr(writer).output().unwrap()).with_code(2);
}

#[test]
fn a_form_that_a_command_does_not_write_is_refused_and_nothing_is_done() {
    let stage = Stage::new(&["generic"], vec![Hotel::lisbon(1)]);
    for command in ["creds list", "discover generic", "plan rates.csv"] {
        let refused = stage.run(&format!("{command} -o junit")).with_code(2);
        assert!(refused.stderr.contains("-o json"), "{refused:?}");
    }
    assert_eq!(stage.vendors.record("generic").calls, 0);
    let _ = stage.run("creds check generic -o junit").with_code(0);
}

#[test]
fn tables_keep_to_eighty_columns_and_pipes_get_no_colour() {
    let hotel = Hotel {
        code: "grand-hotel-of-the-western-algarve-and-its-islands",
        name: "Grand Hotel of the Western Algarve and its Islands by the Sea",
        rooms: vec!["DELUXE-SUPERIOR-OCEAN-VIEW-SUITE", "STD"],
        ..Hotel::algarve(4)
    };
    let stage = planned(hotel);
    let mut held = stage.vendors.held("generic").remove(0);
    let program = stage.program().with("NO_COLOR", "1");
    let mut outputs = vec![program.run("plan rates.csv"), program.run("show plan.json")];
    outputs.push(program.run("apply plan.json -vv").with_code(0));
    held.price = Some(rackrate_core::money::Minor(99_999));
    let changed = rackrate_core::simulator::Control::SetPrice(held);
    stage.vendors.control("generic", &changed);
    outputs.push(program.run("verify -v").with_code(3));
    for ended in &outputs {
        assert!(!ended.stdout.contains('\u{1b}'), "{}", ended.stdout);
        assert!(!ended.stderr.contains('\u{1b}'), "{}", ended.stderr);
        for line in ended.stdout.lines() {
            let sentence = line.ends_with('.');
            assert!(sentence || line.chars().count() <= 80, "{}", ended.stdout);
        }
    }
}
