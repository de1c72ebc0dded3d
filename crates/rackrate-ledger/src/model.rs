//! A ledger in memory: what the simulation runs on, and what SQLite is compared with.
//!
//! [`ModelLedger`] is plain state. When a batch counts as durable, and what a crash takes
//! away, is its host's business: a clone made before is the state after the crash.
//!
//! Invariant: a refused batch has changed nothing, because it is judged whole beforehand.

mod memory;
mod trail;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rackrate_core::clock::Wall;
use rackrate_core::ids::{ConnectionId, Ids, PropertyCode, VendorId};

pub use self::memory::MemoryLedger;
use crate::audit::{Digest, MemoryTrail, Pseudonym};
use crate::merge;
use crate::op::{
    ChunkId, ChunkRecord, ChunkState, DesiredSeries, Drawer, Filed, KeptGrant, LaneKey, LedgerOp,
    Outcome, Resealed, Reservation, RunId, RunRecord, SealedToken, SeenSegment, Usage,
};
use crate::store::{Recovered, Result};
use crate::transition::{self, Book, Stage};

type SeenKey = (ConnectionId, VendorId);
type DesiredKey = (ConnectionId, PropertyCode, Ids, u8);

/// Durable state as a value. A clone shares the records, so it is cheap.
#[derive(Clone, Debug)]
pub struct ModelLedger {
    clean: bool,
    opened: Option<Wall>,
    closed: Option<Wall>,
    usage: Vec<Usage>,
    reserved: Vec<Reservation>,
    tokens: BTreeMap<ConnectionId, SealedToken>,
    grants: BTreeMap<ConnectionId, KeptGrant>,
    runs: BTreeMap<RunId, RunRecord>,
    chunks: BTreeMap<ChunkId, Arc<ChunkRecord>>,
    last_seq: BTreeMap<LaneKey, u64>,
    /// Requests for [`Recovered::unfinished`], so that a restart does not walk the history.
    unfinished: BTreeSet<ChunkId>,
    outcomes: BTreeMap<ChunkId, Arc<Vec<Outcome>>>,
    /// Oldest first.
    seen: BTreeMap<SeenKey, Vec<Arc<SeenSegment>>>,
    desired: BTreeMap<DesiredKey, Arc<DesiredSeries>>,
    filed: BTreeMap<Drawer, BTreeMap<String, String>>,
    trail: MemoryTrail,
}

impl Default for ModelLedger {
    fn default() -> Self {
        Self {
            clean: true,
            opened: None,
            closed: None,
            usage: Vec::new(),
            reserved: Vec::new(),
            tokens: BTreeMap::new(),
            grants: BTreeMap::new(),
            runs: BTreeMap::new(),
            chunks: BTreeMap::new(),
            last_seq: BTreeMap::new(),
            unfinished: BTreeSet::new(),
            outcomes: BTreeMap::new(),
            seen: BTreeMap::new(),
            desired: BTreeMap::new(),
            filed: BTreeMap::new(),
            trail: MemoryTrail::default(),
        }
    }
}

impl Book for ModelLedger {
    fn stage(&self, chunk: &ChunkId) -> Result<Option<Stage>> {
        Ok(self.chunks.get(chunk).map(|record| Stage {
            state: record.state,
            job: record.job.clone(),
        }))
    }

    fn last_seq(&self, lane: &LaneKey) -> Result<Option<u64>> {
        Ok(self.last_seq.get(lane).copied())
    }

    fn has_run(&self, run: RunId) -> Result<bool> {
        Ok(self.runs.contains_key(&run))
    }

    fn last_run(&self) -> Result<Option<RunId>> {
        Ok(self.runs.keys().next_back().copied())
    }

    fn run_of_plan(&self, fingerprint: &str) -> Result<Option<RunId>> {
        Ok(self.applied(fingerprint).map(|run| run.id))
    }

    fn audit_line(&self, line: u64) -> Result<Option<(String, Digest)>> {
        Ok(self.trail.line(line))
    }

    fn has_checkpoint(&self, line: u64) -> Result<bool> {
        Ok(self.trail.has_checkpoint(line))
    }

    fn is_actor(&self, actor: &Pseudonym) -> Result<bool> {
        Ok(self.trail.name(actor).is_some())
    }
}

