//! Which properties of a vendor are which of ours.

use std::collections::BTreeMap;

use rackrate_core::adapter::{DiscoveredProperty, Discovery};
use rackrate_core::ids::{ConnectionId, PropertyCode, VendorId};

use super::Stranger;
use super::words::folded;
use crate::mapping::Mapping;
use crate::properties::{Properties, Property};

/// What was found out.
#[derive(Debug, Default)]
pub(super) struct Partners {
    /// Ours, by the vendor's identifier; those that are mapped already too.
    pub(super) ours: BTreeMap<VendorId, PropertyCode>,
    pub(super) strangers: Vec<Stranger>,
}

/// One that could be the other.
type Pair<'a> = (&'a DiscoveredProperty, &'a Property);

/// Equal names make partners. Where several have one name, currency and time zone decide;
/// where they do not either, nobody is taken.
pub(super) fn partners(
    connection: &ConnectionId,
    discovery: &Discovery,
    properties: &Properties,
    mapping: &Mapping,
) -> Partners {
    let lanes = || mapping.lanes().filter(|(at, ..)| *at == connection);
    let mut found = Partners::default();
    for (_, code, mapped) in lanes() {
        found
            .ours
            .insert(mapped.vendor_property.clone(), code.clone());
    }
    let listed = discovery.properties.iter();
    let theirs: Vec<_> = listed
        .filter(|there| !found.ours.contains_key(&there.id))
        .collect();
    let free = |one: &&Property| mapping.property(connection, &one.code).is_none();
    let ours: Vec<_> = properties.iter().filter(free).collect();
    let pairs = alike(&theirs, &ours);
    let certain = certain(&pairs);
    for there in theirs {
        match certain.iter().find(|(one, _)| one.id == there.id) {
            Some((_, ours)) => drop(found.ours.insert(there.id.clone(), ours.code.clone())),
            None => found.strangers.push(Stranger {
                property: there.clone(),
                rivals: pairs
                    .iter()
                    .filter(|(one, _)| one.id == there.id)
                    .map(|(_, ours)| ours.code.clone())
                    .collect(),
            }),
        }
    }
    found
}

fn alike<'a>(theirs: &[&'a DiscoveredProperty], ours: &[&'a Property]) -> Vec<Pair<'a>> {
    let ours: Vec<_> = ours
        .iter()
        .map(|one| (folded(&one.name), folded(one.code.as_str()), *one))
        .collect();
    let mut pairs = Vec::new();
    for there in theirs {
        let their_name = folded(&there.name);
        let named = ours
            .iter()
            .filter(|(name, code, _)| *name == their_name || *code == their_name)
            .filter(|_| !their_name.is_empty());
        pairs.extend(named.map(|(.., one)| (*there, *one)));
    }
    pairs
}

/// The pairs in which both have nobody else.
fn certain<'a>(pairs: &[Pair<'a>]) -> Vec<Pair<'a>> {
    let left: Vec<_> = pairs
        .iter()
        .filter(|pair| is_alone(pairs, pair) || agrees(pair))
        .copied()
        .collect();
    let alone = |pair: &&Pair<'a>| is_alone(&left, pair);
    left.iter().filter(alone).copied().collect()
}

fn is_alone(pairs: &[Pair<'_>], (theirs, ours): &Pair<'_>) -> bool {
    let shared = |(one, other): &&Pair<'_>| one.id == theirs.id || other.code == ours.code;
    pairs.iter().filter(shared).count() == 1
}

/// Whether currency and time zone are equal; what the vendor does not say decides nothing.
fn agrees((theirs, ours): &Pair<'_>) -> bool {
    let zone = ours.time_zone.iana_name();
    let said = theirs.time_zone.as_deref();
    theirs.currency.is_none_or(|one| one == ours.currency)
        && said.is_none_or(|said| zone == Some(said))
}
