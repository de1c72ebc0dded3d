//! Recognises a secret that is another one than last time, without keeping it.
//!
//! The mark is a text sealed for that secret: with the sealing key it tells whether a secret
//! is the same, without the key it tells nothing, however weak the secret is.
//!
//! Invariant: another sealing key is no other secret.

use std::collections::BTreeMap;

use rackrate_auth::seal::Seal;
use rackrate_core::clock::Wall;
use rackrate_core::ids::ConnectionId;
use rackrate_core::key::Key;
use rackrate_core::secret::{Secret, Secrets};
use rackrate_ledger::dates::{self, Dates, SecretSince};
use rackrate_ledger::op::{Drawer, LedgerOp};
use rackrate_ledger::store::Ledger;

use crate::portfolio::Link;
use crate::problem::Result;

/// What is sealed; what counts is for what.
const TEXT: &str = "rackrate";
/// The mark of the key alone is sealed for this.
const KEY: &[u8] = b"rackrate secret mark 1";

/// What to write down of the secrets of these accounts: those that are new or another one.
/// The seal has to be one that later processes have, too.
///
/// # Errors
/// When the ledger cannot be read.
pub async fn seen<'a>(
    ledger: &dyn Ledger,
    links: impl IntoIterator<Item = &'a Link>,
    at: Wall,
) -> Result<Vec<LedgerOp>> {
    let known = dates::read(&ledger.filed(Drawer::Use).await?)?;
    let each = links.into_iter().filter_map(|link| of(link, &known, at));
    Ok(each.collect())
}

fn of(link: &Link, known: &BTreeMap<ConnectionId, Dates>, at: Wall) -> Option<LedgerOp> {
    let names = &link.adapter.manifest().secrets;
    let known = known.get(&link.id).and_then(|dates| dates.secret.as_ref());
    let print = print(names, &link.secrets)?;
    let since = since(link.seal.as_ref()?, &print, known, at)?;
    Some(dates::secret(&link.id, &since))
}

/// The fingerprint of an account's secrets; `None` unless all are at hand. It stays in memory.
fn print(names: &[&str], secrets: &Secrets) -> Option<Key> {
    let each = names.iter().map(|name| secrets.get(name));
    let all: Vec<_> = each.collect::<Option<_>>()?;
    let parts: Vec<&[u8]> = all.iter().map(|one| one.expose().as_bytes()).collect();
    (!parts.is_empty()).then(|| Key::of(&[KEY, Key::of(&parts).as_str().as_bytes()]))
}

/// Since when the secret is there, where that is not on record already.
fn since(seal: &Seal, print: &Key, known: Option<&SecretSince>, at: Wall) -> Option<SecretSince> {
    let fresh = |at, replaced| {
        let text = Secret::new(TEXT.to_owned());
        let key_mark = seal.close(KEY, &text)?;
        let secret_mark = seal.close(print.as_str().as_bytes(), &text)?;
        Some(SecretSince::new(at, replaced, key_mark, secret_mark))
    };
    let Some(known) = known else {
        return fresh(at, false);
    };
    if seal.open(KEY, &known.key_mark).is_none() {
        return fresh(known.at, known.replaced);
    }
    let same = seal.open(print.as_str().as_bytes(), &known.secret_mark);
    match same {
        Some(_) => None,
        None => fresh(at, true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal(letter: &str) -> Seal {
        // 32 bytes in base64.
        let key = format!("{}=", letter.repeat(43));
        Seal::with(&Secret::new(key)).unwrap()
    }

    fn print_of(secret: &str) -> Key {
        let pair = ("api_key".to_owned(), Secret::new(secret.to_owned()));
        print(&["api_key"], &Secrets::new([pair])).unwrap()
    }

    #[test]
    fn a_secret_is_dated_when_it_is_first_seen_and_when_it_is_another_one() {
        let (seal, old, new) = (seal("A"), print_of("old"), print_of("new"));
        let first = since(&seal, &old, None, Wall(1)).unwrap();
        assert_eq!((first.at, first.replaced), (Wall(1), false));
        assert_eq!(since(&seal, &old, Some(&first), Wall(2)), None);
        let next = since(&seal, &new, Some(&first), Wall(3)).unwrap();
        assert_eq!((next.at, next.replaced), (Wall(3), true));
    }

    #[test]
    fn another_sealing_key_is_no_other_secret() {
        let print = print_of("old");
        let first = since(&seal("A"), &print, None, Wall(1)).unwrap();
        let other = seal("E");
        let again = since(&other, &print, Some(&first), Wall(2)).unwrap();
        assert_eq!((again.at, again.replaced), (Wall(1), false));
        assert_eq!(since(&other, &print, Some(&again), Wall(3)), None);
    }

    #[test]
    fn without_all_its_secrets_nothing_is_said() {
        assert_eq!(print(&["api_key"], &Secrets::default()), None);
        assert_eq!(print(&[], &Secrets::default()), None);
    }
}
