//! `kill -9` at every phase of a run, then `apply --resume`: nothing is lost, nothing doubled.
//!
//! A fault of the network holds the program in a phase: a request that the vendor never gets,
//! or an answer that never comes. The vendor's log tells that the request is there; then the
//! program is killed. Judged is what the vendors held and recorded in the end.

#![expect(
    clippy::unwrap_used,
    reason = "a kill that cannot be done ends the test"
)]

use std::fmt;
use std::process::Child;

use rackrate_e2e::{Ended, Hotel, Stage};
use rackrate_simulator::faults::Fate;
use rackrate_simulator::serve::Rule;

/// So often is the program killed in each phase of each vendor.
const KILLS: u64 = 5;

/// So often may `apply --resume` be needed.
const RESUMES: usize = 5;

/// When the program is killed.
#[derive(Clone, Copy)]
enum Moment {
    /// When that fate has met a request with that method and a path that begins so.
    Met(Fate, &'static str, &'static str),
    /// When the ledger's log of changes is first there.
    Written,
}

/// A phase of a run at a vendor.
struct Phase {
    name: &'static str,
    vendor: &'static str,
    means: &'static str,
    moment: Moment,
}

const fn phase(
    name: &'static str,
    vendor: &'static str,
    means: &'static str,
    moment: Moment,
) -> Phase {
    Phase {
        name,
        vendor,
        means,
        moment,
    }
}

use Fate::{AnswerLost, RequestLost};
use Moment::{Met, Written};

const POLL: &str = "/api/v1.3/getRateJobs";

const PHASES: [Phase; 10] = [
    phase(
        "intent",
        "generic",
        "its token request is under way; how far its ledger came is open",
        Met(RequestLost, "POST", "/oauth/token"),
    ),
    phase(
        "intent",
        "cloudbeds",
        "its ledger has just changed; how far it came is open",
        Written,
    ),
    phase(
        "departing",
        "generic",
        "a write left and never arrives",
        Met(RequestLost, "POST", "/v2/rates"),
    ),
    phase(
        "departing",
        "cloudbeds",
        "a write left and never arrives",
        Met(RequestLost, "POST", "/api/v1.3/patchRate"),
    ),
    phase(
        "in flight",
        "generic",
        "the vendor has the write, its answer is not heard",
        Met(AnswerLost, "POST", "/v2/rates"),
    ),
    phase(
        "in flight",
        "cloudbeds",
        "the vendor has the write, its answer is not heard",
        Met(AnswerLost, "POST", "/api/v1.3/patchRate"),
    ),
    phase(
        "job",
        "generic",
        "a job was taken, the question after it is under way",
        Met(RequestLost, "GET", "/v2/jobs/"),
    ),
    phase(
        "job",
        "cloudbeds",
        "a job was taken, the question after it is under way",
        Met(RequestLost, "GET", POLL),
    ),
    phase(
        "verify",
        "generic",
        "writes are done, reading back is under way",
        Met(RequestLost, "GET", "/v2/rates"),
    ),
    phase(
        "verify",
        "cloudbeds",
        "writes are done, reading back is under way",
        Met(RequestLost, "GET", "/api/v1.3/getRatePlans"),
    ),
];

/// What one kill came to.
#[derive(Debug, Default)]
struct Fallout {
    lost: usize,
    doubled: u64,
    replays: u64,
    faults: Vec<String>,
}

/// No two neighbours are equal, so every night is an interval of its own.
fn price(night: u16) -> Option<u64> {
    Some(110 + u64::from(night % 7))
}

/// 60 intervals: two requests and one at Cloudbeds, one and one at pms-v2.
fn stage(vendor: &str) -> Stage {
    let stage = Stage::new(&[vendor], vec![Hotel::lisbon(45), Hotel::algarve(15)]);
    stage.calendar(price);
    let _ = stage.run("plan rates.csv").with_code(0);
    stage
}

