//! How an adapter proves who we are: what to ask for, and where the credential goes.
//!
//! The life of a token (buffer, single refresh, revocation) is not the adapter's business.

use std::fmt;
use std::time::Duration;

use url::Url;

use crate::error::Result;
use crate::exchange::{Request, Response};
use crate::lifetime::Lifetime;
use crate::secret::{Secret, Secrets};

/// One vendor's way of authentication. No method has a body of its own, because what wraps a
/// way could forget to pass it on.
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

    /// The rules by which the vendor ends a key or a consent, each with its source; none where
    /// none is known.
    fn lifetimes(&self) -> &[Lifetime];

    /// The ways of grants that a person gives; `None` where nobody has to be asked.
    fn consent(&self) -> Option<&dyn Consent>;
}

/// What a vendor does with grants that a person gives: the authorization code of RFC 6749,
/// section 4.1, and the refresh tokens that come of it.
pub trait Consent: Send + Sync + fmt::Debug {
    /// The address that a person opens to consent.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Misconfigured`] when a secret is missing.
    fn authorize(&self, secrets: &Secrets, invitation: &Invitation<'_>) -> Result<Url>;

    /// Who has to say that an answer is theirs (RFC 9207); `None` where nobody says it.
    fn issuer(&self) -> Option<&str>;

    /// Whether the vendor binds a code to whoever asked for it (PKCE with S256, RFC 7636).
    fn has_pkce(&self) -> bool;

    /// What becomes of a refresh token when it is used.
    fn rotation(&self) -> Rotation;

    /// Whether the vendor itself sends people here whom nobody invited, because a hotel begins
    /// in its marketplace: such an answer has a state that we never made.
    fn begins_at_vendor(&self) -> bool {
        false
    }

    /// The question whether a refresh token is still good, where the vendor answers it
    /// without ending the token (RFC 7662).
    fn introspect(&self, secrets: &Secrets, refresh: &Secret) -> Option<Result<Request>>;

    /// Reads the answer to [`Self::introspect`]: whether the token is good.
    ///
    /// # Errors
    /// What the answer means when it says neither.
    fn parse_introspect(&self, response: &Response) -> Result<bool>;

    /// The request that ends a grant, where the vendor has one (RFC 7009).
    fn revoke(&self, secrets: &Secrets, refresh: &Secret) -> Option<Result<Request>>;

    /// Reads the answer to [`Self::revoke`]; a token that was unknown is revoked too.
    ///
    /// # Errors
    /// What the answer means when the grant may still live.
    fn parse_revoke(&self, response: &Response) -> Result<()>;
}

/// How a person is asked for consent.
#[derive(Clone, Copy, Debug)]
pub struct Invitation<'a> {
    /// Where the answer goes, exactly as it was registered.
    pub redirect: &'a Url,
    /// Comes back with the answer; nobody else can know it.
    pub state: &'a str,
    /// The S256 challenge, where [`Consent::has_pkce`].
    pub challenge: Option<&'a str>,
}

/// What becomes of a refresh token when it is used (RFC 9700, section 4.14).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// It may be used again.
    Stays,
    /// There is none: what a code brings is the credential itself, a key that lasts until
    /// somebody ends it. A refresh token from before is exchanged for such a key once, and
    /// using it once more would end the key.
    Lasting,
    /// The answer brings another one and this one ends; using it once more makes a careful
    /// vendor end everything that came of the same consent.
    Rotates {
        /// So long after its use it may be used once more, at vendors that allow for answers
        /// that were lost.
        grace: Option<Duration>,
    },
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
        redirect: &'a Url,
        /// What the challenge of the invitation was made of.
        verifier: Option<&'a Secret>,
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
