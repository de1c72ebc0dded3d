//! The trail of the ledger in memory.
//!
//! Invariant: pseudonyms are counted, so that the same operations give the same lines.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Checkpoint, Digest, Event, Head, Line, Note, Pseudonym, Trail};
use crate::store::Result;

/// Lines and what belongs to them. A clone shares the lines.
#[derive(Clone, Debug)]
pub(crate) struct MemoryTrail {
    head: Head,
    lines: Vec<Arc<Line>>,
    checkpoints: BTreeMap<u64, Checkpoint>,
    actors: BTreeMap<Pseudonym, String>,
    /// Pseudonyms given so far; none is given twice.
    given: u64,
    files: BTreeMap<String, String>,
}

impl Default for MemoryTrail {
    fn default() -> Self {
        Self {
            head: Head::of_new("memory".to_owned()),
            lines: Vec::new(),
            checkpoints: BTreeMap::new(),
            actors: BTreeMap::new(),
            given: 0,
            files: BTreeMap::new(),
        }
    }
}

impl MemoryTrail {
    pub(crate) fn append(&mut self, events: &[Event]) -> Result<()> {
        for event in events {
            let line = Line::after(&self.head, event)?;
            self.head.moved_to(&line);
            self.lines.push(Arc::new(line));
        }
        Ok(())
    }

    /// Writes what a note changes beside its lines. Names elsewhere are the caller's.
    pub(crate) fn take(&mut self, note: &Note) {
        match note {
            Note::Began { files, .. } => self.files.extend(files.clone()),
            Note::Signed(checkpoint) => {
                self.head.signed = self.head.signed.max(Some(checkpoint.line));
                self.checkpoints.insert(checkpoint.line, checkpoint.clone());
            }
            Note::Erased { actor, .. } => drop(self.actors.remove(actor)),
            Note::Cut { through, .. } => {
                self.lines.retain(|line| line.seq > *through);
                self.checkpoints.retain(|line, _| line >= through);
            }
            Note::Waived { .. }
            | Note::Held { .. }
            | Note::Refused { .. }
            | Note::Died { .. }
            | Note::Reviewed { .. }
            | Note::Changing { .. } => {}
        }
    }

    pub(crate) fn fingerprint(&self, file: &str) -> Option<String> {
        self.files.get(file).cloned()
    }

    pub(crate) fn pseudonym(&mut self, name: &str) -> Pseudonym {
        let known = self.actors.iter().find(|(_, known)| *known == name);
        if let Some((pseudonym, _)) = known {
            return pseudonym.clone();
        }
        self.given += 1;
        let pseudonym = Pseudonym::new(format!("actor-{}", self.given));
        self.actors.insert(pseudonym.clone(), name.to_owned());
        pseudonym
    }

    pub(crate) fn name(&self, actor: &Pseudonym) -> Option<&String> {
        self.actors.get(actor)
    }

    pub(crate) fn line(&self, seq: u64) -> Option<(String, Digest)> {
        let line = self.lines.iter().find(|line| line.seq == seq)?;
        Some((self.head.chain.clone(), line.digest.clone()))
    }

    pub(crate) fn has_checkpoint(&self, line: u64) -> bool {
        self.checkpoints.contains_key(&line)
    }

    pub(crate) fn head(&self) -> &Head {
        &self.head
    }

    pub(crate) fn whole(&self) -> (Trail, Vec<Line>) {
        let trail = Trail {
            head: self.head.clone(),
            checkpoints: self.checkpoints.values().cloned().collect(),
            actors: self.actors.clone(),
        };
        let lines = self.lines.iter().map(|line| Line::clone(line));
        (trail, lines.collect())
    }
}
