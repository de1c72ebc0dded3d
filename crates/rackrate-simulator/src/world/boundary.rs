//! Before which kind of effect the program may die.

use rackrate_core::exchange::Operation;
use rackrate_ledger::op::LedgerOp;
use rackrate_runtime::engine::types::Effect;

use super::way::operation;

/// Before what the program died.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Boundary {
    /// Writing wishes down.
    Intent,
    /// Writing a departing mark, or an ending, down.
    Mark,
    /// Asking for a token.
    Token,
    /// Sending a write.
    Push,
    /// Asking for a job.
    Poll,
    /// Asking what became of a write.
    LookUp,
    /// Reading back.
    Read,
    /// Telling somebody, or setting the alarm.
    Telling,
}

impl Boundary {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Intent,
        Self::Mark,
        Self::Token,
        Self::Push,
        Self::Poll,
        Self::LookUp,
        Self::Read,
        Self::Telling,
    ];

    /// The one before that effect.
    pub(super) fn of(effect: &Effect) -> Self {
        match effect {
            Effect::Commit { ops, .. }
                if ops.iter().any(|op| matches!(op, LedgerOp::Planned(_))) =>
            {
                Self::Intent
            }
            Effect::Commit { .. } => Self::Mark,
            Effect::Send { verb, .. } => match operation(verb) {
                Operation::Token => Self::Token,
                Operation::Push | Operation::Restrict => Self::Push,
                Operation::Poll => Self::Poll,
                Operation::LookUp => Self::LookUp,
                Operation::Read | Operation::Discover => Self::Read,
            },
            Effect::WakeAt(_) | Effect::Publish(..) | Effect::Reread(_) | Effect::Report(_) => {
                Self::Telling
            }
        }
    }
}
