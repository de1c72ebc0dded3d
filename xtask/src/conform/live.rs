//! `cargo xtask conform --live`: tries a test account with the program in `tests/live`.

use std::path::Path;
use std::process::ExitCode;

use xshell::cmd;

use crate::tree::Tree;

/// The package, which is also the name of its program.
const PACKAGE: &str = "rackrate-live-conformance";

/// Runs it with the person's terminal, and ends as it ends.
pub(super) fn run(
    tree: &Tree,
    config: &Path,
    vendor: Option<&str>,
    junit: Option<&Path>,
    asked: &[String],
) -> anyhow::Result<ExitCode> {
    // The shell of the tasks stands in the root of the tree, the person may stand elsewhere.
    let config = std::path::absolute(config)?;
    let junit = junit.map(std::path::absolute).transpose()?;
    let junit = junit.as_deref().map(|file| [Path::new("--junit"), file]);
    let junit = junit.into_iter().flatten();
    let vendor = vendor.into_iter().flat_map(|vendor| ["--vendor", vendor]);
    let run = cmd!(
        tree.sh,
        "cargo run --quiet --package {PACKAGE} -- {config} {vendor...} {junit...} {asked...}"
    );
    let status = std::process::Command::from(run.quiet()).status()?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
