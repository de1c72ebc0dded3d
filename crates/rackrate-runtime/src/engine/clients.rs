//! How clients stand with their vendors: a suspended one is stopped as a whole.
//!
//! A vendor that suspends a client refuses all of its grants at once. Whoever goes on asking,
//! one grant after the other, makes it worse. So the first word of it stops every grant of the
//! client, and that is on disk: the next process asks one thing, once, before anything else.
//!
//! Invariant: from the word of a suspension on nothing leaves in the client's name in this
//! process, and of a client that was suspended at most one request is under way until the
//! vendor has served one.

use rackrate_core::error::ErrorKind;
use rackrate_ledger::op::{Drawer, Filed, LedgerOp};
use rackrate_ledger::suspension::Suspension;

use super::Engine;
use super::flight::{Flight, Kind};
use super::types::{ClientIx, ClientSpec, Failure, GrantIx, Report, SendId};

/// How a client stands with its vendor, as far as we know.
#[derive(Debug)]
pub(super) enum Standing {
    Good,
    /// It was suspended when an earlier process last heard; whether it still is, one request
    /// finds out.
    Unsure(Option<SendId>),
    Suspended(Failure),
}

impl Standing {
    pub(super) fn of(clients: &[ClientSpec], suspended: &[String]) -> Vec<Self> {
        let each = clients
            .iter()
            .map(|client| match suspended.contains(&client.name) {
                true => Self::Unsure(None),
                false => Self::Good,
            });
        each.collect()
    }
}

impl Engine {
    fn client(&self, grant: GrantIx) -> Option<&Standing> {
        self.clients.get(self.setup.grants[grant.0].client.0)
    }

    /// Whether a request in the name of the grant's client may leave now.
    pub(super) fn may_leave(&self, grant: GrantIx) -> bool {
        matches!(
            self.client(grant),
            None | Some(Standing::Good | Standing::Unsure(None))
        )
    }

    /// Why nothing leaves in the name of the grant's client any more.
    pub(super) fn suspension(&self, grant: GrantIx) -> Option<Failure> {
        match self.client(grant) {
            Some(Standing::Suspended(failure)) => Some(failure.clone()),
            _ => None,
        }
    }

    /// A request leaves.
    pub(super) fn client_asked(&mut self, kind: Kind, send: SendId) {
        let client = self.setup.grants[self.grant_of_kind(kind).0].client;
        if let Some(Standing::Unsure(probe)) = self.clients.get_mut(client.0) {
            *probe = Some(send);
        }
    }

    /// A request came to its end, with that failure if it failed.
    pub(super) fn client_answered(
        &mut self,
        send: SendId,
        flight: &Flight,
        failure: Option<&Failure>,
    ) {
        let client = self.setup.grants[self.grant_of_kind(flight.kind).0].client;
        let suspended = failure.filter(|failure| failure.kind == ErrorKind::Suspended);
        if let Some(failure) = suspended {
            return self.suspend(client, failure);
        }
        let told = failure.is_none_or(speaks_of_us);
        let Some(standing) = self.clients.get_mut(client.0) else {
            return;
        };
        match standing {
            Standing::Unsure(Some(probe)) if *probe == send && told => {
                *standing = Standing::Good;
                self.file(client, None);
            }
            Standing::Unsure(probe) if *probe == Some(send) => *probe = None,
            _ => {}
        }
    }

    fn suspend(&mut self, client: ClientIx, failure: &Failure) {
        let Some(standing) = self.clients.get_mut(client.0) else {
            return;
        };
        if let Standing::Suspended(_) = standing {
            return;
        }
        let is_new = matches!(standing, Standing::Good);
        *standing = Standing::Suspended(failure.clone());
        if is_new {
            let record = self.record(client, failure);
            self.file(client, record);
        }
        self.report(Report::Suspended(client, failure.clone()));
        for grant in (0..self.grants.len()).map(GrantIx) {
            let is_its = self.setup.grants[grant.0].client == client;
            if is_its && !self.grants[grant.0].is_dead() {
                self.grants[grant.0].end();
                self.grant_failures[grant.0] = Some(failure.clone());
                self.grant_died(grant, failure);
            }
        }
    }

    fn record(&self, client: ClientIx, failure: &Failure) -> Option<String> {
        let connections = self.setup.connections.iter();
        let its = connections.filter(|one| self.setup.grants[one.grant.0].client == client);
        let record = Suspension {
            form: Suspension::FORM,
            since: self.out.now,
            why: failure.text.clone(),
            connections: its.map(|one| one.id.clone()).collect(),
        };
        record.body()
    }

    fn file(&mut self, client: ClientIx, body: Option<String>) {
        let name = self.setup.clients[client.0].name.clone();
        let drawer = Drawer::Suspended;
        self.op(LedgerOp::Filed(Filed { drawer, name, body }));
    }
}

/// Whether a failure is the vendor's word on the request, so that the client is not suspended.
fn speaks_of_us(failure: &Failure) -> bool {
    failure.answered
        && !matches!(
            failure.kind,
            ErrorKind::Throttled
                | ErrorKind::Unavailable
                | ErrorKind::TimedOut
                | ErrorKind::Malformed
        )
}
