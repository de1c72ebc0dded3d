//! Credentials of accounts: connecting, renewing, ending, and what state they are in.

use std::time::Duration;

use rackrate_core::auth::{Ask, Grant};
use rackrate_core::finding::{Finding, Place};
use rackrate_core::ids::ConnectionId;
use rackrate_ledger::op::{GrantState, KeptGrant};
use rackrate_ledger::store::{Ledger, Recovered};
use rackrate_runtime::desk::Code;
use rackrate_runtime::engine::types::{ConnIx, Event, Policy, Report};
use serde::Serialize;

use super::assemble::Bench;
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
    /// Its end.
    End,
}

/// Does it. What stood in the way, if anything did.
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
        Wanted::End => Event::Withdrawn(grant),
    });
    let token = |left: Recovered| {
        let mut tokens = left.tokens.into_iter();
        tokens.find(|token| token.connection == link.id)
    };
    let before = token(ledger.recover().await?);
    for report in host.work(job).await? {
        match report {
            Report::NoToken(_, failure) => {
                return Ok(Some(of_failure(&failure, Place::default(), &link.id)));
            }
            Report::Connected(_) | Report::Disconnected(_) => return Ok(None),
            _ => {}
        }
    }
    // A renewal is told by what it left; whatever else left no word came to no end.
    let renewed = renews && token(ledger.recover().await?) != before;
    Ok((!renewed).then(|| of_silence(Place::default(), &link.id)))
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

/// What state a credential is in, as far as the ledger knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// Its secret is configured; only the vendor knows more.
    Configured,
    /// A person has to consent first.
    NotConnected,
    /// A person has consented.
    Connected,
    /// A refresh was not heard of; the next command finds out what became of it.
    Open,
    /// A person has to consent again.
    NeedsAuthorization {
        /// Why.
        why: String,
    },
}

/// One account's credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Credential {
    /// The account.
    pub connection: ConnectionId,
    /// Its vendor, for people.
    pub vendor: &'static str,
    /// How it proves who we are.
    pub way: Way,
    /// Its state.
    #[serde(flatten)]
    pub state: State,
    /// When a person consented, in UTC.
    pub consented: Option<String>,
    /// Until when the token at hand lives, where there is one and the vendor said, in UTC.
    pub token_until: Option<String>,
    /// What was granted, where the vendor said.
    pub scope: Option<String>,
}

/// The credentials of these accounts, in their order. Tokens count only when `kept`: without
/// a key of the configuration nobody can open those that the ledger has.
///
/// # Errors
/// When the ledger cannot be read.
pub async fn list(ledger: &dyn Ledger, links: &[Link], kept: bool) -> Result<Vec<Credential>> {
    let mut left = ledger.recover().await?;
    left.tokens.retain(|_| kept);
    Ok(links.iter().map(|link| credential(link, &left)).collect())
}

/// How it proves who we are.
pub fn way(link: &Link) -> Way {
    match link.adapter.auth().grant(&link.secrets, Ask::First) {
        Ok(Grant::Static) | Err(_) => Way::Key,
        Ok(Grant::Exchange(_)) => Way::Client,
        Ok(Grant::Person) => Way::Consent,
    }
}

fn credential(link: &Link, left: &Recovered) -> Credential {
    let way = way(link);
    let kept = left.grants.iter().find(|kept| kept.connection == link.id);
    let kept = kept.filter(|_| way == Way::Consent);
    let token = left.tokens.iter().find(|one| one.connection == link.id);
    let until = token.and_then(|token| {
        let life = Duration::from_millis(token.lifetime?);
        Some(token.asked.after(life))
    });
    Credential {
        connection: link.id.clone(),
        vendor: link.entry.title,
        way,
        state: match way {
            Way::Consent => kept.map_or(State::NotConnected, state),
            Way::Key | Way::Client => State::Configured,
        },
        consented: kept.map(|kept| kept.consented.to_string()),
        token_until: until.map(|until| until.to_string()),
        scope: kept.and_then(|kept| kept.scope.clone()),
    }
}

fn state(kept: &KeptGrant) -> State {
    match &kept.state {
        GrantState::Held => State::Connected,
        GrantState::Leaving { .. } => State::Open,
        GrantState::Ended { why, .. } => State::NeedsAuthorization { why: why.clone() },
    }
}
