//! Codes of ours for what one property sells at a vendor.
//!
//! Invariant: two room types of the vendor never get one code, and no pair of codes is
//! given twice.

use std::collections::{BTreeMap, BTreeSet};

use rackrate_core::adapter::DiscoveredProperty;
use rackrate_core::chunk::Sellable;
use rackrate_core::ids::{PropertyCode, RatePlanCode, RoomTypeCode, VendorId};

use super::Codes;
use super::names::{Parts, parts};
use super::words::{code, folded, initials};
use crate::mapping::{MappedProperty, Names};

/// What rate plans are called everywhere, and the code that everybody knows.
const USUAL: [(&str, &str); 5] = [
    ("bestavailablerate", "BAR"),
    ("bestavailable", "BAR"),
    ("nonrefundable", "NRF"),
    ("nonrefundablerate", "NRF"),
    ("nonref", "NRF"),
];

/// The code of a rate plan of which nothing is known, not even a name.
const UNNAMED: &str = "BAR";

/// Gives codes to what one property sells.
#[derive(Debug)]
pub(super) struct Coder<'a> {
    sellables: &'a [Sellable],
    parts: Vec<Parts>,
    mapped: Option<&'a MappedProperty>,
    rooms_in_use: BTreeSet<&'a str>,
    plans_in_use: BTreeSet<&'a str>,
    plans_elsewhere: BTreeSet<&'a str>,
    /// Codes given to room types, by the vendor's identifier or, without one, the name.
    rooms: BTreeMap<String, String>,
    given: BTreeSet<Names>,
}

impl<'a> Coder<'a> {
    pub(super) fn new(
        property: &PropertyCode,
        there: &'a DiscoveredProperty,
        mapped: Option<&'a MappedProperty>,
        codes: &'a Codes,
    ) -> Self {
        let pairs = || codes.pairs(property);
        let mut rooms = BTreeMap::new();
        for ((room_type, _), ids) in mapped.iter().flat_map(|one| &one.sold) {
            if let Some(room) = &ids.room {
                rooms
                    .entry(room.to_string())
                    .or_insert_with(|| room_type.to_string());
            }
        }
        Self {
            sellables: &there.sellables,
            parts: parts(&there.sellables),
            mapped,
            rooms_in_use: pairs().map(|(room, _)| room.as_str()).collect(),
            plans_in_use: pairs().map(|(_, plan)| plan.as_str()).collect(),
            plans_elsewhere: codes.all().map(|(_, plan)| plan.as_str()).collect(),
            rooms,
            given: mapped
                .iter()
                .flat_map(|one| one.sold.keys().cloned())
                .collect(),
        }
    }

    /// The codes of one of the sellables; asked for once for each.
    pub(super) fn names(&mut self, at: usize) -> Names {
        let room = self.room(at);
        let plan = self.plan(at);
        let pair = |plan: &str| {
            let made = (RoomTypeCode::new(&room), RatePlanCode::new(plan));
            match made {
                (Ok(room), Ok(plan)) => (room, plan),
                _ => unreachable!("codes in use and new ones are not empty"),
            }
        };
        let free = numbered(&plan, |plan| !self.given.contains(&pair(plan)));
        let names = pair(&free);
        self.given.insert(names.clone());
        names
    }

    fn room(&mut self, at: usize) -> String {
        let (part, id) = (&self.parts[at].room, self.sellables[at].ids.room.as_ref());
        let key = id.map_or_else(|| folded(part), ToString::to_string);
        if let Some(known) = self.rooms.get(&key) {
            return known.clone();
        }
        let free = |code: &str| !self.rooms.values().any(|taken| taken == code);
        let in_use = self.rooms_in_use.iter().copied().filter(|code| free(code));
        let code = fitting(in_use, part, id)
            .map(str::to_owned)
            .unwrap_or_else(|| numbered(&new(part, id, "ROOM"), free));
        self.rooms.insert(key, code.clone());
        code
    }

    fn plan(&self, at: usize) -> String {
        let (part, id) = (&self.parts[at].plan, self.sellables[at].ids.plan.as_ref());
        let in_use = || self.plans_in_use.iter().copied();
        let known = self
            .mapped_plan(id)
            .or_else(|| fitting(in_use(), part, id))
            .or_else(|| fitting(self.plans_elsewhere.iter().copied(), part, id))
            .or_else(|| self.only_plan())
            .or_else(|| usual(part));
        known
            .map(str::to_owned)
            .unwrap_or_else(|| new(part, id, UNNAMED))
    }

    /// The code that this rate plan of the vendor has for other room types.
    fn mapped_plan(&self, id: Option<&VendorId>) -> Option<&str> {
        let sold = self.mapped.iter().flat_map(|one| &one.sold);
        let same = sold.filter(|(_, ids)| id.is_some() && ids.plan.as_ref() == id);
        let codes: BTreeSet<_> = same.map(|((_, plan), _)| plan.as_str()).collect();
        only(codes.into_iter())
    }

    /// Ours, where we have one only and the vendor too.
    fn only_plan(&self) -> Option<&str> {
        let own = self.sellables.iter().zip(&self.parts);
        let own = own.filter(|(one, _)| !one.derived);
        let theirs: BTreeSet<_> = own.map(|(_, parts)| folded(&parts.plan)).collect();
        only(self.plans_in_use.iter().copied()).filter(|_| theirs.len() == 1)
    }
}

/// The one code that is equal to the name or the identifier; else the one that is the
/// name's initials.
fn fitting<'a>(
    codes: impl Iterator<Item = &'a str> + Clone,
    name: &str,
    id: Option<&VendorId>,
) -> Option<&'a str> {
    let (name, short) = (folded(name), initials(name));
    let id = id.map(|id| folded(id.as_str()));
    let equal = codes
        .clone()
        .filter(|code| Some(folded(code)) == id || folded(code) == name);
    let begun = codes.filter(|code| short.len() > 1 && folded(code) == short);
    only(equal).or_else(|| only(begun))
}

fn usual(name: &str) -> Option<&'static str> {
    let name = folded(name);
    let known = USUAL.iter().find(|(usual, _)| *usual == name);
    known.map(|(_, code)| *code)
}

/// A code of the name's words, else of the identifier's.
fn new(name: &str, id: Option<&VendorId>, unnamed: &str) -> String {
    let id = id.map(|id| code(id.as_str()));
    let all = [code(name), id.unwrap_or_default(), unnamed.to_owned()];
    let said = all.into_iter().find(|code| !code.is_empty());
    said.unwrap_or_default()
}

fn only<T>(mut all: impl Iterator<Item = T>) -> Option<T> {
    let first = all.next();
    first.filter(|_| all.next().is_none())
}

/// The code, or the first of `CODE-2`, `CODE-3` … that is free.
fn numbered(code: &str, free: impl Fn(&str) -> bool) -> String {
    let more = (2_u32..).map(|number| format!("{code}-{number}"));
    let mut all = std::iter::once(code.to_owned()).chain(more);
    all.find(|code| free(code)).unwrap_or_default()
}
