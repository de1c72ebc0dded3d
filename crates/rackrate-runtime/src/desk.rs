//! The desk between engine and wire: verbs become requests, responses become answers.
//!
//! It holds what the engine must not: adapters, secrets, tokens, and questions that an
//! answer left open. It does no I/O, so both hosts share it, and a simulated run sends the
//! very bytes that a real one sends.
//!
//! Invariants: no text of a vendor leaves it that is not clean as [`rackrate_core::words`] has
//! it; a credential is put only on a request to a base that its adapter declares.

mod answers;
mod credentials;
mod keys;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rackrate_auth::lifecycle::Ticket;
use rackrate_auth::seal::Seal;
use rackrate_core::adapter::{Adapter, Carry, DiscoverAsk, Discovery, ReadAsk};
use rackrate_core::auth::Token;
use rackrate_core::chunk::Target;
use rackrate_core::error::{Delivery, Error, ErrorKind};
use rackrate_core::exchange::Request;
use rackrate_core::idempotency::Lost;
use rackrate_core::ids::{ConnectionId, Ids, VendorId};
use rackrate_core::night::Night;
use rackrate_core::secret::{Secret, Secrets};

pub use self::answers::Parsed;
pub use self::credentials::Code;
pub use self::keys::{Keys, Resealing};
use crate::engine::types::{CarryId, ConnIx, Failure, GrantIx, LaneIx, Verb};
use crate::observation::Observation;

/// A connection with everything needed to speak for it.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Its name.
    pub id: ConnectionId,
    /// Its vendor's protocol.
    pub adapter: Arc<dyn Adapter>,
    /// Its secrets.
    pub secrets: Secrets,
    /// Its grant.
    pub grant: GrantIx,
    /// Today at its properties, for discovery.
    pub today: Night,
    /// The properties that the mapping names, for vendors that list none.
    pub mapped: Vec<VendorId>,
    /// Makes its tokens fit to be kept; without it they die with the desk.
    pub seal: Option<Seal>,
}

impl Connection {
    fn discover_ask(&self) -> DiscoverAsk {
        DiscoverAsk {
            property: None,
            mapped: self.mapped.clone(),
            today: self.today,
        }
    }
}

/// A lane with everything needed to speak of it.
#[derive(Clone, Debug)]
pub struct LaneDesk {
    /// Its connection.
    pub connection: ConnIx,
    /// Its property.
    pub target: Arc<Target>,
    /// What we expect to see there: what a read does not show, the vendor does not have.
    pub expected: Vec<(Ids, u8)>,
}

/// An attempt made ready: the request, and what is needed to read its answer.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// What was asked for.
    pub verb: Verb,
    /// The connection whose adapter reads the answer.
    pub connection: ConnIx,
    /// The request, credential applied.
    pub request: Request,
    carry: Carry,
    partial: Partial,
}

#[derive(Clone, Debug, Default)]
enum Partial {
    #[default]
    None,
    Read(Box<Observation>),
    Discovery(Box<Discovery>),
}

#[derive(Debug)]
struct Open {
    request: Request,
    carry: Carry,
    partial: Partial,
}

/// The desk.
#[derive(Debug)]
pub struct Desk {
    connections: Vec<Connection>,
    lanes: Vec<LaneDesk>,
    tokens: BTreeMap<Ticket, (GrantIx, Token)>,
    /// The refresh tokens of consents.
    refresh: BTreeMap<GrantIx, Secret>,
    /// Codes that nobody has redeemed.
    codes: BTreeMap<GrantIx, Code>,
    open: BTreeMap<CarryId, Open>,
    next_ticket: u64,
    next_carry: u64,
}

impl Desk {
    /// A desk for these connections and lanes, in the order of the engine's setup.
    pub fn new(connections: Vec<Connection>, lanes: Vec<LaneDesk>) -> Self {
        Self {
            connections,
            lanes,
            tokens: BTreeMap::new(),
            refresh: BTreeMap::new(),
            codes: BTreeMap::new(),
            open: BTreeMap::new(),
            next_ticket: 1,
            next_carry: 0,
        }
    }

    /// The connection.
    pub fn connection(&self, at: ConnIx) -> &Connection {
        &self.connections[at.0]
    }

    /// The connections, in the order of the engine's setup.
    pub fn connections(&self) -> &[Connection] {
        &self.connections
    }

    /// The lane.
    pub fn lane(&self, at: LaneIx) -> &LaneDesk {
        &self.lanes[at.0]
    }

