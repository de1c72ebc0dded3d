//! What may follow what: the one table that every ledger obeys.
//!
//! A ledger shows what it holds as a [`Book`]; [`check`] judges a whole batch against it
//! before anything is written, each operation in the light of those before it.
//!
//! Invariant: a request that may have left can never be taken for one that did not.

use std::collections::BTreeMap;

use rackrate_core::ids::JobRef;

use crate::audit::{Checkpoint, Digest, Note, Pseudonym};
use crate::error::LedgerError;
use crate::op::{ChunkId, ChunkRecord, ChunkState, LaneKey, LedgerOp, Outcome, RunId, RunRecord};
use crate::store::Result;

/// The largest number a ledger can store.
const LARGEST: u64 = i64::MAX as u64;

/// What can happen to a planned request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// Its first byte may leave.
    Depart,
    /// It became this job.
    Queue(&'a JobRef),
    /// The vendor finished, or we stopped asking.
    End,
    /// It certainly never arrived.
    Return,
    /// A newer wish replaced it.
    Supersede,
    /// It will not be sent.
    Skip,
}

impl Step<'_> {
    /// The state it leads to.
    pub fn to(self) -> ChunkState {
        match self {
            Self::Depart => ChunkState::Departing,
            Self::Queue(_) => ChunkState::Queued,
            Self::End => ChunkState::Answered,
            Self::Return => ChunkState::Planned,
            Self::Supersede => ChunkState::Superseded,
            Self::Skip => ChunkState::Skipped,
        }
    }
}

/// Where a request stands, as far as the table asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// Its state.
    pub state: ChunkState,
    /// Its job.
    pub job: Option<JobRef>,
}

impl Stage {
    /// Whether the step is legal here. This is the whole table.
    ///
    /// | from | legal steps |
    /// |---|---|
    /// | planned | depart, supersede, skip |
    /// | departing | depart again, queue, end, return |
    /// | queued | queue with the same job, end |
    /// | answered, superseded, skipped | none |
    pub fn allows(&self, step: Step<'_>) -> bool {
        match (self.state, step) {
            (ChunkState::Planned, Step::Depart | Step::Supersede | Step::Skip)
            | (ChunkState::Departing, Step::Depart | Step::Queue(_) | Step::End | Step::Return)
            | (ChunkState::Queued, Step::End) => true,
            (ChunkState::Queued, Step::Queue(job)) => self.job.as_ref() == Some(job),
            _ => false,
        }
    }

    fn after(&self, step: Step<'_>) -> Self {
        let job = match step {
            Step::Queue(job) => Some(job.clone()),
            _ => self.job.clone(),
        };
        let state = step.to();
        Self { state, job }
    }
}

/// What a ledger holds, as far as the rules ask.
pub trait Book {
    /// Where a request stands; `None` when it was never planned.
    ///
    /// # Errors
    /// When the store cannot be read; the same for the other methods.
    fn stage(&self, chunk: &ChunkId) -> Result<Option<Stage>>;

    /// The last number used in a lane.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn last_seq(&self, lane: &LaneKey) -> Result<Option<u64>>;

    /// Whether a run began.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn has_run(&self, run: RunId) -> Result<bool>;

    /// The last run that began.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn last_run(&self) -> Result<Option<RunId>>;

    /// The run that applied a plan.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn run_of_plan(&self, fingerprint: &str) -> Result<Option<RunId>>;

    /// The name of the audit trail and the digest of one of its lines.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn audit_line(&self, line: u64) -> Result<Option<(String, Digest)>>;

    /// Whether the audit trail has a checkpoint there.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn has_checkpoint(&self, line: u64) -> Result<bool>;

    /// Whether there is a name behind a pseudonym.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn is_actor(&self, actor: &Pseudonym) -> Result<bool>;
}

/// Judges a batch against what a ledger holds.
///
/// # Errors
/// The first operation that the rules forbid, or the book's own failure.
pub fn check(book: &dyn Book, ops: &[LedgerOp]) -> Result<()> {
    let mut draft = Draft {
        book,
        stages: BTreeMap::new(),
        seqs: BTreeMap::new(),
        runs: Vec::new(),
    };
    ops.iter().try_for_each(|op| draft.admit(op))
}

/// The book as it will be after the operations admitted so far.
struct Draft<'a> {
    book: &'a dyn Book,
    stages: BTreeMap<&'a ChunkId, Stage>,
    seqs: BTreeMap<&'a LaneKey, u64>,
    runs: Vec<&'a RunRecord>,
}

impl<'a> Draft<'a> {
    fn admit(&mut self, op: &'a LedgerOp) -> Result<()> {
        match op {
            LedgerOp::RunStarted(run) => self.start(run),
            LedgerOp::RunEnded { run, .. } => self.known_run(*run),
            LedgerOp::Planned(record) => self.plan(record),
            LedgerOp::Departing { chunk, .. } => self.step(chunk, Step::Depart),
            LedgerOp::Queued { chunk, job, .. } => self.step(chunk, Step::Queue(job)),
            LedgerOp::Ended { chunk, .. } => self.step(chunk, Step::End),
            LedgerOp::Returned { chunk } => self.step(chunk, Step::Return),
            LedgerOp::Superseded { chunk, by } => self.supersede(chunk, by.as_ref()),
            LedgerOp::Skipped { chunk } => self.step(chunk, Step::Skip),
            LedgerOp::Outcome(outcome) => self.outcome(outcome),
            LedgerOp::Noted(note) => self.note(note),
            LedgerOp::Opened { .. }
            | LedgerOp::Closed { .. }
            | LedgerOp::Reserved(_)
            | LedgerOp::Token(_)
            | LedgerOp::Grant(_)
            | LedgerOp::Resealed(_)
            | LedgerOp::Forgotten { .. }
            | LedgerOp::Seen(_)
            | LedgerOp::Desired(_)
            | LedgerOp::Filed(_) => Ok(()),
        }
    }

