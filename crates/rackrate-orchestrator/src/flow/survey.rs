//! What one account lists, thing by thing, with what it is in our words.
//!
//! Asking is [`super::discover`]'s; this holds the answer against the mapping, both ways.
//!
//! Invariant: everything that the account lists is there once, in the account's order.

use std::collections::{BTreeMap, BTreeSet};

use rackrate_core::adapter::{DiscoveredProperty, Discovery};
use rackrate_core::chunk::Sellable;
use rackrate_core::finding::{Finding, Place, Severity};
use rackrate_core::ids::{ConnectionId, Ids, PropertyCode, RatePlanCode, RoomTypeCode, VendorId};
use rackrate_core::money::{Basis, Currency};
use rackrate_plan::mapping::MappedProperty;
use rackrate_plan::mapping::guess::Guess;
use rackrate_runtime::engine::types::Policy;
use serde::Serialize;

use super::discover::discover;
use crate::exit::Exit;
use crate::host::Host;
use crate::portfolio::{Link, Portfolio};
use crate::problem::Result;

/// What an account lists.
#[derive(Debug)]
pub struct Survey {
    /// Its properties.
    pub properties: Vec<Surveyed>,
    /// As the account listed it; `None` when it gave no usable answer.
    pub listed: Option<Discovery>,
    /// What is missing or could not be asked.
    pub findings: Vec<Finding>,
    /// The exit code that leads to.
    pub exit: Exit,
}

/// A property of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Surveyed {
    /// The vendor's identifier.
    pub id: String,
    /// The vendor's name.
    pub name: String,
    /// The IANA time zone, where the vendor says.
    pub time_zone: Option<String>,
    /// The currency, where the vendor says.
    pub currency: Option<Currency>,
    /// Whether prices include tax, where the vendor says.
    pub basis: Option<Basis>,
    /// Our code; `None` where it is not mapped.
    pub property: Option<PropertyCode>,
    /// What it sells.
    pub sold: Vec<Sold>,
}

/// Something that a property sells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sold {
    /// The vendor's identifiers.
    #[serde(flatten)]
    pub theirs: Theirs,
    /// The vendor's name.
    pub name: String,
    /// Its currency, where it is not the property's.
    pub currency: Option<Currency>,
    /// Whether the vendor computes it from another.
    pub derived: bool,
    /// For how many adults it has prices; empty where the vendor does not say.
    pub adults: Vec<u8>,
    /// What we make of it.
    pub status: Status,
    /// Our room type.
    pub room_type: Option<RoomTypeCode>,
    /// Our rate plan.
    pub rate_plan: Option<RatePlanCode>,
}

/// The vendor's identifiers, each by its name in `mapping.csv`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Theirs {
    /// The room type.
    pub vendor_room_type: Option<String>,
    /// The rate plan.
    pub vendor_rate_plan: Option<String>,
}

/// Whether we have a name for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// A person mapped it.
    Confirmed,
    /// Its row is a guess.
    Guess,
    /// It has no row.
    NotMapped,
}

/// Asks one account and holds the answer against the mapping.
///
/// # Errors
/// When the ledger fails.
pub async fn survey(
    host: &mut dyn Host,
    portfolio: &Portfolio,
    connection: &ConnectionId,
    policy: Policy,
) -> Result<Survey> {
    let meant = |link: &Link| link.id == *connection;
    let mut found = discover(host, portfolio, meant, policy).await?;
    let listed = found.listed.remove(connection);
    let mut survey = Survey {
        properties: Vec::new(),
        exit: found.exit.unwrap_or(Exit::Done),
        findings: found.findings,
        listed: listed.map(|listed| (*listed).clone()),
    };
    let lanes = portfolio.mapping.lanes();
    let mapped: BTreeMap<_, _> = lanes
        .filter(|(at, ..)| *at == connection)
        .map(|(_, code, mapped)| (&mapped.vendor_property, (code, mapped)))
        .collect();
    for there in survey.listed.iter().flat_map(|all| &all.properties) {
        let ours = mapped.get(&there.id).copied();
        survey.properties.push(surveyed(there, ours));
        if let Some((code, mapped)) = ours {
            let place = place(portfolio, code).on(connection);
            survey.findings.extend(vanished(there, mapped, &place));
        }
    }
    if survey.listed.is_some() && survey.properties.is_empty() {
        survey.findings.push(nothing(connection));
    }
    let stops = |finding: &Finding| finding.severity == Severity::Error;
    if survey.findings.iter().any(stops) {
        survey.exit = survey.exit.and(Exit::Failed);
    }
    Ok(survey)
}

