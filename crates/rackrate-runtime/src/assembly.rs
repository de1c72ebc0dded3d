//! Puts a run together: from adapters, secrets and targets to what engine and desk need.
//!
//! Here the scopes of allowances are resolved: what two connections share gets one meter.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rackrate_auth::seal::Seal;
use rackrate_core::adapter::Adapter;
use rackrate_core::auth::{Ask, Grant};
use rackrate_core::chunk::{Facts, Target};
use rackrate_core::error::{Error, ErrorKind, Result};
use rackrate_core::exchange::Operation;
use rackrate_core::ids::{ConnectionId, Ids, PropertyCode, Vendor, VendorId};
use rackrate_core::jobs::Pace;
use rackrate_core::key::Key;
use rackrate_core::limit::{Quota, Scope};
use rackrate_core::money::Currency;
use rackrate_core::night::Night;
use rackrate_core::secret::{Secret, Secrets};
use rackrate_ledger::op::LaneKey;

use crate::desk::{Connection, Desk, LaneDesk};
use crate::engine::limiter::{QuotaSpec, Use};
use crate::engine::types::{
    ClientIx, ClientSpec, ConnIx, ConnectionSpec, ConsentSpec, GrantIx, GrantSpec, LaneIx,
    LaneSpec, Policy, ScopeSpec, Setup, Uses,
};

/// A run being put together.
#[derive(Debug, Default)]
pub struct Assembly {
    setup: Setup,
    connections: Vec<Connection>,
    counted: Vec<Counted>,
    lanes: Vec<LaneDesk>,
}

/// What the allowances of a connection are counted by.
#[derive(Debug)]
struct Counted {
    /// The client, over all connections that share it; `None` where nothing tells.
    client: Option<String>,
    /// Stands for no property.
    nowhere: Target,
}

impl Assembly {
    /// A run with these times and bounds, and nothing in it yet.
    pub fn new(policy: Policy) -> Self {
        Self {
            setup: Setup {
                policy,
                ..Setup::default()
            },
            ..Self::default()
        }
    }

    /// Adds a connection; `today` is today at its properties.
    ///
    /// # Errors
    /// `Misconfigured` when a secret is missing or the credential needs a person first, and
    /// `Bug` when the adapter has no form for a write or a read. Then nothing was added.
    pub fn connection(
        &mut self,
        id: &ConnectionId,
        adapter: Arc<dyn Adapter>,
        secrets: Secrets,
        today: Night,
    ) -> Result<ConnIx> {
        let at = ConnIx(self.connections.len());
        let vendor = adapter.manifest().vendor.clone();
        if let Some(awaits) = adapter.awaits() {
            let text = format!("{} has not described itself yet", awaits.issuer());
            return Err(Error::bug(&vendor, Operation::Token, text));
        }
        let spec = connection_spec(id, adapter.as_ref(), GrantIx(at.0))?;
        let (renewable, consent) = way_to_tokens(adapter.as_ref(), &secrets)?;
        let nowhere = nowhere(id, &vendor)?;
        let known = client_name(adapter.as_ref(), &secrets);
        let alone = || named(&vendor, &[b"connection", id.as_str().as_bytes()]);
        let client = self.client(known.clone().unwrap_or_else(alone));
        self.setup.grants.push(GrantSpec {
            client,
            scopes: ScopeSpec {
                needs: adapter.scopes().cloned(),
                asked: adapter.manifest().scopes.clone(),
            },
            renewable,
            uses: Vec::new(),
            horizon: spec.horizon,
            rereads: false,
            consent,
        });
        self.setup.connections.push(spec);
        self.connections.push(Connection {
            id: id.clone(),
            adapter,
            secrets,
            grant: GrantIx(at.0),
            today,
            mapped: Vec::new(),
            seal: None,
        });
        self.counted.push(Counted {
            client: known,
            nowhere,
        });
        Ok(at)
    }

    /// Tells which properties of a connection are meant, for vendors that list none.
    pub fn mapped(&mut self, connection: ConnIx, properties: Vec<VendorId>) {
        self.connections[connection.0].mapped = properties;
    }

    /// Asks the places of a connection's secrets again when one is refused; the run needs
    /// [`crate::places::Places`] for it.
    pub fn rereads(&mut self, connection: ConnIx) {
        let grant = self.connections[connection.0].grant;
        self.setup.grants[grant.0].rereads = true;
    }

    /// Keeps the tokens of a connection, sealed, beyond this run.
    pub fn keep_tokens(&mut self, connection: ConnIx, seal: Seal) {
        self.connections[connection.0].seal = Some(seal);
    }

