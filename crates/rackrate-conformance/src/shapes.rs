//! Clauses S: what may be built.

use rackrate_core::chunk::{Chunk, Row};
use rackrate_core::error::ErrorKind;
use rackrate_core::exchange::{Operation, Touch};
use rackrate_core::night::Night;
use rackrate_core::shape::{Item, Shape};

use crate::cells::Cells;
use crate::clause::{Check, Stop, ensure, skip};
use crate::credentials::requests;
use crate::vendor::Vendor;

pub(crate) fn first(vendor: &Vendor) -> Result<&Chunk, Stop> {
    vendor
        .chunks
        .first()
        .ok_or_else(|| skip("there is no chunk to try"))
}

pub(crate) fn over_the_shape(vendor: &Vendor) -> Check {
    first(vendor)?;
    for operation in [Operation::Push, Operation::Restrict] {
        if let Some(chunk) = first_of(vendor, operation) {
            over(vendor, chunk, operation)?;
        }
    }
    Ok(())
}

/// The first sample chunk of that write.
pub(crate) fn first_of(vendor: &Vendor, operation: Operation) -> Option<&Chunk> {
    let mut chunks = vendor.chunks.iter();
    chunks.find(|chunk| chunk.operation == operation)
}

fn over(vendor: &Vendor, chunk: &Chunk, operation: Operation) -> Check {
    let shape = vendor
        .adapter()?
        .shape(operation)
        .ok_or_else(|| format!("{operation} has sample chunks and no shape"))?;
    let Some(row) = chunk.rows.first() else {
        return Err(skip("the sample chunk has no rows"));
    };
    let over = |rows| Chunk {
        rows,
        ..chunk.clone()
    };
    refused(vendor, &over(too_many(row, &shape)), "too many items")?;
    if let Item::Range { max_nights } = shape.item {
        let long = over(vec![spanning(row, row.first, max_nights)]);
        refused(vendor, &long, "an item of too many nights")?;
    }
    if shape.max_nights == u32::MAX {
        return Ok(());
    }
    let ends = [0, shape.max_nights].map(|by| spanning(row, later(row.first, by), 0));
    refused(vendor, &over(ends.into()), "a chunk of too long a span")
}

fn later(night: Night, nights: u32) -> Night {
    night.plus(i32::try_from(nights).unwrap_or(i32::MAX))
}

/// The row on the nights from `first` to `more` nights later.
fn spanning(row: &Row, first: Night, more: u32) -> Row {
    Row {
        first,
        last: later(first, more),
        ..row.clone()
    }
}

/// One night of the row, repeated until there are more items than a request may have. A
/// free night between two keeps a vendor from joining them.
fn too_many(row: &Row, shape: &Shape) -> Vec<Row> {
    (0..=shape.max_items)
        .map(|at| spanning(row, later(row.first, at.saturating_mul(2)), 0))
        .collect()
}

pub(crate) fn no_push(vendor: &Vendor) -> Check {
    let chunk = first(vendor)?;
    let empty = Chunk {
        rows: Vec::new(),
        ..chunk.clone()
    };
    refused(vendor, &empty, "a chunk without rows")?;
    let read = Chunk {
        operation: Operation::Read,
        ..chunk.clone()
    };
    refused(vendor, &read, "a chunk of another operation")
}

/// The good sample is seen to be built, else a refusal would mean nothing.
fn refused(vendor: &Vendor, chunk: &Chunk, what: &str) -> Check {
    let adapter = vendor.adapter()?;
    let same = |good: &&Chunk| good.operation == chunk.operation;
    let good = vendor.chunks.iter().find(same);
    if let Some(good) = good.or(vendor.chunks.first()) {
        adapter.push(good)?;
    }
    match adapter.push(chunk) {
        Err(error) if error.kind() == ErrorKind::Bug => Ok(()),
        Err(error) => Err(format!("{what}: it is refused as {error}").into()),
        Ok(_) => Err(format!("{what}: it was built").into()),
    }
}

pub(crate) fn every_row_once(vendor: &Vendor) -> Check {
    let adapter = vendor.adapter()?;
    first(vendor)?;
    for chunk in &vendor.chunks {
        let request = adapter.push(chunk)?;
        let wire = request.expose(&adapter.manifest().vendor)?;
        let written = Cells::written(chunk, (vendor.written)(&wire))?;
        let meant = Cells::meant(&*adapter, chunk);
        ensure(written == meant, || {
            format!("meant {meant:?}, written {written:?}")
        })?;
    }
    Ok(())
}

pub(crate) fn only_pushes_write(vendor: &Vendor) -> Check {
    let adapter = vendor.adapter()?;
    for request in requests(vendor, &*adapter)? {
        let writes = request.touch == Touch::Write;
        ensure(writes == request.operation.writes(), || {
            format!("{} has the wrong touch", request.operation)
        })?;
    }
    Ok(())
}
