//! The hotels, accounts and names a command works on, checked against each other.
//!
//! Opening them reads files and fetches no secret; [`seal`] and [`unlock`] do that, for those
//! who go on to use the accounts.

mod client;
mod places;
mod servers;
mod unlock;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;

use rackrate_auth::consent::is_redirect;
use rackrate_auth::seal::Seal;
use rackrate_auth::source::SecretRef;
use rackrate_catalog::Entry;
use rackrate_core::adapter::Adapter;
use rackrate_core::exchange::Operation;
use rackrate_core::finding::{Finding, Place};
use rackrate_core::ids::{ClientName, ConnectionId, VendorId};
use rackrate_core::money::Basis;
use rackrate_core::secret::Secrets;
use rackrate_plan::guards::Guards;
use rackrate_plan::mapping::Mapping;
use rackrate_plan::planner::{Environment, Role};
use rackrate_plan::properties::Properties;
use url::Url;

pub use self::client::ClientInfo;
pub use self::places::{SecretPlaces, Source};
pub use self::servers::{ask_servers, meet_servers};
pub use self::unlock::{Lack, Locked, key, seal, service, unlock, unlock_each};
use crate::config::{Config, without_values};
use crate::files;

/// Everything a command works on.
#[derive(Clone, Debug)]
pub struct Portfolio {
    /// The accounts, by name.
    pub links: Vec<Link>,
    /// The hotels.
    pub properties: Properties,
    /// Our names against the vendors'.
    pub mapping: Mapping,
    /// Limits that prices must keep.
    pub guards: Guards,
}

/// An account with everything needed to use it.
#[derive(Clone, Debug)]
pub struct Link {
    /// Its name.
    pub id: ConnectionId,
    /// Its vendor.
    pub entry: &'static Entry,
    /// Its protocol.
    pub adapter: Arc<dyn Adapter>,
    /// The app that it was given to, where the configuration says so.
    pub client: Option<Arc<ClientInfo>>,
    /// Where its secrets are, by name; those of its client among them.
    pub references: BTreeMap<String, SecretRef>,
    /// Its secrets; none before they were fetched.
    pub secrets: Secrets,
    /// Whether real guests see its prices.
    pub environment: Environment,
    /// Whether we write to it.
    pub role: Role,
    /// Whether its prices include tax.
    pub basis: Basis,
    /// The connections whose systems feed it.
    pub fed_by: Vec<ConnectionId>,
    /// Its properties in the mapping.
    pub mapped: Vec<VendorId>,
    /// Keeps its tokens between jobs, and between runs where the key is configured.
    pub seal: Option<Seal>,
    /// Where a person's browser comes back to, if not to a free port of this machine.
    pub redirect: Option<Url>,
}

/// How far the files have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Hotels and mapping may still be missing, or have no rows yet.
    Begun,
    /// They are all there.
    Ready,
}

impl Portfolio {
    /// Opens what a configuration names of these vendors; `home` is the folder that relative paths start from.
    ///
    /// # Errors
    /// Every mistake of every file, not only the first.
    pub fn open(
        config: &Config,
        vendors: &'static [Entry],
        file: &str,
        home: &Path,
        stage: Stage,
    ) -> Result<Self, Vec<Finding>> {
        let mut findings = Vec::new();
        let clients = client::clients(config);
        let maker = Maker {
            config,
            clients: &clients,
            vendors,
            file,
            home,
        };
        let mut links: Vec<_> = config
            .connections
            .keys()
            .filter_map(|id| maker.link(id).map_err(|found| findings.extend(found)).ok())
            .collect();
        findings.extend(consents(config, &links, file));
        findings.extend(client::issuers(&links, file));
        findings.extend(mixed(config, file));
        findings.extend(feeders(config, file));
        let hotels = home.join(&config.properties);
        let properties = rows(&hotels, stage, Properties::read, &mut findings);
        let names = home.join(&config.mapping);
        let mapping = rows(&names, stage, Mapping::read, &mut findings);
        let (Some(properties), Some(mapping), true) = (properties, mapping, findings.is_empty())
        else {
            return Err(findings);
        };
        for link in &mut links {
            link.mapped = mapped_at(&mapping, &link.id);
        }
        let portfolio = Self {
            links,
            properties,
            mapping,
            guards: config.guards.clone(),
        };
        let strangers = portfolio.strangers(&home.join(&config.mapping));
        if strangers.is_empty() {
            Ok(portfolio)
        } else {
            Err(strangers)
        }
    }

    /// The account of that name.
    pub fn link(&self, id: &ConnectionId) -> Option<&Link> {
        self.links.iter().find(|link| link.id == *id)
    }

    /// Names in the mapping that stand nowhere else.
    fn strangers(&self, mapping: &Path) -> Vec<Finding> {
        let file = mapping.display().to_string();
        let mut findings = Vec::new();
        for (connection, property, _) in self.mapping.lanes() {
            if self.link(connection).is_none() {
                let message = format!("the connection {connection} is not in the configuration");
                findings.push(
                    Finding::error("mapping.unknown_connection", Place::file(&file), message)
                        .hint("Correct the name, or add the connection to rackrate.toml."),
                );
            }
            if self.properties.get(property).is_none() {
                let message = format!("the property {property} is not in the properties file");
                findings.push(
                    Finding::error("mapping.unknown_property", Place::file(&file), message)
                        .hint("Correct the code, or add the property to properties.csv."),
                );
            }
        }
        findings.dedup();
        findings
    }
}

