//! One process at a time sends from a ledger, because allowances and lanes are counted in
//! its memory.
//!
//! Invariant: the system holds the lock, not the file's text, so a dead holder holds nothing.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use crate::error::LedgerError;
use crate::sqlite::{beside, name, private, tighten, unopenable};
use crate::store::Result;

/// The holder's words are cut to this length when they are read.
const LONGEST: u64 = 1000;

/// The right to send; dropping it, or dying, gives it back.
#[derive(Debug)]
pub struct Lease {
    file: File,
}

impl Lease {
    /// Takes the lease of the ledger at `path`, by a lock on `<path>.lock`, and writes
    /// there who holds it. Does not wait.
    ///
    /// # Errors
    /// [`LedgerError::Held`] with the holder's words while another process has it;
    /// [`LedgerError::Unopenable`] when the lock file cannot be used.
    pub fn acquire(path: &Path, holder: &str) -> Result<Self> {
        let path = beside(path, ".lock");
        let opened = private().create(true).truncate(false).open(&path);
        let mut file = opened.map_err(|err| unopenable(&path, err))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(held(&path, &mut file)),
            Err(TryLockError::Error(err)) => return Err(unopenable(&path, err)),
        }
        let signed = tighten(&path).and_then(|()| sign(&mut file, holder));
        signed.map_err(|err| unopenable(&path, err))?;
        Ok(Self { file })
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // The words are a courtesy; the lock goes with the file whatever happens here.
        drop(self.file.set_len(0));
    }
}

fn sign(file: &mut File, holder: &str) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(holder.as_bytes())?;
    file.flush()
}

fn held(path: &Path, file: &mut File) -> LedgerError {
    let mut bytes = Vec::new();
    // A holder that cannot be read, or has not signed yet, still holds.
    drop(file.take(LONGEST).read_to_end(&mut bytes));
    let words = rackrate_core::error::clean(&String::from_utf8_lossy(&bytes));
    let holder = if words.is_empty() {
        "another process".to_owned()
    } else {
        words
    };
    LedgerError::Held {
        file: name(path),
        holder,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_taker_is_told_who_holds_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ledger.db");
        let _first = Lease::acquire(&path, "apply of run 7").unwrap();
        let err = Lease::acquire(&path, "apply of run 8").unwrap_err();
        assert!(matches!(&err, LedgerError::Held { holder, .. } if holder == "apply of run 7"));
        assert_eq!(err.finding().code, "ledger.held");
    }

    #[test]
    fn a_dropped_lease_can_be_taken_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ledger.db");
        drop(Lease::acquire(&path, "one").unwrap());
        let lease = Lease::acquire(&path, "two");
        assert!(lease.is_ok());
    }

    #[test]
    fn a_shorter_holder_leaves_nothing_of_a_longer_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ledger.db");
        std::fs::write(beside(&path, ".lock"), "a long text of a dead process").unwrap();
        let _lease = Lease::acquire(&path, "me").unwrap();
        assert_eq!(
            std::fs::read_to_string(beside(&path, ".lock")).unwrap(),
            "me"
        );
    }
}
