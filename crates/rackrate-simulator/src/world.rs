//! The simulation host: program, ledger, network and vendors in virtual time.
//!
//! It does what the engine says, as the tokio driver does, but every delay, fault and crash
//! comes from one seed. A crash is an effect boundary: the program dies before an effect is
//! carried out, its requests stay on their way, and of what it wrote only what the ledger
//! acknowledged is sure to be there.
//!
//! `life` carries out what the engine says; `way` carries requests to the vendors and answers
//! back.
//!
//! Invariant: nothing here decides about a price; only the engine does.

mod boundary;
mod happening;
mod life;
mod way;

use std::collections::BTreeMap;

use rackrate_core::clock::{Mono, Wall};
use rackrate_core::exchange::Operation;
use rackrate_core::ids::VendorId;
use rackrate_core::seed::Seed;
use rackrate_core::simulator::{Control, Simulator};
use rackrate_ledger::model::ModelLedger;
use rackrate_ledger::op::LedgerOp;
use rackrate_runtime::desk::Desk;
use rackrate_runtime::engine::Engine;
use rackrate_runtime::engine::types::{ConnIx, Event, Now, Report};

use crate::faults::{Fate, Faults};
use crate::trace::Trace;
pub use boundary::Boundary;
use happening::Happening;
use life::Life;

/// A world with vendors, a ledger, and at most one living program.
#[derive(Debug)]
pub struct World {
    now: Mono,
    epoch: Wall,
    seed: Seed,
    /// One simulator per connection, in the order of the desk.
    pub vendors: Vec<Box<dyn Simulator>>,
    /// What may happen on the way.
    pub faults: Faults,
    /// What is durable.
    pub ledger: ModelLedger,
    life: Option<Life>,
    lives: u32,
    happenings: BTreeMap<(Mono, u64), Happening>,
    order: u64,
    wires: u64,
    /// The program dies before an effect of that kind, after so many others of it.
    crash: Option<(Boundary, u64)>,
    trace: Trace,
    /// Everything that was written down, where it is kept.
    pub journal: Option<Vec<LedgerOp>>,
    /// Faults at chosen requests: the operation, how many of it pass first, what happens.
    pub script: Vec<(Operation, u64, Fate)>,
    /// The first write of each vendor, as it went over the wire but for its secrets.
    pub first_writes: BTreeMap<usize, String>,
    /// How often what happened to requests.
    pub fates: BTreeMap<(Fate, Operation), u64>,
    /// Every request that reached a vendor, in order: what allowances are judged by.
    pub arrivals: Vec<Arrived>,
    /// Events scheduled for the living program.
    told: usize,
}

/// A request that reached a vendor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// When.
    pub at: Mono,
    /// Over which connection.
    pub connection: ConnIx,
    /// What it was.
    pub operation: Operation,
    /// The property it was about, if it was about one.
    pub property: Option<VendorId>,
}

/// Why a run came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stopped {
    /// The engine has nothing left to do.
    Idle,
    /// The program died before this kind of effect.
    Crashed(Boundary),
    /// Nothing can happen any more and the engine still waits: a fault of the program.
    Stuck,
    /// The time allowed is over.
    TooLong,
}

impl World {
    /// A world at the start of its clock, which stands for `epoch`.
    pub fn new(seed: u64, epoch: Wall, vendors: Vec<Box<dyn Simulator>>, faults: Faults) -> Self {
        Self {
            now: Mono(0),
            epoch,
            seed: Seed::new(seed).branch("world"),
            vendors,
            faults,
            ledger: ModelLedger::default(),
            life: None,
            lives: 0,
            happenings: BTreeMap::new(),
            order: 0,
            wires: 0,
            crash: None,
            trace: Trace::default(),
            journal: None,
            script: Vec::new(),
            first_writes: BTreeMap::new(),
            fates: BTreeMap::new(),
            arrivals: Vec::new(),
            told: 0,
        }
    }

    /// Keeps the trace in words too.
    pub fn keep_words(&mut self) {
        self.trace.keep_words();
    }

    /// The trace.
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    /// The time.
    pub fn now(&self) -> Mono {
        self.now
    }

    /// The civil time.
    pub fn wall(&self) -> Wall {
        self.epoch.after(self.now.since(Mono(0)))
    }

    /// Moves the clock to a later point at which nothing happens before.
    pub fn skip_to(&mut self, at: Mono) {
        self.now = self.now.max(at);
    }

    /// The moment, with fresh randomness, as a host hands it to the engine.
    pub fn moment(&mut self) -> Now {
        Now {
            mono: self.now,
            wall: self.wall(),
            random: self.seed.draw(),
        }
    }

