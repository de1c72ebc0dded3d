//! What vendors say of our clients and grants beside what was asked, told once for all accounts
//! that it is about.

use rackrate_core::finding::{Finding, Place};
use rackrate_core::ids::ConnectionId;
use rackrate_runtime::engine::types::{ClientIx, GrantIx, Report, Setup};

use crate::exit::Exit;
use crate::problem::of_failure;

/// So many accounts of a client are named.
const NAMED: usize = 5;

/// Whose grants and clients those of a job are.
#[derive(Debug)]
pub(super) struct Holders(Vec<(GrantIx, ClientIx, ConnectionId)>);

impl Holders {
    pub(super) fn of(setup: &Setup) -> Self {
        let connections = setup.connections.iter();
        let each = connections.map(|one| {
            let client = setup.grants[one.grant.0].client;
            (one.grant, client, one.id.clone())
        });
        Self(each.collect())
    }

    /// What a report says of them, if it does.
    pub(super) fn told(&self, report: &Report) -> Option<(Exit, Finding)> {
        match report {
            Report::MoreGranted(grant, scopes) => {
                let (.., id) = self.0.iter().find(|(of, ..)| of == grant)?;
                Some((Exit::Done, beyond(id, scopes)))
            }
            Report::Suspended(client, failure) => {
                let its = self.0.iter().filter(|(_, of, _)| of == client);
                let names: Vec<_> = its.map(|(.., id)| id).collect();
                let (exit, mut finding) = of_failure(failure, Place::default(), names.first()?);
                finding.message.push_str(&accounts(&names));
                Some((exit, finding))
            }
            _ => None,
        }
    }
}

/// What a grant of more than was asked for means to a person.
pub(super) fn beyond(id: &ConnectionId, scopes: &[String]) -> Finding {
    let scopes = scopes.join(", ");
    let message = format!("more was granted than was asked for: {scopes}");
    Finding::warning("credential.scope_extra", Place::default().on(id), message)
        .hint("Take it out of the client at the vendor; rackrate does not use it, and nobody should be able to.")
}

fn accounts(names: &[&ConnectionId]) -> String {
    let named: Vec<_> = names.iter().take(NAMED).map(ToString::to_string).collect();
    let more = match names.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(" (connections: {}{more})", named.join(", "))
}
