//! A small portfolio with wishes and mishaps, all decided by a seed.
//!
//! A price tells its own version: every cell has a base, and each update adds one minor
//! unit. So the judge can read off a vendor's history which update wrote what.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use rackrate_catalog::{Entry, VENDORS};
use rackrate_core::adapter::Adapter;
use rackrate_core::auth::{Ask, Grant};
use rackrate_core::chunk::{Row, Target};
use rackrate_core::clock::Wall;
use rackrate_core::exchange::Operation;
use rackrate_core::idempotency::Guarantee;
use rackrate_core::ids::ConnectionId;
use rackrate_core::limit::Window;
use rackrate_core::money::Minor;
use rackrate_core::notes::Notes;
use rackrate_core::rules::{Rules, Set};
use rackrate_core::secret::{Secret, Secrets};
use rackrate_core::seed::Seed;
use rackrate_core::simulator::{Held, Hotel, SimulatorSetup, Timing};
use rackrate_simulator::faults::{Fate, Faults};
use rackrate_simulator::world::Boundary;

use crate::hotels::{hotel, target};

/// 2026-12-01T12:00:00Z, when every scenario begins.
pub const EPOCH: Wall = Wall(1_796_126_400_000);
/// Versions that a cell has room for; the last one is somebody else's.
pub(crate) const VERSIONS: u64 = 16;
/// The version of a change from outside.
pub const OUTSIDE: u64 = VERSIONS - 1;

/// Everything decided before the world starts.
#[derive(Debug)]
pub struct Scenario {
    /// The seed.
    pub seed: u64,
    /// The accounts.
    pub accounts: Vec<Account>,
    /// The wishes: when, for which lanes, in which version.
    pub updates: Vec<Update>,
    /// When all tokens of an account die.
    pub revocations: Vec<(Duration, usize)>,
    /// When somebody changes a price by hand.
    pub outside: Vec<(Duration, usize, Held)>,
    /// What happens on the way until `calm`.
    pub faults: Faults,
    /// From then on the way is good.
    pub calm: Duration,
    /// Before which effect the program dies, after how many others of that kind; one per life.
    pub crashes: Vec<(Boundary, u64)>,
    /// How long it stays dead, one per crash.
    pub rests: Vec<Duration>,
}

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

/// New wishes for some lanes.
#[derive(Clone, Debug)]
pub struct Update {
    /// When.
    pub at: Duration,
    /// Which lanes: account and property index.
    pub lanes: Vec<(usize, usize)>,
    /// Which version of the prices.
    pub version: u64,
}

