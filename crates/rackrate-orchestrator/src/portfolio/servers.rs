//! Lets the authorization servers of a portfolio describe themselves, each once.
//!
//! Invariant: an account whose server is not known is not used, and the finding names account,
//! file and server.

use std::collections::BTreeMap;

use futures_util::{StreamExt, stream};
use rackrate_core::finding::{Finding, Place};
use rackrate_core::metadata::{Issuer, Metadata};
use rackrate_runtime::metadata::{NotKnown, Servers};

use super::Link;
use crate::exit::Exit;
use crate::problem::{Problem, Result};

/// So many are asked at once.
const AT_ONCE: usize = 8;

/// What servers say of themselves, or why nothing is known.
#[derive(Debug)]
pub struct Known(BTreeMap<Issuer, std::result::Result<Metadata, NotKnown>>);

/// Asks the servers that describe themselves, where accounts wait for it; `file` is the
/// configuration's name in messages.
///
/// # Errors
/// `server.unavailable` (failed) for one that gives no answer, `server.refused` (bad input) for
/// one that is not what the settings say; `tls.unusable`.
pub async fn meet_servers(links: &mut [Link], file: &str) -> Result<()> {
    let known = ask_servers(links).await?;
    let mut all = links.iter_mut();
    all.try_for_each(|link| known.introduce(link, file))
}

/// Asks the servers that these accounts wait for.
///
/// # Errors
/// `tls.unusable`; what a server does is told when an account is introduced to it.
pub async fn ask_servers(links: &[Link]) -> Result<Known> {
    let mut first = BTreeMap::new();
    for link in links {
        if let Some(awaits) = link.adapter.awaits() {
            first.entry(awaits.issuer().clone()).or_insert(link);
        }
    }
    if first.is_empty() {
        return Ok(Known(BTreeMap::new()));
    }
    let servers = &Servers::new().map_err(|error| {
        let finding = Finding::error("tls.unusable", Place::default(), error.to_string());
        Problem::failed(finding.hint("Install the system's certificate authorities."))
    })?;
    let asked = first.into_iter().map(|(issuer, link)| async move {
        let vendor = &link.adapter.manifest().vendor;
        let told = servers.ask(&issuer, &link.id, vendor).await;
        (issuer, told)
    });
    let known = stream::iter(asked).buffer_unordered(AT_ONCE).collect();
    Ok(Known(known.await))
}

impl Known {
    /// Lets an account know its server, where it waits for that.
    ///
    /// # Errors
    /// As of [`meet_servers`], about that account.
    pub fn introduce(&self, link: &mut Link, file: &str) -> Result<()> {
        let Some(awaits) = link.adapter.awaits() else {
            return Ok(());
        };
        let issuer = awaits.issuer();
        let place = Place::file(file).on(&link.id);
        let told = match self.0.get(issuer) {
            Some(Ok(told)) => told,
            Some(Err(why)) => return Err(unknown(issuer, why, place)),
            None => return Ok(()),
        };
        link.adapter = awaits.knowing(told).map_err(|unfit| {
            let message = format!("the server {issuer} cannot be used: {unfit}");
            let finding = Finding::error("server.refused", place, message);
            Problem::input([finding.hint(unfit.hint())])
        })?;
        Ok(())
    }
}

fn unknown(issuer: &Issuer, why: &NotKnown, place: Place) -> Problem {
    let message = format!("the server {issuer} does not describe itself: {why}");
    let (code, exit, hint) = match why {
        NotKnown::Unfit(_, unfit) => ("server.refused", Exit::BadInput, unfit.hint()),
        NotKnown::Unanswered(..) | NotKnown::Status(..) => (
            "server.unavailable",
            Exit::Failed,
            "Check authorization_server in the connection's settings and the network, then try again.",
        ),
    };
    let findings = vec![Finding::error(code, place, message).hint(hint)];
    Problem { exit, findings }
}
