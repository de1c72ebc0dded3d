//! What comes to the address of a redirect, and whose it is.
//!
//! [`super::exchange`] does what a guest came for.
//!
//! Invariant: nothing is written here, so that nobody who is no guest of ours makes another
//! process wait.

use std::collections::BTreeMap;
use std::fmt;

use rackrate_auth::consent::{Invited, Refused as Denial, state_of, uninvited};
use rackrate_core::clock::Wall;
use rackrate_core::ids::ConnectionId;
use rackrate_ledger::store::Ledger;
use rackrate_runtime::desk::Code;
use serde::Serialize;
use url::Url;

use super::invite::remembered;
use super::life::{Refused, Step};
use super::routes::Routes;
use super::{Install, Origin, installs, name_of_code, name_of_state};
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
    /// We were stopped before its turn came; what it brought has not left.
    Unused,
    /// It is nothing that we wait for.
    Stranger(&'static str),
}

/// A visit that something becomes of.
#[derive(Debug)]
pub struct Guest<'a> {
    /// The record's name.
    pub name: String,
    /// The connection that a link is for; where nobody was invited, one of the client that the
    /// code is for.
    pub link: &'a Link,
    /// When it came.
    pub came: Wall,
    /// What came.
    pub brings: Brings,
}

/// What a guest brings.
#[derive(Debug)]
pub enum Brings {
    /// The code of a link.
    Answer(Code),
    /// A no to a link, in words.
    No(String),
    /// The code of a hotel that began at the vendor.
    Beginning(Code),
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
            Self::Unused => f.write_str("its turn did not come; the same page may be loaded again"),
            Self::Stranger(why) => f.write_str(why),
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
    /// Whose a visit is that came then; `asked` is its path and query. `Err` for what nothing
    /// becomes of.
    ///
    /// # Errors
    /// The outer one when the ledger cannot be read.
    pub async fn look(
        &self,
        ledger: &dyn Ledger,
        asked: &str,
        came: Wall,
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
                self.invited((name, install), &state, &answer, came)
            }
            (_, _, Some(template)) => from_vendor(&all, template, &answer, came),
            (_, _, None) => Err(Came::Stranger("its state is none of ours")),
        })
    }

    fn invited(
        &self,
        (name, install): (String, &Install),
        state: &str,
        answer: &Url,
        came: Wall,
    ) -> Result<Guest<'a>, Came> {
        let next = install.standing.after(Step::Answered, came);
        next.map_err(Came::from)?;
        let (link, invited) = self.awaited(&name, install, state)?;
        let brings = match invited.code(&at(answer, &invited)) {
            Ok(code) => Brings::Answer(Code {
                code,
                redirect: invited.redirect,
                verifier: invited.verifier,
            }),
            Err(Denial::Denied(words)) => Brings::No(words),
            Err(_) => return Err(Came::Stranger("it is no answer to its link")),
        };
        Ok(Guest {
            name,
            link,
            came,
            brings,
        })
    }

    /// Whose link it is, and what it was made of.
    fn awaited(
        &self,
        name: &str,
        install: &Install,
        state: &str,
    ) -> Result<(&'a Link, Invited), Came> {
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
        let invited = remembered(link, name, state, verifier.as_ref());
        let invited =
            invited.ok_or(Came::Stranger("what its link was made of cannot be opened"))?;
        Ok((link, invited))
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
    came: Wall,
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
    let brings = Brings::Beginning(Code {
        code,
        redirect,
        verifier: None,
    });
    Ok(Guest {
        name,
        link: template,
        came,
        brings,
    })
}

impl From<Refused> for Came {
    fn from(why: Refused) -> Self {
        match why {
            Refused::Used => Self::Used,
            Refused::Expired => Self::Expired,
        }
    }
}
