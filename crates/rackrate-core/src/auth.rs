//! How an adapter proves who we are: what to ask for, and where the credential goes.
//!
//! The life of a token (buffer, single refresh, revocation) is not the adapter's business.

use std::fmt;
use std::time::Duration;

use crate::error::Result;
use crate::exchange::{Request, Response};
use crate::secret::{Secret, Secrets};

/// One vendor's way of authentication.
pub trait Authenticate: Send + Sync + fmt::Debug {
    /// What to do to get a credential.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Misconfigured`] when a secret is missing.
    fn grant(&self, secrets: &Secrets, ask: Ask<'_>) -> Result<Grant>;

    /// Reads the answer of the token endpoint.
    ///
    /// # Errors
    /// What the answer means: `Reconnect` for a dead grant, `Misconfigured` for a wrong
    /// client, `Malformed` for an answer that is no token.
    fn parse_grant(&self, response: &Response) -> Result<Token>;

    /// Puts the credential where it belongs, and nowhere else.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Misconfigured`] when a secret or the token is missing.
    fn apply(&self, secrets: &Secrets, token: Option<&Token>, request: &mut Request) -> Result<()>;

    /// How long a credential may stay unused before the vendor withdraws it.
    fn keep_alive(&self) -> Option<Duration>;
}

/// What we have in hand when we ask for a credential.
#[derive(Clone, Copy, Debug)]
pub enum Ask<'a> {
    /// Nothing but the secrets.
    First,
    /// The code of a person's consent.
    Code {
        /// The code.
        code: &'a Secret,
        /// The redirect address it was issued for.
        redirect: &'a str,
    },
    /// A refresh token.
    Refresh(&'a Secret),
}

/// How to get a credential.
#[derive(Clone, Debug)]
pub enum Grant {
    /// The secrets are the credential; there is nothing to ask for.
    Static,
    /// Send this.
    Exchange(Box<Request>),
    /// A person has to consent first.
    Person,
}

/// A credential with a life.
#[derive(Clone, Debug)]
pub struct Token {
    /// The access token.
    pub access: Secret,
    /// How long it lives from its issue; `None` when the vendor did not say.
    pub lifetime: Option<Duration>,
    /// The refresh token that came with it.
    pub refresh: Option<Secret>,
    /// The granted scopes, where the vendor said.
    pub scope: Option<String>,
}
