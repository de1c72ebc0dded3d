//! Statements of a client about itself, signed with its private key (RFC 7523, `private_key_jwt`).
//!
//! What a statement says is decided by whoever built the request; here it gets its time, a name
//! that no other has, and its signature (RFC 7515). The algorithm is the key's: ES256 for P-256,
//! EdDSA for Ed25519 (RFC 8037), RS256 for RSA.
//!
//! Invariant: a statement is good for a minute, and no two have the same name.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rackrate_core::client_auth::{Assertion, CLIENT_KEY};
use rackrate_core::clock::Wall;
use rackrate_core::error::{Error, ErrorKind, Result};
use rackrate_core::exchange::{Operation, Request};
use rackrate_core::ids::Vendor;
use rackrate_core::secret::Secret;
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::consent::unguessable;

/// How long a statement is good, in seconds: as long as a request may be on its way.
const LIFE: i64 = 60;

/// Signs what a request leaves to be signed; `now` is when it leaves.
///
/// # Errors
/// `Misconfigured` for a secret that is no private key, that cannot sign, or whose signature
/// the server would not read.
pub fn sign(request: &mut Request, vendor: &Vendor, now: Wall) -> Result<()> {
    request.sign(|assertion| {
        jwt(assertion, now).map_err(|why| {
            let text = format!("{CLIENT_KEY}: {why}");
            Error::new(ErrorKind::Misconfigured, vendor, Operation::Token, text)
        })
    })
}

/// Why nothing was signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum Unsigned {
    #[error("it is no private key in PEM, between BEGIN PRIVATE KEY and END PRIVATE KEY (PKCS#8)")]
    Pem,
    #[error("it is a private key, but none of P-256, Ed25519 or RSA with 2048 to 8192 bits")]
    Kind,
    #[error("it is a key that signs by {by}, and the server reads {read} only")]
    Algorithm { by: &'static str, read: String },
    #[error("it does not sign")]
    Signature,
}

#[derive(Serialize)]
struct Header<'a> {
    alg: &'a str,
    typ: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'a str>,
}

/// RFC 7523, section 3.
#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    jti: String,
    iat: i64,
    exp: i64,
}

fn jwt(assertion: &Assertion, now: Wall) -> std::result::Result<Secret, Unsigned> {
    let key = Key::of(&assertion.key)?;
    let header = Header {
        alg: readable(key.algorithm(), assertion)?,
        typ: "JWT",
        kid: assertion.says.key_id.as_deref(),
    };
    let at = now.0.div_euclid(1_000);
    let claims = Claims {
        iss: assertion.client.expose(),
        sub: assertion.client.expose(),
        aud: &assertion.says.audience,
        jti: unguessable().map_err(|_| Unsigned::Signature)?,
        iat: at,
        exp: at.saturating_add(LIFE),
    };
    let signed = format!("{}.{}", part(&header)?, part(&claims)?);
    let signature = URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes())?);
    Ok(Secret::new(format!("{signed}.{signature}")))
}

/// The algorithm, unless the server says that it reads others only.
fn readable(
    by: &'static str,
    assertion: &Assertion,
) -> std::result::Result<&'static str, Unsigned> {
    match &assertion.says.algorithms {
        Some(read) if !read.iter().any(|one| one == by) => Err(Unsigned::Algorithm {
            by,
            read: read.join(", "),
        }),
        _ => Ok(by),
    }
}

fn part(json: &impl Serialize) -> std::result::Result<String, Unsigned> {
    let bytes = serde_json::to_vec(json).map_err(|_| Unsigned::Signature)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

enum Key {
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair),
}

impl Key {
    fn of(pem: &Secret) -> std::result::Result<Self, Unsigned> {
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem.expose().as_bytes());
        let der = Zeroizing::new(der.map_err(|_| Unsigned::Pem)?);
        let bytes = der.secret_pkcs8_der();
        let p256 = || EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, bytes);
        // OpenSSL writes such keys without their public half.
        let ed25519 = || Ed25519KeyPair::from_pkcs8_maybe_unchecked(bytes);
        (p256().map(Self::P256))
            .or_else(|_| ed25519().map(Self::Ed25519))
            .or_else(|_| RsaKeyPair::from_pkcs8(bytes).map(Self::Rsa))
            .map_err(|_| Unsigned::Kind)
    }

    fn algorithm(&self) -> &'static str {
        match self {
            Self::P256(_) => "ES256",
            Self::Ed25519(_) => "EdDSA",
            Self::Rsa(_) => "RS256",
        }
    }

    fn sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, Unsigned> {
        let random = SystemRandom::new();
        match self {
            Self::P256(key) => {
                let signature = key.sign(&random, message);
                let signature = signature.map_err(|_| Unsigned::Signature)?;
                Ok(signature.as_ref().to_vec())
            }
            Self::Ed25519(key) => Ok(key.sign(message).as_ref().to_vec()),
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .map_err(|_| Unsigned::Signature)?;
                Ok(signature)
            }
        }
    }
}

#[cfg(test)]
mod tests;
