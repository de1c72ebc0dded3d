//! `rackrate creds rekey`: another key for what the ledger keeps.
//!
//! The change is one commit. Before it the old key fits, after it the new one does, and a
//! repeat tries both; so nothing is lost whatever happens in between.

use rackrate_auth::seal::Seal;
use rackrate_auth::source::SecretRef;
use rackrate_core::finding::{Finding, Place};
use rackrate_core::ids::ConnectionId;
use rackrate_runtime::desk::Keys;
use serde_json::json;

use super::super::Done;
use super::super::inputs::Inputs;
use super::place;
use crate::cli::{Common, Output, Rekey};
use crate::exit::Exit;
use crate::flow::creds::rekey::{Rekeyed, forget, opened_by, rekey};
use crate::host::Host;
use crate::problem::{Problem, Result};
use crate::screen::{Page, Table, wrapped};
use crate::signing;

pub(super) async fn run(
    common: &Common,
    inputs: &Inputs,
    flags: &Rekey,
    page: &mut Page,
) -> Result<Done> {
    let (Some(old), Some(configured)) = (inputs.seal(), &inputs.config.seal_key) else {
        return Err(no_key().into());
    };
    let Some(new) = &flags.new else {
        return lost(common, inputs, &old, page).await;
    };
    let place = place(inputs, new)?;
    let new = key(inputs, &place).await?;
    let done = sealed(inputs, &Keys { old, new }).await?;
    match common.output {
        Output::Json => {
            let object = json!({
                "seal_key": place.to_string(),
                "configured": configured.to_string(),
                "switched": *configured == place,
                "sealed": done,
            });
            page.line(object.to_string());
        }
        Output::Table | Output::Junit => print(&place, configured, &done, page),
    }
    Ok(Done::with(Exit::Done))
}

/// Seals everything with the new key, where one of the two is the ledger's.
async fn sealed(inputs: &Inputs, keys: &Keys) -> Result<Rekeyed> {
    let mut host = inputs.live_with_any_key().await?;
    let ledger = host.ledger();
    let known = opened_by(ledger.as_ref(), &keys.old).await?;
    if known == Some(false) && opened_by(ledger.as_ref(), &keys.new).await? == Some(false) {
        return Err(stranger().into());
    }
    let links = &inputs.portfolio.links;
    rekey(&mut host, links, keys, signing::user(), inputs.policy()).await
}

/// The key that a reference leads to.
async fn key(inputs: &Inputs, place: &SecretRef) -> Result<Seal> {
    let secret = inputs.source().fetch(place).await.map_err(|error| {
        let message = format!("--new, {place}: {error}");
        let finding = Finding::error(error.code(), Place::default(), message);
        Problem::from(finding.hint(error.hint()))
    })?;
    Seal::with(&secret).map_err(|error| {
        let message = format!("--new, {place}: {error}");
        Finding::error("config.seal_key", Place::default(), message)
            .hint("Make one with `head -c 32 /dev/urandom | base64`, and store it there.")
            .into()
    })
}

fn no_key() -> Finding {
    let message = "the configuration names no key, so nothing that outlives a command is sealed";
    Finding::error("config.no_seal_key", Place::default(), message)
        .hint("Make one with `head -c 32 /dev/urandom | base64`, keep it safe, and refer to it as seal_key.")
}

fn stranger() -> Finding {
    let message = "neither the configured key nor the new one is the one that sealed this ledger";
    Finding::error("creds.wrong_seal_key", Place::default(), message)
        .hint("Let seal_key refer to the key that did. If it is lost: rackrate creds rekey --lost.")
}

fn print(new: &SecretRef, configured: &SecretRef, done: &Rekeyed, page: &mut Page) {
    say(
        page,
        &format!("Everything in the ledger is sealed with the key at {new}."),
    );
    page.line("");
    let mut table = Table::new(["what", ">count"]);
    let mut row = |what: &str, count: u32| table.row([what.to_owned(), count.to_string()]);
    row("tokens", done.tokens);
    row("consents", done.consents);
    row("waiting: invitations, changes of secrets", done.pending);
    row("of these, sealed with it before", done.already);
    row("tokens that no key opens; asked for anew", done.worthless);
    page.line(table.to_string());
    page.line("");
    if configured == new {
        return say(
            page,
            "The configuration refers to it. There is nothing left to do.",
        );
    }
    let steps = [
        format!("1. Let seal_key be \"{new}\" instead of \"{configured}\". Until then every command ends with creds.wrong_seal_key, and nothing is lost."),
        "2. Keep the old key as long as you keep backups of the ledger that it sealed; then destroy it.".to_owned(),
    ];
    for step in steps {
        let text = wrapped(&step, "     ");
        page.line(format!("  {}", text.trim_start()));
    }
}

async fn lost(common: &Common, inputs: &Inputs, seal: &Seal, page: &mut Page) -> Result<Done> {
    let mut host = inputs.live_with_any_key().await?;
    if opened_by(host.ledger().as_ref(), seal).await? == Some(true) {
        let message = "the configured key is the one that sealed this ledger, so it is not lost";
        let finding = Finding::error("creds.key_not_lost", Place::default(), message);
        return Err(finding.hint("Use --new to replace it.").into());
    }
    let consents = forget(&mut host, seal, signing::user()).await?;
    if common.output == Output::Json {
        page.line(json!({ "forgotten": consents }).to_string());
    } else {
        say(
            page,
            "What the lost key sealed is forgotten; the configured one is used from now on.",
        );
        for id in &consents {
            say(page, &again(inputs, id));
        }
    }
    let exit = match consents.is_empty() {
        true => Exit::Done,
        false => Exit::Person,
    };
    Ok(Done::with(exit))
}

/// How a consent comes back. That of an installation is no connection's yet.
fn again(inputs: &Inputs, id: &ConnectionId) -> String {
    match inputs.portfolio.link(id) {
        Some(_) => format!("To be connected again: rackrate creds login {id}"),
        None => format!("To be begun again by its hotel: {id}"),
    }
}

fn say(page: &mut Page, text: &str) {
    page.line(wrapped(text, ""));
}
