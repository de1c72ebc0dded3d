//! `rackrate alerts`: what is open, and whether alerts would arrive.

use rackrate_alerts::alert::{Actor, Alert, Subject, Trouble};
use rackrate_alerts::held::Held;
use rackrate_alerts::message::{Event, Message};
use rackrate_alerts::record::Record;
use rackrate_alerts::settings::SinkSettings;
use rackrate_core::clock::Wall;
use rackrate_core::finding::{Finding, Place};
use rackrate_ledger::sqlite::SqliteLedger;
use serde_json::json;

use super::Done;
use super::inputs::Inputs;
use crate::alarm::{records, try_out};
use crate::cli::{AlertsCommand, Common, Output};
use crate::exit::Exit;
use crate::problem::{Problem, Result};
use crate::screen::{Page, Table};

pub(super) async fn run(
    common: &Common,
    inputs: &Inputs,
    what: &AlertsCommand,
    page: &mut Page,
) -> Result<Done> {
    match what {
        AlertsCommand::List => list(common, inputs, page).await,
        AlertsCommand::Test { sink } => test(inputs, sink.as_deref(), page).await,
    }
}

async fn list(common: &Common, inputs: &Inputs, page: &mut Page) -> Result<Done> {
    let path = inputs.ledger_file();
    let all = match path.exists() {
        true => records(&SqliteLedger::open(&path)?).await?,
        false => Default::default(),
    };
    let open: Vec<&Record> = all.values().filter(|record| record.is_open()).collect();
    if common.output == Output::Json {
        let messages: Vec<_> = open.iter().map(|record| &record.last).collect();
        page.line(json!(messages).to_string());
        return Ok(Done::with(Exit::Done));
    }
    if open.is_empty() {
        page.line("No alert is open.");
        return Ok(Done::with(Exit::Done));
    }
    let mut table = Table::new(["whose", "trouble", "since", "not yet taken by"]);
    for record in &open {
        let owed: Vec<_> = record.owed.iter().cloned().collect();
        table.row([
            record.last.alert.name(),
            record.last.alert.trouble.slug().to_owned(),
            record.last.since.to_string(),
            owed.join(" "),
        ]);
    }
    page.line(table.to_string());
    for record in &open {
        let name = record.last.alert.name();
        page.line(format!("\n{name}: {}", record.last.first()));
    }
    Ok(Done::with(Exit::Done))
}

async fn test(inputs: &Inputs, only: Option<&str>, page: &mut Page) -> Result<Done> {
    let sinks = meant(inputs, only)?;
    let handed = try_out(&inputs.config, inputs.home(), &sinks, harmless).await;
    let mut findings = Vec::new();
    for one in &handed {
        match &one.result {
            Ok(()) => page.line(format!("{} took it.", one.sink)),
            Err(error) => {
                let message = format!("the sink {} did not take it: {error}", one.sink);
                findings.push(
                    Finding::error("alert.not_delivered", Place::default(), message)
                        .hint("Check its settings under [[alerts.sink]]; docs/alerts.md has them."),
                );
            }
        }
    }
    let exit = match findings.is_empty() {
        true => Exit::Done,
        false => Exit::Failed,
    };
    Ok(Done { exit, findings })
}

/// The sinks to try: all, or the one of that name.
fn meant(inputs: &Inputs, only: Option<&str>) -> Result<Vec<SinkSettings>> {
    let all = inputs.config.alerts.sinks();
    let names: Vec<_> = all.iter().map(|sink| sink.name.clone()).collect();
    let meant: Vec<_> = all
        .into_iter()
        .filter(|sink| only.is_none_or(|name| sink.name == name))
        .collect();
    if !meant.is_empty() {
        return Ok(meant);
    }
    let message = match only {
        Some(name) => format!("no sink is called {name:?}"),
        None => "there is no sink".to_owned(),
    };
    let hint = match names.is_empty() {
        true => "Add one under [[alerts.sink]]; docs/alerts.md shows every kind.".to_owned(),
        false => format!("Known are: {}.", names.join(", ")),
    };
    let finding = Finding::error("alerts.unknown_sink", Place::default(), message);
    Err(Problem::input([finding.hint(hint)]))
}

/// A message about nothing.
fn harmless(at: Wall) -> Message {
    Message {
        id: format!("msg_test_{}", at.0),
        event: Event::Test,
        at,
        since: at,
        alert: Alert {
            subject: Subject::Client("test".to_owned()),
            trouble: Trouble::ClientRefused,
            vendor: "rackrate".to_owned(),
            connections: Default::default(),
            code: String::new(),
            actor: Actor::You {
                command: "do nothing".to_owned(),
            },
            held: Held::default(),
            request: None,
        },
    }
}
