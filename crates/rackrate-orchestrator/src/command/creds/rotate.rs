//! `rackrate creds rotate`: leads a person through the change of a client's secret.
//!
//! The ledger is given back while a person is waited for, so that other processes can go on,
//! with everything but this client.

mod screen;

use std::io::{BufRead, IsTerminal};

use rackrate_auth::changeover::{Stage, Wish};
use rackrate_auth::source::SecretRef;
use rackrate_core::finding::{Finding, Place};
use rackrate_ledger::sqlite::SqliteLedger;

use self::screen::{Screen, print};
use super::super::Done;
use super::super::inputs::Inputs;
use super::place;
use crate::alarm::Alarm;
use crate::cli::{Common, Rotate};
use crate::exit::Exit;
use crate::flow::creds::rotate::{Came, Change, of_client};
use crate::host::Host;
use crate::portfolio::{ClientInfo, Link};
use crate::problem::Result;
use crate::screen::Page;
use crate::signing;

pub(super) async fn run(
    common: &Common,
    inputs: &Inputs,
    flags: &Rotate,
    page: &mut Page,
) -> Result<Done> {
    let links = of(inputs, flags)?;
    let mut change = change(inputs, flags, links)?;
    let ledger = SqliteLedger::open(&inputs.ledger_file())?;
    if of_client(&ledger, &change.client.name).await?.is_some() {
        // What this process fetched may be the new one already.
        change.before = None;
    }
    drop(ledger);
    let wish = match (flags.goes_on, flags.abort) {
        (_, true) => Wish::Abort,
        (true, _) => Wish::Continue,
        (false, false) => Wish::Go,
    };
    let mut came = step(inputs, &change, flags, wish).await?;
    let screen = Screen::new(common, inputs, &change);
    if asks(&came, wish) {
        print(&screen, &came, page);
        while asks(&came, wish) && answered() {
            came = step(inputs, &change, flags, Wish::Continue).await?;
            print(&screen, &came, page);
        }
    } else {
        print(&screen, &came, page);
    }
    Ok(ended(came))
}

/// Whether a person at this terminal is waited for.
fn asks(came: &Came, wish: Wish) -> bool {
    let here = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    let resets = match came {
        Came::Waits(record, _) => record.at.holds() && record.at.stage == Stage::Begun,
        Came::Refused(record, ..) => record.at.holds(),
        _ => false,
    };
    here && resets && wish == Wish::Go
}

/// Whether the person says that it is done; else the command ends, and can be continued.
fn answered() -> bool {
    screen::ask();
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line);
    read.is_ok_and(|length| length > 0)
}

/// Goes on as far as nobody is needed, with the ledger to ourselves.
async fn step(inputs: &Inputs, change: &Change<'_>, flags: &Rotate, wish: Wish) -> Result<Came> {
    let mut host = inputs.live().await?;
    // Only the secret that is tried may be tried, whatever else is where it comes from.
    host.ask_again(None);
    // Whoever changes a secret sees what fails here; nobody else has to be told.
    host.alarmed(&Alarm::default(), None);
    let kept = of_client(host.ledger().as_ref(), &change.client.name).await?;
    if let Some(wrong) = unfit(change, flags, wish, kept.as_ref().map(|kept| &kept.new)) {
        return Err(wrong.into());
    }
    change.go_on(&mut host, wish, inputs.policy()).await
}

/// What of the flags does not fit the vendor, or the change that is under way.
fn unfit(
    change: &Change<'_>,
    flags: &Rotate,
    wish: Wish,
    kept: Option<&Option<SecretRef>>,
) -> Option<Finding> {
    let client = change.client;
    match (kept, wish, &flags.new) {
        (Some(kept), Wish::Go | Wish::Continue, Some(_)) if *kept != change.new => {
            Some(other_change(client))
        }
        (None, Wish::Go, None) if client.overlap => Some(no_place(client)),
        (None, Wish::Go, Some(_)) if !client.overlap => Some(no_overlap(client)),
        _ => None,
    }
}

