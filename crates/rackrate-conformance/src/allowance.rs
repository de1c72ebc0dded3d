//! Allowances counted to the last call, as an adapter states them.
//!
//! The engine's limiter leaves some of each unused and counts from answers, so it would hide
//! a figure that is a little too high. This one leaves nothing: a permit is used when the
//! request arrives, and is free again one window later.

use std::collections::BTreeMap;

use rackrate_core::adapter::Adapter;
use rackrate_core::clock::Mono;
use rackrate_core::exchange::Operation;
use rackrate_core::limit::{Quota, Scope, Window};
use rackrate_core::simulator::Meter;

use crate::fleet::Seat;

/// Connection, hotel and plan; nothing where all of them are counted together.
type Counted = (Option<usize>, Option<usize>, Option<usize>);

/// What is used of every allowance.
#[derive(Debug, Default)]
pub(crate) struct Allowances {
    meters: BTreeMap<(usize, Counted), Meter>,
    at_work: BTreeMap<(usize, Counted), u32>,
    /// An allowance that is not kept.
    pub(crate) ignored: Option<usize>,
}

/// Why a call has to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    Until(Mono),
    UntilAnswer,
}

/// By what a quota counts that seat.
pub(crate) fn counted(adapter: &dyn Adapter, quota: &Quota, seat: &Seat) -> Counted {
    let connection = Some(seat.connection);
    match quota.scope {
        Scope::Address => (None, None, None),
        Scope::Client if adapter.manifest().client.is_some() => (None, None, None),
        Scope::Client | Scope::Connection => (connection, None, None),
        Scope::Property => (connection, Some(seat.hotel), None),
        Scope::Plan => (connection, Some(seat.hotel), Some(seat.plan)),
    }
}

impl Allowances {
    /// Uses up what a call is charged, or nothing where one allowance is used up already.
    pub(crate) fn take(
        &mut self,
        adapter: &dyn Adapter,
        operation: Operation,
        seat: &Seat,
        now: Mono,
    ) -> Result<(), Full> {
        let (mut used, mut busy) = (Vec::new(), Vec::new());
        for (at, quota, cost) in self.charged(adapter, operation, seat) {
            let key = (at, counted(adapter, quota, seat));
            let Window::Rolling(span) = quota.window else {
                let running = self.at_work.get(&key).copied().unwrap_or(0);
                if running > 0 && running + cost > quota.limit {
                    return Err(Full::UntilAnswer);
                }
                busy.push((key, running + cost));
                continue;
            };
            let meter = self.meters.get(&key).cloned();
            let mut meter = meter.unwrap_or_else(|| Meter::new(quota.limit, span));
            for _ in 0..cost {
                let wait = meter.arrive(now);
                wait.map_err(|wait| Full::Until(now.after(wait)))?;
            }
            used.push((key, meter));
        }
        self.meters.extend(used);
        self.at_work.extend(busy);
        Ok(())
    }

    /// The answer of a call is there.
    pub(crate) fn answered(&mut self, adapter: &dyn Adapter, operation: Operation, seat: &Seat) {
        for (at, quota, cost) in self.charged(adapter, operation, seat) {
            let key = (at, counted(adapter, quota, seat));
            if let Some(running) = self.at_work.get_mut(&key) {
                *running = running.saturating_sub(cost);
            }
        }
    }

    fn charged<'a>(
        &self,
        adapter: &'a dyn Adapter,
        operation: Operation,
        seat: &Seat,
    ) -> Vec<(usize, &'a Quota, u32)> {
        let target = seat.chunks.first().map(|chunk| &chunk.target);
        let limits = adapter.limits();
        let charges = target.map(|target| limits.charges(operation, target));
        let charges = charges.into_iter().flatten();
        let kept = charges.filter(|charge| Some(charge.quota) != self.ignored);
        kept.filter_map(|charge| {
            let quota = limits.quotas().get(charge.quota)?;
            Some((charge.quota, quota, charge.cost))
        })
        .collect()
    }
}
