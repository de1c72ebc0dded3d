//! The writes that the driver and the bare client send: the same bodies, lane by lane.
//!
//! Every write sets thirty nights of one rate plan, and no night is set twice, so that none
//! takes the place of another.

use std::sync::Arc;

use anyhow::{Result, anyhow};
use rackrate_core::chunk::{Chunk, Facts, Row, Target};
use rackrate_core::exchange::Operation;
use rackrate_core::ids::{ConnectionId, Ids, PropertyCode, VendorId};
use rackrate_core::money::{Basis, Currency, Minor};
use rackrate_core::night::Night;
use rackrate_core::rules::Rules;
use rackrate_core::secret::{Secret, Secrets};
use rackrate_generic::{Config, Generic};

/// Properties, and so writes under way at once: a property's next write waits for the last.
pub(crate) const LANES: usize = 64;
/// Nights of a write, and so rows that its answer has to account for.
pub(crate) const NIGHTS: i32 = 30;
const MONTHS: usize = 12;

/// An adapter without an allowance that could be felt. Nothing settles while it is measured,
/// so that only writes are.
pub(crate) fn adapter(url: &str) -> Result<Generic> {
    let config =
        format!(r#"{{"base_url":"{url}","requests_per_minute":1000000000,"settle_ms":600000}}"#);
    let config: Config = serde_json::from_str(&config)?;
    Ok(Generic::new(config)?)
}

pub(crate) fn secrets() -> Secrets {
    let secret = |name: &str| (name.to_owned(), Secret::new("bench".to_owned()));
    Secrets::new([secret("client_id"), secret("client_secret")])
}

pub(crate) fn today() -> Result<Night> {
    "2026-11-22".parse().map_err(|error| anyhow!("{error}"))
}

pub(crate) fn target(lane: usize) -> Result<Arc<Target>> {
    Ok(Arc::new(Target {
        connection: ConnectionId::new("house")?,
        property: PropertyCode::new(&format!("h{lane}"))?,
        vendor_property: VendorId::new(&format!("V{lane}"))?,
        facts: Facts {
            name: format!("Hotel {lane}"),
            currency: Currency::new("EUR")?,
            basis: Some(Basis::Gross),
            time_zone: None,
            sellables: Default::default(),
        },
    }))
}

pub(crate) fn ids(plan: usize) -> Result<Ids> {
    Ok(Ids {
        room: Some(VendorId::new("STD")?),
        plan: Some(VendorId::new(&format!("P{plan}"))?),
    })
}

/// How many rate plans so many writes of a lane need.
pub(crate) fn plans(writes: usize) -> usize {
    writes.div_ceil(MONTHS)
}

/// The writes of one lane.
pub(crate) fn chunks(target: &Arc<Target>, writes: usize) -> Result<Vec<Arc<Chunk>>> {
    let first = today()?.plus(100);
    let chunk = |at: usize| {
        let first = first.plus(i32::try_from(at % MONTHS)? * NIGHTS);
        let row = Row {
            ids: ids(at / MONTHS)?,
            first,
            last: first.plus(NIGHTS - 1),
            prices: vec![(2, Minor(10_000 + at as u64))],
            rules: Rules::LEAVE,
        };
        Ok(Arc::new(Chunk {
            target: target.clone(),
            operation: Operation::Push,
            rows: vec![row],
        }))
    };
    (0..writes).map(chunk).collect()
}
