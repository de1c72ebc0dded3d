//! Fetches what accounts are used with.
//!
//! Invariant: a finding names the connection, the secret and its reference, and says what the
//! place said; what was found there is in none.

mod fetched;

use std::collections::BTreeMap;
use std::fmt::Display;

use rackrate_auth::seal::Seal;
use rackrate_auth::source::SecretRef;
use rackrate_core::finding::{Finding, Place};
use rackrate_core::ids::ConnectionId;
use rackrate_core::secret::Secret;
use rackrate_secrets::{SecretError, SecretSource};

use self::fetched::fetch;
use super::Link;
use crate::problem::Problem;

/// Where secrets come from.
type Asked<'s> = &'s dyn SecretSource<Place = SecretRef>;

/// Why accounts cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locked {
    /// What to tell.
    pub findings: Vec<Finding>,
    /// What each account lacks, as far as it was asked for.
    pub lacks: BTreeMap<ConnectionId, Lack>,
}

/// A secret that cannot be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lack {
    /// Where it should be.
    pub reference: SecretRef,
    /// The code of the finding that tells why.
    pub code: String,
}

impl From<Locked> for Problem {
    fn from(locked: Locked) -> Self {
        Self::input(locked.findings)
    }
}

/// Fetches the key that seals the tokens of these accounts. Without one they are sealed with
/// a key that only this process has, so its jobs share them and nobody can read them later.
/// `file` is the configuration's name in messages.
///
/// # Errors
/// As of [`key`]; `config.seal_key` when this process can make none.
pub async fn seal(
    links: &[Link],
    sources: Asked<'_>,
    seal_key: Option<&SecretRef>,
    file: &str,
) -> Result<Seal, Locked> {
    match seal_key {
        Some(reference) => key(links, sources, ("seal_key", reference), file, Seal::with).await,
        None => Seal::of_this_process().map_err(|error| Locked {
            findings: vec![no_key("seal_key", &error.to_string(), file)],
            lacks: BTreeMap::new(),
        }),
    }
}

/// Fetches a key that stands at the top of the file, without which none of these accounts is
/// used, and makes of it what it is for.
///
/// # Errors
/// `secret.…` when it cannot be had, `config.` and its name for what is no key.
pub async fn key<K, E: Display>(
    links: &[Link],
    sources: Asked<'_>,
    (name, reference): (&str, &SecretRef),
    file: &str,
    make: impl FnOnce(&Secret) -> Result<K, E>,
) -> Result<K, Locked> {
    let made = match sources.fetch(reference).await {
        Ok(secret) => make(&secret).map_err(|error| no_key(name, &error.to_string(), file)),
        Err(error) => Err(told(Place::file(file), name, reference, &error)),
    };
    made.map_err(|finding| {
        let mut locked = Locked::not();
        for link in links {
            locked.lack(&link.id, reference, &finding.code);
        }
        locked.findings.push(finding);
        locked
    })
}

fn no_key(name: &str, error: &str, file: &str) -> Finding {
    let message = format!("{name}: {error}");
    Finding::error(&format!("config.{name}"), Place::file(file), message).hint(
        "Make one with `head -c 32 /dev/urandom | base64`, and refer to the place where it is.",
    )
}

/// Fetches the secrets of these accounts, whose tokens that key seals. `file` is the
/// configuration's name in messages.
///
/// # Errors
/// `secret.…` for each that cannot be had; a service that does not answer is told once.
pub async fn unlock(
    links: &mut [Link],
    sources: Asked<'_>,
    seal: &Seal,
    file: &str,
) -> Result<(), Locked> {
    let fetched = fetch(links, sources).await;
    fetched.suffice(links, file)?;
    for link in links {
        fetched.open(link, seal);
    }
    Ok(())
}

/// The same for each of these accounts by itself, so that what one lacks stops no other.
pub async fn unlock_each(
    links: &mut [Link],
    sources: Asked<'_>,
    seal: &Seal,
    file: &str,
) -> Vec<Result<(), Locked>> {
    let fetched = fetch(links, sources).await;
    let each = links.iter_mut().map(|link| {
        fetched.suffice(std::slice::from_ref(link), file)?;
        fetched.open(link, seal);
        Ok(())
    });
    each.collect()
}

/// What kind of place a reference leads to, for people.
pub fn service(reference: &SecretRef) -> &'static str {
    match reference {
        SecretRef::Env(_) => "the environment",
        SecretRef::File(_) => "files",
        SecretRef::Vault(_) => "Vault",
        SecretRef::AwsSm(_) => "AWS Secrets Manager",
        SecretRef::Exec(_) => "programs",
    }
}

impl Locked {
    fn not() -> Self {
        Self {
            findings: Vec::new(),
            lacks: BTreeMap::new(),
        }
    }

    /// The first lack of an account stays; one is enough to stop it.
    fn lack(&mut self, id: &ConnectionId, reference: &SecretRef, code: &str) {
        let known = self.lacks.entry(id.clone());
        known.or_insert_with(|| Lack::new(reference, code));
    }
}

impl Lack {
    fn new(reference: &SecretRef, code: &str) -> Self {
        Self {
            reference: reference.clone(),
            code: code.to_owned(),
        }
    }
}

fn told(place: Place, what: &str, reference: &SecretRef, error: &SecretError) -> Finding {
    let message = format!("{what}, {reference}: {error}");
    Finding::error(error.code(), place, message).hint(error.hint())
}

#[cfg(test)]
mod tests {
    use rackrate_secrets::env::Environment;
    use rackrate_secrets::{Settings, Sources};

    use super::fetched::AT_ONCE;
    use super::*;
    use crate::sample::Sample;

