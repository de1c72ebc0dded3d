//! One account at one vendor: its hotels, its settings, and what is wished there.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use rackrate_catalog::Entry;
use rackrate_core::adapter::{Adapter, Carry, DiscoverAsk, Discovery};
use rackrate_core::auth::{Ask, Grant};
use rackrate_core::chunk::{Row, Target};
use rackrate_core::error::ErrorKind;
use rackrate_core::exchange::{Operation, Response};
use rackrate_core::idempotency::Guarantee;
use rackrate_core::ids::ConnectionId;
use rackrate_core::limit::Window;
use rackrate_core::money::Minor;
use rackrate_core::night::Night;
use rackrate_core::notes::Notes;
use rackrate_core::rules::{Rules, Set};
use rackrate_core::secret::{Secret, Secrets};
use rackrate_core::seed::Seed;
use rackrate_core::simulator::{Hotel, SimulatorSetup, Timing};

use super::EPOCH;
use crate::hotels::{hotel, target};

/// One account at one vendor.
#[derive(Debug)]
pub struct Account {
    /// The vendor.
    pub vendor: &'static Entry,
    /// Its settings.
    pub settings: toml::Table,
    /// Its name.
    pub id: ConnectionId,
    /// Its hotels.
    pub hotels: Vec<Hotel>,
    /// Its lanes, as discovery found them.
    pub targets: Vec<Arc<Target>>,
    /// What a read noted down for their writes.
    pub notes: Vec<Notes>,
    /// How slow it is.
    pub timing: Timing,
}

impl Account {
    /// Its adapter.
    ///
    /// # Errors
    /// What the adapter says of its settings.
    pub fn adapter(&self) -> std::result::Result<Arc<dyn Adapter>, String> {
        (self.vendor.adapter)(self.settings.clone())
    }

    /// A property with the notes of these rows.
    pub fn target_for(&self, property: usize, rows: &[Row]) -> Arc<Target> {
        Arc::new(self.notes[property].attach(&self.targets[property], rows))
    }

    /// Whether its vendor counts tokens, so that a run may not need many.
    pub fn has_few_tokens(&self) -> bool {
        let counted = |adapter: Arc<dyn Adapter>| {
            let (limits, nowhere) = (adapter.limits(), target(&self.id, &self.hotels[0]));
            let quotas = limits.quotas();
            let charges = limits.charges(Operation::Token, &nowhere);
            charges
                .iter()
                .any(|charge| match quotas[charge.quota].window {
                    Window::Rolling(span) => span > Duration::from_secs(3600),
                    Window::Concurrency => false,
                })
        };
        self.adapter().is_ok_and(counted)
    }

    /// Whether its writes may become jobs.
    pub fn has_jobs(&self) -> bool {
        self.adapter().is_ok_and(|adapter| adapter.jobs().is_some())
    }

    /// Whether a repeated write does no harm there while nothing newer has left.
    pub fn sets_values(&self) -> bool {
        let guarantee = |adapter: Arc<dyn Adapter>| {
            let promise = adapter.idempotency().guarantee(Operation::Push);
            matches!(promise, Guarantee::Absolute { .. })
        };
        self.adapter().is_ok_and(guarantee)
    }

    /// Whether its credential is a token that can be asked for again.
    pub(super) fn renews(&self) -> bool {
        let first = |adapter: Arc<dyn Adapter>| {
            let secrets = self.secrets(adapter.as_ref());
            adapter.auth().grant(&secrets, Ask::First)
        };
        let grant = self.adapter().map(first);
        matches!(grant, Ok(Ok(Grant::Exchange(_))))
    }

    /// Whether its vendor refuses a dead token in the words for something that no other token
    /// mends. There a token that dies as soon as it is had looks like that, and the account is
    /// held for a person to look at.
    pub(super) fn doubts_tokens(&self) -> bool {
        let ask = DiscoverAsk {
            property: None,
            mapped: self.hotels.iter().map(|one| one.id.clone()).collect(),
            today: Night::from_days(0),
        };
        let refused = Response::new(401, "");
        let judged = |adapter: Arc<dyn Adapter>| {
            let mut nothing = Discovery::default();
            adapter.parse_discover(&ask, &Carry::default(), &refused, &mut nothing)
        };
        let error = self.adapter().ok().and_then(|one| judged(one).err());
        let doubtful = ErrorKind::Unauthenticated { certain: false };
        error.is_some_and(|error| error.kind() == doubtful)
    }

