//! What state the credentials of accounts are in, as far as the ledger knows.

use std::time::Duration;

use rackrate_core::auth::Rotation;
use rackrate_core::error::ErrorKind;
use rackrate_core::ids::ConnectionId;
use rackrate_ledger::op::{Drawer, GrantState, KeptGrant};
use rackrate_ledger::store::{Ledger, Recovered};
use rackrate_ledger::suspension::Suspension;
use serde::Serialize;

use super::{Way, way};
use crate::portfolio::Link;
use crate::problem::Result;

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
    /// A person has consented, and the refresh token of that has to become a key first.
    ToMigrate,
    /// A refresh was not heard of; the next command finds out what became of it.
    Open,
    /// A person has to consent again.
    NeedsAuthorization {
        /// Why.
        why: String,
    },
    /// The property has disconnected us.
    Disconnected {
        /// Why.
        why: String,
    },
    /// Whoever approved the connection is no user any more; another one has to.
    ApproverLeft {
        /// Why.
        why: String,
    },
    /// Its vendor has suspended the client, when it was last asked.
    Suspended {
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
    let suspended = ledger.filed(Drawer::Suspended).await?;
    let suspended = suspended.values().filter_map(|body| Suspension::read(body));
    let suspended: Vec<_> = suspended.collect();
    let each = links.iter().map(|link| {
        let its = suspended
            .iter()
            .find(|one| one.connections.contains(&link.id));
        let why = its.map(|one| one.why.clone());
        let of = credential(link, &left);
        Credential {
            state: why.map_or(of.state, |why| State::Suspended { why }),
            ..of
        }
    });
    Ok(each.collect())
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
            Way::Consent => kept.map_or(State::NotConnected, |kept| state(link, kept)),
            Way::Key | Way::Client => State::Configured,
        },
        consented: kept.map(|kept| kept.consented.to_string()),
        token_until: until.map(|until| until.to_string()),
        scope: kept.and_then(|kept| kept.scope.clone()),
    }
}

fn state(link: &Link, kept: &KeptGrant) -> State {
    let consent = link.adapter.auth().consent();
    let gives_keys = consent.is_some_and(|one| one.rotation() == Rotation::Lasting);
    match &kept.state {
        GrantState::Held if gives_keys => State::ToMigrate,
        GrantState::Held | GrantState::Lasting => State::Connected,
        GrantState::Leaving { .. } => State::Open,
        GrantState::Ended { why, kind, .. } => {
            let why = why.clone();
            match kind {
                ErrorKind::Disconnected => State::Disconnected { why },
                ErrorKind::ApproverLeft => State::ApproverLeft { why },
                _ => State::NeedsAuthorization { why },
            }
        }
    }
}
