//! What is done to the trail itself: signing, forgetting a name, dropping old lines. Each of
//! them leaves a line.
//!
//! Invariant: nothing is dropped of a trail that is not intact, nor up to a line that nobody
//! known has signed.

use rackrate_core::clock::Wall;
use rackrate_core::finding::Finding;
use rackrate_ledger::audit::{Mark, Note, Pseudonym, Trail};
use rackrate_ledger::op::LedgerOp;
use rackrate_ledger::store::Ledger;
use rackrate_runtime::driver::Clock;
use serde_json::json;

use super::export::start_of;
use super::{Shelf, verify};
use crate::cli::{AuditCut, AuditErase, Before};
use crate::command::Done;
use crate::exit::Exit;
use crate::host::lease;
use crate::problem::{Problem, Result};
use crate::screen::{Page, count};
use crate::signing;

pub(super) async fn sign(shelf: &Shelf, page: &mut Page) -> Result<Done> {
    let Some(signer) = &shelf.signer else {
        return Err(no_key(shelf));
    };
    let _lease = lease(&shelf.path).await?;
    signing::sign(&shelf.ledger, signer, now()).await?;
    let trail = verify::intact(shelf).await?;
    if let Some(last) = trail.checkpoints.last() {
        page.line(json!({ "checkpoint": last }).to_string());
    }
    Ok(Done::with(Exit::Done))
}

pub(super) async fn erase(shelf: &Shelf, flags: &AuditErase, page: &mut Page) -> Result<Done> {
    let _lease = lease(&shelf.path).await?;
    let erased = Note::Erased {
        at: now(),
        actor: Pseudonym::new(flags.actor.clone()),
        by: signing::user(),
    };
    tell(shelf, erased).await?;
    page.line(format!(
        "The name behind {} is forgotten. Plan files, and backups beside the ledger, may still \
         hold it.",
        flags.actor
    ));
    Ok(Done::with(Exit::Done))
}

pub(super) async fn cut(shelf: &Shelf, flags: &AuditCut, page: &mut Page) -> Result<Done> {
    if shelf.signer.is_none() {
        return Err(no_key(shelf));
    }
    let _lease = lease(&shelf.path).await?;
    let trail = verify::intact(shelf).await?;
    let through = last_line(shelf, &trail, flags.before)?;
    let (at, by) = (now(), signing::user());
    tell(shelf, Note::Cut { at, through, by }).await?;
    page.line(format!(
        "Lines up to {} are dropped; those after it stay valid.",
        count(through)
    ));
    Ok(Done::with(Exit::Done))
}

/// The last line to drop: one that a known key signed.
fn last_line(shelf: &Shelf, trail: &Trail, before: Before) -> Result<u64> {
    let known = verify::known(shelf, &[]);
    let mut signed = trail
        .checkpoints
        .iter()
        .filter(|one| signing::judge(&known, one) == Mark::Good);
    let found = match before {
        Before::Line(line) => signed.find(|one| one.line == line),
        Before::Day(day) => signed.rfind(|one| one.at < start_of(day)),
    };
    let none = || {
        let message = match before {
            Before::Line(line) => format!("line {line} has no checkpoint by the key in use"),
            Before::Day(day) => format!("no line before {day} has a checkpoint by the key in use"),
        };
        Finding::error("audit.no_checkpoint", shelf.place(), message)
            .hint("`rackrate audit checkpoints` lists them.")
    };
    Ok(found.ok_or_else(none)?.line)
}

/// Writes a line, and signs it where there is a key.
async fn tell(shelf: &Shelf, note: Note) -> Result<()> {
    shelf.ledger.commit(vec![LedgerOp::Noted(note)]).await?;
    match &shelf.signer {
        Some(signer) => signing::sign(&shelf.ledger, signer, now()).await,
        None => Ok(()),
    }
}

fn now() -> Wall {
    Clock::system().now().wall
}

fn no_key(shelf: &Shelf) -> Problem {
    Problem::input([Finding::error(
        "audit.no_key",
        shelf.place(),
        "there is no key to sign the audit trail with",
    )
    .hint("Make one with `head -c 32 /dev/urandom | base64`, and set audit_key = \"file:…\".")])
}
