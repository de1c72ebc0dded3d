//! The loop: what happened goes to the engine, what it decides is done.
//!
//! Invariant: every attempt that the engine launched gets exactly one answer, unless the
//! run breaks off.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use rackrate_auth::lifecycle::Ticket;
use rackrate_core::clock::{Mono, Wall};
use rackrate_core::error::ErrorKind;
use rackrate_core::limit::Feedback;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::time::{Instant, sleep_until};

use super::attempts::{Attempts, Landed};
use super::clocks::Clocks;
use super::committer::{Committer, Written};
use super::rereads::Rereads;
use super::{Clock, Driver, DriverError, Ended};
use crate::desk::Desk;
use crate::engine::Engine;
use crate::engine::types::{Answer, Effect, Event, Failure, GrantIx, Now, Report, SendId, Verb};
use crate::handle::{AccessToken, Cells, Command, Handle, NoToken};
use crate::places::Fetched;
use crate::transport::Fault;

/// A run at work. The order of the fields is the order of their end: first nobody can ask
/// any more, then those who still wait are told.
#[derive(Debug)]
pub(super) struct Work {
    inbox: UnboundedReceiver<Command>,
    engine: Engine,
    desk: Desk,
    attempts: Attempts,
    rereads: Rereads,
    clock: Clock,
    grace: Duration,
    committer: Committer,
    reports: UnboundedSender<Report>,
    /// Sends that wait until the ledger knows that this process is open; `None` afterwards.
    parked: Option<Vec<(Effect, Now)>>,
    /// When each grant's token request left.
    asking: Vec<Option<(Mono, Wall)>>,
    /// When the last token request left that came to its end.
    answered: Vec<Option<(Mono, Wall)>>,
    wake: Option<Mono>,
    /// The engine's last word is that nothing is left to do.
    idle: bool,
    finishing: bool,
    /// When answers under way are given up.
    stop_by: Option<Instant>,
    tokens: Waited,
    clocks: Clocks,
}

/// Tells those who wait for tokens, however the run ends.
#[derive(Debug)]
struct Waited(Arc<Cells>);

impl Drop for Waited {
    fn drop(&mut self) {
        self.0.close();
    }
}

enum Turn {
    Command(Option<Command>),
    Written(Option<Written>),
    Landed(Box<Landed>),
    Reread(GrantIx, Vec<Fetched>),
    Clock,
    GraceOver,
}

impl Work {
    pub(super) fn new(
        driver: Driver,
        inbox: UnboundedReceiver<Command>,
        reports: UnboundedSender<Report>,
    ) -> Self {
        let grants = driver.desk.connections().iter().map(|one| one.grant.0 + 1);
        let grants = grants.max().unwrap_or_default();
        Self {
            inbox,
            attempts: Attempts::new(driver.transport, driver.clock.now().random),
            rereads: Rereads::new(driver.places),
            committer: Committer::start(driver.ledger),
            reports,
            parked: Some(Vec::new()),
            asking: vec![None; grants],
            answered: vec![None; grants],
            wake: None,
            idle: false,
            finishing: false,
            stop_by: None,
            tokens: Waited(Arc::new(Cells::new(grants))),
            clocks: Clocks::default(),
            engine: driver.engine,
            desk: driver.desk,
            clock: driver.clock,
            grace: driver.grace,
        }
    }

    pub(super) fn handle(&self, commands: UnboundedSender<Command>) -> Handle {
        Handle::new(commands, Arc::clone(&self.tokens.0), self.clock.clone())
    }

    pub(super) async fn run(mut self) -> Result<Ended, DriverError> {
        self.happened(Event::Start);
        while !self.is_over() {
            match self.turn().await? {
                Turn::Command(command) => self.command(command),
                Turn::Written(written) => self.written(written)?,
                Turn::Landed(landed) => self.landed(*landed),
                Turn::Reread(grant, fetched) => {
                    let changed = self.desk.take_secrets(fetched);
                    self.happened(Event::Reread { grant, changed });
                }
                Turn::Clock => {
                    self.wake = None;
                    self.happened(Event::Clock);
                }
                Turn::GraceOver => break,
            }
        }
        self.end().await
    }

    fn is_over(&self) -> bool {
        self.idle && (self.finishing || self.stop_by.is_some())
    }

    async fn turn(&mut self) -> Result<Turn, DriverError> {
        let open = self.parked.is_none() && !self.inbox_ended();
        let wake = self.wake.map(|at| self.clock.instant(at));
        Ok(tokio::select! {
            command = self.inbox.recv(), if open => Turn::Command(command),
            written = self.committer.written.recv() => Turn::Written(written),
            landed = self.attempts.next() => {
                Turn::Landed(Box::new(landed.map_err(|_| DriverError::Panicked)?))
            }
            answered = self.rereads.next() => {
                let (grant, fetched) = answered.map_err(|_| DriverError::Panicked)?;
                Turn::Reread(grant, fetched)
            }
            () = until(wake) => Turn::Clock,
            () = until(self.stop_by) => Turn::GraceOver,
        })
    }

    /// Nobody can command any more, and everything commanded was taken.
    fn inbox_ended(&self) -> bool {
        self.finishing && self.inbox.is_closed() && self.inbox.is_empty()
    }

    fn command(&mut self, command: Option<Command>) {
        match command {
            Some(Command::Event(event)) => self.happened(event),
            Some(Command::Finish) | None => self.finishing = true,
            Some(Command::Stop) => {
                let by = Instant::now() + self.grace;
                self.stop_by.get_or_insert(by);
                self.happened(Event::Stop);
            }
        }
    }

