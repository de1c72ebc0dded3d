//! `cargo xtask codegen`: the parts of documents that are made from code.
//!
//! The README's tables of vendors come from the adapters' manifests, the tutorial's files
//! from `examples/acme`, which the tests run.
//!
//! Invariant: with `--check` nothing is written.

mod blocks;
mod section;

use std::process::ExitCode;

use anyhow::Context;
use xshell::cmd;

use crate::flags;
use crate::report::Verdict;
use crate::test::exit;
use crate::tree::Tree;

const README: &str = "README.md";
const TUTORIAL: &str = "docs/adding-a-vendor.md";
const EXAMPLE: &str = "examples/acme";

impl flags::Codegen {
    pub(crate) fn run(self, tree: &Tree) -> anyhow::Result<ExitCode> {
        if self.check {
            return Ok(exit(check(tree)?.fails(true)));
        }
        for (path, text) in stale(tree)? {
            tree.sh.write_file(path, text)?;
            println!("written: {path}");
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Whether all documents are as the code says.
pub(crate) fn check(tree: &Tree) -> anyhow::Result<Verdict> {
    let stale = stale(tree)?;
    for (path, _) in &stale {
        println!("{path} is not as the code says: run cargo xtask codegen");
    }
    Ok(match stale.len() {
        0 => Verdict::Passed,
        count => Verdict::Failed(format!("{count} documents are old")),
    })
}

/// The documents that are not as the code says, with the text they should have.
fn stale(tree: &Tree) -> anyhow::Result<Vec<(&'static str, String)>> {
    let mut stale = Vec::new();
    let (old, tables) = (tree.sh.read_file(README)?, tables(tree)?);
    let new = section::replaced(&old, "vendors", &tables)?;
    if new != old {
        stale.push((README, new));
    }
    let old = tree.sh.read_file(TUTORIAL)?;
    let new = blocks::filled(&old, |path| {
        let path = format!("{EXAMPLE}/{path}");
        let text = tree.sh.read_file(&path);
        text.with_context(|| format!("{TUTORIAL} shows {path}"))
    })?;
    if new != old {
        stale.push((TUTORIAL, new));
    }
    Ok(stale)
}

fn tables(tree: &Tree) -> anyhow::Result<String> {
    let table = cmd!(
        tree.sh,
        "cargo run --quiet --package rackrate-catalog --example vendor_table"
    );
    Ok(table.quiet().read()?)
}
