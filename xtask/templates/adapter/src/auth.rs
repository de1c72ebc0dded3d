//! How we prove who we are: what to ask for, and where the credential goes.

use rackrate_core::auth::{Ask, Authenticate, Consent, Grant, Token};
use rackrate_core::error::Result;
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::Vendor;
use rackrate_core::lifetime::Lifetime;
use rackrate_core::secret::Secrets;
use url::Url;

use crate::config::Config;
use crate::errors::unwritten;

#[derive(Debug)]
pub(crate) struct Credentials {
    vendor: Vendor,
    base: Url,
}

pub(crate) fn credentials(vendor: &Vendor, config: &Config) -> Credentials {
    Credentials {
        vendor: vendor.clone(),
        base: config.base_url.clone(),
    }
}

impl Authenticate for Credentials {
    /// `rackrate_core::oauth` has client credentials ready, `rackrate_core::api_key` a key in
    /// a header; with another secret that is the credential itself, this is [`Grant::Static`].
    fn grant(&self, _secrets: &Secrets, _ask: Ask<'_>) -> Result<Grant> {
        let place = "`grant` in src/auth.rs";
        Err(unwritten(&self.vendor, Operation::Token, place))
    }

    fn parse_grant(&self, _response: &Response) -> Result<Token> {
        let place = "`parse_grant` in src/auth.rs";
        Err(unwritten(&self.vendor, Operation::Token, place))
    }

    fn apply(&self, _: &Secrets, _token: Option<&Token>, request: &mut Request) -> Result<()> {
        let place = "`apply` in src/auth.rs";
        Err(unwritten(&self.vendor, request.operation, place))
    }

    fn lifetimes(&self) -> &[Lifetime] {
        &[]
    }

    fn consent(&self) -> Option<&dyn Consent> {
        None
    }
}
