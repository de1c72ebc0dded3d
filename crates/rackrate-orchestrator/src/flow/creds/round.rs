//! One job on many accounts, in which none stops another and none waits for another.

use std::collections::BTreeMap;

use rackrate_runtime::engine::types::{ConnIx, Event, GrantIx, Policy, Report};

use super::super::assemble::Bench;
use super::super::standing::Holders;
use crate::host::Host;
use crate::portfolio::Link;
use crate::problem::Result;

/// What came of a round.
#[derive(Debug)]
pub(super) struct Round {
    /// What was reported, in order.
    pub reports: Vec<Report>,
    /// Where each account stood in the job, or why it could not be used, in the order asked.
    pub places: Vec<Result<ConnIx>>,
    /// Whose grants and clients those of the job are.
    pub holders: Holders,
    grants: BTreeMap<GrantIx, ConnIx>,
}

impl Round {
    /// Asks for these events at each of the accounts.
    ///
    /// # Errors
    /// When the ledger fails.
    pub(super) async fn of(
        host: &mut dyn Host,
        links: &[Link],
        policy: Policy,
        events: impl Fn(ConnIx, GrantIx) -> Vec<Event>,
    ) -> Result<Self> {
        let (ledger, now) = (host.ledger(), host.now());
        let mut bench = Bench::empty(ledger.as_ref(), policy).await?;
        let each = links.iter().map(|link| bench.connect(link, now));
        let places: Vec<_> = each.collect();
        let mut job = bench.job(ledger.as_ref(), false, Vec::new()).await?;
        let mut grants = BTreeMap::new();
        for at in places.iter().flatten() {
            let grant = job.desk.connection(*at).grant;
            grants.insert(grant, *at);
            job.events.extend(events(*at, grant));
        }
        let holders = Holders::of(&job.setup);
        Ok(Self {
            reports: host.work(job).await?,
            places,
            holders,
            grants,
        })
    }

    /// Whose grant that is.
    pub(super) fn holder(&self, grant: GrantIx) -> Option<ConnIx> {
        self.grants.get(&grant).copied()
    }
}
