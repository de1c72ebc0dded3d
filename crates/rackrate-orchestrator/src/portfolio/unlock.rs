//! Fetches what the accounts of a portfolio are used with.
//!
//! Invariant: a finding names the connection, the secret and its reference, and says what the
//! place said; what was found there is in none.

use std::collections::BTreeMap;

use futures_util::{StreamExt, stream};
use rackrate_auth::seal::Seal;
use rackrate_auth::source::SecretRef;
use rackrate_core::finding::{Finding, Place};
use rackrate_core::ids::ConnectionId;
use rackrate_core::secret::{Secret, Secrets};
use rackrate_secrets::{ErrorKind, SecretError, SecretSource};

use super::Portfolio;

/// So many are asked for at once; each is a small question to a busy service.
const AT_ONCE: usize = 8;

impl Portfolio {
    /// Fetches the secrets of all accounts, and the key that seals their tokens; without a
    /// key tokens are sealed with one that only this process has, so its jobs share them and
    /// nobody can read them later. `file` is the configuration's name in messages.
    ///
    /// # Errors
    /// `secret.…` for each that cannot be had, up to the first place that does not answer:
    /// the others would be waited for as long. `config.seal_key` for a key that is none.
    pub async fn unlock(
        &mut self,
        sources: &dyn SecretSource<Place = SecretRef>,
        seal_key: Option<&SecretRef>,
        file: &str,
    ) -> Result<(), Vec<Finding>> {
        let seal = seal(sources, seal_key, file)
            .await
            .map_err(|wrong| vec![wrong])?;
        let mut secrets = self.secrets(sources, file).await?;
        for link in &mut self.links {
            link.secrets = Secrets::new(secrets.remove(&link.id).unwrap_or_default());
            link.seal = Some(seal.clone());
        }
        Ok(())
    }

    async fn secrets(
        &self,
        sources: &dyn SecretSource<Place = SecretRef>,
        file: &str,
    ) -> Result<BTreeMap<ConnectionId, BTreeMap<String, Secret>>, Vec<Finding>> {
        let links = self.links.iter();
        let wanted = links.flat_map(|link| link.references.iter().map(|one| (&link.id, one)));
        let fetches = wanted.map(|(id, (name, reference))| async move {
            (id, name, reference, sources.fetch(reference).await)
        });
        let mut fetched = stream::iter(fetches).buffered(AT_ONCE);
        let (mut secrets, mut findings) = (BTreeMap::<_, BTreeMap<_, _>>::new(), Vec::new());
        while let Some((id, name, reference, secret)) = fetched.next().await {
            match secret {
                Ok(secret) => {
                    let of_link = secrets.entry(id.clone()).or_default();
                    of_link.insert(name.clone(), secret);
                }
                Err(error) => {
                    let place = Place::file(file).on(id);
                    findings.push(told(
                        place,
                        &format!("the secret {name}"),
                        reference,
                        &error,
                    ));
                    if error.kind() == ErrorKind::Unavailable {
                        break;
                    }
                }
            }
        }
        match findings.is_empty() {
            true => Ok(secrets),
            false => Err(findings),
        }
    }
}

async fn seal(
    sources: &dyn SecretSource<Place = SecretRef>,
    seal_key: Option<&SecretRef>,
    file: &str,
) -> Result<Seal, Finding> {
    let wrong = |error: String| {
        let message = format!("seal_key: {error}");
        Finding::error("config.seal_key", Place::file(file), message).hint(
            "Make one with `head -c 32 /dev/urandom | base64`, and refer to the place where it is.",
        )
    };
    let Some(reference) = seal_key else {
        return Seal::of_this_process().map_err(|error| wrong(error.to_string()));
    };
    let key = sources.fetch(reference).await;
    let key = key.map_err(|error| told(Place::file(file), "seal_key", reference, &error))?;
    Seal::with(&key).map_err(|error| wrong(error.to_string()))
}

fn told(place: Place, what: &str, reference: &SecretRef, error: &SecretError) -> Finding {
    let message = format!("{what}, {reference}: {error}");
    Finding::error(error.code(), place, message).hint(error.hint())
}

#[cfg(test)]
mod tests {
    use rackrate_secrets::env::Environment;
    use rackrate_secrets::{Settings, Sources};

    use super::*;
    use crate::sample::Sample;

    /// The sample's accounts, each with these references.
    fn portfolio(references: &[(&str, &str)]) -> Portfolio {
        let mut portfolio = Sample::new(None).unwrap().portfolio().unwrap();
        for link in &mut portfolio.links {
            let read = references
                .iter()
                .map(|(name, text)| ((*name).to_owned(), text.parse().unwrap()));
            link.references = read.collect();
        }
        portfolio
    }

    fn sources(pairs: &[(&str, &str)]) -> Sources {
        let environment = Environment::of(pairs.iter().copied());
        Sources::new(Settings::default(), environment, std::path::Path::new("/"))
    }

    #[tokio::test]
    async fn every_account_gets_its_secrets_by_name() {
        let mut portfolio = portfolio(&[("id", "env:ID"), ("key", "env:KEY")]);
        let sources = sources(&[("ID", "a"), ("KEY", "b")]);
        portfolio
            .unlock(&sources, None, "rackrate.toml")
            .await
            .unwrap();
        for link in &portfolio.links {
            let exposed = ["id", "key"].map(|name| link.secrets.get(name).map(Secret::expose));
            assert_eq!(exposed, [Some("a"), Some("b")]);
        }
    }

    #[tokio::test]
    async fn every_secret_that_is_missing_is_told_with_its_account_and_reference() {
        let mut portfolio = portfolio(&[("key", "env:KEY")]);
        let findings = portfolio
            .unlock(&sources(&[]), None, "rackrate.toml")
            .await
            .unwrap_err();
        assert_eq!(findings.len(), portfolio.links.len());
        let id = &portfolio.links[0].id;
        assert_eq!(
            findings[0].to_string(),
            format!(
                "rackrate.toml at {id}: the secret key, env:KEY: the environment variable KEY is not set [secret.not_found]\n  → Set KEY where rackrate runs, or refer to another place."
            )
        );
    }

    #[tokio::test]
    async fn a_place_that_is_down_is_told_once() {
        let mut portfolio = portfolio(&[("key", "vault:kv/hotel#key")]);
        assert!(portfolio.links.len() > 1);
        let down = sources(&[("VAULT_ADDR", "http://127.0.0.1:1"), ("VAULT_TOKEN", "x")]);
        let findings = portfolio
            .unlock(&down, None, "rackrate.toml")
            .await
            .unwrap_err();
        let codes: Vec<_> = findings.iter().map(|one| one.code.as_str()).collect();
        assert_eq!(codes, ["secret.unavailable"]);
    }

    #[tokio::test]
    async fn a_key_that_is_none_is_told_without_it() {
        let key = "env:SEAL".parse().unwrap();
        let sources = sources(&[("SEAL", "MARKER")]);
        let unlocked = portfolio(&[])
            .unlock(&sources, Some(&key), "rackrate.toml")
            .await;
        let findings = unlocked.unwrap_err();
        assert_eq!(findings[0].code, "config.seal_key");
        assert!(!format!("{findings:?}").contains("MARKER"));
    }
}
