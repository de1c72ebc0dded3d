//! Apps that vendors registered for us, and what a connection takes from its own.
//!
//! The configuration was checked for names that collide before it came here, so what a client
//! and a connection give can be laid together.

use std::collections::BTreeMap;
use std::sync::Arc;

use rackrate_auth::source::SecretRef;
use rackrate_core::adapter::Adapter;
use rackrate_core::finding::{Finding, Place};
use rackrate_core::ids::ClientName;
use url::Url;

use super::Link;
use crate::config::{ClientConfig, Config, ConnectionConfig};

/// An app's registration at a vendor.
#[derive(Clone, Debug, PartialEq)]
pub struct ClientInfo {
    /// Its name in the configuration.
    pub name: ClientName,
    /// Who its vendor's authorization server says it is.
    pub issuer: Option<Url>,
    /// The page where its secret is changed.
    pub portal: Option<Url>,
    /// Who can change it.
    pub owner: Option<String>,
    /// The day on which its secret ends at the vendor.
    pub expires: Option<jiff::civil::Date>,
    /// Whether the vendor lets an old and a new secret live side by side.
    pub overlap: bool,
    /// Where its own secrets are, by name; its connections may have others beside them.
    pub references: BTreeMap<String, SecretRef>,
}

impl ClientInfo {
    fn new(name: &ClientName, config: &ClientConfig) -> Self {
        Self {
            name: name.clone(),
            issuer: config.issuer.clone(),
            portal: config.portal.clone(),
            owner: config.owner.clone(),
            expires: config.expires,
            overlap: config.overlap,
            references: config.secrets.clone(),
        }
    }
}

/// All clients of a configuration; connections of one share it.
pub(super) fn clients(config: &Config) -> BTreeMap<ClientName, Arc<ClientInfo>> {
    let all = config.clients.iter();
    all.map(|(name, client)| (name.clone(), Arc::new(ClientInfo::new(name, client))))
        .collect()
}

/// Where a connection's browser comes back to.
pub(super) fn redirect(config: &Config, connection: &ConnectionConfig) -> Option<Url> {
    let client = connection.client.as_ref();
    let of_client = client.and_then(|name| config.clients.get(name)?.redirect.clone());
    connection.redirect.clone().or(of_client)
}

/// The references to exactly those secrets that the vendor asks for: the client's and the
/// connection's own.
pub(super) fn references(
    config: &ConnectionConfig,
    client: Option<&ClientInfo>,
    adapter: &dyn Adapter,
    place: &dyn Fn() -> Place,
) -> Result<BTreeMap<String, SecretRef>, Vec<Finding>> {
    let wanted = &adapter.manifest().secrets;
    let shared = client.map(|client| client.references.clone());
    let mut given = shared.unwrap_or_default();
    given.extend(config.secrets.clone());
    let missing = wanted.iter().filter(|name| !given.contains_key(**name));
    let missing = missing.map(|name| {
        let message = format!("the secret {name} is missing");
        let whose = match client {
            Some(client) => format!("its client's secrets, under [clients.{}]", client.name),
            None => "the connection's secrets".to_owned(),
        };
        let hint = format!("Add `{name} = \"env:…\"` to {whose}.");
        Finding::error("config.missing_secret", place(), message).hint(hint)
    });
    let unknown = given.keys();
    let unknown = unknown.filter(|name| !wanted.contains(&name.as_str()));
    let unknown = unknown.map(|name| {
        let of = client.filter(|client| client.references.contains_key(name));
        let of = of.map_or(String::new(), |client| {
            format!(" of the client {}", client.name)
        });
        let message = format!("the secret {name}{of} is not one that this vendor asks for");
        let hint = format!("It asks for: {}.", wanted.join(", "));
        Finding::error("config.unknown_secret", place(), message).hint(hint)
    });
    let findings: Vec<_> = missing.chain(unknown).collect();
    match findings.is_empty() {
        true => Ok(given),
        false => Err(findings),
    }
}

/// A client whose issuer is another than its connection's would be asked at the wrong door.
pub(super) fn issuers(links: &[Link], file: &str) -> Vec<Finding> {
    let differing = links.iter().filter_map(|link| {
        let client = link.client.as_ref()?;
        let awaited = link.adapter.awaits().map(|awaits| awaits.issuer().as_str());
        let answers = || link.adapter.auth().consent()?.issuer();
        let (ours, theirs) = (client.issuer.as_ref()?, awaited.or_else(answers)?);
        let same = ours.as_str().trim_end_matches('/') == theirs.trim_end_matches('/');
        (!same).then(|| {
            let message = format!(
                "the client {} is of the issuer {ours}, and the connection's is {theirs}",
                client.name
            );
            Finding::error("config.issuer", Place::file(file).on(&link.id), message)
                .hint("Name the client that was registered there, or correct one of the two.")
        })
    });
    differing.collect()
}
