//! What is known of the credentials of accounts without asking anybody: by what they prove who
//! we are, what state they are in, their dates on record, and whom to talk to about them.
//!
//! Screens and forecasts are made of this; no secret is needed for it.
//!
//! Invariant: nothing is guessed. What is on no record is `None`.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use rackrate_core::auth::Rotation;
use rackrate_core::clock::Wall;
use rackrate_core::error::ErrorKind;
use rackrate_core::ids::ConnectionId;
use rackrate_core::lifetime::Lifetime;
use rackrate_ledger::dates::{self, Dates};
use rackrate_ledger::op::{Drawer, GrantState, KeptGrant};
use rackrate_ledger::store::{Ledger, Recovered};
use rackrate_ledger::suspension::Suspension;
use serde::Serialize;

use super::{Way, way};
use crate::portfolio::{Link, Portfolio};
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

/// A hotel that an account is used for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hotel {
    /// Its name.
    pub name: String,
    /// Whom to ask there; empty where nobody is named.
    pub contact: String,
}

/// One account's credential.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The account.
    pub connection: ConnectionId,
    /// Its vendor, for people.
    pub vendor: &'static str,
    /// How it proves who we are.
    pub way: Way,
    /// Its state.
    pub state: State,
    /// When a person consented.
    pub consented: Option<Wall>,
    /// When the refresh token at hand came.
    pub refreshed: Option<Wall>,
    /// When its state ended, where it has.
    pub ended: Option<Wall>,
    /// Until when the access token at hand lives, where there is one and the vendor said.
    pub token_until: Option<Wall>,
    /// The scopes asked for.
    pub asked: Vec<String>,
    /// The scopes granted, where the vendor said.
    pub granted: Option<String>,
    /// Its dates on record.
    pub dates: Dates,
    /// The vendor's rules by which it ends.
    pub lifetimes: Vec<Lifetime>,
    /// The hotels it is used for.
    pub hotels: Vec<Hotel>,
    /// Who can change its client's secret, where the configuration says.
    pub owner: Option<String>,
    /// When its client's secret ends at the vendor, where the configuration says.
    pub secret_ends: Option<Wall>,
}

/// The credentials of all accounts, in their order. Access tokens count only when `kept`:
/// without a key of the configuration nobody can open those that the ledger has.
///
/// # Errors
/// When the ledger cannot be read.
pub async fn standings(
    ledger: &dyn Ledger,
    portfolio: &Portfolio,
    kept: bool,
) -> Result<Vec<Standing>> {
    let mut left = ledger.recover().await?;
    left.tokens.retain(|_| kept);
    let mut dates = dates::read(&ledger.filed(Drawer::Use).await?)?;
    let suspended = ledger.filed(Drawer::Suspended).await?;
    let suspended = suspended.values().filter_map(|body| Suspension::read(body));
    let suspended: Vec<_> = suspended.collect();
    let each = portfolio.links.iter().map(|link| {
        let mut known = standing(link, portfolio, &left, &mut dates);
        let mut of = suspended.iter();
        if let Some(its) = of.find(|one| one.connections.contains(&link.id)) {
            let why = its.why.clone();
            known.state = State::Suspended { why };
        }
        known
    });
    Ok(each.collect())
}

fn standing(
    link: &Link,
    portfolio: &Portfolio,
    left: &Recovered,
    dates: &mut BTreeMap<ConnectionId, Dates>,
) -> Standing {
    let (way, auth) = (way(link), link.adapter.auth());
    let client = link.client.as_ref();
    let kept = left.grants.iter().find(|kept| kept.connection == link.id);
    let kept = kept.filter(|_| way == Way::Consent);
    let dates = dates.remove(&link.id).unwrap_or_default();
    Standing {
        connection: link.id.clone(),
        vendor: link.entry.title,
        way,
        state: match way {
            Way::Consent => kept.map_or(State::NotConnected, |kept| state(link, kept)),
            Way::Key | Way::Client => State::Configured,
        },
        consented: kept.map(|kept| kept.consented),
        refreshed: kept.map(|kept| kept.since),
        ended: kept.and_then(ended),
        token_until: token_until(link, left),
        asked: link.adapter.manifest().scopes.clone(),
        granted: granted(way, kept, &dates),
        dates,
        lifetimes: auth.lifetimes().to_vec(),
        hotels: hotels(link, portfolio),
        owner: client.and_then(|client| client.owner.clone()),
        secret_ends: client.and_then(|client| start_of(client.expires?)),
    }
}

fn ended(kept: &KeptGrant) -> Option<Wall> {
    match kept.state {
        GrantState::Ended { at, .. } => Some(at),
        GrantState::Held | GrantState::Lasting | GrantState::Leaving { .. } => None,
    }
}

