//! Proving a secret: one account of the client uses it at the vendor.
//!
//! One is enough, because the secret is the client's and not the account's, and because some
//! vendors give few tokens a day.

use rackrate_auth::changeover::Which;
use rackrate_core::finding::{Finding, Place};
use rackrate_ledger::op::GrantState;
use rackrate_runtime::engine::types::{ConnIx, Event, Policy, Report};

use super::{Change, Record};
use crate::exit::Exit;
use crate::flow::assemble::Bench;
use crate::flow::creds::{Settled, Wanted, Way, settle, way};
use crate::host::Host;
use crate::portfolio::Link;
use crate::problem::{Problem, Result, of_failure, of_silence};

impl Change<'_> {
    /// Tries a secret.
    pub(super) async fn prove(
        &self,
        host: &mut dyn Host,
        record: &Record,
        which: Which,
        policy: Policy,
    ) -> Result<Settled> {
        let place = match (which, &record.new) {
            (Which::New, Some(new)) => new,
            (Which::New, None) | (Which::Configured, _) => self.configured(record)?,
        };
        let secret = self.fetch(place).await?;
        let mut link = self.prover(host).await?;
        link.secrets = link.secrets.with(record.secret.clone(), secret);
        match way(&link) {
            Way::Key => asks(host, &link, policy).await,
            Way::Client | Way::Consent => settle(host, &link, Wanted::Renewal, policy).await,
        }
    }

    /// The account that tries it: the one whose proof changes least.
    async fn prover(&self, host: &dyn Host) -> Result<Link> {
        let left = host.ledger().recover().await?;
        let connected = |link: &Link| {
            let mut grants = left.grants.iter();
            let kept = grants.find(|kept| kept.connection == link.id);
            kept.is_some_and(|kept| !matches!(kept.state, GrantState::Ended { .. }))
        };
        let rank = |link: &&&Link| match way(link) {
            Way::Client => Some(0),
            Way::Key => Some(1),
            Way::Consent if connected(link) => Some(2),
            Way::Consent => None,
        };
        let able = self.links.iter().filter(|link| rank(link).is_some());
        let best = able.min_by_key(rank);
        best.map(|link| (*link).clone()).ok_or_else(|| {
            let message = format!(
                "nobody has connected an account of the client {} yet, so no secret can be tried",
                self.client.name
            );
            let finding = Finding::error("creds.no_proof", Place::default(), message)
                .hint("Connect one with `rackrate creds login`; or end the change with --abort.");
            Problem {
                exit: Exit::Person,
                findings: vec![finding],
            }
        })
    }

    pub(super) fn unproved(&self) -> (Exit, Finding) {
        of_silence(Place::default(), &self.links[0].id)
    }
}

/// Tries a key that is sent as it is: lists what the account sells.
async fn asks(host: &mut dyn Host, link: &Link, policy: Policy) -> Result<Settled> {
    let ledger = host.ledger();
    let links = std::slice::from_ref(link);
    let bench = Bench::new(links, ledger.as_ref(), policy, host.now()).await?;
    let events = vec![Event::Discover(ConnIx(0))];
    let job = bench.job(ledger.as_ref(), false, events).await?;
    let stopped = |(exit, finding)| Settled::Stopped(exit, finding);
    for report in host.work(job).await? {
        match report {
            Report::Discovered(..) => return Ok(Settled::Done(None)),
            Report::DiscoverFailed(_, failure) => {
                let place = Place::default();
                return Ok(stopped(of_failure(&failure, place, &link.id)));
            }
            _ => {}
        }
    }
    Ok(stopped(of_silence(Place::default(), &link.id)))
}
