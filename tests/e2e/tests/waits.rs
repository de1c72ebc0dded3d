//! What a command does while another process has the ledger: it can be stopped, and whoever
//! comes to it meanwhile is answered. The other process is this one.

#![expect(
    clippy::unwrap_used,
    reason = "what cannot be read or sent ends the test"
)]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command};

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