    /// What it proves who it is with.
    pub fn secrets(&self, adapter: &dyn Adapter) -> Secrets {
        secrets(adapter, self.id.as_str())
    }

    /// What its simulator is built from.
    ///
    /// # Errors
    /// What the adapter says of its settings.
    pub fn setup(&self, seed: u64) -> std::result::Result<SimulatorSetup, String> {
        Ok(SimulatorSetup {
            seed,
            epoch: EPOCH,
            hotels: self.hotels.clone(),
            secrets: self.secrets(self.adapter()?.as_ref()),
            saved: None,
            timing: self.timing,
        })
    }

    /// The restriction of a version: of the first kind that the vendor has.
    fn rules(&self, version: u64) -> Rules {
        let adapter = self.adapter();
        let kinds = adapter.map(|adapter| adapter.manifest().restrictions.clone());
        let mut rules = Rules::LEAVE;
        for kind in kinds.unwrap_or_default().into_iter().take(1) {
            rules.set(kind, Set::To(2 + version as u16));
        }
        rules
    }

    /// The wishes of one of its properties in one version.
    pub fn rows(&self, property: usize, version: u64) -> Vec<Row> {
        let hotel = &self.hotels[property];
        let rules = self.rules(version);
        let mut rows: Vec<Row> = Vec::new();
        for held in &hotel.prices {
            let base = held.price.map_or(0, |price| price.0);
            let prices = vec![(2, Minor(base + version))];
            match rows.last_mut() {
                Some(row)
                    if row.ids == held.ids
                        && row.prices == prices
                        && row.last.next() == held.night =>
                {
                    row.last = held.night
                }
                _ => rows.push(Row {
                    ids: held.ids.clone(),
                    first: held.night,
                    last: held.night,
                    prices,
                    rules,
                }),
            }
        }
        rows
    }
}

/// The secrets that an account of that name with that adapter uses. Each is a client of its own,
/// as its simulator is a vendor of its own: what one vendor counts by client two must not share.
pub fn secrets(adapter: &dyn Adapter, account: &str) -> Secrets {
    let named = |name: &&str| {
        let secret = Secret::new(format!("simulated-{name}-of-{account}"));
        ((*name).to_owned(), secret)
    };
    Secrets::new(adapter.manifest().secrets.iter().map(named))
}

/// An account at one of these vendors, discovered on a calm day.
pub(super) fn account(index: u64, entries: &[&'static Entry], dice: &mut Seed) -> Result<Account> {
    let vendor = entries[dice.between(0, entries.len() as u64 - 1) as usize];
    let name = format!("{}-{index}", vendor.id);
    let id = ConnectionId::new(&name).unwrap_or_else(|_| unreachable!("vendor names are names"));
    let hotels: Vec<_> = (0..dice.between(1, 3))
        .map(|at| hotel(vendor.naming, index, at, dice))
        .collect();
    let settings = settings(vendor, dice);
    let timing = Timing {
        latency_min: 5_000,
        latency_max: dice.between(10_000, 400_000),
        job: Some(dice.between(100_000, 9_000_000)),
        settle: Some(dice.between(0, 1_900_000)),
        token_life: Some(dice.between(20, 400)),
    };
    let mut account = Account {
        vendor,
        settings,
        id,
        hotels,
        targets: Vec::new(),
        notes: Vec::new(),
        timing,
    };
    if account.has_few_tokens() {
        account.timing.token_life = None;
    }
    let known = crate::errand::run(&account)?;
    (account.targets, account.notes) = known.into_iter().unzip();
    Ok(account)
}

/// The vendor's sample settings. Half of the accounts get a tight allowance where the
/// vendor's figure is a setting, so that a few hotels are enough to exceed it.
fn settings(vendor: &Entry, dice: &mut Seed) -> toml::Table {
    let sample: toml::Table = (vendor.sample)("http://127.0.0.1:1")
        .parse()
        .unwrap_or_default();
    let (tight, limit, window) = (
        dice.chance(500),
        dice.between(1, 6) as i64,
        dice.between(1_000, 8_000) as i64,
    );
    let mut tightened = sample.clone();
    tightened.insert("requests_per_minute".to_owned(), limit.into());
    tightened.insert("window_ms".to_owned(), window.into());
    if tight && (vendor.adapter)(tightened.clone()).is_ok() {
        return tightened;
    }
    sample
}
