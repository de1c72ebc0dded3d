//! Holds a property everywhere while one of its writing connections cannot be used.
//!
//! Prices that change at one vendor and not at the other would make the difference that this
//! program is there to prevent.
//!
//! Invariant: a held property has no lane in the plan, and each of its connections says why.

use std::collections::BTreeMap;

use rackrate_core::chunk::Target;
use rackrate_core::finding::{Finding, Place};
use rackrate_core::ids::{ConnectionId, PropertyCode};
use rackrate_plan::plan::Refused;
use rackrate_plan::planner::{Outcome, Role};

use super::discover::Found;
use crate::portfolio::Portfolio;

/// Held properties, each with a connection that cannot be used.
#[derive(Debug)]
pub(super) struct Held(BTreeMap<PropertyCode, ConnectionId>);

impl Held {
    /// What has to be held after that discovery.
    pub(super) fn of(portfolio: &Portfolio, found: &Found) -> Self {
        let is_dead = |id: &ConnectionId| {
            let link = portfolio.link(id);
            link.is_some_and(|link| link.role == Role::Write) && found.dead.contains(id)
        };
        let lanes = portfolio.mapping.lanes();
        // Where all is a guess nothing would be written, so no difference is made either.
        let dead = lanes
            .filter(|(_, _, mapped)| mapped.sold.len() > mapped.guesses.len())
            .filter(|(connection, ..)| is_dead(connection));
        Self(
            dead.map(|(connection, property, _)| (property.clone(), connection.clone()))
                .collect(),
        )
    }

    /// A property could not be read at a connection: if we write there, it is held too.
    pub(super) fn add(&mut self, portfolio: &Portfolio, target: &Target) {
        let link = portfolio.link(&target.connection);
        if link.is_some_and(|link| link.role == Role::Write) {
            self.0
                .insert(target.property.clone(), target.connection.clone());
        }
    }

    /// Takes what is held out of what was found: neither read nor planned. The connection
    /// that is the cause stays, so that the guards say what is unknown there.
    pub(super) fn leave_out(&self, found: &mut Found) {
        found.targets.retain(|(connection, property), _| {
            let dead = self.0.get(property);
            dead.is_none_or(|dead| dead == connection)
        });
    }

    /// Says of what was left out why it was.
    pub(super) fn explain(&self, outcome: &mut Outcome) {
        for refused in &mut outcome.plan.refused {
            let guarded = refused
                .findings
                .iter()
                .any(|finding| finding.code != "plan.undiscovered");
            if let Some(dead) = self.0.get(&refused.property).filter(|_| !guarded) {
                refused.findings = vec![why(refused, dead)];
            }
        }
    }

    /// Whether that was held, and no guard stopped it.
    pub(super) fn has(refused: &Refused) -> bool {
        refused
            .findings
            .iter()
            .all(|finding| finding.code == "plan.held")
    }
}

fn why(refused: &Refused, dead: &ConnectionId) -> Finding {
    let place = Place::property(&refused.property, &refused.name).on(&refused.connection);
    let message = if refused.connection == *dead {
        "held, because the connection cannot be used".to_owned()
    } else {
        format!("held, because its prices at {dead} could not follow")
    };
    Finding::error("plan.held", place, message)
        .hint("Repair the connection, then plan again; or take its line out of mapping.csv.")
}
