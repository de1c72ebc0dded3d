//! The hotels, accounts and names a command works on, checked against each other.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use rackrate_auth::source::SecretRef;
use rackrate_catalog::Entry;
use rackrate_core::adapter::Adapter;
use rackrate_core::finding::{Finding, Place};
use rackrate_core::ids::ConnectionId;
use rackrate_core::money::Basis;
use rackrate_core::secret::{Secret, Secrets};
use rackrate_plan::guards::Guards;
use rackrate_plan::mapping::Mapping;
use rackrate_plan::planner::{Environment, Role};
use rackrate_plan::properties::Properties;

use crate::config::{Config, ConnectionConfig, without_values};
use crate::files;

/// Everything a command works on.
#[derive(Debug)]
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
    /// Its secrets.
    pub secrets: Secrets,
    /// Whether real guests see its prices.
    pub environment: Environment,
    /// Whether we write to it.
    pub role: Role,
    /// Whether its prices include tax.
    pub basis: Basis,
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
    ) -> Result<Self, Vec<Finding>> {
        let mut findings = Vec::new();
        let links: Vec<_> = config
            .connections
            .iter()
            .filter_map(|(id, connection)| {
                link(id, connection, vendors, file, home)
                    .map_err(|found| findings.extend(found))
                    .ok()
            })
            .collect();
        findings.extend(mixed(config, file));
        let mut csv = |path: &Path| {
            files::open(&home.join(path))
                .map_err(|found| findings.push(found))
                .ok()
        };
        let (hotels, names) = (csv(&config.properties), csv(&config.mapping));
        let properties =
            hotels.and_then(|(reader, name)| taken(Properties::read(reader, &name), &mut findings));
        let mapping =
            names.and_then(|(reader, name)| taken(Mapping::read(reader, &name), &mut findings));
        let (Some(properties), Some(mapping), true) = (properties, mapping, findings.is_empty())
        else {
            return Err(findings);
        };
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

fn taken<T>(read: Result<T, Vec<Finding>>, findings: &mut Vec<Finding>) -> Option<T> {
    read.map_err(|found| findings.extend(found)).ok()
}

fn link(
    id: &ConnectionId,
    config: &ConnectionConfig,
    vendors: &'static [Entry],
    file: &str,
    home: &Path,
) -> Result<Link, Vec<Finding>> {
    let place = || Place::file(file).on(id);
    let Some(entry) = vendors.iter().find(|entry| entry.id == config.vendor) else {
        let known: Vec<_> = vendors.iter().map(|entry| entry.id).collect();
        let message = format!("the vendor {:?} is unknown", config.vendor);
        return Err(vec![
            Finding::error("config.unknown_vendor", place(), message)
                .hint(format!("Known are: {}.", known.join(", "))),
        ]);
    };
    let settings = files::with_texts(config.settings.clone(), home).map_err(|found| vec![found])?;
    let adapter = (entry.adapter)(settings).map_err(|errors| {
        let mistake = |error: &str| {
            let message = format!("settings of {}: {}", entry.title, without_values(error));
            Finding::error("config.invalid_settings", place(), message)
                .hint("The vendor's README lists its settings.")
        };
        errors.split('\n').map(mistake).collect::<Vec<_>>()
    })?;
    let secrets = secrets(config, adapter.as_ref(), home, &place)?;
    Ok(Link {
        id: id.clone(),
        entry,
        adapter,
        secrets,
        environment: config.environment,
        role: config.role,
        basis: config.basis,
    })
}

fn secrets(
    config: &ConnectionConfig,
    adapter: &dyn Adapter,
    home: &Path,
    place: &dyn Fn() -> Place,
) -> Result<Secrets, Vec<Finding>> {
    let wanted = &adapter.manifest().secrets;
    let (mut found, mut findings) = (BTreeMap::<String, Secret>::new(), Vec::new());
    for name in wanted {
        let Some(reference) = config.secrets.get(*name) else {
            let message = format!("the secret {name} is missing");
            findings.push(
                Finding::error("config.missing_secret", place(), message).hint(format!(
                    "Add `{name} = \"env:…\"` to the connection's secrets."
                )),
            );
            continue;
        };
        match SecretRef::parse(reference).and_then(|reference| reference.below(home).resolve()) {
            Ok(secret) => drop(found.insert((*name).to_owned(), secret)),
            Err(error) => {
                let message = format!("the secret {name}: {error}");
                findings.push(
                    Finding::error("config.secret", place(), message)
                        .hint("Secrets are given by reference: env:NAME or file:PATH."),
                );
            }
        }
    }
    for name in config
        .secrets
        .keys()
        .filter(|name| !wanted.contains(&name.as_str()))
    {
        let message = format!("the secret {name} is not one that this vendor asks for");
        findings.push(
            Finding::error("config.unknown_secret", place(), message)
                .hint(format!("It asks for: {}.", wanted.join(", "))),
        );
    }
    if findings.is_empty() {
        Ok(Secrets::new(found))
    } else {
        Err(findings)
    }
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
