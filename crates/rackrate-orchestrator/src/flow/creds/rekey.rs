//! The key that seals what the ledger keeps: whether the configured one is it, and another one
//! in its place.
//!
//! A text of ours that is sealed with the key lies in the ledger, so that a key which does not
//! fit is told before anything that it cannot open is taken for absent and asked for anew.
//!
//! Invariant: everything that can be opened changes its key in one commit; no key is shown.

mod lock;

use std::collections::BTreeSet;

use rackrate_auth::seal::Seal;
use rackrate_core::finding::{Finding, Place};
use rackrate_core::ids::ConnectionId;
use rackrate_ledger::audit::{ChangeStep, Note};
use rackrate_ledger::op::{Drawer, Filed, GrantState, LedgerOp, Resealed};
use rackrate_ledger::store::Recovered;
use rackrate_runtime::desk::{Connection, Keys, Resealing};
use rackrate_runtime::engine::types::Policy;
use serde::Serialize;

pub use self::lock::{fit, opened_by, written};
use super::install::{Origin, installs};
use super::rotate;
use crate::flow::assemble::Bench;
use crate::host::Host;
use crate::portfolio::Link;
use crate::problem::{Problem, Result};

/// What a change of the key came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Rekeyed {
    /// Tokens under the new key.
    pub tokens: u32,
    /// Consents under the new key.
    pub consents: u32,
    /// What waits for somebody, under the new key: invitations, changes of secrets.
    pub pending: u32,
    /// How many of all these were under it before.
    pub already: u32,
    /// Tokens that neither key opens; they are asked for anew.
    pub worthless: u32,
}

/// Seals everything with another key.
///
/// # Errors
/// `creds.wrong_seal_key` when neither key opens a consent; nothing has changed then. When the
/// ledger fails.
pub async fn rekey(
    host: &mut dyn Host,
    links: &[Link],
    keys: &Keys,
    by: String,
    policy: Policy,
) -> Result<Rekeyed> {
    let ledger = host.ledger();
    let bench = Bench::new(links, ledger.as_ref(), policy, host.now()).await?;
    let left = ledger.recover().await?;
    let job = bench.job(ledger.as_ref(), false, Vec::new()).await?;
    let mut anew = Anew {
        keys,
        connections: job.desk.connections(),
        done: Rekeyed::default(),
        ops: Vec::new(),
        lost: Vec::new(),
    };
    anew.tokens(&left);
    anew.consents(&left);
    anew.changes(host).await?;
    anew.invitations(host).await?;
    if !anew.lost.is_empty() {
        return Err(lost(&anew.lost));
    }
    let (mut ops, done) = (anew.ops, anew.done);
    ops.push(written(&keys.new, host.now())?);
    ops.push(noted(host, by));
    host.note(ops).await?;
    Ok(done)
}

/// Forgets everything that a lost key sealed, and goes on with the configured one. Says whose
/// consent is gone.
///
/// # Errors
/// When the ledger fails.
pub async fn forget(host: &mut dyn Host, seal: &Seal, by: String) -> Result<Vec<ConnectionId>> {
    let left = host.ledger().recover().await?;
    let at = host.now();
    let tokens = left.tokens.iter().map(|token| &token.connection);
    let grants = left.grants.iter().map(|grant| &grant.connection);
    let all: BTreeSet<_> = tokens.chain(grants).cloned().collect();
    let forgotten = all
        .into_iter()
        .map(|connection| LedgerOp::Forgotten { connection, at });
    let mut ops: Vec<_> = forgotten.collect();
    ops.push(written(seal, at)?);
    ops.push(noted(host, by));
    host.note(ops).await?;
    let consents = left.grants.into_iter();
    Ok(consents.map(|kept| kept.connection).collect())
}

fn noted(host: &dyn Host, by: String) -> LedgerOp {
    LedgerOp::Noted(Note::Changing {
        at: host.now(),
        of: "seal_key".to_owned(),
        step: ChangeStep::Released,
        by,
    })
}

/// What will be written.
struct Anew<'a> {
    keys: &'a Keys,
    connections: &'a [Connection],
    done: Rekeyed,
    ops: Vec<LedgerOp>,
    /// Consents that neither key opens.
    lost: Vec<ConnectionId>,
}

