//! Credentials of accounts: connecting, renewing, ending, and what state they are in.

pub mod check;
pub mod consent;
pub mod forecast;
pub mod install;
pub mod keepalive;
pub mod list;
pub mod rekey;
pub mod review;
pub mod rotate;
mod round;
pub mod secret;
pub mod standing;

use rackrate_core::auth::{Ask, Grant};
use rackrate_core::finding::{Finding, Place};
use rackrate_core::ids::ConnectionId;
use rackrate_core::secret::{Secret, Secrets};
use rackrate_ledger::op::SealedToken;
use rackrate_ledger::store::Ledger;
use rackrate_runtime::desk::{Code, Desk};
use rackrate_runtime::engine::types::{ConnIx, Event, GrantIx, Policy, Report};
use serde::Serialize;

use super::assemble::Bench;
use super::standing::Holders;
use crate::exit::Exit;
use crate::host::Host;
use crate::portfolio::Link;
use crate::problem::{Result, of_failure, of_silence};

/// What is wanted of a credential.
#[derive(Debug)]
pub enum Wanted {
    /// A grant, for this code.
    Grant(Code),
    /// A new token.
    Renewal,
    /// A key that lasts, for the refresh token that a consent has.
    Migration,
    /// Its end.
    End,
}

/// What became of what was wanted.
#[derive(Debug)]
pub enum Settled {
    /// It is done; beside it this is to be told.
    Done(Option<Finding>),
    /// It is not done, because this stood in the way.
    Stopped(Exit, Finding),
}

impl Wanted {
    /// The event that brings it about; a code waits at the desk.
    fn asked(self, grant: GrantIx, desk: &mut Desk) -> Event {
        match self {
            Self::Grant(code) => {
                desk.take_code(grant, code);
                Event::Consented(grant)
            }
            Self::Renewal => Event::RenewalWanted(grant),
            Self::Migration => Event::MigrationWanted(grant),
            Self::End => Event::Withdrawn(grant),
        }
    }
}

/// Does what is wanted.
///
/// # Errors
/// When the ledger fails, or the account cannot be used.
pub async fn settle(
    host: &mut dyn Host,
    link: &Link,
    wanted: Wanted,
    policy: Policy,
) -> Result<Settled> {
    let ledger = host.ledger();
    let links = std::slice::from_ref(link);
    let bench = Bench::new(links, ledger.as_ref(), policy, host.now()).await?;
    let mut job = bench.job(ledger.as_ref(), false, Vec::new()).await?;
    let grant = job.desk.connection(ConnIx(0)).grant;
    let renews = matches!(wanted, Wanted::Renewal);
    job.events.push(wanted.asked(grant, &mut job.desk));
    let before = kept_token(ledger.as_ref(), &link.id).await?;
    let holders = Holders::of(&job.setup);
    let reports = host.work(job).await?;
    let told = reports.iter().find_map(|report| holders.told(report));
    let end = match reports.iter().find_map(|report| ended(report, link)) {
        Some(end) => end,
        // A renewal is told by what it left; whatever else left no word came to no end.
        None if renews && kept_token(ledger.as_ref(), &link.id).await? != before => Ok(()),
        None => Err(of_silence(Place::default(), &link.id)),
    };
    Ok(match (end, told) {
        (Err((exit, finding)), _) => Settled::Stopped(exit, finding),
        (Ok(()), Some((exit, finding))) if exit != Exit::Done => Settled::Stopped(exit, finding),
        (Ok(()), told) => Settled::Done(told.map(|(_, finding)| finding)),
    })
}

/// Whether a report is about the end of what was wanted, and which.
fn ended(report: &Report, link: &Link) -> Option<Result<(), (Exit, Finding)>> {
    match report {
        Report::NoToken(_, failure) => Some(Err(of_failure(failure, Place::default(), &link.id))),
        Report::Connected(_) | Report::Disconnected(_) => Some(Ok(())),
        _ => None,
    }
}

async fn kept_token(ledger: &dyn Ledger, id: &ConnectionId) -> Result<Option<SealedToken>> {
    let mut tokens = ledger.recover().await?.tokens.into_iter();
    Ok(tokens.find(|token| token.connection == *id))
}

/// How an account proves who we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// A secret that is sent as it is.
    Key,
    /// Tokens for the client's own secret.
    Client,
    /// Tokens that a person consented to.
    Consent,
}

/// How an account proves who we are, told by what its adapter would do with any secrets:
/// those of the account may not have been fetched.
pub fn way(link: &Link) -> Way {
    let auth = link.adapter.auth();
    if auth.consent().is_some() {
        return Way::Consent;
    }
    let names = link.adapter.manifest().secrets.iter();
    let any = names.map(|name| ((*name).to_owned(), Secret::new("any".to_owned())));
    match auth.grant(&Secrets::new(any), Ask::First) {
        Ok(Grant::Static) => Way::Key,
        Ok(_) | Err(_) => Way::Client,
    }
}

#[cfg(test)]
mod tests {
    use crate::sample::Sample;

    use super::*;

    #[test]
    fn an_account_proves_who_we_are_in_the_same_way_before_its_secrets_are_fetched() {
        let mut portfolio = Sample::new(None).unwrap().portfolio().unwrap();
        for link in &mut portfolio.links {
            link.secrets = Secrets::new([]);
        }
        let links = portfolio.links.iter();
        let told: Vec<_> = links.map(|link| (link.id.as_str(), way(link))).collect();
        assert_eq!(told, [("cloudbeds", Way::Key), ("generic", Way::Client)]);
    }
}
