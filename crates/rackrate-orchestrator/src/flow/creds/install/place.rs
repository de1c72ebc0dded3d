//! From a grant to its connection: what it reaches, which connection that is, and the handing
//! over.
//!
//! Invariant: a connection that somebody has connected is not connected again here, and none
//! gets a grant that lacks a property which the mapping has there.

use std::collections::BTreeSet;

use rackrate_core::adapter::Discovery;
use rackrate_core::finding::{Finding, Place};
use rackrate_core::ids::{ConnectionId, VendorId};
use rackrate_ledger::op::{GrantState, KeptGrant, LedgerOp};
use rackrate_ledger::store::Ledger;
use rackrate_runtime::engine::types::{ConnIx, Event, Policy, Report};

use super::answer::Came;
use super::life::{Reached, Standing, Step};
use super::{Install, Origin, account, filed, installs, stepped};
use crate::flow::assemble::Bench;
use crate::flow::creds::{Settled, Wanted, settle};
use crate::host::Host;
use crate::portfolio::{Link, Portfolio};
use crate::problem::{Problem, Result};

/// What a cut off exchange is told as.
const CUT_OFF: &str = "it was cut off before the answer was written down";

/// Takes up what earlier processes left half done. A code whose answer is not on disk is not
/// sent again.
///
/// # Errors
/// When the ledger fails.
pub async fn resume(
    host: &mut dyn Host,
    portfolio: &Portfolio,
    policy: Policy,
) -> Result<Vec<(String, Came)>> {
    let mut came = Vec::new();
    for (name, install) in installs(host.ledger().as_ref()).await? {
        let install = heard(host, &name, install).await?;
        let waits = matches!(
            install.standing,
            Standing::Granted { .. } | Standing::Pending { .. }
        );
        if waits {
            let end = further(host, portfolio, &name, install, policy).await?;
            came.push((name, end));
        }
    }
    Ok(came)
}

/// What became of a code whose process ended: the grant is on disk, or nobody knows.
async fn heard(host: &mut dyn Host, name: &str, install: Install) -> Result<Install> {
    let Standing::Answered { at } = install.standing else {
        return Ok(install);
    };
    let kept = host.ledger().recover().await?.grants;
    let has = |id: &str| {
        let mut kept = kept.iter();
        kept.any(|one| one.connection.as_str() == id && one.consented >= at)
    };
    let step = match &install.origin {
        Origin::Invitation { connection, .. } if has(connection.as_str()) => {
            Step::Connected(connection.clone())
        }
        Origin::Vendor if has(name) => Step::Granted,
        _ => Step::Failed(CUT_OFF.to_owned()),
    };
    stepped(host, name, install, step).await
}

/// Goes on with an installation that has its grant: asks what that reaches, and gives it to the
/// connection that the mapping means, where it means one alone.
///
/// # Errors
/// When the ledger fails, or its account cannot be used.
pub async fn further(
    host: &mut dyn Host,
    portfolio: &Portfolio,
    name: &str,
    install: Install,
    policy: Policy,
) -> Result<Came> {
    let install = known(host, portfolio, name, install, policy).await?;
    let free = free(host.ledger().as_ref()).await?;
    match meant(portfolio, &install, &free) {
        Some(link) => {
            hand_over(host, name, install, link).await?;
            Ok(Came::Connected(link.id.clone()))
        }
        None => Ok(Came::Pending(name.to_owned())),
    }
}

/// An installation of which it is known what its grant reaches, as far as its vendor tells.
async fn known(
    host: &mut dyn Host,
    portfolio: &Portfolio,
    name: &str,
    install: Install,
    policy: Policy,
) -> Result<Install> {
    let mut templates = portfolio.links.iter();
    let template = templates.find(|link| install.is_of(link));
    let (Standing::Granted { .. }, Some(template)) = (&install.standing, template) else {
        return Ok(install);
    };
    let own = account(template, name)?;
    match reach(host, &own, policy).await? {
        Some(found) => stepped(host, name, install, Step::Reached(found)).await,
        None => Ok(install),
    }
}

