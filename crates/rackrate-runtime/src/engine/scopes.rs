//! What each grant may do: the scopes that were granted, held against what operations need.
//!
//! Invariant: a write whose grant is known not to cover it never leaves, and what is covered
//! goes on.

use std::collections::BTreeMap;

use rackrate_core::error::{Delivery, ErrorKind};
use rackrate_core::exchange::Operation;
use rackrate_core::ids::ConnectionId;
use rackrate_core::scope::{Given, Granted};
use rackrate_ledger::op::KeptGrant;

use super::types::{Failure, GrantIx, LaneIx, Report, ScopeSpec};
use super::{Engine, Recovered};

/// What a grant may not do, with why.
#[derive(Debug, Default)]
pub(super) struct Unscoped {
    /// What was granted, as last heard.
    granted: Option<Granted>,
    lacking: BTreeMap<Operation, Failure>,
}

impl Unscoped {
    /// Without a word of the vendor what was asked for is granted (RFC 6749, section 5.1).
    pub(super) fn as_asked(spec: &ScopeSpec) -> Self {
        Self {
            granted: None,
            lacking: lacking(spec, &Granted::of(&spec.asked.join(" "))),
        }
    }
}

fn lacking(spec: &ScopeSpec, granted: &Granted) -> BTreeMap<Operation, Failure> {
    let Some(needs) = &spec.needs else {
        return BTreeMap::new();
    };
    let each = Operation::ALL.into_iter().filter_map(|operation| {
        let missing = needs.missing(operation, granted);
        let what = missing.join(", ");
        let cure = match needs.given() {
            Given::Asked => "it has to be asked for and granted",
            Given::Ticked => "it has to be ticked at the vendor",
        };
        let text = format!("to {operation}, {what} is needed; {cure} (granted: {granted})");
        (!missing.is_empty()).then(|| (operation, unscoped(text)))
    });
    each.collect()
}

fn unscoped(text: String) -> Failure {
    Failure {
        kind: ErrorKind::Unscoped,
        delivery: Delivery::NotSent,
        answered: false,
        code: String::new(),
        text,
        retry_after: None,
    }
}

impl Engine {
    /// Takes up what earlier processes heard.
    pub(super) fn take_scopes(&mut self, recovered: &Recovered) {
        let of = |(grant, kept): &(GrantIx, KeptGrant)| Some((*grant, kept.scope.clone()?));
        let consents = recovered.grants.iter().filter_map(of);
        for (grant, scope) in recovered.scopes.iter().cloned().chain(consents) {
            self.hold_against(grant, Granted::of(&scope));
        }
    }

    /// A vendor said, with a token, what it is good for. News of too much are told.
    pub(super) fn granted_scopes(&mut self, grant: GrantIx, said: Option<&str>) {
        let Some(granted) = said.map(Granted::of) else {
            return;
        };
        if self.unscoped[grant.0].granted.as_ref() == Some(&granted) {
            return;
        }
        let spec = &self.setup.grants[grant.0].scopes;
        let needs = spec.needs.as_ref().filter(|needs| !needs.is_empty());
        let beyond = needs.map(|needs| needs.beyond(&granted, &spec.asked));
        if let Some(beyond) = beyond.filter(|beyond| !beyond.is_empty()) {
            self.report(Report::MoreGranted(grant, beyond));
        }
        self.hold_against(grant, granted);
    }

    fn hold_against(&mut self, grant: GrantIx, granted: Granted) {
        let lacking = lacking(&self.setup.grants[grant.0].scopes, &granted);
        self.unscoped[grant.0] = Unscoped {
            granted: Some(granted),
            lacking,
        };
    }

    /// The scopes that an operation of an account draws on; without a word of the vendor what was
    /// asked for is granted.
    pub(super) fn drawn_scopes(&self, account: &ConnectionId, operation: Operation) -> Vec<String> {
        let mut connections = self.setup.connections.iter();
        let grant = connections
            .find(|one| one.id == *account)
            .map(|one| one.grant);
        let drawn = grant.and_then(|grant| {
            let spec = &self.setup.grants[grant.0].scopes;
            let granted = self.unscoped[grant.0].granted.clone();
            let granted = granted.unwrap_or_else(|| Granted::of(&spec.asked.join(" ")));
            Some(spec.needs.as_ref()?.drawn(operation, &granted))
        });
        drawn.unwrap_or_default()
    }

    /// Why a grant does not cover an operation, if it does not.
    pub(super) fn unscoped(&self, grant: GrantIx, operation: Operation) -> Option<Failure> {
        self.unscoped[grant.0].lacking.get(&operation).cloned()
    }

    /// Why a write cannot be made or followed, if it cannot.
    pub(super) fn unscoped_write(&self, lane: LaneIx, at: usize) -> Option<Failure> {
        let write = self.lanes[lane.0].active[at].wish.chunk.operation;
        let grant = self.grant_of(lane);
        let each = [write, Operation::Poll, Operation::LookUp];
        each.into_iter()
            .find_map(|operation| self.unscoped(grant, operation))
    }
}