/// Reads a file of rows; where that may be, no file and no rows are nothing.
fn rows<T: Default>(
    path: &Path,
    stage: Stage,
    read: impl Fn(BufReader<File>, &str) -> Result<T, Vec<Finding>>,
    findings: &mut Vec<Finding>,
) -> Option<T> {
    let begun = stage == Stage::Begun;
    if begun && !path.exists() {
        return Some(T::default());
    }
    let opened = files::open(path).map_err(|found| vec![found]);
    match opened.and_then(|(reader, name)| read(reader, &name)) {
        Ok(rows) => Some(rows),
        Err(found) if begun && found.iter().all(files::has_no_rows) => Some(T::default()),
        Err(found) => {
            findings.extend(found);
            None
        }
    }
}

/// Makes accounts of what a configuration says of them.
struct Maker<'c> {
    config: &'c Config,
    clients: &'c BTreeMap<ClientName, Arc<ClientInfo>>,
    vendors: &'static [Entry],
    file: &'c str,
    home: &'c Path,
}

impl Maker<'_> {
    fn link(&self, id: &ConnectionId) -> Result<Link, Vec<Finding>> {
        let place = || Place::file(self.file).on(id);
        let config = &self.config.connections[id];
        let entry = self.entry(&config.vendor, &place)?;
        let settings =
            files::with_texts(config.settings.clone(), self.home).map_err(|found| vec![found])?;
        let adapter = (entry.adapter)(settings).map_err(|errors| {
            let mistake = |error: &str| {
                let message = format!("settings of {}: {}", entry.title, without_values(error));
                Finding::error("config.invalid_settings", place(), message)
                    .hint("The vendor's README lists its settings.")
            };
            errors.split('\n').map(mistake).collect::<Vec<_>>()
        })?;
        let narrowed = match config.role {
            Role::Observe => adapter.asking_for(&Operation::LOOKING),
            Role::Write => adapter.asking_for(&Operation::ALL),
        };
        let adapter = narrowed.unwrap_or(adapter);
        let client = config.client.as_ref();
        let client = client.and_then(|name| self.clients.get(name).cloned());
        let references = client::references(config, client.as_deref(), adapter.as_ref(), &place)?;
        Ok(Link {
            id: id.clone(),
            entry,
            adapter,
            client,
            references,
            secrets: Secrets::default(),
            environment: config.environment,
            role: config.role,
            basis: config.basis,
            fed_by: config.fed_by.clone(),
            mapped: Vec::new(),
            seal: None,
            redirect: client::redirect(self.config, config),
        })
    }

    fn entry(
        &self,
        vendor: &str,
        place: &dyn Fn() -> Place,
    ) -> Result<&'static Entry, Vec<Finding>> {
        let found = self.vendors.iter().find(|entry| entry.id == vendor);
        found.ok_or_else(|| {
            let known: Vec<_> = self.vendors.iter().map(|entry| entry.id).collect();
            let message = format!("the vendor {vendor:?} is unknown");
            vec![
                Finding::error("config.unknown_vendor", place(), message)
                    .hint(format!("Known are: {}.", known.join(", "))),
            ]
        })
    }
}

/// The vendor's properties that a mapping names at a connection.
pub(crate) fn mapped_at(mapping: &Mapping, id: &ConnectionId) -> Vec<VendorId> {
    let lanes = mapping.lanes().filter(|(at, ..)| *at == id);
    lanes
        .map(|(_, _, mapped)| mapped.vendor_property.clone())
        .collect()
}

/// Who feeds a connection has to be there and be written, and the fed one must not be: a
/// price has one writer.
fn feeders(config: &Config, file: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (id, fed) in &config.connections {
        let place = || Place::file(file).on(id);
        if !fed.fed_by.is_empty() && fed.role == Role::Write {
            let message = "another system feeds it, and we would write it too";
            findings.push(
                Finding::error("config.two_writers", place(), message)
                    .hint("Set role = \"observe\", or remove fed_by."),
            );
        }
        let unwritten = |from: &&ConnectionId| {
            let feeder = config.connections.get(from);
            feeder.is_none_or(|feeder| feeder.role != Role::Write)
        };
        for from in fed.fed_by.iter().filter(unwritten) {
            let message = format!("it is fed by {from}, which is no connection that we write");
            findings.push(
                Finding::error("config.unknown_feeder", place(), message)
                    .hint("Name a connection with role = \"write\"."),
            );
        }
    }
    findings
}

/// What people consent to has to outlive this process, and may not be sent anywhere.
fn consents(config: &Config, links: &[Link], file: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for link in links {
        let place = || Place::file(file).on(&link.id);
        if let Some(redirect) = link.redirect.as_ref().filter(|url| !is_redirect(url)) {
            let message = format!("the redirect {redirect} is not one that a code may come to");
            findings.push(
                Finding::error("config.redirect", place(), message)
                    .hint("Use https, or http to this machine; no query, no wildcard."),
            );
        }
        if link.adapter.auth().consent().is_some() && config.seal_key.is_none() {
            let message = "a person's consent is kept, and there is no key to seal it with";
            findings.push(
                Finding::error("config.no_seal_key", place(), message)
                    .hint("Make one with `head -c 32 /dev/urandom | base64`, keep it safe, and refer to it as seal_key."),
            );
        }
    }
    findings
}

/// Live and test accounts may not share a ledger: a test price could be taken for a real one.
fn mixed(config: &Config, file: &str) -> Option<Finding> {
    let live = config
        .connections
        .values()
        .filter(|one| one.environment == Environment::Live)
        .count();
    (live > 0 && live < config.connections.len()).then(|| {
        Finding::error(
            "config.mixed_environments",
            Place::file(file),
            "it has live and test connections",
        )
        .hint("Give each environment a configuration and a ledger of its own.")
    })
}
