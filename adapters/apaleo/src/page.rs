//! Pages: numbered from one, 200 items at most, with the count of all items on each. A
//! list without items is a 204 without a body.
//!
//! Invariant: a list that ends before its count is an error, never a short list; and no
//! vendor can make a list endless.

use rackrate_core::error::Result;
use rackrate_core::exchange::{Operation, Request, Response};
use serde::Deserialize;

use crate::answer::Api;

/// The largest page.
pub(crate) const SIZE: u32 = 200;
/// Two hundred thousand items; more is a count that never ends.
const MAX_PAGES: u32 = 1_000;

/// Asks for a page, counted from zero.
pub(crate) fn of(request: Request, page: u32) -> Request {
    request
        .with_query("pageNumber", page.saturating_add(1))
        .with_query("pageSize", SIZE)
}

/// The list on a page; an empty one for a 204, which only a first page may be.
pub(crate) fn list<'a, T: Deserialize<'a> + Default>(
    api: &Api,
    operation: Operation,
    response: &'a Response,
    page: u32,
) -> Result<T> {
    match response.status.as_u16() {
        204 if page == 0 && response.body.is_empty() => Ok(T::default()),
        204 => Err(api.malformed(operation, "a page that was counted is not there")),
        200 => serde_json::from_slice(&response.body).map_err(|error| {
            let text = "the answer is not the list that was asked for";
            api.malformed(operation, text).with_source(error)
        }),
        _ => Err(api.refused(operation, response)),
    }
}

/// Whether the list goes on after a page with so many items.
pub(crate) fn goes_on(page: u32, items: usize, count: u64) -> Result<bool, &'static str> {
    let so_far = u64::from(page) * u64::from(SIZE) + items as u64;
    if so_far >= count {
        return Ok(false);
    }
    if items < SIZE as usize || page + 1 >= MAX_PAGES {
        return Err("the pages hold fewer items than their count");
    }
    Ok(true)
}
