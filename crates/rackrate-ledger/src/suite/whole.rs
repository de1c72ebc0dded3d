//! A trail with all of its lines in memory, to be looked at and meddled with.

use super::sample::Checked;
use crate::audit::{Check, Checkpoint, Event, Fact, Line, Mark, Trail, Verdict};
use crate::store::Ledger;

/// A small trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Whole {
    pub(crate) trail: Trail,
    pub(crate) lines: Vec<Line>,
}

impl Whole {
    pub(crate) async fn of(ledger: &dyn Ledger) -> Checked<Self> {
        let (trail, mut rest) = ledger.audit().await?;
        let mut lines = Vec::new();
        while let Some(line) = rest.next().await? {
            lines.push(line);
        }
        Ok(Self { trail, lines })
    }

    /// What a check finds that knows every key.
    pub(crate) fn verdict(&self, kept: &[Checkpoint]) -> Verdict {
        let mut check = Check::new(&self.trail, kept, |_| Mark::Good);
        self.lines.iter().for_each(|line| check.line(line));
        check.verdict()
    }

    pub(crate) fn facts(&self) -> Vec<Fact> {
        let events = self.lines.iter().filter_map(Line::event);
        events.map(|Event { fact, .. }| fact).collect()
    }
}
