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

mod alarm;
mod callback;
pub mod cli;
mod command;
pub mod config;
mod door;
pub mod exit;
pub mod files;
pub mod flow;
pub mod host;
mod logging;
mod metrics_file;
mod panics;
pub mod portfolio;
pub mod problem;
pub mod sample;
pub mod screen;
mod signing;

use std::process::ExitCode;
use std::time::Duration;

use rackrate_catalog::{Entry, VENDORS};

use crate::cli::Cli;
use crate::command::Done;
use crate::exit::Exit;
use crate::metrics_file::MetricsFile;
use crate::problem::Problem;
use crate::screen::Page;

/// So long what nobody waits for any more may hold up the end.
const LINGERING: Duration = Duration::from_secs(1);

/// Runs the program with the vendors of the catalogue.
pub fn main() -> ExitCode {
    main_with(VENDORS)
}

/// Runs the program with these vendors, which is how a private one is added: reads the
/// flags, does what they say, and tells how it ended. `demo` and `sim` show the catalogue's.
pub fn main_with(vendors: &'static [Entry]) -> ExitCode {
    let cli = match Cli::read() {
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
    panics::watch();
    let metrics = cli.common.metrics_file.clone().map(MetricsFile::begin);
    let done = match tokio::runtime::Runtime::new() {
        Ok(runtime) => {
            let done = panics::caught(|| runtime.block_on(run(&cli, vendors)));
            // A file that never answers is read in a thread that nobody can end.
            runtime.shutdown_timeout(LINGERING);
            done
        }
        Err(error) => {
            tracing::error!("the runtime cannot start: {error}");
            Done::with(Exit::Failed)
        }
    };
    screen::tell(&done.findings, cli.common.errors_file.as_deref());
    if let Some(metrics) = metrics {
        metrics.write();
    }
    ExitCode::from(done.exit.code())
}

async fn run(cli: &Cli, vendors: &'static [Entry]) -> Done {
    let mut page = Page::stdout();
    match command::run(cli, vendors, &mut page).await {
        Ok(done) => done,
        Err(Problem { exit, findings }) => Done { exit, findings },
    }
}