    /// Gives a connection's grant to the client registration of that name, which several may
    /// share, before its first lane. Default: whoever has the same vendor and client identifier.
    /// Allowances of a client are counted by that identifier, as vendors do, and by the
    /// registration where the connection has none.
    pub fn registered(&mut self, connection: ConnIx, name: &str) {
        let counted = &mut self.counted[connection.0].client;
        counted.get_or_insert_with(|| name.to_owned());
        let client = self.client(name.to_owned());
        self.setup.grants[connection.0].client = client;
    }

    fn client(&mut self, name: String) -> ClientIx {
        let clients = &mut self.setup.clients;
        let known = clients.iter().position(|client| client.name == name);
        ClientIx(known.unwrap_or_else(|| {
            clients.push(ClientSpec { name });
            clients.len() - 1
        }))
    }

    /// Adds a property at a connection. `expected` is what we mean to see there, `last_seq`
    /// the last sequence number the ledger knows of the lane.
    pub fn lane(
        &mut self,
        connection: ConnIx,
        target: Arc<Target>,
        expected: Vec<(Ids, u8)>,
        last_seq: u64,
    ) -> LaneIx {
        let at = LaneIx(self.lanes.len());
        let uses = Operation::ALL.map(|operation| self.uses(connection, operation, &target, None));
        let plan_uses = self.plan_uses(connection, &target);
        let key = LaneKey {
            connection: target.connection.clone(),
            property: target.property.clone(),
        };
        self.setup.lanes.push(LaneSpec {
            key,
            connection,
            target: Arc::clone(&target),
            uses,
            plan_uses,
            last_seq,
        });
        self.lanes.push(LaneDesk {
            connection,
            target,
            expected,
        });
        at
    }

    /// What engine and desk need.
    pub fn finish(mut self) -> (Setup, Desk) {
        for at in (0..self.connections.len()).map(ConnIx) {
            let nowhere = self.counted[at.0].nowhere.clone();
            let grant = self.connections[at.0].grant;
            self.setup.grants[grant.0].uses = self.uses(at, Operation::Token, &nowhere, None);
            self.setup.connections[at.0].discover_uses =
                self.uses(at, Operation::Discover, &nowhere, None);
        }
        (self.setup, Desk::new(self.connections, self.lanes))
    }

    /// What writes of each plan use up; nothing where no allowance is counted by plan.
    fn plan_uses(&mut self, connection: ConnIx, target: &Target) -> BTreeMap<VendorId, Uses> {
        let adapter = Arc::clone(&self.connections[connection.0].adapter);
        let quotas = adapter.limits().quotas();
        if quotas.iter().all(|quota| quota.scope != Scope::Plan) {
            return BTreeMap::new();
        }
        let plans = target.facts.sellables.keys();
        let plans: BTreeSet<_> = plans.filter_map(|ids| ids.plan.clone()).collect();
        let each = |plan: VendorId| {
            let uses = |operation| self.uses(connection, operation, target, Some(&plan));
            (plan.clone(), Operation::ALL.map(uses))
        };
        plans.into_iter().map(each).collect()
    }

    fn uses(
        &mut self,
        connection: ConnIx,
        operation: Operation,
        target: &Target,
        plan: Option<&VendorId>,
    ) -> Vec<Use> {
        let adapter = Arc::clone(&self.connections[connection.0].adapter);
        let quotas = adapter.limits().quotas();
        let charges = adapter.limits().charges(operation, target);
        let client = self.counted[connection.0].client.clone();
        let client = client.unwrap_or_else(|| target.connection.to_string());
        charges
            .into_iter()
            .map(|charge| Use {
                quota: self.meter(
                    adapter.as_ref(),
                    &quotas[charge.quota],
                    &client,
                    target,
                    plan,
                ),
                cost: charge.cost,
            })
            .collect()
    }

    fn meter(
        &mut self,
        adapter: &dyn Adapter,
        quota: &Quota,
        client: &str,
        target: &Target,
        plan: Option<&VendorId>,
    ) -> usize {
        let manifest = adapter.manifest();
        let property = format!("{}/{}", target.connection, target.vendor_property);
        let counted_by = match quota.scope {
            Scope::Address => manifest
                .bases
                .first()
                .and_then(|base| base.host_str())
                .unwrap_or_default()
                .to_owned(),
            Scope::Client => client.to_owned(),
            Scope::Connection => target.connection.to_string(),
            Scope::Property => property,
            // What is of no plan in particular is counted as one plan more.
            Scope::Plan => match plan {
                Some(plan) => format!("{property}/{plan}"),
                None => property,
            },
        };
        let name = format!("{}:{}:{counted_by}", manifest.vendor, quota.name);
        let known = self.setup.quotas.iter().position(|spec| spec.name == name);
        known.unwrap_or_else(|| {
            self.setup.quotas.push(QuotaSpec {
                name,
                window: quota.window,
                usable: quota.usable(),
            });
            self.setup.quotas.len() - 1
        })
    }
}

