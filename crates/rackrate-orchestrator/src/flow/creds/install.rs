//! Installations: consents that do not come back to a command that waits for them, because a
//! hotel follows a link days later or begins at the vendor.
//!
//! What is known of each is a small record of the ledger. Its name is made of a digest of the
//! state or the code that it came with, so that neither stands on disk and both are known again.
//! [`life`] says what may follow what.
//!
//! Invariant: the grant of an installation is kept under the installation's own name, which is
//! no connection's, until it is given to one; so nothing is pushed with it before.

pub mod answer;
pub mod exchange;
pub mod invite;
pub mod life;
pub mod pace;
pub mod place;
pub mod routes;

use std::collections::BTreeMap;
use std::time::Duration;

use rackrate_core::clock::Wall;
use rackrate_core::finding::{Finding, Place};
use rackrate_core::ids::ConnectionId;
use rackrate_core::key::Key;
use rackrate_ledger::op::{Drawer, Filed, LedgerOp};
use rackrate_ledger::store::Ledger;
use serde::{Deserialize, Serialize};

use self::life::{Standing, Step};
use crate::host::Host;
use crate::portfolio::Link;
use crate::problem::{Problem, Result};

/// How the records are written; a reader that does not know a form refuses it.
const FORM: u32 = 1;
/// What is over is remembered so long, so that a second visitor is told what happened.
const MEMORY: Duration = Duration::from_secs(90 * 24 * 3600);

/// What is known of an installation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Install {
    form: u32,
    /// The vendor, by its name in the catalogue.
    pub vendor: String,
    /// The client whose allowance it shares, where the vendor has such.
    pub client: Option<String>,
    /// Who began.
    pub origin: Origin,
    /// Where it stands.
    pub standing: Standing,
}

/// Who began an installation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Origin {
    /// We, by a link.
    Invitation {
        /// For this connection.
        connection: ConnectionId,
        /// When.
        sent: Wall,
        /// What the challenge was made of, sealed, where the vendor has PKCE.
        verifier: Option<String>,
    },
    /// The vendor, for a hotel.
    Vendor,
}

impl Install {
    /// One at that account's vendor, for its client.
    fn at(link: &Link, origin: Origin, standing: Standing) -> Self {
        Self {
            form: FORM,
            vendor: link.entry.id.to_owned(),
            client: link.adapter.manifest().client.clone(),
            origin,
            standing,
        }
    }

    /// The connection that it is for, where that is known.
    pub fn connection(&self) -> Option<&ConnectionId> {
        match (&self.standing, &self.origin) {
            (Standing::Connected { connection, .. }, _)
            | (_, Origin::Invitation { connection, .. }) => Some(connection),
            (_, Origin::Vendor) => None,
        }
    }

    /// Whether a connection speaks for the same client of the same vendor.
    pub fn is_of(&self, link: &Link) -> bool {
        self.vendor == link.entry.id && self.client == link.adapter.manifest().client
    }
}

/// The name of an invitation, by its state.
pub fn name_of_state(state: &str) -> String {
    let digest = Key::of(&[b"rackrate invitation", state.as_bytes()]);
    format!("invitation-{digest}")
}

/// The name of an installation that began at its vendor, by its code; short, for people say it.
pub fn name_of_code(code: &str) -> String {
    let digest = Key::of(&[b"rackrate install", code.as_bytes()]);
    format!("install-{}", &digest.as_str()[..16])
}

/// An account of an installation's own, like that of a connection of its client: it reaches
/// what the grant does, and no plan names it.
fn account(template: &Link, name: &str) -> Result<Link> {
    let id = ConnectionId::new(name).map_err(|_| unreadable(name))?;
    Ok(Link {
        id,
        mapped: Vec::new(),
        fed_by: Vec::new(),
        ..template.clone()
    })
}

/// The installations of a ledger, by name.
///
/// # Errors
/// When the ledger cannot be read, or a newer program wrote one.
pub async fn installs(ledger: &dyn Ledger) -> Result<BTreeMap<String, Install>> {
    let read = |(name, body): (String, String)| match serde_json::from_str::<Install>(&body) {
        Ok(install) if install.form == FORM => Ok((name, install)),
        _ => Err(unreadable(&name)),
    };
    let filed = ledger.filed(Drawer::Install).await?;
    filed.into_iter().map(read).collect()
}

fn unreadable(name: &str) -> Problem {
    let message = format!("the record of {name} cannot be read");
    let finding = Finding::error("creds.install_unreadable", Place::default(), message);
    Problem::failed(finding.hint("A newer rackrate may have written it: use that one."))
}

/// Writes an installation down.
fn filed(name: &str, install: &Install) -> Result<LedgerOp> {
    let body = serde_json::to_string(install).map_err(|_| unreadable(name))?;
    Ok(record(name, Some(body)))
}

fn record(name: &str, body: Option<String>) -> LedgerOp {
    LedgerOp::Filed(Filed {
        drawer: Drawer::Install,
        name: name.to_owned(),
        body,
    })
}

/// Writes down that a step was taken; one that cannot be taken changes nothing.
async fn stepped(host: &mut dyn Host, name: &str, install: Install, step: Step) -> Result<Install> {
    let Ok(standing) = install.standing.after(step, host.now()) else {
        return Ok(install);
    };
    let install = Install {
        standing,
        ..install
    };
    host.note(vec![filed(name, &install)?]).await?;
    Ok(install)
}

/// Forgets what has long been over.
fn tidied(installs: &BTreeMap<String, Install>, now: Wall) -> impl Iterator<Item = LedgerOp> {
    let memory = i64::try_from(MEMORY.as_millis()).unwrap_or(i64::MAX);
    let long_ago = Wall(now.0.saturating_sub(memory));
    let over = installs
        .iter()
        .filter(move |(_, install)| install.standing.is_over(long_ago));
    over.map(|(name, _)| record(name, None))
}
