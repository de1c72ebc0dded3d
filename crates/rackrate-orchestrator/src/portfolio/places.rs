//! The places of a portfolio's secrets, for a run in which a vendor refuses one.
//!
//! Invariant: what was found there is in no message.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use rackrate_auth::source::SecretRef;
use rackrate_core::ids::ConnectionId;
use rackrate_runtime::places::{Fetched, Places};
use rackrate_secrets::SecretSource;

use super::Link;

/// Where a run fetches secrets from.
pub type Source = Arc<dyn SecretSource<Place = SecretRef>>;

/// The references of accounts, and who follows them.
#[derive(Debug)]
pub struct SecretPlaces {
    source: Source,
    references: BTreeMap<ConnectionId, BTreeMap<String, SecretRef>>,
}

impl SecretPlaces {
    /// The places of these accounts.
    pub fn new(source: Source, links: &[Link]) -> Self {
        let references = links.iter();
        let references = references.map(|link| (link.id.clone(), link.references.clone()));
        Self {
            source,
            references: references.collect(),
        }
    }

    /// Everything that the same place is the secret of.
    fn shared<'s>(
        &'s self,
        place: &'s SecretRef,
    ) -> impl Iterator<Item = (&'s ConnectionId, &'s String)> {
        self.references.iter().flat_map(move |(id, references)| {
            let same = references.iter().filter(move |(_, other)| *other == place);
            same.map(move |(name, _)| (id, name))
        })
    }
}

impl Link {
    /// Whether what its references lead to can change while this process runs.
    pub fn can_change(&self) -> bool {
        let mut references = self.references.values();
        references.any(|reference| !matches!(reference, SecretRef::Env(_)))
    }
}

#[async_trait]
impl Places for SecretPlaces {
    async fn again(&self, connection: &ConnectionId) -> Vec<Fetched> {
        let mut fetched = Vec::new();
        let places = self.references.get(connection).into_iter().flatten();
        for (_, place) in places.filter(|(_, place)| !matches!(place, SecretRef::Env(_))) {
            match self.source.fetch(place).await {
                Ok(secret) => fetched.extend(self.shared(place).map(|(id, name)| Fetched {
                    connection: id.clone(),
                    name: name.clone(),
                    secret: secret.clone(),
                })),
                Err(error) => {
                    tracing::warn!(%connection, "a refused secret cannot be read again from {place}: {error}");
                }
            }
        }
        fetched
    }
}

#[cfg(test)]
mod tests {
    use rackrate_core::secret::Secret;
    use rackrate_secrets::SecretError;

    use super::*;
    use crate::sample::Sample;

    /// Gives every place its own name back.
    #[derive(Debug)]
    struct Echo;

    #[async_trait]
    impl SecretSource for Echo {
        type Place = SecretRef;

        async fn fetch(&self, place: &SecretRef) -> Result<Secret, SecretError> {
            Ok(Secret::new(place.to_string()))
        }
    }

    #[tokio::test]
    async fn who_shares_a_place_gets_what_is_there_now_and_nobody_else_does() {
        let links = Sample::new(None).unwrap().portfolio().unwrap().links;
        let mut links: Vec<_> = links.iter().cycle().take(3).cloned().collect();
        let references = ["file:shared", "file:shared", "file:own"];
        for (at, (link, place)) in links.iter_mut().zip(references).enumerate() {
            link.id = ConnectionId::new(&format!("c{at}")).unwrap();
            let read = [("key", place), ("id", "env:ID")];
            let read = read.map(|(name, text)| (name.to_owned(), text.parse().unwrap()));
            link.references = read.into();
        }
        let places = SecretPlaces::new(Arc::new(Echo), &links);
        let fetched = places.again(&links[0].id).await;
        let told = fetched.iter().map(|one| {
            let Fetched {
                connection,
                name,
                secret,
            } = one;
            format!("{connection} {name} {}", secret.expose())
        });
        let told: Vec<_> = told.collect();
        assert_eq!(told, ["c0 key file:shared", "c1 key file:shared"]);
    }

    #[test]
    fn only_an_environment_cannot_change() {
        let links = Sample::new(None).unwrap().portfolio().unwrap().links;
        let can_change = |text: &str| {
            let references = [("key".to_owned(), text.parse().unwrap())].into();
            let link = Link {
                references,
                ..links[0].clone()
            };
            link.can_change()
        };
        assert!(can_change("file:key") && can_change("vault:kv/a#b"));
        assert!(!can_change("env:KEY"));
    }
}