/// The properties of a grant; `None` where the vendor does not tell.
async fn reach(host: &mut dyn Host, own: &Link, policy: Policy) -> Result<Option<Vec<Reached>>> {
    let ledger = host.ledger();
    let links = std::slice::from_ref(own);
    let bench = Bench::new(links, ledger.as_ref(), policy, host.now()).await?;
    let events = vec![Event::Discover(ConnIx(0))];
    let job = bench.job(ledger.as_ref(), false, events).await?;
    let reports = host.work(job).await?;
    Ok(reports.into_iter().find_map(|report| match report {
        Report::Discovered(_, found) => Some(reached(&found)),
        _ => None,
    }))
}

fn reached(found: &Discovery) -> Vec<Reached> {
    let one = |property: &rackrate_core::adapter::DiscoveredProperty| Reached {
        id: property.id.clone(),
        name: rackrate_core::error::clean(&property.name),
    };
    found.properties.iter().map(one).collect()
}

/// Whether a connection waits for a grant, by what the ledger has.
struct Free(Vec<KeptGrant>);

async fn free(ledger: &dyn Ledger) -> Result<Free> {
    Ok(Free(ledger.recover().await?.grants))
}

impl Free {
    fn has(&self, id: &ConnectionId) -> bool {
        let kept = self.0.iter().find(|kept| kept.connection == *id);
        kept.is_none_or(|kept| matches!(kept.state, GrantState::Ended { .. }))
    }
}

/// The one connection of its client that waits for a grant and has exactly its properties in
/// the mapping. More or fewer are for a person to decide about.
fn meant<'a>(portfolio: &'a Portfolio, install: &Install, free: &Free) -> Option<&'a Link> {
    let Standing::Pending { properties, .. } = &install.standing else {
        return None;
    };
    let reached: BTreeSet<&VendorId> = properties.iter().map(|one| &one.id).collect();
    let mut meant = portfolio.links.iter().filter(|link| {
        let mapped: BTreeSet<&VendorId> = link.mapped.iter().collect();
        fits(link, install, free) && !mapped.is_empty() && mapped == reached
    });
    let first = meant.next()?;
    meant.next().is_none().then_some(first)
}

fn fits(link: &Link, install: &Install, free: &Free) -> bool {
    let consented = link.adapter.auth().consent().is_some();
    consented && install.is_of(link) && free.has(&link.id)
}

/// Gives an installation to a connection, because a person says so.
///
/// # Errors
/// `creds.…` for why it cannot be given to that one.
pub async fn confirm(
    host: &mut dyn Host,
    portfolio: &Portfolio,
    name: &str,
    to: Option<&Link>,
    policy: Policy,
) -> Result<ConnectionId> {
    let install = found(host.ledger().as_ref(), name).await?;
    let install = heard(host, name, install).await?;
    let install = known(host, portfolio, name, install, policy).await?;
    let properties = match &install.standing {
        Standing::Pending { properties, .. } => properties,
        Standing::Granted { .. } => return Err(unknown(name)),
        _ => return Err(not_pending(name)),
    };
    let free = free(host.ledger().as_ref()).await?;
    let link = to.or_else(|| meant(portfolio, &install, &free));
    let link = link.ok_or_else(|| which(name, properties))?;
    refused(link, &install, properties, &free).map_or(Ok(()), Err)?;
    hand_over(host, name, install, link).await?;
    Ok(link.id.clone())
}

fn refused(link: &Link, install: &Install, properties: &[Reached], free: &Free) -> Option<Problem> {
    let finding =
        |code: &str, message: String| Finding::error(code, Place::default().on(&link.id), message);
    if link.adapter.auth().consent().is_none() || !install.is_of(link) {
        let message = "the installation is another client's, or another vendor's".to_owned();
        let hint = "Choose a connection of that vendor with the same client.";
        return Some(finding("creds.other_client", message).hint(hint).into());
    }
    if !free.has(&link.id) {
        let message = "somebody has connected it already".to_owned();
        let hint = "End that first with `rackrate creds logout`, or choose another connection.";
        return Some(
            finding("creds.already_connected", message)
                .hint(hint)
                .into(),
        );
    }
    let reaches = |id: &VendorId| properties.iter().any(|one| one.id == *id);
    let missing = link.mapped.iter().find(|id| !reaches(id))?;
    let message =
        format!("the mapping has its property {missing}, which the installation does not reach");
    let hint = "Choose the connection of this hotel, or correct the mapping.";
    Some(finding("creds.other_property", message).hint(hint).into())
}

