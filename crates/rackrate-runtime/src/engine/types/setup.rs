//! What the engine has to know of the world before it starts.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rackrate_core::auth::Rotation;
use rackrate_core::chunk::{Chunk, Target};
use rackrate_core::exchange::Operation;
use rackrate_core::idempotency::Guarantee;
use rackrate_core::ids::{ConnectionId, VendorId};
use rackrate_core::jobs::Pace;
use rackrate_core::limit::Window;
use rackrate_core::scope::Scopes;
use rackrate_core::shape::Shape;
use rackrate_ledger::op::LaneKey;

use super::{ClientIx, ConnIx, Failure, GrantIx};
use crate::engine::limiter::{LONGEST_REST, QuotaSpec, Use};

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
