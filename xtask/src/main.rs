//! The developer's commands.
//!
//! One file per command; [`flags`] says what each one takes. They start cargo and read the
//! tree; what they find is decided by pure functions, which have their tests beside them.
//!
//! Invariant: nothing here is needed to build or run rackrate itself.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line talks to its terminal"
)]

mod adapter;
mod bench;
mod clock;
mod codegen;
mod conform;
mod flags;
mod interop;
mod kill_test;
mod mutants;
mod report;
mod sim_test;
mod test;
mod tidy;
mod tree;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let flags = flags::Xtask::parse();
    run(flags.command).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn run(command: flags::Command) -> anyhow::Result<ExitCode> {
    let tree = tree::Tree::open()?;
    match command {
        flags::Command::Test(test) => test.run(&tree),
        flags::Command::Tidy(tidy) => tidy.run(&tree),
        flags::Command::Conform(conform) => conform.run(&tree),
        flags::Command::Adapter(adapter) => adapter.run(&tree),
        flags::Command::Codegen(codegen) => codegen.run(&tree),
        flags::Command::SimTest(sim_test) => sim_test.run(&tree),
        flags::Command::KillTest(kill_test) => kill_test.run(&tree),
        flags::Command::Interop(interop) => interop.run(&tree),
        flags::Command::Mutants(mutants) => mutants.run(&tree),
        flags::Command::Bench(bench) => bench.run(&tree),
    }
}
