//! What can be wrong with a trail, in codes and words.
//!
//! Invariant: a code is stable, since people file what they found under it.

use std::fmt;

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
