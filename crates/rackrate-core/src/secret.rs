//! Secret values: they can be used, but not printed, compared or serialised.
//!
//! Where they come from (`env:`, `file:` …) is the business of `rackrate-auth`.
//!
//! Invariant: no `Debug`, `Display` or `Serialize` of any type here shows a secret.

use std::collections::BTreeMap;
use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// One secret text. Wiped from memory when dropped.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes the text over.
    pub fn new(text: String) -> Self {
        Self(SecretString::from(text))
    }

    /// The text itself, for the one place that puts it on the wire.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// The secrets of one connection, by the names its adapter's manifest asks for.
#[derive(Clone, Debug, Default)]
pub struct Secrets(BTreeMap<String, Secret>);

impl Secrets {
    /// Collects named secrets.
    pub fn new(secrets: impl IntoIterator<Item = (String, Secret)>) -> Self {
        Self(secrets.into_iter().collect())
    }

    /// The same with another secret of that name.
    #[must_use]
    pub fn with(&self, name: String, secret: Secret) -> Self {
        let mut secrets = self.0.clone();
        secrets.insert(name, secret);
        Self(secrets)
    }

    /// The secret of that name, if the configuration gave one.
    pub fn get(&self, name: &str) -> Option<&Secret> {
        self.0.get(name)
    }

    /// The names present, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_print() {
        let secrets = Secrets::new([("key".to_owned(), Secret::new("hunter2".to_owned()))]);
        assert_eq!(format!("{secrets:?}"), r#"Secrets({"key": [secret]})"#);
        assert_eq!(secrets.get("key").map(Secret::expose), Some("hunter2"));
    }
}
