//! The text by which a ledger knows its key.

use rackrate_auth::seal::Seal;
use rackrate_core::clock::Wall;
use rackrate_core::finding::{Finding, Place};
use rackrate_core::secret::Secret;
use rackrate_ledger::op::{Drawer, Filed, LedgerOp};
use rackrate_ledger::store::Ledger;
use serde::{Deserialize, Serialize};

use crate::problem::{Problem, Result};

/// How the record is written; a reader that does not know a form refuses it.
const FORM: u32 = 1;
/// The name of the record in its drawer.
const NAME: &str = "seal_key";
/// What the text is sealed for, and what it says.
const OURS: &str = "the key of this ledger";

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lock {
    form: u32,
    since: Wall,
    sealed: String,
}

/// Checks that the key, or its absence, fits the ledger, and says what has to be written down
/// for that to be known the next time.
///
/// # Errors
/// `creds.wrong_seal_key`. Nothing has been sent then.
pub async fn fit(ledger: &dyn Ledger, seal: Option<&Seal>, at: Wall) -> Result<Option<LedgerOp>> {
    let left = ledger.recover().await?;
    let consents = !left.grants.is_empty();
    match (lock(ledger).await?, seal) {
        (Some(lock), Some(seal)) if !opens(&lock, seal) => Err(wrong(
            "the key at seal_key is not the one that sealed the tokens and consents of this ledger",
        )),
        (Some(_), None) if consents || !left.tokens.is_empty() => Err(wrong(
            "the tokens and consents of this ledger are sealed with a key, and seal_key names none",
        )),
        // Who sealed the consents of an older ledger is found out by opening them.
        (None, Some(seal)) if !consents => written(seal, at).map(Some),
        _ => Ok(None),
    }
}

/// Whether a ledger knows that key as its own; `None` where it knows none.
///
/// # Errors
/// When the ledger cannot be read.
pub async fn opened_by(ledger: &dyn Ledger, seal: &Seal) -> Result<Option<bool>> {
    Ok(lock(ledger).await?.map(|lock| opens(&lock, seal)))
}

/// Writes down that a key is the ledger's from now on.
///
/// # Errors
/// When the system gives no random bytes.
pub fn written(seal: &Seal, at: Wall) -> Result<LedgerOp> {
    let sealed = seal.close(OURS.as_bytes(), &Secret::new(OURS.to_owned()));
    let lock = sealed.map(|sealed| Lock {
        form: FORM,
        since: at,
        sealed,
    });
    let body = lock.and_then(|lock| serde_json::to_string(&lock).ok());
    let fault = || {
        let message = "the system gives no random bytes";
        let finding = Finding::error("creds.random", Place::default(), message);
        Problem::failed(finding.hint("Try again."))
    };
    Ok(LedgerOp::Filed(Filed {
        drawer: Drawer::Rotation,
        name: NAME.to_owned(),
        body: Some(body.ok_or_else(fault)?),
    }))
}

async fn lock(ledger: &dyn Ledger) -> Result<Option<Lock>> {
    let filed = ledger.filed(Drawer::Rotation).await?;
    let Some(text) = filed.get(NAME) else {
        return Ok(None);
    };
    match serde_json::from_str::<Lock>(text) {
        Ok(lock) if lock.form == FORM => Ok(Some(lock)),
        _ => Err(wrong(
            "the key of this ledger is written down in a way that this rackrate does not know",
        )),
    }
}

fn opens(lock: &Lock, seal: &Seal) -> bool {
    let opened = seal.open(OURS.as_bytes(), &lock.sealed);
    opened.is_some_and(|text| text.expose() == OURS)
}

fn wrong(message: &str) -> Problem {
    Finding::error("creds.wrong_seal_key", Place::default(), message)
        .hint("Refer to the right key; after `rackrate creds rekey` that is the new one. Nothing is lost meanwhile. If the key is lost: rackrate creds rekey --lost.")
        .into()
}

#[cfg(test)]
mod tests {
    use rackrate_core::ids::ConnectionId;
    use rackrate_ledger::model::MemoryLedger;
    use rackrate_ledger::op::SealedToken;

    use super::*;

    fn token() -> LedgerOp {
        LedgerOp::Token(SealedToken {
            connection: ConnectionId::new("pms").unwrap(),
            sealed: "sealed".to_owned(),
            asked: Wall(1),
            lifetime: None,
        })
    }

    async fn refused(ledger: &MemoryLedger, seal: Option<&Seal>) -> bool {
        let fits = fit(ledger, seal, Wall(1)).await;
        fits.is_err_and(|problem| problem.findings[0].code == "creds.wrong_seal_key")
    }

    #[tokio::test]
    async fn a_ledger_knows_its_key_from_its_first_use_on() {
        let ledger = MemoryLedger::default();
        let (ours, other) = (
            Seal::of_this_process().unwrap(),
            Seal::of_this_process().unwrap(),
        );
        let first = fit(&ledger, Some(&ours), Wall(1)).await.unwrap();
        ledger.commit(first.into_iter().collect()).await.unwrap();
        assert!(!refused(&ledger, Some(&ours)).await);
        assert!(refused(&ledger, Some(&other)).await);
        assert!(!refused(&ledger, None).await, "there is nothing to lose");
        ledger.commit(vec![token()]).await.unwrap();
        assert!(refused(&ledger, None).await);
    }

    #[tokio::test]
    async fn without_a_key_nothing_is_written_down_and_nothing_refused() {
        let ledger = MemoryLedger::default();
        ledger.commit(vec![token()]).await.unwrap();
        assert_eq!(fit(&ledger, None, Wall(1)).await.unwrap(), None);
    }
}
