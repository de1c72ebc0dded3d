//! How a client proves to a token endpoint who it is (RFC 6749, section 2.3; RFC 7523).
//!
//! What is proved by a signature is only described here, as an [`Assertion`]: it needs the time
//! and something unique, and an adapter knows neither. Whoever lets the request leave signs it
//! (`rackrate-auth`).
//!
//! Invariant: a request with an assertion that nobody signed cannot leave.

use http::header::AUTHORIZATION;
use url::Url;

use crate::body::{Body, Value};
use crate::error::{Error, Result};
use crate::exchange::{Operation, Request};
use crate::ids::Vendor;
use crate::oauth::{basic, required};
use crate::secret::{Secret, Secrets};

/// The secret's name: a private key in PEM (PKCS#8).
pub const CLIENT_KEY: &str = "client_key";

/// By what private keys sign here (RFC 7518, section 3.1; RFC 8037, section 3.1): by the one
/// that is the key's own.
pub const ALGORITHMS: [&str; 3] = ["ES256", "EdDSA", "RS256"];

/// What the form says of an assertion (RFC 7523, section 2.2).
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// How a client proves who it is at the token endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientAuth {
    /// Identifier and secret in the `Authorization` header.
    Basic,
    /// Identifier and secret in the form.
    Post,
    /// A statement signed with the client's private key (RFC 7523, section 2.2): the key itself
    /// never travels.
    PrivateKeyJwt(KeyJwt),
    /// The identifier alone, for clients that can keep no secret; needs PKCE.
    None,
}

/// What a signed statement says beside who the client is, and by what it may be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyJwt {
    /// Whom it is for: the server's issuer, or where that is not known its token endpoint.
    pub audience: String,
    /// The name under which the server has the public key, where it has several.
    pub key_id: Option<String>,
    /// The algorithms that the server reads, where it says them.
    pub algorithms: Option<Vec<String>>,
}

/// A statement that a client is who it says, not signed yet.
#[derive(Clone, Debug)]
pub struct Assertion {
    /// The private key, in PEM.
    pub key: Secret,
    /// Who the client is.
    pub client: Secret,
    /// What else it says.
    pub says: KeyJwt,
}

impl ClientAuth {
    /// The names of the secrets that it takes.
    pub fn secrets(&self) -> Vec<&'static str> {
        match self {
            Self::Basic | Self::Post => vec!["client_id", "client_secret"],
            Self::PrivateKeyJwt(_) => vec!["client_id", CLIENT_KEY],
            Self::None => vec!["client_id"],
        }
    }

    /// Its name in the registry of OAuth (RFC 8414, section 2).
    pub fn registered_name(&self) -> &'static str {
        match self {
            Self::Basic => "client_secret_basic",
            Self::Post => "client_secret_post",
            Self::PrivateKeyJwt(_) => "private_key_jwt",
            Self::None => "none",
        }
    }

    /// Adds to the form of a request who the client is, or says what the header has to say.
    ///
    /// # Errors
    /// `Misconfigured`, naming the secret, when one is missing.
    pub(crate) fn prove(
        &self,
        vendor: &Vendor,
        secrets: &Secrets,
        fields: &mut Vec<(String, Value)>,
    ) -> Result<Option<Secret>> {
        let id = required(vendor, secrets, "client_id")?;
        let mut add = |name: &str, value: Value| fields.push((name.to_owned(), value));
        match self {
            Self::Basic => return basic(vendor, secrets).map(Some),
            Self::Post => {
                let secret = required(vendor, secrets, "client_secret")?;
                add("client_id", id.into());
                add("client_secret", secret.into());
            }
            Self::PrivateKeyJwt(says) => {
                let assertion = Assertion {
                    key: required(vendor, secrets, CLIENT_KEY)?.clone(),
                    client: id.clone(),
                    says: says.clone(),
                };
                add("client_id", id.into());
                add("client_assertion_type", ASSERTION_TYPE.into());
                add("client_assertion", Value::Unsigned(Box::new(assertion)));
            }
            Self::None => add("client_id", id.into()),
        }
        Ok(None)
    }
}

