//! What the program says of itself on standard error.
//!
//! Invariant: results go to standard output, words here; a secret type cannot be logged.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::cli::{Common, LogFormat};
use crate::screen;

/// Begins to log, as the flags say.
pub(crate) fn begin(common: &Common) {
    let level = match common.verbose {
        0 => "warn",
        1 => "info",
        // Only our own crates: what libraries trace may hold headers.
        2 => "info,rackrate_runtime=debug,rackrate_ledger=debug,rackrate_orchestrator=debug",
        _ => "info,rackrate_runtime=trace,rackrate_ledger=trace,rackrate_orchestrator=trace",
    };
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let spans = if common.verbose > 0 {
        FmtSpan::CLOSE
    } else {
        FmtSpan::NONE
    };
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(level))
        .with_span_events(spans)
        .with_ansi(colour)
        // Where nobody reads standard error any more, telling that there would be a panic.
        .log_internal_errors(false)
        .with_writer(screen::stderr);
    match common.log_format {
        LogFormat::Human => subscriber.init(),
        LogFormat::Json => subscriber.json().init(),
    }
}
