//! A request as it goes over the wire, and as a person may see it.
//!
//! Invariant: what is shown holds no secret, neither of a header nor of a body.

use std::fmt::Write as _;

use anyhow::Result;
use bytes::Bytes;
use rackrate_core::exchange::{Body, Operation, Request};
use rackrate_core::ids::Vendor;
use rackrate_core::secret::Secrets;

use crate::layout;

/// A request that was sent, secrets included.
#[derive(Clone)]
pub struct Sent {
    /// What it was for.
    pub operation: Operation,
    /// The wire's request.
    pub wire: http::Request<Bytes>,
    /// The pairs of its form, where it has one.
    pub form: Option<Vec<(String, String)>>,
}

impl Sent {
    /// What the transport would send.
    ///
    /// # Errors
    /// When a header has a value that cannot be sent.
    pub fn of(request: &Request, vendor: &Vendor) -> Result<Self> {
        let wire = request.expose(vendor)?;
        let is_form = matches!(request.body, Body::Form(_));
        let form = is_form.then(|| form_urlencoded::parse(wire.body()).into_owned().collect());
        Ok(Self {
            operation: request.operation,
            form,
            wire,
        })
    }

    /// Method, address, headers and body; in the place of a secret its name, or that it is
    /// one. A form stands decoded, one field a line; JSON is broken into lines, its bytes
    /// otherwise unchanged.
    pub fn shown(&self, secrets: &Secrets) -> String {
        let mut text = format!("{} {}\n", self.wire.method(), self.wire.uri());
        for (name, value) in self.wire.headers() {
            let value = match value.is_sensitive() {
                true => "[secret]".into(),
                false => String::from_utf8_lossy(value.as_bytes()),
            };
            // Writing to a text cannot fail.
            let _ = writeln!(text, "{name}: {value}");
        }
        text + &hidden(self.body(), secrets)
    }

    fn body(&self) -> String {
        match &self.form {
            Some(fields) => {
                let lines = fields
                    .iter()
                    .map(|(name, value)| format!("{name} = {value}\n"));
                lines.collect()
            }
            None if self.wire.body().is_empty() => String::new(),
            None => layout::json(&String::from_utf8_lossy(self.wire.body())) + "\n",
        }
    }
}

fn hidden(mut text: String, secrets: &Secrets) -> String {
    for name in secrets.names() {
        if let Some(secret) = secrets.get(name) {
            text = text.replace(secret.expose(), &format!("[{name}]"));
        }
    }
    text
}

impl std::fmt::Debug for Sent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sent({})", self.operation)
    }
}
