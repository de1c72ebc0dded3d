//! Rows cut to what one request of an adapter may carry, in few requests.
//!
//! Nights come in order, the nearest first, because those sell first. Which rows there are
//! is decided by [`crate::intervals`]; the order between requests is the engine's.
//!
//! Invariant: every cell of the rows is in exactly one chunk, every chunk keeps its shape.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use rackrate_core::adapter::Adapter;
use rackrate_core::chunk::{Chunk, Row, Target};
use rackrate_core::exchange::Operation;
use rackrate_core::ids::{Ids, VendorId};
use rackrate_core::night::Night;
use rackrate_core::notes::Notes;
use rackrate_core::rules::{Rules, Set};
use rackrate_core::shape::{Group, Item, Shape, Unit};

use crate::intervals::Needs;

/// The forms of a vendor's writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shapes {
    /// A write of prices, and of restrictions where they travel along.
    pub prices: Shape,
    /// A write of restrictions, where they do not travel with prices.
    pub restrictions: Option<Shape>,
}

impl Shapes {
    /// What the adapter states; `None` where it writes no prices.
    pub fn of(adapter: &dyn Adapter) -> Option<Self> {
        Some(Self {
            prices: adapter.shape(Operation::Push)?,
            restrictions: adapter.shape(Operation::Restrict),
        })
    }

    /// What of a night must travel together.
    pub fn needs(&self) -> Needs {
        let whole = |unit| matches!(unit, Unit::PriceAndRestrictions | Unit::AllRestrictions);
        let apart = self.restrictions.is_some_and(|shape| whole(shape.unit));
        Needs {
            prices: self.prices.unit,
            all_rules: apart || whole(self.prices.unit),
        }
    }
}

/// Cuts `rows` to the shapes. They may come in any order and touch each other, but no two
/// of one thing overlap.
///
/// Each chunk's target carries the notes of its own nights.
///
/// A price that alone is beyond `max_bytes` gets a request of its own: nothing smaller
/// can be made of it.
pub fn chunks(target: &Arc<Target>, shapes: &Shapes, rows: Vec<Row>) -> Vec<Chunk> {
    let notes = Notes::of(target);
    let noted = |rows: &[Row]| match notes.is_empty() {
        true => Arc::clone(target),
        false => Arc::new(notes.attach(target, rows)),
    };
    let cut = |pass: Pass| {
        let groups = grouped(pass.shape.group, pass.rows);
        let packed = groups
            .into_iter()
            .flat_map(move |rows| packed(target, &pass.shape, rows));
        packed.map(move |rows| Chunk {
            target: noted(&rows),
            operation: pass.operation,
            rows,
        })
    };
    passes(shapes, rows).into_iter().flat_map(cut).collect()
}

/// The items that a row counts as: one wire row for each price where an item is a night.
pub fn items(shape: &Shape, row: &Row) -> u32 {
    match shape.item {
        Item::Night => u32::try_from(row.prices.len().max(1)).unwrap_or(u32::MAX),
        Item::Range { .. } => 1,
    }
}

/// An upper estimate of the bytes that a row adds to a body.
///
/// 320 bytes cover the field names, dates, an amount of 18 digits and the currency in JSON
/// as in a form with encoded brackets; identifiers count threefold, as if every byte of
/// them were percent-encoded. Further prices of one item add 160 bytes each.
pub fn estimated_bytes(target: &Target, shape: &Shape, row: &Row) -> u64 {
    let length = |id: &Option<VendorId>| id.as_ref().map_or(0, |id| id.as_str().len());
    let ids = target.vendor_property.as_str().len() + length(&row.ids.room) + length(&row.ids.plan);
    let one = 320 + 3 * ids as u64;
    match shape.item {
        Item::Night => one * u64::from(items(shape, row)),
        Item::Range { .. } => one + 160 * (row.prices.len().max(1) as u64 - 1),
    }
}

/// What an empty body may take, whatever it carries.
const ENVELOPE_BYTES: u64 = 512;

/// Rows that the vendor wants in requests of their own.
struct Pass {
    operation: Operation,
    shape: Shape,
    rows: Vec<Row>,
}

