//! The addresses that people are sent back to.
//!
//! Behind a proxy only the path of a visit is certain, so the path decides.
//!
//! Invariant: where a vendor sends people whom nobody invited, the address belongs to one
//! client alone; else nobody could say for which client a code is.

use std::collections::BTreeMap;

use rackrate_core::finding::{Finding, Place};
use url::Url;

use crate::portfolio::{Link, Portfolio};
use crate::problem::{Problem, Result};

/// The addresses by path, each with a connection of the client for whom hotels may begin at
/// the vendor.
#[derive(Debug)]
pub struct Routes<'a>(BTreeMap<String, (Url, Option<&'a Link>)>);

impl<'a> Routes<'a> {
    /// Those of these accounts.
    ///
    /// # Errors
    /// `creds.no_redirect` where there is none, `creds.shared_redirect` where two clients
    /// share one at which hotels may begin.
    pub fn of(portfolio: &'a Portfolio) -> Result<Self> {
        let mut routes = BTreeMap::<String, (Url, Option<&'a Link>)>::new();
        let mut findings = Vec::new();
        for link in &portfolio.links {
            let consent = link.adapter.auth().consent();
            let Some((consent, redirect)) = consent.zip(link.redirect.as_ref()) else {
                continue;
            };
            let route = routes.entry(redirect.path().to_owned());
            let (_, template) = route.or_insert_with(|| (redirect.clone(), None));
            match template {
                _ if !consent.begins_at_vendor() => {}
                None => *template = Some(link),
                Some(first) if is_one_client(first, link) => {}
                Some(first) => findings.push(shared(first, link, redirect)),
            }
        }
        match (findings.is_empty(), routes.is_empty()) {
            (false, _) => Err(findings.into()),
            (true, true) => Err(nowhere()),
            (true, false) => Ok(Self(routes)),
        }
    }

    /// The paths.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// A path and query as an address of ours, and whose hotels may begin there.
    pub(super) fn of_visit(&self, asked: &str) -> Option<(Option<&'a Link>, Url)> {
        let path = asked.split('?').next().unwrap_or_default();
        let (redirect, template) = self.0.get(path)?;
        let answer = redirect.join(asked).ok()?;
        // What a text of a path becomes as an address is not always that path.
        (answer.path() == path && answer.origin() == redirect.origin())
            .then_some((*template, answer))
    }
}

/// Whether a code that came for one may be exchanged as the other.
fn is_one_client(one: &Link, other: &Link) -> bool {
    let (mine, its) = (one.adapter.manifest(), other.adapter.manifest());
    one.entry.id == other.entry.id
        && mine.client == its.client
        && mine.bases == its.bases
        && one.references == other.references
        && one.redirect == other.redirect
}

fn shared(first: &Link, link: &Link, redirect: &Url) -> Finding {
    let message = format!(
        "it shares the redirect {redirect} with {}, which has another client",
        first.id
    );
    Finding::error("creds.shared_redirect", Place::default().on(&link.id), message)
        .hint("Hotels may begin at this vendor, and nothing else says for which client: register another redirect for one of them.")
}

fn nowhere() -> Problem {
    let message = "no connection that a person connects has a redirect";
    let finding = Finding::error("creds.no_redirect", Place::default(), message);
    Problem::input([
        finding.hint("Set redirect at the connection, exactly as it is registered at the vendor.")
    ])
}
