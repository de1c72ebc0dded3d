//! Clauses V: the adapter and its simulator talk.

use rackrate_core::adapter::ReadAsk;
use rackrate_core::auth::Rotation;
use rackrate_core::chunk::Row;
use rackrate_core::error::ErrorKind;
use rackrate_core::exchange::Operation;
use rackrate_core::series::Seen;
use rackrate_core::simulator::Control;

use crate::clause::{Check, ensure, skip};
use crate::desk::{Desk, setup};
use crate::parse::is_success;
use crate::shapes::first;
use crate::vendor::Vendor;

pub(crate) fn read_back(vendor: &Vendor) -> Check {
    let Some(stage) = &vendor.stage else {
        return Err(skip("there is no simulator"));
    };
    let adapter = vendor.adapter()?;
    let mut desk = Desk::open(vendor, &stage.hotel)?;
    let found = desk.discover()?;
    let known = found.properties.iter().any(|one| one.id == stage.hotel.id);
    ensure(known, || "the hotel is not discovered".to_owned())?;
    for (at, chunk) in vendor.chunks.iter().enumerate() {
        let receipt = desk.write(chunk, format!("chunk {at}").as_bytes())?;
        let clean = receipt.refused.is_empty() && receipt.unattributed.is_empty();
        ensure(clean, || format!("chunk {at} was refused: {receipt:?}"))?;
    }
    desk.wait(adapter.manifest().settle);
    for chunk in &vendor.chunks {
        for row in &chunk.rows {
            compare(&mut desk, vendor, row)?;
        }
    }
    nothing_amiss(&mut desk, vendor.chunks.len() as u64)
}

fn compare(desk: &mut Desk<'_>, vendor: &Vendor, row: &Row) -> Check {
    let noted = desk.read(&ReadAsk {
        target: vendor.target.clone(),
        first: row.first,
        last: row.last,
    })?;
    for night in row.first.through(row.last) {
        for (adults, price) in &row.prices {
            let seen = noted.price(&row.ids, *adults, night);
            ensure(seen == Some(Seen::Price(*price)), || {
                let ids = &row.ids;
                format!("{ids} on {night} for {adults} is {seen:?}, not {price:?}")
            })?;
        }
        let seen = noted.rules(&row.ids, night);
        ensure(row.rules.fulfilled_by(&seen), || {
            format!("{} on {night} has {seen:?}, not {:?}", row.ids, row.rules)
        })?;
    }
    Ok(())
}

fn nothing_amiss(desk: &mut Desk<'_>, writes: u64) -> Check {
    let record = desk.server().record();
    ensure(
        (record.pushes, record.applied, record.doubled) == (writes, writes, 0),
        || format!("{writes} writes became {record:?}"),
    )?;
    let amiss = record.overlaps + record.breaches + record.early_repeats + record.unauthorised;
    ensure(amiss == 0, || format!("{record:?}"))
}

pub(crate) fn revoked(vendor: &Vendor) -> Check {
    let Some(stage) = &vendor.stage else {
        return Err(skip("there is no simulator"));
    };
    let adapter = vendor.adapter()?;
    let mut desk = Desk::open(vendor, &stage.hotel)?;
    if !desk.has_token() {
        return Err(skip("the vendor has no tokens"));
    }
    let now = desk.now();
    desk.server().control(&Control::RevokeTokens, now);
    let answer = desk.send(adapter.discover(&vendor.discover)?)?;
    let said = is_success(vendor, &*adapter, Operation::Discover, &answer);
    let consent = adapter.auth().consent();
    if consent.is_some_and(|consent| consent.rotation() == Rotation::Lasting) {
        // Nothing replaces a key; it has to be told as the end of its grant.
        return match said {
            Err(error) if error.kind().ends_grant() => Ok(()),
            other => Err(format!("a revoked key gives {other:?}").into()),
        };
    }
    match said {
        Err(error) if matches!(error.kind(), ErrorKind::Unauthenticated { .. }) => {}
        other => return Err(format!("a revoked token gives {other:?}").into()),
    }
    desk.renew()?;
    desk.discover().map(|_| ())
}

pub(crate) fn restart(vendor: &Vendor) -> Check {
    let Some(stage) = &vendor.stage else {
        return Err(skip("there is no simulator"));
    };
    let mut desk = Desk::open(vendor, &stage.hotel)?;
    desk.write(first(vendor)?, b"one")?;
    let saved = desk.server().save();
    let mut again = setup(vendor, vec![stage.hotel.clone()]);
    again.saved = Some(saved.clone());
    let restarted = (stage.build)(again)?;
    ensure(restarted.save() == saved, || {
        "it saves another state".to_owned()
    })?;
    ensure(restarted.held() == desk.server().held(), || {
        "prices are lost".to_owned()
    })?;
    ensure(restarted.record() == desk.server().record(), || {
        "the record is lost".to_owned()
    })
}
