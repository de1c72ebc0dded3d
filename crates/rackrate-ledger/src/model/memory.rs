//! The model behind the trait.
//!
//! Invariant: a batch changes nothing or all, so a panic elsewhere leaves the state whole.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use rackrate_core::ids::{ConnectionId, VendorId};

use super::ModelLedger;
use crate::audit::{Head, Lines, Trail};
use crate::op::{
    ChunkRecord, DesiredSeries, Drawer, LedgerOp, Outcome, RunId, RunRecord, SeenSegment,
};
use crate::store::{Ledger, Recovered, Result};

/// A [`ModelLedger`] behind the trait: everything is "durable" at once, until the end of
/// the process.
#[derive(Debug, Default)]
pub struct MemoryLedger {
    model: Mutex<ModelLedger>,
}

impl MemoryLedger {
    /// A ledger that begins with that state.
    pub fn new(model: ModelLedger) -> Self {
        Self {
            model: Mutex::new(model),
        }
    }

    /// The state as it is now.
    pub fn snapshot(&self) -> ModelLedger {
        self.model().clone()
    }

    /// A batch changes nothing or all, so a panic elsewhere leaves the state whole.
    fn model(&self) -> MutexGuard<'_, ModelLedger> {
        self.model.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Ledger for MemoryLedger {
    async fn commit(&self, ops: Vec<LedgerOp>) -> Result<()> {
        self.model().apply(&ops)
    }

    async fn recover(&self) -> Result<Recovered> {
        Ok(self.model().recovered())
    }

    async fn runs(&self, newest: usize) -> Result<Vec<RunRecord>> {
        Ok(self.model().runs().rev().take(newest).cloned().collect())
    }

    async fn run(&self, id: RunId) -> Result<Option<RunRecord>> {
        Ok(self.model().runs.get(&id).cloned())
    }

    async fn run_of_plan(&self, fingerprint: &str) -> Result<Option<RunRecord>> {
        Ok(self.model().applied(fingerprint).cloned())
    }

    async fn chunks(&self, run: RunId) -> Result<Vec<ChunkRecord>> {
        let model = self.model();
        let mine = model.chunks().filter(|record| record.run == run);
        Ok(mine.cloned().collect())
    }

    async fn outcomes(&self, run: RunId) -> Result<Vec<Outcome>> {
        let model = self.model();
        let belongs = |id| model.chunks.get(id).is_some_and(|record| record.run == run);
        let mine = model.outcomes().filter(|outcome| belongs(&outcome.chunk));
        Ok(mine.cloned().collect())
    }

    async fn seen(
        &self,
        connection: &ConnectionId,
        vendor_property: &VendorId,
    ) -> Result<Vec<SeenSegment>> {
        let model = self.model();
        Ok(model.seen(connection, vendor_property).cloned().collect())
    }

    async fn desired(&self, connection: &ConnectionId) -> Result<Vec<DesiredSeries>> {
        let model = self.model();
        let mine = model
            .desired()
            .filter(|wish| wish.connection == *connection);
        Ok(mine.cloned().collect())
    }

    async fn filed(&self, drawer: Drawer) -> Result<BTreeMap<String, String>> {
        Ok(self.model().filed.get(&drawer).cloned().unwrap_or_default())
    }

    async fn audit_head(&self) -> Result<Head> {
        Ok(self.model().trail.head().clone())
    }

    async fn audit(&self) -> Result<(Trail, Lines<'_>)> {
        let (trail, lines) = self.model().trail.whole();
        Ok((trail, Lines::of(lines)))
    }
}

#[cfg(test)]
mod tests {
    use super::MemoryLedger;

    crate::ledger_suite!((MemoryLedger::default(), ()));
}
