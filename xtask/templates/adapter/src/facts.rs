//! Facts about NewVendor, as the runtime needs them (README, "Facts").
//!
//! A capability stands here once its clauses pass, not before.

use std::time::Duration;

use rackrate_core::adapter::Manifest;
use rackrate_core::ids::Vendor;

use crate::config::Config;

pub(crate) fn manifest(vendor: Vendor, config: &Config) -> Manifest {
    Manifest {
        vendor,
        title: "NewVendor",
        bases: vec![config.base_url.clone()],
        trace_header: None,
        settle: Duration::from_secs(60),
        flight_horizon: Duration::from_secs(60),
        secrets: Vec::new(),
        client: None,
        scopes: Vec::new(),
        adults: None,
        restrictions: Vec::new(),
        reads_before_writing: false,
        reads_need_facts: false,
    }
}
