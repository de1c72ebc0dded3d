//! What a demo keeps between two runs: its clock, its ledger, its vendors.

use std::path::Path;

use rackrate_core::clock::Mono;
use rackrate_core::finding::{Finding, Place};
use rackrate_ledger::op::LedgerOp;
use rackrate_simulator::world::World;

use crate::files;

/// A saved demo.
#[derive(Debug)]
pub(super) struct State {
    pub(super) clock: Mono,
    pub(super) journal: Vec<LedgerOp>,
    pub(super) vendors: Vec<String>,
}

impl State {
    /// The state in a folder; `None` when there is none.
    ///
    /// # Errors
    /// `demo.state` when it is there and cannot be used.
    pub(super) fn load(folder: &Path, vendors: &[&str]) -> Result<Option<Self>, Finding> {
        if !folder.join("clock.json").exists() {
            return Ok(None);
        }
        let read = |name: &str| {
            files::read(&folder.join(name))
                .map(|(bytes, _)| String::from_utf8_lossy(&bytes).into_owned())
        };
        let broken = |error: serde_json::Error| {
            Finding::error(
                "demo.state",
                Place::file(folder.display().to_string()),
                format!("an earlier demo's state cannot be used: {error}"),
            )
            .hint("Begin anew with `rackrate demo --fresh`.")
        };
        let clock = serde_json::from_str(&read("clock.json")?).map_err(broken)?;
        let journal = read("ledger.jsonl")?
            .lines()
            .map(serde_json::from_str)
            .collect::<Result<_, _>>()
            .map_err(broken)?;
        let vendors = vendors
            .iter()
            .map(|id| read(&format!("{id}.json")))
            .collect::<Result<_, _>>()?;
        Ok(Some(Self {
            clock,
            journal,
            vendors,
        }))
    }

    /// Writes a world down.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub(super) fn save(world: &World, vendors: &[&str], folder: &Path) -> Result<(), Finding> {
        std::fs::create_dir_all(folder).map_err(|error| {
            Finding::error(
                "file.unwritable",
                Place::file(folder.display().to_string()),
                format!("the folder cannot be made: {error}"),
            )
            .hint("Name another one with --state.")
        })?;
        for (id, vendor) in vendors.iter().zip(&world.vendors) {
            files::write(&folder.join(format!("{id}.json")), vendor.save().as_bytes())?;
        }
        let lines = world
            .journal
            .iter()
            .flatten()
            .filter_map(|op| serde_json::to_string(op).ok());
        files::write(
            &folder.join("ledger.jsonl"),
            lines.map(|line| line + "\n").collect::<String>().as_bytes(),
        )?;
        let clock = serde_json::to_string(&world.now()).unwrap_or_default();
        // The clock comes last: without it there is no state.
        files::write(&folder.join("clock.json"), clock.as_bytes())
    }
}