impl ModelLedger {
    /// Writes all of the batch or nothing of it.
    ///
    /// # Errors
    /// The first operation that [`transition::check`] forbids.
    pub fn apply(&mut self, ops: &[LedgerOp]) -> Result<()> {
        transition::check(self, ops)?;
        for op in ops {
            self.tell(op)?;
            self.write(op);
        }
        Ok(())
    }

    /// What a process finds when it starts.
    pub fn recovered(&self) -> Recovered {
        let unfinished: Vec<ChunkRecord> = self
            .unfinished
            .iter()
            .filter_map(|id| self.chunks.get(id))
            .map(|record| ChunkRecord::clone(record))
            .collect();
        let runs: BTreeSet<RunId> = unfinished.iter().map(|record| record.run).collect();
        Recovered {
            clean: self.clean,
            opened: self.opened,
            closed: self.closed,
            usage: self.usage.clone(),
            reserved: self.reserved.clone(),
            tokens: self.tokens.values().cloned().collect(),
            grants: self.grants.values().cloned().collect(),
            last_run: self.runs.keys().next_back().copied().unwrap_or(RunId(0)),
            last_seq: self.last_seq.clone(),
            unfinished,
            runs: runs
                .iter()
                .filter_map(|run| self.runs.get(run).cloned())
                .collect(),
        }
    }

    /// Every run, oldest first.
    pub fn runs(&self) -> impl DoubleEndedIterator<Item = &RunRecord> {
        self.runs.values()
    }

    /// Every request, by lane and number.
    pub fn chunks(&self) -> impl Iterator<Item = &ChunkRecord> {
        self.chunks.values().map(AsRef::as_ref)
    }

    /// Every outcome, by lane, number, identifiers, adults and night.
    pub fn outcomes(&self) -> impl Iterator<Item = &Outcome> {
        self.outcomes.values().flat_map(|list| list.iter())
    }

    /// What is known of a property at a vendor, oldest first.
    pub fn seen(
        &self,
        connection: &ConnectionId,
        vendor_property: &VendorId,
    ) -> impl Iterator<Item = &SeenSegment> {
        let key = (connection.clone(), vendor_property.clone());
        self.seen.get(&key).into_iter().flatten().map(AsRef::as_ref)
    }

    /// Every wish, by connection, property, identifiers and adults.
    pub fn desired(&self) -> impl Iterator<Item = &DesiredSeries> {
        self.desired.values().map(AsRef::as_ref)
    }

    fn applied(&self, fingerprint: &str) -> Option<&RunRecord> {
        let mut runs = self.runs.values();
        runs.find(|run| run.plan == fingerprint && !fingerprint.is_empty())
    }

    fn write(&mut self, op: &LedgerOp) {
        match op {
            LedgerOp::Opened { at, .. } => self.open(*at),
            LedgerOp::Closed { at, usage, .. } => self.close(*at, usage),
            LedgerOp::Reserved(part) => self.reserved.push(part.clone()),
            LedgerOp::Token(token) => {
                self.tokens.insert(token.connection.clone(), token.clone());
            }
            LedgerOp::Resealed(sealed) => self.reseal(sealed),
            LedgerOp::Forgotten { connection, .. } => {
                self.tokens.remove(connection);
                self.grants.remove(connection);
            }
            LedgerOp::Grant(grant) => {
                self.grants.insert(grant.connection.clone(), grant.clone());
            }
            LedgerOp::RunStarted(run) => drop(self.runs.insert(run.id, run.clone())),
            LedgerOp::RunEnded { run, at } => {
                if let Some(run) = self.runs.get_mut(run) {
                    run.ended = Some(*at);
                }
            }
            LedgerOp::Planned(record) => self.plan(record),
            LedgerOp::Outcome(outcome) => self.end(outcome),
            LedgerOp::Seen(segment) => self.see(segment),
            LedgerOp::Desired(series) => self.wish(series),
            LedgerOp::Filed(record) => self.file(record),
            LedgerOp::Noted(note) => self.note(note),
            LedgerOp::Departing { chunk, .. }
            | LedgerOp::Queued { chunk, .. }
            | LedgerOp::Ended { chunk, .. }
            | LedgerOp::Returned { chunk }
            | LedgerOp::Superseded { chunk, .. }
            | LedgerOp::Skipped { chunk } => self.step(chunk, op),
        }
    }

