//! Which nights must be read live before planning.

use std::collections::BTreeSet;
use std::sync::Arc;

use rackrate_core::chunk::Target;
use rackrate_core::night::Night;

use super::able;
use super::guesses;
use super::wishes::{Wish, wishes};
use super::{Inputs, oldest, writing};
use crate::intervals::{Occupancy, desired_rules, known_rules};
use crate::known::{Known, Shown};

/// Nights of a property at a connection of which too little is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// The property.
    pub target: Arc<Target>,
    /// The first night.
    pub first: Night,
    /// The last night, meant too.
    pub last: Night,
}

/// The windows to read: nights with a wish of which nothing younger than `max_age` is
/// known, or all nights with a wish where each plan needs a live read. Neighbouring nights of one property are one window; cutting it to the shape of a
/// read is the caller's.
pub fn stale(inputs: &Inputs<'_>) -> Vec<Window> {
    let known = Known::of(inputs.seen, oldest(inputs));
    let nothing = Shown::new();
    let mut windows = Vec::new();
    for (property, series) in inputs.calendar.by_property() {
        if !inputs.selection.has_property(property) {
            continue;
        }
        for connection in writing(inputs, property) {
            let mapped = inputs.mapping.property(&connection.id, property);
            let target = connection.targets.get(property);
            let Some((mapped, target)) = mapped.zip(target) else {
                continue;
            };
            let shown = known.lane(&connection.id, &target.vendor_property);
            let shown = shown.unwrap_or(&nothing);
            let (mut wishes, _) = wishes(inputs.selection, mapped, &series);
            if guesses::any(mapped, &wishes) {
                // It will be refused, so nothing is asked for it.
                continue;
            }
            able::strip(connection, target, &mut wishes);
            let nights: BTreeSet<Night> = wishes
                .iter()
                .flat_map(|(ids, wish)| {
                    let occupancies = wish.occupancies(ids, shown);
                    match connection.reads_before_writing {
                        true => wished(wish, |night| is_wished(&occupancies, night)),
                        false => wished(wish, |night| is_unseen(&occupancies, night)),
                    }
                })
                .collect();
            windows.extend(merged(target, nights));
        }
    }
    windows
}

fn wished(wish: &Wish<'_>, meant: impl Fn(Night) -> bool) -> Vec<Night> {
    let first = wish.series.values().map(|series| series.first()).min();
    let last = wish.series.values().map(|series| series.last()).max();
    let nights = first.zip(last).into_iter().flat_map(|(a, z)| a.through(z));
    nights.filter(|night| meant(*night)).collect()
}

fn is_wished(occupancies: &[Occupancy<'_>], night: Night) -> bool {
    let ruled = !desired_rules(occupancies, night).is_leave();
    ruled || occupancies.iter().any(|one| one.wish(night).is_some())
}

fn is_unseen(occupancies: &[Occupancy<'_>], night: Night) -> bool {
    let shown = |one: &Occupancy<'_>| one.known.and_then(|series| series.price(night)).is_some();
    let priced = |one: &Occupancy<'_>| one.wish(night).is_some() && !shown(one);
    let ruled = !desired_rules(occupancies, night).is_leave()
        && known_rules(occupancies, night).is_leave()
        && !occupancies.iter().any(shown);
    ruled || occupancies.iter().any(priced)
}

fn merged(target: &Arc<Target>, nights: BTreeSet<Night>) -> Vec<Window> {
    let mut windows: Vec<Window> = Vec::new();
    for night in nights {
        match windows.last_mut() {
            Some(window) if window.last.next() == night => window.last = night,
            _ => windows.push(Window {
                target: Arc::clone(target),
                first: night,
                last: night,
            }),
        }
    }
    windows
}
