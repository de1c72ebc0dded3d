//! Carries requests over to a simulator and answers back, in virtual time.
//!
//! It is no engine: it sends one thing after the other, slowly enough, and keeps each.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use rackrate_core::adapter::{Adapter, Carry, DiscoverAsk, Discovery, ReadAsk, Step, Submission};
use rackrate_core::auth::{Ask, Grant, Token};
use rackrate_core::chunk::{Chunk, Receipt, Target};
use rackrate_core::clock::{Mono, Wall};
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::idempotency::{Found, Lost};
use rackrate_core::ids::JobRef;
use rackrate_core::jobs::JobState;
use rackrate_core::key::Key;
use rackrate_core::limit::Window;
use rackrate_core::secret::Secrets;
use rackrate_core::simulator::Simulator;

use super::seen::Shown;
use crate::wire::Sent;

/// Polls of one job at most.
const PATIENCE: usize = 1_000;

#[derive(Debug)]
pub(super) struct Desk {
    adapter: Arc<dyn Adapter>,
    server: Box<dyn Simulator>,
    secrets: Secrets,
    /// Whom allowances are counted by.
    target: Target,
    token: Option<Token>,
    now: Mono,
    writes: u64,
    sent: Vec<Sent>,
}

impl Desk {
    pub(super) fn new(
        adapter: Arc<dyn Adapter>,
        server: Box<dyn Simulator>,
        secrets: Secrets,
        target: Target,
    ) -> Self {
        Self {
            adapter,
            server,
            secrets,
            target,
            token: None,
            now: Mono(0),
            writes: 0,
            sent: Vec::new(),
        }
    }

    pub(super) fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    pub(super) fn sent(&self) -> &[Sent] {
        &self.sent
    }

    /// Lets time pass.
    pub(super) fn wait(&mut self, time: Duration) {
        self.now = self.now.after(time);
        self.server.advance(self.now);
    }

    pub(super) fn sign_in(&mut self) -> Result<()> {
        match self.adapter.auth().grant(&self.secrets, Ask::First)? {
            Grant::Static => {}
            Grant::Person => bail!("a person has to consent first"),
            Grant::Exchange(request) => {
                let answer = self.send(*request)?;
                self.token = Some(self.adapter.auth().parse_grant(&answer)?);
            }
        }
        Ok(())
    }

    pub(super) fn discover(&mut self, ask: &DiscoverAsk) -> Result<Discovery> {
        let adapter = Arc::clone(&self.adapter);
        let mut found = Discovery::default();
        self.converse(adapter.discover(ask)?, |carry, answer| {
            adapter.parse_discover(ask, carry, answer, &mut found)
        })?;
        Ok(found)
    }

    pub(super) fn read(&mut self, ask: &ReadAsk, shown: &mut Shown) -> Result<()> {
        let adapter = Arc::clone(&self.adapter);
        self.converse(adapter.read(ask)?, |carry, answer| {
            adapter.parse_read(ask, carry, answer, shown)
        })
    }

    /// Writes a chunk, looks it up where that can be done, and follows its job to the end.
    pub(super) fn write(&mut self, chunk: &Chunk) -> Result<()> {
        let mut request = self.adapter.push(chunk)?;
        self.writes += 1;
        let key = Key::of(&[&self.writes.to_be_bytes()]);
        self.adapter.idempotency().stamp(&key, &mut request);
        let answer = self.send(request)?;
        let receipt = match self.adapter.parse_push(chunk, &answer)? {
            Submission::Answered(receipt) => receipt,
            Submission::Queued(job) => {
                self.look_up(chunk, &job)?;
                self.follow(chunk, &job)?
            }
        };
        let clean = receipt.refused.is_empty() && receipt.unattributed.is_empty();
        ensure!(clean, "refused: {receipt:?}");
        Ok(())
    }

    /// Asks for the write as if its answer had been lost.
    fn look_up(&mut self, chunk: &Chunk, job: &JobRef) -> Result<()> {
        let adapter = Arc::clone(&self.adapter);
        let lost = Lost {
            chunk,
            departed: Wall(0),
            known_jobs: &[],
        };
        let Some(request) = adapter.idempotency().look_up(&lost) else {
            return Ok(());
        };
        let found = self.converse(request, |carry, answer| {
            adapter.idempotency().parse_look_up(&lost, carry, answer)
        })?;
        // What a job does not tell may leave a vendor's list unsure; another job never fits.
        let fits = found == Found::Unsure || found == Found::Job(job.clone());
        ensure!(fits, "found {found:?}");
        Ok(())
    }

    fn follow(&mut self, chunk: &Chunk, job: &JobRef) -> Result<Receipt> {
        let adapter = Arc::clone(&self.adapter);
        let jobs = adapter.jobs().context("a job, and no jobs")?;
        for _ in 0..PATIENCE {
            self.wait(jobs.pace().longest);
            let state = self.converse(jobs.poll(chunk, job)?, |carry, answer| {
                jobs.parse_poll(chunk, job, carry, answer)
            })?;
            match state {
                JobState::Running { .. } => {}
                JobState::Finished(receipt) => return Ok(receipt),
                other => bail!("the job ended as {other:?}"),
            }
        }
        bail!("the job does not end")
    }

    /// Asks, and asks on until the parser has all.
    fn converse<T>(
        &mut self,
        mut request: Request,
        mut parse: impl FnMut(&Carry, &Response) -> rackrate_core::error::Result<Step<T>>,
    ) -> Result<T> {
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

    fn send(&mut self, mut request: Request) -> Result<Response> {
        let token = self.token.as_ref();
        let auth = self.adapter.auth();
        auth.apply(&self.secrets, token, &mut request)?;
        let sent = Sent::of(&request, &self.adapter.manifest().vendor)?;
        self.wait(self.pause(request.operation));
        let id = self.sent.len() as u64 + 1;
        self.now = self.server.arrive(id, sent.wire.clone(), self.now);
        self.sent.push(sent);
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
