//! `cargo xtask test`: every check there is, one after the other.
//!
//! Invariant: a failing step never stops the next one, and the last line printed is the sum.

use std::process::ExitCode;

use xshell::{Cmd, cmd};

use crate::clock;
use crate::codegen;
use crate::conform;
use crate::flags;
use crate::interop;
use crate::report::{self, Counts, Row, Verdict};
use crate::tidy;
use crate::tree::{self, Tree};

type Ended = (Verdict, Counts);
type Step = (&'static str, fn(&Tree) -> anyhow::Result<Ended>);

const STEPS: [Step; 9] = [
    ("format", format),
    ("clippy", clippy),
    ("tests", tests),
    ("doctests", doctests),
    ("docs", docs),
    ("conformance", conformance),
    ("tidy", tidy_up),
    ("codegen", codegen),
    ("interop", interop),
];

impl flags::Test {
    pub(crate) fn run(self, tree: &Tree) -> anyhow::Result<ExitCode> {
        let steps = STEPS.iter().filter(|(step, _)| exists(tree, step));
        let rows: Vec<Row> = steps.map(|step| row(tree, step)).collect();
        println!("\n{}", report::table(&rows));
        Ok(exit(rows.iter().any(|row| row.verdict.fails(is_ci()))))
    }
}

/// Whether what a step checks is there. Without the suite no adapter can have a conformance
/// test, so there is nothing that could be skipped.
fn exists(tree: &Tree, step: &str) -> bool {
    step != "conformance" || tree.has("crates/rackrate-conformance")
}

/// Whether nobody watches, so that a skip must fail.
pub(crate) fn is_ci() -> bool {
    std::env::var("CI").is_ok_and(|ci| ci == "true" || ci == "1")
}

pub(crate) fn exit(failed: bool) -> ExitCode {
    if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

fn row(tree: &Tree, (step, run): &Step) -> Row {
    eprintln!("\n== {step}");
    let (ended, took) = clock::timed(|| run(tree));
    let failed = |error| (Verdict::Failed(format!("{error:#}")), Counts::default());
    let (verdict, tests) = ended.unwrap_or_else(failed);
    Row {
        step,
        verdict,
        tests,
        took,
    }
}

fn format(tree: &Tree) -> anyhow::Result<Ended> {
    component(
        tree,
        "fmt",
        "rustfmt",
        cmd!(tree.sh, "cargo fmt --all --check"),
    )
}

fn clippy(tree: &Tree) -> anyhow::Result<Ended> {
    let clippy = cmd!(
        tree.sh,
        "cargo clippy --workspace --all-targets -- -D warnings"
    );
    component(tree, "clippy", "clippy", clippy)
}

fn tests(tree: &Tree) -> anyhow::Result<Ended> {
    watched(cmd!(
        tree.sh,
        "cargo test --workspace --tests --no-fail-fast"
    ))
}

fn doctests(tree: &Tree) -> anyhow::Result<Ended> {
    watched(cmd!(tree.sh, "cargo test --workspace --doc --no-fail-fast"))
}

fn docs(tree: &Tree) -> anyhow::Result<Ended> {
    watched(cmd!(tree.sh, "cargo doc --no-deps --workspace").env("RUSTDOCFLAGS", "-D warnings"))
}

fn conformance(tree: &Tree) -> anyhow::Result<Ended> {
    let vendors = tree.packages(conform::ADAPTERS);
    Ok((conform::conform(tree, &vendors)?, Counts::default()))
}

fn tidy_up(tree: &Tree) -> anyhow::Result<Ended> {
    Ok((tidy::tidy(tree)?, Counts::default()))
}

fn codegen(tree: &Tree) -> anyhow::Result<Ended> {
    Ok((codegen::check(tree)?, Counts::default()))
}

fn interop(tree: &Tree) -> anyhow::Result<Ended> {
    Ok((interop::interop(tree)?, Counts::default()))
}

/// A command that a Rust installation may lack.
fn component(tree: &Tree, tool: &str, name: &str, cmd: Cmd<'_>) -> anyhow::Result<Ended> {
    let version = cmd!(tree.sh, "cargo {tool} --version");
    if version.quiet().ignore_stderr().read().is_err() {
        let reason = format!("{name} is not installed: rustup component add {name}");
        return Ok((Verdict::Skipped(reason), Counts::default()));
    }
    watched(cmd)
}

/// A command that people watch, and whose tests are counted where it has some.
fn watched(cmd: Cmd<'_>) -> anyhow::Result<Ended> {
    let mut counts = Counts::default();
    let mut broken = Vec::new();
    let success = tree::watch(cmd, |line| {
        counts.add_line(line);
        broken.extend(report::broken(line).map(str::to_owned));
    })?;
    let verdict = match (success, broken.is_empty()) {
        (true, _) => Verdict::Passed,
        (false, true) => Verdict::Failed("see its output above".to_owned()),
        (false, false) => Verdict::Failed(broken.join(", ")),
    };
    Ok((verdict, counts))
}
