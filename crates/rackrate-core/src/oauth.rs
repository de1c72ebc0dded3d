//! The common ground of OAuth 2.0 (RFC 6749): client credentials (section 4.4), what token
//! endpoints answer (section 5), and where the tokens go.
//!
//! Adapters that follow the standard use these; they hold no policy of any vendor.

mod answer;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::AUTHORIZATION;
use url::Url;

use crate::auth::{Ask, Authenticate, Consent, Grant, Token};
use crate::client_auth::{ClientAuth, token_request};
use crate::error::{Error, ErrorKind, Result};
use crate::exchange::{Operation, Request, Response};
use crate::ids::Vendor;
use crate::lifetime::Lifetime;
use crate::secret::{Secret, Secrets};

pub use answer::{parse_access_token, parse_token};

/// Client credentials as the standard has them: no refresh token, and the access token as bearer.
///
/// Invariant: the token goes to the API's address only, and never to the token endpoint.
#[derive(Clone, Debug)]
pub struct ClientCredentials {
    vendor: Vendor,
    base: Url,
    token_base: Url,
    path: String,
    scope: String,
    client_auth: ClientAuth,
}

impl ClientCredentials {
    /// Credentials for the API at `base`; tokens come from `path` below it.
    pub fn new(vendor: &Vendor, base: &Url, path: impl Into<String>) -> Self {
        Self {
            vendor: vendor.clone(),
            base: base.clone(),
            token_base: base.clone(),
            path: path.into(),
            scope: String::new(),
            client_auth: ClientAuth::Post,
        }
    }

    /// The address that the token endpoint's path is below. Default: the API's.
    #[must_use]
    pub fn with_token_base(mut self, base: &Url) -> Self {
        self.token_base = base.clone();
        self
    }

    /// The scopes asked for, with a blank between them. Default: none.
    #[must_use]
    pub fn with_scope(mut self, scope: impl Into<String>) -> Self {
        self.scope = scope.into();
        self
    }

    /// How the client proves who it is. Default: [`ClientAuth::Post`].
    #[must_use]
    pub fn with_client_auth(mut self, client_auth: ClientAuth) -> Self {
        self.client_auth = client_auth;
        self
    }
}

impl Authenticate for ClientCredentials {
    fn grant(&self, secrets: &Secrets, ask: Ask<'_>) -> Result<Grant> {
        only_secrets(&self.vendor, ask)?;
        let mut fields = vec![("grant_type".into(), "client_credentials".into())];
        let by = &self.client_auth;
        let header = by.prove(&self.vendor, secrets, &mut fields)?;
        if !self.scope.is_empty() {
            fields.push(("scope".into(), self.scope.as_str().into()));
        }
        let request = token_request(&self.token_base, &self.path, header, fields);
        Ok(Grant::Exchange(Box::new(request)))
    }

    fn parse_grant(&self, response: &Response) -> Result<Token> {
        parse_access_token(&self.vendor, response)
    }

    fn apply(&self, _: &Secrets, token: Option<&Token>, request: &mut Request) -> Result<()> {
        put_bearer(&self.vendor, &self.base, token, request)
    }

    fn lifetimes(&self) -> &[Lifetime] {
        &[]
    }

    fn consent(&self) -> Option<&dyn Consent> {
        None
    }
}

/// Lets client credentials begin with nothing but the secrets.
///
/// # Errors
/// `Bug` for a consent code or a refresh token: this kind of grant has neither (RFC 6749
/// section 4.4.3).
pub fn only_secrets(vendor: &Vendor, ask: Ask<'_>) -> Result<()> {
    match ask {
        Ask::First => Ok(()),
        Ask::Code { .. } | Ask::Refresh(_) => {
            let text = "client credentials have neither consent codes nor refresh tokens";
            Err(Error::bug(vendor, Operation::Token, text))
        }
    }
}

