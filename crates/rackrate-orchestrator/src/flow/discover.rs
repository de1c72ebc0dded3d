//! Asks every account what it sells, and holds that against the mapping.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rackrate_core::adapter::{DiscoveredProperty, Discovery};
use rackrate_core::chunk::{Facts, Sellable, Target};
use rackrate_core::error::ErrorKind;
use rackrate_core::finding::{Finding, Place};
use rackrate_core::ids::{ConnectionId, Ids, PropertyCode};
use rackrate_plan::mapping::MappedProperty;
use rackrate_plan::properties::Property;
use rackrate_runtime::engine::types::{Event, Policy, Report};

use super::assemble::Bench;
use super::standing::Holders;
use crate::exit::Exit;
use crate::host::Host;
use crate::portfolio::{Link, Portfolio};
use crate::problem::{Result, of_failure, of_silence};

/// What was found, by account and property.
#[derive(Debug, Default)]
pub struct Found {
    /// What each account listed, in its own order.
    pub listed: BTreeMap<ConnectionId, Arc<Discovery>>,
    /// The mapped properties that are there.
    pub targets: BTreeMap<(ConnectionId, PropertyCode), Arc<Target>>,
    /// What is missing or could not be asked.
    pub findings: Vec<Finding>,
    /// The exit code that leads to.
    pub exit: Option<Exit>,
    /// Accounts that gave no answer we could use.
    pub dead: BTreeSet<ConnectionId>,
}

/// Asks the accounts that are `meant`.
///
/// # Errors
/// When the ledger fails.
pub async fn discover(
    host: &mut dyn Host,
    portfolio: &Portfolio,
    meant: impl Fn(&Link) -> bool,
    policy: Policy,
) -> Result<Found> {
    let ledger = host.ledger();
    let bench = Bench::new(&portfolio.links, ledger.as_ref(), policy, host.now()).await?;
    let asked = |id: &ConnectionId| portfolio.link(id).is_some_and(&meant);
    let names: BTreeMap<_, _> = bench
        .connections()
        .filter(|(id, _)| asked(id))
        .map(|(id, at)| (at, id.clone()))
        .collect();
    let mut silent: BTreeSet<_> = names.values().cloned().collect();
    if names.is_empty() {
        return Ok(Found::default());
    }
    let events = names.keys().map(|at| Event::Discover(*at)).collect();
    let job = bench.job(ledger.as_ref(), false, events).await?;
    let holders = Holders::of(&job.setup);
    let mut found = Found::default();
    for report in host.work(job).await? {
        if let Some((exit, finding)) = holders.told(&report) {
            found.exit = Some(found.exit.unwrap_or(Exit::Done).and(exit));
            found.findings.push(finding);
        }
        match report {
            Report::Discovered(at, discovery) => {
                silent.remove(&names[&at]);
                found.take(portfolio, &names[&at], &discovery);
                found.listed.insert(names[&at].clone(), discovery);
            }
            Report::DiscoverFailed(at, failure) => {
                silent.remove(&names[&at]);
                // That is told once for all accounts of a client.
                if failure.kind == ErrorKind::Suspended {
                    found.dead.insert(names[&at].clone());
                    continue;
                }
                let why = of_failure(&failure, Place::default(), &names[&at]);
                found.without(&names[&at], why);
            }
            _ => {}
        }
    }
    for id in silent {
        found.without(&id, of_silence(Place::default(), &id));
    }
    Ok(found)
}

impl Found {
    fn without(&mut self, connection: &ConnectionId, (exit, finding): (Exit, Finding)) {
        self.exit = Some(self.exit.unwrap_or(Exit::Done).and(exit));
        self.findings.push(finding);
        self.dead.insert(connection.clone());
    }

    fn take(&mut self, portfolio: &Portfolio, connection: &ConnectionId, discovery: &Discovery) {
        let mapped = portfolio
            .mapping
            .lanes()
            .filter(|(at, ..)| *at == connection);
        for (_, code, mapped) in mapped {
            let Some(property) = portfolio.properties.get(code) else {
                continue;
            };
            let there = discovery
                .properties
                .iter()
                .find(|there| there.id == mapped.vendor_property);
            match there {
                Some(there) => {
                    let target = Arc::new(target(connection, property, mapped, there));
                    self.targets
                        .insert((connection.clone(), code.clone()), target);
                }
                None => self.findings.push(missing(connection, property, mapped)),
            }
        }
    }
}

fn missing(connection: &ConnectionId, property: &Property, mapped: &MappedProperty) -> Finding {
    let place = Place::property(&property.code, &property.name).on(connection);
    let message = format!("the vendor shows no property {}", mapped.vendor_property);
    Finding::error("mapping.not_at_vendor", place, message)
        .hint("Check vendor_property in mapping.csv, and that the credential reaches this hotel.")
}

fn target(
    connection: &ConnectionId,
    property: &Property,
    mapped: &MappedProperty,
    there: &DiscoveredProperty,
) -> Target {
    Target {
        connection: connection.clone(),
        property: property.code.clone(),
        vendor_property: mapped.vendor_property.clone(),
        facts: Facts {
            name: there.name.clone(),
            currency: there.currency.unwrap_or(property.currency),
            basis: there.basis,
            time_zone: there.time_zone.clone(),
            sellables: there
                .sellables
                .iter()
                .map(|one| (one.ids.clone(), one.clone()))
                .collect(),
        },
    }
}

fn listed(ids: &Ids) -> (Ids, Sellable) {
    let sellable = Sellable {
        ids: ids.clone(),
        name: String::new(),
        currency: None,
        derived: false,
        adults: Vec::new(),
        extra: BTreeMap::new(),
    };
    (ids.clone(), sellable)
}

/// A target without asking the vendor: what the files say, for reading back.
pub fn undiscovered(link: &Link, property: &Property, mapped: &MappedProperty) -> Target {
    Target {
        connection: link.id.clone(),
        property: property.code.clone(),
        vendor_property: mapped.vendor_property.clone(),
        facts: Facts {
            name: property.name.clone(),
            currency: property.currency,
            basis: Some(link.basis),
            time_zone: property.time_zone.iana_name().map(str::to_owned),
            sellables: mapped.sold.values().map(listed).collect(),
        },
    }
}
