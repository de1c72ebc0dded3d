//! Clauses N: what a read told a later write.

use std::collections::BTreeMap;
use std::sync::Arc;

use rackrate_core::adapter::Adapter;
use rackrate_core::chunk::{Chunk, Row, Sellable, Target};
use rackrate_core::error::ErrorKind;
use rackrate_core::notes::Notes;

use crate::clause::{Check, Stop, ensure, skip};
use crate::shapes::first;
use crate::vendor::Vendor;

/// The adapter, where its writes need notes.
fn noting(vendor: &Vendor) -> Result<Box<dyn Adapter>, Stop> {
    let adapter = vendor.adapter()?;
    if !adapter.manifest().reads_before_writing {
        return Err(skip("a write needs no note of a read"));
    }
    first(vendor)?;
    Ok(adapter)
}

pub(crate) fn needs_its_note(vendor: &Vendor) -> Check {
    let adapter = noting(vendor)?;
    let bare = |chunk: &Chunk| Chunk {
        target: Arc::new(Notes::default().attach(&chunk.target, &chunk.rows)),
        ..chunk.clone()
    };
    let mut noted = vendor.chunks.iter().filter(|chunk| bare(chunk) != **chunk);
    let Some(chunk) = noted.next() else {
        return Err(skip("no sample chunk carries a note"));
    };
    adapter.push(chunk)?;
    ensure(is_refused(&*adapter, &bare(chunk)), || {
        "it was built without its note".to_owned()
    })
}

pub(crate) fn knows_its_note(vendor: &Vendor) -> Check {
    let adapter = noting(vendor)?;
    // Some vendors need notes for one kind of write only.
    let mut chunks = vendor.chunks.iter();
    let refused = chunks.any(|chunk| is_refused(&*adapter, &odd(chunk)));
    ensure(refused, || {
        "a note that nobody wrote down was taken".to_owned()
    })
}

/// The chunk with a note for each night that no adapter can have written.
fn odd(chunk: &Chunk) -> Chunk {
    let mut target: Target = (*chunk.target).clone();
    let mut notes = Notes::default();
    for row in &chunk.rows {
        let listed = &mut target.facts.sellables;
        listed
            .entry(row.ids.clone())
            .or_insert_with(|| sellable(row));
        for night in row.first.through(row.last) {
            notes.set(&row.ids, night, "\u{1}no adapter writes this");
        }
    }
    Chunk {
        target: Arc::new(notes.attach(&target, &chunk.rows)),
        ..chunk.clone()
    }
}

fn sellable(row: &Row) -> Sellable {
    Sellable {
        ids: row.ids.clone(),
        name: row.ids.to_string(),
        currency: None,
        derived: false,
        adults: Vec::new(),
        extra: BTreeMap::new(),
    }
}

fn is_refused(adapter: &dyn Adapter, chunk: &Chunk) -> bool {
    let pushed = adapter.push(chunk);
    pushed.is_err_and(|error| error.kind() == ErrorKind::Bug)
}
