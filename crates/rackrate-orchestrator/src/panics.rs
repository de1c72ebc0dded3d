//! What is told when the program breaks off by a fault of its own.
//!
//! A panic's message may quote what the program had in its hands, a token or an answer, so
//! it is never told; the place in the source is enough to look there. Going on after a fault
//! is left to the caller: whatever was under way is settled from the ledger.
//!
//! Invariant: of a panic only its place leaves the program.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook};
use std::sync::OnceLock;

use rackrate_core::finding::{Finding, Place};
use rackrate_runtime::driver::Clock;

use crate::command::Done;
use crate::exit::Exit;

/// The code of the finding.
const CODE: &str = "program.panic";

const HINT: &str = "Please report it with this place and, if you can, the output of -vv with \
    RUST_BACKTRACE=1. If it was `apply`, `rackrate apply --resume` settles what was under way.";

/// The first fault of this process: what follows is often its consequence.
static FIRST: OnceLock<Finding> = OnceLock::new();

/// Tells every panic from now on without its message, under one id for this process.
pub(crate) fn watch() {
    let id = format!("{:08x}", Clock::system().now().random as u32);
    set_hook(Box::new(move |info| tell(info, &id)));
}

fn tell(info: &PanicHookInfo<'_>, id: &str) {
    let at = info.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(code = CODE, id, at, "a fault of this program");
    let trace = Backtrace::capture();
    if trace.status() == BacktraceStatus::Captured {
        tracing::error!(code = CODE, id, %trace, "the way to it");
    }
    // A later fault than the first is in the log only.
    let _ = FIRST.set(finding(&at, id));
}

fn finding(at: &str, id: &str) -> Finding {
    let message = format!("the program broke off by a fault of its own at {at}, id {id}");
    Finding::error(CODE, Place::default(), message).hint(HINT)
}

/// What to tell a person of the first panic, if there was one.
pub(crate) fn first() -> Option<Finding> {
    FIRST.get().cloned()
}

/// Does something; a panic in it, or in a task that it started, is its failure.
pub(crate) fn caught(work: impl FnOnce() -> Done) -> Done {
    let done = catch_unwind(AssertUnwindSafe(work));
    with(done.unwrap_or_else(|_| Done::with(Exit::Failed)), first())
}

fn with(mut done: Done, fault: Option<Finding>) -> Done {
    let Some(fault) = fault else { return done };
    done.exit = done.exit.and(Exit::Failed);
    if done.findings.iter().all(|finding| finding.code != CODE) {
        done.findings.push(fault);
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_makes_a_run_fail_and_is_told_once() {
        let fault = || finding("src/lib.rs:1:2", "0000abcd");
        let once = with(Done::with(Exit::Partly), Some(fault()));
        let twice = with(once, Some(fault()));
        assert_eq!((twice.exit, twice.findings.len()), (Exit::Failed, 1));
        assert!(with(Done::with(Exit::Done), None).findings.is_empty());
    }

    #[test]
    fn a_person_is_told_the_place_the_id_and_the_way_on() {
        insta::assert_snapshot!(finding("src/lib.rs:1:2", "0000abcd"), @r"
        the program broke off by a fault of its own at src/lib.rs:1:2, id 0000abcd [program.panic]
          → Please report it with this place and, if you can, the output of -vv with RUST_BACKTRACE=1. If it was `apply`, `rackrate apply --resume` settles what was under way.
        ");
    }
}
