//! The key of the audit trail, and checkpoints made with it.
//!
//! What a line is and what follows what is the ledger's; here is only who vouches for it.
//!
//! Invariant: a checkpoint signs what the ledger has on disk, never what it is about to have.

use rackrate_auth::sign::{Signer, is_signed};
use rackrate_auth::source::SecretRef;
use rackrate_core::clock::Wall;
use rackrate_ledger::audit::{Checkpoint, Mark, Note};
use rackrate_ledger::op::LedgerOp;
use rackrate_ledger::store::Ledger;
use rackrate_secrets::SecretSource;

use crate::config::Config;
use crate::portfolio::{Link, Locked, key};
use crate::problem::Result;

/// The key that the configuration refers to, without which none of these accounts is used;
/// `None` where it names none. `file` is the configuration's name in messages.
///
/// # Errors
/// `secret.…` when it cannot be had, `config.audit_key` for what is no key.
pub(crate) async fn signer(
    config: &Config,
    links: &[Link],
    sources: &dyn SecretSource<Place = SecretRef>,
    file: &str,
) -> Result<Option<Signer>, Locked> {
    match &config.audit_key {
        Some(reference) => {
            let named = ("audit_key", reference);
            let signer = key(links, sources, named, file, Signer::with).await;
            signer.map(Some)
        }
        None => Ok(None),
    }
}

/// Signs what was written since the last checkpoint; nothing where that was nothing but the
/// word of the checkpoint itself.
///
/// # Errors
/// When the ledger fails.
pub(crate) async fn sign(ledger: &dyn Ledger, signer: &Signer, at: Wall) -> Result<()> {
    let head = ledger.audit_head().await?;
    if head.seq <= head.signed.map_or(0, |line| line + 1) {
        return Ok(());
    }
    let mut checkpoint = Checkpoint {
        chain: head.chain,
        line: head.seq,
        digest: head.digest,
        at,
        key: signer.public(),
        signature: String::new(),
    };
    checkpoint.signature = signer.sign(&checkpoint.message());
    let op = LedgerOp::Noted(Note::Signed(checkpoint));
    Ok(ledger.commit(vec![op]).await?)
}

/// What a checkpoint is worth to somebody who knows these public keys.
pub(crate) fn judge(known: &[String], checkpoint: &Checkpoint) -> Mark {
    let Checkpoint { key, signature, .. } = checkpoint;
    if !known.contains(key) {
        return Mark::Unknown;
    }
    match is_signed(key, &checkpoint.message(), signature) {
        true => Mark::Good,
        false => Mark::Forged,
    }
}

/// Who runs the program, as the system says; nobody has checked it.
pub(crate) fn user() -> String {
    std::env::var("USER").unwrap_or_else(|_| "unknown".to_owned())
}