    /// Makes an attempt ready.
    ///
    /// # Errors
    /// What the adapter or the credential refuses; nothing has left then.
    pub fn prepare(&mut self, verb: Verb, ticket: Option<Ticket>) -> Result<Attempt, Failure> {
        let connection = self
            .connection_of(&verb)
            .ok_or_else(|| bug("the grant has no connection"))?;
        let (mut request, carry, partial) = match carry_of(&verb) {
            Some(id) => {
                let open = self
                    .open
                    .remove(&id)
                    .ok_or_else(|| bug("the next question is not at hand"))?;
                (open.request, open.carry, open.partial)
            }
            None => (
                self.first_request(&verb, connection)?,
                Carry::default(),
                Partial::None,
            ),
        };
        let Connection {
            adapter, secrets, ..
        } = &self.connections[connection.0];
        if !adapter.manifest().bases.contains(&request.base) {
            return Err(bug(
                "the request would go to an address that the adapter does not declare",
            ));
        }
        if verb.grant().is_none() {
            let token = ticket
                .and_then(|ticket| self.tokens.get(&ticket))
                .map(|(_, token)| token);
            adapter
                .auth()
                .apply(secrets, token, &mut request)
                .map_err(not_sent)?;
        }
        if let Verb::Push { key, .. } = &verb {
            adapter.idempotency().stamp(key, &mut request);
        }
        Ok(Attempt {
            verb,
            connection,
            request,
            carry,
            partial,
        })
    }

    fn connection_of(&self, verb: &Verb) -> Option<ConnIx> {
        match verb {
            Verb::Refresh(grant)
            | Verb::Redeem(grant)
            | Verb::Introspect(grant)
            | Verb::Revoke(grant) => self
                .connections
                .iter()
                .position(|one| one.grant == *grant)
                .map(ConnIx),
            Verb::Discover { connection, .. } => Some(*connection),
            Verb::Push { lane, .. }
            | Verb::Poll { lane, .. }
            | Verb::LookUp { lane, .. }
            | Verb::Read { lane, .. } => Some(self.lanes[lane.0].connection),
        }
    }

    fn first_request(&mut self, verb: &Verb, connection: ConnIx) -> Result<Request, Failure> {
        if let Some(grant) = verb.grant() {
            return self.token_request(verb, grant, connection);
        }
        let of = &self.connections[connection.0];
        let adapter = &of.adapter;
        match verb {
            Verb::Refresh(_) | Verb::Redeem(_) | Verb::Introspect(_) | Verb::Revoke(_) => {
                Err(bug("a request for a token is none for prices"))
            }
            Verb::Push { chunk, .. } => adapter.push(chunk).map_err(not_sent),
            Verb::Poll { chunk, job, .. } => {
                let jobs = adapter
                    .jobs()
                    .ok_or_else(|| bug("the vendor has no jobs"))?;
                jobs.poll(chunk, job).map_err(not_sent)
            }
            Verb::LookUp {
                chunk,
                departed,
                known_jobs,
                ..
            } => {
                let lost = Lost {
                    chunk,
                    departed: *departed,
                    known_jobs,
                };
                adapter
                    .idempotency()
                    .look_up(&lost)
                    .ok_or_else(|| bug("the vendor has no look-up"))
            }
            Verb::Read {
                lane, first, last, ..
            } => adapter
                .read(&self.read_ask(*lane, *first, *last))
                .map_err(not_sent),
            Verb::Discover { .. } => adapter.discover(&of.discover_ask()).map_err(not_sent),
        }
    }

    fn read_ask(&self, lane: LaneIx, first: Night, last: Night) -> ReadAsk {
        ReadAsk {
            target: Arc::clone(&self.lanes[lane.0].target),
            first,
            last,
        }
    }
}

fn carry_of(verb: &Verb) -> Option<CarryId> {
    match verb {
        Verb::Poll { carry, .. }
        | Verb::LookUp { carry, .. }
        | Verb::Read { carry, .. }
        | Verb::Discover { carry, .. } => *carry,
        _ => None,
    }
}

fn not_sent(error: Error) -> Failure {
    Failure {
        delivery: Delivery::NotSent,
        ..Failure::unanswered(&error)
    }
}

fn bug(text: &str) -> Failure {
    Failure {
        kind: ErrorKind::Bug,
        delivery: Delivery::NotSent,
        answered: false,
        code: String::new(),
        text: text.to_owned(),
        retry_after: None::<Duration>,
    }
}
