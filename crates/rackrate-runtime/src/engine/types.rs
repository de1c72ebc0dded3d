//! The words between the engine and its host: what happened, and what to do.
//!
//! The engine knows verbs and tickets; host and adapters hold bytes and secrets.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rackrate_auth::lifecycle::Ticket;
use rackrate_core::adapter::Discovery;
use rackrate_core::auth::Rotation;
use rackrate_core::chunk::{Chunk, Receipt, Target};
use rackrate_core::clock::{Mono, Wall};
use rackrate_core::error::{Delivery, Error, ErrorKind};
use rackrate_core::exchange::Operation;
use rackrate_core::idempotency::{Found, Guarantee};
use rackrate_core::ids::{ConnectionId, JobRef, VendorId};
use rackrate_core::jobs::{JobState, Pace};
use rackrate_core::key::Key;
use rackrate_core::limit::{Feedback, Window};
use rackrate_core::night::Night;
use rackrate_core::scope::Scopes;
use rackrate_core::shape::Shape;
use rackrate_ledger::op::{DesiredSeries, LaneKey, LedgerOp, Outcome, RunRecord};

use super::limiter::{LONGEST_REST, QuotaSpec, Use};
use crate::observation::Observation;

/// The moment of an event, and a number the engine may use up for jitter.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// On the clock that never goes back.
    pub mono: Mono,
    /// In civil time.
    pub wall: Wall,
    /// Fresh randomness.
    pub random: u64,
}

impl Now {
    /// An earlier civil time on the clock that never goes back; a later one, as a clock that
    /// was set back shows, is now.
    pub fn at(&self, wall: Wall) -> Mono {
        self.mono.before(self.wall.since(wall))
    }
}

/// Index of a grant in [`Setup::grants`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GrantIx(pub usize);
/// Index of a client in [`Setup::clients`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClientIx(pub usize);
/// Index of a connection in [`Setup::connections`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConnIx(pub usize);
/// Index of a lane in [`Setup::lanes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LaneIx(pub usize);
/// Names one attempt on its way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct SendId(pub u64);
/// Names a batch of ledger operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BatchId(pub u64);
/// Names a request the host holds ready, because an answer said there is more to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CarryId(pub u64);

/// Everything the engine has to know of the world before it starts.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// The client registrations.
    pub clients: Vec<ClientSpec>,
    /// The grants.
    pub grants: Vec<GrantSpec>,
    /// The allowances, scopes resolved.
    pub quotas: Vec<QuotaSpec>,
    /// The connections.
    pub connections: Vec<ConnectionSpec>,
    /// The lanes.
    pub lanes: Vec<LaneSpec>,
    /// Grants with which nothing new is written, for reasons that are no failures of vendors;
    /// their codes are those of findings.
    pub holds: Vec<(GrantIx, Failure)>,
    /// Times and bounds.
    pub policy: Policy,
}

impl Setup {
    /// The longest time any request may still arrive after it left.
    pub fn longest_horizon(&self) -> Duration {
        self.connections
            .iter()
            .map(|connection| connection.horizon)
            .max()
            .unwrap_or_default()
    }

    /// How long everything may rest after an unclean end, before anything leaves.
    pub fn longest_rest(&self) -> Duration {
        let window = |quota: &QuotaSpec| match quota.window {
            Window::Rolling(span) if span <= LONGEST_REST => span,
            Window::Rolling(_) | Window::Concurrency => Duration::ZERO,
        };
        self.longest_horizon() + self.quotas.iter().map(window).max().unwrap_or_default()
    }
}

/// A client registration: what a vendor suspends as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientSpec {
    /// Its name in the ledger; it shows no secret.
    pub name: String,
}

/// A grant, as far as deciding goes.
#[derive(Clone, Debug)]
pub struct GrantSpec {
    /// The client that it was given to.
    pub client: ClientIx,
    /// What it may do.
    pub scopes: ScopeSpec,
    /// Whether tokens are asked for; otherwise the secret itself is the credential.
    pub renewable: bool,
    /// What a token request uses up.
    pub uses: Vec<Use>,
    /// How long a token request may still arrive after it left.
    pub horizon: Duration,
    /// Whether the places of its secrets can be asked again.
    pub rereads: bool,
    /// Where a person gives it, what the vendor does with its refresh tokens.
    pub consent: Option<ConsentSpec>,
}

