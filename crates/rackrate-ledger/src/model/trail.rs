//! The model's part in the audit trail.

use rackrate_core::ids::ConnectionId;

use super::ModelLedger;
use crate::audit::{Before, Note, Pseudonym, facts};
use crate::op::{KeptGrant, LedgerOp};
use crate::store::Result;

impl Before for ModelLedger {
    fn is_clean(&self) -> Result<bool> {
        Ok(self.clean)
    }

    fn grant(&self, connection: &ConnectionId) -> Result<Option<KeptGrant>> {
        Ok(self.grants.get(connection).cloned())
    }

    fn fingerprint(&self, file: &str) -> Result<Option<String>> {
        Ok(self.trail.fingerprint(file))
    }

    fn pseudonym(&mut self, name: &str) -> Result<Pseudonym> {
        Ok(self.trail.pseudonym(name))
    }
}

impl ModelLedger {
    /// Writes the lines of an operation that is about to be written itself.
    pub(super) fn tell(&mut self, op: &LedgerOp) -> Result<()> {
        let events = facts(op, self)?;
        self.trail.append(&events)
    }

    /// Writes what a note changes beside its lines.
    pub(super) fn note(&mut self, note: &Note) {
        if let Note::Erased { actor, .. } = note
            && let Some(name) = self.trail.name(actor).cloned()
        {
            let theirs = self.runs.values_mut().filter(|run| run.author == name);
            theirs.for_each(|run| actor.as_str().clone_into(&mut run.author));
        }
        self.trail.take(note);
    }
}
