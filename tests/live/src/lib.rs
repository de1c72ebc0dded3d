//! Tries an adapter on a real test account, and leaves the account as it was.
//!
//! The flows of the program are used as they are: discover, plan, apply, read back. What is
//! asked of them is in `checks`, what may be touched in `subject`, and what stood there
//! before in `kept`. Simulated vendors are asked the adapter specification elsewhere.
//!
//! Invariant: nothing is written to an account that real guests see, nothing outside the
//! nights of the rate plan that was named, and nothing before the values to put back are on
//! disk.

mod account;
mod checks;
mod differences;
mod flags;
mod kept;
mod report;
mod restrictions;
mod session;
mod steps;
mod subject;
mod wishes;

use std::process::ExitCode;

use clap::Parser;
use rackrate_core::finding::{Finding, Place};
use rackrate_orchestrator::exit::Exit;
use rackrate_orchestrator::problem::{Problem, Result};
use rackrate_orchestrator::screen;

use crate::account::Account;
use crate::flags::Flags;

/// Runs the program: reads the flags, tries the account, and tells how it ended.
pub fn main() -> ExitCode {
    let flags = match Flags::try_parse() {
        Ok(flags) => flags,
        Err(error) => {
            // Help and version are results, everything else is bad usage; a reader that has
            // gone away is neither.
            let _ = error.print();
            let code = if error.use_stderr() {
                Exit::BadInput.code()
            } else {
                0
            };
            return ExitCode::from(code);
        }
    };
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::WARN)
        .with_writer(std::io::stderr)
        .init();
    let ended = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime.block_on(run(&flags)),
        Err(error) => Err(fault(error.to_string())),
    };
    let exit = ended.unwrap_or_else(|problem| {
        screen::tell(&problem.findings, None);
        problem.exit
    });
    ExitCode::from(exit.code())
}

async fn run(flags: &Flags) -> Result<Exit> {
    let account = Account::open(flags).await?;
    let report = checks::run(account).await?;
    report.show(flags)?;
    Ok(report.exit())
}

fn fault(text: String) -> Problem {
    Problem::failed(Finding::error("program.fault", Place::default(), text).hint("Try again."))
}
