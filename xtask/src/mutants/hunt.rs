//! The hunts: the simulation, and the tests of one package, run in the copy.

use anyhow::{Context, ensure};
use xshell::cmd;

use super::copy::Copy;
use super::found::Found;
use crate::sim_test;

/// Builds and runs the simulation; says at which seed and by which counts it failed.
pub(super) fn by_simulation(copy: &Copy, seeds: u64) -> anyhow::Result<Option<Found>> {
    let package = sim_test::PACKAGE;
    let build = cmd!(copy.sh, "cargo build --quiet --release --package {package}");
    build
        .env("CARGO_TARGET_DIR", &copy.programs)
        .run()
        .context("it does not compile")?;
    let program = copy.programs.join("release").join(package);
    let seeds = seeds.to_string();
    let run = cmd!(copy.sh, "{program} --seeds {seeds} --first");
    let output = run.ignore_status().output()?;
    let told = String::from_utf8_lossy(&output.stderr);
    let found = Found::by_seed(&told);
    ensure!(
        output.status.success() == found.is_none(),
        "the simulation failed without naming a seed: {told}"
    );
    Ok(found)
}

/// Builds and runs all tests of a package; says which ones failed.
pub(super) fn by_tests(copy: &Copy, package: &str) -> anyhow::Result<Option<Found>> {
    let tests = |arguments: &[&str]| {
        let test = cmd!(copy.sh, "cargo test --package {package} --tests");
        test.args(arguments).env("CARGO_TARGET_DIR", &copy.tests)
    };
    tests(&["--quiet", "--no-run"])
        .run()
        .context("it does not compile")?;
    let run = tests(&["--no-fail-fast"]);
    let output = run.ignore_status().ignore_stderr().output()?;
    let told = String::from_utf8_lossy(&output.stdout);
    let found = Found::by_tests(&told);
    ensure!(told.contains("test result: "), "{package} has no tests");
    ensure!(
        output.status.success() == found.is_none(),
        "{package} failed without naming a test: {told}"
    );
    Ok(found)
}
