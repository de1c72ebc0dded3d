//! The table of vendors. A vendor is one folder under `adapters/` and one line here.
//!
//! Invariant: no other crate of the program names a vendor.

use std::sync::Arc;

use rackrate_core::adapter::Adapter;
use rackrate_core::ids::{Ids, VendorId};
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
    /// What it is to a hotel.
    pub kind: Kind,
    /// How it names what a hotel sells.
    pub naming: Naming,
    /// Whether the short demo and the default sample show it.
    pub showcase: bool,
    /// Settings, as TOML lines, for a simulator at that address.
    pub sample: fn(address: &str) -> String,
}

/// What a vendor is to a hotel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The system that the hotel is run with.
    Pms,
    /// Passes on what a property management system, or nobody but us, tells it.
    ChannelManager,
}

/// How a vendor names what a hotel sells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// Every room type has rate plans of its own.
    PlanOfRoom,
    /// The hotel's rate plans are for all room types.
    PlanForAll,
    /// A room type has one calendar, and no rate plans.
    RoomOnly,
}

impl Naming {
    /// The identifiers of a room type's rate plan; of the two plans given, the one that
    /// this vendor would have.
    pub fn ids(self, room: VendorId, plan_of_room: VendorId, plan_for_all: VendorId) -> Ids {
        Ids {
            room: Some(room),
            plan: match self {
                Self::PlanOfRoom => Some(plan_of_room),
                Self::PlanForAll => Some(plan_for_all),
                Self::RoomOnly => None,
            },
        }
    }
}

/// All vendors, by name.
pub const VENDORS: &[Entry] = &[
    Entry {
        id: "apaleo",
        title: "apaleo",
        documentation: "https://apaleo.dev/guides/business-cases/revenue-management/set-rates-restrictions.html",
        adapter: |settings| built(settings, rackrate_apaleo::Apaleo::new),
        simulator: rackrate_apaleo::simulator::new,
        kind: Kind::Pms,
        naming: Naming::PlanOfRoom,
        showcase: false,
        sample: rackrate_apaleo::sample,
    },
    Entry {
        id: "channex",
        title: "Channex",
        documentation: "https://docs.channex.io/api-v.1-documentation/ari",
        adapter: |settings| built(settings, rackrate_channex::Channex::new),
        simulator: rackrate_channex::simulator::new,
        kind: Kind::ChannelManager,
        naming: Naming::PlanOfRoom,
        showcase: false,
        sample: rackrate_channex::sample,
    },
    Entry {
        id: "cloudbeds",
        title: "Cloudbeds",
        documentation: "https://developers.cloudbeds.com/reference/post_patchrate-2",
        adapter: |settings| built(settings, rackrate_cloudbeds::Cloudbeds::new),
        simulator: rackrate_cloudbeds::simulator::new,
        kind: Kind::Pms,
        naming: Naming::PlanOfRoom,
        showcase: true,
        sample: rackrate_cloudbeds::sample,
    },
    Entry {
        id: "generic",
        title: "pms-v2",
        documentation: "adapters/generic/README.md",
        adapter: rackrate_generic::adapter,
        simulator: rackrate_generic::simulator::new,
        kind: Kind::Pms,
        naming: Naming::PlanForAll,
        showcase: true,
        sample: rackrate_generic::sample,
    },
    Entry {
        id: "guesty",
        title: "Guesty",
        documentation: "https://open-api-docs.guesty.com/reference/put_availability-pricing-api-calendar-listings",
        adapter: |settings| built(settings, rackrate_guesty::Guesty::new),
        simulator: rackrate_guesty::simulator::new,
        kind: Kind::Pms,
        naming: Naming::RoomOnly,
        showcase: false,
        sample: rackrate_guesty::sample,
    },
    Entry {
        id: "mews",
        title: "Mews",
        documentation: "https://docs.mews.com/connector-api",
        adapter: |settings| built(settings, rackrate_mews::Mews::new),
        simulator: rackrate_mews::simulator::new,
        kind: Kind::Pms,
        naming: Naming::PlanForAll,
        showcase: false,
        sample: rackrate_mews::sample,
    },
    Entry {
        id: "ohip",
        title: "OPERA Cloud",
        documentation: "https://docs.oracle.com/en/industries/hospitality/integration-platform/ohipu/",
        adapter: |settings| built(settings, rackrate_ohip::Ohip::new),
        simulator: rackrate_ohip::simulator::new,
        kind: Kind::Pms,
        naming: Naming::PlanForAll,
        showcase: false,
        sample: rackrate_ohip::sample,
    },
];

/// The vendor of that name.
pub fn vendor(id: &str) -> Option<&'static Entry> {
    VENDORS.iter().find(|entry| entry.id == id)
}

/// The vendors that the short demo and the default sample show.
pub fn showcase() -> Vec<&'static Entry> {
    VENDORS.iter().filter(|entry| entry.showcase).collect()
}

/// Builds an adapter from a connection's settings, for an entry of one's own: `make` is its
/// `new`.
///
/// # Errors
/// What is wrong with the settings, in words.
pub fn built<C, A, E>(
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
