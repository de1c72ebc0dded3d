//! The simulation as a program: many seeds and one table, one seed with its whole trace, or
//! one of the proofs. `cargo xtask sim-test` and `cargo xtask mutants` run it.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "tables and traces are this program's result"
)]

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use rackrate_simulation::judge::judge;
use rackrate_simulation::limits;
use rackrate_simulation::play::play;
use rackrate_simulation::revocation::Cost;
use rackrate_simulation::rotation;
use rackrate_simulation::scenario::Scenario;
use rackrate_simulation::tally::Plan;

/// Runs seeded simulations of the engine with faults and crashes.
#[derive(Debug, Parser)]
struct Flags {
    #[command(subcommand)]
    proof: Option<Proof>,
    /// How many seeds, from zero.
    #[arg(long, default_value_t = 1000)]
    seeds: u64,
    /// Only this seed, with its whole trace.
    #[arg(long)]
    seed: Option<u64>,
    /// Vendors to draw from. Default: all.
    #[arg(long, value_delimiter = ',')]
    vendors: Vec<String>,
    /// Stop at the first seed that fails.
    #[arg(long)]
    first: bool,
}

#[derive(Debug, Subcommand)]
enum Proof {
    /// Two thousand writes under an allowance: breaches, and how long they take.
    Limits,
    /// All tokens of a connection die under 64 attempts: what that costs.
    Tokens,
    /// Crashes and faults around refresh tokens that are good once: which are lost, and why.
    Rotation {
        /// How many consents, at each kind of server.
        #[arg(long, default_value_t = 1000)]
        seeds: u64,
    },
}

fn main() -> Result<ExitCode> {
    let flags = Flags::parse();
    match flags.proof {
        Some(Proof::Limits) => return measure(),
        Some(Proof::Tokens) => return revoke(),
        Some(Proof::Rotation { seeds }) => return rotate(seeds),
        None => {}
    }
    let vendors = flags.vendors()?;
    if let Some(seed) = flags.seed {
        return replay(seed, &vendors);
    }
    let plan = Plan {
        seeds: flags.seeds,
        first: flags.first,
        vendors: &vendors,
    };
    let tally = plan.play(|seed, why| {
        eprintln!("seed {seed}: {why}\n  replay: {}", plan.replay(seed));
    });
    println!("over {}\n\n{tally}", vendors.join(" and "));
    Ok(code(tally.failed.is_empty()))
}

impl Flags {
    /// The vendors meant; a name that the catalogue lacks is an error, never left out.
    fn vendors(&self) -> Result<Vec<&'static str>> {
        let all = rackrate_catalog::VENDORS.iter().map(|entry| entry.id);
        if self.vendors.is_empty() {
            return Ok(all.collect());
        }
        let known = |id: &String| {
            let entry = rackrate_catalog::vendor(id).map(|entry| entry.id);
            entry.ok_or_else(|| anyhow::anyhow!("there is no vendor {id}"))
        };
        self.vendors.iter().map(known).collect()
    }
}

fn replay(seed: u64, vendors: &[&str]) -> Result<ExitCode> {
    let scenario = Scenario::of(seed, vendors)?;
    println!("{scenario:#?}");
    let played = play(&scenario, true)?;
    for line in played.world.trace().lines() {
        println!("{line}");
    }
    let verdict = judge(&scenario, &played);
    println!("trace {}  {verdict:?}", played.world.trace().digest());
    Ok(code(verdict.is_clean()))
}

/// Seeds of the proof about allowances: chance may not decide whether it holds.
const MEASURED: u64 = 10;

fn measure() -> Result<ExitCode> {
    println!("{}", limits::HEADING);
    let mut fine = true;
    for seed in 1..=MEASURED {
        for measured in limits::all(seed)? {
            println!("{measured}");
            fine &= measured.is_kept();
        }
    }
    Ok(code(fine))
}

fn revoke() -> Result<ExitCode> {
    let cost = Cost::of(1)?;
    println!("{cost}");
    Ok(code(cost.is_kept()))
}

fn rotate(seeds: u64) -> Result<ExitCode> {
    let mut fine = true;
    for tells in [true, false] {
        let tally = rotation::Tally::of(seeds, tells)?;
        println!("{tally}");
        fine &= tally.is_kept();
    }
    Ok(code(fine))
}

fn code(fine: bool) -> ExitCode {
    if fine {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
