//! The program `rackrate`: commands, configuration, reports.
//!
//! [`flow`] holds what commands do, on any [`host`]; `command` is their outside: files,
//! flags, screens, exit codes.
//!
//! Invariant: bad input is refused whole, before anything is sent.

#![expect(
    clippy::result_large_err,
    reason = "findings end a command; their size is paid once, and boxing them would hide them"
)]

pub mod cli;
mod command;
pub mod config;
pub mod exit;
pub mod files;
pub mod flow;
pub mod host;
mod logging;
mod metrics_file;
pub mod portfolio;
pub mod problem;
pub mod sample;
pub mod screen;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Common};
use crate::command::Done;
use crate::exit::Exit;
use crate::metrics_file::MetricsFile;
use crate::problem::Problem;
use crate::screen::Page;

/// Runs the program: reads the flags, does what they say, and tells how it ended.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are results, everything else is bad usage; a reader that has
            // gone away is neither.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() {
                Exit::BadInput.code()
            } else {
                0
            });
        }
    };
    logging::begin(&cli.common);
    let metrics = cli.common.metrics_file.clone().map(MetricsFile::begin);
    let exit = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime.block_on(run(&cli)),
        Err(error) => {
            tracing::error!("the runtime cannot start: {error}");
            Exit::Failed
        }
    };
    if let Some(metrics) = metrics {
        metrics.write();
    }
    ExitCode::from(exit.code())
}

async fn run(cli: &Cli) -> Exit {
    let mut page = Page::stdout();
    let Common { errors_file, .. } = &cli.common;
    let (exit, findings) = match command::run(cli, &mut page).await {
        Ok(Done { exit, findings }) => (exit, findings),
        Err(Problem { exit, findings }) => (exit, findings),
    };
    screen::tell(&findings, errors_file.as_deref());
    exit
}
