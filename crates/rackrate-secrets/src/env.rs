//! `env:NAME`, and what else is read from the environment.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use rackrate_core::secret::Secret;
use zeroize::Zeroizing;

use crate::wiped::secret;
use crate::{ErrorKind, SecretError, SecretSource};

/// Looks a variable up by its name.
type LookUp = dyn Fn(&str) -> Option<String> + Send + Sync;

/// The variables of an environment; cheap to clone.
#[derive(Clone)]
pub struct Environment(Arc<LookUp>);

impl Environment {
    /// That of this process. What is not text is not there.
    pub fn of_process() -> Self {
        Self(Arc::new(|name| std::env::var(name).ok()))
    }

    /// One with these variables only.
    pub fn of<K: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        let pairs = pairs
            .into_iter()
            .map(|(key, value)| (key.into(), value.into()));
        let pairs: BTreeMap<String, String> = pairs.collect();
        Self(Arc::new(move |name| pairs.get(name).cloned()))
    }

    pub(crate) fn get(&self, name: &str) -> Option<Zeroizing<String>> {
        self.0(name).map(Zeroizing::new)
    }

    /// A variable that is no secret; empty is as good as unset.
    pub(crate) fn setting(&self, name: &str) -> Option<String> {
        self.0(name).filter(|value| !value.is_empty())
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Environment")
    }
}

#[async_trait]
impl SecretSource for Environment {
    type Place = str;

    async fn fetch(&self, name: &str) -> Result<Secret, SecretError> {
        let what = format!("the environment variable {name}");
        let value = self.get(name).ok_or_else(|| {
            let hint = format!("Set {name} where rackrate runs, or refer to another place.");
            SecretError::new(ErrorKind::NotFound, format!("{what} is not set"), hint)
        })?;
        secret(&value).map_err(|error| error.about(&what))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_variable_is_a_secret_and_does_not_print() {
        let environment = Environment::of([("KEY", "MARKER"), ("EMPTY", "")]);
        assert_eq!(environment.fetch("KEY").await.unwrap().expose(), "MARKER");
        assert!(!format!("{environment:?}").contains("MARKER"));
        let empty = environment.fetch("EMPTY").await.unwrap_err();
        assert_eq!(
            empty.to_string(),
            "the environment variable EMPTY: it is empty"
        );
    }

    #[tokio::test]
    async fn a_variable_that_is_missing_is_named() {
        let none = Environment::of_process();
        let error = none.fetch("RACKRATE_NO_SUCH_VARIABLE").await.unwrap_err();
        let expected = "the environment variable RACKRATE_NO_SUCH_VARIABLE is not set";
        assert_eq!(
            (error.to_string().as_str(), error.code()),
            (expected, "secret.not_found")
        );
    }
}
