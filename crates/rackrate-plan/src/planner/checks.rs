//! What must not be against a property before anything of it leaves: contradicting facts,
//! names that the vendor does not know, plans that cannot be written.
//!
//! The guards on single prices are in [`super::limits`].

use std::collections::BTreeSet;

use rackrate_core::chunk::Target;
use rackrate_core::finding::{Finding, Place};
use rackrate_core::ids::{Ids, VendorId};
use rackrate_core::night::Night;

use super::able::Lacks;
use super::wishes::Wish;
use super::{Connection, Inputs};
use crate::calendar::SeriesKey;
use crate::properties::Property;

/// How many nights, and from when on.
fn told(nights: &BTreeSet<Night>) -> String {
    match (nights.len(), nights.first()) {
        (1, Some(first)) => format!("1 night, {first}"),
        (count, Some(first)) => format!("{count} nights from {first} on"),
        (_, None) => "no night".to_owned(),
    }
}

/// Gathers what is against one property at one connection.
pub(super) struct Checks<'a> {
    pub(super) inputs: &'a Inputs<'a>,
    pub(super) connection: &'a Connection,
    pub(super) hotel: &'a Property,
    target: &'a Target,
    place: Place,
    pub(super) today: Night,
    findings: Vec<Finding>,
    pub(super) used: BTreeSet<usize>,
}

impl<'a> Checks<'a> {
    pub(super) fn new(
        inputs: &'a Inputs<'a>,
        connection: &'a Connection,
        hotel: &'a Property,
        target: &'a Target,
        place: Place,
    ) -> Self {
        Self {
            inputs,
            connection,
            hotel,
            target,
            place,
            today: hotel.today(inputs.now),
            findings: Vec::new(),
            used: BTreeSet::new(),
        }
    }

    /// Everything found, and the places of the allowances used.
    pub(super) fn finish(self) -> (Vec<Finding>, BTreeSet<usize>) {
        (self.findings, self.used)
    }

    pub(super) fn error(&mut self, code: &str, message: String, hint: &str) {
        let finding = Finding::error(code, self.place.clone(), message);
        self.findings.push(finding.hint(hint));
    }

    /// What concerns the whole property.
    pub(super) fn property(&mut self, vendor_property: &VendorId) {
        let (ours, stated) = (self.hotel.basis, self.connection.basis);
        if ours != stated {
            let message = format!("its prices are {ours}, the connection is {stated}");
            self.error(
                "guard.basis",
                message,
                "Prices are never converted; correct properties.csv or the connection.",
            );
        }
        if let Some(told) = self.target.facts.basis.filter(|told| *told != stated) {
            let message = format!("the connection is configured {stated}, the vendor says {told}");
            self.error(
                "guard.basis",
                message,
                "Correct the connection's basis, or the setting at the vendor.",
            );
        }
        if *vendor_property != self.target.vendor_property {
            let message = format!(
                "it is mapped to {vendor_property}, what is known is of {}",
                self.target.vendor_property
            );
            self.error(
                "plan.undiscovered",
                message,
                "Plan again; if it stays, check mapping.csv against what the vendor shows.",
            );
        }
    }

    /// Series of the calendar without a name at the vendor.
    pub(super) fn unmapped(&mut self, keys: &[&SeriesKey], hint: &str) {
        let plans: BTreeSet<_> = keys
            .iter()
            .map(|key| (&key.room_type, &key.rate_plan))
            .collect();
        for (room_type, rate_plan) in plans {
            let message = format!("{room_type} {rate_plan} is in the calendar and not mapped here");
            self.error("mapping.unmapped_rate_plan", message, hint);
        }
    }

    /// What the connection cannot have. It stops the property, or is left out where that
    /// was asked for.
    pub(super) fn lacks(&mut self, lacks: &Lacks) {
        let vendor = self.connection.vendor.clone();
        for (kind, nights) in &lacks.restrictions {
            let message = format!("{kind} on {}: {vendor} does not have it", told(nights));
            self.lack("plan.unsupported_restriction", message);
        }
        for (adults, nights) in &lacks.adults {
            let only = match self.connection.adults {
                Some(fixed) => format!("the connection has prices for {fixed} only"),
                None => "the vendor does not offer them".to_owned(),
            };
            let message = format!("prices for {adults} adults on {}: {only}", told(nights));
            self.lack("plan.unsupported_adults", message);
        }
    }

    fn lack(&mut self, code: &str, message: String) {
        let finding = match self.inputs.skip_unsupported {
            true => Finding::warning(code, self.place.clone(), message)
                .hint("It is left out at this connection, as --skip-unsupported asks."),
            false => Finding::error(code, self.place.clone(), message)
                .hint("Take it out of the calendar, or leave it out here with --skip-unsupported."),
        };
        self.findings.push(finding);
    }

    /// Whether what is wished for can be written at all.
    pub(super) fn sellable(&mut self, ids: &Ids, wish: &Wish<'_>) {
        let what = format!("{} {}", wish.key.room_type, wish.key.rate_plan);
        let currency = self.target.currency(ids);
        if currency != self.hotel.currency {
            let message = format!(
                "{what}: prices are in {}, the vendor has {currency}",
                self.hotel.currency
            );
            self.error(
                "guard.currency",
                message,
                "Prices are never converted; correct properties.csv or the vendor's setting.",
            );
        }
        let facts = &self.target.facts.sellables;
        let Some(sellable) = facts.get(ids) else {
            let message = format!("{what}: the vendor does not list {ids}");
            self.error(
                "plan.unknown_sellable",
                message,
                "Correct mapping.csv with the identifiers the vendor shows.",
            );
            return;
        };
        if sellable.derived {
            let message = format!(
                "{what}: the vendor derives {} from another plan",
                sellable.name
            );
            self.error(
                "plan.derived",
                message,
                "Take it out of the calendar; change the plan it is derived from.",
            );
        }
    }
}