/// Separates prices, restrictions to clear and restrictions to set, in this order: what is
/// cleared must not undo what is set on the same nights.
fn passes(shapes: &Shapes, rows: Vec<Row>) -> [Pass; 3] {
    let (operation, shape) = match shapes.restrictions {
        Some(shape) => (Operation::Restrict, shape),
        None => (Operation::Push, shapes.prices),
    };
    let [mut together, mut clears, mut sets] = [const { Vec::new() }; 3];
    let whole = shape.unit == Unit::PriceAndRestrictions;
    for mut row in rows {
        let cleared = row.rules.only(|_, wish| wish == Set::Clear);
        let set = row.rules.only(|_, wish| wish != Set::Clear);
        match (shape.clears_apart, shapes.restrictions.is_some()) {
            (true, _) if whole && !cleared.is_leave() => {
                clears.push(row);
                continue;
            }
            (true, true) => {
                clears.extend(ruled(&row, cleared));
                sets.extend(ruled(&row, set));
                row.rules = Rules::LEAVE;
            }
            (true, false) => {
                clears.extend(ruled(&row, cleared));
                row.rules = set;
            }
            (false, true) => {
                sets.extend(ruled(&row, row.rules));
                row.rules = Rules::LEAVE;
            }
            (false, false) => {}
        }
        if !row.prices.is_empty() || !row.rules.is_leave() {
            together.push(row);
        }
    }
    let apart = |rows| Pass {
        operation,
        shape,
        rows,
    };
    let prices = Pass {
        operation: Operation::Push,
        shape: shapes.prices,
        rows: together,
    };
    [prices, apart(clears), apart(sets)]
}

/// The nights of a row with these restrictions alone.
fn ruled(row: &Row, rules: Rules) -> Option<Row> {
    (!rules.is_leave()).then(|| Row {
        prices: Vec::new(),
        rules,
        ..row.clone()
    })
}

fn grouped(group: Group, rows: Vec<Row>) -> Vec<Vec<Row>> {
    let mut groups: BTreeMap<Option<Ids>, Vec<Row>> = BTreeMap::new();
    for row in rows {
        let key = match (group, &row.ids.plan) {
            (Group::Property, _) => None,
            (Group::Plan, None) => Some(row.ids.clone()),
            (Group::Plan, Some(plan)) => Some(Ids {
                room: None,
                plan: Some(plan.clone()),
            }),
        };
        groups.entry(key).or_default().push(row);
    }
    groups.into_values().collect()
}

/// Joins neighbours with equal wishes, so that nothing is cut that need not be.
fn merged(mut rows: Vec<Row>) -> Vec<Row> {
    rows.sort_by(|a, b| (&a.ids, a.first).cmp(&(&b.ids, b.first)));
    let mut out: Vec<Row> = Vec::with_capacity(rows.len());
    for row in rows {
        match out.last_mut() {
            Some(last) if continues(last, &row) => last.last = row.last,
            _ => out.push(row),
        }
    }
    out
}

fn continues(last: &Row, row: &Row) -> bool {
    last.ids == row.ids
        && last.last.next() == row.first
        && last.prices == row.prices
        && last.rules == row.rules
}

/// The longest stretch that one item may cover.
fn longest(shape: &Shape) -> u32 {
    match shape.item {
        Item::Night => 1,
        Item::Range { max_nights } => max_nights.min(shape.max_nights).max(1),
    }
}

fn cut(row: Row, longest: u32) -> impl Iterator<Item = Row> {
    let mut rest = Some(row);
    std::iter::from_fn(move || {
        let mut row = rest.take()?;
        if row.nights() > longest {
            let last = plus(row.first, longest - 1);
            let first = last.next();
            rest = Some(Row {
                first,
                ..row.clone()
            });
            row.last = last;
        }
        Some(row)
    })
}

fn plus(night: Night, days: u32) -> Night {
    night.plus(i32::try_from(days).unwrap_or(i32::MAX))
}

