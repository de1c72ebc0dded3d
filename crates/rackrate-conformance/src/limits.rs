//! Clauses L: allowances.

use std::collections::BTreeSet;
use std::time::Duration;

use http::HeaderValue;
use rackrate_core::error::ErrorKind;
use rackrate_core::exchange::{Operation, Response};

use crate::clause::{Check, ensure, skip};
use crate::shapes::first;
use crate::vendor::Vendor;

pub(crate) fn charges(vendor: &Vendor) -> Check {
    let adapter = vendor.adapter()?;
    let quotas = adapter.limits().quotas();
    if quotas.is_empty() {
        return Err(skip("the vendor publishes no allowance"));
    }
    let names: BTreeSet<_> = quotas.iter().map(|quota| quota.name).collect();
    ensure(names.len() == quotas.len(), || {
        "two quotas have one name".to_owned()
    })?;
    for quota in quotas {
        ensure(quota.limit > 0 && !quota.source.is_empty(), || {
            format!("the quota {} has no figure or no source", quota.name)
        })?;
    }
    for operation in Operation::ALL {
        let charges = adapter.limits().charges(operation, &vendor.target);
        let good = charges
            .iter()
            .all(|charge| charge.quota < quotas.len() && charge.cost > 0);
        ensure(good, || {
            format!("{operation} is charged to no quota: {charges:?}")
        })?;
        let metered = matches!(operation, Operation::Push | Operation::Read)
            || (operation == Operation::Restrict && adapter.shape(operation).is_some());
        ensure(!metered || !charges.is_empty(), || {
            format!("{operation} is free")
        })?;
    }
    Ok(())
}

pub(crate) fn dated(vendor: &Vendor) -> Check {
    let adapter = vendor.adapter()?;
    let quotas = adapter.limits().quotas();
    if quotas.is_empty() {
        return Err(skip("the vendor publishes no allowance"));
    }
    for quota in quotas {
        let mut years = quota.source.split(|c: char| !c.is_ascii_digit());
        let dated = years.any(|year| year.len() == 4 && year.starts_with("20"));
        ensure(dated, || {
            format!("{}: no year in {:?}", quota.name, quota.source)
        })?;
    }
    Ok(())
}

pub(crate) fn throttle(vendor: &Vendor) -> Check {
    let adapter = vendor.adapter()?;
    let chunk = first(vendor)?;
    let mut answer = Response::new(429, "{}");
    let wait = HeaderValue::from_static("7");
    answer.headers.insert(http::header::RETRY_AFTER, wait);
    let seven = Some(Duration::from_secs(7));
    match adapter.parse_push(chunk, &answer) {
        Ok(told) => return Err(format!("a 429 is {told:?}").into()),
        Err(error) => ensure(
            error.kind() == ErrorKind::Throttled && error.retry_after() == seven,
            || format!("a 429 is {error}, wait {:?}", error.retry_after()),
        )?,
    }
    let told = adapter.limits().feedback(&adapter.push(chunk)?, &answer);
    ensure(told.wait == seven, || format!("the feedback is {told:?}"))
}
