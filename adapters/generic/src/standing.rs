//! The token endpoint's words on the grant and the client, beside those of the standard.

use rackrate_core::auth::{Ask, Authenticate, Consent, Grant, Token};
use rackrate_core::error::Result;
use rackrate_core::exchange::{Request, Response};
use rackrate_core::ids::Vendor;
use rackrate_core::lifetime::Lifetime;
use rackrate_core::secret::Secrets;

use crate::errors;
use crate::wire;

/// A way of authentication of the standard, at a server that says how we stand with it.
#[derive(Debug)]
pub(crate) struct WithStanding {
    pub(crate) vendor: Vendor,
    pub(crate) way: Box<dyn Authenticate>,
}

impl Authenticate for WithStanding {
    fn grant(&self, secrets: &Secrets, ask: Ask<'_>) -> Result<Grant> {
        self.way.grant(secrets, ask)
    }

    fn parse_grant(&self, response: &Response) -> Result<Token> {
        let said: wire::Failure = serde_json::from_slice(&response.body).unwrap_or_default();
        let speaks_of_us = said.error.as_deref().and_then(errors::standing).is_some();
        if speaks_of_us && response.status.is_client_error() {
            let operation = rackrate_core::exchange::Operation::Token;
            return Err(errors::refusal(&self.vendor, operation, response));
        }
        self.way.parse_grant(response)
    }

    fn apply(&self, secrets: &Secrets, token: Option<&Token>, request: &mut Request) -> Result<()> {
        self.way.apply(secrets, token, request)
    }

    fn lifetimes(&self) -> &[Lifetime] {
        self.way.lifetimes()
    }

    fn consent(&self) -> Option<&dyn Consent> {
        self.way.consent()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rackrate_core::adapter::Adapter;

    use super::*;
    use crate::Generic;

    #[test]
    fn a_consent_with_rules_of_its_end_is_still_one_behind_the_words_of_the_server() {
        let settings = "base_url = 'https://pms.test'\nconsent = { unused_days = 60 }";
        let adapter = Generic::new(toml::from_str(settings).unwrap()).unwrap();
        let auth = adapter.auth();
        assert!(auth.consent().is_some());
        let rest = Lifetime::shortest_unused(auth.lifetimes());
        assert_eq!(rest, Some(Duration::from_secs(60 * 24 * 3600)));
    }
}
