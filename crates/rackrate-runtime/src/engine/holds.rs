//! Accounts to which nothing is to be written for now, because somebody asked for that.
//!
//! The grant stays alive: what may have left is settled, and prices may be read.

use rackrate_ledger::audit::Note;
use rackrate_ledger::op::LedgerOp;

use super::Engine;
use super::types::{Failure, GrantIx, LaneIx, Report};

impl Engine {
    /// Nothing new of a grant's lanes leaves, and nothing of their properties elsewhere, so that
    /// a hotel does not show new prices in one place and old ones in another.
    pub(super) fn hold_grant(&mut self, grant: GrantIx, failure: &Failure) {
        let lanes = || (0..self.lanes.len()).map(LaneIx);
        let property = |lane: LaneIx| &self.lanes[lane.0].spec.key.property;
        let on_it = lanes().filter(|lane| self.grant_of(*lane) == grant);
        let on_it: Vec<_> = on_it.collect();
        let meant = lanes().filter(|lane| {
            let mut held = on_it.iter();
            held.any(|held| property(*held) == property(*lane))
        });
        for lane in meant.collect::<Vec<_>>() {
            self.hold_as_asked(lane, failure);
        }
    }

    fn hold_as_asked(&mut self, lane: LaneIx, failure: &Failure) {
        let at = &mut self.lanes[lane.0];
        if at.held.is_none() {
            at.held = Some(failure.clone());
            self.op(LedgerOp::Noted(Note::Held {
                at: self.out.now,
                lane: self.lanes[lane.0].spec.key.clone(),
                why: failure.code.clone(),
            }));
            self.report(Report::Held(lane, failure.clone()));
        }
    }
}