    /// The sample's accounts, each with these references.
    fn links(references: &[(&str, &str)]) -> Vec<Link> {
        let mut links = Sample::new(None).unwrap().portfolio().unwrap().links;
        for link in &mut links {
            let read = references
                .iter()
                .map(|(name, text)| ((*name).to_owned(), text.parse().unwrap()));
            link.references = read.collect();
        }
        links
    }

    fn sources(pairs: &[(&str, &str)]) -> Sources {
        let environment = Environment::of(pairs.iter().copied());
        Sources::new(Settings::default(), environment, std::path::Path::new("/"))
    }

    async fn unlocked(links: &mut [Link], sources: Asked<'_>) -> Result<(), Locked> {
        let key = seal(links, sources, None, "rackrate.toml").await?;
        unlock(links, sources, &key, "rackrate.toml").await
    }

    #[tokio::test]
    async fn every_account_gets_its_secrets_by_name() {
        let mut links = links(&[("id", "env:ID"), ("key", "env:KEY")]);
        let sources = sources(&[("ID", "a"), ("KEY", "b")]);
        unlocked(&mut links, &sources).await.unwrap();
        for link in &links {
            let exposed = ["id", "key"].map(|name| link.secrets.get(name).map(Secret::expose));
            assert_eq!(exposed, [Some("a"), Some("b")]);
        }
    }

    /// Places that count how often they are asked.
    #[derive(Debug)]
    struct Counting(Sources, std::sync::atomic::AtomicUsize);

    #[async_trait::async_trait]
    impl SecretSource for Counting {
        type Place = SecretRef;

        async fn fetch(&self, place: &SecretRef) -> Result<Secret, SecretError> {
            self.1.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            self.0.fetch(place).await
        }
    }

    fn counting(pairs: &[(&str, &str)]) -> Counting {
        Counting(sources(pairs), 0.into())
    }

    #[tokio::test]
    async fn accounts_that_share_a_place_share_what_is_there() {
        let mut links = links(&[("key", "env:KEY")]);
        let counting = counting(&[("KEY", "b")]);
        unlocked(&mut links, &counting).await.unwrap();
        assert_eq!(counting.1.into_inner(), 1);
        for link in &links {
            assert_eq!(link.secrets.get("key").map(Secret::expose), Some("b"));
        }
    }

    #[tokio::test]
    async fn what_one_account_lacks_stops_no_other() {
        let mut links = links(&[("key", "env:KEY")]);
        let missing = "env:MISSING".parse().unwrap();
        links[0].references.insert("key".to_owned(), missing);
        let sources = sources(&[("KEY", "b")]);
        let seal = seal(&links, &sources, None, "rackrate.toml").await.unwrap();
        let each = unlock_each(&mut links, &sources, &seal, "rackrate.toml").await;
        let locked = each[0].as_ref().unwrap_err();
        assert_eq!(locked.lacks.keys().collect::<Vec<_>>(), [&links[0].id]);
        assert!(each[1..].iter().all(Result::is_ok) && each.len() > 1);
        assert_eq!(links[1].secrets.get("key").map(Secret::expose), Some("b"));
    }

    #[tokio::test]
    async fn a_service_that_is_silent_is_not_asked_for_everything_that_is_in_it() {
        let mut all = links(&[]);
        let place = |number| format!("vault:kv/hotel-{number}#key").parse().unwrap();
        let many = (0..100).map(|number| (format!("key-{number}"), place(number)));
        all[0].references = many.collect();
        let down = counting(&[("VAULT_ADDR", "http://127.0.0.1:1"), ("VAULT_TOKEN", "x")]);
        let locked = unlocked(&mut all, &down).await.unwrap_err();
        assert_eq!(locked.findings.len(), 1);
        let asked = down.1.into_inner();
        assert!((1..=AT_ONCE).contains(&asked), "{asked}");
    }

    #[tokio::test]
    async fn every_secret_that_is_missing_is_told_with_its_account_and_reference() {
        let mut links = links(&[("key", "env:KEY")]);
        let locked = unlocked(&mut links, &sources(&[])).await.unwrap_err();
        let findings = locked.findings;
        assert_eq!(findings.len(), links.len());
        let id = &links[0].id;
        assert_eq!(
            findings[0].to_string(),
            format!(
                "rackrate.toml at {id}: the secret key, env:KEY: the environment variable KEY is not set [secret.not_found]\n  → Set KEY where rackrate runs, or refer to another place."
            )
        );
    }

    #[tokio::test]
    async fn a_place_that_is_down_is_told_once() {
        let mut links = links(&[("key", "vault:kv/hotel#key")]);
        assert!(links.len() > 1);
        let down = sources(&[("VAULT_ADDR", "http://127.0.0.1:1"), ("VAULT_TOKEN", "x")]);
        let locked = unlocked(&mut links, &down).await.unwrap_err();
        let codes: Vec<_> = locked.findings.iter().map(|one| &one.code).collect();
        assert_eq!(codes, ["secret.unavailable"]);
        assert!(links.iter().all(|link| locked.lacks.contains_key(&link.id)));
    }

    #[tokio::test]
    async fn a_key_that_is_none_is_told_without_it_and_stops_every_account() {
        let key = "env:SEAL".parse().unwrap();
        let sources = sources(&[("SEAL", "MARKER")]);
        let links = links(&[]);
        let locked = seal(&links, &sources, Some(&key), "rackrate.toml").await;
        let Err(locked) = locked else {
            panic!("it is no key");
        };
        assert_eq!(locked.findings[0].code, "config.seal_key");
        assert!(!format!("{locked:?}").contains("MARKER"));
        assert_eq!(locked.lacks.len(), links.len());
    }
}
