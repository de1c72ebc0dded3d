//! From reports to what they say about credentials.
//!
//! Invariant: what failed in a run counts as failed, whatever worked before or after it; and a
//! property that is held because of another connection says nothing about its own.

use std::collections::BTreeMap;

use rackrate_alerts::group::Proof;
use rackrate_core::error::{Delivery, ErrorKind};
use rackrate_core::ids::ConnectionId;
use rackrate_runtime::engine::ELSEWHERE;
use rackrate_runtime::engine::types::{ConnIx, Failure, GrantIx, LaneIx, Report, Setup};

/// What the indexes of a job stand for.
#[derive(Debug)]
pub(crate) struct Names {
    connections: Vec<(ConnectionId, GrantIx)>,
    lanes: Vec<ConnIx>,
}

/// A failure of a credential.
#[derive(Clone, Debug)]
pub(super) struct Failed {
    pub(super) kind: ErrorKind,
    pub(super) code: String,
    /// What proves that it is over.
    pub(super) proof: Proof,
}

/// What is known about credentials.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    pub(super) failed: BTreeMap<ConnectionId, Failed>,
    pub(super) works: BTreeMap<ConnectionId, Proof>,
}

impl Names {
    pub(crate) fn of(setup: &Setup) -> Self {
        let connections = setup.connections.iter();
        let lanes = setup.lanes.iter();
        Self {
            connections: connections.map(|one| (one.id.clone(), one.grant)).collect(),
            lanes: lanes.map(|lane| lane.connection).collect(),
        }
    }

    fn connection(&self, at: ConnIx) -> Option<&ConnectionId> {
        self.connections.get(at.0).map(|(id, _)| id)
    }

    fn lane(&self, at: LaneIx) -> Option<&ConnectionId> {
        self.connection(*self.lanes.get(at.0)?)
    }

    fn grant(&self, grant: GrantIx) -> Option<&ConnectionId> {
        let mut all = self.connections.iter();
        all.find(|(_, of)| *of == grant).map(|(id, _)| id)
    }
}

impl Evidence {
    pub(super) fn hear(&mut self, names: &Names, report: &Report) {
        use Proof::{Read, Write};
        match report {
            Report::Accepted(lane) => self.worked(names.lane(*lane), Write),
            Report::Read(lane, _) => self.worked(names.lane(*lane), Read),
            Report::Discovered(at, _) | Report::Touched(at) => {
                self.worked(names.connection(*at), Read);
            }
            Report::Connected(grant) | Report::Introspected(grant, Ok(true)) => {
                self.worked(names.grant(*grant), Read);
            }
            Report::Introspected(grant, Ok(false)) => {
                self.failed(names.grant(*grant), ErrorKind::Reconnect, "", Read);
            }
            Report::NoToken(grant, failure) | Report::Introspected(grant, Err(failure)) => {
                self.failure(names.grant(*grant), failure, Read);
            }
            Report::DiscoverFailed(at, failure) => {
                self.failure(names.connection(*at), failure, Read);
            }
            Report::ReadFailed(lane, failure) => self.failure(names.lane(*lane), failure, Read),
            Report::Held(lane, failure) if !failure.text.starts_with(ELSEWHERE) => {
                self.failure(names.lane(*lane), failure, Write);
            }
            // Nobody is to be told that a person ended a grant on purpose.
            Report::Disconnected(grant) => self.forget(names.grant(*grant)),
            _ => {}
        }
    }

    pub(super) fn works(&mut self, connection: &ConnectionId, proof: Proof) {
        let known = self.works.entry(connection.clone()).or_insert(proof);
        *known = (*known).max(proof);
    }

    fn worked(&mut self, connection: Option<&ConnectionId>, proof: Proof) {
        if let Some(connection) = connection {
            self.works(connection, proof);
        }
    }

    fn forget(&mut self, connection: Option<&ConnectionId>) {
        if let Some(connection) = connection {
            self.failed.remove(connection);
        }
    }