/// What a grant is meant to be good for.
#[derive(Clone, Debug, Default)]
pub struct ScopeSpec {
    /// What each operation needs; `None` where the vendor has no scopes.
    pub needs: Option<Scopes>,
    /// The scopes asked for, or to be ticked.
    pub asked: Vec<String>,
}

/// What a vendor does with the refresh tokens of a consent.
#[derive(Clone, Copy, Debug)]
pub struct ConsentSpec {
    /// What becomes of one when it is used.
    pub rotation: Rotation,
    /// Whether the vendor can be asked if one is still good.
    pub introspects: bool,
    /// Whether the vendor can be told that a grant ends.
    pub revokes: bool,
}

/// A connection, as far as deciding goes.
#[derive(Clone, Debug)]
pub struct ConnectionSpec {
    /// Its name.
    pub id: ConnectionId,
    /// Its grant.
    pub grant: GrantIx,
    /// What protects a repeated write of prices.
    pub guarantee: Guarantee,
    /// What protects a repeated write of restrictions, where those travel apart.
    pub restrict_guarantee: Guarantee,
    /// The form of a write.
    pub shape: Shape,
    /// Nights in one read at most.
    pub read_nights: u32,
    /// How often to ask for jobs.
    pub pace: Pace,
    /// How long after acceptance old prices may be shown.
    pub settle: Duration,
    /// How long a request may still arrive after it left.
    pub horizon: Duration,
    /// What a discovery request uses up.
    pub discover_uses: Vec<Use>,
}

/// A lane: one property at one connection.
#[derive(Clone, Debug)]
pub struct LaneSpec {
    /// Its name.
    pub key: LaneKey,
    /// Its connection.
    pub connection: ConnIx,
    /// Where its requests go.
    pub target: Arc<Target>,
    /// What a request uses up.
    pub uses: Uses,
    /// What it uses up where a vendor counts by rate plan, by the vendor's identifier.
    pub plan_uses: BTreeMap<VendorId, Uses>,
    /// The last sequence number used, over all runs.
    pub last_seq: u64,
}

/// What a request uses up, in the order of [`Operation::ALL`].
pub type Uses = [Vec<Use>; Operation::ALL.len()];

impl ConnectionSpec {
    /// What protects a repeated write of that operation.
    pub fn guarantee(&self, operation: Operation) -> Guarantee {
        match operation {
            Operation::Restrict => self.restrict_guarantee,
            _ => self.guarantee,
        }
    }
}

impl LaneSpec {
    /// What a question of that operation uses up.
    pub fn uses(&self, operation: Operation) -> &[Use] {
        &self.uses[operation as usize]
    }

    /// What a write uses up. Where a vendor counts by rate plan, a request is of one plan.
    pub fn write_uses(&self, chunk: &Chunk) -> &[Use] {
        let plan = chunk.rows.first().and_then(|row| row.ids.plan.as_ref());
        let uses = plan.and_then(|plan| self.plan_uses.get(plan));
        &uses.unwrap_or(&self.uses)[chunk.operation as usize]
    }
}

/// Times and bounds of a run.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// After this nothing new leaves.
    pub deadline: Duration,
    /// After the last acceptance, read-back is waited for so long.
    pub wait: Duration,
    /// The first pause between tries; doubles, with jitter.
    pub backoff: Duration,
    /// The first rest of a lane whose exchange failed three times; doubles up to a minute.
    pub rest: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(15 * 60),
            wait: Duration::from_secs(60),
            backoff: Duration::from_millis(500),
            rest: Duration::from_secs(5),
        }
    }
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// The host is ready; nothing leaves before.
    Start,
    /// The time of the last [`Effect::WakeAt`] has come, or may have.
    Clock,
    /// The ledger has the batch.
    Committed(BatchId),
    /// An attempt came to its end.
    Answer {
        /// Which attempt.
        send: SendId,
        /// What its end means.
        answer: Answer,
        /// What it reveals about allowances.
        feedback: Feedback,
    },
    /// These are the wishes of those lanes from now on; what has not left gives way. All of
    /// it enters the ledger in one commit.
    NewDesired {
        /// The run they belong to.
        run: Arc<RunRecord>,
        /// The requests of each lane, in order.
        lanes: Vec<(LaneIx, Vec<Arc<Chunk>>)>,
        /// Every wish of these lanes, also those that need no request: for `verify`.
        desired: Vec<DesiredSeries>,
    },
    /// Somebody wants the prices of a lane.
    Read {
        /// The lane.
        lane: LaneIx,
        /// The first night.
        first: Night,
        /// The last night, meant too.
        last: Night,
    },
    /// Somebody wants to know what there is.
    Discover(ConnIx),
    /// Somebody wants the credential of that connection used once: the first page of what
    /// there is, and no more.
    Touch(ConnIx),
    /// Somebody wants to know whether that grant's refresh token is good, where the vendor
    /// tells without ending it.
    Introspect(GrantIx),
    /// Somebody waits for a token of that grant.
    TokenWanted(GrantIx),
    /// Somebody wants a new token of that grant, whether or not there is a live one.
    RenewalWanted(GrantIx),
    /// A person consented; the host holds the code.
    Consented(GrantIx),
    /// A person wants the refresh token of that grant to become a key that lasts.
    MigrationWanted(GrantIx),
    /// A person takes the consent of that grant back.
    Withdrawn(GrantIx),
    /// The answer to [`Effect::Reread`].
    Reread {
        /// Whose secrets were asked for.
        grant: GrantIx,
        /// The grants that have other secrets from now on; the host sends what leaves after
        /// this with them.
        changed: Vec<GrantIx>,
    },
    /// Nothing new leaves; answers under way are taken.
    Stop,
}

