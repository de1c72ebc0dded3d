//! What comes to the address of a redirect: whose it is, and what becomes of it.
//!
//! [`Reception::look`] decides without writing, so that nobody who is no guest of ours makes
//! another process wait. [`take`] does the rest, with the ledger's lock.
//!
//! Invariant: what a code is for is written down before the code leaves, and looked at again
//! under the lock, so that no code leaves twice.

use std::collections::BTreeMap;
use std::fmt;

use rackrate_auth::consent::{Invited, Refused as Denial, state_of, uninvited};
use rackrate_core::clock::Wall;
use rackrate_core::ids::ConnectionId;
use rackrate_ledger::store::Ledger;
use rackrate_runtime::desk::Code;
use rackrate_runtime::engine::types::Policy;
use serde::Serialize;
use url::Url;

use super::invite::remembered;
use super::life::{Refused, Standing, Step};
use super::place::further;
use super::routes::Routes;
use super::{
    Install, Origin, account, filed, installs, name_of_code, name_of_state, stepped, tidied,
};
use crate::flow::creds::{Wanted, settle};
use crate::host::Host;
use crate::portfolio::{Link, Portfolio};
use crate::problem::Result;

/// What a visit came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Came {
    /// A connection has its grant.
    Connected(ConnectionId),
    /// An installation waits for its connection.
    Pending(String),
    /// The person or the vendor said no; in words.
    Declined(String),
    /// The vendor gave nothing for the code; in words.
    Failed(String),
    /// The link or the code was used before.
    Used,
    /// The link is too old.
    Expired,
    /// Too many came whom nobody invited.
    Crowded,
    /// It is nothing that we wait for.
    Stranger(&'static str),
}

/// A visit that something becomes of.
#[derive(Debug)]
pub enum Guest<'a> {
    /// Somebody answers a link.
    Invited {
        /// The record's name.
        name: String,
        /// Whose link it is.
        link: &'a Link,
        /// What came; `None` for a no.
        code: Option<Code>,
        /// The words of a no.
        words: String,
    },
    /// Somebody began at the vendor.
    Uninvited {
        /// The record's name.
        name: String,
        /// A connection of the client that the code is for.
        template: &'a Link,
        /// What came.
        code: Code,
    },
}

impl fmt::Display for Came {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connected(id) => write!(f, "{id} is connected"),
            Self::Pending(_) => f.write_str("it waits for a connection"),
            Self::Declined(words) => write!(f, "declined: {words}"),
            Self::Failed(words) => write!(f, "failed: {words}"),
            Self::Used => f.write_str("it was used before"),
            Self::Expired => f.write_str("its link is too old"),
            Self::Crowded => f.write_str("too many came whom nobody invited"),
            Self::Stranger(why) => f.write_str(why),
        }
    }
}

impl Guest<'_> {
    /// The name of its record.
    pub fn name(&self) -> &str {
        match self {
            Self::Invited { name, .. } | Self::Uninvited { name, .. } => name,
        }
    }
}

/// Who is received, and where.
#[derive(Debug)]
pub struct Reception<'a> {
    /// The accounts.
    pub portfolio: &'a Portfolio,
    /// The addresses.
    pub routes: Routes<'a>,
}

impl<'a> Reception<'a> {
    /// Whose a visit is; `asked` is its path and query. `Err` for what nothing becomes of.
    ///
    /// # Errors
    /// The outer one when the ledger cannot be read.
    pub async fn look(
        &self,
        ledger: &dyn Ledger,
        asked: &str,
        now: Wall,
    ) -> Result<Result<Guest<'a>, Came>> {
        let Some((template, answer)) = self.routes.of_visit(asked) else {
            return Ok(Err(Came::Stranger("nobody is sent back there")));
        };
        let all = installs(ledger).await?;
        let state = state_of(&answer);
        let name = state.as_deref().map(name_of_state);
        let known = name.and_then(|name| Some((all.get(&name)?, name)));
        Ok(match (known, state, template) {
            (Some((install, name)), Some(state), _) => {
                self.invited((name, install), &state, &answer, now)
            }
            (_, _, Some(template)) => from_vendor(&all, template, &answer),
            (_, _, None) => Err(Came::Stranger("its state is none of ours")),
        })
    }

    fn invited(
        &self,
        (name, install): (String, &Install),
        state: &str,
        answer: &Url,
        now: Wall,
    ) -> Result<Guest<'a>, Came> {
        install
            .standing
            .after(Step::Answered, now)
            .map_err(turned)?;
        let Origin::Invitation {
            connection,
            verifier,
            ..
        } = &install.origin
        else {
            return Err(Came::Stranger("its state is none of a link"));
        };
        let link = self.portfolio.link(connection);
        let link = link.ok_or(Came::Stranger("its connection is not configured any more"))?;
        let invited = remembered(link, &name, state, verifier.as_ref());
        let invited =
            invited.ok_or(Came::Stranger("what its link was made of cannot be opened"))?;
        let (code, words) = match invited.code(&at(answer, &invited)) {
            Ok(code) => (Some(code), String::new()),
            Err(Denial::Denied(words)) => (None, words),
            Err(_) => return Err(Came::Stranger("it is no answer to its link")),
        };
        let Invited {
            redirect, verifier, ..
        } = invited;
        let code = code.map(|code| Code {
            code,
            redirect,
            verifier,
        });
        Ok(Guest::Invited {
            name,
            link,
            code,
            words,
        })
    }
}

