//! Acme's JSON, as private types. Amounts stay text, because a float would round them.

use rackrate_core::adapter::Manifest;
use rackrate_core::error::{Delivery, Error, ErrorKind, Result};
use rackrate_core::exchange::{Operation, Response};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::errors::{malformed, refusal};

/// What every answer but a token says first (section 2).
#[derive(Deserialize)]
struct Said {
    ok: bool,
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

/// Reads an answer. Acme says no with status 200 and `"ok": false`, and promises that
/// nothing was changed then.
pub(crate) fn read<'a, T: Deserialize<'a>>(
    manifest: &Manifest,
    operation: Operation,
    response: &'a Response,
) -> Result<T> {
    if response.status.as_u16() != 200 {
        return Err(refusal(manifest, operation, response));
    }
    let unclear = |error: serde_json::Error| {
        malformed(manifest, operation, "the answer is not as documented").with_source(error)
    };
    let said: Said = serde_json::from_slice(&response.body).map_err(unclear)?;
    if !said.ok {
        let no = Error::new(
            ErrorKind::Rejected,
            &manifest.vendor,
            operation,
            said.message,
        );
        return Err(no.with_code(said.code).with_delivery(Delivery::Refused));
    }
    serde_json::from_slice(&response.body).map_err(unclear)
}

#[derive(Deserialize)]
pub(crate) struct Hotels {
    pub(crate) hotels: Vec<Hotel>,
}

#[derive(Deserialize)]
pub(crate) struct Hotel {
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) zone: String,
    pub(crate) currency: String,
    pub(crate) tax: String,
    pub(crate) rooms: Vec<Named>,
    pub(crate) plans: Vec<Named>,
}

#[derive(Deserialize)]
pub(crate) struct Named {
    pub(crate) code: String,
    pub(crate) name: String,
}

#[derive(Deserialize)]
pub(crate) struct Page<'a> {
    #[serde(borrow)]
    pub(crate) rates: Vec<RateIn<'a>>,
}

#[derive(Deserialize)]
pub(crate) struct RateIn<'a> {
    pub(crate) room: String,
    pub(crate) plan: String,
    pub(crate) night: String,
    #[serde(borrow)]
    pub(crate) price: &'a RawValue,
    #[serde(default)]
    pub(crate) min_stay: Option<u16>,
}

#[derive(Serialize)]
pub(crate) struct Batch<'a> {
    pub(crate) rates: Vec<RateOut<'a>>,
}

#[derive(Serialize)]
pub(crate) struct RateOut<'a> {
    pub(crate) room: &'a str,
    pub(crate) plan: &'a str,
    pub(crate) from: String,
    /// The day after the last night.
    pub(crate) to: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) price: Option<Box<RawValue>>,
    /// 0 takes it away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) min_stay: Option<u16>,
}

#[derive(Deserialize)]
pub(crate) struct Saved {
    pub(crate) saved: u64,
}
