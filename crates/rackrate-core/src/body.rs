//! What a request carries, and which parts of it may not be shown.
//!
//! Bodies stay bytes, because a JSON tree would turn 129.00 into 129.0.

use std::fmt;

use bytes::Bytes;
use serde::Serialize;

use crate::client_auth::Assertion;
use crate::error::{Error, Result};
use crate::exchange::Operation;
use crate::ids::Vendor;
use crate::sealed::SealedJson;
use crate::secret::Secret;

/// A value on the wire that may be secret.
#[derive(Clone, Debug)]
pub enum Value {
    /// May be shown.
    Plain(String),
    /// May not be shown.
    Secret(Secret),
    /// Has to be signed before it leaves; [`crate::exchange::Request::sign`] does it.
    Unsigned(Box<Assertion>),
}

impl Value {
    /// The text itself, for the one place that puts it on the wire.
    pub(crate) fn expose(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Secret(secret) => secret.expose(),
            // A request that holds one does not get as far as the wire.
            Self::Unsigned(_) => "",
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Plain(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Plain(text)
    }
}

impl From<&Secret> for Value {
    fn from(secret: &Secret) -> Self {
        Self::Secret(secret.clone())
    }
}

/// What a request carries. `Debug` shows sizes and names, never JSON content, because some
/// vendors want their secrets in the body.
#[derive(Clone)]
pub enum Body {
    /// Nothing.
    Empty,
    /// `application/x-www-form-urlencoded`, in this order.
    Form(Vec<(String, Value)>),
    /// `application/json`, already written.
    Json(Bytes),
    /// `application/json` with secret members; [`crate::exchange::Request::seal`] makes it.
    Sealed(SealedJson),
}

impl Body {
    /// A value as JSON, for a vendor that takes so many bytes at most.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Bug`] when it cannot be written, or has more bytes.
    pub fn json(
        vendor: &Vendor,
        operation: Operation,
        value: &impl Serialize,
        most: u32,
    ) -> Result<Self> {
        let bytes = serde_json::to_vec(value).map_err(|error| {
            Error::bug(vendor, operation, "the body cannot be written").with_source(error)
        })?;
        if bytes.len() > most as usize {
            let text = format!("a body of {} bytes; it has {most} at most", bytes.len());
            return Err(Error::bug(vendor, operation, text));
        }
        Ok(Self::Json(bytes.into()))
    }

    /// The content type and the bytes as they go over the wire, secrets exposed.
    pub(crate) fn encoded(&self) -> (Option<&'static str>, Bytes) {
        match self {
            Self::Empty => (None, Bytes::new()),
            Self::Json(bytes) => (Some("application/json"), bytes.clone()),
            Self::Sealed(sealed) => (Some("application/json"), sealed.expose()),
            Self::Form(fields) => {
                let mut form = form_urlencoded::Serializer::new(String::new());
                for (name, value) in fields {
                    form.append_pair(name, value.expose());
                }
                (
                    Some("application/x-www-form-urlencoded"),
                    form.finish().into(),
                )
            }
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Form(fields) => f.debug_tuple("Form").field(fields).finish(),
            Self::Json(bytes) => write!(f, "Json({} bytes)", bytes.len()),
            Self::Sealed(sealed) => sealed.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn a_body_larger_than_the_vendor_takes_is_not_built() {
        let json = |most| Body::json(&Vendor::constant("acme"), Operation::Push, &["1234"], most);
        assert!(matches!(json(8), Ok(Body::Json(bytes)) if bytes == r#"["1234"]"#));
        assert_eq!(json(7).unwrap_err().kind(), ErrorKind::Bug);
    }
}
