//! `rackrate show`.

use rackrate_core::rules::Rules;
use rackrate_plan::plan::Plan;
use rackrate_plan::show::{Change, View, What};
use serde_json::json;

use super::Done;
use crate::cli::{Common, Output, Show};
use crate::exit::Exit;
use crate::files;
use crate::problem::Result;
use crate::screen::{Page, Table, count, nights};

pub(super) fn run(common: &Common, flags: &Show, page: &mut Page) -> Result<Done> {
    let (bytes, name) = files::read(&flags.plan)?;
    let plan = Plan::parse(&bytes, &name)?;
    let view = View::of(&plan);
    match common.output {
        Output::Json => page.line(as_json(&view).to_string()),
        Output::Table | Output::Junit => {
            print_changes(&view, flags.most, page);
            print_totals(&view, page);
        }
    }
    Ok(Done::with(Exit::Done))
}

/// The dearest changes as a table.
pub(super) fn print_changes(view: &View, most: usize, page: &mut Page) {
    let mut table = Table::new([
        "at", "hotel", "room", "nights", ">before", ">after", ">change",
    ]);
    for change in view.changes.iter().take(most) {
        let [before, after, percent] = words(change);
        let room = change
            .room_type
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default();
        table.row([
            change.connection.to_string(),
            change.property.to_string(),
            room,
            nights(change.first, change.last),
            before,
            after,
            percent,
        ]);
    }
    page.line(table.to_string());
    if view.changes.len() > most {
        page.line(format!(
            "… and {} more changes.",
            count((view.changes.len() - most) as u64)
        ));
    }
}

fn print_totals(view: &View, page: &mut Page) {
    let mut table = Table::new([
        "connection",
        "property",
        ">prices up",
        ">prices down",
        ">restrictions",
    ]);
    for total in &view.totals {
        table.row([
            total.connection.to_string(),
            total.name.clone(),
            count(total.up),
            count(total.down),
            count(total.restrictions),
        ]);
    }
    page.line("");
    page.line(table.to_string());
}

fn words(change: &Change) -> [String; 3] {
    let percent = change.tenths().map(|tenths| {
        format!(
            "{}{}.{} %",
            if tenths < 0 { "-" } else { "+" },
            tenths.abs() / 10,
            tenths.abs() % 10
        )
    });
    let (before, after) = sides(change);
    [before, after, percent.unwrap_or_default()]
}

fn sides(change: &Change) -> (String, String) {
    let currency = change.currency;
    match &change.what {
        What::Price { before, after, .. } => {
            let before = match before {
                Some(rackrate_core::series::Seen::Price(price)) => currency.format(*price),
                Some(rackrate_core::series::Seen::Unreadable) => "unreadable".to_owned(),
                Some(rackrate_core::series::Seen::Absent) => "none".to_owned(),
                None => "unknown".to_owned(),
            };
            (before, format!("{} {currency}", currency.format(*after)))
        }
        What::Rules { before, after } => (known(before, after), after.to_string()),
    }
}

/// What was shown of the kinds that are wished.
fn known(before: &Rules, after: &Rules) -> String {
    let of_these = before.only(|kind, _| !after.get(kind).is_leave());
    match of_these.is_leave() {
        true => "unknown".to_owned(),
        false => of_these.to_string(),
    }
}

fn as_json(view: &View) -> serde_json::Value {
    let change = |change: &Change| {
        let (before, after) = sides(change);
        json!({
            "connection": change.connection, "property": change.property, "name": change.name,
            "room_type": change.room_type, "rate_plan": change.rate_plan,
            "first": change.first, "last": change.last, "currency": change.currency,
            "before": before, "after": after, "change_tenths_percent": change.tenths(),
        })
    };
    let total = |total: &rackrate_plan::show::PropertyTotal| json!({"connection": total.connection, "property": total.property, "up": total.up, "down": total.down, "restrictions": total.restrictions});
    json!({
        "changes": view.changes.iter().map(change).collect::<Vec<_>>(),
        "totals": view.totals.iter().map(total).collect::<Vec<_>>(),
    })
}
