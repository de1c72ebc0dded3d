//! Requests from templates.
//!
//! Invariant: an identifier never changes where a path leads.

use rackrate_core::error::{Error, Result};
use rackrate_core::exchange::{Body, Operation, Request, Touch};
use rackrate_core::ids::Vendor;
use url::Url;

use super::description::Ask;
use super::json::Json;
use super::template::{Slot, Values};

impl Ask {
    /// The request, without a body. Query pairs and headers that have nothing to say are
    /// left out.
    pub(crate) fn request(
        &self,
        vendor: &Vendor,
        operation: Operation,
        base: &Url,
        values: Values<'_>,
    ) -> Result<Request> {
        let step = |slot: Slot| values(slot).filter(is_step);
        let path = self.path.fill(&step).ok_or_else(|| {
            let text = "a part of the path is missing, or is no letters, digits, `-`, `_` or `.`";
            Error::bug(vendor, operation, text)
        })?;
        let query = self.query.iter();
        let headers = self.headers.iter();
        Ok(Request {
            operation,
            method: self.method.clone(),
            touch: match operation.writes() {
                true => Touch::Write,
                false => Touch::Read,
            },
            base: base.clone(),
            path,
            query: query
                .filter_map(|(name, text)| Some((name.clone(), text.fill(values)?)))
                .collect(),
            headers: headers
                .filter_map(|(name, text)| Some((name.clone(), text.fill(values)?.into())))
                .collect(),
            body: Body::Empty,
        })
    }
}

/// Whether a value can be a step of a path. Dots alone would lead upwards.
fn is_step(value: &Json) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    value.word().is_some_and(|text| {
        (1..=128).contains(&text.len())
            && text.bytes().all(plain)
            && text.bytes().any(|byte| byte != b'.')
    })
}
