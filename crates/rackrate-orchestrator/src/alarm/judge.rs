//! From a failure at a connection to what people have to know: whose it is, who can act.

use std::collections::{BTreeMap, BTreeSet};

use rackrate_alerts::alert::{Hotel, Trouble};
use rackrate_alerts::decide::Seen;
use rackrate_alerts::group::{Client, Failing, Proof, alerts};
use rackrate_alerts::held::Nights;
use rackrate_auth::source::SecretRef;
use rackrate_core::error::{ErrorKind, clean};
use rackrate_core::ids::ConnectionId;
use rackrate_ledger::store::Ledger;

use super::Heard;
use crate::flow::creds::install::{Install, installs};
use crate::flow::creds::{Way, way};
use crate::portfolio::{Link, Portfolio, service};
use crate::problem::Result;

/// What the ledger knows of grants.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Connections whose grants a person gave.
    consented: BTreeSet<ConnectionId>,
    /// By the names that their grants are kept under.
    installs: BTreeMap<String, Install>,
}

impl Known {
    pub(super) async fn of(ledger: &dyn Ledger) -> Result<Self> {
        let grants = ledger.recover().await?.grants.into_iter();
        Ok(Self {
            consented: grants.map(|kept| kept.connection).collect(),
            installs: installs(ledger).await?,
        })
    }

    /// Whose a failure is. What refuses an installation's client refuses those of its
    /// connections, of which one that somebody has connected is the first to work again; what
    /// refuses the installation alone is the business of whoever began it.
    fn link<'p>(
        &self,
        portfolio: &'p Portfolio,
        id: &ConnectionId,
        kind: ErrorKind,
    ) -> Option<&'p Link> {
        let of_client = matches!(kind, ErrorKind::Misconfigured | ErrorKind::Suspended);
        let install = self.installs.get(id.as_str()).filter(|_| of_client);
        let same = |link: &&Link| install.is_some_and(|install| install.is_of(link));
        let connected = |link: &&Link| self.consented.contains(&link.id);
        let mut all = portfolio.links.iter().filter(same);
        let first = all.clone().next();
        portfolio.link(id).or_else(|| all.find(connected)).or(first)
    }
}

/// What a run found out, in the words of alerts.
pub(super) fn seen(heard: &Heard, portfolio: &Portfolio, known: &Known) -> Seen {
    let works: BTreeMap<ConnectionId, Proof> = heard
        .evidence
        .works
        .iter()
        .filter(|(id, _)| !heard.fails(id))
        .map(|(id, proof)| (id.clone(), *proof))
        .collect();
    let refused = refused(heard, portfolio, known);
    let missing = missing(heard, portfolio);
    let links = portfolio.links.iter();
    let working = links.clone().filter(|link| works.contains_key(&link.id));
    let working = working.map(|link| client(portfolio, link).name).collect();
    Seen {
        failures: alerts(refused.chain(missing).collect(), &working),
        works,
        known: links.map(|link| link.id.clone()).collect(),
    }
}

/// What vendors refused.
fn refused(heard: &Heard, portfolio: &Portfolio, known: &Known) -> impl Iterator<Item = Failing> {
    let failed = heard.evidence.failed.iter();
    let asked = failed.filter(|(id, _)| !heard.lacks.contains_key(*id));
    asked.filter_map(|(id, failed)| {
        let desk = Desk {
            portfolio,
            link: known.link(portfolio, id, failed.kind)?,
            nights: heard.nights.get(id),
        };
        let consented = known.consented.contains(&desk.link.id);
        let trouble = trouble(failed.kind, way(desk.link), consented);
        let refusals = heard.refusals.as_ref();
        Some(Failing {
            request: refusals.and_then(|all| all.last(id)),
            ..desk.failing(trouble, &failed.code, failed.proof)
        })
    })
}

/// What could not be fetched. It stops the whole command, so all nights of that are held.
fn missing(heard: &Heard, portfolio: &Portfolio) -> impl Iterator<Item = Failing> {
    let mut held = Nights::default();
    for nights in heard.nights.values() {
        held.extend(nights);
    }
    heard.lacks.iter().filter_map(move |(id, lack)| {
        let desk = Desk {
            portfolio,
            link: portfolio.link(id)?,
            nights: Some(&held),
        };
        let failing = desk.failing(Trouble::SecretMissing, &lack.code, Proof::Read);
        Some(Failing {
            place: lack.reference.to_string(),
            service: service(&lack.reference).to_owned(),
            ..failing
        })
    })
}

