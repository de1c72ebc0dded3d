//! `rackrate creds list`.

use rackrate_core::clock::Wall;
use rackrate_ledger::sqlite::SqliteLedger;
use serde_json::json;

use super::super::Done;
use super::super::inputs::Inputs;
use crate::cli::{Common, Output};
use crate::exit::Exit;
use crate::flow::creds::Way;
use crate::flow::creds::list::Credential;
use crate::flow::creds::standing::{Standing, State, standings};
use crate::problem::Result;
use crate::screen::{Page, Table};

/// Lists them. Nothing is sent, no secret is fetched, and another process that sends is not
/// waited for. Exit 5 when a person has to act.
pub(super) async fn run(common: &Common, inputs: &Inputs, page: &mut Page) -> Result<Done> {
    let all = known(inputs).await?;
    match common.output {
        Output::Json => {
            let all: Vec<_> = all.iter().map(Credential::from).collect();
            page.line(json!({ "credentials": all }).to_string());
        }
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

/// What the ledger knows of all credentials.
pub(super) async fn known(inputs: &Inputs) -> Result<Vec<Standing>> {
    let ledger = SqliteLedger::open(&inputs.ledger_file())?;
    let kept = inputs.config.seal_key.is_some();
    standings(&ledger, &inputs.portfolio, kept).await
}

fn print(all: &[Standing], page: &mut Page) {
    let mut table = Table::new(["connection", "by", "state", "scopes", "last use", "token"]);
    for one in all {
        table.row([
            one.connection.to_string(),
            way(one.way).to_owned(),
            state(&one.state),
            scopes(one),
            one.dates.used.map_or_else(|| "-".to_owned(), day),
            one.token_until.map_or_else(|| "-".to_owned(), minute),
        ]);
    }
    page.line(table.to_string());
}

/// A word for how a credential proves who we are.
pub(super) fn way(way: Way) -> &'static str {
    match way {
        Way::Key => "key",
        Way::Client => "client",
        Way::Consent => "consent",
    }
}

/// The scopes granted, or those asked for where the vendor does not say.
pub(super) fn scopes(one: &Standing) -> String {
    let asked = || one.asked.join(" ");
    one.granted.clone().unwrap_or_else(asked)
}

/// The day of a moment, in UTC.
pub(super) fn day(at: Wall) -> String {
    at.to_string()[..10].to_owned()
}

/// The minute of a moment, in UTC.
fn minute(at: Wall) -> String {
    at.to_string()[..16].replace('T', " ")
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
