//! Some nights of the sample, at a simulator of their own: written and read back.

use std::sync::Arc;

use rackrate_core::adapter::{Adapter, ReadAsk};
use rackrate_core::chunk::{Chunk, Row, Target};
use rackrate_core::exchange::Operation;
use rackrate_core::ids::Ids;
use rackrate_core::money::Minor;
use rackrate_core::night::Night;
use rackrate_core::rules::Rules;

use crate::clause::{Check, Stop, ensure, skip};
use crate::desk::Desk;
use crate::parse::Noted;
use crate::vendor::{Stage, Vendor};

pub(crate) struct Nights<'a> {
    desk: Desk<'a>,
    pub(crate) adapter: Box<dyn Adapter>,
    target: Arc<Target>,
    pub(crate) ids: Ids,
    pub(crate) first: Night,
    pub(crate) last: Night,
    /// The sample's prices of the first night.
    pub(crate) prices: Vec<(u8, Minor)>,
    writes: u64,
}

impl<'a> Nights<'a> {
    /// The first nights that the sample chunks have the most prices for.
    pub(crate) fn open(vendor: &'a Vendor, stage: &Stage, count: i32) -> Result<Self, Stop> {
        let rows = vendor.chunks.iter().flat_map(|chunk| &chunk.rows);
        let priced = rows.filter(|row| !row.prices.is_empty());
        // Of several with as many prices it is the first.
        let row = priced.rev().max_by_key(|row| row.prices.len());
        let row = row.ok_or_else(|| skip("the sample chunks have no prices"))?;
        let mut desk = Desk::open(vendor, &stage.hotel)?;
        Ok(Self {
            target: Arc::new(described(vendor, &mut desk)?),
            desk,
            adapter: vendor.adapter()?,
            ids: row.ids.clone(),
            first: row.first,
            last: row.first.plus(count - 1),
            prices: row.prices.clone(),
            writes: 0,
        })
    }

    /// Writes prices and restrictions, by two requests where they travel apart.
    pub(crate) fn write(
        &mut self,
        nights: (Night, Night),
        prices: &[(u8, Minor)],
        rules: Rules,
    ) -> Check {
        for chunk in self.chunks(nights, prices, rules)? {
            self.send(&chunk)?;
        }
        Ok(())
    }

    /// Whether the adapter builds the requests of that write.
    pub(crate) fn is_built(
        &mut self,
        nights: (Night, Night),
        prices: &[(u8, Minor)],
        rules: Rules,
    ) -> Result<bool, Stop> {
        let chunks = self.chunks(nights, prices, rules)?;
        Ok(chunks.iter().all(|chunk| self.adapter.push(chunk).is_ok()))
    }

    /// What is read of these nights and of the one on either side.
    pub(crate) fn read(&mut self) -> Result<Noted, Stop> {
        self.desk.read(&ReadAsk {
            target: Arc::clone(&self.target),
            first: self.first.plus(-1),
            last: self.last.next(),
        })
    }

    /// Whether prices of that thing are computed from another's.
    pub(crate) fn is_derived(&self, ids: &Ids) -> bool {
        let sellable = self.target.facts.sellables.get(ids);
        sellable.is_some_and(|one| one.derived)
    }

    fn chunks(
        &mut self,
        nights: (Night, Night),
        prices: &[(u8, Minor)],
        rules: Rules,
    ) -> Result<Vec<Chunk>, Stop> {
        if self.adapter.shape(Operation::Restrict).is_none() {
            return Ok(vec![self.chunk(Operation::Push, nights, prices, rules)?]);
        }
        let mut chunks = Vec::new();
        if !prices.is_empty() {
            chunks.push(self.chunk(Operation::Push, nights, prices, Rules::LEAVE)?);
        }
        if !rules.is_leave() {
            chunks.push(self.chunk(Operation::Restrict, nights, &[], rules)?);
        }
        Ok(chunks)
    }

    /// A row for each night: some vendors take no longer ones.
    fn chunk(
        &mut self,
        operation: Operation,
        (first, last): (Night, Night),
        prices: &[(u8, Minor)],
        rules: Rules,
    ) -> Result<Chunk, Stop> {
        let row = |night| Row {
            ids: self.ids.clone(),
            first: night,
            last: night,
            prices: prices.to_vec(),
            rules,
        };
        let rows: Vec<Row> = first.through(last).map(row).collect();
        let mut target = Arc::clone(&self.target);
        if self.adapter.manifest().reads_before_writing {
            target = Arc::new(self.read()?.notes.attach(&target, &rows));
        }
        Ok(Chunk {
            target,
            operation,
            rows,
        })
    }

    fn send(&mut self, chunk: &Chunk) -> Check {
        self.writes += 1;
        let receipt = self
            .desk
            .write(chunk, format!("{}", self.writes).as_bytes())?;
        self.desk.wait(self.adapter.manifest().settle);
        ensure(
            receipt.refused.is_empty() && receipt.unattributed.is_empty(),
            || format!("{:?} was refused: {receipt:?}", chunk.rows),
        )
    }
}

/// The samples' property with what discovery says of its rate plans, where the sample leaves
/// that out.
pub(crate) fn described(vendor: &Vendor, desk: &mut Desk<'_>) -> Result<Target, Stop> {
    let mut target = (*vendor.target).clone();
    let found = desk.discover()?.properties.into_iter();
    let ours = found.filter(|one| one.id == target.vendor_property);
    for sellable in ours.flat_map(|one| one.sellables) {
        let listed = &mut target.facts.sellables;
        listed.entry(sellable.ids.clone()).or_insert(sellable);
    }
    Ok(target)
}