/// The installation of that name.
async fn found(ledger: &dyn Ledger, name: &str) -> Result<Install> {
    let mut all = installs(ledger).await?;
    let unknown = || {
        let message = format!("there is no installation {name:?}");
        let finding = Finding::error("creds.unknown_install", Place::default(), message);
        Problem::input([finding.hint("`rackrate creds installs` lists them.")])
    };
    all.remove(name).ok_or_else(unknown)
}

fn not_pending(name: &str) -> Problem {
    let message = format!("{name} does not wait for a connection");
    let finding = Finding::error("creds.not_pending", Place::default(), message);
    Problem::input([finding.hint("`rackrate creds installs` tells where it stands.")])
}

fn unknown(name: &str) -> Problem {
    let message = format!("the vendor does not tell what {name} reaches");
    let finding = Finding::error("creds.unknown_reach", Place::default(), message);
    Problem::failed(
        finding.hint("Try again later; if it goes on, dismiss it and let the hotel begin again."),
    )
}

fn which(name: &str, properties: &[Reached]) -> Problem {
    let reached: Vec<_> = properties
        .iter()
        .map(|one| format!("{} ({})", one.id, one.name))
        .collect();
    let message = format!(
        "the mapping does not tell which connection {name} is for; it reaches {}",
        match reached.is_empty() {
            true => "nothing".to_owned(),
            false => reached.join(", "),
        }
    );
    let finding = Finding::error("creds.which_connection", Place::default(), message);
    Problem::input([finding.hint("Name it with --connection.")])
}

/// The grant becomes the connection's: one transaction, so it is nowhere or in one place.
async fn hand_over(host: &mut dyn Host, name: &str, install: Install, link: &Link) -> Result<()> {
    let ledger = host.ledger();
    let links = [account(link, name)?, link.clone()];
    let bench = Bench::new(&links, ledger.as_ref(), Policy::default(), host.now()).await?;
    let mut kept = bench.left().grants.iter();
    let kept = kept.find(|kept| kept.connection == links[0].id).cloned();
    let job = bench.job(ledger.as_ref(), false, Vec::new()).await?;
    let moved = kept.and_then(|kept| job.desk.hand_over(&kept, ConnIx(1)));
    let moved = moved.ok_or_else(|| closed(name))?;
    let step = Step::Connected(link.id.clone());
    let standing = install.standing.after(step, host.now());
    let standing = standing.map_err(|_| not_pending(name))?;
    let install = Install {
        standing,
        ..install
    };
    let gone = LedgerOp::Forgotten {
        connection: links[0].id.clone(),
        at: host.now(),
    };
    host.note(vec![LedgerOp::Grant(moved), gone, filed(name, &install)?])
        .await
}

fn closed(name: &str) -> Problem {
    let message = format!("the grant of {name} cannot be opened for that connection");
    let finding = Finding::error("creds.sealed", Place::default(), message);
    Problem::input([finding.hint(
        "The connection needs the same seal_key, addresses and client that it was made with; else dismiss it and let the hotel begin again.",
    )])
}

/// Ends an installation that waits.
///
/// # Errors
/// `creds.not_pending` for one that does not; what the vendor says against it.
pub async fn dismiss(
    host: &mut dyn Host,
    portfolio: &Portfolio,
    name: &str,
    policy: Policy,
) -> Result<Option<Finding>> {
    let install = found(host.ledger().as_ref(), name).await?;
    let install = heard(host, name, install).await?;
    let waits = matches!(
        install.standing,
        Standing::Granted { .. } | Standing::Pending { .. }
    );
    if !waits {
        return Err(not_pending(name));
    }
    let template = portfolio.links.iter().find(|link| install.is_of(link));
    let template = template.ok_or_else(|| closed(name))?;
    let own = account(template, name)?;
    if let Settled::Stopped(_, finding) = settle(host, &own, Wanted::End, policy).await? {
        return Ok(Some(finding));
    }
    stepped(host, name, install, Step::Dismissed).await?;
    Ok(None)
}
