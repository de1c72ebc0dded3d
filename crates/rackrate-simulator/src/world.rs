//! The simulation host: program, ledger, network and vendors in virtual time.
//!
//! It does what the engine says, as the tokio driver does, but every delay, fault and crash
//! comes from one seed. A crash is an effect boundary: the program dies before an effect is
//! carried out, its requests stay on their way, and of what it wrote only what the ledger
//! acknowledged is sure to be there.
//!
//! Invariant: nothing here decides about a price; only the engine does.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use rackrate_core::clock::{Mono, Wall};
use rackrate_core::error::{Delivery, ErrorKind};
use rackrate_core::exchange::{Operation, Response};
use rackrate_core::seed::Seed;
use rackrate_core::simulator::{Control, Simulator};
use rackrate_ledger::model::ModelLedger;
use rackrate_ledger::op::LedgerOp;
use rackrate_runtime::desk::{Attempt, Desk, Parsed};
use rackrate_runtime::engine::Engine;
use rackrate_runtime::engine::types::{Answer, BatchId, Effect, Event, Now, Report, SendId, Verb};

use crate::faults::{Fate, Faults};

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
}

#[derive(Debug)]
struct Life {
    number: u32,
    engine: Engine,
    desk: Desk,
    attempts: BTreeMap<SendId, Attempt>,
    batches: VecDeque<(BatchId, Vec<LedgerOp>)>,
    last_ack: Mono,
    wake: Option<Mono>,
    reports: Vec<Report>,
    idle: bool,
}

#[derive(Debug)]
enum Happening {
    Wake {
        life: u32,
    },
    Acknowledged {
        life: u32,
    },
    Arrival(Box<Arrival>),
    AnswerReady {
        vendor: usize,
        wire: u64,
        life: u32,
        send: SendId,
        fate: Fate,
    },
    Answered {
        life: u32,
        send: SendId,
        response: Response,
    },
    Unanswered {
        life: u32,
        send: SendId,
        kind: ErrorKind,
        delivery: Delivery,
        text: &'static str,
    },
    Event {
        life: u32,
        event: Event,
    },
    Control {
        vendor: usize,
        command: Control,
    },
}

#[derive(Debug)]
struct Arrival {
    vendor: usize,
    wire: u64,
    life: u32,
    send: SendId,
    fate: Fate,
    request: http::Request<Bytes>,
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

/// Before what the program died.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Boundary {
    /// Writing wishes down.
    Intent,
    /// Writing a departing mark, or an ending, down.
    Mark,
    /// Asking for a token.
    Token,
    /// Sending a write.
    Push,
    /// Asking for a job.
    Poll,
    /// Asking what became of a write.
    LookUp,
    /// Reading back.
    Read,
    /// Telling somebody, or setting the alarm.
    Telling,
}

impl Boundary {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Intent,
        Self::Mark,
        Self::Token,
        Self::Push,
        Self::Poll,
        Self::LookUp,
        Self::Read,
        Self::Telling,
    ];
}

/// What happened, as a digest, and in words when they are wanted.
#[derive(Debug, Default)]
pub struct Trace {
    hasher: blake3::Hasher,
    /// The words.
    pub lines: Option<Vec<String>>,
}

impl Trace {
    fn note(&mut self, now: Mono, words: impl FnOnce() -> String) {
        let line = words();
        self.hasher.update(&now.0.to_le_bytes());
        self.hasher.update(line.as_bytes());
        if let Some(lines) = &mut self.lines {
            lines.push(format!(
                "{:>6}.{:06} {line}",
                now.0 / 1_000_000,
                now.0 % 1_000_000
            ));
        }
    }

