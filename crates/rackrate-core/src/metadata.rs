//! What an authorization server says of itself (RFC 8414; OpenID Connect Discovery 1.0), judged.
//!
//! An adapter whose settings name only the server's issuer waits for it ([`AwaitsMetadata`]).
//! Fetching it is the runtime's; here it is decided what is believed.
//!
//! Invariant: who says another name than the one that was asked is believed nothing, and no
//! credential goes to an address that can be read on the way.

use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use url::Url;

use crate::adapter::Adapter;
use crate::address::{self, AddressError};
use crate::client_auth::{ALGORITHMS, ClientAuth};
use crate::code_flow::Endpoint;

/// An adapter that cannot be used before its authorization server has described itself.
pub trait AwaitsMetadata: Send + Sync {
    /// Who that server is.
    fn issuer(&self) -> &Issuer;

    /// The same adapter, knowing the server.
    ///
    /// # Errors
    /// [`Unfit`] when the server cannot do what the adapter's settings want of it.
    fn knowing(&self, server: &Metadata) -> Result<Arc<dyn Adapter>, Unfit>;
}

/// The name of an authorization server: an address, which counts as it is written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct Issuer {
    text: String,
    url: Url,
}

impl Issuer {
    /// The issuer of that name.
    ///
    /// # Errors
    /// [`AddressError`] for what is no address that credentials may go to.
    pub fn new(text: &str) -> Result<Self, AddressError> {
        const SETTING: &str = "authorization_server";
        let url = Url::parse(text).map_err(|_| AddressError::Form(SETTING))?;
        address::check(SETTING, &url)?;
        let text = text.to_owned();
        Ok(Self { text, url })
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// As an address.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Where it describes itself: as RFC 8414, section 3, has it, and where OpenID Connect
    /// has had it before.
    pub fn places(&self) -> [Url; 2] {
        let path = self.url.path().trim_end_matches('/');
        let at = |path: String| {
            let mut url = self.url.clone();
            url.set_path(&path);
            url
        };
        [
            at(format!("/.well-known/oauth-authorization-server{path}")),
            at(format!("{path}/.well-known/openid-configuration")),
        ]
    }
}

impl TryFrom<String> for Issuer {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Self, AddressError> {
        Self::new(&text)
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Why a server is not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Something else is there.
    #[error("what is there is no metadata of an authorization server")]
    NoMetadata,
    /// It is another server's.
    #[error("it is the metadata of another issuer, {0:?}")]
    OtherIssuer(String),
    /// It does not say what is needed.
    #[error("it names no {0}")]
    Lacks(&'static str),
    /// An address of it cannot be used.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// A code could be used by whoever sees it.
    #[error("it offers PKCE with {0}, and S256 is needed")]
    NoPkce(String),
    /// Tokens are not given for what the settings want to show.
    #[error("it gives no tokens for {wanted}, but for {offered}")]
    NoGrantType {
        /// What the settings want.
        wanted: &'static str,
        /// What the server gives tokens for.
        offered: String,
    },
    /// What the client would sign is not read.
    #[error("it reads what clients sign by {offered}, and client_key can sign by {able} only")]
    NoSigning {
        /// What keys can sign by here.
        able: String,
        /// What the server reads.
        offered: String,
    },
    /// The client cannot prove who it is in the way that was chosen.
    #[error("it does not let clients prove who they are by {wanted}, but by {offered}")]
    NoClientAuth {
        /// The way that the settings chose.
        wanted: &'static str,
        /// The ways that the server has.
        offered: String,
    },
}

impl Unfit {
    /// What can be done about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoMetadata | Self::Lacks(_) => {
                "Ask whoever runs the server for its issuer, or give the addresses one by one."
            }
            Self::OtherIssuer(_) => {
                "If that is the server you mean, write its issuer into authorization_server, to the letter."
            }
            Self::Address(AddressError::Plain(_)) => {
                "Whoever runs the server has to offer it by https."
            }
            Self::Address(AddressError::Form(_)) => {
                "Ask whoever runs the server for another address: credentials go to none with a user, a query or a fragment."
            }
            Self::NoPkce(_) => {
                "Whoever runs the server has to allow S256; without it a code could be stolen."
            }
            Self::NoGrantType { .. } => {
                "With consent in the settings a person grants, without it the client alone; set what the server has, or ask whoever runs it to allow the other."
            }
            Self::NoSigning { .. } | Self::NoClientAuth { .. } => {
                "Set client_auth to a way that the server has."
            }
        }
    }
}

/// What is believed of a server's metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// Who it is.
    pub issuer: Issuer,
    /// Where a person consents.
    pub authorize: Option<Url>,
    /// Where tokens are got.
    pub token: Endpoint,
    /// Where the state of a token is told.
    pub introspect: Option<Endpoint>,
    /// Where a grant is ended.
    pub revoke: Option<Endpoint>,
    /// Whether it says who it is in its answers (RFC 9207).
    pub names_itself: bool,
    client_auth: Vec<String>,
    /// The algorithms by which clients may sign, where it says them. The standard has no default.
    signing: Option<Vec<String>>,
    /// What it gives tokens for, where it says it. The standard's default, codes and implicit
    /// grants, is not taken at its word: servers that have client credentials leave it out, too.
    grants: Option<Vec<String>>,
    pkce: Vec<String>,
}

