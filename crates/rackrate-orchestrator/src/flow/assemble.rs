//! Puts a job together for a host: connections, lanes, and what the ledger remembers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rackrate_auth::lifecycle::KEY_LIFE;
use rackrate_core::chunk::Target;
use rackrate_core::clock::Wall;
use rackrate_core::finding::{Finding, Place};
use rackrate_core::ids::{ConnectionId, Ids, JobRef};
use rackrate_core::night::Night;
use rackrate_ledger::op::{ChunkState, Drawer, LaneKey};
use rackrate_ledger::store::{Ledger, Recovered as Left};
use rackrate_runtime::assembly::Assembly;
use rackrate_runtime::engine::Recovered;
use rackrate_runtime::engine::types::{ConnIx, Event, LaneIx, Policy};

use crate::host::Job;
use crate::portfolio::Link;
use crate::problem::{Problem, Result};

/// A job being put together.
#[derive(Debug)]
pub struct Bench {
    assembly: Assembly,
    connections: BTreeMap<ConnectionId, ConnIx>,
    lanes: Vec<Arc<Target>>,
    left: Left,
}

impl Bench {
    /// A job on these accounts.
    ///
    /// # Errors
    /// When the ledger cannot be read or an account cannot be used.
    pub async fn new(
        links: &[Link],
        ledger: &dyn Ledger,
        policy: Policy,
        now: Wall,
    ) -> Result<Self> {
        let mut bench = Self::empty(ledger, policy).await?;
        for link in links {
            bench.connect(link, now)?;
        }
        Ok(bench)
    }

    /// A job without accounts.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn empty(ledger: &dyn Ledger, policy: Policy) -> Result<Self> {
        Ok(Self {
            assembly: Assembly::new(policy),
            connections: BTreeMap::new(),
            lanes: Vec::new(),
            left: ledger.recover().await?,
        })
    }

    /// Adds an account, unless it is there: a refresh token that two grants of a job have would
    /// be used twice.
    ///
    /// # Errors
    /// `config.unusable_connection`; the job goes on without it.
    pub fn connect(&mut self, link: &Link, now: Wall) -> Result<ConnIx> {
        if let Some(at) = self.connections.get(&link.id) {
            return Ok(*at);
        }
        let at = self
            .assembly
            .connection(
                &link.id,
                Arc::clone(&link.adapter),
                link.secrets.clone(),
                utc_day(now),
            )
            .map_err(|error| unusable(&link.id, &error))?;
        self.assembly.mapped(at, link.mapped.clone());
        if link.can_change() {
            self.assembly.rereads(at);
        }
        if let Some(client) = &link.client {
            self.assembly.registered(at, client.name.as_str());
        }
        if let Some(seal) = &link.seal {
            self.assembly.keep_tokens(at, seal.clone());
        }
        self.connections.insert(link.id.clone(), at);
        Ok(at)
    }

    /// The connections, by name.
    pub fn connections(&self) -> impl Iterator<Item = (&ConnectionId, ConnIx)> {
        self.connections.iter().map(|(id, at)| (id, *at))
    }

    /// What the ledger remembers.
    pub fn left(&self) -> &Left {
        &self.left
    }

    /// The targets of the lanes so far, in the order of their indexes.
    pub fn lanes(&self) -> &[Arc<Target>] {
        &self.lanes
    }

    /// Adds a lane, unless it is there; `expected` is what we mean to see at it. `None`
    /// when its account is not part of the job.
    pub fn lane(&mut self, target: &Arc<Target>, expected: Vec<(Ids, u8)>) -> Option<LaneIx> {
        let same = |lane: &Arc<Target>| {
            lane.connection == target.connection && lane.property == target.property
        };
        if let Some(at) = self.lanes.iter().position(same) {
            return Some(LaneIx(at));
        }
        let connection = *self.connections.get(&target.connection)?;
        let key = LaneKey {
            connection: target.connection.clone(),
            property: target.property.clone(),
        };
        let seq = self.left.last_seq.get(&key).copied().unwrap_or_default();
        self.lanes.push(Arc::clone(target));
        Some(
            self.assembly
                .lane(connection, Arc::clone(target), expected, seq),
        )
    }

    /// The job. It takes over what an earlier process left of its lanes only if `resume`.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn job(self, ledger: &dyn Ledger, resume: bool, events: Vec<Event>) -> Result<Job> {
        let mut outcomes = Vec::new();
        if resume {
            for run in &self.left.runs {
                outcomes.extend(ledger.outcomes(run.id).await?);
            }
        }
        let (setup, mut desk) = self.assembly.finish();
        let mut scopes = Vec::new();
        let tokens = self.left.tokens.iter().filter_map(|token| {
            let (grant, ticket) = desk.restore(token)?;
            let scope = desk.token(ticket).and_then(|token| token.scope.clone());
            scopes.extend(scope.map(|scope| (grant, scope)));
            let life = token.lifetime.map(Duration::from_millis);
            Some((grant, ticket, token.asked, life))
        });
        let mut tokens: Vec<_> = tokens.collect();
        // Behind them, for where there is a key it is what is used.
        tokens.extend(self.left.grants.iter().filter_map(|kept| {
            let (grant, ticket) = desk.restore_key(kept)?;
            Some((grant, ticket, kept.since, Some(KEY_LIFE)))
        }));
        let suspended = ledger.filed(Drawer::Suspended).await?.into_keys().collect();
        let grants = self.left.grants.into_iter().filter_map(|kept| {
            let grant = desk.restore_consent(&kept)?;
            Some((grant, kept))
        });
        let grants = grants.collect();
        if !self.left.clean {
            let rest = setup.longest_rest().as_secs();
            tracing::warn!(
                "an earlier run was cut off, so allowances rest for up to {rest} s before anything is sent"
            );
        }
        let recovered = Recovered {
            unclean: !self.left.clean,
            usage: self.left.usage,
            reserved: self.left.reserved,
            tokens,
            grants,
            scopes,
            suspended,
            unfinished: if resume {
                self.left.unfinished
            } else {
                Vec::new()
            },
            outcomes,
            jobs: if resume {
                ended_jobs(ledger).await?
            } else {
                Vec::new()
            },
        };
        Ok(Job {
            setup,
            desk,
            recovered,
            events,
        })
    }
}

