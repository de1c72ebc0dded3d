//! Tokens sealed for keeping: XChaCha20-Poly1305, bound to whom they are for.
//!
//! A sealed text is worth nothing without the key, and nothing in another row: what it is
//! bound to (connection, addresses, client, scopes, secrets) is authenticated with it.
//! Where the text is kept is the ledger's business.
//!
//! Invariant: a text that was changed, moved or sealed with another key opens to nothing.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use rackrate_core::secret::Secret;
use zeroize::Zeroizing;

use crate::fingerprint::Fingerprints;

/// The first byte of every sealed text: how the rest is to be read.
const VERSION: u8 = 1;
/// Random for each text; so long that it needs no counter.
const NONCE: usize = 24;

/// A key for sealing.
#[derive(Clone)]
pub struct Seal {
    cipher: XChaCha20Poly1305,
    prints: Fingerprints,
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The secret is not one.
    #[error("a sealing key is 32 random bytes, written as 44 characters of base64")]
    NoKey,
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    NoRandomness,
}

impl Seal {
    /// The key that a secret spells: 32 bytes in base64.
    ///
    /// # Errors
    /// [`SealError::NoKey`] for anything else.
    pub fn with(key: &Secret) -> Result<Self, SealError> {
        let bytes = STANDARD.decode(key.expose().trim());
        let bytes = Zeroizing::new(bytes.map_err(|_| SealError::NoKey)?);
        let key = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| SealError::NoKey)?;
        Ok(Self::of(&Zeroizing::new(key)))
    }

    /// A key that nobody will have again: what it seals, only this process opens.
    ///
    /// # Errors
    /// [`SealError::NoRandomness`].
    pub fn of_this_process() -> Result<Self, SealError> {
        let mut key = Zeroizing::new([0; 32]);
        fill(key.as_mut())?;
        Ok(Self::of(&key))
    }

    fn of(key: &[u8; 32]) -> Self {
        Self {
            cipher: XChaCha20Poly1305::new(&Key::from(*key)),
            prints: Fingerprints::derived_from(key),
        }
    }

    /// Fingerprints that whoever has this key can compare; the key is not learned from them.
    pub fn fingerprints(&self) -> &Fingerprints {
        &self.prints
    }

    /// Seals a token for whom it is bound to; `None` when the system gives no random bytes,
    /// and then it is not kept.
    pub fn close(&self, bound_to: &[u8], token: &Secret) -> Option<String> {
        let mut nonce = [0; NONCE];
        fill(&mut nonce).ok()?;
        let payload = Payload {
            msg: token.expose().as_bytes(),
            aad: bound_to,
        };
        let sealed = self.cipher.encrypt(&XNonce::from(nonce), payload).ok()?;
        let text = [&[VERSION], &nonce[..], &sealed].concat();
        Some(STANDARD.encode(text))
    }

    /// The token of a sealed text, if it is whole and bound to the same.
    pub fn open(&self, bound_to: &[u8], text: &str) -> Option<Secret> {
        let bytes = STANDARD.decode(text).ok()?;
        let (version, rest) = bytes.split_first()?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE>()?;
        if *version != VERSION {
            return None;
        }
        let payload = Payload {
            msg: sealed,
            aad: bound_to,
        };
        let token = self.cipher.decrypt(&XNonce::from(*nonce), payload).ok()?;
        String::from_utf8(token).ok().map(Secret::new)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "keys and nonces must be unguessable, and nothing is decided by them"
)]
pub(crate) fn fill(bytes: &mut [u8]) -> Result<(), SealError> {
    getrandom::fill(bytes).map_err(|_| SealError::NoRandomness)
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seal")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> Seal {
        Seal::with(&Secret::new(STANDARD.encode([byte; 32]))).unwrap()
    }

    fn open(seal: &Seal, bound_to: &[u8], text: &str) -> Option<String> {
        let token = seal.open(bound_to, text)?;
        Some(token.expose().to_owned())
    }

    #[test]
    fn a_token_opens_for_whom_it_is_bound_to_and_nobody_else() {
        let token = Secret::new("tokentext".to_owned());
        let sealed = key(1).close(b"hotel a", &token).unwrap();
        assert_eq!(open(&key(1), b"hotel a", &sealed).unwrap(), "tokentext");
        assert_eq!(open(&key(1), b"hotel b", &sealed), None);
        assert_eq!(open(&key(2), b"hotel a", &sealed), None);
        assert!(!sealed.contains("token") && !format!("{:?}", key(1)).contains('1'));
        assert_ne!(sealed, key(1).close(b"hotel a", &token).unwrap());
    }

    #[test]
    fn no_changed_byte_goes_unseen() {
        let sealed = key(1)
            .close(b"a", &Secret::new("tokentext".to_owned()))
            .unwrap();
        let bytes = STANDARD.decode(&sealed).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert_eq!(open(&key(1), b"a", &STANDARD.encode(changed)), None, "{at}");
        }
        assert_eq!(open(&key(1), b"a", ""), None);
    }

    #[test]
    fn a_key_is_thirty_two_bytes() {
        for text in ["", "short", &STANDARD.encode([7; 31])] {
            assert!(Seal::with(&Secret::new(text.to_owned())).is_err(), "{text}");
        }
    }
}
