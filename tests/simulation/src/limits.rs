//! The proof about allowances: none is exceeded, and little of one is wasted.
//!
//! Two thousand writes meet an allowance of 300 in any minute, of which 270 are used. The
//! fastest anybody can be is a full window at once, and the next when it ends. So all of
//! them take at least ⌈N/L⌉ − 1 windows; `SLACK` is what latency and jitter may add.
//!
//! Invariant: the vendor's side counts, by what arrived.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use rackrate_core::adapter::{
    Adapter, Carry, DiscoverAsk, Discovery, Manifest, ReadAsk, Sink, Step, Submission,
};
use rackrate_core::auth::Authenticate;
use rackrate_core::chunk::{Chunk, Target};
use rackrate_core::clock::Mono;
use rackrate_core::error::{Error, ErrorKind};
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::idempotency::Idempotency;
use rackrate_core::ids::JobRef;
use rackrate_core::jobs::{JobState, Jobs, Pace};
use rackrate_core::limit::{Charge, Feedback, Quota, RateLimit, Scope, Window};
use rackrate_core::shape::{LaneRule, Shape};
use rackrate_core::simulator::Timing;

use crate::allowances::breaches;
use crate::crowd::{Crowd, Group};

/// Writes in each proof.
const REQUESTS: usize = 2_000;
/// Properties that share one allowance.
const PROPERTIES: usize = 40;
/// More than the ideal, in percent, that the writes may take.
const SLACK: u32 = 3;
/// Answers take 50 to 160 ms, and each way up to 20 ms: 200 ms at most.
const TIMING: Timing = Timing {
    latency_min: 50_000,
    latency_max: 160_000,
    job: Some(0),
    settle: None,
    token_life: None,
};

/// The line above [`all`].
pub const HEADING: &str =
    "allowance                 writes  breaches  refused  lost   seconds   allowed";

/// What a proof measured.
#[derive(Clone, Debug)]
pub struct Measured {
    /// What shares the allowance.
    pub name: &'static str,
    /// Write requests that arrived.
    pub writes: usize,
    /// Arrivals beyond the allowance, by the vendor's kind of meter.
    pub breaches: u64,
    /// Requests that the simulator refused as too many or too early.
    pub refused: u64,
    /// Wishes not at the vendor at the end.
    pub lost: u64,
    /// From the first arrival of a write to the last one.
    pub makespan: Duration,
    /// What that may be.
    pub allowed: Duration,
}

impl Measured {
    /// Whether nothing was exceeded or lost, and the time was kept.
    pub fn is_kept(&self) -> bool {
        self.writes == REQUESTS
            && (self.breaches, self.refused, self.lost) == (0, 0, 0)
            && self.makespan <= self.allowed
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = |span: Duration| format!("{}.{:03}", span.as_secs(), span.subsec_millis());
        write!(
            f,
            "{:<24} {:>7} {:>9} {:>8} {:>5} {:>9} {:>9}  {}",
            self.name,
            self.writes,
            self.breaches,
            self.refused,
            self.lost,
            seconds(self.makespan),
            seconds(self.allowed),
            if self.is_kept() { "kept" } else { "NOT KEPT" }
        )
    }
}

/// Both proofs, with latencies and jitter of that seed.
///
/// # Errors
/// When a world cannot be set up or never rests.
pub fn all(seed: u64) -> Result<[Measured; 2]> {
    Ok([one_property(seed)?, shared(seed)?])
}

/// All writes for one property with its own allowance. The vendor takes several requests at
/// once, so that its order is not what limits them.
///
/// # Errors
/// When the world cannot be set up or never rests.
pub fn one_property(seed: u64) -> Result<Measured> {
    let group = Group::new(0, 1)?;
    measure("of one property", seed, group, |restated| {
        restated.lane = Some(LaneRule::Pipelined);
    })
}

/// The writes spread over properties that share one allowance.
///
/// # Errors
/// When the world cannot be set up or never rests.
pub fn shared(seed: u64) -> Result<Measured> {
    let group = Group::new(0, PROPERTIES as u64)?;
    measure("shared by 40 properties", seed, group, |restated| {
        for quota in &mut restated.limits.quotas {
            quota.scope = Scope::Connection;
        }
    })
}

fn measure(
    name: &'static str,
    seed: u64,
    mut group: Group,
    change: impl FnOnce(&mut Restated),
) -> Result<Measured> {
    let mut restated = Restated::new(&group.adapter);
    change(&mut restated);
    group.adapter = Arc::new(restated);
    let each = REQUESTS / group.targets().len();
    let mut crowd = Crowd::new(seed, vec![group], TIMING)?;
    crowd.wish(Mono(0), each);
    crowd.finish()?;
    let arrivals = &crowd.world.arrivals;
    let writes = arrivals
        .iter()
        .filter(|one| one.operation == Operation::Push);
    let times: Vec<_> = writes.map(|one| one.at).collect();
    let (first, last) = (times.first(), times.last());
    let (first, last) = first.zip(last).context("nothing arrived")?;
    let group = &crowd.groups[0];
    let record = crowd.world.vendors[0].record();
    Ok(Measured {
        name,
        writes: times.len(),
        breaches: breaches(group.adapter.as_ref(), &group.targets(), arrivals.iter()),
        refused: record.breaches + record.early_repeats,
        lost: crowd.lost(each),
        makespan: last.since(*first),
        allowed: allowed(&group.adapter.limits().quotas()[0]),
    })
}