struct Desk<'d> {
    portfolio: &'d Portfolio,
    link: &'d Link,
    nights: Option<&'d Nights>,
}

impl Desk<'_> {
    fn failing(&self, trouble: Trouble, code: &str, proof: Proof) -> Failing {
        let link = self.link;
        let place = place(link);
        Failing {
            connection: link.id.clone(),
            vendor: link.entry.title.to_owned(),
            client: client(self.portfolio, link),
            consented: way(link) == Way::Consent,
            trouble,
            code: code.to_owned(),
            request: None,
            hotels: self.hotels(),
            nights: self.nights.cloned().unwrap_or_default(),
            service: place.map(service).unwrap_or_default().to_owned(),
            place: place.map_or_else(
                || "the connection's reference".to_owned(),
                ToString::to_string,
            ),
            link: format!("rackrate creds invite {}", link.id),
            proof,
        }
    }

    fn hotels(&self) -> Vec<Hotel> {
        let lanes = self.portfolio.mapping.lanes();
        let codes = lanes.filter(|(at, ..)| **at == self.link.id);
        let properties = codes.filter_map(|(_, code, _)| self.portfolio.properties.get(code));
        let hotel = |property: &rackrate_plan::properties::Property| Hotel {
            code: property.code.clone(),
            name: clean(&property.name),
            contact: property.contact.trim().to_owned(),
        };
        properties.map(hotel).collect()
    }
}

fn trouble(kind: ErrorKind, way: Way, consented: bool) -> Trouble {
    match (kind, way) {
        (ErrorKind::Suspended, _) => Trouble::Suspended,
        (ErrorKind::Disconnected, _) => Trouble::Disconnected,
        (ErrorKind::ApproverLeft, _) => Trouble::ApproverLeft,
        (ErrorKind::Unscoped, _) => Trouble::MissingScope,
        (ErrorKind::Forbidden, _) => Trouble::NotAllowed,
        (_, Way::Key) => Trouble::KeyRefused,
        (ErrorKind::Misconfigured, _) | (_, Way::Client) => Trouble::ClientRefused,
        (_, Way::Consent) if consented => Trouble::NeedsAuthorization,
        (_, Way::Consent) => Trouble::NotConnected,
    }
}

/// The client of a connection. One that the configuration does not name is called like the
/// first connection that has the same secrets at the same vendor.
fn client(portfolio: &Portfolio, link: &Link) -> Client {
    if let Some(client) = &link.client {
        return Client {
            name: client.name.to_string(),
            rotate: Some(format!("rackrate creds rotate --client {}", client.name)),
            owner: client.owner.as_deref().map(one_line),
            portal: client.portal.as_ref().map(ToString::to_string),
        };
    }
    let same = |other: &&Link| {
        let (ours, theirs) = (&link.references, &other.references);
        other.client.is_none() && other.entry.id == link.entry.id && ours == theirs
    };
    let shared = portfolio.links.iter().find(same);
    let named = shared.filter(|_| !link.references.is_empty());
    Client {
        name: named.unwrap_or(link).id.to_string(),
        rotate: None,
        owner: None,
        portal: None,
    }
}

/// As it was written, on one line: an owner is a name with a mail address, which has to stay.
fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_control() || c.is_whitespace());
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// Where its secret is.
fn place(link: &Link) -> Option<&SecretRef> {
    let is_secret = |(name, _): &(&String, _)| name.contains("secret") || name.contains("key");
    let mut all = link.references.iter();
    let first = all.clone().next();
    let place = all.find(is_secret).or(first);
    place.map(|(_, reference)| reference)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_refusal_means_depends_on_what_was_refused() {
        let refused = ErrorKind::Unauthenticated { certain: true };
        assert_eq!(trouble(refused, Way::Key, false), Trouble::KeyRefused);
        assert_eq!(trouble(refused, Way::Client, false), Trouble::ClientRefused);
        let consent = |known| trouble(ErrorKind::Reconnect, Way::Consent, known);
        assert_eq!(consent(true), Trouble::NeedsAuthorization);
        assert_eq!(consent(false), Trouble::NotConnected);
        let client = trouble(ErrorKind::Misconfigured, Way::Consent, true);
        assert_eq!(client, Trouble::ClientRefused);
        let forbidden = trouble(ErrorKind::Forbidden, Way::Key, false);
        assert_eq!(forbidden, Trouble::NotAllowed);
    }
}
