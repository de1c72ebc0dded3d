//! Cells by series while a file is read, with the line each came from.
//!
//! The lines cost four bytes a cell until the file is read; they let a message about a
//! cell that is there twice name both lines.

use std::collections::BTreeMap;

use rackrate_core::money::Minor;
use rackrate_core::night::Night;
use rackrate_core::rules::{Restriction, Rules};
use rackrate_core::series::{Seen, Series};

/// Numbers of a property, room type and rate plan, and the adults.
pub(super) type SlotKey = (usize, usize, usize, u8);

/// All series of the file.
#[derive(Debug, Default)]
pub(super) struct Cells {
    index: BTreeMap<SlotKey, usize>,
    slots: Vec<Slot>,
    last: Option<(SlotKey, usize)>,
    pub(super) count: u64,
}

/// One series and its lines.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) series: Series,
    first: Night,
    lines: Vec<u32>,
}

/// What a line wishes for a night.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell {
    pub(super) night: Night,
    pub(super) price: Option<Minor>,
    pub(super) rules: Rules,
    pub(super) line: u64,
}

impl Cells {
    /// Takes a cell, or gives the line that had the same one before.
    pub(super) fn add(&mut self, key: SlotKey, cell: Cell) -> Result<(), u64> {
        let at = match self.last {
            Some((last, at)) if last == key => at,
            _ => self.slot(key, cell.night),
        };
        self.last = Some((key, at));
        self.slots[at].add(cell)?;
        self.count += 1;
        Ok(())
    }

    /// Nights for which two numbers of adults wish different restrictions: the line of the
    /// later one, and of the earlier, and which restriction.
    pub(super) fn contradictions(&self) -> Vec<(u64, u64, Restriction)> {
        let mut group: Vec<&Slot> = Vec::new();
        let mut last = None;
        let mut found = Vec::new();
        for ((property, room, plan, _), at) in &self.index {
            if last.replace((property, room, plan)) != Some((property, room, plan)) {
                group.clear();
            }
            let slot = &self.slots[*at];
            if !group.is_empty() {
                found.extend(
                    slot.series
                        .nights()
                        .filter_map(|night| slot.against(&group, night)),
                );
            }
            group.push(slot);
        }
        found.sort_unstable();
        found
    }

    /// The series, by the numbers of their identifiers.
    pub(super) fn into_series(self) -> impl Iterator<Item = (SlotKey, Series)> {
        let Self { index, slots, .. } = self;
        let mut slots: Vec<Option<Series>> =
            slots.into_iter().map(|slot| Some(slot.series)).collect();
        let taken = move |(key, at): (SlotKey, usize)| Some((key, slots[at].take()?));
        index.into_iter().filter_map(taken)
    }

    fn slot(&mut self, key: SlotKey, night: Night) -> usize {
        *self.index.entry(key).or_insert_with(|| {
            self.slots.push(Slot {
                series: Series::unknown(night, night.previous()),
                first: night,
                lines: Vec::new(),
            });
            self.slots.len() - 1
        })
    }
}

impl Slot {
    fn add(&mut self, cell: Cell) -> Result<(), u64> {
        let line = self.line_mut(cell.night);
        if *line != 0 {
            return Err(u64::from(*line));
        }
        *line = u32::try_from(cell.line).unwrap_or(u32::MAX);
        let price = cell.price.map(Seen::Price);
        self.series.set_price(cell.night, price);
        self.series.set_rules(cell.night, cell.rules);
        Ok(())
    }

    fn line_mut(&mut self, night: Night) -> &mut u32 {
        let before = self.first.since(night);
        if let Some(before) = usize::try_from(before).ok().filter(|before| *before > 0) {
            self.lines.splice(0..0, std::iter::repeat_n(0, before));
            self.first = night;
        }
        let at = usize::try_from(night.since(self.first)).unwrap_or(0);
        if at >= self.lines.len() {
            self.lines.resize(at + 1, 0);
        }
        &mut self.lines[at]
    }

    fn line(&self, night: Night) -> u64 {
        let at = usize::try_from(night.since(self.first)).ok();
        at.and_then(|at| self.lines.get(at))
            .copied()
            .unwrap_or(0)
            .into()
    }

    fn against(&self, others: &[&Self], night: Night) -> Option<(u64, u64, Restriction)> {
        let rules = self.series.rules(night);
        if rules.is_leave() {
            return None;
        }
        let differs = |other: &Self| {
            let theirs = other.series.rules(night);
            rules.said().map(|(kind, _)| kind).find(|kind| {
                let wish = rules.only(|one, _| one == *kind);
                !theirs.get(*kind).is_leave() && !wish.fulfilled_by(&theirs)
            })
        };
        let (other, kind) = others
            .iter()
            .find_map(|other| Some((other, differs(other)?)))?;
        let (one, two) = (self.line(night), other.line(night));
        Some((one.max(two), one.min(two), kind))
    }
}
