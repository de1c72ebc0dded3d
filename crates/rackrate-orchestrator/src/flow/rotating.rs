//! Accounts to which nothing is pushed while the secret of their client is being changed.
//!
//! The change may have been begun by another process, long ago: what is written down counts.

use std::collections::BTreeMap;

use rackrate_core::chunk::Target;
use rackrate_core::error::{Delivery, ErrorKind};
use rackrate_core::finding::{Finding, Place};
use rackrate_core::ids::{ClientName, ConnectionId, PropertyCode};
use rackrate_ledger::store::Ledger;
use rackrate_runtime::engine::types::Failure;

use super::creds::rotate;
use crate::host::Job;
use crate::portfolio::Link;
use crate::problem::Result;

/// The code of what is held so.
const CODE: &str = "creds.rotating";

/// Accounts that are held, each with its client.
#[derive(Debug, Default)]
pub(super) struct Rotating {
    accounts: BTreeMap<ConnectionId, ClientName>,
    hotels: BTreeMap<PropertyCode, (ConnectionId, ClientName)>,
}

impl Rotating {
    /// Those that are held now.
    pub(super) async fn of(ledger: &dyn Ledger, links: &[Link]) -> Result<Self> {
        let under_way = rotate::all(ledger).await?;
        let held = under_way
            .into_iter()
            .filter(|(_, record)| record.at.holds());
        let held: Vec<_> = held.map(|(client, _)| client).collect();
        let of_link = |link: &Link| {
            let client = link.client.as_ref()?;
            let name = held.iter().find(|name| **name == client.name)?;
            Some((link.id.clone(), name.clone()))
        };
        Ok(Self {
            accounts: links.iter().filter_map(of_link).collect(),
            hotels: BTreeMap::new(),
        })
    }

    /// Lets nothing of theirs be pushed by a job, nor of their hotels elsewhere.
    pub(super) fn hold(&mut self, job: &mut Job) {
        for connection in job.desk.connections() {
            if let Some(client) = self.accounts.get(&connection.id) {
                let failure = failure(client);
                job.setup.holds.push((connection.grant, failure));
            }
        }
        for lane in &job.setup.lanes {
            let key = &lane.key;
            if let Some(client) = self.accounts.get(&key.connection) {
                let why = (key.connection.clone(), client.clone());
                self.hotels.insert(key.property.clone(), why);
            }
        }
    }

    /// Why a lane is held, if it is for this.
    pub(super) fn why(&self, target: &Target, failure: &Failure) -> Option<Finding> {
        if failure.code != CODE {
            return None;
        }
        let (at, client) = self.hotels.get(&target.property)?;
        let place = Place::property(&target.property, &target.facts.name).on(&target.connection);
        let message = match *at == target.connection {
            true => format!("held, because the secret of the client {client} is being changed"),
            false => format!("held, because its prices at {at} could not follow"),
        };
        let hint = format!(
            "`rackrate creds rotate --client {client}` says what is waited for; --abort releases. Then: rackrate apply --resume."
        );
        Some(Finding::error(CODE, place, message).hint(hint))
    }
}

/// No kind of failure says it; this one is of no credential, so nobody is alerted.
fn failure(client: &ClientName) -> Failure {
    Failure {
        kind: ErrorKind::Unavailable,
        delivery: Delivery::NotSent,
        answered: false,
        code: CODE.to_owned(),
        text: format!("the secret of the client {client} is being changed"),
        retry_after: None,
    }
}
