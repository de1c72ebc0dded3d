//! Consents that end by rules of their server, as the settings of the connection state them.
//!
//! The protocol has no such rules, and servers that speak it have; whoever runs rackrate knows
//! them from the server's owner.

use std::time::Duration;

use rackrate_core::auth::{Ask, Authenticate, Consent, Grant, Token};
use rackrate_core::code_flow::CodeFlow;
use rackrate_core::error::Result;
use rackrate_core::exchange::{Request, Response};
use rackrate_core::lifetime::Lifetime;
use rackrate_core::secret::Secrets;

/// The protocol's flow, with the rules by which its consents end.
#[derive(Clone, Debug)]
pub(crate) struct Lasting {
    flow: CodeFlow,
    rules: Vec<Lifetime>,
}

impl Lasting {
    pub(crate) fn new(flow: CodeFlow, rules: Vec<Lifetime>) -> Self {
        Self { flow, rules }
    }
}

impl Authenticate for Lasting {
    fn grant(&self, secrets: &Secrets, ask: Ask<'_>) -> Result<Grant> {
        self.flow.grant(secrets, ask)
    }

    fn parse_grant(&self, response: &Response) -> Result<Token> {
        self.flow.parse_grant(response)
    }

    fn apply(&self, secrets: &Secrets, token: Option<&Token>, request: &mut Request) -> Result<()> {
        self.flow.apply(secrets, token, request)
    }

    fn keep_alive(&self) -> Option<Duration> {
        Lifetime::shortest_unused(&self.rules)
    }

    fn lifetimes(&self) -> Vec<Lifetime> {
        self.rules.clone()
    }

    fn consent(&self) -> Option<&dyn Consent> {
        self.flow.consent()
    }
}
