//! Bytes on their way to a secret: bounded, and wiped from memory afterwards.
//!
//! Invariant: when a buffer grows, the smaller one is wiped too.

use rackrate_core::secret::Secret;
use zeroize::Zeroizing;

use crate::{ErrorKind, SecretError};

/// A secret larger than this is something else.
pub(crate) const LARGEST: usize = 64 * 1024;

/// The first size of a buffer; most secrets fit.
const FIRST: usize = 4 * 1024;

/// Collected bytes, up to a bound.
pub(crate) struct Wiped {
    bytes: Zeroizing<Vec<u8>>,
    most: usize,
}

/// There are more bytes than the bound allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLarge;

impl Wiped {
    pub(crate) fn at_most(most: usize) -> Self {
        Self {
            bytes: Zeroizing::new(Vec::with_capacity(FIRST)),
            most,
        }
    }

    pub(crate) fn push(&mut self, more: &[u8]) -> Result<(), TooLarge> {
        let length = self.bytes.len() + more.len();
        if length > self.most {
            return Err(TooLarge);
        }
        if length > self.bytes.capacity() {
            let mut larger = Zeroizing::new(Vec::with_capacity(length.next_power_of_two()));
            larger.extend_from_slice(&self.bytes);
            self.bytes = larger;
        }
        self.bytes.extend_from_slice(more);
        Ok(())
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes as a secret: text, without one line break at its end, and not empty.
    pub(crate) fn secret(&self) -> Result<Secret, SecretError> {
        match std::str::from_utf8(&self.bytes) {
            Ok(text) => secret(text),
            Err(_) => Err(unusable("it is not text in UTF-8")),
        }
    }
}

/// The text as a secret, without one line break at its end, and not empty.
pub(crate) fn secret(text: &str) -> Result<Secret, SecretError> {
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.is_empty() {
        return Err(unusable("it is empty"));
    }
    if text.len() > LARGEST {
        return Err(too_large());
    }
    Ok(Secret::new(text.to_owned()))
}

pub(crate) fn too_large() -> SecretError {
    unusable("it is larger than any secret")
}

pub(crate) fn unusable(message: impl Into<String>) -> SecretError {
    SecretError::new(
        ErrorKind::Unusable,
        message,
        "Store the secret there again, as plain text.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_collected_up_to_the_bound_and_no_further() {
        let mut wiped = Wiped::at_most(10_000);
        wiped.push(&[b'a'; 6_000]).unwrap();
        wiped.push(&[b'b'; 4_000]).unwrap();
        assert_eq!(wiped.push(b"c"), Err(TooLarge));
        assert_eq!(wiped.as_slice().len(), 10_000);
        assert_eq!(&wiped.as_slice()[5_999..6_001], b"ab");
    }

    #[test]
    fn one_line_break_at_the_end_is_not_part_of_a_secret() {
        let expose = |text: &str| secret(text).unwrap().expose().to_owned();
        assert_eq!(expose(" key \n"), " key ");
        assert_eq!(expose("key\r\n"), "key");
        assert_eq!(expose("key\n\n"), "key\n");
        assert_eq!(secret("\n").unwrap_err().to_string(), "it is empty");
    }

    #[test]
    fn bytes_that_are_no_text_are_unusable_and_unseen() {
        let mut wiped = Wiped::at_most(100);
        wiped.push(b"MARKER\xff").unwrap();
        let error = wiped.secret().unwrap_err();
        assert!(!format!("{error:?}").contains("MARKER"));
        assert_eq!(error.code(), "secret.unusable");
    }
}
