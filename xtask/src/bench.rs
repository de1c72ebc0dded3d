//! `cargo xtask bench`: what planning, the driver and verification cost, as a table.

use std::process::ExitCode;

use xshell::cmd;

use crate::flags;
use crate::test::exit;
use crate::tree::{self, Tree};

/// The package that measures, which is also the name of its program.
const PACKAGE: &str = "rackrate-bench";

impl flags::Bench {
    pub(crate) fn run(self, tree: &Tree) -> anyhow::Result<ExitCode> {
        let (cells, requests) = (self.cells.to_string(), self.requests.to_string());
        let run = cmd!(
            tree.sh,
            "cargo run --quiet --release --package {PACKAGE} -- --cells {cells} --requests {requests}"
        );
        Ok(exit(!tree::watch(run, |_| ())?))
    }
}
