//! `rackrate creds invite`: links that hotels open whenever they like. `creds callback` waits
//! for what comes back.

use rackrate_core::finding::{Finding, Place};
use rackrate_core::ids::PropertyCode;
use serde_json::json;

use super::super::Done;
use super::super::inputs::{Inputs, selection};
use super::list::known;
use crate::cli::{Common, Invite, Output};
use crate::exit::Exit;
use crate::flow::creds::install::invite::{Hotel, Sent, invite};
use crate::flow::creds::standing::State;
use crate::portfolio::Link;
use crate::problem::{Problem, Result};
use crate::screen::{Page, Table};

pub(super) async fn run(
    common: &Common,
    inputs: &Inputs,
    flags: &Invite,
    page: &mut Page,
) -> Result<Done> {
    let links = chosen(inputs, flags).await?;
    let mut host = inputs.live().await?;
    let sent = invite(&mut host, &inputs.portfolio, &links, flags.valid.0).await?;
    match common.output {
        Output::Json => page.line(json!({ "invitations": sent }).to_string()),
        Output::Table | Output::Junit => print(&sent, page),
    }
    Ok(Done::with(Exit::Done))
}

/// Those named, and those selected whom nobody has connected.
async fn chosen<'a>(inputs: &'a Inputs, flags: &Invite) -> Result<Vec<&'a Link>> {
    let mut links = Vec::new();
    for name in &flags.connection {
        let link = inputs.connection(Some(name), "creds")?;
        if !links.iter().any(|one: &&Link| one.id == link.id) {
            links.push(link);
        }
    }
    if !flags.select.is_empty() {
        for link in selected(inputs, flags).await? {
            if !links.iter().any(|one| one.id == link.id) {
                links.push(link);
            }
        }
    }
    match links.is_empty() {
        false => Ok(links),
        true => Err(nobody()),
    }
}

async fn selected<'a>(inputs: &'a Inputs, flags: &Invite) -> Result<Vec<&'a Link>> {
    let meant = selection(&flags.select);
    if !meant.dates.is_empty() {
        let message = "a link is for a hotel and not for nights";
        let finding = Finding::error("creds.select", Place::default(), message);
        return Err(finding.hint("Select by property:CODE alone.").into());
    }
    let portfolio = &inputs.portfolio;
    let stranger = |code: &&PropertyCode| portfolio.properties.get(code).is_none();
    let strangers = meant.properties.iter().filter(stranger);
    let strangers: Vec<_> = strangers.map(|code| unknown(code.as_str())).collect();
    if !strangers.is_empty() {
        return Err(strangers.into());
    }
    let standings = known(inputs).await?;
    let here = |link: &Link| {
        let mut lanes = portfolio.mapping.lanes();
        lanes.any(|(at, code, _)| *at == link.id && meant.has_property(code))
    };
    let both = portfolio.links.iter().zip(&standings);
    let chosen = both.filter(|(link, one)| here(link) && waits(&one.state));
    Ok(chosen.map(|(link, _)| link).collect())
}

/// Whether a person who consents would change something.
fn waits(state: &State) -> bool {
    match state {
        State::NotConnected
        | State::NeedsAuthorization { .. }
        | State::Disconnected { .. }
        | State::ApproverLeft { .. } => true,
        State::Configured
        | State::Connected
        | State::ToMigrate
        | State::Open
        | State::Suspended { .. } => false,
    }
}

fn unknown(code: &str) -> Finding {
    let message = format!("the property {code} is not in the properties file");
    Finding::error("creds.unknown_property", Place::default(), message)
        .hint("Correct the code, or add the property to properties.csv.")
}

fn nobody() -> Problem {
    let message = "none of these hotels waits for a consent";
    let finding = Finding::error("creds.nobody_to_invite", Place::default(), message);
    Problem::input([
        finding.hint("`rackrate creds list` shows who does; name a connection to invite it again.")
    ])
}

fn print(sent: &[Sent], page: &mut Page) {
    let mut table = Table::new(["connection", "property", "contact", "valid until"]);
    let of = |one: &Sent, word: fn(&Hotel) -> &str| {
        let words = one.properties.iter().map(word);
        let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
        words.join(", ")
    };
    for one in sent {
        table.row([
            one.connection.to_string(),
            of(one, |hotel| &hotel.code),
            of(one, |hotel| &hotel.contact),
            one.valid_until.clone(),
        ]);
    }
    page.line(table.to_string());
    // A link is copied whole, so it stands on a line of its own, however long that is.
    for one in sent {
        page.line(format!("\n{}:\n{}", one.connection, one.link));
    }
}