/// The ideal and the slack.
fn allowed(quota: &Quota) -> Duration {
    let Window::Rolling(window) = quota.window else {
        return Duration::ZERO;
    };
    let windows = (REQUESTS as u32).div_ceil(quota.usable()) - 1;
    window * windows * (100 + SLACK) / 100
}

/// An adapter with some of its statements changed; it speaks as the one inside.
#[derive(Debug)]
struct Restated {
    inner: Arc<dyn Adapter>,
    /// How requests of a property follow each other, where that is changed.
    lane: Option<LaneRule>,
    limits: RestatedLimits,
    jobs: AtOnce,
}

#[derive(Debug)]
struct RestatedLimits {
    inner: Arc<dyn Adapter>,
    quotas: Vec<Quota>,
}

/// Jobs that are asked for without a pause, because these end at once.
#[derive(Debug)]
struct AtOnce(Arc<dyn Adapter>);

impl Restated {
    fn new(inner: &Arc<dyn Adapter>) -> Self {
        Self {
            inner: Arc::clone(inner),
            lane: None,
            limits: RestatedLimits {
                inner: Arc::clone(inner),
                quotas: inner.limits().quotas().to_vec(),
            },
            jobs: AtOnce(Arc::clone(inner)),
        }
    }
}

impl RateLimit for RestatedLimits {
    fn quotas(&self) -> &[Quota] {
        &self.quotas
    }

    fn charges(&self, operation: Operation, target: &Target) -> Vec<Charge> {
        self.inner.limits().charges(operation, target)
    }

    fn feedback(&self, request: &Request, response: &Response) -> Feedback {
        self.inner.limits().feedback(request, response)
    }
}

impl AtOnce {
    fn inner(&self) -> Result<&dyn Jobs, Error> {
        let vendor = &self.0.manifest().vendor;
        let none = || Error::new(ErrorKind::Bug, vendor, Operation::Poll, "there are no jobs");
        self.0.jobs().ok_or_else(none)
    }
}

impl Jobs for AtOnce {
    fn pace(&self) -> Pace {
        let pause = Duration::from_millis(100);
        Pace {
            first: Duration::ZERO,
            then: pause,
            longest: pause,
            give_up: Duration::from_secs(600),
        }
    }

    fn poll(&self, chunk: &Chunk, job: &JobRef) -> Result<Request, Error> {
        self.inner()?.poll(chunk, job)
    }

    fn parse_poll(
        &self,
        chunk: &Chunk,
        job: &JobRef,
        carry: &Carry,
        response: &Response,
    ) -> Result<Step<JobState>, Error> {
        self.inner()?.parse_poll(chunk, job, carry, response)
    }
}

impl Adapter for Restated {
    fn manifest(&self) -> &Manifest {
        self.inner.manifest()
    }

    fn auth(&self) -> &dyn Authenticate {
        self.inner.auth()
    }

    fn limits(&self) -> &dyn RateLimit {
        &self.limits
    }

    fn idempotency(&self) -> &dyn Idempotency {
        self.inner.idempotency()
    }

    fn jobs(&self) -> Option<&dyn Jobs> {
        Some(&self.jobs)
    }

    fn shape(&self, operation: Operation) -> Option<Shape> {
        let shape = self.inner.shape(operation)?;
        let lane = self.lane.unwrap_or(shape.lane);
        Some(Shape { lane, ..shape })
    }

    fn discover(&self, ask: &DiscoverAsk) -> Result<Request, Error> {
        self.inner.discover(ask)
    }

    fn parse_discover(
        &self,
        ask: &DiscoverAsk,
        carry: &Carry,
        response: &Response,
        out: &mut Discovery,
    ) -> Result<Step<()>, Error> {
        self.inner.parse_discover(ask, carry, response, out)
    }

    fn read(&self, ask: &ReadAsk) -> Result<Request, Error> {
        self.inner.read(ask)
    }

    fn parse_read(
        &self,
        ask: &ReadAsk,
        carry: &Carry,
        response: &Response,
        sink: &mut dyn Sink,
    ) -> Result<Step<()>, Error> {
        self.inner.parse_read(ask, carry, response, sink)
    }

    fn push(&self, chunk: &Chunk) -> Result<Request, Error> {
        self.inner.push(chunk)
    }

    fn parse_push(&self, chunk: &Chunk, response: &Response) -> Result<Submission, Error> {
        self.inner.parse_push(chunk, response)
    }
}
