//! `rackrate creds forecast`.

use std::collections::BTreeSet;

use rackrate_core::clock::Wall;
use rackrate_runtime::driver::Clock;
use serde_json::json;

use super::super::Done;
use super::super::inputs::Inputs;
use super::list::{day, known};
use crate::cli::{Common, Forecast, Output};
use crate::exit::Exit;
use crate::flow::creds::forecast::{Act, Ending, forecast};
use crate::flow::creds::standing::Hotel;
use crate::problem::Result;
use crate::screen::{Page, Table, wrapped};

/// Tells it. Nothing is sent, and no secret is fetched.
pub(super) async fn run(
    common: &Common,
    inputs: &Inputs,
    flags: &Forecast,
    page: &mut Page,
) -> Result<Done> {
    let now = Clock::system().now().wall;
    let all = known(inputs).await?;
    let human = flags.fail_if_human.map(|span| now.after(span.0));
    let within = flags
        .fail_if_human
        .map_or(flags.within.0, |span| span.0.max(flags.within.0));
    let endings = forecast(&all, now, within);
    match common.output {
        Output::Json => {
            let endings: Vec<_> = endings.iter().map(|one| told(one, now)).collect();
            page.line(json!({ "endings": endings }).to_string());
        }
        Output::Table | Output::Junit => print(&endings, now, page),
    }
    let person = human.is_some_and(|by| endings.iter().any(|one| one.needs_person(by)));
    Ok(Done::with(if person { Exit::Person } else { Exit::Done }))
}

fn told(one: &Ending, now: Wall) -> serde_json::Value {
    let before = match one.act {
        Act::Nobody { before } => Some(before.unwrap_or(now).max(now).to_string()),
        Act::Owner { .. } | Act::Hotel { .. } => None,
    };
    json!({
        "connection": one.connection,
        "what": one.what,
        "ends": one.at.map(|at| at.to_string()),
        "rule": one.rule,
        "source": one.source,
        "act": one.act,
        "keepalive_by": before,
    })
}

fn print(endings: &[Ending], now: Wall, page: &mut Page) {
    if endings.is_empty() {
        return page.line("Nothing ends within that time.");
    }
    let mut table = Table::new(["ends", "connection", "what", "who must act", "rule"]);
    for one in endings {
        let at = match one.at {
            None => "unknown".to_owned(),
            Some(at) if at <= now => "over".to_owned(),
            Some(at) => day(at),
        };
        table.row([
            at,
            one.connection.to_string(),
            one.what.to_owned(),
            who(one, now),
            one.rule.clone(),
        ]);
    }
    page.line(table.to_string());
    let sources: BTreeSet<_> = endings.iter().map(|one| (&one.rule, &one.source)).collect();
    page.line("");
    for (rule, source) in sources {
        page.line(wrapped(&format!("{rule}: {source}"), "  "));
    }
}

fn who(one: &Ending, now: Wall) -> String {
    match &one.act {
        Act::Nobody { before } => match before.filter(|before| *before > now) {
            Some(before) => format!("nobody: creds keepalive by {}", day(before)),
            None => "nobody: creds keepalive now".to_owned(),
        },
        Act::Owner { name } => {
            let owner = name.as_deref().unwrap_or("the secret's owner");
            format!("{owner}: a new one")
        }
        Act::Hotel { hotels } => format!("the hotel: {}; creds login", named(hotels)),
    }
}

/// The first hotel with whom to ask there, and how many more.
fn named(hotels: &[Hotel]) -> String {
    let Some(first) = hotels.first() else {
        return "none is mapped".to_owned();
    };
    let contact = match first.contact.as_str() {
        "" => first.name.clone(),
        contact => format!("{} ({contact})", first.name),
    };
    match hotels.len() {
        1 => contact,
        several => format!("{contact} and {} more", several - 1),
    }
}
