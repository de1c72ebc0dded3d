//! Clauses T: the restrictions that a vendor has, those it has not, and where they travel.

use std::sync::Arc;

use rackrate_core::adapter::{Adapter, ReadAsk};
use rackrate_core::chunk::{Chunk, Row, Target};
use rackrate_core::error::ErrorKind;
use rackrate_core::exchange::Operation;
use rackrate_core::money::Minor;
use rackrate_core::rules::{Restriction, Rules, Set};
use rackrate_core::series::Seen;
use rackrate_core::shape::Unit;

use crate::clause::{Check, Stop, ensure, skip};
use crate::desk::Desk;
use crate::shapes::{first, first_of};
use crate::vendor::{Stage, Vendor};

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
        Night::open(vendor, stage)?
            .try_kind(kind)
            .map_err(|stop| match stop {
                Stop::Broken(text) => Stop::Broken(format!("{kind}: {text}")),
                skip => skip,
            })?;
    }
    Ok(())
}

/// One night of the sample, at a simulator of its own.
struct Night<'a> {
    desk: Desk<'a>,
    adapter: Box<dyn Adapter>,
    target: Arc<Target>,
    row: Row,
    writes: u64,
}

impl<'a> Night<'a> {
    fn open(vendor: &'a Vendor, stage: &Stage) -> Result<Self, Stop> {
        let row = vendor.chunks.iter().flat_map(|chunk| &chunk.rows);
        let row = row.clone().find(|row| !row.prices.is_empty());
        let mut row = row
            .ok_or_else(|| skip("the sample chunks have no prices"))?
            .clone();
        (row.last, row.rules) = (row.first, Rules::LEAVE);
        let mut desk = Desk::open(vendor, &stage.hotel)?;
        Ok(Self {
            target: Arc::new(described(vendor, &mut desk)?),
            desk,
            adapter: vendor.adapter()?,
            row,
            writes: 0,
        })
    }

    fn try_kind(&mut self, kind: Restriction) -> Check {
        let (some, none) = (some(kind), said(kind, Set::Clear));
        let shape = self.adapter.shape(Operation::Push);
        let whole = shape.is_some_and(|shape| shape.unit == Unit::PriceAndRestrictions);
        let prices = self.row.prices.clone();
        let dearer = |(adults, price): &(u8, Minor)| (*adults, Minor(price.0 + 1_000));
        let dearer: Vec<_> = prices.iter().map(dearer).collect();
        self.write(&prices, some)?;
        self.shows(&prices, some, "set")?;
        if whole {
            // What travels whole is never left out, so there is nothing to leave.
            self.write(&dearer, none)?;
        } else {
            self.write(&dearer, Rules::LEAVE)?;
            self.shows(&dearer, some, "left")?;
            self.write(&[], none)?;
        }
        self.shows(&dearer, none, "cleared")
    }

    /// Writes prices and restrictions, by two requests where they travel apart.
    fn write(&mut self, prices: &[(u8, Minor)], rules: Rules) -> Check {
        if self.adapter.shape(Operation::Restrict).is_none() {
            return self.send(Operation::Push, prices, rules);
        }
        if !prices.is_empty() {
            self.send(Operation::Push, prices, Rules::LEAVE)?;
        }
        if !rules.is_leave() {
            self.send(Operation::Restrict, &[], rules)?;
        }
        Ok(())
    }

    fn send(&mut self, operation: Operation, prices: &[(u8, Minor)], rules: Rules) -> Check {
        let rows = vec![Row {
            prices: prices.to_vec(),
            rules,
            ..self.row.clone()
        }];
        let mut target = self.target.clone();
        if self.adapter.manifest().reads_before_writing {
            let notes = self.desk.read(&self.ask())?.notes;
            target = Arc::new(notes.attach(&target, &rows));
        }
        let chunk = Chunk {
            target,
            operation,
            rows,
        };
        self.writes += 1;
        let receipt = self
            .desk
            .write(&chunk, format!("{}", self.writes).as_bytes())?;
        self.desk.wait(self.adapter.manifest().settle);
        ensure(
            receipt.refused.is_empty() && receipt.unattributed.is_empty(),
            || format!("{operation} of {rules} was refused: {receipt:?}"),
        )
    }

    fn ask(&self) -> ReadAsk {
        ReadAsk {
            target: self.target.clone(),
            first: self.row.first,
            last: self.row.first,
        }
    }

    fn shows(&mut self, prices: &[(u8, Minor)], rules: Rules, what: &str) -> Check {
        let noted = self.desk.read(&self.ask())?;
        let seen = noted.rules(&self.row.ids, self.row.first);
        ensure(rules.fulfilled_by(&seen), || {
            format!("it was {what}, and {seen} is read")
        })?;
        for (adults, price) in prices {
            let seen = noted.price(&self.row.ids, *adults, self.row.first);
            ensure(seen == Some(Seen::Price(*price)), || {
                format!("it was {what}, and the price {price:?} became {seen:?}")
            })?;
        }
        Ok(())
    }
}

/// The samples' property with what discovery says of its rate plans, where the sample leaves
/// that out.
fn described(vendor: &Vendor, desk: &mut Desk<'_>) -> Result<Target, Stop> {
    let mut target = (*vendor.target).clone();
    let found = desk.discover()?.properties.into_iter();
    let ours = found.filter(|one| one.id == target.vendor_property);
    for sellable in ours.flat_map(|one| one.sellables) {
        let listed = &mut target.facts.sellables;
        listed.entry(sellable.ids.clone()).or_insert(sellable);
    }
    Ok(target)
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
