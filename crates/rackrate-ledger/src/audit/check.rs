//! Finds what does not follow in a trail.
//!
//! Who signed a checkpoint is asked of the caller, because keys are not the ledger's.
//!
//! Invariant: pure, and it goes on after the first flaw, so that all are told.

use std::collections::BTreeMap;
use std::fmt;

use super::{Checkpoint, Digest, Fact, Line, Trail};

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

/// What is wrong with a trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// A line is not as it was written.
    Changed {
        /// The line.
        line: u64,
    },
    /// Lines between two others are not there.
    Missing {
        /// The first of them.
        first: u64,
        /// The last of them.
        last: u64,
    },
    /// A line is whole, but was not written after the one before it.
    Spliced {
        /// The line.
        line: u64,
    },
    /// The last lines are not there.
    TailCut {
        /// The first missing line.
        first: u64,
        /// The last one that was written.
        last: u64,
    },
    /// There are lines that the head does not know, or another last line.
    BeyondHead {
        /// The first such line.
        line: u64,
    },
    /// The first lines are not there, and nobody with the right to do so dropped them.
    BeginningMissing {
        /// The first line that is there.
        first: u64,
    },
    /// A checkpoint speaks of another line than the one that is there.
    CheckpointDiffers {
        /// The line.
        line: u64,
    },
    /// A line says that it was signed, and the signature is not there.
    CheckpointMissing {
        /// The signed line.
        line: u64,
    },
    /// A signature is not by the key it names.
    Forged {
        /// The signed line.
        line: u64,
    },
    /// A checkpoint that was kept elsewhere does not fit: the trail was rolled back or
    /// written anew.
    Rewritten {
        /// The line that it signs.
        line: u64,
    },
}

/// What checking came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What is wrong, in the order of the lines. Empty: the trail is intact.
    pub flaws: Vec<Flaw>,
    /// The last line that a known key signed.
    pub signed: Option<u64>,
    /// Signed lines whose key nobody here knows.
    pub unknown: Vec<u64>,
    /// Openings that nobody closed, because their processes were cut off.
    pub cut_off: u64,
}

/// Checks a trail against itself, its signatures, and checkpoints that were kept elsewhere.
pub fn verify(trail: &Trail, kept: &[Checkpoint], judge: impl Fn(&Checkpoint) -> Mark) -> Verdict {
    let mut check = Check {
        trail,
        lines: trail.lines.iter().map(|line| (line.seq, line)).collect(),
        verdict: Verdict {
            flaws: Vec::new(),
            signed: None,
            unknown: Vec::new(),
            cut_off: 0,
        },
    };
    check.chain();
    check.end();
    check.checkpoints(&judge);
    check.told();
    check.kept(kept, &judge);
    check.verdict
}

struct Check<'a> {
    trail: &'a Trail,
    lines: BTreeMap<u64, &'a Line>,
    verdict: Verdict,
}

