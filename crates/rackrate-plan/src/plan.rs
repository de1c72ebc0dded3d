//! The plan: what will change where, in a file that a person can read and that applies once.
//!
//! It holds the changes with their before-values, so that `apply` can see whether the
//! hotel moved meanwhile. It holds no secrets, and what it was made from by fingerprint.
//!
//! Invariant: a plan that this version does not understand to the last field is refused.

mod moved;

use rackrate_core::chunk::{Row, Target};
use rackrate_core::clock::Wall;
use rackrate_core::finding::{Finding, Place};
use rackrate_core::ids::{ConnectionId, Ids, PropertyCode, RatePlanCode, RoomTypeCode, Vendor};
use rackrate_core::night::Night;
use rackrate_core::rules::Rules;
use rackrate_core::series::Seen;
use serde::{Deserialize, Serialize};

use crate::allow::Allow;

/// The only format so far.
pub const FORMAT: u32 = 1;

/// What will change where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The format of the file: [`FORMAT`].
    pub format: u32,
    /// When it was made.
    pub created: Wall,
    /// When it stops being fresh enough to send from.
    pub expires: Wall,
    /// Who made it.
    pub author: String,
    /// Why, in the author's words.
    pub reason: String,
    /// What it was made from.
    pub fingerprints: Fingerprints,
    /// What the author let pass the guards.
    pub allows: Vec<Allow>,
    /// Whether unknown before-values were let pass.
    pub first_push: bool,
    /// Cells of the calendar left out, because their night is over.
    pub past: u64,
    /// Queues of properties, in order; some have nothing to change.
    pub lanes: Vec<Lane>,
    /// Properties that a guard or a contradiction stopped at a connection.
    pub refused: Vec<Refused>,
    /// The sums.
    pub totals: Totals,
}

/// blake3 of what a plan was made from, in hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fingerprints {
    /// The calendar's bytes.
    pub desired: String,
    /// The mapping's bytes.
    pub mapping: String,
    /// The guards' settings.
    pub guards: String,
}

/// What changes at one property of one connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lane {
    /// The account.
    pub connection: ConnectionId,
    /// The property.
    pub property: PropertyCode,
    /// Its name, for people.
    pub name: String,
    /// The vendor.
    pub vendor: Vendor,
    /// The property as its adapter knows it.
    pub target: Target,
    /// What the vendor's identifiers are called in our words, in order of the identifiers.
    pub names: Vec<Named>,
    /// What to send, in order of identifiers and nights.
    pub rows: Vec<Row>,
    /// What was shown for the nights of `rows`, in the same order.
    pub before: Vec<Before>,
    /// All wishes, the fulfilled ones too: what `verify` compares with.
    pub desired: Vec<Row>,
}

/// One thing to sell, in the vendor's words and in ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// The vendor's identifiers.
    pub ids: Ids,
    /// Our room type.
    pub room_type: RoomTypeCode,
    /// Our rate plan.
    pub rate_plan: RatePlanCode,
}

/// What was shown on consecutive nights, before the change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Before {
    /// The vendor's identifiers.
    pub ids: Ids,
    /// The first night.
    pub first: Night,
    /// The last night, meant too.
    pub last: Night,
    /// Price by number of adults; `None` where it was not known.
    pub prices: Vec<(u8, Option<Seen>)>,
    /// The restrictions; what is left in them was not known.
    #[serde(default, skip_serializing_if = "Rules::is_leave")]
    pub rules: Rules,
}

/// A property that was stopped at a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refused {
    /// The account.
    pub connection: ConnectionId,
    /// The property.
    pub property: PropertyCode,
    /// Its name, for people.
    pub name: String,
    /// Why, all of it.
    pub findings: Vec<Finding>,
}

/// The sums of a plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Totals {
    /// Queues with something to change.
    pub lanes: u64,
    /// Rows to send.
    pub rows: u64,
    /// Prices to send.
    pub prices: u64,
    /// Nights whose restrictions to send.
    pub restrictions: u64,
    /// Properties stopped, counted for each connection.
    pub refused: u64,
}

impl Plan {
    /// Names the content: blake3 of its JSON, in hexadecimal digits. A plan applies once.
    pub fn fingerprint(&self) -> String {
        // Every part of a plan has a JSON form: its keys are text, its numbers are whole.
        let text = serde_json::to_vec(self).unwrap_or_default();
        blake3::hash(&text).to_hex().to_string()
    }

    /// The file's bytes: JSON, indented for people.
    ///
    /// # Errors
    /// When it has no JSON form, which no plan lacks.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec_pretty(self)
    }

    /// Reads a plan file; `file` is its name in messages.
    ///
    /// # Errors
    /// `plan.unreadable` for what is no plan, `plan.unknown_format` for a format of another
    /// version, `plan.edited` for fields that this version did not write.
    pub fn parse(bytes: &[u8], file: &str) -> Result<Self, Finding> {
        #[derive(Deserialize)]
        struct Head {
            format: u32,
        }
        let unreadable = |error: serde_json::Error| {
            let place = Place::file(file).at(error.line() as u64, error.column().to_string());
            Finding::error("plan.unreadable", place, format!("not a plan: {error}"))
                .hint("Make a new one with `rackrate plan`.")
        };
        let head: Head = serde_json::from_slice(bytes).map_err(unreadable)?;
        if head.format != FORMAT {
            let message = format!("format {} is unknown here", head.format);
            return Err(
                Finding::error("plan.unknown_format", Place::file(file), message).hint(
                    "Use the version that made the plan, or make a new one with `rackrate plan`.",
                ),
            );
        }
        let plan: Self = serde_json::from_slice(bytes).map_err(unreadable)?;
        // Parts from other crates skip fields they do not know, so the whole is compared.
        let written: serde_json::Value = serde_json::from_slice(bytes).map_err(unreadable)?;
        if serde_json::to_value(&plan).map_err(unreadable)? != written {
            let message = "it has fields that no plan of this version has";
            return Err(Finding::error("plan.edited", Place::file(file), message)
                .hint("Plans are not edited; make a new one with `rackrate plan`."));
        }
        Ok(plan)
    }

    /// Whether it is too old to send from.
    pub fn expired(&self, now: Wall) -> bool {
        now >= self.expires
    }
}

impl Lane {
    /// What was shown on a night, where the plan changes it.
    pub fn before(&self, ids: &Ids, night: Night) -> Option<&Before> {
        let after = |one: &Before| (&one.ids, one.first) <= (ids, night);
        let at = self.before.partition_point(after).checked_sub(1)?;
        let found = self.before.get(at)?;
        (found.ids == *ids && found.last >= night).then_some(found)
    }

    /// Our names of what the vendor sells; `None` for identifiers of another lane.
    pub fn named(&self, ids: &Ids) -> Option<&Named> {
        let at = self.names.binary_search_by(|one| one.ids.cmp(ids)).ok()?;
        self.names.get(at)
    }
}

impl Before {
    /// What was shown for a number of adults.
    pub fn price(&self, adults: u8) -> Option<Seen> {
        let found = self.prices.iter().find(|(who, _)| *who == adults)?;
        found.1
    }
}
