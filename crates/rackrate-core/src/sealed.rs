//! A JSON object with members that only the wire sees.
//!
//! Some vendors take their secrets in the body, beside the prices. The adapter writes the
//! object without them, and [`crate::auth::Authenticate::apply`] adds them by name; the two
//! meet when the transport asks for the bytes.
//!
//! Invariant: no method but the one for the wire shows a secret, and `Debug` is not it.

use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::secret::Secret;

/// An object already written, and the secret members that are put before its own.
#[derive(Clone)]
pub struct SealedJson {
    object: Bytes,
    members: BTreeMap<String, Secret>,
}

/// Why a secret cannot become a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The body is no JSON object.
    #[error("the body is no JSON object, so it can take no secret members")]
    NoObject,
    /// The object has a member of that name, and two would leave the choice to the vendor.
    #[error("the body has a member of the secret's name already")]
    Twice,
}

#[derive(Deserialize)]
struct AnyObject(BTreeMap<String, IgnoredAny>);

impl SealedJson {
    /// An object without secrets as yet.
    pub fn new(object: Bytes) -> Self {
        Self {
            object,
            members: BTreeMap::new(),
        }
    }

    /// Adds a secret member, in the place of an earlier one of that name.
    ///
    /// # Errors
    /// [`SealError`] where the wire would not carry one object with that member once.
    pub fn put(&mut self, name: &str, secret: &Secret) -> Result<(), SealError> {
        let AnyObject(own) =
            serde_json::from_slice(&self.object).map_err(|_| SealError::NoObject)?;
        if own.contains_key(name) {
            return Err(SealError::Twice);
        }
        self.members.insert(name.to_owned(), secret.clone());
        Ok(())
    }

    /// The object as the adapter wrote it, which may be shown.
    pub fn object(&self) -> &Bytes {
        &self.object
    }

    /// The whole object, secrets exposed.
    pub(crate) fn expose(&self) -> Bytes {
        let text = self.object.trim_ascii();
        let (false, Some(rest)) = (self.members.is_empty(), text.strip_prefix(b"{")) else {
            return self.object.clone();
        };
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let members: Vec<String> = self
            .members
            .iter()
            .map(|(name, secret)| format!("{}:{}", quoted(name), quoted(secret.expose())))
            .collect();
        let comma = if rest.trim_ascii_start() == b"}" {
            ""
        } else {
            ","
        };
        let head = format!("{{{}{comma}", members.join(","));
        Bytes::from([head.as_bytes(), rest].concat())
    }
}

impl fmt::Debug for SealedJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.members.keys().collect();
        write!(f, "SealedJson({} bytes, {names:?})", self.object.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sealed(object: &'static str) -> SealedJson {
        SealedJson::new(Bytes::from_static(object.as_bytes()))
    }

    fn secret(text: &str) -> Secret {
        Secret::new(text.to_owned())
    }

    #[test]
    fn the_wire_sees_the_secret_and_nobody_else() {
        let mut body = sealed(r#"{"Value":111.00}"#);
        body.put("AccessToken", &secret("hunter2")).unwrap();
        assert_eq!(body.expose(), r#"{"AccessToken":"hunter2","Value":111.00}"#);
        assert!(!format!("{body:?}").contains("hunter2"));
        assert_eq!(body.object(), r#"{"Value":111.00}"#);
    }

    #[test]
    fn an_empty_object_and_a_new_secret_make_one_member() {
        let mut body = sealed(" { } ");
        body.put("T", &secret("old")).unwrap();
        body.put("T", &secret("new")).unwrap();
        assert_eq!(body.expose(), r#"{"T":"new" }"#);
    }

    #[test]
    fn what_is_no_object_or_has_the_member_takes_none() {
        for text in ["", "[]", "\"x\"", "{\"a\":1", "{}{}"] {
            let put = sealed(text).put("T", &secret("x"));
            assert_eq!(put, Err(SealError::NoObject), "{text}");
        }
        let put = sealed(r#"{"T":null}"#).put("T", &secret("x"));
        assert_eq!(put, Err(SealError::Twice));
    }

    proptest! {
        #[test]
        fn whatever_the_secret_the_wire_carries_one_object(name in "\\PC{1,8}", text in "\\PC*") {
            let mut body = sealed(r#"{"own member":1}"#);
            body.put(&name, &secret(&text)).unwrap();
            let wire: serde_json::Value = serde_json::from_slice(&body.expose()).unwrap();
            prop_assert_eq!(wire[&name].as_str(), Some(text.as_str()));
            prop_assert_eq!(&wire["own member"], 1);
        }
    }
}
