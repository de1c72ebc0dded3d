//! From connections whose credential failed to alerts: one for each client or grant.
//!
//! Invariant: a connection is in exactly one of the alerts, and a client whose grants all fail
//! alike makes one alert, not one for each of them; so does a place that gives no secrets.

use std::collections::{BTreeMap, BTreeSet};

use rackrate_auth::fingerprint::Fingerprint;
use rackrate_core::ids::ConnectionId;
use serde::{Deserialize, Serialize};

use crate::alert::{Actor, Alert, Hotel, Subject, Trouble};
use crate::held::Nights;
use crate::mail;

/// A connection whose credential failed in this run.
#[derive(Clone, Debug)]
pub struct Failing {
    /// Which.
    pub connection: ConnectionId,
    /// Its vendor, for people.
    pub vendor: String,
    /// The client that its grant was given to.
    pub client: Client,
    /// Whether a person consented to it.
    pub consented: bool,
    /// What is wrong.
    pub trouble: Trouble,
    /// The vendor's code; empty where it gave none.
    pub code: String,
    /// The refused request.
    pub request: Option<Fingerprint>,
    /// Its hotels.
    pub hotels: Vec<Hotel>,
    /// What could not be sent there.
    pub nights: Nights,
    /// Where its secret is, as the configuration says.
    pub place: String,
    /// What kind of place that is, for people: connections of many clients may depend on one.
    pub service: String,
    /// What brings a link to consent with.
    pub link: String,
    /// What proves that it works again.
    pub proof: Proof,
}

/// A client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// What it is called; connections of one client say the same.
    pub name: String,
    /// What changes its secret, where a command does.
    pub rotate: Option<String>,
    /// Who can change its secret, with a way to reach them.
    pub owner: Option<String>,
    /// The vendor's page where that is done.
    pub portal: Option<String>,
}

/// What proves that a credential works; a stronger proof is one of the weaker things too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// The vendor answered a question.
    Read,
    /// The vendor took a price.
    Write,
}

/// An alert with the failures in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What to say.
    pub alert: Alert,
    /// Whose failures, and what proves that they are over.
    pub failing: BTreeMap<ConnectionId, Proof>,
}

/// The alerts of a run, in which some connection of these clients worked.
pub fn alerts(failing: Vec<Failing>, working: &BTreeSet<String>) -> Vec<Failure> {
    let (missing, mut failing): (Vec<_>, Vec<_>) = failing
        .into_iter()
        .partition(|one| one.trouble == Trouble::SecretMissing);
    let mut told = Vec::new();
    for (name, all) in by(missing, |one| one.service.clone()) {
        match all.iter().any(|one| one.client != all[0].client) {
            true => told.push(of_place(name, &all)),
            false => failing.extend(all),
        }
    }
    for (name, all) in by(failing, |one| one.client.name.clone()) {
        told.extend(of_one_client(all, working.contains(&name)));
    }
    told
}

fn by(failing: Vec<Failing>, name: impl Fn(&Failing) -> String) -> BTreeMap<String, Vec<Failing>> {
    let mut groups: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for one in failing {
        groups.entry(name(&one)).or_default().push(one);
    }
    groups
}

fn of_place(name: String, group: &[Failing]) -> Failure {
    let command = format!(
        "see why no secret comes from {name}, for example {}; then run `rackrate creds check --all`",
        group[0].place
    );
    let subject = Subject::Place(name);
    of(
        subject,
        Trouble::SecretMissing,
        Actor::You { command },
        group,
    )
}

/// What fails at one client, of which another connection works or none does.
fn of_one_client(all: Vec<Failing>, works: bool) -> Vec<Failure> {
    let (refused, others): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|one| one.trouble.is_of_client());
    let alike = |all: &[Failing]| all.windows(2).all(|two| two[0].trouble == two[1].trouble);
    let at_once = !works && refused.is_empty() && others.len() > 1 && alike(&others);
    if at_once {
        return of_client(&others).into_iter().collect();
    }
    let grants = others.iter().map(of_grant);
    of_client(&refused).into_iter().chain(grants).collect()
}