impl Anew<'_> {
    fn tokens(&mut self, left: &Recovered) {
        for token in &left.tokens {
            let resealed = self.first(|of| of.reseal_token(self.keys, token));
            match resealed {
                Resealing::Unreadable => self.done.worthless += 1,
                _ => self.done.tokens += 1,
            }
            let connection = token.connection.clone();
            self.add(&resealed, |text| {
                LedgerOp::Resealed(Resealed {
                    connection,
                    token: Some(text),
                    consent: None,
                })
            });
        }
    }

    fn consents(&mut self, left: &Recovered) {
        for kept in &left.grants {
            let resealed = self.first(|of| of.reseal_consent(self.keys, kept));
            let over = matches!(kept.state, GrantState::Ended { .. });
            match resealed {
                Resealing::Unreadable if !over => self.lost.push(kept.connection.clone()),
                Resealing::Unreadable => {}
                _ => self.done.consents += 1,
            }
            let connection = kept.connection.clone();
            self.add(&resealed, |text| {
                LedgerOp::Resealed(Resealed {
                    connection,
                    token: None,
                    consent: Some(text),
                })
            });
        }
    }

    /// What one of the connections makes of a text.
    fn first(&self, reseal: impl Fn(&Connection) -> Resealing) -> Resealing {
        let mut tried = self.connections.iter().map(reseal);
        let found = tried.find(|one| *one != Resealing::Unreadable);
        found.unwrap_or(Resealing::Unreadable)
    }

    fn add(&mut self, resealed: &Resealing, op: impl FnOnce(String) -> LedgerOp) {
        match resealed {
            Resealing::Done(text) => self.ops.push(op(text.clone())),
            Resealing::Already => self.done.already += 1,
            Resealing::Unreadable => {}
        }
    }

    /// Secrets before changes that are under way.
    async fn changes(&mut self, host: &dyn Host) -> Result<()> {
        for (client, record) in rotate::all(host.ledger().as_ref()).await? {
            let Some(was) = &record.was else { continue };
            let resealed = self.keys.reseal(&rotate::bound_to(&client), was);
            self.done.pending += u32::from(resealed != Resealing::Unreadable);
            let was = match &resealed {
                Resealing::Done(text) => Some(text.clone()),
                _ => None,
            };
            let body = rotate::Record { was, ..record }.text()?;
            self.add(&resealed, |_| {
                filed(Drawer::Rotation, rotate::name(&client), body)
            });
        }
        Ok(())
    }

    /// Verifiers of links that nobody has followed yet.
    async fn invitations(&mut self, host: &dyn Host) -> Result<()> {
        for (name, mut install) in installs(host.ledger().as_ref()).await? {
            let Origin::Invitation {
                connection,
                verifier: Some(verifier),
                ..
            } = &mut install.origin
            else {
                continue;
            };
            let bound_to = super::install::invite::bound_to(connection, &name);
            let resealed = self.keys.reseal(&bound_to, verifier);
            self.done.pending += u32::from(resealed != Resealing::Unreadable);
            if let Resealing::Done(text) = &resealed {
                verifier.clone_from(text);
            }
            let body = serde_json::to_string(&install).map_err(|error| unwritable(&error))?;
            self.add(&resealed, |_| filed(Drawer::Install, name, body));
        }
        Ok(())
    }
}

fn filed(drawer: Drawer, name: String, body: String) -> LedgerOp {
    let body = Some(body);
    LedgerOp::Filed(Filed { drawer, name, body })
}

fn unwritable(error: &serde_json::Error) -> Problem {
    let finding = Finding::error("program.fault", Place::default(), error.to_string());
    Problem::failed(finding.hint("Please report it."))
}

fn lost(connections: &[ConnectionId]) -> Problem {
    let each = connections.iter().map(|connection| {
        let message = "neither key opens its consent, or its settings have changed since";
        Finding::error("creds.wrong_seal_key", Place::default().on(connection), message).hint(
            "Configure the key that sealed it; or sign it out with `rackrate creds logout`. Nothing was changed.",
        )
    });
    Problem::input(each)
}
