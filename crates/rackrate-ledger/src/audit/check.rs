//! Finds what does not follow in a trail.
//!
//! Lines come one by one and are let go, so that a trail of any length takes the memory of
//! its checkpoints. Who signed one is asked of the caller, because keys are not the ledger's.
//!
//! Invariant: pure, and it goes on after the first flaw, so that all are told.

use std::collections::BTreeMap;

use super::{Checkpoint, Digest, Fact, Flaw, Line, Trail};

/// What a signature is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Made with a key that is known.
    Good,
    /// Not made by the key it names.
    Forged,
    /// Nobody here knows its key.
    Unknown,
}

/// What checking came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What is wrong, in the order of the lines. Empty: the trail is intact.
    pub flaws: Vec<Flaw>,
    /// The first line that is there.
    pub first: Option<u64>,
    /// The last line that a known key signed.
    pub signed: Option<u64>,
    /// Signed lines whose key nobody here knows.
    pub unknown: Vec<u64>,
    /// Openings that nobody closed, because their processes were cut off.
    pub cut_off: u64,
}

/// Checks a trail against itself, its signatures, and checkpoints that were kept elsewhere.
#[derive(Debug)]
pub struct Check<'t, J> {
    trail: &'t Trail,
    kept: &'t [Checkpoint],
    judge: J,
    /// The digests that checkpoints sign, as far as the lines told them.
    signed: BTreeMap<u64, Option<Digest>>,
    /// The last line, or what the first one has to follow.
    before: Option<(u64, Digest)>,
    /// Whether the first line follows the checkpoint that a cut left, where there is one.
    follows_cut: Option<bool>,
    /// Whether a line tells of the cut that the trail begins with.
    cut_told: bool,
    /// Lines that were told as signed, and no checkpoint signs them.
    bare: Vec<u64>,
    verdict: Verdict,
}

impl<'t, J: Fn(&Checkpoint) -> Mark> Check<'t, J> {
    /// A check that has seen no line yet.
    pub fn new(trail: &'t Trail, kept: &'t [Checkpoint], judge: J) -> Self {
        let all = trail.checkpoints.iter().chain(kept);
        Self {
            trail,
            kept,
            judge,
            signed: all.map(|one| (one.line, None)).collect(),
            before: None,
            follows_cut: None,
            cut_told: false,
            bare: Vec::new(),
            verdict: Verdict {
                flaws: Vec::new(),
                first: None,
                signed: None,
                unknown: Vec::new(),
                cut_off: 0,
            },
        }
    }

    /// Takes the next line.
    pub fn line(&mut self, line: &Line) {
        if self.verdict.first.is_none() {
            self.begin(line);
        }
        if !line.is_whole() {
            self.flaw(Flaw::Changed { line: line.seq });
        }
        self.follows(line);
        self.note_digests(line);
        if let Some(event) = line.event() {
            self.told(&event.fact);
        }
        self.before = Some((line.seq, line.digest.clone()));
    }

    /// What all lines came to.
    pub fn verdict(mut self) -> Verdict {
        self.beginning();
        self.end();
        self.checkpoints();
        for line in std::mem::take(&mut self.bare) {
            self.flaw(Flaw::CheckpointMissing { line });
        }
        self.kept();
        self.verdict
    }

    fn flaw(&mut self, flaw: Flaw) {
        self.verdict.flaws.push(flaw);
    }

    fn begin(&mut self, first: &Line) {
        self.verdict.first = Some(first.seq);
        if first.seq <= 1 {
            self.before = Some((0, Digest::first(&self.trail.head.chain)));
            return;
        }
        let anchor = self.trail.checkpoint(first.seq - 1);
        self.follows_cut = anchor.map(|anchor| anchor.digest == first.previous);
    }

    fn follows(&mut self, line: &Line) {
        match &self.before {
            Some((seq, _)) if line.seq > seq + 1 => {
                let (first, last) = (seq + 1, line.seq - 1);
                self.flaw(Flaw::Missing { first, last });
            }
            Some((_, digest)) if line.previous != *digest => {
                self.flaw(Flaw::Spliced { line: line.seq });
            }
            _ => {}
        }
    }

    /// A line that was dropped is vouched for by the line that follows.
    fn note_digests(&mut self, line: &Line) {
        if let Some(digest) = self.signed.get_mut(&line.seq) {
            *digest = Some(line.digest.clone());
        }
        let before = line.seq.checked_sub(1);
        let before = before.and_then(|before| self.signed.get_mut(&before));
        if let Some(digest @ None) = before {
            *digest = Some(line.previous.clone());
        }
    }

    fn told(&mut self, fact: &Fact) {
        let first = self.verdict.first.unwrap_or(1);
        match fact {
            Fact::CutOff => self.verdict.cut_off += 1,
            Fact::Cut { through, .. } if through + 1 == first => self.cut_told = true,
            Fact::Signed { line, .. }
                if line + 1 >= first && self.trail.checkpoint(*line).is_none() =>
            {
                self.bare.push(*line);
            }
            _ => {}
        }
    }

    /// The first lines may be gone only where a line tells of the cut, and what is left
    /// follows the checkpoint that stands for them.
    fn beginning(&mut self) {
        let first = self.verdict.first.unwrap_or(1);
        let flaw = match (self.cut_told, self.follows_cut) {
            _ if first <= 1 => return,
            (true, Some(true)) => return,
            (true, Some(false)) => Flaw::Spliced { line: first },
            _ => Flaw::BeginningMissing { first },
        };
        self.verdict.flaws.insert(0, flaw);
    }

    fn end(&mut self) {
        let head = &self.trail.head;
        let (seq, digest) = match self.before.take() {
            Some(last) => last,
            None => (0, Digest::first(&head.chain)),
        };
        if seq < head.seq {
            let (first, last) = (seq + 1, head.seq);
            self.flaw(Flaw::TailCut { first, last });
        } else if seq > head.seq {
            let line = head.seq + 1;
            self.flaw(Flaw::BeyondHead { line });
        } else if digest != head.digest {
            self.flaw(Flaw::BeyondHead { line: seq });
        }
    }

    fn checkpoints(&mut self) {
        for checkpoint in &self.trail.checkpoints {
            let line = checkpoint.line;
            match (self.judge)(checkpoint) {
                Mark::Forged => self.flaw(Flaw::Forged { line }),
                Mark::Unknown => self.verdict.unknown.push(line),
                Mark::Good => self.verdict.signed = self.verdict.signed.max(Some(line)),
            }
            if !self.fits(checkpoint) {
                self.flaw(Flaw::CheckpointDiffers { line });
            }
        }
    }

    /// Whether the line that a checkpoint signs is the one that is there.
    fn fits(&self, checkpoint: &Checkpoint) -> bool {
        let digest = self.signed.get(&checkpoint.line).and_then(Option::as_ref);
        checkpoint.chain == self.trail.head.chain && digest == Some(&checkpoint.digest)
    }

    fn kept(&mut self) {
        let first = self.verdict.first.unwrap_or(1);
        for checkpoint in self.kept {
            let line = checkpoint.line;
            if (self.judge)(checkpoint) == Mark::Forged {
                self.flaw(Flaw::Forged { line });
            }
            // What lies before a cut can only be compared with what was exported before it.
            let is_dropped = line + 1 < first && checkpoint.chain == self.trail.head.chain;
            if !is_dropped && !self.fits(checkpoint) {
                self.flaw(Flaw::Rewritten { line });
            }
        }
    }
}