/// One alert for all of them; none for nobody.
fn of_client(group: &[Failing]) -> Option<Failure> {
    let first = group.first()?;
    let trouble = match first.trouble {
        // One hotel takes its consent back; not all of them in one night.
        other if other.ends_consent() => Trouble::Suspended,
        other => other,
    };
    let actor = match trouble {
        Trouble::NotConnected => you(first),
        Trouble::SecretMissing => keeper(first),
        Trouble::Suspended => Actor::Owner {
            who: first.client.owner.clone(),
            portal: first.client.portal.clone(),
            then: format!(
                "they ask the vendor; once it lets the client in again, you run `rackrate creds refresh {}`",
                first.connection
            ),
        },
        _ => owner(first),
    };
    let subject = Subject::Client(first.client.name.clone());
    Some(of(subject, trouble, actor, group))
}

fn of_grant(one: &Failing) -> Failure {
    let again = one.trouble.ends_consent()
        || matches!(one.trouble, Trouble::NotAllowed | Trouble::MissingScope);
    let actor = match (one.trouble, hotels(one)) {
        (Trouble::NotConnected, _) => you(one),
        (Trouble::SecretMissing, _) => keeper(one),
        (_, Some(hotels)) if one.consented && again => of_hotel(one, hotels),
        (trouble, _) if trouble.ends_consent() => you(one),
        _ => owner(one),
    };
    let subject = Subject::Grant(one.connection.clone());
    of(subject, one.trouble, actor, std::slice::from_ref(one))
}

fn of(subject: Subject, trouble: Trouble, actor: Actor, group: &[Failing]) -> Failure {
    let mut nights = Nights::default();
    for one in group {
        nights.extend(&one.nights);
    }
    let named = |one: &Failing| Some(one.code.clone()).filter(|code| !code.is_empty());
    let failing: BTreeMap<_, _> = group
        .iter()
        .map(|one| (one.connection.clone(), one.proof))
        .collect();
    let connections: BTreeSet<_> = failing.keys().cloned().collect();
    let vendors: BTreeSet<_> = group.iter().map(|one| one.vendor.as_str()).collect();
    let vendors: Vec<_> = vendors.into_iter().collect();
    Failure {
        alert: Alert {
            subject,
            trouble,
            vendor: vendors.join(", "),
            connections,
            code: group.iter().find_map(named).unwrap_or_default(),
            actor,
            held: nights.count(),
            request: group.iter().find_map(|one| one.request.clone()),
        },
        failing,
    }
}

fn you(one: &Failing) -> Actor {
    Actor::You {
        command: format!("run `rackrate creds login {}`", one.connection),
    }
}

/// Whoever can bring a secret back to its place: its owner, where somebody is named.
fn keeper(one: &Failing) -> Actor {
    let (connection, place) = (&one.connection, &one.place);
    let then = format!("run `rackrate creds check {connection}`");
    match &one.client.owner {
        Some(owner) => Actor::Owner {
            who: Some(owner.clone()),
            portal: None,
            then: format!("they see why no secret comes from {place}; then you {then}"),
        },
        None => Actor::You {
            command: format!("see why no secret comes from {place}, then {then}"),
        },
    }
}

fn owner(one: &Failing) -> Actor {
    let (connection, place) = (&one.connection, &one.place);
    let then = match (&one.client.rotate, one.trouble) {
        (_, Trouble::NotAllowed | Trouble::MissingScope) => {
            "they allow what the vendor's README lists".to_owned()
        }
        (Some(rotate), _) => format!("once there is a new one, you run `{rotate}`"),
        (None, Trouble::KeyRefused) => {
            format!(
                "once there is a new one, you put it where {place} leads, and run `rackrate discover {connection}`"
            )
        }
        (None, _) => format!(
            "once there is a new one, you put it where {place} leads, and run `rackrate creds refresh {connection}`"
        ),
    };
    Actor::Owner {
        who: one.client.owner.clone(),
        portal: one.client.portal.clone(),
        then,
    }
}

fn of_hotel(one: &Failing, hotels: Vec<Hotel>) -> Actor {
    let link = format!("`{}`", one.link);
    let mail = mail::to(&hotels[0], &one.vendor, one.trouble, &link);
    Actor::Hotel {
        hotels,
        command: one.link.clone(),
        mail,
    }
}

/// The hotels, those with a contact first; `None` where none is mapped.
fn hotels(one: &Failing) -> Option<Vec<Hotel>> {
    let mut hotels = one.hotels.clone();
    hotels.sort_by_key(|hotel| (hotel.contact.is_empty(), hotel.code.clone()));
    (!hotels.is_empty()).then_some(hotels)
}

#[cfg(test)]
mod tests;