impl Check<'_> {
    fn flaw(&mut self, flaw: Flaw) {
        self.verdict.flaws.push(flaw);
    }

    fn chain(&mut self) {
        let mut before = self.beginning();
        for line in &self.trail.lines {
            if !line.is_whole() {
                self.flaw(Flaw::Changed { line: line.seq });
            }
            match &before {
                Some((seq, _)) if line.seq > seq + 1 => self.flaw(Flaw::Missing {
                    first: seq + 1,
                    last: line.seq - 1,
                }),
                Some((_, digest)) if line.previous != *digest => {
                    self.flaw(Flaw::Spliced { line: line.seq });
                }
                _ => {}
            }
            before = Some((line.seq, line.digest.clone()));
        }
    }

    /// What the first line follows; `None` when that was not dropped by right.
    fn beginning(&mut self) -> Option<(u64, Digest)> {
        let first = self.trail.lines.first().map_or(1, |line| line.seq);
        if first <= 1 {
            return Some((0, Digest::first(&self.trail.head.chain)));
        }
        let through = first - 1;
        let is_told = self.facts().any(|(_, fact)| match fact {
            Fact::Cut { through: told, .. } => told == through,
            _ => false,
        });
        let anchor = |one: &&Checkpoint| one.line == through;
        let anchor = self.trail.checkpoints.iter().find(anchor);
        if let (true, Some(anchor)) = (is_told, anchor) {
            return Some((through, anchor.digest.clone()));
        }
        self.flaw(Flaw::BeginningMissing { first });
        None
    }

    fn facts(&self) -> impl Iterator<Item = (u64, Fact)> {
        let lines = self.trail.lines.iter();
        lines.filter_map(|line| Some((line.seq, line.event()?.fact)))
    }

    fn end(&mut self) {
        let head = &self.trail.head;
        let last = self.trail.lines.last();
        let (seq, digest) = match last {
            Some(line) => (line.seq, line.digest.clone()),
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

    fn checkpoints(&mut self, judge: &impl Fn(&Checkpoint) -> Mark) {
        for checkpoint in &self.trail.checkpoints {
            let line = checkpoint.line;
            match judge(checkpoint) {
                Mark::Forged => self.flaw(Flaw::Forged { line }),
                Mark::Unknown => self.verdict.unknown.push(line),
                Mark::Good => self.verdict.signed = self.verdict.signed.max(Some(line)),
            }
            if !self.fits(checkpoint) {
                self.flaw(Flaw::CheckpointDiffers { line });
            }
        }
    }

    /// Whether the line that a checkpoint signs is there; one that was dropped is vouched for
    /// by the line that follows.
    fn fits(&self, checkpoint: &Checkpoint) -> bool {
        let there = self.lines.get(&checkpoint.line);
        let next = self.lines.get(&(checkpoint.line + 1));
        let digest = match (there, next) {
            (Some(line), _) => Some(&line.digest),
            (None, Some(next)) => Some(&next.previous),
            (None, None) => None,
        };
        checkpoint.chain == self.trail.head.chain && digest == Some(&checkpoint.digest)
    }

    fn told(&mut self) {
        let first = self.trail.lines.first().map_or(1, |line| line.seq);
        let facts: Vec<_> = self.facts().collect();
        for (_, fact) in facts {
            match fact {
                Fact::CutOff => self.verdict.cut_off += 1,
                Fact::Signed { line, .. } if line + 1 >= first => {
                    let is_there = self.trail.checkpoints.iter().any(|one| one.line == line);
                    if !is_there {
                        self.flaw(Flaw::CheckpointMissing { line });
                    }
                }
                _ => {}
            }
        }
    }

    fn kept(&mut self, kept: &[Checkpoint], judge: &impl Fn(&Checkpoint) -> Mark) {
        let first = self.trail.lines.first().map_or(1, |line| line.seq);
        for checkpoint in kept {
            let line = checkpoint.line;
            if judge(checkpoint) == Mark::Forged {
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

impl Flaw {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Changed { .. } => "audit.changed",
            Self::Missing { .. } => "audit.missing",
            Self::Spliced { .. } => "audit.spliced",
            Self::TailCut { .. } => "audit.tail_cut",
            Self::BeyondHead { .. } => "audit.beyond_head",
            Self::BeginningMissing { .. } => "audit.beginning_missing",
            Self::CheckpointDiffers { .. } => "audit.checkpoint_differs",
            Self::CheckpointMissing { .. } => "audit.checkpoint_missing",
            Self::Forged { .. } => "audit.forged",
            Self::Rewritten { .. } => "audit.rewritten",
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed { line } => write!(f, "line {line} is not as it was written"),
            Self::Missing { first, last } if first == last => {
                write!(f, "line {first} is not there")
            }
            Self::Missing { first, last } => write!(f, "lines {first} to {last} are not there"),
            Self::Spliced { line } => {
                write!(f, "line {line} was not written after the line before it")
            }
            Self::TailCut { first, last } => {
                write!(
                    f,
                    "the trail ends before line {first}, and had {last} lines"
                )
            }
            Self::BeyondHead { line } => {
                write!(
                    f,
                    "line {line} is not the one that the head of the trail tells"
                )
            }
            Self::BeginningMissing { first } => {
                write!(
                    f,
                    "the lines before {first} are not there, and no cut explains it"
                )
            }
            Self::CheckpointDiffers { line } => {
                write!(f, "the checkpoint of line {line} signs something else")
            }
            Self::CheckpointMissing { line } => {
                write!(f, "line {line} was signed, and the signature is not there")
            }
            Self::Forged { line } => {
                write!(f, "the signature of line {line} is not by the key it names")
            }
            Self::Rewritten { line } => write!(
                f,
                "line {line} is not the one that a kept checkpoint signs: the trail was rolled \
                 back or written anew"
            ),
        }
    }
}
