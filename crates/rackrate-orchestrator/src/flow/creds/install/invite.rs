//! Links for hotels: each for one connection, for one use and for a short time.
//!
//! Whoever has a link may answer it, so it is good for a week unless somebody says otherwise:
//! long enough for a mail that is read after the weekend. A newer link for a connection closes
//! the older one.
//!
//! Invariant: of a link's state the ledger has a digest alone, and its verifier sealed.

use std::collections::BTreeMap;
use std::time::Duration;

use rackrate_auth::consent::Invited;
use rackrate_core::auth::Consent;
use rackrate_core::clock::Wall;
use rackrate_core::finding::{Finding, Place};
use rackrate_core::ids::ConnectionId;
use rackrate_core::secret::Secret;
use rackrate_ledger::op::LedgerOp;
use rackrate_plan::properties::Property;
use serde::Serialize;
use url::Url;

use super::life::{Standing, Step};
use super::{Install, Origin, filed, installs, name_of_state, tidied};
use crate::flow::creds::consent::ask;
use crate::host::Host;
use crate::portfolio::{Link, Portfolio};
use crate::problem::Result;

/// A link, made.
#[derive(Clone, Debug, Serialize)]
pub struct Sent {
    /// For this connection.
    pub connection: ConnectionId,
    /// The hotels that the mapping has there.
    pub properties: Vec<Hotel>,
    /// The address to open. Its state is the only secret in it.
    pub link: Url,
    /// Until when it may be used, in UTC.
    pub valid_until: String,
}

/// Whom a link is for.
#[derive(Clone, Debug, Serialize)]
pub struct Hotel {
    /// Our code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Whom to write to; empty where nobody is given.
    pub contact: String,
}

/// Makes links for these accounts.
///
/// # Errors
/// `creds.no_redirect` and `creds.no_consent` for accounts that cannot be invited; then there
/// is none for the others either.
pub async fn invite(
    host: &mut dyn Host,
    portfolio: &Portfolio,
    links: &[&Link],
    valid: Duration,
) -> Result<Vec<Sent>> {
    let ledger = host.ledger();
    let (now, before) = (host.now(), installs(ledger.as_ref()).await?);
    let until = now.after(valid);
    let mut ops: Vec<_> = tidied(&before, now).collect();
    let mut sent = Vec::new();
    for link in links {
        let (address, name, install) = invitation(link, now, until)?;
        ops.extend(replaced(&before, &link.id, now)?);
        ops.push(filed(&name, &install)?);
        sent.push(Sent {
            connection: link.id.clone(),
            properties: hotels(portfolio, &link.id),
            link: address,
            valid_until: until.to_string(),
        });
    }
    host.note(ops).await?;
    Ok(sent)
}

/// The links of a connection that were still open, closed.
fn replaced(
    before: &BTreeMap<String, Install>,
    connection: &ConnectionId,
    now: Wall,
) -> Result<Vec<LedgerOp>> {
    let its = before
        .iter()
        .filter(|(_, install)| install.connection() == Some(connection));
    let closed = its.filter_map(|(name, install)| {
        let standing = install.standing.after(Step::Replaced, now).ok()?;
        let install = Install {
            standing,
            ..install.clone()
        };
        Some(filed(name, &install))
    });
    closed.collect()
}

/// A link, the name of its record, and the record.
fn invitation(link: &Link, now: Wall, until: Wall) -> Result<(Url, String, Install)> {
    let (consent, redirect) = may_invite(link)?;
    let (invited, address) = ask(link, consent, redirect)?;
    let name = name_of_state(&invited.state);
    let sealed = invited.verifier.as_ref().map(|verifier| {
        let sealed = sealed(link, &name, verifier);
        sealed.ok_or_else(|| fault(link, "creds.random", "the verifier cannot be sealed"))
    });
    let origin = Origin::Invitation {
        connection: link.id.clone(),
        sent: now,
        verifier: sealed.transpose()?,
    };
    let install = Install::at(link, origin, Standing::Invited { until });
    Ok((address, name, install))
}

/// How a person is asked for that account, and where the answer comes.
fn may_invite(link: &Link) -> Result<(&dyn Consent, Url), Finding> {
    let Some(consent) = link.adapter.auth().consent() else {
        let message = "its credential needs nobody's consent, so nobody can be invited";
        let hint = "It is used as it is configured; `rackrate creds check` tries it.";
        return Err(fault(link, "creds.no_consent", message).hint(hint));
    };
    let redirect = link.redirect.clone().ok_or_else(|| {
        let message = "it has no redirect, so an answer could not come back";
        let hint = "Set redirect to the address that is registered at the vendor and leads to `rackrate creds callback`.";
        fault(link, "creds.no_redirect", message).hint(hint)
    })?;
    Ok((consent, redirect))
}

fn fault(link: &Link, code: &str, message: &str) -> Finding {
    Finding::error(code, Place::default().on(&link.id), message)
}

fn sealed(link: &Link, name: &str, verifier: &Secret) -> Option<String> {
    link.seal
        .as_ref()?
        .close(&bound_to(&link.id, name), verifier)
}

/// A verifier opens for its own link and connection alone.
pub(in crate::flow::creds) fn bound_to(connection: &ConnectionId, name: &str) -> Vec<u8> {
    format!("verifier of {name} for {connection}").into_bytes()
}

/// What an answer to an invitation is known by, as it was when the link was made; `None` where
/// the verifier cannot be opened, because the key or the record is another one.
pub(super) fn remembered(
    link: &Link,
    name: &str,
    state: &str,
    verifier: Option<&String>,
) -> Option<Invited> {
    let consent = link.adapter.auth().consent()?;
    let open = |text: &String| link.seal.as_ref()?.open(&bound_to(&link.id, name), text);
    let verifier = match verifier {
        None => None,
        Some(text) => Some(open(text)?),
    };
    Some(Invited {
        redirect: link.redirect.clone()?,
        state: state.to_owned(),
        verifier,
        issuer: consent.issuer().map(str::to_owned),
    })
}

/// The hotels that the mapping has at a connection.
fn hotels(portfolio: &Portfolio, connection: &ConnectionId) -> Vec<Hotel> {
    let lanes = portfolio.mapping.lanes();
    let its = lanes.filter(|(at, ..)| *at == connection);
    its.filter_map(|(_, code, _)| portfolio.properties.get(code))
        .map(hotel)
        .collect()
}

fn hotel(property: &Property) -> Hotel {
    Hotel {
        code: property.code.to_string(),
        name: property.name.clone(),
        contact: property.contact.clone(),
    }
}
