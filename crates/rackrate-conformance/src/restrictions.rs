//! Clauses T: the restrictions that a vendor has, those it has not, and where they travel.

use rackrate_core::adapter::Adapter;
use rackrate_core::chunk::{Chunk, Row};
use rackrate_core::error::ErrorKind;
use rackrate_core::exchange::Operation;
use rackrate_core::money::Minor;
use rackrate_core::rules::{Restriction, Rules, Set};
use rackrate_core::series::Seen;
use rackrate_core::shape::Unit;

use crate::clause::{Check, Stop, ensure, skip};
use crate::nights::Nights;
use crate::shapes::{first, first_of};
use crate::vendor::Vendor;

/// A restriction of that kind: three nights, or on.
fn some(kind: Restriction) -> Rules {
    said(kind, Set::To(if kind.is_flag() { 1 } else { 3 }))
}

fn said(kind: Restriction, wish: Set<u16>) -> Rules {
    let mut rules = Rules::LEAVE;
    rules.set(kind, wish);
    rules
}

pub(crate) fn set_left_cleared(vendor: &Vendor) -> Check {
    let Some(stage) = &vendor.stage else {
        return Err(skip("there is no simulator"));
    };
    let kinds = vendor.adapter()?.manifest().restrictions.clone();
    if kinds.is_empty() {
        return Err(skip("the vendor has no restrictions"));
    }
    for kind in kinds {
        let mut night = Nights::open(vendor, stage, 1)?;
        try_kind(&mut night, kind).map_err(|stop| match stop {
            Stop::Broken(text) => Stop::Broken(format!("{kind}: {text}")),
            skip => skip,
        })?;
    }
    Ok(())
}

fn try_kind(nights: &mut Nights<'_>, kind: Restriction) -> Check {
    let (some, none) = (some(kind), said(kind, Set::Clear));
    let shape = nights.adapter.shape(Operation::Push);
    let whole = shape.is_some_and(|shape| shape.unit == Unit::PriceAndRestrictions);
    let (at, prices) = ((nights.first, nights.last), nights.prices.clone());
    let dearer = |(adults, price): &(u8, Minor)| (*adults, Minor(price.0 + 1_000));
    let dearer: Vec<_> = prices.iter().map(dearer).collect();
    nights.write(at, &prices, some)?;
    shows(nights, &prices, some, "set")?;
    if whole {
        // What travels whole is never left out, so there is nothing to leave.
        nights.write(at, &dearer, none)?;
    } else {
        nights.write(at, &dearer, Rules::LEAVE)?;
        shows(nights, &dearer, some, "left")?;
        nights.write(at, &[], none)?;
    }
    shows(nights, &dearer, none, "cleared")
}

fn shows(nights: &mut Nights<'_>, prices: &[(u8, Minor)], rules: Rules, what: &str) -> Check {
    let noted = nights.read()?;
    let seen = noted.rules(&nights.ids, nights.first);
    ensure(rules.fulfilled_by(&seen), || {
        format!("it was {what}, and {seen} is read")
    })?;
    for (adults, price) in prices {
        let seen = noted.price(&nights.ids, *adults, nights.first);
        ensure(seen == Some(Seen::Price(*price)), || {
            format!("it was {what}, and the price {price:?} became {seen:?}")
        })?;
    }
    Ok(())
}

pub(crate) fn unlisted(vendor: &Vendor) -> Check {
    let adapter = vendor.adapter()?;
    first(vendor)?;
    let listed = &adapter.manifest().restrictions;
    for operation in [Operation::Push, Operation::Restrict] {
        let Some(good) = first_of(vendor, operation) else {
            continue;
        };
        for kind in Restriction::ALL
            .iter()
            .filter(|kind| !listed.contains(kind))
        {
            // Beside what the row says already, so that dropping it leaves a good row.
            let more = |row: &mut Row| row.rules = some(*kind).or(&row.rules);
            refused(&*adapter, good, more).map_err(|text| {
                Stop::Broken(format!(
                    "{operation} with {kind}, which is not listed: {text}"
                ))
            })?;
        }
    }
    Ok(())
}

pub(crate) fn apart(vendor: &Vendor) -> Check {
    let adapter = vendor.adapter()?;
    if adapter.shape(Operation::Restrict).is_none() {
        return Err(skip("restrictions have no requests of their own"));
    }
    let of = |operation: Operation| {
        let missing = || Stop::Broken(format!("no sample chunk is for {operation}"));
        first_of(vendor, operation).ok_or_else(missing)
    };
    let listed = adapter.manifest().restrictions.first();
    let kind = *listed.ok_or_else(|| "no restriction is listed".to_owned())?;
    refused(&*adapter, of(Operation::Push)?, |row| {
        row.rules = some(kind)
    })
    .map_err(|text| format!("a restriction among prices: {text}"))?;
    let restrict = of(Operation::Restrict)?;
    refused(&*adapter, restrict, |row| {
        row.prices = vec![(2, Minor(12_900))]
    })
    .map_err(|text| format!("a price among restrictions: {text}"))?;
    Ok(())
}

/// Whether the chunk's first row, once it is spoilt, is refused as a fault of the program.
fn refused(adapter: &dyn Adapter, good: &Chunk, spoil: impl Fn(&mut Row)) -> Result<(), String> {
    adapter.push(good).map_err(|error| error.to_string())?;
    let mut chunk = good.clone();
    chunk.rows.iter_mut().take(1).for_each(spoil);
    match adapter.push(&chunk) {
        Err(error) if error.kind() == ErrorKind::Bug => Ok(()),
        Err(error) => Err(format!("it is refused as {error}")),
        Ok(_) => Err("it was built".to_owned()),
    }
}