/// What the end of an attempt means.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The write is done.
    Accepted(Receipt),
    /// The write became a job.
    Queued(JobRef),
    /// The state of a job.
    Job(JobState),
    /// What became of a lost write.
    Found(Found),
    /// A token; the host holds it under the ticket.
    Token {
        /// Its name.
        ticket: Ticket,
        /// How long it lives.
        lifetime: Option<Duration>,
        /// The same, sealed, where it is kept beyond this run.
        sealed: Option<String>,
        /// The refresh token that came with it, sealed.
        refresh: Option<String>,
        /// The granted scopes, where the vendor said.
        scope: Option<String>,
    },
    /// Whether a refresh token is still good.
    Active(bool),
    /// The vendor has ended the grant.
    Revoked,
    /// Prices.
    Seen(Arc<Observation>),
    /// What there is.
    Discovered(Arc<Discovery>),
    /// There is more to ask; the host holds the question.
    Next(CarryId),
    /// It failed.
    Failed(Failure),
}

/// A failure, as far as deciding and telling goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What kind.
    pub kind: ErrorKind,
    /// Whether the vendor may have acted.
    pub delivery: Delivery,
    /// Whether an answer came at all.
    pub answered: bool,
    /// The vendor's code; empty where it has none.
    pub code: String,
    /// The words.
    pub text: String,
    /// The vendor asks to wait that long.
    pub retry_after: Option<Duration>,
}

impl Failure {
    /// The failure an adapter found in an answer.
    pub fn answered(error: &Error) -> Self {
        Self {
            answered: true,
            ..Self::unanswered(error)
        }
    }

    /// A failure without an answer.
    pub fn unanswered(error: &Error) -> Self {
        Self {
            kind: error.kind(),
            delivery: error.delivery(),
            answered: false,
            code: error.code().unwrap_or_default().to_owned(),
            text: error.text().to_owned(),
            retry_after: error.retry_after(),
        }
    }
}

/// What to do. In one list, commits come before sends.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Make one attempt.
    Send {
        /// Its name.
        send: SendId,
        /// What to send.
        verb: Verb,
        /// The credential to send it with; `None` for a token request.
        ticket: Option<Ticket>,
    },
    /// Write down, durably, then say [`Event::Committed`].
    Commit {
        /// Its name.
        batch: BatchId,
        /// What, all or nothing.
        ops: Vec<LedgerOp>,
    },
    /// Say [`Event::Clock`] at that time; replaces the last wish. Always later than now.
    WakeAt(Mono),
    /// This is the grant's token now.
    Publish(GrantIx, Ticket),
    /// Ask the places of that grant's secrets again, then say [`Event::Reread`].
    Reread(GrantIx),
    /// Tell somebody.
    Report(Report),
}