impl Survey {
    /// Shows rows that were just written as what they are now.
    pub fn show(&mut self, guesses: &[Guess]) {
        for guess in guesses {
            let theirs = Theirs::of(&guess.ids);
            let mut properties = self.properties.iter_mut();
            let property = properties.find(|one| one.id == guess.vendor_property.as_str());
            let Some(property) = property else {
                continue;
            };
            property.property = Some(guess.property.clone());
            for sold in property.sold.iter_mut().filter(|one| one.theirs == theirs) {
                sold.status = Status::Guess;
                sold.room_type = Some(guess.room_type.clone());
                sold.rate_plan = Some(guess.rate_plan.clone());
            }
        }
    }
}

impl Theirs {
    fn of(ids: &Ids) -> Self {
        let text = |id: &Option<VendorId>| id.as_ref().map(ToString::to_string);
        Self {
            vendor_room_type: text(&ids.room),
            vendor_rate_plan: text(&ids.plan),
        }
    }
}

fn surveyed(
    there: &DiscoveredProperty,
    ours: Option<(&PropertyCode, &MappedProperty)>,
) -> Surveyed {
    let sold = there.sellables.iter();
    Surveyed {
        id: there.id.to_string(),
        name: there.name.clone(),
        time_zone: there.time_zone.clone(),
        currency: there.currency,
        basis: there.basis,
        property: ours.map(|(code, _)| code.clone()),
        sold: sold
            .map(|one| self::sold(one, there.currency, ours.map(|(_, mapped)| mapped)))
            .collect(),
    }
}

fn sold(one: &Sellable, currency: Option<Currency>, mapped: Option<&MappedProperty>) -> Sold {
    let row = mapped.and_then(|mapped| {
        let mut rows = mapped.sold.iter();
        let (names, _) = rows.find(|(_, ids)| **ids == one.ids)?;
        Some((names, mapped.guesses.contains_key(names)))
    });
    Sold {
        theirs: Theirs::of(&one.ids),
        name: one.name.clone(),
        currency: one.currency.filter(|own| Some(*own) != currency),
        derived: one.derived,
        adults: one.adults.clone(),
        status: match row {
            None => Status::NotMapped,
            Some((_, true)) => Status::Guess,
            Some((_, false)) => Status::Confirmed,
        },
        room_type: row.map(|((room_type, _), _)| room_type.clone()),
        rate_plan: row.map(|((_, rate_plan), _)| rate_plan.clone()),
    }
}

/// Rows of the mapping that the vendor does not list.
fn vanished(there: &DiscoveredProperty, mapped: &MappedProperty, place: &Place) -> Vec<Finding> {
    let listed: BTreeSet<&Ids> = there.sellables.iter().map(|one| &one.ids).collect();
    let rows = mapped.sold.iter();
    let gone = rows.filter(|(_, ids)| !listed.contains(ids));
    gone.map(|((room_type, rate_plan), ids)| {
        let message = format!("{room_type} {rate_plan} is mapped to {ids}, which is not listed");
        Finding::error("mapping.not_at_vendor", place.clone(), message)
            .hint("Correct the identifiers in mapping.csv, or remove the row.")
    })
    .collect()
}

fn place(portfolio: &Portfolio, code: &PropertyCode) -> Place {
    let name = portfolio.properties.get(code).map(|one| one.name.clone());
    Place::property(code, name.unwrap_or_default())
}

fn nothing(connection: &ConnectionId) -> Finding {
    let message = "the account lists no property";
    Finding::error("discover.nothing", Place::default().on(connection), message)
        .hint("Check at the vendor which hotels the credential may see.")
}
