//! What each command takes; the texts here are its `--help`.

use clap::{Args, Parser, Subcommand};

/// The developer's commands of rackrate.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", max_term_width = 80)]
pub(crate) struct Xtask {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Test(Test),
    Tidy(Tidy),
    Conform(Conform),
    Adapter(Adapter),
    Codegen(Codegen),
    SimTest(SimTest),
    KillTest(KillTest),
    Interop(Interop),
    Mutants(Mutants),
    Bench(Bench),
}

/// Run every check there is, and count.
///
/// Steps: format, clippy, tests, doctests, docs, conformance (once the tree has its suite),
/// tidy, codegen, interop. A failing step does not stop the next one. The end is a table of
/// steps and a line `N passed, N failed, N skipped`: a step that runs tests counts by its
/// tests, any other step as one, and conformance as one, because its tests already count
/// among the tests.
///
/// What cannot run, for lack of a tool, is skipped and named. With CI=true a skipped step
/// is a failure.
///
/// Exit code: 0 when nothing failed, else 1.
#[derive(Debug, Args)]
pub(crate) struct Test {}

/// Check what no compiler checks: headers, sizes, paths, directions.
///
/// Errors: a path in ARCHITECTURE.md that does not exist; a Rust file without a module
/// header; unfinished, ignored or sleeping code; a path of somebody's machine; a conflict
/// marker; a Rust file above 700 lines; records in docs/adr without consecutive numbers; a
/// pure crate that reaches tokio, hyper or reqwest; conformance clauses that the adapter
/// specification and the checks do not share. A Rust file above 400 lines is a warning.
///
/// Exit code: 0 without errors, else 1.
#[derive(Debug, Args)]
pub(crate) struct Tidy {}

/// Run the adapters' conformance tests and show vendors by clauses.
///
/// Where clauses are broken, the first one is told with what was seen. An adapter without a
/// conformance test is listed as skipped. With CI=true that is a failure.
///
/// With --live a test account is tried instead of the simulators: `conform --live
/// rackrate.toml -- --property CODE --room-type CODE --rate-plan CODE`. It is left as it was;
/// docs/live-conformance.md says what is asked of it.
///
/// Exit code: 0 when nothing failed, else 1.
#[derive(Debug, Args)]
pub(crate) struct Conform {
    /// One vendor: a folder name below adapters. Default: all of them.
    pub(crate) vendor: Option<String>,
    /// Also write the results to this file, as JUnit.
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<std::path::PathBuf>,
    /// A description instead, such as house.toml, with its golden exchanges in the folder
    /// house beside it.
    #[arg(long, value_name = "FILE", conflicts_with = "vendor")]
    pub(crate) description: Option<std::path::PathBuf>,
    /// Try an account of this configuration, which has to be a test account.
    #[arg(long, value_name = "CONFIG")]
    pub(crate) live: Option<std::path::PathBuf>,
    /// What of the account to try; `-- --help` lists it.
    #[arg(last = true, requires = "live")]
    pub(crate) asked: Vec<String>,
}

/// Begin the adapter of a new vendor.
#[derive(Debug, Args)]
pub(crate) struct Adapter {
    #[command(subcommand)]
    pub(crate) command: AdapterCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AdapterCommand {
    New(New),
}

/// Write a crate that compiles and claims nothing, and list it in the catalogue.
///
/// Writes adapters/NAME: adapter, simulator, a golden exchange, the conformance test, and a
/// README with the tables of facts to fill. Adds one line to Cargo.toml, one to the
/// catalogue's Cargo.toml, and one entry to the catalogue. docs/adding-a-vendor.md goes on
/// from there.
///
/// Exit code: 0 when everything was written, else 1 and nothing was.
#[derive(Debug, Args)]
pub(crate) struct New {
    /// The vendor's name in rackrate.toml: a to z, 0 to 9 and _.
    pub(crate) name: String,
}

/// Write the parts of documents that are made from code.
///
/// The README's tables of vendors, from the adapters' manifests and allowances, and the files
/// in docs/adding-a-vendor.md, from examples/acme.
///
/// Exit code: 0 when they are written, or with --check when they are as the code says; else 1.
#[derive(Debug, Args)]
pub(crate) struct Codegen {
    /// Write nothing, and say what is old.
    #[arg(long)]
    pub(crate) check: bool,
}

/// Play seeded worlds with faults and crashes, and judge them.
///
/// Builds tests/simulation in release and runs it. A seed that fails is told with the command
/// that replays it; docs/simulation.md says how to read a replay.
///
/// Exit code: 0 when every count is zero, else 1.
#[derive(Debug, Args)]
pub(crate) struct SimTest {
    /// How many seeds, from zero. Default: 1000.
    #[arg(long)]
    pub(crate) seeds: Option<u64>,
    /// Only this seed, with its whole trace.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Vendors to draw from, separated by commas. Default: all.
    #[arg(long)]
    pub(crate) vendors: Option<String>,
    /// Stop at the first seed that fails.
    #[arg(long)]
    pub(crate) first: bool,
}

/// Kill the real program in every phase of a run, resume it, and judge.
///
/// Vendors stand behind real sockets; a fault of the network holds the program in the phase,
/// and then it is killed with SIGKILL. The end is a table of phases with kills, lost and
/// doubled prices, as the vendors recorded them. Takes about two minutes, because a write
/// that cannot be found is only sent again after a minute.
///
/// Exit code: 0 when nothing was lost or doubled, else 1.
#[derive(Debug, Args)]
pub(crate) struct KillTest {}

/// Run our flows against real servers that are not ours, on this machine.
///
/// An authorization server, oidc-provider from npm, and a Secrets Manager, moto from PyPI, are
/// installed below target/interop in the versions that xtask/interop pins. The real program then
/// gets tokens there: client credentials by three methods, a person's consent with PKCE,
/// rotation, reuse, introspection, revocation, and secrets. Needs Node.js 20 with npm and
/// Python 3.10 with venv, and the first time their registries.
///
/// What could not start is skipped and said; with CI=true that is a failure.
///
/// Exit code: 0 when nothing failed, else 1.
#[derive(Debug, Args)]
pub(crate) struct Interop {}

/// Break the program on purpose, and see whether the checks notice.
///
/// Each patch in a folder called mutants is one bug. It is applied to a copy of the tree
/// below target/mutants, and its first lines say what hunts it there: the simulation, until
/// a seed fails, or the tests of one adapter, of which at least one has to fail. The table
/// names the clauses of docs/adapter-spec.md first. Which tests fail without any bug is
/// looked at before, and a patch that does not fit or does not compile is an error.
///
/// Exit code: 0 when every bug was found, else 1.
#[derive(Debug, Args)]
pub(crate) struct Mutants {
    /// Only these: names of patches, `simulation`, or packages whose tests hunt, such as
    /// rackrate-acme. Default: all of them.
    pub(crate) names: Vec<String>,
    /// Give up after so many seeds.
    #[arg(long, default_value_t = 5000)]
    pub(crate) seeds: u64,
}

/// Measure planning, the driver and verification, and print a table.
///
/// Builds tests/bench in release and runs it. Nothing is asserted about time: figures of
/// different machines cannot be compared, ratios can. Needs Linux, which tells CPU time and
/// memory below /proc.
///
/// Exit code: 0 when everything could be measured, else 1.
#[derive(Debug, Args)]
pub(crate) struct Bench {
    /// Cells of the calendar that is planned.
    #[arg(long, default_value_t = 10_000_000)]
    pub(crate) cells: u64,
    /// Writes that are sent through the driver and through a bare client.
    #[arg(long, default_value_t = 20_000)]
    pub(crate) requests: u64,
}
