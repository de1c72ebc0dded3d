//! The entry of a private vendor, and the list of vendors with it.
//!
//! A vendor that must not or need not be in rackrate's repository lives in a crate of one's
//! own, as `examples/acme` does. All it takes is one [`Entry`].

use rackrate_acme::Acme;
use rackrate_catalog::{Entry, Kind, Naming, VENDORS, built};

/// The private vendor.
pub const ACME: Entry = Entry {
    id: rackrate_acme::VENDOR,
    title: "Acme",
    documentation: "docs/adding-a-vendor.md",
    adapter: |settings| built(settings, Acme::new),
    simulator: rackrate_acme::simulator::new,
    kind: Kind::Pms,
    naming: Naming::PlanForAll,
    showcase: false,
    sample: rackrate_acme::sample,
};

/// The vendors of the catalogue and the private one.
pub fn vendors() -> &'static [Entry] {
    let mut all = VENDORS.to_vec();
    all.push(ACME);
    all.leak()
}