    fn failure(&mut self, connection: Option<&ConnectionId>, failure: &Failure, proof: Proof) {
        if is_of_credential(failure.kind) && failure.delivery != Delivery::Unknown {
            self.failed(connection, failure.kind, &failure.code, proof);
        }
    }

    /// The first failure stays: what comes after it is often only its echo.
    fn failed(
        &mut self,
        connection: Option<&ConnectionId>,
        kind: ErrorKind,
        code: &str,
        proof: Proof,
    ) {
        let Some(connection) = connection else {
            return;
        };
        // Only of what may not be done does it matter what it was.
        let proof = match kind {
            ErrorKind::Forbidden | ErrorKind::Unscoped => proof,
            _ => Proof::Read,
        };
        let failed = || Failed {
            kind,
            code: rackrate_alerts::alert::code(code),
            proof,
        };
        self.failed.entry(connection.clone()).or_insert_with(failed);
    }
}

/// Whether a person has to do something about a credential.
fn is_of_credential(kind: ErrorKind) -> bool {
    use ErrorKind::{
        ApproverLeft, Disconnected, Forbidden, Misconfigured, Reconnect, Suspended,
        Unauthenticated, Unscoped,
    };
    matches!(
        kind,
        Unauthenticated { .. }
            | Reconnect
            | Disconnected
            | ApproverLeft
            | Suspended
            | Unscoped
            | Forbidden
            | Misconfigured
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        let connection = |name: &str, at| (ConnectionId::new(name).unwrap(), GrantIx(at));
        Names {
            connections: vec![connection("pms", 0), connection("ota", 1)],
            lanes: vec![ConnIx(0), ConnIx(1)],
        }
    }

    fn failure(kind: ErrorKind, text: &str) -> Failure {
        Failure {
            kind,
            delivery: Delivery::Refused,
            answered: true,
            code: "invalid_client".to_owned(),
            text: text.to_owned(),
            retry_after: None,
        }
    }

    fn heard(reports: &[Report]) -> Evidence {
        let mut evidence = Evidence::default();
        for report in reports {
            evidence.hear(&names(), report);
        }
        evidence
    }

    fn failed(evidence: &Evidence) -> Vec<&str> {
        evidence.failed.keys().map(|id| id.as_str()).collect()
    }

    #[test]
    fn a_property_that_is_held_for_another_connection_accuses_only_that_one() {
        let held =
            |lane, text: &str| Report::Held(LaneIx(lane), failure(ErrorKind::Misconfigured, text));
        let evidence = heard(&[
            held(0, "bad client"),
            held(1, &format!("{ELSEWHERE}: bad client")),
        ]);
        assert_eq!(failed(&evidence), ["pms"]);
    }

    #[test]
    fn only_credentials_are_accused() {
        let of = |kind| heard(&[Report::NoToken(GrantIx(1), failure(kind, ""))]);
        for kind in [ErrorKind::Unavailable, ErrorKind::Throttled, ErrorKind::Bug] {
            assert!(failed(&of(kind)).is_empty(), "{kind}");
        }
        for kind in [ErrorKind::Suspended, ErrorKind::Misconfigured] {
            assert_eq!(failed(&of(kind)), ["ota"], "{kind}");
        }
    }

    #[test]
    fn a_price_that_was_taken_proves_more_than_one_that_was_read() {
        let pms = ConnectionId::new("pms").unwrap();
        let evidence = heard(&[
            Report::Touched(ConnIx(0)),
            Report::Accepted(LaneIx(0)),
            Report::Connected(GrantIx(0)),
        ]);
        assert_eq!(evidence.works[&pms], Proof::Write);
        let refused = Report::Held(LaneIx(0), failure(ErrorKind::Forbidden, ""));
        assert_eq!(heard(&[refused]).failed[&pms].proof, Proof::Write);
    }
}