fn packed(target: &Target, shape: &Shape, rows: Vec<Row>) -> Vec<Vec<Row>> {
    let longest = longest(shape);
    let mut waiting: Vec<Row> = merged(rows)
        .into_iter()
        .flat_map(|row| cut(row, longest))
        .collect();
    waiting.sort_by(|a, b| (a.first, a.last, &a.ids).cmp(&(b.first, b.last, &b.ids)));
    let mut waiting = VecDeque::from(waiting);
    let mut out = Vec::new();
    while let Some(first) = waiting.pop_front() {
        out.push(Packer::new(target, shape, first, &mut waiting).fill(&mut waiting));
    }
    out
}

/// One request being filled, from the earliest waiting night on.
struct Packer<'a> {
    target: &'a Target,
    shape: &'a Shape,
    /// The last night that still is within `max_nights`.
    end: Night,
    items: u32,
    bytes: u64,
    rows: Vec<Row>,
}

impl<'a> Packer<'a> {
    /// Opens a request with `first`, which always goes in, cut to the items allowed.
    fn new(target: &'a Target, shape: &'a Shape, first: Row, waiting: &mut VecDeque<Row>) -> Self {
        let mut packer = Self {
            target,
            shape,
            end: plus(first.first, shape.max_nights.max(1) - 1),
            items: 0,
            bytes: ENVELOPE_BYTES,
            rows: Vec::new(),
        };
        match packer.split(first) {
            (part, None) => packer.take(part),
            (part, Some(rest)) => {
                packer.take(part);
                waiting.push_front(rest);
            }
        }
        packer
    }

    /// Takes what fits, in order; what only ends too late waits for the next request.
    fn fill(mut self, waiting: &mut VecDeque<Row>) -> Vec<Row> {
        let mut later = Vec::new();
        while self.items < self.shape.max_items
            && waiting.front().is_some_and(|row| row.first <= self.end)
            && let Some(row) = waiting.pop_front()
        {
            if row.last > self.end {
                later.push(row);
                continue;
            }
            let (part, rest) = self.split(row);
            if !self.fits(&part) {
                later.extend(std::iter::once(rejoin(part, rest)));
                break;
            }
            self.take(part);
            if let Some(rest) = rest {
                waiting.push_front(rest);
            }
        }
        later
            .into_iter()
            .rev()
            .for_each(|row| waiting.push_front(row));
        self.rows
    }

    fn fits(&self, row: &Row) -> bool {
        let bytes = self.bytes + estimated_bytes(self.target, self.shape, row);
        self.items + items(self.shape, row) <= self.shape.max_items
            && bytes <= u64::from(self.shape.max_bytes)
    }

    fn take(&mut self, row: Row) {
        self.items = self.items.saturating_add(items(self.shape, &row));
        self.bytes += estimated_bytes(self.target, self.shape, &row);
        self.rows.push(row);
    }

    /// How many prices of a night still go in.
    fn room(&self, row: &Row) -> usize {
        let left = self.shape.max_items.saturating_sub(self.items);
        let each = estimated_bytes(self.target, self.shape, row)
            / u64::from(items(self.shape, row).max(1));
        let bytes = u64::from(self.shape.max_bytes).saturating_sub(self.bytes) / each.max(1);
        usize::try_from(bytes.min(u64::from(left))).unwrap_or(usize::MAX)
    }

    /// Parts a night whose prices exceed the room left, where each price goes for itself.
    /// Its restrictions stay with the first part.
    fn split(&self, mut row: Row) -> (Row, Option<Row>) {
        let apart = self.shape.item == Item::Night && self.shape.unit == Unit::Cell;
        let room = self.room(&row).max(1);
        if !apart || row.prices.len() <= room {
            return (row, None);
        }
        let rest = Row {
            prices: row.prices.split_off(room),
            rules: Rules::LEAVE,
            ..row.clone()
        };
        (row, Some(rest))
    }
}

/// Undoes a split.
fn rejoin(mut part: Row, rest: Option<Row>) -> Row {
    part.prices
        .extend(rest.into_iter().flat_map(|rest| rest.prices));
    part
}

#[cfg(test)]
mod tests;
