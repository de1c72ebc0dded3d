//! Counts what arrived at vendors against the allowances that adapters declare.
//!
//! A simulator counts by its vendor's figures. A scenario may declare smaller ones, so that
//! a small portfolio meets them; those are counted here, with the vendors' kind of meter.
//!
//! Invariant: only arrivals count, as at a vendor; what we believe to have sent does not.

use std::collections::BTreeMap;

use rackrate_core::adapter::Adapter;
use rackrate_core::chunk::Target;
use rackrate_core::ids::VendorId;
use rackrate_core::limit::{Scope, Window};
use rackrate_core::simulator::Meter;
use rackrate_simulator::world::Arrived;

use crate::play::Played;
use crate::scenario::Scenario;

/// Arrivals beyond a declared allowance.
pub fn beyond(scenario: &Scenario, played: &Played) -> u64 {
    let accounts = scenario.accounts.iter().enumerate();
    accounts
        .map(|(at, account)| {
            let arrivals = played.world.arrivals.iter();
            let mine = arrivals.filter(|one| one.connection.0 == at);
            let targets: Vec<_> = account.targets.iter().map(AsRef::as_ref).collect();
            account
                .adapter()
                .map_or(0, |adapter| breaches(adapter.as_ref(), &targets, mine))
        })
        .sum()
}

/// Arrivals beyond what that adapter says its vendor allows.
pub fn breaches<'a>(
    adapter: &dyn Adapter,
    targets: &[&Target],
    arrivals: impl Iterator<Item = &'a Arrived>,
) -> u64 {
    let limits = adapter.limits();
    let mut meters: BTreeMap<(usize, Option<&VendorId>), Meter> = BTreeMap::new();
    let mut count = 0;
    for arrived in arrivals {
        // What is about no property is charged alike for all of them.
        let target = targets
            .iter()
            .find(|target| Some(&target.vendor_property) == arrived.property.as_ref())
            .or(targets.first());
        let Some(target) = target else { continue };
        for charge in limits.charges(arrived.operation, target) {
            let quota = &limits.quotas()[charge.quota];
            let Window::Rolling(span) = quota.window else {
                continue;
            };
            let by = match quota.scope {
                Scope::Property => arrived.property.as_ref(),
                // Arrivals do not tell their plan; the simulator's own meter counts these.
                Scope::Plan => continue,
                Scope::Address | Scope::Client | Scope::Connection => None,
            };
            let meter = meters
                .entry((charge.quota, by))
                .or_insert_with(|| Meter::new(quota.limit, span));
            for _ in 0..charge.cost {
                count += u64::from(meter.arrive(arrived.at).is_err());
            }
        }
    }
    count
}
