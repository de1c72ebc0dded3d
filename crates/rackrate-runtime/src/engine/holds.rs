//! Lanes of which nothing new leaves in this run: their grant has died, they cannot be written,
//! or somebody asked for it.
//!
//! By default a property is written everywhere or nowhere, so that a hotel does not show new
//! prices in one place and old ones in another. Where somebody asked, the grant stays alive: what
//! may have left is settled, and prices may be read.

use rackrate_ledger::audit::Note;
use rackrate_ledger::op::LedgerOp;

use super::Engine;
use super::lane::{Ask, Phase};
use super::types::{Failure, GrantIx, LaneIx, Now, Report};

/// The words that begin the failure of a lane which is held for another connection's.
pub const ELSEWHERE: &str = "another connection of this property cannot be written";

impl Engine {
    /// A dead grant stops its lanes, and by default every lane of their properties, so that
    /// a hotel does not show new prices in one place and old ones in another.
    pub(super) fn grant_died(&mut self, grant: GrantIx, failure: &Failure) {
        self.note_died(grant, failure);
        if self.wanted[grant.0] {
            self.no_token(grant, failure);
        }
        let lanes = (0..self.lanes.len()).map(LaneIx);
        let (on_it, others): (Vec<_>, Vec<_>) =
            lanes.partition(|lane| self.grant_of(*lane) == grant);
        for lane in &on_it {
            self.fail_reads(*lane, failure);
            self.hold(*lane, failure);
        }
        for lane in others {
            let property = &self.lanes[lane.0].spec.key.property;
            let shared = on_it
                .iter()
                .any(|dead| self.lanes[dead.0].spec.key.property == *property);
            if shared {
                self.hold(lane, &beside(failure));
            }
        }
        for connection in 0..self.setup.connections.len() {
            if self.setup.connections[connection].grant == grant {
                self.fail_discovery(connection, failure);
            }
        }
    }

    /// Nothing new of a lane leaves in this run.
    pub(super) fn hold(&mut self, lane: LaneIx, failure: &Failure) {
        if self.lanes[lane.0].held.is_none() {
            self.lanes[lane.0].held = Some(failure.clone());
            self.note_held(lane, failure);
            self.report(Report::Held(lane, failure.clone()));
        }
    }

    /// A lane cannot be written, so the property is written nowhere.
    pub(super) fn hold_property(&mut self, lane: LaneIx, failure: &Failure) {
        self.hold(lane, failure);
        let property = self.lanes[lane.0].spec.key.property.clone();
        for other in (0..self.lanes.len())
            .map(LaneIx)
            .filter(|other| *other != lane)
        {
            if self.lanes[other.0].spec.key.property == property {
                self.hold(other, &beside(failure));
            }
        }
    }

    /// Nothing new of the lane leaves. What may have arrived still has to be settled, and
    /// that is tried like any other exchange that fails: with pauses.
    pub(super) fn hold_at(&mut self, lane: LaneIx, at: usize, failure: &Failure, now: Now) {
        self.hold(lane, failure);
        let one = &mut self.lanes[lane.0].active[at];
        match one.maybe || one.ask != Ask::Push {
            true => self.again(lane, at, failure, now),
            false => one.phase = Phase::Due(now.mono),
        }
    }

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

/// What a lane is told whose property has another one that cannot be written.
fn beside(failure: &Failure) -> Failure {
    let text = format!("{ELSEWHERE}: {}", failure.text);
    Failure {
        text,
        ..failure.clone()
    }
}