    fn reseal(&mut self, sealed: &Resealed) {
        let token = self.tokens.get_mut(&sealed.connection);
        if let Some((token, text)) = token.zip(sealed.token.as_ref()) {
            token.sealed.clone_from(text);
        }
        let grant = self.grants.get_mut(&sealed.connection);
        if let Some((grant, text)) = grant.zip(sealed.consent.as_ref()) {
            grant.sealed.clone_from(text);
        }
    }

    fn file(&mut self, record: &Filed) {
        let drawer = self.filed.entry(record.drawer).or_default();
        match &record.body {
            Some(body) => drop(drawer.insert(record.name.clone(), body.clone())),
            None => drop(drawer.remove(&record.name)),
        }
    }

    fn open(&mut self, at: Wall) {
        self.clean = false;
        self.opened = Some(at);
    }

    fn close(&mut self, at: Wall, usage: &[Usage]) {
        self.clean = true;
        self.closed = Some(at);
        self.usage = usage.to_vec();
        self.reserved.clear();
    }

    fn plan(&mut self, record: &ChunkRecord) {
        let id = record.id.clone();
        self.last_seq.insert(id.lane.clone(), id.seq);
        self.unfinished.insert(id.clone());
        self.chunks.insert(id, Arc::new(record.clone()));
    }

    fn step(&mut self, id: &ChunkId, op: &LedgerOp) {
        if let Some(record) = self.chunks.get_mut(id) {
            advance(Arc::make_mut(record), op);
        }
        self.count(id);
    }

    fn end(&mut self, outcome: &Outcome) {
        let list = self.outcomes.entry(outcome.chunk.clone()).or_default();
        let list = Arc::make_mut(list);
        let mut kept: Vec<Outcome> = list
            .iter()
            .flat_map(|older| merge::beside(older, outcome))
            .collect();
        kept.push(outcome.clone());
        kept.sort_by(|one, other| place(one).cmp(&place(other)));
        *list = kept;
        self.count(&outcome.chunk);
    }

    /// Counts a request among the unfinished ones, or no longer.
    fn count(&mut self, id: &ChunkId) {
        let Some(record) = self.chunks.get(id) else {
            return;
        };
        let outcomes = self
            .outcomes
            .get(id)
            .map_or(&[][..], |list| list.as_slice());
        if merge::finished(record, outcomes) {
            self.unfinished.remove(id);
        } else {
            self.unfinished.insert(id.clone());
        }
    }

    fn see(&mut self, segment: &SeenSegment) {
        let key = (segment.connection.clone(), segment.vendor_property.clone());
        let list = self.seen.entry(key).or_default();
        list.retain(|older| {
            let same = older.ids == segment.ids && older.adults == segment.adults;
            !(same && merge::replaces(segment, older))
        });
        let behind = list.partition_point(|older| older.at <= segment.at);
        list.insert(behind, Arc::new(segment.clone()));
    }

    fn wish(&mut self, wish: &DesiredSeries) {
        let (connection, property) = (wish.connection.clone(), wish.property.clone());
        let key = (connection, property, wish.ids.clone(), wish.adults);
        match self.desired.get_mut(&key) {
            Some(stored) => Arc::make_mut(stored).series.overlay(&wish.series),
            None => drop(self.desired.insert(key, Arc::new(wish.clone()))),
        }
    }
}

fn place(outcome: &Outcome) -> (&Ids, Option<u8>, rackrate_core::night::Night) {
    (&outcome.ids, outcome.adults, outcome.first)
}

/// Writes a judged step into the record.
fn advance(record: &mut ChunkRecord, op: &LedgerOp) {
    match op {
        LedgerOp::Departing { at, .. } => {
            record.state = ChunkState::Departing;
            record.departed = Some(*at);
        }
        LedgerOp::Queued { job, .. } => {
            record.state = ChunkState::Queued;
            record.job = Some(job.clone());
        }
        LedgerOp::Ended { receipt, at, .. } => {
            record.state = ChunkState::Answered;
            record.accepted = receipt.as_ref().map(|_| *at);
            record.receipt.clone_from(receipt);
        }
        LedgerOp::Returned { .. } => {
            record.state = ChunkState::Planned;
            record.departed = None;
        }
        LedgerOp::Superseded { by, .. } => {
            record.state = ChunkState::Superseded;
            record.superseded_by.clone_from(by);
        }
        LedgerOp::Skipped { .. } => record.state = ChunkState::Skipped,
        _ => {}
    }
}
