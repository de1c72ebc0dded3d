//! `cargo xtask sim-test`: many seeds, one table, and for a failure the command that
//! replays it.

use std::collections::BTreeMap;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use rackrate_core::exchange::Operation;
use rackrate_simulation::judge::{Verdict, judge};
use rackrate_simulation::play::{Played, play};
use rackrate_simulation::scenario::Scenario;
use rackrate_simulator::faults::Fate;
use rackrate_simulator::world::Boundary;

/// Runs seeded simulations of the engine with faults and crashes.
#[derive(Debug, Parser)]
struct Flags {
    /// How many seeds.
    #[arg(long, default_value_t = 1000)]
    seeds: u64,
    /// Only this seed, with its whole trace.
    #[arg(long)]
    seed: Option<u64>,
    /// Vendors to draw from.
    #[arg(long, value_delimiter = ',', default_value = "generic,cloudbeds")]
    vendors: Vec<String>,
    /// Stop at the first seed that fails.
    #[arg(long)]
    first: bool,
}

#[derive(Debug, Default)]
struct Tally {
    verdict: Verdict,
    crashes: BTreeMap<Boundary, u64>,
    faults: BTreeMap<(Fate, Operation), u64>,
    failed: Vec<u64>,
    seeds: u64,
}

fn main() -> Result<ExitCode> {
    let flags = Flags::parse();
    let vendors: Vec<_> = flags.vendors.iter().map(String::as_str).collect();
    if let Some(seed) = flags.seed {
        return replay(seed, &vendors);
    }
    let mut tally = Tally::default();
    for seed in 0..flags.seeds {
        tally.take(seed, &vendors);
        if flags.first && !tally.failed.is_empty() {
            break;
        }
    }
    tally.print(&flags);
    Ok(if tally.failed.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

#[expect(clippy::print_stdout, reason = "the trace is this command's result")]
fn replay(seed: u64, vendors: &[&str]) -> Result<ExitCode> {
    let scenario = Scenario::of(seed, vendors);
    println!("{scenario:#?}");
    let played = play(&scenario, true)?;
    for line in played.world.trace().lines.iter().flatten() {
        println!("{line}");
    }
    let verdict = judge(&scenario, &played);
    println!("trace {}  {verdict:?}", played.world.trace().digest());
    Ok(if verdict.is_clean() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

impl Tally {
    #[expect(
        clippy::print_stderr,
        reason = "a failure is told at once, with its replay command"
    )]
    fn take(&mut self, seed: u64, vendors: &[&str]) {
        self.seeds += 1;
        let scenario = Scenario::of(seed, vendors);
        let result = play(&scenario, false).map(|played| (judge(&scenario, &played), played));
        let failed = match result {
            Ok((verdict, played)) => {
                self.count(&verdict, &played);
                let same = !seed.is_multiple_of(100) || plays_alike(&scenario, &played);
                (!verdict.is_clean() || !same).then(|| format!("{verdict:?}, same trace: {same}"))
            }
            Err(error) => Some(format!("{error:#}")),
        };
        if let Some(why) = failed {
            eprintln!(
                "seed {seed}: {why}\n  replay: cargo xtask sim-test --seed {seed} --vendors {}",
                vendors.join(",")
            );
            self.failed.push(seed);
        }
    }

    fn count(&mut self, verdict: &Verdict, played: &Played) {
        self.verdict.add(verdict);
        for boundary in &played.crashes {
            *self.crashes.entry(*boundary).or_default() += 1;
        }
        for (fate, count) in &played.world.fates {
            *self.faults.entry(*fate).or_default() += count;
        }
    }

    #[expect(clippy::print_stdout, reason = "the table is this command's result")]
    fn print(&self, flags: &Flags) {
        println!("{:<14} {:>8}", "crash before", "times");
        for (boundary, count) in &self.crashes {
            println!("{:<14} {count:>8}", format!("{boundary:?}"));
        }
        println!(
            "\n{:<14} {:>8} {:>8} {:>8} {:>8} {:>8}",
            "fault", "token", "read", "push", "poll", "look up"
        );
        for fate in std::iter::once(Fate::Fine).chain(Fate::FAULTS) {
            let count = |operation| {
                self.faults
                    .get(&(fate, operation))
                    .copied()
                    .unwrap_or_default()
            };
            let [token, read, push, poll, look] = [
                Operation::Token,
                Operation::Read,
                Operation::Push,
                Operation::Poll,
                Operation::LookUp,
            ]
            .map(count);
            println!(
                "{:<14} {token:>8} {read:>8} {push:>8} {poll:>8} {look:>8}",
                format!("{fate:?}")
            );
        }
        println!();
        for (name, count) in self.verdict.counts() {
            println!("{name:<16} {count:>6}");
        }
        println!(
            "\n{} seeds over {}, {} failed",
            self.seeds,
            flags.vendors.join(" and "),
            self.failed.len()
        );
    }
}

fn plays_alike(scenario: &Scenario, played: &Played) -> bool {
    play(scenario, false)
        .is_ok_and(|again| again.world.trace().digest() == played.world.trace().digest())
}
