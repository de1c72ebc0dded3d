//! Writing prices, and the restrictions that travel with them.
//!
//! Invariant: a success accounts for everything that was sent, or it is none.

use rackrate_core::adapter::{Manifest, Submission};
use rackrate_core::chunk::Chunk;
use rackrate_core::error::Result;
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::shape::Shape;

use crate::errors::unwritten;

/// None while nothing can be written.
pub(crate) const SHAPE: Option<Shape> = None;

pub(crate) fn request(manifest: &Manifest, _chunk: &Chunk) -> Result<Request> {
    let place = "`request` in src/push.rs";
    Err(unwritten(&manifest.vendor, Operation::Push, place))
}

pub(crate) fn parse(
    manifest: &Manifest,
    _chunk: &Chunk,
    _response: &Response,
) -> Result<Submission> {
    let place = "`parse` in src/push.rs";
    Err(unwritten(&manifest.vendor, Operation::Push, place))
}
