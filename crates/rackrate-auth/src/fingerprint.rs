//! Keyed fingerprints: two people can tell whether two things are the same without seeing them.
//!
//! A plain hash of a request with a short secret in it could be guessed from. With a key, only
//! who has the key can try, and who has it could open the ledger's tokens as well. What goes
//! into a fingerprint is the caller's business.
//!
//! Invariant: a fingerprint shows nothing of what it was made from, and one made with another
//! key, or from parts that are cut differently, is another one.

use std::fmt;

use aws_lc_rs::hmac::{Context, HMAC_SHA256, Key, sign};
use serde::{Deserialize, Serialize};

/// Sets the key of fingerprints apart from the key it is derived from.
const PURPOSE: &[u8] = b"rackrate fingerprint 1";

/// So many bytes tell two requests apart; more would only be longer to read out.
const LENGTH: usize = 8;

/// A key that makes fingerprints; cheap to clone.
#[derive(Clone)]
pub struct Fingerprints(Key);

/// Sixteen hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprints {
    /// Fingerprints whose key is derived from another one, which nobody learns from them.
    pub(crate) fn derived_from(key: &[u8]) -> Self {
        let derived = sign(&Key::new(HMAC_SHA256, key), PURPOSE);
        Self(Key::new(HMAC_SHA256, derived.as_ref()))
    }

    /// The fingerprint of these parts, in this order.
    pub fn of<'p>(&self, parts: impl IntoIterator<Item = &'p [u8]>) -> Fingerprint {
        let mut context = Context::with_key(&self.0);
        for part in parts {
            // With its length before it, no part can pass for two.
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let tag = context.sign();
        let digits = tag.as_ref().iter().take(LENGTH);
        Fingerprint(digits.map(|byte| format!("{byte:02x}")).collect())
    }
}

impl Fingerprint {
    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Fingerprints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fingerprints")
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(key: u8, parts: &[&str]) -> String {
        let prints = Fingerprints::derived_from(&[key; 32]);
        prints
            .of(parts.iter().map(|part| part.as_bytes()))
            .to_string()
    }

    #[test]
    fn the_same_things_look_the_same_to_who_has_the_key() {
        assert_eq!(of(1, &["POST", "body"]), of(1, &["POST", "body"]));
        assert_ne!(of(1, &["POST", "body"]), of(2, &["POST", "body"]));
        assert_ne!(of(1, &["POST", "body"]), of(1, &["POST", "bodz"]));
        assert_ne!(of(1, &["ab", "c"]), of(1, &["a", "bc"]));
    }

    #[test]
    fn a_fingerprint_is_sixteen_digits() {
        let print = of(1, &["client_secret=MARKER"]);
        let digits = print.chars().all(|c| c.is_ascii_hexdigit());
        assert!(print.len() == 16 && digits, "{print}");
    }
}