    fn start(&mut self, run: &'a RunRecord) -> Result<()> {
        let last = match self.runs.last() {
            Some(newer) => Some(newer.id),
            None => self.book.last_run()?,
        };
        if let Some(last) = last.filter(|last| run.id <= *last) {
            return Err(LedgerError::RunUsed { run: run.id, last });
        }
        fits("a run's number", run.id.0)?;
        if let Some(run) = self.applied(&run.plan)? {
            return Err(LedgerError::PlanApplied { run });
        }
        self.runs.push(run);
        Ok(())
    }

    /// An empty fingerprint means that no plan file was there, so nothing applies twice.
    fn applied(&self, plan: &str) -> Result<Option<RunId>> {
        if plan.is_empty() {
            return Ok(None);
        }
        match self.runs.iter().find(|run| run.plan == plan) {
            Some(run) => Ok(Some(run.id)),
            None => self.book.run_of_plan(plan),
        }
    }

    fn known_run(&self, run: RunId) -> Result<()> {
        if self.runs.iter().any(|new| new.id == run) || self.book.has_run(run)? {
            return Ok(());
        }
        Err(LedgerError::UnknownRun { run })
    }

    /// Numbers only go up within a lane, so a number once passed over is used too.
    fn plan(&mut self, record: &'a ChunkRecord) -> Result<()> {
        self.known_run(record.run)?;
        if !is_fresh(record) {
            let (chunk, state) = (record.id.clone(), record.state);
            return Err(LedgerError::NotFresh { chunk, state });
        }
        let last = match self.seqs.get(&record.id.lane) {
            Some(seq) => Some(*seq),
            None => self.book.last_seq(&record.id.lane)?,
        };
        if let Some(last) = last.filter(|last| record.id.seq <= *last) {
            let chunk = record.id.clone();
            return Err(LedgerError::SeqUsed { chunk, last });
        }
        fits("a request's number", record.id.seq)?;
        self.seqs.insert(&record.id.lane, record.id.seq);
        let (state, job) = (ChunkState::Planned, None);
        self.stages.insert(&record.id, Stage { state, job });
        Ok(())
    }

    fn stage(&self, chunk: &ChunkId) -> Result<Stage> {
        let stage = match self.stages.get(chunk) {
            Some(stage) => Some(stage.clone()),
            None => self.book.stage(chunk)?,
        };
        stage.ok_or_else(|| LedgerError::UnknownChunk {
            chunk: chunk.clone(),
        })
    }

    fn step(&mut self, chunk: &'a ChunkId, step: Step<'a>) -> Result<()> {
        let stage = self.stage(chunk)?;
        if !stage.allows(step) {
            return Err(illegal(chunk, &stage, step));
        }
        self.stages.insert(chunk, stage.after(step));
        Ok(())
    }

    /// What replaces a request stands behind it in the same lane.
    fn supersede(&mut self, chunk: &'a ChunkId, by: Option<&ChunkId>) -> Result<()> {
        if let Some(by) = by.filter(|by| by.lane != chunk.lane || by.seq <= chunk.seq) {
            return Err(LedgerError::Illegal {
                chunk: chunk.clone(),
                state: self.stage(chunk)?.state,
                to: ChunkState::Superseded,
                detail: format!(" by {by}, which does not follow it"),
            });
        }
        by.map_or(Ok(()), |by| fits("a request's number", by.seq))?;
        self.step(chunk, Step::Supersede)
    }

    fn outcome(&self, outcome: &Outcome) -> Result<()> {
        self.stage(&outcome.chunk)?;
        if outcome.last < outcome.first {
            let chunk = outcome.chunk.clone();
            return Err(LedgerError::Backwards { chunk });
        }
        Ok(())
    }

    fn note(&self, note: &Note) -> Result<()> {
        match note {
            Note::Signed(checkpoint) => self.signed(checkpoint),
            Note::Erased { actor, .. } if !self.book.is_actor(actor)? => {
                let actor = actor.clone();
                Err(LedgerError::UnknownActor { actor })
            }
            Note::Cut { through, .. } if !self.book.has_checkpoint(*through)? => {
                Err(LedgerError::NoCheckpoint { line: *through })
            }
            _ => Ok(()),
        }
    }

    /// Only what is in the trail can be signed.
    fn signed(&self, checkpoint: &Checkpoint) -> Result<()> {
        let line = self.book.audit_line(checkpoint.line)?;
        let meant = (checkpoint.chain.clone(), checkpoint.digest.clone());
        if line == Some(meant) {
            return Ok(());
        }
        let line = checkpoint.line;
        Err(LedgerError::NotInTrail { line })
    }
}

fn is_fresh(record: &ChunkRecord) -> bool {
    record.state == ChunkState::Planned
        && record.departed.is_none()
        && record.superseded_by.is_none()
        && record.job.is_none()
        && record.receipt.is_none()
        && record.accepted.is_none()
}

fn fits(what: &'static str, number: u64) -> Result<()> {
    if number <= LARGEST {
        return Ok(());
    }
    Err(LedgerError::TooLarge { what })
}

fn illegal(chunk: &ChunkId, stage: &Stage, step: Step<'_>) -> LedgerError {
    let detail = match (&stage.job, step) {
        (Some(held), Step::Queue(job)) if held != job => {
            format!(" as job {job}: it is job {held}")
        }
        _ => String::new(),
    };
    LedgerError::Illegal {
        chunk: chunk.clone(),
        state: stage.state,
        to: step.to(),
        detail,
    }
}
