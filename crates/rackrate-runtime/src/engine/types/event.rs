//! What happened, and what it means.

use std::sync::Arc;
use std::time::Duration;

use rackrate_auth::lifecycle::Ticket;
use rackrate_core::adapter::Discovery;
use rackrate_core::chunk::{Chunk, Receipt};
use rackrate_core::error::{Delivery, Error, ErrorKind};
use rackrate_core::idempotency::Found;
use rackrate_core::ids::JobRef;
use rackrate_core::jobs::JobState;
use rackrate_core::limit::Feedback;
use rackrate_core::night::Night;
use rackrate_ledger::op::{DesiredSeries, RunRecord};

#[cfg(doc)]
use super::Effect;
use super::{BatchId, CarryId, ConnIx, GrantIx, LaneIx, SendId};
use crate::observation::Observation;

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
    /// A token.
    Token(Issued),
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

/// A token that a vendor issued; the host holds it under the ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// Its name.
    pub ticket: Ticket,
    /// How long it lives.
    pub lifetime: Option<Duration>,
    /// The same, sealed, where it is kept beyond this run.
    pub sealed: Option<String>,
    /// The refresh token that came with it, sealed.
    pub refresh: Option<String>,
    /// The granted scopes, where the vendor said.
    pub scope: Option<String>,
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
