//! What a command does while another process has the ledger: it can be stopped, and whoever
//! comes to it meanwhile is answered. The other process is this one.

#![expect(
    clippy::unwrap_used,
    reason = "what cannot be read or sent ends the test"
)]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command};

use rackrate_e2e::http::visit;
use rackrate_e2e::person::Reception;
use rackrate_e2e::{Hotel, Stage};
use rackrate_ledger::lease::Lease;

fn busy(stage: &Stage) -> Lease {
    Lease::acquire(&stage.path("rackrate.db"), "apply of the night").unwrap()
}

/// Starts a command and reads until it says that it waits.
fn waiting(stage: &Stage, command: &str) -> Child {
    let mut program = stage.program().start(command);
    let mut words = BufReader::new(program.stderr.take().unwrap());
    let mut said = String::new();
    while !said.contains("waiting: ") {
        assert!(words.read_line(&mut said).unwrap() > 0, "{said}");
    }
    assert!(said.contains("apply of the night"), "{said}");
    program
}

#[test]
fn a_command_that_waits_for_the_ledger_ends_at_the_first_signal() {
    let stage = Stage::new(&["generic"], vec![Hotel::lisbon(2)]);
    let _busy = busy(&stage);
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let mut program = waiting(&stage, "creds check --all");
        let mut kill = Command::new("kill");
        let kill = kill.args([signal, &program.id().to_string()]);
        assert!(kill.status().unwrap().success());
        assert_eq!(program.wait().unwrap().code(), Some(code));
    }
    assert_eq!(stage.vendors.record("generic").calls, 0);
}

/// An account whose hotel has followed its link: the stage, and where its browser is sent.
fn answered() -> (Stage, String) {
    let stage = Stage::new(&["generic"], vec![Hotel::lisbon(2)]);
    stage.keep_tokens();
    stage.ask_for_consent();
    let back = "basis = \"gross\"\nredirect = \"https://rates.example.test/callback\"";
    stage.change("rackrate.toml", "basis = \"gross\"", back);
    let invited = stage.run("creds invite generic").with_code(0).stdout;
    let link = invited.lines().find(|line| line.starts_with("http"));
    let back = visit(link.unwrap()).location.unwrap();
    (stage, back)
}

#[test]
fn a_code_that_comes_while_the_ledger_is_busy_is_exchanged_once_it_is_free() {
    let (stage, back) = answered();
    let busy = busy(&stage);
    let reception = Reception::start(&stage, "");
    reception.until("apply of the night");
    let address = reception.behind(&back);
    std::thread::scope(|scope| {
        let page = scope.spawn(|| visit(&address));
        assert_eq!(stage.vendors.record("generic").token_requests, 0);
        drop(busy);
        assert_eq!(page.join().unwrap().status, 200);
    });
    let ended = reception.stop().with_code(0);
    assert!(ended.stdout.contains("generic is connected"), "{ended:?}");
    let record = stage.vendors.record("generic");
    assert_eq!((record.token_requests, record.reuses), (1, 0));
}

#[test]
fn who_waits_for_the_ledger_when_it_is_stopped_keeps_the_code_and_may_come_again() {
    let (stage, back) = answered();
    let reception = Reception::start(&stage, "");
    let address = reception.behind(&back);
    // Whoever is answered comes behind what earlier processes left to do.
    assert_eq!(reception.visit("https://any.test/callback").status, 400);
    let busy = busy(&stage);
    std::thread::scope(|scope| {
        let page = scope.spawn(|| visit(&address));
        reception.until("apply of the night");
        reception.interrupt();
        let page = page.join().unwrap();
        assert_eq!(page.status, 503);
        assert!(page.body.contains("load this page again"), "{}", page.body);
    });
    let ended = reception.ended().with_code(0);
    assert!(ended.stdout.contains("its turn did not come"), "{ended:?}");
    assert_eq!(stage.vendors.record("generic").token_requests, 0);
    drop(busy);
    let reception = Reception::start(&stage, "");
    assert_eq!(reception.visit(&back).status, 200);
    let _ = reception.stop().with_code(0);
}
