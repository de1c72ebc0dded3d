//! `rackrate creds list`.

use rackrate_ledger::sqlite::SqliteLedger;
use serde_json::json;

use super::super::Done;
use super::super::inputs::Inputs;
use crate::cli::{Common, Output};
use crate::exit::Exit;
use crate::flow::creds::Way;
use crate::flow::creds::list::{Credential, State, list};
use crate::problem::Result;
use crate::screen::{Page, Table};

/// Lists them. Nothing is sent, and another process that sends is not waited for. Exit 5
/// when a person has to act.
pub(super) async fn run(common: &Common, inputs: &Inputs, page: &mut Page) -> Result<Done> {
    let ledger = SqliteLedger::open(&inputs.ledger_file())?;
    let all = list(
        &ledger,
        &inputs.portfolio.links,
        inputs.config.seal_key.is_some(),
    )
    .await?;
    match common.output {
        Output::Json => page.line(json!({ "credentials": all }).to_string()),
        Output::Table | Output::Junit => print(&all, page),
    }
    let person = all.iter().any(|one| {
        matches!(
            one.state,
            State::NotConnected
                | State::ToMigrate
                | State::NeedsAuthorization { .. }
                | State::Disconnected { .. }
                | State::ApproverLeft { .. }
                | State::Suspended { .. }
        )
    });
    Ok(Done::with(if person { Exit::Person } else { Exit::Done }))
}

fn print(all: &[Credential], page: &mut Page) {
    let mut table = Table::new([
        "connection",
        "vendor",
        "by",
        "state",
        "consented",
        "token until",
    ]);
    for one in all {
        table.row([
            one.connection.to_string(),
            one.vendor.to_owned(),
            way(one.way).to_owned(),
            state(&one.state),
            one.consented.clone().unwrap_or_default(),
            one.token_until.clone().unwrap_or_default(),
        ]);
    }
    page.line(table.to_string());
}

fn way(way: Way) -> &'static str {
    match way {
        Way::Key => "key",
        Way::Client => "client",
        Way::Consent => "consent",
    }
}

fn state(state: &State) -> String {
    match state {
        State::Configured => "configured".to_owned(),
        State::NotConnected => "not connected: rackrate creds login".to_owned(),
        State::Connected => "connected".to_owned(),
        State::ToMigrate => "to be exchanged for a key: rackrate creds migrate".to_owned(),
        State::Open => "open: a refresh was not heard of".to_owned(),
        State::NeedsAuthorization { why } => format!("needs authorization: {why}"),
        State::Disconnected { why } => format!("disconnected by the property: {why}"),
        State::ApproverLeft { why } => format!("its approver left: {why}"),
        State::Suspended { why } => format!("client suspended: {why}"),
    }
}