/// A request to a token endpoint or one of its neighbours, with what the header has to say of
/// the client.
pub(crate) fn token_request(
    base: &Url,
    path: &str,
    header: Option<Secret>,
    fields: Vec<(String, Value)>,
) -> Request {
    let request = Request::post(Operation::Token, base, path, Body::Form(fields));
    match header {
        Some(secret) => request.with_header(AUTHORIZATION, &secret),
        None => request,
    }
}

impl Request {
    /// Signs what the client has to sign. For whoever lets it leave, and just before: what is
    /// signed is good for a short time and once.
    ///
    /// # Errors
    /// What `sign` returns.
    pub fn sign(&mut self, mut sign: impl FnMut(&Assertion) -> Result<Secret>) -> Result<()> {
        let Body::Form(fields) = &mut self.body else {
            return Ok(());
        };
        for (_, value) in fields {
            if let Value::Unsigned(assertion) = value {
                *value = Value::Secret(sign(assertion)?);
            }
        }
        Ok(())
    }

    /// Refuses a request that waits for a signature.
    pub(crate) fn signed(&self, vendor: &Vendor) -> Result<()> {
        let unsigned = |(_, value): &(String, Value)| matches!(value, Value::Unsigned(_));
        match &self.body {
            Body::Form(fields) if fields.iter().any(unsigned) => {
                let text = "a request would leave with an assertion that nobody signed";
                Err(Error::bug(vendor, self.operation, text))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn vendor() -> Vendor {
        Vendor::constant("acme")
    }

    fn secrets() -> Secrets {
        let secret = |name: &str, text: &str| (name.to_owned(), Secret::new(text.to_owned()));
        Secrets::new([secret("client_id", "app 1"), secret(CLIENT_KEY, "PEM")])
    }

    fn request(auth: &ClientAuth, secrets: &Secrets) -> Result<Request> {
        let base = crate::address::constant("https://login.acme.test");
        let mut fields = Vec::new();
        let header = auth.prove(&vendor(), secrets, &mut fields)?;
        Ok(token_request(&base, "/token", header, fields))
    }

    fn keyed() -> ClientAuth {
        ClientAuth::PrivateKeyJwt(KeyJwt {
            audience: "https://login.acme.test".to_owned(),
            key_id: None,
            algorithms: None,
        })
    }

    #[test]
    fn what_nobody_signed_does_not_leave() {
        let mut request = request(&keyed(), &secrets()).unwrap();
        let left = request.expose(&vendor()).unwrap_err();
        assert_eq!(left.kind(), ErrorKind::Bug);
        let sign = |assertion: &Assertion| {
            assert_eq!(assertion.client.expose(), "app 1");
            Ok(Secret::new("h.p.s".to_owned()))
        };
        request.sign(sign).unwrap();
        let wire = request.expose(&vendor()).unwrap();
        insta::assert_snapshot!(
            String::from_utf8_lossy(wire.body()),
            @"client_id=app+1&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=h.p.s"
        );
    }

    #[test]
    fn neither_key_nor_signature_is_shown() {
        let mut request = request(&keyed(), &secrets()).unwrap();
        let before = format!("{request:?} {}", request.shown());
        request
            .sign(|_| Ok(Secret::new("h.p.s".to_owned())))
            .unwrap();
        let after = format!("{request:?} {}", request.shown());
        for shown in [before, after] {
            assert!(
                !shown.contains("PEM") && !shown.contains("h.p.s"),
                "{shown}"
            );
        }
    }

    #[test]
    fn every_way_names_the_secret_that_it_lacks() {
        let ways = [
            ClientAuth::Basic,
            ClientAuth::Post,
            keyed(),
            ClientAuth::None,
        ];
        for way in ways {
            for lacking in way.secrets() {
                let all = way.secrets().into_iter().filter(|name| *name != lacking);
                let some = all.map(|name| (name.to_owned(), Secret::new("x".to_owned())));
                let error = request(&way, &Secrets::new(some)).unwrap_err();
                assert!(error.to_string().contains(lacking), "{way:?}: {error}");
            }
        }
    }
}
