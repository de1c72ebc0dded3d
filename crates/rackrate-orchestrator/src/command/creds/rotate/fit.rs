//! Whether the flags of a change fit the configuration, the vendor, and the change that is
//! under way.

use rackrate_auth::changeover::Wish;
use rackrate_auth::source::SecretRef;
use rackrate_core::finding::{Finding, Place};

use super::super::super::inputs::Inputs;
use crate::cli::Rotate;
use crate::flow::creds::rotate::Change;
use crate::portfolio::{ClientInfo, Link};
use crate::problem::Result;

/// What of the flags does not fit the vendor, or the change that is under way.
pub(super) fn unfit(
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
pub(super) fn of<'a>(inputs: &'a Inputs, flags: &Rotate) -> Result<Vec<&'a Link>> {
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

/// The name of the secret that changes: the one that is no name itself.
pub(super) fn secret(client: &ClientInfo, flags: &Rotate) -> Result<String, Finding> {
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
