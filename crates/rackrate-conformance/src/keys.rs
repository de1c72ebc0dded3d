//! Clauses I: repeated writes.

use bytes::Bytes;
use rackrate_core::exchange::{Operation, Request};
use rackrate_core::idempotency::Guarantee;
use rackrate_core::key::Key;

use crate::clause::{Check, Stop, ensure, skip};
use crate::credentials::requests;
use crate::desk::Desk;
use crate::shapes::first;
use crate::vendor::Vendor;

/// The bytes of a request, headers included.
fn bytes(vendor: &Vendor, request: &Request) -> Result<(String, Bytes), Stop> {
    let wire = request.expose(&vendor.adapter()?.manifest().vendor)?;
    let head = format!("{} {:?}", wire.uri(), wire.headers());
    Ok((head, wire.into_body()))
}

fn is_keyed(vendor: &Vendor) -> Result<bool, Stop> {
    let guarantee = vendor.adapter()?.idempotency().guarantee(Operation::Push);
    Ok(matches!(guarantee, Guarantee::Keyed { .. }))
}

pub(crate) fn stamp(vendor: &Vendor) -> Check {
    let keyed = is_keyed(vendor)?;
    for request in requests(vendor, &*vendor.adapter()?)? {
        let what = request.operation;
        let one = bytes(vendor, &stamped(vendor, &request, b"one")?)?;
        let same = bytes(vendor, &stamped(vendor, &request, b"one")?)?;
        ensure(one == same, || {
            format!("{what}: the same key gives two requests")
        })?;
        let two = stamped(vendor, &request, b"two")?;
        let differs = one != bytes(vendor, &two)?;
        ensure(differs == (keyed && what.writes()), || {
            format!("{what}: that another key changes the request is {differs}")
        })?;
        let again = bytes(vendor, &stamped(vendor, &two, b"one")?)?;
        ensure(again == one, || {
            format!("{what}: a second stamp leaves the first one in")
        })?;
    }
    Ok(())
}

fn stamped(vendor: &Vendor, request: &Request, key: &[u8]) -> Result<Request, Stop> {
    let mut request = request.clone();
    let adapter = vendor.adapter()?;
    adapter.idempotency().stamp(&Key::of(&[key]), &mut request);
    Ok(request)
}

pub(crate) fn replay(vendor: &Vendor) -> Check {
    if !is_keyed(vendor)? {
        return Err(skip("the vendor has no keys"));
    }
    let Some(stage) = &vendor.stage else {
        return Err(skip("there is no simulator"));
    };
    let mut desk = Desk::open(vendor, &stage.hotel)?;
    for _ in 0..3 {
        desk.write(first(vendor)?, b"one")?;
    }
    let record = desk.server().record();
    ensure(
        (record.applied, record.replays, record.doubled) == (1, 2, 0),
        || format!("{record:?}"),
    )
}
