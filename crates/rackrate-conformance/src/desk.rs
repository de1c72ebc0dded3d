//! Carries requests over to a simulator and answers back, in virtual time.
//!
//! It is no engine: it sends one thing after the other, slowly enough, and keeps nothing.

use std::time::Duration;

use rackrate_core::adapter::{Adapter, Carry, Discovery, ReadAsk, Step, Submission};
use rackrate_core::auth::{Ask, Grant, Token};
use rackrate_core::chunk::{Chunk, Receipt};
use rackrate_core::clock::{Mono, Wall};
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::JobRef;
use rackrate_core::jobs::JobState;
use rackrate_core::key::Key;
use rackrate_core::limit::Window;
use rackrate_core::simulator::{Hotel, Simulator, SimulatorSetup, Timing};

use crate::clause::{Stop, skip};
use crate::parse::Noted;
use crate::vendor::Vendor;

/// Polls of one job at most.
const PATIENCE: usize = 1_000;

pub(crate) struct Desk<'a> {
    vendor: &'a Vendor,
    adapter: Box<dyn Adapter>,
    pub(crate) server: Box<dyn Simulator>,
    pub(crate) now: Mono,
    token: Option<Token>,
    calls: u64,
    /// Pages of the last read.
    pub(crate) pages: usize,
}

/// A simulator with that hotel; its day is the vendor's today.
pub(crate) fn setup(vendor: &Vendor, hotel: &Hotel) -> SimulatorSetup {
    let noon = i64::from(vendor.discover.today.days()) * 86_400_000 + 43_200_000;
    SimulatorSetup {
        seed: 7,
        epoch: Wall(noon),
        hotels: vec![hotel.clone()],
        secrets: vendor.secrets.clone(),
        saved: None,
        timing: Timing::default(),
    }
}

impl<'a> Desk<'a> {
    /// A simulator with that hotel, and a credential for it.
    pub(crate) fn open(vendor: &'a Vendor, hotel: &Hotel) -> Result<Self, Stop> {
        let stage = vendor
            .stage
            .as_ref()
            .ok_or_else(|| skip("there is no simulator"))?;
        let mut desk = Self {
            vendor,
            adapter: vendor.adapter()?,
            server: (stage.build)(setup(vendor, hotel))?,
            now: Mono(0),
            token: None,
            calls: 0,
            pages: 0,
        };
        desk.sign_in()?;
        Ok(desk)
    }

    pub(crate) fn has_token(&self) -> bool {
        self.token.is_some()
    }

    pub(crate) fn sign_in(&mut self) -> Result<(), Stop> {
        match self
            .adapter
            .auth()
            .grant(&self.vendor.secrets, Ask::First)?
        {
            Grant::Static => {}
            Grant::Person => return Err(skip("a person has to consent first")),
            Grant::Exchange(request) => {
                let answer = self.send(*request)?;
                self.token = Some(self.adapter.auth().parse_grant(&answer)?);
            }
        }
        Ok(())
    }

    pub(crate) fn send(&mut self, mut request: Request) -> Result<Response, Stop> {
        let token = self.token.as_ref();
        self.adapter
            .auth()
            .apply(&self.vendor.secrets, token, &mut request)?;
        let wire = request.expose(&self.adapter.manifest().vendor)?;
        self.calls += 1;
        self.now = self.now.after(self.pause(request.operation));
        self.server.advance(self.now);
        self.now = self.server.arrive(self.calls, wire, self.now);
        let (parts, body) = self.server.answer(self.calls, self.now).into_parts();
        Ok(Response {
            status: parts.status,
            headers: parts.headers,
            body,
        })
    }

    /// How far apart calls have to be to keep every allowance: evenly spread.
    fn pause(&self, operation: Operation) -> Duration {
        let limits = self.adapter.limits();
        let charges = limits.charges(operation, &self.vendor.target);
        let apart = charges.iter().filter_map(|charge| {
            let quota = limits.quotas().get(charge.quota)?;
            match quota.window {
                Window::Rolling(span) => Some(span * charge.cost / quota.usable()),
                // One call at a time is within any of these.
                Window::Concurrency => None,
            }
        });
        apart.max().unwrap_or_default()
    }

    pub(crate) fn discover(&mut self) -> Result<Discovery, Stop> {
        let (mut request, mut carry) = (
            self.adapter.discover(&self.vendor.discover)?,
            Carry::default(),
        );
        let mut found = Discovery::default();
        loop {
            let answer = self.send(request)?;
            let ask = &self.vendor.discover;
            match self
                .adapter
                .parse_discover(ask, &carry, &answer, &mut found)?
            {
                Step::Done(()) => return Ok(found),
                Step::Next {
                    request: next,
                    carry: kept,
                } => (request, carry) = (*next, kept),
            }
        }
    }

    pub(crate) fn read(&mut self, ask: &ReadAsk) -> Result<Noted, Stop> {
        let (mut request, mut carry) = (self.adapter.read(ask)?, Carry::default());
        let mut noted = Noted::default();
        self.pages = 0;
        loop {
            self.pages += 1;
            let answer = self.send(request)?;
            match self.adapter.parse_read(ask, &carry, &answer, &mut noted)? {
                Step::Done(()) => return Ok(noted),
                Step::Next {
                    request: next,
                    carry: kept,
                } => (request, carry) = (*next, kept),
            }
        }
    }

    /// Pushes a chunk under a key, and follows its job to the end.
    pub(crate) fn write(&mut self, chunk: &Chunk, key: &[u8]) -> Result<Receipt, Stop> {
        let mut request = self.adapter.push(chunk)?;
        self.adapter
            .idempotency()
            .stamp(&Key::of(&[key]), &mut request);
        let answer = self.send(request)?;
        match self.adapter.parse_push(chunk, &answer)? {
            Submission::Answered(receipt) => Ok(receipt),
            Submission::Queued(job) => self.follow(chunk, &job),
        }
    }

    fn follow(&mut self, chunk: &Chunk, job: &JobRef) -> Result<Receipt, Stop> {
        let none = || "a write became a job, and the adapter has none".to_owned();
        let pace = self.adapter.jobs().ok_or_else(none)?.pace();
        let mut wait = pace.first;
        for _ in 0..PATIENCE {
            self.wait(wait);
            wait = pace.longest;
            match self.ask(chunk, job)? {
                JobState::Running { .. } => {}
                JobState::Finished(receipt) => return Ok(receipt),
                other => return Err(format!("the job ended as {other:?}").into()),
            }
        }
        Err("the job does not end".to_owned().into())
    }

    fn ask(&mut self, chunk: &Chunk, job: &JobRef) -> Result<JobState, Stop> {
        let none = || "the adapter has no jobs".to_owned();
        let mut request = self.adapter.jobs().ok_or_else(none)?.poll(chunk, job)?;
        let mut carry = Carry::default();
        loop {
            let answer = self.send(request)?;
            let jobs = self.adapter.jobs().ok_or_else(none)?;
            match jobs.parse_poll(chunk, job, &carry, &answer)? {
                Step::Done(state) => return Ok(state),
                Step::Next {
                    request: next,
                    carry: kept,
                } => (request, carry) = (*next, kept),
            }
        }
    }

    /// Lets time pass.
    pub(crate) fn wait(&mut self, time: Duration) {
        self.now = self.now.after(time);
        self.server.advance(self.now);
    }
}
