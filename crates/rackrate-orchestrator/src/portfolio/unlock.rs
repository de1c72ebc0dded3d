//! Fetches what accounts are used with.
//!
//! Invariant: a finding names the connection, the secret and its reference, and says what the
//! place said; what was found there is in none.

use std::collections::BTreeMap;
use std::fmt::Display;

use futures_util::{StreamExt, stream};
use rackrate_auth::seal::Seal;
use rackrate_auth::source::SecretRef;
use rackrate_core::finding::{Finding, Place};
use rackrate_core::ids::ConnectionId;
use rackrate_core::secret::{Secret, Secrets};
use rackrate_secrets::{ErrorKind, SecretError, SecretSource};

use super::Link;
use crate::problem::Problem;

/// So many are asked for at once; each is a small question to a busy service.
const AT_ONCE: usize = 8;

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
        locked.lack(links.iter().map(|link| &link.id), reference, finding);
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
/// `secret.…` for each that cannot be had, up to the first place that does not answer: the
/// others would be waited for as long.
pub async fn unlock(
    links: &mut [Link],
    sources: Asked<'_>,
    seal: &Seal,
    file: &str,
) -> Result<(), Locked> {
    let mut secrets = secrets(links, sources, file).await?;
    for link in links {
        link.secrets = Secrets::new(secrets.remove(&link.id).unwrap_or_default());
        link.seal = Some(seal.clone());
    }
    Ok(())
}

async fn secrets(
    links: &[Link],
    sources: Asked<'_>,
    file: &str,
) -> Result<BTreeMap<ConnectionId, BTreeMap<String, Secret>>, Locked> {
    let each = links.iter();
    let wanted = each.flat_map(|link| link.references.iter().map(|one| (&link.id, one)));
    let wanted: Vec<_> = wanted.collect();
    let fetched = fetch(sources, wanted.iter().map(|(_, (_, reference))| *reference)).await;
    let (mut secrets, mut locked) = (BTreeMap::<_, BTreeMap<_, _>>::new(), Locked::not());
    for (id, (name, reference)) in &wanted {
        match fetched.get(&reference.to_string()) {
            Some(Ok(secret)) => {
                let of_link = secrets.entry((*id).clone()).or_default();
                of_link.insert((*name).clone(), secret.clone());
            }
            Some(Err(error)) => {
                let what = format!("the secret {name}");
                let finding = told(Place::file(file).on(id), &what, reference, error);
                let silent = error.kind() == ErrorKind::Unavailable;
                let also = wanted
                    .iter()
                    .filter(|(_, (_, other))| silent && one(other, reference));
                let lacking = also.map(|(id, _)| *id).chain([*id]);
                locked.lack(lacking, reference, finding);
                if silent {
                    break;
                }
            }
            None => {}
        }
    }
    match locked.findings.is_empty() {
        true => Ok(secrets),
        false => Err(locked),
    }
}

/// What is at these places, each asked once however many accounts share it, so that all of
/// them go by the same secret. The first place that does not answer is the last one asked.
async fn fetch<'r>(
    sources: Asked<'_>,
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

/// Whether one service gives both, so that its silence about one is silence about the other.
fn one(this: &SecretRef, that: &SecretRef) -> bool {
    use SecretRef::{AwsSm, Vault};
    matches!((this, that), (Vault(_), Vault(_)) | (AwsSm(_), AwsSm(_)))
}

impl Locked {
    fn not() -> Self {
        Self {
            findings: Vec::new(),
            lacks: BTreeMap::new(),
        }
    }

    /// The first lack of an account stays; one is enough to stop it.
    fn lack<'i>(
        &mut self,
        ids: impl Iterator<Item = &'i ConnectionId>,
        reference: &SecretRef,
        finding: Finding,
    ) {
        let lack = Lack::new(reference, &finding.code);
        for id in ids {
            self.lacks.entry(id.clone()).or_insert_with(|| lack.clone());
        }
        self.findings.push(finding);
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
        let mut links = links(&[("key", "env:KEY")]);
        let counting = Counting::default();
        unlocked(&mut links, &counting).await.unwrap();
        assert_eq!(counting.0.into_inner(), 1);
        for link in &links {
            assert_eq!(link.secrets.get("key").map(Secret::expose), Some("0"));
        }
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
