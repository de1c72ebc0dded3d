//! `rackrate creds migrate`: the refresh token of a consent becomes a key that lasts, once and
//! for good.

use rackrate_core::auth::Rotation;

use super::super::Done;
use super::super::inputs::Inputs;
use super::list::known;
use super::{meant, mistake, wanted};
use crate::cli::OneConnection;
use crate::flow::creds::Wanted;
use crate::flow::creds::standing::State;
use crate::portfolio::Link;
use crate::problem::Result;
use crate::screen::Page;

/// Does it, where there is something to exchange.
pub(super) async fn run(inputs: &Inputs, flags: &OneConnection, page: &mut Page) -> Result<Done> {
    let link = meant(inputs, flags)?;
    let consent = link.adapter.auth().consent();
    if consent.is_none_or(|consent| consent.rotation() != Rotation::Lasting) {
        let message = "it is not configured for keys, so its refresh token stays what it is";
        let hint =
            "Where its vendor gives keys for consents, its README says how to configure that.";
        return Err(mistake("creds.no_key", link, message).hint(hint).into());
    }
    let all = known(inputs).await?;
    let its = all.iter().find(|one| one.connection == link.id);
    let state = its.map_or(&State::NotConnected, |one| &one.state);
    if *state != State::ToMigrate {
        return Err(nothing(link, state).into());
    }
    let done = "has a key now, and its refresh token is not used any more";
    wanted(inputs, link, Wanted::Migration, page, done).await
}

fn nothing(link: &Link, state: &State) -> rackrate_core::finding::Finding {
    let (message, hint) = match state {
        State::Connected => ("it has a key already", "There is nothing to do."),
        _ => (
            "it has no refresh token that could become a key",
            "Let a person consent: `rackrate creds login` or `creds invite`; that brings a key.",
        ),
    };
    mistake("creds.nothing_to_migrate", link, message).hint(hint)
}
