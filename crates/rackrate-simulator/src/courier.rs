//! Carries requests over to one simulator and answers back, in virtual time.
//!
//! For checks that talk to a vendor without an engine: it sends one thing after the other,
//! far enough apart for every allowance, and follows what an answer leaves open. What the
//! answers tell is its caller's business; so are retries, of which there are none.
//!
//! Invariant: a request arrives once, and its answer is read before the next one leaves.

mod consent;

use std::sync::Arc;
use std::time::Duration;

use rackrate_auth::assertion;
use rackrate_core::adapter::{
    Adapter, Carry, DiscoverAsk, Discovery, ReadAsk, Sink, Step, Submission,
};
use rackrate_core::auth::{Ask, Grant, Token};
use rackrate_core::chunk::{Chunk, Receipt, Target};
use rackrate_core::clock::{Mono, Wall};
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::JobRef;
use rackrate_core::jobs::JobState;
use rackrate_core::key::Key;
use rackrate_core::limit::Window;
use rackrate_core::secret::Secrets;
use rackrate_core::simulator::Simulator;
use thiserror::Error;

/// Polls of one job at most.
const PATIENCE: usize = 1_000;

/// Why an errand came to nothing.
#[derive(Debug, Error)]
pub enum Failed {
    /// What the adapter refuses, or says that an answer means.
    #[error(transparent)]
    Adapter(#[from] rackrate_core::error::Error),
    /// There is no credential that can be asked for.
    #[error("a person has to consent first")]
    Person,
    /// A person was asked, and no code came of it.
    #[error("consent was asked for, and no code came back: {0}")]
    NoCode(String),
    /// The adapter speaks of a job, and has none.
    #[error("a write became a job, and the adapter has none")]
    NoJobs,
    /// The job did not finish.
    #[error("the job ended as {0:?}")]
    Ended(JobState),
    /// The job was asked for again and again.
    #[error("the job does not end")]
    Endless,
}

/// One connection to one simulator.
#[derive(Debug)]
pub struct Courier {
    adapter: Arc<dyn Adapter>,
    /// The vendor; its time is the courier's.
    pub server: Box<dyn Simulator>,
    secrets: Secrets,
    /// Whom allowances are counted by.
    target: Arc<Target>,
    token: Option<Token>,
    epoch: Wall,
    now: Mono,
    sent: Vec<Request>,
}

impl Courier {
    /// A courier at the start of its clock, without a token. How far apart its requests have
    /// to be is what the adapter charges for `target`.
    pub fn new(
        adapter: Arc<dyn Adapter>,
        server: Box<dyn Simulator>,
        secrets: Secrets,
        target: Arc<Target>,
    ) -> Self {
        Self {
            adapter,
            server,
            secrets,
            target,
            token: None,
            epoch: Wall(0),
            now: Mono(0),
            sent: Vec::new(),
        }
    }

    /// What the start of its clock stands for, where the vendor reads times that we tell.
    /// Default: 1970.
    #[must_use]
    pub fn since(mut self, epoch: Wall) -> Self {
        self.epoch = epoch;
        self
    }

    /// The vendor's protocol.
    pub fn adapter(&self) -> &Arc<dyn Adapter> {
        &self.adapter
    }

    /// The connection's secrets.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// The time.
    pub fn now(&self) -> Mono {
        self.now
    }

    /// Everything that was sent, in order, credentials included.
    pub fn sent(&self) -> &[Request] {
        &self.sent
    }

    /// The token that was asked for last.
    pub fn token(&self) -> Option<&Token> {
        self.token.as_ref()
    }

    /// Lets time pass.
    pub fn wait(&mut self, time: Duration) {
        self.now = self.now.after(time);
        self.server.advance(self.now);
    }

    /// Asks for a token, where the vendor has them; where a person gives the grant, it is one
    /// who says yes.
    ///
    /// # Errors
    /// [`Failed::Person`] where there is none without a person and the adapter does not say
    /// how to ask, [`Failed::NoCode`], and what the answer means.
    pub fn sign_in(&mut self) -> Result<(), Failed> {
        let adapter = Arc::clone(&self.adapter);
        let auth = adapter.auth();
        match (auth.grant(&self.secrets, Ask::First)?, auth.consent()) {
            (Grant::Static, _) => Ok(()),
            (Grant::Exchange(request), _) => self.exchange(*request),
            (Grant::Person, None) => Err(Failed::Person),
            (Grant::Person, Some(consent)) => {
                let (code, invited) = self.consent(consent)?;
                self.obtain(Ask::Code {
                    code: &code,
                    redirect: &invited.redirect,
                    verifier: invited.verifier.as_ref(),
                })
            }
        }
    }

    /// Asks for another token: by the refresh token where one came, else as at first.
    ///
    /// # Errors
    /// See [`Courier::sign_in`].
    pub fn renew(&mut self) -> Result<(), Failed> {
        let refresh = self.token.as_ref().and_then(|token| token.refresh.clone());
        match refresh {
            Some(refresh) => self.obtain(Ask::Refresh(&refresh)),
            None => self.sign_in(),
        }
    }