fn other_change(client: &ClientInfo) -> Finding {
    let message = format!("another change of the client {} is under way", client.name);
    Finding::error("creds.other_change", Place::default(), message)
        .hint("Leave --new out to go on with it, or end it with --abort.")
}

fn no_place(client: &ClientInfo) -> Finding {
    let message = format!(
        "the vendor of the client {} lets two secrets live side by side, so the new one needs a place of its own",
        client.name
    );
    Finding::error("creds.new_place", Place::default(), message)
        .hint("Make it at the vendor, store it, and name the place: --new file:PATH.")
}

fn no_overlap(client: &ClientInfo) -> Finding {
    let message = format!(
        "the client {} has one secret at a time, so the new one takes the old one's place",
        client.name
    );
    Finding::error("creds.no_overlap", Place::default(), message)
        .hint("Leave --new out; or set overlap = true if its vendor does take two.")
}

/// The accounts of the client.
fn of<'a>(inputs: &'a Inputs, flags: &Rotate) -> Result<Vec<&'a Link>> {
    let links = inputs.portfolio.links.iter();
    let of = |link: &&Link| {
        let client = link.client.as_ref();
        client.is_some_and(|client| client.name.as_str() == flags.client)
    };
    let links: Vec<_> = links.filter(of).collect();
    if !links.is_empty() {
        return Ok(links);
    }
    let known: Vec<_> = inputs
        .config
        .clients
        .keys()
        .map(ToString::to_string)
        .collect();
    let unused = known.contains(&flags.client);
    let (code, message) = match unused {
        true => ("creds.unused_client", "is used by no connection"),
        false => ("creds.unknown_client", "is not in the configuration"),
    };
    let hint = match known.is_empty() {
        true => "Describe it under [clients.NAME]; docs/secrets.md shows how.".to_owned(),
        false => format!("Known are: {}.", known.join(", ")),
    };
    let message = format!("the client {:?} {message}", flags.client);
    Err(Finding::error(code, Place::default(), message)
        .hint(hint)
        .into())
}

fn change<'a>(inputs: &Inputs, flags: &Rotate, links: Vec<&'a Link>) -> Result<Change<'a>> {
    let client: &ClientInfo = links
        .first()
        .and_then(|link| link.client.as_deref())
        .ok_or_else(|| Finding::error("program.fault", Place::default(), "no client"))?;
    let secret = secret(client, flags)?;
    let before = links[0].secrets.get(&secret).cloned();
    Ok(Change {
        client,
        secret,
        new: flags
            .new
            .as_deref()
            .map(|text| place(inputs, text))
            .transpose()?,
        before,
        seal: inputs.seal(),
        source: inputs.source(),
        by: signing::user(),
        links,
    })
}

/// The name of the secret that changes: the one that is no name itself.
fn secret(client: &ClientInfo, flags: &Rotate) -> Result<String, Finding> {
    let names = || client.references.keys();
    let known = || names().cloned().collect::<Vec<_>>().join(", ");
    let mut candidates = names().filter(|name| *name != "client_id");
    let chosen = match (&flags.secret, candidates.next(), candidates.next()) {
        (Some(named), ..) => names().find(|name| *name == named),
        (None, Some(only), None) => Some(only),
        (None, ..) => None,
    };
    chosen.cloned().ok_or_else(|| {
        let message = match &flags.secret {
            Some(named) => format!("the client {} has no secret {named}", client.name),
            None => format!("which secret of the client {} changes?", client.name),
        };
        let hint = format!("Name one with --secret. It has: {}.", known());
        Finding::error("creds.which_secret", Place::default(), message).hint(hint)
    })
}

fn ended(came: Came) -> Done {
    let (exit, findings) = match came {
        Came::Waits(_, why) => (Exit::Person, why.into_iter().map(|why| *why).collect()),
        Came::Refused(_, exit, finding) => (exit, vec![*finding]),
        Came::Done(_) | Came::Aborted(_) | Came::Nothing => (Exit::Done, Vec::new()),
    };
    Done { exit, findings }
}
