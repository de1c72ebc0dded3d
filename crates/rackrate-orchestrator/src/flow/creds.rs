//! Credentials of accounts: connecting, renewing, ending, and what state they are in.

pub mod check;
pub mod forecast;
pub mod install;
pub mod keepalive;
pub mod list;
pub mod rekey;
pub mod review;
pub mod rotate;
pub mod secret;
pub mod standing;

use rackrate_core::auth::{Ask, Grant};
use rackrate_core::finding::{Finding, Place};
use rackrate_core::secret::{Secret, Secrets};
use rackrate_ledger::store::Recovered;
use rackrate_runtime::desk::Code;
use rackrate_runtime::engine::types::{ConnIx, Event, Policy, Report};
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

/// Does it. What stood in the way, if anything did; with [`Exit::Done`] what is to be told of
/// what was done.
///
/// # Errors
/// When the ledger fails, or the account cannot be used.
pub async fn settle(
    host: &mut dyn Host,
    link: &Link,
    wanted: Wanted,
    policy: Policy,
) -> Result<Option<(Exit, Finding)>> {
    let ledger = host.ledger();
    let links = std::slice::from_ref(link);
    let bench = Bench::new(links, ledger.as_ref(), policy, host.now()).await?;
    let mut job = bench.job(ledger.as_ref(), false, Vec::new()).await?;
    let grant = job.desk.connection(ConnIx(0)).grant;
    let renews = matches!(wanted, Wanted::Renewal);
    job.events.push(match wanted {
        Wanted::Grant(code) => {
            job.desk.take_code(grant, code);
            Event::Consented(grant)
        }
        Wanted::Renewal => Event::RenewalWanted(grant),
        Wanted::Migration => Event::MigrationWanted(grant),
        Wanted::End => Event::Withdrawn(grant),
    });
    let token = |left: Recovered| {
        let mut tokens = left.tokens.into_iter();
        tokens.find(|token| token.connection == link.id)
    };
    let before = token(ledger.recover().await?);
    let holders = Holders::of(&job.setup);
    let mut warning = None;
    for report in host.work(job).await? {
        warning = warning.or(holders.told(&report));
        match report {
            Report::NoToken(_, failure) => {
                return Ok(Some(of_failure(&failure, Place::default(), &link.id)));
            }
            Report::Connected(_) | Report::Disconnected(_) => return Ok(warning),
            _ => {}
        }
    }
    // A renewal is told by what it left; whatever else left no word came to no end.
    match renews && token(ledger.recover().await?) != before {
        true => Ok(warning),
        false => Ok(Some(of_silence(Place::default(), &link.id))),
    }
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
