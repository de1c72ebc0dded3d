//! Signatures under checkpoints of the audit trail: Ed25519.
//!
//! Who has only the public half can check and not sign, so that an auditor needs no secret.
//! What is signed is the caller's business.
//!
//! Invariant: no method shows the secret half.

use std::fmt;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rackrate_core::secret::Secret;
use zeroize::Zeroizing;

/// The secret half is made of so many bytes.
const SEED: usize = 32;

/// A key that signs.
pub struct Signer(Ed25519KeyPair);

/// The secret is no key.
#[derive(Debug, thiserror::Error)]
#[error("a signing key is 32 random bytes, written as 44 characters of base64")]
pub struct NoKey;

impl Signer {
    /// The key that a secret spells: 32 bytes in base64.
    ///
    /// # Errors
    /// [`NoKey`] for anything else.
    pub fn with(key: &Secret) -> Result<Self, NoKey> {
        let bytes = STANDARD.decode(key.expose().trim()).map_err(|_| NoKey)?;
        let bytes = Zeroizing::new(bytes);
        if bytes.len() != SEED {
            return Err(NoKey);
        }
        let pair = Ed25519KeyPair::from_seed_unchecked(&bytes).map_err(|_| NoKey)?;
        Ok(Self(pair))
    }

    /// The public half, in base64.
    pub fn public(&self) -> String {
        STANDARD.encode(self.0.public_key().as_ref())
    }

    /// The signature of a message, in base64.
    pub fn sign(&self, message: &[u8]) -> String {
        STANDARD.encode(self.0.sign(message).as_ref())
    }
}

/// Whether a message was signed with the secret half of that key.
pub fn is_signed(public: &str, message: &[u8], signature: &str) -> bool {
    let (Ok(public), Ok(signature)) = (STANDARD.decode(public), STANDARD.decode(signature)) else {
        return false;
    };
    let key = UnparsedPublicKey::new(&ED25519, public);
    key.verify(message, &signature).is_ok()
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.public())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer(seed: &[u8]) -> Result<Signer, NoKey> {
        Signer::with(&Secret::new(STANDARD.encode(seed)))
    }

    /// The first vector of RFC 8032, 7.1.
    #[test]
    fn it_is_the_ed25519_of_the_standard() {
        let seed = [
            0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec,
            0x2c, 0xc4, 0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03,
            0x1c, 0xae, 0x7f, 0x60,
        ];
        let signer = signer(&seed).unwrap();
        assert_eq!(
            signer.public(),
            "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
        );
        let signature = "5VZDAMNgrHKQhuLMgG6CioSHfx645dl02HPgZSJJAVVfuIIVkKM7rMYeOXAc+bRr0lv18FlbviRlUUFDjnoQCw==";
        assert_eq!(signer.sign(b""), signature);
    }

    #[test]
    fn a_signature_is_for_one_message_and_one_key() {
        let (one, other) = (signer(&[1; 32]).unwrap(), signer(&[2; 32]).unwrap());
        let signature = one.sign(b"line 7");
        assert!(is_signed(&one.public(), b"line 7", &signature));
        assert!(!is_signed(&one.public(), b"line 8", &signature));
        assert!(!is_signed(&other.public(), b"line 7", &signature));
        assert!(!is_signed("", b"line 7", &signature));
        assert!(!is_signed(&one.public(), b"line 7", "no base64"));
        assert!(!format!("{one:?}").contains(&STANDARD.encode([1; 32])));
    }

    #[test]
    fn a_key_is_thirty_two_bytes() {
        for seed in [&[7; 31][..], &[7; 33], &[]] {
            assert!(signer(seed).is_err());
        }
        assert!(Signer::with(&Secret::new("no base64".to_owned())).is_err());
    }
}
