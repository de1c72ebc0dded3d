//! `cargo xtask kill-test`: the real program, killed in every phase and resumed.

use std::process::ExitCode;

use xshell::cmd;

use crate::flags;
use crate::test::exit;
use crate::tree::{self, Tree};

/// The package that starts the real program.
pub(crate) const PACKAGE: &str = "rackrate-e2e";

impl flags::KillTest {
    pub(crate) fn run(self, tree: &Tree) -> anyhow::Result<ExitCode> {
        let run = cmd!(
            tree.sh,
            "cargo test --quiet --package {PACKAGE} --test kill -- --nocapture"
        );
        Ok(exit(!tree::watch(run, |_| ())?))
    }
}
