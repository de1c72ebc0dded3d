//! Listing hotels, room types and rate plans.

use rackrate_core::adapter::{Carry, DiscoverAsk, Discovery, Manifest, Step};
use rackrate_core::error::Result;
use rackrate_core::exchange::{Operation, Request, Response};

use crate::errors::unwritten;

pub(crate) fn request(manifest: &Manifest, _ask: &DiscoverAsk) -> Result<Request> {
    let place = "`request` in src/discover.rs";
    Err(unwritten(&manifest.vendor, Operation::Discover, place))
}

pub(crate) fn parse(
    manifest: &Manifest,
    _ask: &DiscoverAsk,
    _carry: &Carry,
    _response: &Response,
    _out: &mut Discovery,
) -> Result<Step<()>> {
    let place = "`parse` in src/discover.rs";
    Err(unwritten(&manifest.vendor, Operation::Discover, place))
}