    fn written(&mut self, written: Option<Written>) -> Result<(), DriverError> {
        let batches = written.ok_or(DriverError::Panicked)??;
        for (effect, now) in self.parked.take().unwrap_or_default() {
            let events = self.perform(effect, now);
            self.all_happened(events.into_iter().collect());
        }
        for batch in batches {
            self.happened(Event::Committed(batch));
        }
        Ok(())
    }

    fn landed(&mut self, landed: Landed) {
        let Landed {
            send,
            attempt,
            ticket,
            result,
        } = landed;
        let grant = self.desk.connection(attempt.connection).grant;
        if let Some(grant) = attempt.verb.grant() {
            self.token_landed(grant, result.as_ref().err());
        }
        let event = match result {
            Ok(response) => {
                let ours = self.clock.now().wall;
                if let Some(told) = self.clocks.heard(attempt.connection, &response, ours) {
                    self.report(told);
                }
                let parsed = self.desk.parse(attempt, &response);
                if let (true, Some(ticket)) = (is_refusal(&parsed.answer), ticket) {
                    self.tokens.0.withdrawn(grant, ticket);
                }
                Event::Answer {
                    send,
                    answer: parsed.answer,
                    feedback: parsed.feedback,
                }
            }
            Err(fault) => failed(send, fault.failure()),
        };
        self.happened(event);
    }

    /// Nobody who waits for a token waits longer than one attempt may hang; the engine
    /// tries again nevertheless.
    fn token_landed(&mut self, grant: GrantIx, fault: Option<&Fault>) {
        self.answered[grant.0] = self.asking[grant.0].take();
        self.tokens.0.unasked(grant);
        if let Some(fault @ Fault::TimedOut(_)) = fault {
            let why = NoToken::Failed(Arc::new(fault.failure()));
            self.tokens.0.failed(grant, why);
        }
    }

    fn happened(&mut self, event: Event) {
        self.all_happened(VecDeque::from([event]));
    }

    /// Tells the engine, does what it says, and tells it what came of that at once.
    fn all_happened(&mut self, mut events: VecDeque<Event>) {
        while let Some(event) = events.pop_front() {
            let now = self.clock.now();
            self.idle = self.idle && matches!(event, Event::Clock);
            for effect in self.engine.on(now, event) {
                events.extend(self.perform(effect, now));
            }
        }
    }

    fn perform(&mut self, effect: Effect, now: Now) -> Option<Event> {
        match effect {
            Effect::Commit { batch, ops } => self.committer.commit(batch, ops),
            Effect::Send { send, verb, ticket } => return self.send(send, verb, ticket, now),
            Effect::WakeAt(at) => self.wake = Some(at),
            Effect::Publish(grant, ticket) => self.publish(grant, ticket),
            Effect::Reread(grant) => self.reread(grant),
            Effect::Report(report) => self.report(report),
        }
        None
    }

    fn send(
        &mut self,
        send: SendId,
        verb: Verb,
        ticket: Option<Ticket>,
        now: Now,
    ) -> Option<Event> {
        if let Some(parked) = &mut self.parked {
            parked.push((Effect::Send { send, verb, ticket }, now));
            return None;
        }
        let asks = verb.grant();
        match self.launch(send, verb, ticket) {
            Ok(()) => {
                if let Some(grant) = asks {
                    self.asking[grant.0] = Some((now.mono, now.wall));
                }
                None
            }
            Err(failure) => Some(failed(send, failure)),
        }
    }

    fn launch(&mut self, send: SendId, verb: Verb, ticket: Option<Ticket>) -> Result<(), Failure> {
        let attempt = self.desk.prepare(verb, ticket)?;
        let now = self.clock.now().wall;
        self.attempts.launch(send, attempt, ticket, now, &self.desk)
    }

    fn publish(&mut self, grant: GrantIx, ticket: Ticket) {
        let asking = self.asking[grant.0].is_some();
        if self.tokens.0.kept(grant, ticket, asking) {
            return;
        }
        match (self.desk.token(ticket), self.answered[grant.0]) {
            (Some(token), Some(left)) => {
                let token = AccessToken::new(ticket, token, left);
                self.tokens.0.renewed(grant, token);
            }
            _ => self.tokens.0.failed(grant, NoToken::Static),
        }
    }

    fn reread(&mut self, grant: GrantIx) {
        let mut connections = self.desk.connections().iter();
        if let Some(connection) = connections.find(|one| one.grant == grant) {
            self.rereads.ask(grant, connection.id.clone());
        }
    }

    fn report(&mut self, report: Report) {
        match &report {
            Report::NoToken(grant, failure) => {
                let why = NoToken::Failed(Arc::new(failure.clone()));
                self.tokens.0.failed(*grant, why);
            }
            Report::Idle => self.idle = true,
            _ => {}
        }
        // Whoever does not listen does not want to know.
        let _ = self.reports.send(report);
    }

    /// Closes the ledger, if nothing is under way.
    async fn end(mut self) -> Result<Ended, DriverError> {
        let closed = self.engine.closed(self.clock.now());
        let abandoned = self.engine.in_flight();
        self.committer.finish(closed).await?;
        Ok(Ended { abandoned })
    }
}

fn failed(send: SendId, failure: Failure) -> Event {
    Event::Answer {
        send,
        answer: Answer::Failed(failure),
        feedback: Feedback::default(),
    }
}

/// The vendor certainly refused the credential; the engine drops the token for it too.
fn is_refusal(answer: &Answer) -> bool {
    let certain = ErrorKind::Unauthenticated { certain: true };
    matches!(answer, Answer::Failed(failure) if failure.kind == certain)
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}
