//! When credentials were last used and renewed, for the ledger's records of them.
//!
//! A vendor's answer that is no failure is a use: a request that was refused, or never heard
//! of, keeps no key alive. The dates ride along with what is written anyway, at most once an
//! hour while nothing else changes, and the last ones with the close of the ledger.
//!
//! Invariant: no date makes a commit of its own, and none is ahead of what it tells of.

use std::time::Duration;

use rackrate_core::clock::Wall;
use rackrate_ledger::dates;
use rackrate_ledger::op::LedgerOp;

use super::Engine;
use super::types::GrantIx;

/// A crash makes a date so much too early at most, where something else was written meanwhile.
const EVERY: Duration = Duration::from_secs(3600);

/// What this process knows of one account's credential.
#[derive(Debug, Default)]
pub(super) struct Known {
    used: Option<Wall>,
    renewed: Option<(Wall, Option<String>)>,
    /// The last use that was written down.
    told: Option<Wall>,
}

impl Known {
    /// Whether a use should be written down now that something is.
    fn is_due(&self) -> bool {
        match (self.used, self.told) {
            (Some(used), Some(told)) => used.since(told) >= EVERY,
            (used, None) => used.is_some(),
            (None, Some(_)) => false,
        }
    }

    fn is_untold(&self) -> bool {
        self.used != self.told
    }
}

impl Engine {
    /// A vendor took a request with that grant's credential.
    pub(super) fn date_used(&mut self, grant: GrantIx) {
        let at = self.out.now;
        for connection in self.connections_of(grant) {
            let known = &mut self.dates[connection];
            // A clock that was set back does not unmake a use.
            known.used = known.used.max(Some(at));
        }
    }

    /// A new access token of that grant came.
    pub(super) fn date_renewed(&mut self, grant: GrantIx, scope: Option<&str>) {
        let at = self.out.now;
        for connection in self.connections_of(grant) {
            self.dates[connection].renewed = Some((at, scope.map(str::to_owned)));
        }
    }

    /// Adds what is due to the batch that is about to be written.
    pub(super) fn tell_dates(&mut self) {
        let due = dated(self, Known::is_due);
        self.out.ops.extend(due);
    }

    /// What is left to tell at the end.
    pub(super) fn last_dates(&mut self) -> Vec<LedgerOp> {
        dated(self, Known::is_untold)
    }

    fn connections_of(&self, grant: GrantIx) -> Vec<usize> {
        let all = self.setup.connections.iter().enumerate();
        let of = all.filter(|(_, one)| one.grant == grant);
        of.map(|(at, _)| at).collect()
    }
}

fn dated(engine: &mut Engine, meant: fn(&Known) -> bool) -> Vec<LedgerOp> {
    let mut ops = Vec::new();
    for (spec, known) in engine.setup.connections.iter().zip(&mut engine.dates) {
        if let Some((at, scope)) = known.renewed.take() {
            ops.push(dates::renewed(&spec.id, at, scope.as_deref()));
        }
        if let Some(used) = known.used.filter(|_| meant(known)) {
            known.told = Some(used);
            ops.push(dates::used(&spec.id, used));
        }
    }
    ops
}
