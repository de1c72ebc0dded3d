//! The table of vendors. A vendor is one folder under `adapters/` and one line here.
//!
//! Invariant: no other crate of the program names a vendor.

use std::sync::Arc;

use rackrate_core::adapter::Adapter;
use rackrate_core::simulator::{Simulator, SimulatorSetup};

/// One vendor.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The name in `rackrate.toml`.
    pub id: &'static str,
    /// The name for people.
    pub title: &'static str,
    /// Where the vendor, or we, describe the protocol.
    pub documentation: &'static str,
    /// Builds its adapter from the connection's settings; refuses unknown ones.
    pub adapter: fn(toml::Table) -> Result<Arc<dyn Adapter>, String>,
    /// Builds its simulator.
    pub simulator: fn(SimulatorSetup) -> Result<Box<dyn Simulator>, String>,
    /// Whether every room type has rate plans of its own; otherwise the hotel's are for all.
    pub plans_per_room: bool,
    /// Settings, as TOML lines, for a simulator at that address.
    pub sample: fn(address: &str) -> String,
}

/// All vendors, by name.
pub const VENDORS: &[Entry] = &[
    Entry {
        id: "cloudbeds",
        title: "Cloudbeds",
        documentation: "https://developers.cloudbeds.com/reference/post_patchrate-2",
        adapter: |settings| built(settings, rackrate_cloudbeds::Cloudbeds::new),
        simulator: rackrate_cloudbeds::simulator::new,
        plans_per_room: true,
        sample: rackrate_cloudbeds::sample,
    },
    Entry {
        id: "generic",
        title: "pms-v2",
        documentation: "adapters/generic/README.md",
        adapter: |settings| built(settings, rackrate_generic::Generic::new),
        simulator: rackrate_generic::simulator::new,
        plans_per_room: false,
        sample: rackrate_generic::sample,
    },
    Entry {
        id: "mews",
        title: "Mews",
        documentation: "https://docs.mews.com/connector-api",
        adapter: |settings| built(settings, rackrate_mews::Mews::new),
        simulator: rackrate_mews::simulator::new,
        plans_per_room: true,
        sample: rackrate_mews::sample,
    },
];

/// The vendor of that name.
pub fn vendor(id: &str) -> Option<&'static Entry> {
    VENDORS.iter().find(|entry| entry.id == id)
}

fn built<C, A, E>(
    settings: toml::Table,
    make: fn(C) -> Result<A, E>,
) -> Result<Arc<dyn Adapter>, String>
where
    C: for<'de> serde::Deserialize<'de>,
    A: Adapter + 'static,
    E: std::fmt::Display,
{
    let config = settings
        .try_into()
        .map_err(|error: toml::de::Error| error.message().to_owned())?;
    let adapter = make(config).map_err(|error| error.to_string())?;
    Ok(Arc::new(adapter))
}