/// As many runs back as a vendor's list of jobs may reach.
const RUNS_BACK: usize = 200;

async fn ended_jobs(ledger: &dyn Ledger) -> Result<Vec<(LaneKey, JobRef)>> {
    let mut jobs = Vec::new();
    for run in ledger.runs(RUNS_BACK).await? {
        let ended = ledger
            .chunks(run.id)
            .await?
            .into_iter()
            .filter(|record| record.state == ChunkState::Answered);
        jobs.extend(ended.filter_map(|record| Some((record.id.lane, record.job?))));
    }
    Ok(jobs)
}

fn unusable(id: &ConnectionId, error: &rackrate_core::error::Error) -> Problem {
    Problem::input([Finding::error(
        "config.unusable_connection",
        Place::default().on(id),
        error.to_string(),
    )
    .hint("Check the connection's secrets and settings.")])
}

/// The day in Greenwich: discovery needs some day near today, not the hotel's exact one.
pub fn utc_day(now: Wall) -> Night {
    let date = now.timestamp().to_zoned(jiff::tz::TimeZone::UTC).date();
    Night::from_date(date).unwrap_or(Night::from_days(0))
}

#[cfg(test)]
mod tests {
    use rackrate_catalog::VENDORS;
    use rackrate_core::limit::Scope;
    use rackrate_core::secret::{Secret, Secrets};
    use rackrate_ledger::model::MemoryLedger;

    use super::*;
    use crate::sample::Sample;

    /// Whether a vendor counts something by a client, which a secret identifies.
    fn counts_clients(link: &Link) -> bool {
        let mut quotas = link.adapter.limits().quotas().iter();
        let named = link.adapter.manifest().secrets.contains(&"client_id");
        named && quotas.any(|quota| quota.scope == Scope::Client)
    }

    /// The same account under another name, given to that client.
    fn account(link: &Link, name: &str, client_id: &str) -> Link {
        let names = link.adapter.manifest().secrets.iter();
        let all = names.map(|secret| {
            let text = match *secret {
                "client_id" => client_id,
                other => other,
            };
            ((*secret).to_owned(), Secret::new(text.to_owned()))
        });
        Link {
            id: ConnectionId::new(name).unwrap(),
            secrets: Secrets::new(all),
            ..link.clone()
        }
    }

    /// Which allowances of tokens these accounts use, as their places in the setup.
    async fn used(links: &[Link]) -> Vec<Vec<usize>> {
        let ledger = MemoryLedger::default();
        let policy = Policy::default();
        let bench = Bench::new(links, &ledger, policy, Wall(0)).await.unwrap();
        let setup = bench.job(&ledger, false, Vec::new()).await.unwrap().setup;
        let grants = setup.grants.iter();
        let quotas = grants.map(|grant| grant.uses.iter().map(|one| one.quota).collect());
        quotas.collect()
    }

    #[tokio::test]
    async fn whoever_is_the_same_client_at_a_vendor_shares_its_tokens_and_nobody_else_does() {
        let sample = Sample::at(VENDORS.iter().collect(), None).unwrap();
        let links = sample.portfolio().unwrap().links;
        let mut tried = 0;
        for link in links.iter().filter(|link| counts_clients(link)) {
            let all = [("a", "ours"), ("b", "ours"), ("c", "another")];
            let used = used(&all.map(|(name, id)| account(link, name, id))).await;
            assert_eq!(used[0], used[1]);
            assert!(!used[0].is_empty() && used[0] != used[2], "{used:?}");
            tried += 1;
        }
        assert!(tried > 0, "no vendor counts the tokens of a client");
    }
}
