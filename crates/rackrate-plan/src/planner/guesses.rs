//! Rows of the mapping that nobody has confirmed: a property that needs one is not planned.
//!
//! A wrong guess would put the price of one room on another, and every other check would
//! find that in order.

use std::collections::{BTreeMap, BTreeSet};

use rackrate_core::finding::{Finding, Place};
use rackrate_core::ids::Ids;

use super::wishes::Wish;
use crate::mapping::{MappedProperty, Mapping, Names};

/// As many guesses as a message names.
const MOST: usize = 5;

/// The guesses that the wishes need, with their lines.
fn needed<'a>(
    mapped: &'a MappedProperty,
    wishes: &BTreeMap<Ids, Wish<'_>>,
) -> impl Iterator<Item = (&'a Names, u64)> {
    let wished: BTreeSet<_> = wishes
        .values()
        .map(|wish| (&wish.key.room_type, &wish.key.rate_plan))
        .collect();
    let guesses = mapped.guesses.iter();
    guesses
        .filter(move |((room_type, rate_plan), _)| wished.contains(&(room_type, rate_plan)))
        .map(|(names, line)| (names, *line))
}

/// Whether the wishes need a guess.
pub(super) fn any(mapped: &MappedProperty, wishes: &BTreeMap<Ids, Wish<'_>>) -> bool {
    needed(mapped, wishes).next().is_some()
}

/// What stops the property: the guesses that the wishes need, with their lines.
pub(super) fn told(
    mapping: &Mapping,
    mapped: &MappedProperty,
    wishes: &BTreeMap<Ids, Wish<'_>>,
    place: &Place,
) -> Option<Finding> {
    let mut needed: Vec<_> = needed(mapped, wishes).collect();
    needed.sort_by_key(|(_, line)| *line);
    let (_, first) = *needed.first()?;
    let place = Place {
        file: Some(mapping.file().to_owned()),
        ..place.clone()
    };
    let rows = needed
        .iter()
        .take(MOST)
        .map(|((room_type, rate_plan), line)| format!("{room_type} {rate_plan} (line {line})"));
    let mut rows = rows.collect::<Vec<_>>().join(", ");
    if needed.len() > MOST {
        rows += &format!(" and {} more", needed.len() - MOST);
    }
    let message = format!("guesses that nobody has confirmed: {rows}");
    Some(
        Finding::error("mapping.guess", place.at(first, "status"), message).hint(
            "Compare the codes with vendor_name, correct them, and write confirmed as the status.",
        ),
    )
}

/// What to do about codes of the calendar that are not mapped.
pub(super) fn hint_unmapped(mapped: &MappedProperty) -> &'static str {
    match mapped.guesses.is_empty() {
        true => "Add it to mapping.csv, or take it out of the calendar.",
        false => {
            "One of its guesses in mapping.csv may be this: give that row these codes, and write confirmed."
        }
    }
}
