//! Reading prices and restrictions: a window of nights of one hotel.
//!
//! Invariant: nothing of an answer reaches the sink unless all of it was understood.

use rackrate_core::adapter::{Carry, Manifest, ReadAsk, Sink, Step};
use rackrate_core::error::Result;
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::shape::Shape;

use crate::errors::unwritten;

/// None while nothing can be read: then nothing is planned either.
pub(crate) const SHAPE: Option<Shape> = None;

pub(crate) fn request(manifest: &Manifest, _ask: &ReadAsk) -> Result<Request> {
    let place = "`request` in src/read.rs";
    Err(unwritten(&manifest.vendor, Operation::Read, place))
}

pub(crate) fn parse(
    manifest: &Manifest,
    _ask: &ReadAsk,
    _carry: &Carry,
    _response: &Response,
    _sink: &mut dyn Sink,
) -> Result<Step<()>> {
    let place = "`parse` in src/read.rs";
    Err(unwritten(&manifest.vendor, Operation::Read, place))
}
