//! What the vendor says to a message: a task, and the entries it refused, both with
//! status 200.
//!
//! The prose says that only a wrong field is dropped, the examples drop the whole entry. So
//! any warning refuses its row here, and reading back has the last word.
//!
//! Invariant: a warning is counted against a row only if it repeats that row and no other;
//! else nothing is certain of any row.

use std::collections::BTreeMap;

use rackrate_core::adapter::Submission;
use rackrate_core::chunk::{Chunk, Receipt, Refusal};
use rackrate_core::error::Result;
use rackrate_core::exchange::{Operation, Response};
use rackrate_core::night::Night;
use serde::Deserialize;
use serde_json::Value;

use crate::answer::{self, Api};

#[derive(Deserialize)]
struct Said {
    data: Vec<Task>,
    meta: Meta,
}

#[derive(Deserialize)]
struct Task {
    id: String,
}

#[derive(Deserialize)]
struct Meta {
    #[serde(default)]
    warnings: Option<Vec<Warning>>,
}

/// An entry repeated, with what is against it by field. Fields that were not sent come
/// back as nulls, or not at all.
#[derive(Deserialize)]
struct Warning {
    #[serde(default)]
    property_id: Value,
    #[serde(default)]
    rate_plan_id: Value,
    #[serde(default)]
    date: Value,
    #[serde(default)]
    date_from: Value,
    #[serde(default)]
    date_to: Value,
    #[serde(default)]
    warning: Value,
}

/// Plan and nights of a row.
type Place<'a> = (&'a str, Night, Night);

/// Reads the answer: what was taken is only queued, and what became of it must be read.
pub(crate) fn parse(api: &Api, chunk: &Chunk, response: &Response) -> Result<Submission> {
    let said: Said = api.accepted(Operation::Push, response)?;
    let rows = places(chunk);
    let mut receipt = Receipt {
        reference: said.data.first().map(|task| task.id.clone()),
        ..Receipt::default()
    };
    let mut refused: BTreeMap<u32, Refusal> = BTreeMap::new();
    for warning in said.meta.warnings.unwrap_or_default() {
        let property = chunk.target.vendor_property.as_str();
        match warning
            .place(property)
            .and_then(|place| rows.get(&place)?.only())
        {
            Some(row) => refuse(&mut refused, row, warning.refusal()),
            None => receipt.unattributed.push(warning.refusal()),
        }
    }
    if said.data.is_empty() && refused.len() < chunk.rows.len() {
        let text = "no task was made of the message";
        receipt.unattributed.push(Refusal::new("", text));
    }
    receipt.refused = refused.into_iter().collect();
    Ok(Submission::Answered(receipt))
}

/// Refuses a row once, whatever the number of warnings.
fn refuse(refused: &mut BTreeMap<u32, Refusal>, row: u32, refusal: Refusal) {
    let both = match refused.remove(&row) {
        None => refusal,
        Some(said) => Refusal::new(
            &format!("{},{}", said.code, refusal.code),
            &format!("{}; {}", said.text, refusal.text),
        ),
    };
    refused.insert(row, both);
}

/// The rows at a place.
enum Rows {
    Only(u32),
    Several,
}

impl Rows {
    fn only(&self) -> Option<u32> {
        match self {
            Self::Only(row) => Some(*row),
            Self::Several => None,
        }
    }
}

fn places(chunk: &Chunk) -> BTreeMap<Place<'_>, Rows> {
    let mut places = BTreeMap::new();
    for (at, row) in (0_u32..).zip(&chunk.rows) {
        let Some(plan) = &row.ids.plan else { continue };
        places
            .entry((plan.as_str(), row.first, row.last))
            .and_modify(|rows| *rows = Rows::Several)
            .or_insert(Rows::Only(at));
    }
    places
}

impl Warning {
    /// The place it repeats; `None` where it is of another property, or does not say.
    fn place(&self, property: &str) -> Option<Place<'_>> {
        let night = |said: &Value| -> Option<Night> {
            let said = Some(said)
                .filter(|said| !said.is_null())
                .unwrap_or(&self.date);
            said.as_str()?.parse().ok()
        };
        let first = night(&self.date_from)?;
        let last = night(&self.date_to)?;
        let plan = self.rate_plan_id.as_str()?;
        (self.property_id.as_str() == Some(property)).then_some((plan, first, last))
    }

    /// The reasons. The fields stand for a code, which the vendor does not give.
    fn refusal(&self) -> Refusal {
        let fields = self.warning.as_object().map(|fields| {
            let names: Vec<_> = fields.keys().map(String::as_str).collect();
            names.join(",")
        });
        let words = match answer::words(&self.warning) {
            words if words.is_empty() => "refused without a reason".to_owned(),
            words => words,
        };
        Refusal::new(&fields.unwrap_or_default(), &words)
    }
}
