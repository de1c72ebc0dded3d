//! Lets the authorization servers of a portfolio describe themselves, each once.
//!
//! Invariant: an account whose server is not known is not used, and the finding names account,
//! file and server.

use std::collections::BTreeMap;

use rackrate_core::finding::{Finding, Place};
use rackrate_core::metadata::{Issuer, Metadata};
use rackrate_runtime::metadata::{NotKnown, Servers};

use super::Link;
use crate::exit::Exit;
use crate::problem::{Problem, Result};

/// Asks the servers that describe themselves, where accounts wait for it; `file` is the
/// configuration's name in messages.
///
/// # Errors
/// `server.unavailable` (failed) for one that gives no answer, `server.refused` (bad input) for
/// one that is not what the settings say; `tls.unusable`.
pub async fn meet_servers(links: &mut [Link], file: &str) -> Result<()> {
    let mut known = BTreeMap::new();
    for link in links {
        let Some(issuer) = link.adapter.awaits().map(|awaits| awaits.issuer().clone()) else {
            continue;
        };
        if !known.contains_key(&issuer) {
            let told = told(&issuer, link, file).await?;
            known.insert(issuer.clone(), told);
        }
        let (Some(told), Some(awaits)) = (known.get(&issuer), link.adapter.awaits()) else {
            continue;
        };
        let place = || Place::file(file).on(&link.id);
        link.adapter = awaits.knowing(told).map_err(|unfit| {
            let message = format!("the server {issuer} cannot be used: {unfit}");
            let finding = Finding::error("server.refused", place(), message);
            Problem::input([finding.hint(unfit.hint())])
        })?;
    }
    Ok(())
}

async fn told(issuer: &Issuer, link: &Link, file: &str) -> Result<Metadata> {
    let place = || Place::file(file).on(&link.id);
    let servers = Servers::new().map_err(|error| {
        let finding = Finding::error("tls.unusable", place(), error.to_string());
        Problem::failed(finding.hint("Install the system's certificate authorities."))
    })?;
    let vendor = &link.adapter.manifest().vendor;
    let told = servers.ask(issuer, &link.id, vendor).await;
    told.map_err(|why| {
        let message = format!("the server {issuer} does not describe itself: {why}");
        let (code, exit, hint) = match &why {
            NotKnown::Unfit(_, unfit) => ("server.refused", Exit::BadInput, unfit.hint()),
            NotKnown::Unanswered(..) | NotKnown::Status(..) => (
                "server.unavailable",
                Exit::Failed,
                "Check authorization_server in the connection's settings and the network, then try again.",
            ),
        };
        let findings = vec![Finding::error(code, place(), message).hint(hint)];
        Problem { exit, findings }
    })
}