    fn obtain(&mut self, ask: Ask<'_>) -> Result<(), Failed> {
        match self.adapter.auth().grant(&self.secrets, ask)? {
            Grant::Exchange(request) => self.exchange(*request),
            Grant::Static | Grant::Person => Err(Failed::Person),
        }
    }

    fn exchange(&mut self, request: Request) -> Result<(), Failed> {
        let answer = self.send(request)?;
        self.token = Some(self.adapter.auth().parse_grant(&answer)?);
        Ok(())
    }

    /// Lists what there is.
    ///
    /// # Errors
    /// What the adapter says of the question or an answer.
    pub fn discover(&mut self, ask: &DiscoverAsk) -> Result<Discovery, Failed> {
        let adapter = Arc::clone(&self.adapter);
        let mut found = Discovery::default();
        self.converse(adapter.discover(ask)?, |carry, answer| {
            adapter.parse_discover(ask, carry, answer, &mut found)
        })?;
        Ok(found)
    }

    /// Reads prices and restrictions into `sink`.
    ///
    /// # Errors
    /// What the adapter says of the question or an answer.
    pub fn read(&mut self, ask: &ReadAsk, sink: &mut dyn Sink) -> Result<(), Failed> {
        let adapter = Arc::clone(&self.adapter);
        self.converse(adapter.read(ask)?, |carry, answer| {
            adapter.parse_read(ask, carry, answer, sink)
        })
    }

    /// Sends a write under a key.
    ///
    /// # Errors
    /// What the adapter says of the chunk or the answer.
    pub fn submit(&mut self, chunk: &Chunk, key: &Key) -> Result<Submission, Failed> {
        let mut request = self.adapter.push(chunk)?;
        self.adapter.idempotency().stamp(key, &mut request);
        let answer = self.send(request)?;
        Ok(self.adapter.parse_push(chunk, &answer)?)
    }

    /// Asks for a job until it has finished.
    ///
    /// # Errors
    /// When it ends otherwise or not at all, and what the adapter says of an answer.
    pub fn follow(&mut self, chunk: &Chunk, job: &JobRef) -> Result<Receipt, Failed> {
        let adapter = Arc::clone(&self.adapter);
        let jobs = adapter.jobs().ok_or(Failed::NoJobs)?;
        let mut wait = jobs.pace().first;
        for _ in 0..PATIENCE {
            self.wait(wait);
            wait = jobs.pace().longest;
            let state = self.converse(jobs.poll(chunk, job)?, |carry, answer| {
                jobs.parse_poll(chunk, job, carry, answer)
            })?;
            match state {
                JobState::Running { .. } => {}
                JobState::Finished(receipt) => return Ok(receipt),
                other => return Err(Failed::Ended(other)),
            }
        }
        Err(Failed::Endless)
    }

    /// Sends a write under a key, and follows its job to the end.
    ///
    /// # Errors
    /// See [`Courier::submit`] and [`Courier::follow`].
    pub fn write(&mut self, chunk: &Chunk, key: &Key) -> Result<Receipt, Failed> {
        match self.submit(chunk, key)? {
            Submission::Answered(receipt) => Ok(receipt),
            Submission::Queued(job) => self.follow(chunk, &job),
        }
    }

    /// Asks, and asks on until the parser has all.
    ///
    /// # Errors
    /// What the parser says of an answer.
    pub fn converse<T>(
        &mut self,
        mut request: Request,
        mut parse: impl FnMut(&Carry, &Response) -> rackrate_core::error::Result<Step<T>>,
    ) -> Result<T, Failed> {
        let mut carry = Carry::default();
        loop {
            let answer = self.send(request)?;
            match parse(&carry, &answer)? {
                Step::Done(all) => return Ok(all),
                Step::Next {
                    request: next,
                    carry: kept,
                } => (request, carry) = (*next, kept),
            }
        }
    }

    /// Sends one request with the credential, as soon as every allowance lets it.
    ///
    /// # Errors
    /// When the credential is missing or cannot be sent.
    pub fn send(&mut self, mut request: Request) -> Result<Response, Failed> {
        let auth = self.adapter.auth();
        auth.apply(&self.secrets, self.token.as_ref(), &mut request)?;
        self.wait(self.pause(request.operation));
        let vendor = &self.adapter.manifest().vendor;
        let wall = self.epoch.after(self.now.since(Mono(0)));
        assertion::sign(&mut request, vendor, wall)?;
        let wire = request.expose(vendor)?;
        self.sent.push(request);
        let id = self.sent.len() as u64;
        self.now = self.server.arrive(id, wire, self.now);
        let (parts, body) = self.server.answer(id, self.now).into_parts();
        Ok(Response {
            status: parts.status,
            headers: parts.headers,
            body,
        })
    }

    /// How far apart calls have to be to keep every allowance: evenly spread.
    fn pause(&self, operation: Operation) -> Duration {
        let limits = self.adapter.limits();
        let charges = limits.charges(operation, &self.target);
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
}

#[cfg(test)]
mod tests;