impl Scenario {
    /// The scenario of a seed; `vendors` are the names to draw from.
    ///
    /// # Errors
    /// When a vendor cannot be discovered or read on a calm day.
    pub fn of(seed: u64, vendors: &[&str]) -> Result<Self> {
        let mut dice = Seed::new(seed).branch("scenario");
        let entries: Vec<_> = VENDORS
            .iter()
            .filter(|entry| vendors.contains(&entry.id))
            .collect();
        let count = dice.between(1, 2);
        let accounts: Vec<_> = (0..count)
            .map(|index| account(index, &entries, &mut dice))
            .collect::<Result<_>>()?;
        let updates = updates(&accounts, &mut dice);
        let calm = Duration::from_secs(dice.between(30, 240));
        let mut crashes: Vec<_> = (0..dice.between(0, 4)).map(|_| crash(&mut dice)).collect();
        // Every life costs a token, and some vendors give four a day.
        let few_tokens = accounts.iter().any(Account::has_few_tokens);
        if few_tokens {
            crashes.truncate(2);
        }
        Ok(Self {
            seed,
            revocations: revocations(&accounts, &mut dice),
            outside: outside(&accounts, &mut dice),
            faults: sparing(few_tokens, faults(&mut dice)),
            calm,
            rests: crashes
                .iter()
                .map(|_| Duration::from_millis(dice.between(1, 90_000)))
                .collect(),
            crashes,
            accounts,
            updates,
        })
    }
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
    fn renews(&self) -> bool {
        let first = |adapter: Arc<dyn Adapter>| {
            let secrets = secrets(adapter.as_ref());
            adapter.auth().grant(&secrets, Ask::First)
        };
        let grant = self.adapter().map(first);
        matches!(grant, Ok(Ok(Grant::Exchange(_))))
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
            secrets: secrets(self.adapter()?.as_ref()),
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

/// The secrets that an account with that adapter uses.
pub fn secrets(adapter: &dyn Adapter) -> Secrets {
    let named = |name: &&str| {
        let secret = Secret::new(format!("simulated-{name}"));
        ((*name).to_owned(), secret)
    };
    Secrets::new(adapter.manifest().secrets.iter().map(named))
}

/// The version that a price tells, by the base of its cell.
pub fn version_of(price: Minor) -> u64 {
    price.0 % VERSIONS
}

/// The version that a restriction tells; `None` where it is cleared or not spoken of.
pub fn version_of_rules(rules: &Rules) -> Option<u64> {
    rules.said().find_map(|(_, wish)| match wish {
        Set::To(value) => u64::from(value).checked_sub(2),
        Set::Leave | Set::Clear => None,
    })
}

fn within(dice: &mut Seed, seconds: u64) -> Duration {
    Duration::from_millis(dice.between(0, seconds * 1000))
}

fn account(index: u64, entries: &[&'static Entry], dice: &mut Seed) -> Result<Account> {
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

/// When tokens die. A key that cannot be renewed is left alone: its end needs a person.
fn revocations(accounts: &[Account], dice: &mut Seed) -> Vec<(Duration, usize)> {
    let drawn: Vec<_> = (0..dice.between(0, 2))
        .map(|_| {
            let account = dice.between(0, accounts.len() as u64 - 1) as usize;
            (within(dice, 120), account)
        })
        .collect();
    let renews = |(_, account): &(Duration, usize)| {
        accounts[*account].renews() && !accounts[*account].has_few_tokens()
    };
    drawn.into_iter().filter(renews).collect()
}

fn updates(accounts: &[Account], dice: &mut Seed) -> Vec<Update> {
    let lanes = |dice: &mut Seed, all: bool| {
        let every = accounts
            .iter()
            .enumerate()
            .flat_map(|(at, account)| (0..account.hotels.len()).map(move |hotel| (at, hotel)));
        every
            .filter(|_| all || dice.chance(600))
            .collect::<Vec<_>>()
    };
    let mut updates = vec![Update {
        at: Duration::ZERO,
        lanes: lanes(dice, true),
        version: 1,
    }];
    let back = dice.chance(200);
    // In haste, updates meet requests and reads of earlier ones that are still under way.
    let seconds = if dice.chance(300) { 4 } else { 100 };
    for _ in 0..dice.between(0, 3) {
        updates.push(Update {
            at: within(dice, seconds),
            lanes: lanes(dice, false),
            version: 1,
        });
    }
    updates.sort_by_key(|update| update.at);
    // A later update carries a later version, unless a scenario goes back and forth.
    for (update, number) in updates.iter_mut().zip(0..) {
        update.version = 1 + if back { number % 2 } else { number };
    }
    updates
}

fn outside(accounts: &[Account], dice: &mut Seed) -> Vec<(Duration, usize, Held)> {
    if !dice.chance(250) {
        return Vec::new();
    }
    let account = dice.between(0, accounts.len() as u64 - 1) as usize;
    let prices = &accounts[account].hotels[0].prices;
    let mut held = prices[dice.between(0, prices.len() as u64 - 1) as usize].clone();
    held.price = held.price.map(|price| Minor(price.0 + OUTSIDE));
    vec![(within(dice, 200), account, held)]
}

fn crash(dice: &mut Seed) -> (Boundary, u64) {
    let boundary = Boundary::ALL[dice.between(0, Boundary::ALL.len() as u64 - 1) as usize];
    (boundary, dice.between(0, 6))
}

/// Lost token answers would use up a day's tokens, and then nothing can be settled.
fn sparing(few_tokens: bool, mut faults: Faults) -> Faults {
    if few_tokens {
        if faults.operations.is_empty() {
            faults.operations = Operation::ALL.to_vec();
        }
        faults.operations.retain(|one| *one != Operation::Token);
    }
    faults
}

fn faults(dice: &mut Seed) -> Faults {
    let per_mille = [0, 50, 150, 400][dice.between(0, 3) as usize];
    let kinds = Fate::FAULTS
        .iter()
        .copied()
        .filter(|_| dice.chance(600))
        .collect();
    let all = dice.chance(500);
    let operations = if all {
        Vec::new()
    } else {
        vec![Operation::Push, Operation::Poll]
    };
    Faults {
        per_mille,
        kinds,
        operations,
        ..Faults::none()
    }
}
