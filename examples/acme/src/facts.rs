//! Facts about Acme, as the runtime needs them (README, "Facts").

use std::time::Duration;

use rackrate_core::adapter::Manifest;
use rackrate_core::ids::Vendor;
use rackrate_core::rules::Restriction;

use crate::config::Config;

/// Whom every price is for (section 4).
pub(crate) const ADULTS: u8 = 2;

pub(crate) fn manifest(vendor: Vendor, config: &Config) -> Manifest {
    Manifest {
        vendor,
        title: "Acme",
        bases: vec![config.base_url.clone()],
        trace_header: None,
        settle: Duration::from_secs(5),
        flight_horizon: Duration::from_secs(60),
        secrets: vec!["client_id", "client_secret"],
        client: Some("client_id".to_owned()),
        scopes: Vec::new(),
        adults: Some(ADULTS),
        restrictions: vec![Restriction::MinStayArrival],
        reads_before_writing: false,
        reads_need_facts: false,
    }
}