fn token_until(link: &Link, left: &Recovered) -> Option<Wall> {
    let mut tokens = left.tokens.iter();
    let token = tokens.find(|one| one.connection == link.id)?;
    Some(token.asked.after(Duration::from_millis(token.lifetime?)))
}

/// The scopes granted, where the vendor said.
fn granted(way: Way, kept: Option<&KeptGrant>, dates: &Dates) -> Option<String> {
    match way {
        Way::Consent => kept?.scope.clone(),
        Way::Client => dates.renewed.as_ref()?.scope.clone(),
        Way::Key => None,
    }
}

/// The first moment of a day in UTC; nowhere on earth that day has ended.
fn start_of(day: Date) -> Option<Wall> {
    let moment = day.to_zoned(TimeZone::UTC).ok()?;
    Some(Wall(moment.timestamp().as_millisecond()))
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

fn hotels(link: &Link, portfolio: &Portfolio) -> Vec<Hotel> {
    let lanes = portfolio.mapping.lanes();
    let mapped = lanes.filter(|(at, ..)| **at == link.id);
    let known = mapped.filter_map(|(_, code, _)| portfolio.properties.get(code));
    known
        .map(|property| Hotel {
            name: property.name.clone(),
            contact: property.contact.clone(),
        })
        .collect()
}

impl Standing {
    /// When its vendor last took a request with it, or when it was given anew after that:
    /// from there the time without use counts. `None` where neither is on record.
    pub fn last_life(&self) -> Option<Wall> {
        let replaced = self.dates.secret.as_ref().filter(|since| since.replaced);
        let given = match self.way {
            Way::Consent => self.consented,
            Way::Key | Way::Client => replaced.map(|since| since.at),
        };
        self.dates.used.max(given)
    }

    /// When it was last changed: a new secret, or another refresh token.
    pub fn last_change(&self) -> Option<Wall> {
        let secret = self.dates.secret.as_ref().filter(|since| since.replaced);
        let secret = secret.map(|since| since.at);
        match self.way {
            Way::Consent => self.refreshed.max(secret),
            Way::Key | Way::Client => secret,
        }
    }

    /// The earliest moment that is on record of it.
    pub fn known_since(&self) -> Option<Wall> {
        let dates = &self.dates;
        let renewed = dates.renewed.as_ref().map(|renewed| renewed.at);
        let secret = dates.secret.as_ref().map(|since| since.at);
        [self.consented, dates.used, renewed, dates.checked, secret]
            .into_iter()
            .flatten()
            .min()
    }

    /// The shortest time without use that its vendor's rules allow.
    pub fn may_rest(&self) -> Option<Duration> {
        Lifetime::shortest_unused(&self.lifetimes)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use rackrate_ledger::dates::SecretSince;

    use super::*;

    pub(crate) const DAY: Duration = Duration::from_secs(24 * 3600);
    /// 2026-11-22T12:00:00Z.
    pub(crate) const NOW: Wall = Wall(1_795_348_800_000);

    /// A key that dies when it was not used for 30 days, on no record yet.
    pub(crate) fn key() -> Standing {
        Standing {
            connection: ConnectionId::new("pms").unwrap(),
            vendor: "A vendor",
            way: Way::Key,
            state: State::Configured,
            consented: None,
            refreshed: None,
            ended: None,
            token_until: None,
            asked: vec!["rates:write".to_owned()],
            granted: None,
            dates: Dates::default(),
            lifetimes: vec![Lifetime::unused(30 * DAY, "its page")],
            hotels: vec![Hotel {
                name: "Lisbon City Hotel".to_owned(),
                contact: "front desk".to_owned(),
            }],
            owner: None,
            secret_ends: None,
        }
    }

    /// A consent given yesterday, with no rule of its vendor's.
    pub(crate) fn connected() -> Standing {
        let yesterday = Some(Wall(NOW.0 - 24 * 3600 * 1000));
        Standing {
            way: Way::Consent,
            state: State::Connected,
            consented: yesterday,
            refreshed: yesterday,
            lifetimes: Vec::new(),
            ..key()
        }
    }

    #[test]
    fn a_change_is_a_new_secret_or_another_refresh_token() {
        let (mut key, consent) = (key(), connected());
        assert_eq!(consent.last_change(), consent.refreshed);
        let since = |replaced| SecretSince::new(NOW, replaced, String::new(), String::new());
        key.dates.secret = Some(since(false));
        assert_eq!((key.last_change(), key.known_since()), (None, Some(NOW)));
        key.dates.secret = Some(since(true));
        assert_eq!(key.last_change(), Some(NOW));
    }
}
