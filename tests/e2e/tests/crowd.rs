//! Many who meet one dead token at once: processes, and the tasks in each of them. One asks for
//! the next token. Judged by the vendor's record.
//!
//! What another program does by a lease with a time is here a lock of the operating system: it
//! has no time, so it cannot run out while its holder waits for a slow answer, and it ends with
//! the process. Whoever waited reads the ledger anew and uses what the holder left there.

use std::io::{BufRead, BufReader, Read};
use std::process::Child;

use rackrate_core::simulator::{Control, Record};
use rackrate_e2e::gate::Gate;
use rackrate_e2e::person::Login;
use rackrate_e2e::{Ended, Hotel, Stage};

/// An account of so many hotels that a person has connected, and the way to its tokens.
fn connected(hotels: usize) -> (Stage, Gate) {
    let stage = Stage::new(&["generic"], Hotel::many(hotels, 1));
    stage.lasting_tokens("generic");
    stage.keep_tokens();
    stage.calendar(|_| Some(120));
    let gate = Gate::before(&stage.vendors, "generic");
    let consents = format!(
        "token_base_url = {:?}\nconsent = {{}}\nsettle_ms",
        gate.address()
    );
    stage.change("rackrate.toml", "settle_ms", &consents);
    let login = Login::start(&stage, "generic");
    assert_eq!(login.consent().status, 200);
    let _ = login.ended().with_code(0);
    (stage, gate)
}

fn record(stage: &Stage) -> Record {
    stage.vendors.record("generic")
}

/// One refresh more than before, no refresh token used twice, and never two requests at once.
fn one_refresh_more(before: &Record, after: &Record) {
    assert_eq!(after.token_requests, before.token_requests + 1);
    assert_eq!(after.rotations, before.rotations + 1);
    assert_eq!((after.reuses, after.tokens_at_once), (0, 1));
}

/// Reads what a program says until it says that.
fn until_it_says(program: &mut Child, words: &str) -> impl Read + use<> {
    let mut said = BufReader::new(program.stderr.take().expect("its words are collected"));
    let mut line = String::new();
    while !line.contains(words) {
        line.clear();
        let read = said.read_line(&mut line).expect("its words can be read");
        assert!(read > 0, "it ended without a word of {words:?}");
    }
    said
}

#[test]
fn two_processes_and_two_hundred_hotels_ask_a_slow_server_once() {
    let (stage, gate) = connected(200);
    stage.vendors.control("generic", &Control::RevokeTokens);
    let before = record(&stage);
    gate.close();
    let plan = |file: &str| {
        let command = format!("plan rates.csv --max-age 0s --out {file}");
        stage.program().start(&command)
    };
    let first = plan("first.json");
    gate.wait();
    // The first has a token request under way, and the second is kept out until it has ended.
    let mut second = plan("second.json");
    let words = until_it_says(&mut second, "waiting");
    gate.open();
    for program in [first, second] {
        let ended = Ended::of(program.wait_with_output().expect("it was started"));
        let _ = ended.with_code(0);
    }
    drop(words);
    let after = record(&stage);
    one_refresh_more(&before, &after);
    let reads = after.calls - before.calls - 1;
    assert!(reads >= 2 * 200, "each process read every hotel: {reads}");
}

#[test]
fn of_processes_that_meet_one_dead_token_one_asks_for_the_next() {
    let (stage, _gate) = connected(1);
    stage.vendors.control("generic", &Control::RevokeTokens);
    let before = record(&stage);
    let start = |_| stage.program().start("discover generic");
    let programs: Vec<_> = (0..4).map(start).collect();
    for program in programs {
        let ended = Ended::of(program.wait_with_output().expect("it was started"));
        let _ = ended.with_code(0);
    }
    one_refresh_more(&before, &record(&stage));
}