/// An answer at the address that it was to come to: behind a proxy we see its path alone, and
/// which of our addresses it is the path has told.
fn at(answer: &Url, invited: &Invited) -> Url {
    let mut there = invited.redirect.clone();
    there.set_path(answer.path());
    there.set_query(answer.query());
    there
}

fn from_vendor<'a>(
    all: &BTreeMap<String, Install>,
    template: &'a Link,
    answer: &Url,
) -> Result<Guest<'a>, Came> {
    let consent = template.adapter.auth().consent();
    let issuer = consent.and_then(|consent| consent.issuer());
    let code = uninvited(answer, issuer).map_err(|why| match why {
        Denial::Denied(words) => Came::Declined(words),
        _ => Came::Stranger("there is no code in it"),
    })?;
    let name = name_of_code(code.expose());
    if all.contains_key(&name) {
        return Err(Came::Used);
    }
    let redirect = template.redirect.clone();
    let redirect = redirect.ok_or(Came::Stranger("nobody is sent back there"))?;
    let verifier = None;
    Ok(Guest::Uninvited {
        name,
        template,
        code: Code {
            code,
            redirect,
            verifier,
        },
    })
}

fn turned(why: Refused) -> Came {
    match why {
        Refused::Used => Came::Used,
        Refused::Expired => Came::Expired,
    }
}

/// Does what a guest came for.
///
/// # Errors
/// When the ledger fails; then the code has not left, or what became of it is not known.
pub async fn take(
    host: &mut dyn Host,
    portfolio: &Portfolio,
    guest: Guest<'_>,
    policy: Policy,
) -> Result<Came> {
    match guest {
        Guest::Invited {
            name,
            link,
            code,
            words,
        } => invited(host, &name, link, code.ok_or(words), policy).await,
        Guest::Uninvited {
            name,
            template,
            code,
        } => {
            let Some(install) = begun(host, &name, template).await? else {
                return Ok(Came::Used);
            };
            let own = account(template, &name)?;
            let step = match settle(host, &own, Wanted::Grant(code), policy).await? {
                None => Step::Granted,
                Some((_, finding)) => Step::Failed(finding.message),
            };
            let install = stepped(host, &name, install, step).await?;
            match &install.standing {
                Standing::Closed { why, .. } => Ok(Came::Failed(why.to_string())),
                _ => further(host, portfolio, &name, install, policy).await,
            }
        }
    }
}

/// Writes down that a code is about to leave; `None` where one of that name has.
async fn begun(host: &mut dyn Host, name: &str, template: &Link) -> Result<Option<Install>> {
    let all = installs(host.ledger().as_ref()).await?;
    if all.contains_key(name) {
        return Ok(None);
    }
    let at = host.now();
    let install = Install::at(template, Origin::Vendor, Standing::Answered { at });
    let mut ops: Vec<_> = tidied(&all, at).collect();
    ops.push(filed(name, &install)?);
    host.note(ops).await?;
    Ok(Some(install))
}

async fn invited(
    host: &mut dyn Host,
    name: &str,
    link: &Link,
    code: Result<Code, String>,
    policy: Policy,
) -> Result<Came> {
    let all = installs(host.ledger().as_ref()).await?;
    let Some(install) = all.get(name) else {
        return Ok(Came::Used);
    };
    let step = match &code {
        Ok(_) => Step::Answered,
        Err(_) => Step::Declined,
    };
    // Another process may have answered meanwhile.
    if let Err(why) = install.standing.after(step.clone(), host.now()) {
        return Ok(turned(why));
    }
    let install = stepped(host, name, install.clone(), step).await?;
    let code = match code {
        Ok(code) => code,
        Err(words) => return Ok(Came::Declined(words)),
    };
    let stood = settle(host, link, Wanted::Grant(code), policy).await?;
    let (step, came) = match stood {
        None => {
            let id = link.id.clone();
            (Step::Connected(id.clone()), Came::Connected(id))
        }
        Some((_, finding)) => {
            let why = finding.message;
            (Step::Failed(why.clone()), Came::Failed(why))
        }
    };
    stepped(host, name, install, step).await?;
    Ok(came)
}