/// Puts the token where a call to the API at `base` carries it; a token request gets none.
///
/// # Errors
/// `Bug` for a request that goes elsewhere, where the token would be given away;
/// `Misconfigured` where there is no token.
pub fn put_bearer(
    vendor: &Vendor,
    base: &Url,
    token: Option<&Token>,
    request: &mut Request,
) -> Result<()> {
    if request.operation == Operation::Token {
        return Ok(());
    }
    if request.base != *base {
        let text = "a token was meant for an address that is not the API's";
        return Err(Error::bug(vendor, request.operation, text));
    }
    let token = token.ok_or_else(|| {
        let (kind, text) = (ErrorKind::Misconfigured, "there is no token to call with");
        Error::new(kind, vendor, request.operation, text)
    })?;
    let bearer = Secret::new(format!("Bearer {}", token.access.expose()));
    request.set_header(AUTHORIZATION, &bearer);
    Ok(())
}

/// Id and secret of a client as `Authorization` carries them, each form-encoded before they are
/// joined (RFC 6749 section 2.3.1).
///
/// # Errors
/// `Misconfigured` when `client_id` or `client_secret` is not among the secrets.
pub(crate) fn basic(vendor: &Vendor, secrets: &Secrets) -> Result<Secret> {
    let part = |name| -> Result<String> {
        let secret = required(vendor, secrets, name)?.expose().as_bytes();
        Ok(form_urlencoded::byte_serialize(secret).collect())
    };
    let pair = Secret::new(format!("{}:{}", part("client_id")?, part("client_secret")?));
    let pair = STANDARD.encode(pair.expose());
    Ok(Secret::new(format!("Basic {pair}")))
}

/// A secret that has to be there.
///
/// # Errors
/// `Misconfigured`, naming the secret, when it is not.
pub fn required<'s>(vendor: &Vendor, secrets: &'s Secrets, name: &str) -> Result<&'s Secret> {
    secrets.get(name).ok_or_else(|| {
        let text = format!("the connection has no secret named {name}");
        Error::new(ErrorKind::Misconfigured, vendor, Operation::Token, text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_goes_to_the_api_and_nowhere_else() {
        let vendor = Vendor::new("acme").unwrap();
        let url = |text: &str| -> Url { text.parse().unwrap() };
        let (api, identity) = (url("https://api.test/v1"), url("https://id.test"));
        let auth = ClientCredentials::new(&vendor, &api, "/token").with_token_base(&identity);
        let token =
            parse_token(&vendor, &Response::new(200, r#"{"access_token":"t0k3n"}"#)).unwrap();
        let applied = |operation, base: &Url, token: Option<&Token>| {
            let mut request = Request::get(operation, base, "/x");
            let done = auth.apply(&Secrets::default(), token, &mut request);
            done.map(|()| request.headers.len())
                .map_err(|error| error.kind())
        };
        let token = Some(&token);
        assert_eq!(applied(Operation::Read, &api, token), Ok(1));
        assert_eq!(applied(Operation::Token, &identity, token), Ok(0));
        let elsewhere = applied(Operation::Read, &identity, token);
        assert_eq!(elsewhere, Err(ErrorKind::Bug));
        let without = applied(Operation::Read, &api, None);
        assert_eq!(without, Err(ErrorKind::Misconfigured));
    }

    #[test]
    fn client_credentials_have_no_use_for_a_refresh_token() {
        let vendor = Vendor::new("acme").unwrap();
        let base: Url = "https://api.test".parse().unwrap();
        let auth = ClientCredentials::new(&vendor, &base, "/token");
        let answer = Response::new(200, r#"{"access_token":"t","refresh_token":"r"}"#);
        assert!(auth.parse_grant(&answer).unwrap().refresh.is_none());
        let refresh = Secret::new("r".to_owned());
        let asked = auth.grant(&Secrets::default(), Ask::Refresh(&refresh));
        assert_eq!(asked.unwrap_err().kind(), ErrorKind::Bug);
    }
}
