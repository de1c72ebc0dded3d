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
        let wanted: Vec<_> = wanted.collect();
        let places = wanted.iter().map(|(_, (_, reference))| *reference);
        let fetched = fetch(sources, places).await;
        let (mut secrets, mut findings) = (BTreeMap::<_, BTreeMap<_, _>>::new(), Vec::new());
        for (id, (name, reference)) in wanted {
            match fetched.get(&reference.to_string()) {
                Some(Ok(secret)) => {
                    let of_link = secrets.entry(id.clone()).or_default();
                    of_link.insert(name.clone(), secret.clone());
                }
                Some(Err(error)) => {
                    let place = Place::file(file).on(id);
                    let what = format!("the secret {name}");
                    findings.push(told(place, &what, reference, error));
                    if error.kind() == ErrorKind::Unavailable {
                        break;
                    }
                }
                None => {}
            }
        }
        match findings.is_empty() {
            true => Ok(secrets),
            false => Err(findings),
        }
    }
}

/// What is at these places, each asked once however many accounts share it, so that all of
/// them go by the same secret. The first place that does not answer is the last one asked.
async fn fetch<'r>(
    sources: &dyn SecretSource<Place = SecretRef>,
    places: impl Iterator<Item = &'r SecretRef>,
) -> BTreeMap<String, Result<Secret, SecretError>> {
    let mut named = BTreeMap::new();
    let distinct = places.filter(|place| named.insert(place.to_string(), ()).is_none());
    let distinct: Vec<_> = distinct.collect();
    let fetches = distinct
        .into_iter()
        .map(|place| async move { (place.to_string(), sources.fetch(place).await) });
    let mut fetches = stream::iter(fetches).buffered(AT_ONCE);
    let mut fetched = BTreeMap::new();
    while let Some((place, secret)) = fetches.next().await {
        let kind = secret.as_ref().err().map(SecretError::kind);
        fetched.insert(place, secret);
        if kind == Some(ErrorKind::Unavailable) {
            break;
        }
    }
    fetched
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

    /// A place that counts how often it is asked.
    #[derive(Debug, Default)]
    struct Counting(std::sync::atomic::AtomicUsize);

    #[async_trait::async_trait]
    impl SecretSource for Counting {
        type Place = SecretRef;

        async fn fetch(&self, _: &SecretRef) -> Result<Secret, SecretError> {
            let before = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            Ok(Secret::new(before.to_string()))
        }
    }

    #[tokio::test]
    async fn accounts_that_share_a_place_share_what_is_there() {
        let mut portfolio = portfolio(&[("key", "env:KEY")]);
        let counting = Counting::default();
        portfolio
            .unlock(&counting, None, "rackrate.toml")
            .await
            .unwrap();
        assert_eq!(counting.0.into_inner(), 1);
        for link in &portfolio.links {
            assert_eq!(link.secrets.get("key").map(Secret::expose), Some("0"));
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
