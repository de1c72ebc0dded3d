//! What sections of a description say against each other.
//!
//! Each section by itself is right when it gets here.

use std::time::Duration;

use rackrate_core::limit::Scope;
use rackrate_core::rules::Restriction;
use rackrate_core::shape::{Group, LaneRule};

use crate::described::description::{Description, Item, Layout, WhichRow};
use crate::described::json::Json;
use crate::described::template::{Node, Slot};
use crate::described::values::Spelling;

/// The section to look at, and what is wrong.
type Said = (&'static str, String);

pub(super) fn of(description: &Description) -> Vec<Said> {
    let checks = [adults, names, jobs, limits, refusals, sizes, restrictions];
    checks.iter().flat_map(|check| check(description)).collect()
}

/// The sentences whose condition holds.
fn where_true(section: &'static str, sentences: &[(bool, &str)]) -> Vec<Said> {
    let true_ones = sentences.iter().filter(|(holds, _)| *holds);
    true_ones
        .map(|(_, sentence)| (section, (*sentence).to_owned()))
        .collect()
}

/// For how many a price is.
fn adults(description: &Description) -> Vec<Said> {
    let fixed = description.vendor.adults.is_some();
    let told = description.read.row.adults.is_some();
    let slots = description.push.layout.slots();
    let written = slots.contains(&Slot::Adults);
    let several = description.push.item != Item::Price && !slots.contains(&Slot::Prices);
    let mut said = where_true(
        "read",
        &[
            (
                !fixed && !told,
                "`read.row.adults` says for how many a price is; a vendor without that has \
                 `vendor.adults`",
            ),
            (
                fixed && told,
                "`read.row.adults` and `vendor.adults` both say for how many a price is",
            ),
        ],
    );
    said.extend(where_true(
        "push",
        &[
            (
                !fixed && !written,
                "no {adults} stands in `push.row`, and there is no `vendor.adults`",
            ),
            (
                !fixed && several,
                "a row for all prices of its nights needs {prices}, or `vendor.adults`",
            ),
        ],
    ));
    said
}

/// What identifies a thing that is sold.
fn names(description: &Description) -> Vec<Said> {
    let discover = &description.discover;
    let rooms = discover.room.is_some() || discover.plan.room.is_some();
    let row = &description.read.row;
    where_true(
        "read",
        &[
            (
                rooms != row.room.is_some(),
                "rows and discovery have to name what is sold alike: both with its room, or \
                 neither",
            ),
            (
                row.plan.is_none(),
                "`read.row.plan` is missing, and discovery lists plans",
            ),
        ],
    )
}

fn jobs(description: &Description) -> Vec<Said> {
    let push = &description.push;
    let pace = description.job.as_ref().map(|job| job.pace);
    let mut said = where_true(
        "push",
        &[
            (
                push.queued.is_some() != pace.is_some(),
                "`push.answer.queued` and `job` go together: one without the other is of no use",
            ),
            (
                pace.is_none() && push.shape.lane == LaneRule::OneJob,
                "`next_request` waits for jobs, and there are none",
            ),
        ],
    );
    let restless = pace.is_some_and(|pace| pace.then == Duration::ZERO || pace.longest < pace.then);
    let sentence = "`then` has to be longer than nothing, and `longest` not shorter than it";
    said.extend(where_true("job", &[(restless, sentence)]));
    said
}

fn limits(description: &Description) -> Vec<Said> {
    let mut scopes = description.limits.iter().map(|limit| limit.quota.scope);
    let by_plan = scopes.any(|scope| scope == Scope::Plan);
    let together = description.push.shape.group != Group::Plan;
    let sentence = "a limit per plan needs `push.one_request_for` to be `plan`";
    where_true("limits", &[(by_plan && together, sentence)])
}

fn refusals(description: &Description) -> Vec<Said> {
    let form = matches!(description.push.layout, Layout::Form { .. });
    let own = description
        .job
        .as_ref()
        .and_then(|job| job.refused.as_ref());
    let mut all = description.push.refused.iter().chain(own);
    let echo = all.any(|refused| matches!(refused.row, WhichRow::Echo(_)));
    let sentence = "`echo` compares members of JSON rows, and this body is a form";
    where_true("push", &[(form && echo, sentence)])
}

/// What the plan allows a row beside its identifiers, and each further price of it; see
/// `estimated_bytes` in `rackrate-plan`.
const ROW_BYTES: usize = 320;
const PRICE_BYTES: usize = 160;

/// A row that is larger than the plan thinks would make requests that nobody can send.
fn sizes(description: &Description) -> Vec<Said> {
    let large = |slot: Slot| {
        Some(match slot {
            Slot::Property | Slot::Room | Slot::Plan => Json::Text(String::new()),
            Slot::Amount => Json::Text("9".repeat(19)),
            Slot::Rule(kind) => match description.rules.get(&kind)? {
                Spelling {
                    set: Some(set),
                    clear,
                } if set.to_string().len() > clear.to_string().len() => set.clone(),
                Spelling {
                    set: Some(_),
                    clear,
                } => clear.clone(),
                Spelling { set: None, .. } => Json::Number("65535".to_owned()),
            },
            Slot::Row | Slot::Adults => Json::Number("99999".to_owned()),
            _ => Json::Text("2027-01-01".to_owned()),
        })
    };
    let (row, price) = match &description.push.layout {
        Layout::Json { row, price, .. } => {
            let length = |node: &Node| node.fill(&large).map_or(0, |json| json.to_string().len());
            (length(row), price.as_ref().map_or(0, length))
        }
        Layout::Form { row, .. } => {
            let mut form = form_urlencoded::Serializer::new(String::new());
            for (name, value) in row {
                let name = name.fill(&large).unwrap_or_default();
                form.append_pair(&name, &value.fill(&large).unwrap_or_default());
            }
            (form.finish().len(), 0)
        }
    };
    where_true(
        "push",
        &[
            (
                row + price > ROW_BYTES,
                "a row takes more than 320 bytes beside its identifiers, which is what plans \
                 reckon with",
            ),
            (
                price > PRICE_BYTES,
                "`push.price` takes more than 160 bytes, which is what plans reckon with",
            ),
        ],
    )
}

/// What is written has to be read back, else nothing would confirm it.
fn restrictions(description: &Description) -> Vec<Said> {
    let slots = description.push.layout.slots();
    let read = &description.read.row.rules;
    let half = |kind: &Restriction| {
        let spelled = description.rules.contains_key(kind);
        let written = slots.contains(&Slot::Rule(*kind));
        let is_read = read.iter().any(|(own, _)| own == kind);
        spelled != written || written != is_read
    };
    let kinds = Restriction::ALL.into_iter().filter(half);
    let said = kinds.map(|kind| {
        let sentence = format!(
            "`{kind}` has to stand in `restrictions`, `push.row` and `read.row`, or in none: \
             what is written has to be read back"
        );
        ("restrictions", sentence)
    });
    said.collect()
}
