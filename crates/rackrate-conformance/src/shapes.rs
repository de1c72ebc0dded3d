//! Clauses S: what may be built.

use rackrate_core::chunk::Chunk;
use rackrate_core::error::ErrorKind;
use rackrate_core::exchange::{Operation, Touch};

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

/// One row, repeated on later nights until there are more items than a request may have.
pub(crate) fn over_the_shape(vendor: &Vendor) -> Check {
    let adapter = vendor.adapter()?;
    let shape = adapter
        .shape(Operation::Push)
        .ok_or_else(|| skip("the vendor takes no prices"))?;
    let chunk = first(vendor)?;
    let Some(row) = chunk.rows.first() else {
        return Err(skip("the sample chunk has no rows"));
    };
    let nights = i32::try_from(row.nights()).unwrap_or(i32::MAX);
    let mut large = chunk.clone();
    large.rows.clear();
    for at in 0..i32::try_from(shape.max_items)
        .unwrap_or(i32::MAX)
        .saturating_add(1)
    {
        let mut row = row.clone();
        // A free night between two rows keeps a vendor from joining them.
        let by = at.saturating_mul(nights.saturating_add(1));
        (row.first, row.last) = (row.first.plus(by), row.last.plus(by));
        large.rows.push(row);
    }
    refused(vendor, &large, "a chunk over the shape")
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

fn refused(vendor: &Vendor, chunk: &Chunk, what: &str) -> Check {
    match vendor.adapter()?.push(chunk) {
        Err(error) if error.kind() == ErrorKind::Bug => Ok(()),
        Err(error) => Err(format!("{what} is refused as {error}").into()),
        Ok(_) => Err(format!("{what} was built").into()),
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
        ensure(writes == (request.operation == Operation::Push), || {
            format!("{} has the wrong touch", request.operation)
        })?;
    }
    Ok(())
}
