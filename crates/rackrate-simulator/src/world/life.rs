//! The living program in a world: it is told events, and its effects are carried out.
//!
//! Invariant: what a dead program left behind is only what the ledger may have got.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use rackrate_core::clock::Mono;
use rackrate_ledger::op::LedgerOp;
use rackrate_runtime::desk::{Attempt, Desk};
use rackrate_runtime::engine::Engine;
use rackrate_runtime::engine::types::{BatchId, Effect, Event, Report, SendId};

use super::happening::Happening;
use super::{Boundary, Stopped, World};

/// A program from its start to its end.
#[derive(Debug)]
pub(super) struct Life {
    pub(super) number: u32,
    pub(super) engine: Engine,
    pub(super) desk: Desk,
    pub(super) attempts: BTreeMap<SendId, Attempt>,
    pub(super) batches: VecDeque<(BatchId, Vec<LedgerOp>)>,
    pub(super) last_ack: Mono,
    pub(super) wake: Option<Mono>,
    pub(super) reports: Vec<(Mono, Report)>,
    pub(super) idle: bool,
}

impl Life {
    /// The program as it starts.
    pub(super) fn new(number: u32, engine: Engine, desk: Desk, now: Mono) -> Self {
        Self {
            number,
            engine,
            desk,
            attempts: BTreeMap::new(),
            batches: VecDeque::new(),
            last_ack: now,
            wake: None,
            reports: Vec::new(),
            idle: false,
        }
    }
}

impl World {
    pub(super) fn alive(&mut self, number: u32) -> Option<&mut Life> {
        self.life.as_mut().filter(|life| life.number == number)
    }

    pub(super) fn event(&mut self, event: Event) -> Result<Option<Stopped>, String> {
        let now = self.moment();
        let Some(life) = &mut self.life else {
            return Ok(None);
        };
        life.idle = false;
        life.wake = None;
        let effects = life.engine.on(now, event);
        for effect in effects {
            if self.dies_before(&effect) {
                return Ok(Some(Stopped::Crashed(self.die(&effect)?)));
            }
            self.carry_out(effect);
        }
        Ok(None)
    }

    fn dies_before(&mut self, effect: &Effect) -> bool {
        match &mut self.crash {
            Some((kind, _)) if *kind != Boundary::of(effect) => false,
            Some((_, 0)) => true,
            Some((_, left)) => {
                *left -= 1;
                false
            }
            None => false,
        }
    }

    /// The program is gone. Of the batches the ledger has not acknowledged, the first few
    /// may have been written all the same.
    fn die(&mut self, before: &Effect) -> Result<Boundary, String> {
        self.crash = None;
        let Some(life) = self.life.take() else {
            return Ok(Boundary::Telling);
        };
        let written = self.seed.between(0, life.batches.len() as u64) as usize;
        for (_, ops) in life.batches.into_iter().take(written) {
            self.apply(ops)?;
        }
        let boundary = Boundary::of(before);
        self.trace
            .note(self.now, "crash", &[&written.to_le_bytes()], || {
                format!("crash before {boundary:?}, {written} batches survive")
            });
        Ok(boundary)
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Commit { batch, ops } => self.write(batch, ops),
            Effect::Send { send, verb, ticket } => self.send(send, verb, ticket),
            Effect::WakeAt(at) => {
                let number = self.lives;
                if let Some(life) = &mut self.life {
                    life.wake = Some(at);
                }
                self.schedule(at, Happening::Wake { life: number });
            }
            Effect::Publish(..) => {}
            // Nobody changes secrets here.
            Effect::Reread(grant) => {
                let changed = Vec::new();
                self.tell(self.now, Event::Reread { grant, changed });
            }
            Effect::Report(report) => {
                self.trace
                    .note(self.now, "report", &[], || format!("report {report:?}"));
                let now = self.now;
                if let Some(life) = &mut self.life {
                    life.idle = matches!(report, Report::Idle);
                    life.reports.push((now, report));
                }
            }
        }
    }

    fn write(&mut self, batch: BatchId, ops: Vec<LedgerOp>) {
        self.trace.note(
            self.now,
            "commit",
            &[&batch.0.to_le_bytes(), &ops.len().to_le_bytes()],
            || format!("commit {batch:?} {ops:?}"),
        );
        let flush = Duration::from_micros(self.seed.between(200, 4000));
        let now = self.now;
        let Some(life) = &mut self.life else { return };
        life.last_ack = life.last_ack.max(now.after(flush));
        life.batches.push_back((batch, ops));
        let (at, number) = (life.last_ack, life.number);
        self.schedule(at, Happening::Acknowledged { life: number });
    }

    pub(super) fn acknowledged(&mut self, number: u32) -> Result<Option<Stopped>, String> {
        let Some((batch, ops)) = self.alive(number).and_then(|life| life.batches.pop_front())
        else {
            return Ok(None);
        };
        self.apply(ops)?;
        self.event(Event::Committed(batch))
    }
}