    /// The digest of all that happened so far.
    pub fn digest(&self) -> String {
        self.hasher.finalize().to_hex()[..16].to_owned()
    }
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
        }
    }

    /// Keeps the trace in words too.
    pub fn keep_words(&mut self) {
        self.trace.lines = Some(Vec::new());
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
        self.life = Some(Life {
            number: self.lives,
            engine,
            desk,
            attempts: BTreeMap::new(),
            batches: VecDeque::new(),
            last_ack: self.now,
            wake: None,
            reports: Vec::new(),
            idle: false,
        });
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

    /// What the living program reported since this was last asked.
    pub fn reports(&mut self) -> Vec<Report> {
        self.life
            .as_mut()
            .map(|life| std::mem::take(&mut life.reports))
            .unwrap_or_default()
    }

    /// Ends the living program as its user would: with the words of a clean end, if it can
    /// say them.
    pub fn close(&mut self) {
        let now = self.moment();
        if let Some(mut life) = self.life.take() {
            let _ = self.apply(life.engine.closed(now).into_iter().collect());
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
            let events_wait = self
                .happenings
                .values()
                .any(|one| matches!(one, Happening::Event { life, .. } if *life == self.lives));
            if self.life.as_ref().is_some_and(|life| life.idle) && !events_wait {
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
                if self.alive(life).is_some() {
                    return self.event(event);
                }
            }
            Happening::Control { vendor, command } => {
                self.trace
                    .note(self.now, || format!("vendor {vendor}: {command:?}"));
                self.vendors[vendor].advance(self.now);
                self.vendors[vendor].control(&command, self.now);
            }
        }
        Ok(None)
    }

    fn alive(&mut self, number: u32) -> Option<&mut Life> {
        self.life.as_mut().filter(|life| life.number == number)
    }

    fn event(&mut self, event: Event) -> Result<Option<Stopped>, String> {
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
            Some((kind, _)) if *kind != boundary(effect) => false,
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
        let boundary = boundary(before);
        self.trace.note(self.now, || {
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
            Effect::Report(report) => {
                self.trace.note(self.now, || format!("report {report:?}"));
                if let Some(life) = &mut self.life {
                    life.idle = matches!(report, Report::Idle);
                    life.reports.push(report);
                }
            }
        }
    }

    fn write(&mut self, batch: BatchId, ops: Vec<LedgerOp>) {
        self.trace
            .note(self.now, || format!("commit {batch:?} {ops:?}"));
        let flush = Duration::from_micros(self.seed.between(200, 4000));
        let now = self.now;
        let Some(life) = &mut self.life else { return };
        life.last_ack = life.last_ack.max(now.after(flush));
        life.batches.push_back((batch, ops));
        let (at, number) = (life.last_ack, life.number);
        self.schedule(at, Happening::Acknowledged { life: number });
    }

    fn acknowledged(&mut self, number: u32) -> Result<Option<Stopped>, String> {
        let Some((batch, ops)) = self.alive(number).and_then(|life| life.batches.pop_front())
        else {
            return Ok(None);
        };
        self.apply(ops)?;
        self.event(Event::Committed(batch))
    }

    fn send(&mut self, send: SendId, verb: Verb, ticket: Option<rackrate_auth::lifecycle::Ticket>) {
        self.trace
            .note(self.now, || format!("send {send:?} {verb:?}"));
        let operation = operation(&verb);
        let number = self.lives;
        let Some(life) = &mut self.life else { return };
        let attempt = match life.desk.prepare(verb, ticket) {
            Ok(attempt) => attempt,
            Err(failure) => {
                let event = Event::Answer {
                    send,
                    answer: Answer::Failed(failure),
                    feedback: Default::default(),
                };
                return self.schedule(
                    self.now,
                    Happening::Event {
                        life: number,
                        event,
                    },
                );
            }
        };
        let vendor = attempt.connection.0;
        let name = &life
            .desk
            .connection(attempt.connection)
            .adapter
            .manifest()
            .vendor;
        let request = attempt.request.expose(name);
        if operation == Operation::Push {
            self.first_writes
                .entry(vendor)
                .or_insert_with(|| attempt.request.shown());
        }
        life.attempts.insert(send, attempt);
        let fate = self.fate(operation);
        *self.fates.entry((fate, operation)).or_default() += 1;
        match request {
            Ok(request) => self.put_on_the_way(Arrival {
                vendor,
                wire: self.wires,
                life: number,
                send,
                fate,
                request,
            }),
            Err(_) => self.fails(
                self.now,
                number,
                send,
                ErrorKind::Misconfigured,
                Delivery::NotSent,
                "it cannot be sent",
            ),
        }
        self.wires += 1;
    }

    /// What happens to the next request: as the script says, else as the seed does.
    fn fate(&mut self, operation: Operation) -> Fate {
        let mut scripted = None;
        self.script.retain_mut(|(of, pass, fate)| {
            if *of != operation || scripted.is_some() {
                return true;
            }
            if *pass == 0 {
                scripted = Some(*fate);
                return false;
            }
            *pass -= 1;
            true
        });
        scripted.unwrap_or_else(|| self.faults.draw(operation, &mut self.seed))
    }

    fn put_on_the_way(&mut self, arrival: Arrival) {
        let Arrival {
            life, send, fate, ..
        } = arrival;
        let hop = Duration::from_micros(self.seed.between(1_000, 20_000));
        let (soon, deadline) = (self.now.after(hop), self.now.after(self.faults.deadline));
        let horizon = self
            .now
            .after(self.faults.horizon)
            .before(Duration::from_secs(1));
        let late = Mono(self.seed.between(deadline.0, horizon.0.max(deadline.0)));
        match fate {
            Fate::NoConnection => self.fails(
                soon,
                life,
                send,
                ErrorKind::Unavailable,
                Delivery::NotSent,
                "no connection",
            ),
            Fate::RequestLost | Fate::AnswerLost | Fate::Late => {
                self.fails(
                    deadline,
                    life,
                    send,
                    ErrorKind::TimedOut,
                    Delivery::Unknown,
                    "no answer within the deadline",
                );
            }
            Fate::ResetBefore => self.fails(
                soon,
                life,
                send,
                ErrorKind::Unavailable,
                Delivery::Unknown,
                "the connection was reset",
            ),
            Fate::ErrorBefore => self.schedule(
                soon,
                Happening::Answered {
                    life,
                    send,
                    response: Response::new(503, ""),
                },
            ),
            Fate::Throttled => {
                let mut response = Response::new(429, r#"{"error":"rate_limited"}"#);
                response
                    .headers
                    .insert("retry-after", http::HeaderValue::from_static("2"));
                self.schedule(
                    soon,
                    Happening::Answered {
                        life,
                        send,
                        response,
                    },
                );
            }
            _ => {}
        }
        if fate.arrives() {
            let at = if fate == Fate::Late { late } else { soon };
            self.schedule(at, Happening::Arrival(Box::new(arrival)));
        }
    }

    fn fails(
        &mut self,
        at: Mono,
        life: u32,
        send: SendId,
        kind: ErrorKind,
        delivery: Delivery,
        text: &'static str,
    ) {
        self.schedule(
            at,
            Happening::Unanswered {
                life,
                send,
                kind,
                delivery,
                text,
            },
        );
    }

    fn arrive(&mut self, arrival: Arrival) {
        let Arrival {
            vendor,
            wire,
            life,
            send,
            fate,
            request,
        } = arrival;
        self.trace.note(self.now, || {
            format!("arrival {wire} {} {}", request.method(), request.uri())
        });
        let simulator = &mut self.vendors[vendor];
        simulator.advance(self.now);
        let at = simulator.arrive(wire, request, self.now);
        self.schedule(
            at,
            Happening::AnswerReady {
                vendor,
                wire,
                life,
                send,
                fate,
            },
        );
    }

    fn answer_ready(&mut self, vendor: usize, wire: u64, life: u32, send: SendId, fate: Fate) {
        let simulator = &mut self.vendors[vendor];
        simulator.advance(self.now);
        let (parts, body) = simulator.answer(wire, self.now).into_parts();
        let mut response = Response {
            status: parts.status,
            headers: parts.headers,
            body,
        };
        self.trace.note(self.now, || {
            format!("answer {wire} {} {:?}", response.status, response.body)
        });
        let hop = Duration::from_micros(self.seed.between(1_000, 20_000));
        let at = self.now.after(hop);
        match fate {
            Fate::AnswerLost | Fate::Late => return,
            Fate::ResetAfter => {
                return self.fails(
                    at,
                    life,
                    send,
                    ErrorKind::Unavailable,
                    Delivery::Unknown,
                    "the connection was reset",
                );
            }
            Fate::ErrorAfter => response = Response::new(502, "<html>bad gateway</html>"),
            Fate::Truncated => response.body.truncate(response.body.len() / 2),
            Fate::Html => {
                response = Response::new(200, "<!doctype html><title>maintenance</title>")
            }
            _ => {}
        }
        self.schedule(
            at,
            Happening::Answered {
                life,
                send,
                response,
            },
        );
    }

    fn answered(
        &mut self,
        number: u32,
        send: SendId,
        response: &Response,
    ) -> Result<Option<Stopped>, String> {
        let Some(life) = self.alive(number) else {
            return Ok(None);
        };
        let Some(attempt) = life.attempts.remove(&send) else {
            return Ok(None);
        };
        let Parsed { answer, feedback } = life.desk.parse(attempt, response);
        self.event(Event::Answer {
            send,
            answer,
            feedback,
        })
    }

    fn unanswered(
        &mut self,
        number: u32,
        send: SendId,
        kind: ErrorKind,
        delivery: Delivery,
        text: &str,
    ) -> Result<Option<Stopped>, String> {
        let Some(life) = self.alive(number) else {
            return Ok(None);
        };
        if life.attempts.remove(&send).is_none() {
            return Ok(None);
        }
        let Parsed { answer, feedback } = life.desk.unanswered(kind, delivery, text);
        self.event(Event::Answer {
            send,
            answer,
            feedback,
        })
    }
}

fn operation(verb: &Verb) -> Operation {
    match verb {
        Verb::Refresh(_) => Operation::Token,
        Verb::Push { .. } => Operation::Push,
        Verb::Poll { .. } => Operation::Poll,
        Verb::LookUp { .. } => Operation::LookUp,
        Verb::Read { .. } => Operation::Read,
        Verb::Discover { .. } => Operation::Discover,
    }
}

fn boundary(effect: &Effect) -> Boundary {
    match effect {
        Effect::Commit { ops, .. } if ops.iter().any(|op| matches!(op, LedgerOp::Planned(_))) => {
            Boundary::Intent
        }
        Effect::Commit { .. } => Boundary::Mark,
        Effect::Send { verb, .. } => match operation(verb) {
            Operation::Token => Boundary::Token,
            Operation::Push => Boundary::Push,
            Operation::Poll => Boundary::Poll,
            Operation::LookUp => Boundary::LookUp,
            Operation::Read | Operation::Discover => Boundary::Read,
        },
        Effect::WakeAt(_) | Effect::Publish(..) | Effect::Report(_) => Boundary::Telling,
    }
}