impl Phase {
    /// Kills the program in this phase, at the first matching request or a later one.
    fn kill(&self, at: u64) -> Fallout {
        let stage = stage(self.vendor);
        let mut fallout = Fallout::default();
        match self.moment {
            Met(fate, method, path) => {
                let rule = Rule {
                    method: Some(method.to_owned()),
                    path: Some(path.to_owned()),
                    // There is one token and, of 45 and 15 rates, one job.
                    after: match path {
                        "/oauth/token" | "/v2/jobs/" => 0,
                        _ => at % 2,
                    },
                    ..Rule::next(fate)
                };
                stage.vendors.fault(self.vendor, &rule);
                let program = stage.program().start("apply plan.json");
                if stage.vendors.wait_for(self.vendor, fate).is_none() {
                    fallout
                        .faults
                        .push("the phase was never reached".to_owned());
                }
                kill(program, &mut fallout);
            }
            Written => {
                let log = stage.path("rackrate.db-wal");
                let mut program = stage.program().start("apply plan.json");
                while program.try_wait().unwrap().is_none()
                    && !std::fs::metadata(&log).is_ok_and(|log| log.len() > 0)
                {
                    std::thread::yield_now();
                }
                kill(program, &mut fallout);
            }
        }
        stage.vendors.heal(self.vendor);
        self.go_on(&stage, &mut fallout);
        fallout
    }

    fn go_on(&self, stage: &Stage, fallout: &mut Fallout) {
        let resumed: Vec<Ended> = std::iter::repeat_with(|| stage.run("apply --resume"))
            .take(RESUMES)
            .scan(false, |done, ended| {
                (!std::mem::replace(done, ended.code == Some(0))).then_some(ended)
            })
            .collect();
        if let Some(last) = resumed.last().filter(|last| last.code != Some(0)) {
            fallout.faults.push(format!("resume ends with {last:?}"));
        }
        // A run that was not written down never began, and its plan still applies.
        let again = stage.run("apply plan.json");
        let begun = again.stderr.contains("[plan.applied]");
        if !begun && (again.code != Some(0) || self.name != "intent") {
            fallout
                .faults
                .push(format!("the plan applies again: {again:?}"));
        }
        let verified = stage.run("verify");
        if verified.code != Some(0) {
            fallout
                .faults
                .push(format!("verify ends with {verified:?}"));
        }
        let record = stage.vendors.record(self.vendor);
        fallout.lost = stage.wrong(self.vendor, price).len();
        fallout.doubled = record.doubled;
        fallout.replays = record.replays;
        if record.breaches + record.overlaps + record.early_repeats > 0 {
            fallout.faults.push(format!(
                "{} breaches, {} overlaps, {} early repeats",
                record.breaches, record.overlaps, record.early_repeats
            ));
        }
    }
}

fn kill(mut program: Child, fallout: &mut Fallout) {
    if program.try_wait().unwrap().is_some() {
        fallout
            .faults
            .push("it had ended before the kill".to_owned());
    }
    program.kill().unwrap();
    program.wait().unwrap();
}

/// All kills of a phase.
struct Row<'p> {
    phase: &'p Phase,
    kills: Vec<Fallout>,
}

impl Row<'_> {
    fn is_right(&self) -> bool {
        let right = |one: &Fallout| one.lost == 0 && one.doubled == 0 && one.faults.is_empty();
        self.kills.iter().all(right)
    }

    fn faults(&self) -> impl Iterator<Item = &String> {
        self.kills.iter().flat_map(|one| &one.faults)
    }
}

impl fmt::Display for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Phase {
            name,
            vendor,
            means,
            ..
        } = self.phase;
        let lost: usize = self.kills.iter().map(|one| one.lost).sum();
        let doubled: u64 = self.kills.iter().map(|one| one.doubled).sum();
        let replays: u64 = self.kills.iter().map(|one| one.replays).sum();
        let kills = self.kills.len();
        write!(
            f,
            "{name:<10} {vendor:<10} {kills:>5} {lost:>5} {doubled:>7} {replays:>7}  {means}"
        )
    }
}

#[test]
fn a_killed_run_is_resumed_without_losing_or_doubling_a_price() {
    let rows: Vec<Row> = std::thread::scope(|scope| {
        let started: Vec<_> = PHASES
            .iter()
            .map(|phase| {
                let kills = (0..KILLS).map(|at| scope.spawn(move || phase.kill(at)));
                (phase, kills.collect::<Vec<_>>())
            })
            .collect();
        let ended = started.into_iter().map(|(phase, kills)| Row {
            phase,
            kills: kills.into_iter().map(|one| one.join().unwrap()).collect(),
        });
        ended.collect()
    });
    println!(
        "{:<10} {:<10} {:>5} {:>5} {:>7} {:>7}  killed when",
        "phase", "vendor", "kills", "lost", "doubled", "replays"
    );
    for row in &rows {
        println!("{row}");
    }
    let wrong: Vec<_> = rows.iter().filter(|row| !row.is_right()).collect();
    for row in &wrong {
        row.faults().for_each(|fault| println!("{row}: {fault}"));
    }
    assert!(wrong.is_empty(), "{} phases went wrong", wrong.len());
}
