//! The audit trail: who used which credential when, what was let pass, what was changed.
//!
//! Lines are not written by those who act but derived from what the ledger is told anyway
//! (`facts`), so that no caller can forget one; only what no other operation says comes as
//! a [`Note`]. Each line carries the hash of the one before it ([`Line`]), and [`Check`]
//! finds what does not follow. Keys and signatures are the business of the caller.
//!
//! Invariants: a line is in the transaction of what it tells, with the head moved first; no
//! line holds a secret or a person's name.

mod check;
mod event;
mod facts;
mod flaw;
mod line;
mod lines;
mod memory;
mod note;
#[cfg(test)]
mod tests;

pub use self::check::{Check, Mark, Verdict};
pub use self::event::{Event, Fact};
pub(crate) use self::facts::{Before, facts};
pub use self::flaw::Flaw;
pub use self::line::{Checkpoint, Digest, Head, Line, Pseudonym, Trail};
pub use self::lines::Lines;
pub(crate) use self::memory::MemoryTrail;
pub use self::note::{ChangeStep, Note, Uses};