/// RFC 8414, section 2. What is missing means what it says there, but for the grant types.
#[derive(Deserialize)]
struct Told {
    issuer: String,
    authorization_endpoint: Option<String>,
    token_endpoint: Option<String>,
    introspection_endpoint: Option<String>,
    revocation_endpoint: Option<String>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    token_endpoint_auth_signing_alg_values_supported: Option<Vec<String>>,
    grant_types_supported: Option<Vec<String>>,
    code_challenge_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl Metadata {
    /// Reads what a server says of itself.
    ///
    /// # Errors
    /// [`Unfit`] for what is not believed.
    pub fn read(issuer: &Issuer, body: &[u8]) -> Result<Self, Unfit> {
        let told: Told = serde_json::from_slice(body).map_err(|_| Unfit::NoMetadata)?;
        if told.issuer != issuer.text {
            return Err(Unfit::OtherIssuer(crate::error::clean(&told.issuer)));
        }
        let url =
            |name, text: Option<String>| text.map(|text| checked(issuer, name, &text)).transpose();
        let endpoint = |name, text| -> Result<Option<Endpoint>, Unfit> {
            let Some(url) = url(name, text)? else {
                return Ok(None);
            };
            match url.query() {
                None => Ok(Some(Endpoint::of(&url))),
                Some(_) => Err(AddressError::Form(name).into()),
            }
        };
        let basic = || vec!["client_secret_basic".to_owned()];
        Ok(Self {
            issuer: issuer.clone(),
            authorize: url("authorization_endpoint", told.authorization_endpoint)?,
            token: endpoint("token_endpoint", told.token_endpoint)?
                .ok_or(Unfit::Lacks("token_endpoint"))?,
            introspect: endpoint("introspection_endpoint", told.introspection_endpoint)?,
            revoke: endpoint("revocation_endpoint", told.revocation_endpoint)?,
            names_itself: told.authorization_response_iss_parameter_supported,
            client_auth: told
                .token_endpoint_auth_methods_supported
                .unwrap_or_else(basic),
            signing: told.token_endpoint_auth_signing_alg_values_supported,
            grants: told.grant_types_supported,
            pkce: told.code_challenge_methods_supported.unwrap_or_default(),
        })
    }

    /// Whether a client can prove who it is there in that way. A key's own algorithm is
    /// compared when it signs ([`KeyJwt::algorithms`](crate::client_auth::KeyJwt::algorithms)): no secret is at hand here.
    ///
    /// # Errors
    /// [`Unfit::NoClientAuth`], and [`Unfit::NoSigning`] where no key of ours could sign.
    pub fn takes(&self, client_auth: &ClientAuth) -> Result<(), Unfit> {
        let wanted = client_auth.registered_name();
        if !self.client_auth.iter().any(|way| way == wanted) {
            let offered = listed(&self.client_auth);
            return Err(Unfit::NoClientAuth { wanted, offered });
        }
        match (client_auth, &self.signing) {
            (ClientAuth::PrivateKeyJwt(_), Some(read)) if !read.iter().any(|one| is_ours(one)) => {
                Err(Unfit::NoSigning {
                    able: ALGORITHMS.join(", "),
                    offered: listed(read),
                })
            }
            _ => Ok(()),
        }
    }

    /// The algorithms by which clients may sign, where it says them.
    pub fn signing(&self) -> Option<&[String]> {
        self.signing.as_deref()
    }

    /// Whether it gives tokens for that, by its name in the registry of OAuth (RFC 7591,
    /// section 2). Only a server that lists what it has can lack it.
    ///
    /// # Errors
    /// [`Unfit::NoGrantType`].
    pub fn gives_for(&self, wanted: &'static str) -> Result<(), Unfit> {
        match &self.grants {
            Some(offered) if !offered.iter().any(|one| one == wanted) => Err(Unfit::NoGrantType {
                wanted,
                offered: listed(offered),
            }),
            _ => Ok(()),
        }
    }

    /// Where a person consents, with codes bound to whoever asked for them.
    ///
    /// # Errors
    /// [`Unfit::Lacks`], and [`Unfit::NoPkce`] where the server would let us be talked down to
    /// a weaker way or to none (RFC 9700, section 2.1.1).
    pub fn consents(&self) -> Result<&Url, Unfit> {
        let page = self.authorize.as_ref();
        let page = page.ok_or(Unfit::Lacks("authorization_endpoint"))?;
        match self.pkce.iter().any(|method| method == "S256") {
            true => Ok(page),
            false => Err(Unfit::NoPkce(listed(&self.pkce))),
        }
    }
}

/// An address that credentials or people may go to. Other hosts than the issuer's are good,
/// because the issuer vouches for them; this machine is only where the issuer is on it too.
fn checked(issuer: &Issuer, name: &'static str, text: &str) -> Result<Url, Unfit> {
    let url = Url::parse(text).map_err(|_| AddressError::Form(name))?;
    let mut bare = url.clone();
    bare.set_query(None);
    address::check(name, &bare)?;
    if url.scheme() == "http" && !address::is_own_machine(&issuer.url) {
        return Err(AddressError::Plain(name).into());
    }
    Ok(url)
}

/// Whether a key of ours can sign by that algorithm.
fn is_ours(algorithm: &str) -> bool {
    ALGORITHMS.contains(&algorithm)
}

/// What a server offers, for people.
fn listed(words: &[String]) -> String {
    match words {
        [] => "nothing".to_owned(),
        words => crate::error::clean(&words.join(", ")),
    }
}

#[cfg(test)]
mod tests;
