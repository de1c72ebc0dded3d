//! What the audit trail has to be told by the engine: how often each credential was used, what
//! was refused, and what was held because of it.
//!
//! Tokens and consents need no word here: the ledger derives their lines.
//!
//! Invariant: no words of a vendor are told but its codes, because the trail cannot be erased.

use rackrate_core::error::{ErrorKind, clean};
use rackrate_core::exchange::Operation;
use rackrate_core::ids::ConnectionId;
use rackrate_ledger::audit::{Note, Uses};
use rackrate_ledger::op::{LedgerOp, RunId};

use super::Engine;
use super::flight::Kind;
use super::types::{Failure, GrantIx, LaneIx, Verb};

impl Engine {
    /// Counts an attempt that is let go.
    pub(super) fn count_use(&mut self, kind: Kind, verb: &Verb) {
        if let Some(connection) = self.account(kind) {
            let of = (connection, verb.operation());
            *self.uses.entry(of).or_default() += 1;
        }
    }

    fn account(&self, kind: Kind) -> Option<ConnectionId> {
        match kind {
            Kind::Token(grant)
            | Kind::Redeem(grant)
            | Kind::Introspect(grant)
            | Kind::Whether(grant)
            | Kind::Revoke(grant) => self.named(grant),
            Kind::Chunk(lane, _) | Kind::Read(lane) => Some(self.connection(lane).id.clone()),
            Kind::Discover(connection) => Some(self.setup.connections[connection.0].id.clone()),
        }
    }

    /// All counts, for the end.
    pub(super) fn uses(&self) -> Vec<Uses> {
        let run = Some(self.last_run).filter(|run| *run != RunId(0));
        let each = |((connection, operation), requests): (&(ConnectionId, Operation), &u64)| Uses {
            connection: connection.clone(),
            operation: *operation,
            scopes: self.drawn_scopes(connection, *operation),
            requests: *requests,
            run,
        };
        self.uses.iter().map(each).collect()
    }

    /// A vendor said no to a credential. Failures of another kind are no matter of the trail.
    pub(super) fn note_refused(&mut self, grant: GrantIx, operation: Operation, failure: &Failure) {
        let about_credentials = matches!(
            failure.kind,
            ErrorKind::Unauthenticated { .. }
                | ErrorKind::Reconnect
                | ErrorKind::Disconnected
                | ErrorKind::ApproverLeft
                | ErrorKind::Suspended
                | ErrorKind::Forbidden
                | ErrorKind::Misconfigured
        );
        if let (true, true, Some(connection)) =
            (about_credentials, failure.answered, self.named(grant))
        {
            self.note(Note::Refused {
                at: self.out.now,
                connection,
                operation,
                kind: failure.kind.to_string(),
                code: clean(&failure.code),
            });
        }
    }

    /// Nothing more is sent with a credential.
    pub(super) fn note_died(&mut self, grant: GrantIx, failure: &Failure) {
        if let Some(connection) = self.named(grant) {
            self.note(Note::Died {
                at: self.out.now,
                connection,
                kind: failure.kind.to_string(),
            });
        }
    }

    /// A property stays as it is.
    pub(super) fn note_held(&mut self, lane: LaneIx, failure: &Failure) {
        self.note(Note::Held {
            at: self.out.now,
            lane: self.lanes[lane.0].spec.key.clone(),
            why: failure.kind.to_string(),
        });
    }

    fn note(&mut self, note: Note) {
        self.op(LedgerOp::Noted(note));
    }
}