/// A name for the client of a connection, the same for all that share it; `None` where nothing
/// identifies it.
fn client_name(adapter: &dyn Adapter, secrets: &Secrets) -> Option<String> {
    let manifest = adapter.manifest();
    let given = manifest.client.as_deref();
    let secret = |name: &str| secrets.get(name).map(Secret::expose);
    let client = given.and_then(secret).or(given);
    let client = client.or_else(|| secret("client_id"))?;
    let home = manifest.bases.first().map(ToString::to_string);
    let home = home.unwrap_or_default();
    let whose: [&[u8]; 3] = [b"client", home.as_bytes(), client.as_bytes()];
    Some(named(&manifest.vendor, &whose))
}

/// A name of a vendor and a digest, because what it is of may not be shown.
fn named(vendor: &Vendor, of: &[&[u8]]) -> String {
    let digest: String = Key::of(of).as_str().chars().take(16).collect();
    format!("{vendor}-{digest}")
}

fn connection_spec(
    id: &ConnectionId,
    adapter: &dyn Adapter,
    grant: GrantIx,
) -> Result<ConnectionSpec> {
    let manifest = adapter.manifest();
    let lacks = |operation| {
        Error::new(
            ErrorKind::Bug,
            &manifest.vendor,
            operation,
            "the adapter states no form for it",
        )
    };
    let shape = adapter
        .shape(Operation::Push)
        .ok_or_else(|| lacks(Operation::Push))?;
    let read = adapter
        .shape(Operation::Read)
        .ok_or_else(|| lacks(Operation::Read))?;
    Ok(ConnectionSpec {
        id: id.clone(),
        grant,
        guarantee: adapter.idempotency().guarantee(Operation::Push),
        restrict_guarantee: adapter.idempotency().guarantee(Operation::Restrict),
        shape,
        read_nights: read.max_nights,
        pace: adapter.jobs().map_or(NO_JOBS, |jobs| jobs.pace()),
        settle: manifest.settle,
        horizon: manifest.flight_horizon,
        discover_uses: Vec::new(),
    })
}

/// Stands for no property: tokens and discovery are charged before any is known.
fn nowhere(id: &ConnectionId, vendor: &Vendor) -> Result<Target> {
    let facts = |currency| Facts {
        name: String::new(),
        currency,
        basis: None,
        time_zone: None,
        sellables: BTreeMap::new(),
    };
    let (property, theirs) = (PropertyCode::new("-").ok(), VendorId::new("-").ok());
    match (property, theirs, Currency::new("EUR").ok()) {
        (Some(property), Some(vendor_property), Some(currency)) => Ok(Target {
            connection: id.clone(),
            property,
            vendor_property,
            facts: facts(currency),
        }),
        _ => Err(Error::new(
            ErrorKind::Bug,
            vendor,
            Operation::Discover,
            "no target can be made",
        )),
    }
}

/// For vendors without jobs, where nobody ever asks.
const NO_JOBS: Pace = Pace {
    first: std::time::Duration::ZERO,
    then: std::time::Duration::from_secs(1),
    longest: std::time::Duration::from_secs(1),
    give_up: std::time::Duration::ZERO,
};

/// Whether tokens are asked for, and whether a person gives the grant.
fn way_to_tokens(adapter: &dyn Adapter, secrets: &Secrets) -> Result<(bool, Option<ConsentSpec>)> {
    let consent = adapter.auth().consent();
    match (adapter.auth().grant(secrets, Ask::First)?, consent) {
        (Grant::Static, _) => Ok((false, None)),
        (Grant::Exchange(_), _) => Ok((true, None)),
        (Grant::Person, Some(consent)) => {
            let any = Secret::new(String::new());
            let spec = ConsentSpec {
                rotation: consent.rotation(),
                introspects: consent.introspect(secrets, &any).is_some(),
                revokes: consent.revoke(secrets, &any).is_some(),
            };
            Ok((true, Some(spec)))
        }
        (Grant::Person, None) => Err(Error::new(
            ErrorKind::Bug,
            &adapter.manifest().vendor,
            Operation::Token,
            "the adapter asks for a person and does not say how",
        )),
    }
}
