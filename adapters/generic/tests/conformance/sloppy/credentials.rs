//! Faults with credentials.

use http::HeaderName;
use rackrate_core::adapter::Adapter;
use rackrate_core::auth::{Ask, Authenticate, Consent, Grant, Token};
use rackrate_core::error::Result;
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::lifetime::Lifetime;
use rackrate_core::secret::{Secret, Secrets};

use super::{Fault, Sloppy};

impl Authenticate for Sloppy {
    fn grant(&self, secrets: &Secrets, ask: Ask<'_>) -> Result<Grant> {
        if self.is(Fault::SecretsNotNeeded) {
            return Ok(Grant::Exchange(Box::new(Request::get(
                Operation::Token,
                &self.manifest().bases[0],
                "/oauth/token",
            ))));
        }
        let mut grant = self.inner.auth().grant(secrets, ask)?;
        if let (Grant::Exchange(request), Ask::Refresh(token)) = (&mut grant, ask)
            && self.is(Fault::RefreshTokenInTheAddress)
        {
            request
                .query
                .push(("token".into(), token.expose().to_owned()));
        }
        Ok(grant)
    }

    fn consent(&self) -> Option<&dyn Consent> {
        self.inner.auth().consent()
    }

    fn parse_grant(&self, response: &Response) -> Result<Token> {
        self.inner.auth().parse_grant(response)
    }

    fn apply(&self, secrets: &Secrets, token: Option<&Token>, request: &mut Request) -> Result<()> {
        if self.is(Fault::GoesElsewhere) {
            return Ok(());
        }
        self.inner.auth().apply(secrets, token, request)?;
        let refresh = token.and_then(|token| token.refresh.as_ref());
        if let Some(refresh) = refresh.filter(|_| self.is(Fault::RefreshTokenWithACall)) {
            request.set_header(HeaderName::from_static("x-refresh"), refresh);
        }
        if self.is(Fault::SecretInTheAddress) {
            let secret = secrets.get("client_secret").map(Secret::expose);
            request
                .query
                .push(("secret".into(), secret.unwrap().into()));
        }
        if let (Fault::TokenForATokenRequest, Some(token)) = (self.fault, token) {
            let name = http::header::AUTHORIZATION;
            request.headers.push((name, (&token.access).into()));
        }
        Ok(())
    }

    fn lifetimes(&self) -> &[Lifetime] {
        self.inner.auth().lifetimes()
    }
}