/// One attempt.
#[derive(Clone, Debug)]
pub enum Verb {
    /// Ask for a token.
    Refresh(GrantIx),
    /// Ask for the first token of a consent, with the code the host holds.
    Redeem(GrantIx),
    /// Ask whether a refresh token is still good.
    Introspect(GrantIx),
    /// End a grant.
    Revoke(GrantIx),
    /// Write.
    Push {
        /// The lane.
        lane: LaneIx,
        /// What.
        chunk: Arc<Chunk>,
        /// Its key.
        key: Key,
    },
    /// Ask for a job.
    Poll {
        /// The lane.
        lane: LaneIx,
        /// What the job writes.
        chunk: Arc<Chunk>,
        /// The job.
        job: JobRef,
        /// The question held ready, after a first answer.
        carry: Option<CarryId>,
    },
    /// Find out what became of a lost write.
    LookUp {
        /// The lane.
        lane: LaneIx,
        /// What it carried.
        chunk: Arc<Chunk>,
        /// When it left.
        departed: Wall,
        /// Jobs that belong to other writes.
        known_jobs: Vec<JobRef>,
        /// The question held ready, after a first answer.
        carry: Option<CarryId>,
    },
    /// Read prices.
    Read {
        /// The lane.
        lane: LaneIx,
        /// The first night.
        first: Night,
        /// The last night, meant too.
        last: Night,
        /// The question held ready, after a first answer.
        carry: Option<CarryId>,
    },
    /// List what there is.
    Discover {
        /// The connection.
        connection: ConnIx,
        /// The question held ready, after a first answer.
        carry: Option<CarryId>,
    },
}

impl Verb {
    /// The grant whose tokens it is about; such a request carries no token itself.
    pub fn grant(&self) -> Option<GrantIx> {
        match self {
            Self::Refresh(grant)
            | Self::Redeem(grant)
            | Self::Introspect(grant)
            | Self::Revoke(grant) => Some(*grant),
            _ => None,
        }
    }

    /// What it does at the vendor.
    pub fn operation(&self) -> Operation {
        match self {
            Self::Refresh(_) | Self::Redeem(_) | Self::Introspect(_) | Self::Revoke(_) => {
                Operation::Token
            }
            Self::Push { chunk, .. } => chunk.operation,
            Self::Poll { .. } => Operation::Poll,
            Self::LookUp { .. } => Operation::LookUp,
            Self::Read { .. } => Operation::Read,
            Self::Discover { .. } => Operation::Discover,
        }
    }

    /// The lane it is about.
    pub fn lane(&self) -> Option<LaneIx> {
        match self {
            Self::Push { lane, .. }
            | Self::Poll { lane, .. }
            | Self::LookUp { lane, .. }
            | Self::Read { lane, .. } => Some(*lane),
            _ => None,
        }
    }
}

/// What to tell.
#[derive(Clone, Debug)]
pub enum Report {
    /// How nights ended.
    Ended(Outcome),
    /// A row left for good without being sent in this run; it stays planned in the ledger.
    Waiting(Outcome),
    /// The vendor took a request.
    Accepted(LaneIx),
    /// Prices that were asked for with [`Event::Read`].
    Read(LaneIx, Arc<Observation>),
    /// They cannot be had.
    ReadFailed(LaneIx, Failure),
    /// What there is at a connection.
    Discovered(ConnIx, Arc<Discovery>),
    /// It cannot be had, nor can its first page.
    DiscoverFailed(ConnIx, Failure),
    /// A vendor answered what [`Event::Touch`] asked for.
    Touched(ConnIx),
    /// What a vendor says of a refresh token, asked for with [`Event::Introspect`].
    Introspected(GrantIx, Result<bool, Failure>),
    /// What the first dated answer of a connection shows of its vendor's clock. The host
    /// tells it, because only the host sees headers.
    Clock {
        /// The connection.
        connection: ConnIx,
        /// The time in the answer's header, in whole seconds.
        vendor: Wall,
        /// Our time when the answer came.
        ours: Wall,
    },
    /// A lane stops; nothing more of it leaves in this run.
    Held(LaneIx, Failure),
    /// Who waits for a token of that grant is told this.
    NoToken(GrantIx, Failure),
    /// A vendor granted these scopes, which nobody asked for.
    MoreGranted(GrantIx, Vec<String>),
    /// A vendor has suspended a client: nothing more leaves with any of its grants.
    Suspended(ClientIx, Failure),
    /// A consent became a grant, and is on disk.
    Connected(GrantIx),
    /// A grant has ended at its vendor, where the vendor can be told, and is forgotten here.
    Disconnected(GrantIx),
    /// Nothing is left to do.
    Idle,
}