    /// The program starts. The engine is told [`Event::Start`] first.
    pub fn boot(&mut self, make: impl FnOnce(Now) -> (Engine, Desk)) {
        let now = self.moment();
        let (engine, desk) = make(now);
        self.lives += 1;
        self.told = 0;
        self.life = Some(Life::new(self.lives, engine, desk, self.now));
        self.schedule(
            self.now,
            Happening::Event {
                life: self.lives,
                event: Event::Start,
            },
        );
    }

    /// The program will die before an effect of that kind, after so many others of it.
    pub fn crash_before(&mut self, crash: Option<(Boundary, u64)>) {
        self.crash = crash;
    }

    /// Tells the living program something, at a time.
    pub fn tell(&mut self, at: Mono, event: Event) {
        let life = self.lives;
        if let Some(life) = &mut self.life {
            life.idle = false;
        }
        self.schedule(at, Happening::Event { life, event });
    }

    /// Does something to a vendor, at a time.
    pub fn control(&mut self, at: Mono, vendor: usize, command: Control) {
        self.schedule(at, Happening::Control { vendor, command });
    }

    /// Does something to a vendor now.
    pub fn change_now(&mut self, vendor: usize, command: &Control) {
        self.vendors[vendor].advance(self.now);
        self.vendors[vendor].control(command, self.now);
    }

    /// What the living program reported since this was last asked, and when.
    pub fn reports(&mut self) -> Vec<(Mono, Report)> {
        self.life
            .as_mut()
            .map(|life| std::mem::take(&mut life.reports))
            .unwrap_or_default()
    }

    /// Attempts of the living program that have not come to their end.
    pub fn under_way(&self) -> usize {
        self.life.as_ref().map_or(0, |life| life.attempts.len())
    }

    /// Ends the living program as its user would: with the words of a clean end, if it can
    /// say them.
    pub fn close(&mut self) {
        let now = self.moment();
        if let Some(mut life) = self.life.take() {
            let _ = self.apply(life.engine.closed(now));
        }
    }

    /// Writes something down outside of any life.
    ///
    /// # Errors
    /// When the ledger refuses it.
    pub fn note(&mut self, ops: Vec<LedgerOp>) -> Result<(), String> {
        self.apply(ops)
    }

    fn apply(&mut self, ops: Vec<LedgerOp>) -> Result<(), String> {
        self.ledger.apply(&ops).map_err(|error| error.to_string())?;
        if let Some(journal) = &mut self.journal {
            journal.extend(ops);
        }
        Ok(())
    }

    /// Lets the world run until the engine is idle, the program dies, or `until`.
    ///
    /// # Errors
    /// When the ledger refuses what the engine wants written: a fault of the program.
    pub fn run(&mut self, until: Mono) -> Result<Stopped, String> {
        loop {
            if self.life.as_ref().is_some_and(|life| life.idle) && self.told == 0 {
                return Ok(Stopped::Idle);
            }
            let Some((&(at, _), _)) = self.happenings.first_key_value() else {
                return Ok(Stopped::Stuck);
            };
            if at > until {
                return Ok(Stopped::TooLong);
            }
            self.now = self.now.max(at);
            let Some((_, happening)) = self.happenings.pop_first() else {
                continue;
            };
            if let Some(stopped) = self.happen(happening)? {
                return Ok(stopped);
            }
        }
    }

    fn schedule(&mut self, at: Mono, happening: Happening) {
        self.order += 1;
        if matches!(happening, Happening::Event { life, .. } if life == self.lives) {
            self.told += 1;
        }
        self.happenings
            .insert((at.max(self.now), self.order), happening);
    }

    fn happen(&mut self, happening: Happening) -> Result<Option<Stopped>, String> {
        match happening {
            Happening::Wake { life } => {
                let due = self.alive(life).is_some_and(|life| life.wake.is_some());
                let reached = self
                    .life
                    .as_ref()
                    .and_then(|life| life.wake)
                    .is_some_and(|wake| wake <= self.now);
                if due && reached {
                    return self.event(Event::Clock);
                }
            }
            Happening::Acknowledged { life } => return self.acknowledged(life),
            Happening::Arrival(arrival) => self.arrive(*arrival),
            Happening::AnswerReady {
                vendor,
                wire,
                life,
                send,
                fate,
            } => self.answer_ready(vendor, wire, life, send, fate),
            Happening::Answered {
                life,
                send,
                response,
            } => return self.answered(life, send, &response),
            Happening::Unanswered {
                life,
                send,
                kind,
                delivery,
                text,
            } => return self.unanswered(life, send, kind, delivery, text),
            Happening::Event { life, event } => {
                self.told -= usize::from(life == self.lives);
                if self.alive(life).is_some() {
                    return self.event(event);
                }
            }
            Happening::Control { vendor, command } => {
                self.trace
                    .note(self.now, "control", &[&vendor.to_le_bytes()], || {
                        format!("vendor {vendor}: {command:?}")
                    });
                self.vendors[vendor].advance(self.now);
                self.vendors[vendor].control(&command, self.now);
            }
        }
        Ok(None)
    }
}
