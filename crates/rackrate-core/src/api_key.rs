//! API keys: a secret of one header, sent with every request as it is.
//!
//! There is no token to fetch and nothing to refresh. A refused key is a dead grant: a
//! person makes a new one.

use http::HeaderName;

use crate::auth::{Ask, Authenticate, Consent, Grant, Token};
use crate::error::{Delivery, Error, Result};
use crate::exchange::{Operation, Request, Response};
use crate::ids::Vendor;
use crate::lifetime::Lifetime;
use crate::oauth::required;
use crate::secret::Secrets;

/// The secret's name.
pub const API_KEY: &str = "api_key";

/// Authentication by the secret [`API_KEY`] in a header of the vendor's.
#[derive(Clone, Debug)]
pub struct ApiKey {
    vendor: Vendor,
    header: HeaderName,
    lifetimes: Vec<Lifetime>,
}

impl ApiKey {
    /// A key that goes into that header and does not end by itself.
    pub fn new(vendor: &Vendor, header: HeaderName) -> Self {
        Self {
            vendor: vendor.clone(),
            header,
            lifetimes: Vec::new(),
        }
    }

    /// A rule by which the vendor ends the key. Default: none.
    #[must_use]
    pub fn with_lifetime(mut self, rule: Lifetime) -> Self {
        self.lifetimes.push(rule);
        self
    }
}

impl Authenticate for ApiKey {
    fn grant(&self, secrets: &Secrets, ask: Ask<'_>) -> Result<Grant> {
        required(&self.vendor, secrets, API_KEY)?;
        Ok(match ask {
            Ask::First => Grant::Static,
            Ask::Code { .. } | Ask::Refresh(_) => Grant::Person,
        })
    }

    fn parse_grant(&self, _: &Response) -> Result<Token> {
        let text = "an API key comes from no token endpoint";
        let error = Error::bug(&self.vendor, Operation::Token, text);
        Err(error.with_delivery(Delivery::Refused))
    }

    fn apply(&self, secrets: &Secrets, _: Option<&Token>, request: &mut Request) -> Result<()> {
        let key = required(&self.vendor, secrets, API_KEY)?;
        request.set_header(self.header.clone(), key);
        Ok(())
    }

    fn lifetimes(&self) -> &[Lifetime] {
        &self.lifetimes
    }

    fn consent(&self) -> Option<&dyn Consent> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::secret::Secret;

    fn key() -> ApiKey {
        let header = HeaderName::from_static("x-api-key");
        ApiKey::new(&Vendor::new("acme").unwrap(), header)
    }

    fn secrets() -> Secrets {
        Secrets::new([(API_KEY.to_owned(), Secret::new("k3y".to_owned()))])
    }

    #[test]
    fn a_key_is_sent_once_however_often_it_is_applied() {
        let base = "https://api.test".parse().unwrap();
        let mut request = Request::get(Operation::Read, &base, "/");
        for _ in 0..2 {
            key().apply(&secrets(), None, &mut request).unwrap();
        }
        let wire = request.expose(&key().vendor).unwrap();
        let keys: Vec<_> = wire.headers().get_all("x-api-key").iter().collect();
        assert_eq!(keys, ["k3y"]);
    }

    #[test]
    fn a_new_key_is_a_persons_work() {
        let old = Secret::new("old".to_owned());
        let granted = key().grant(&secrets(), Ask::Refresh(&old));
        assert!(matches!(granted, Ok(Grant::Person)));
        let missing = key().grant(&Secrets::default(), Ask::First);
        assert_eq!(missing.unwrap_err().kind(), ErrorKind::Misconfigured);
    }
}
