//! A small portfolio with wishes and mishaps, all decided by a seed.
//!
//! A price tells its own version: every cell has a base, and each update adds one minor
//! unit. So the judge can read off a vendor's history which update wrote what.
//!
//! `account` has what an account is and wishes, `mishaps` what goes wrong.

mod account;
mod mishaps;

use std::time::Duration;

use anyhow::Result;
use rackrate_catalog::VENDORS;
use rackrate_core::clock::Wall;
use rackrate_core::money::Minor;
use rackrate_core::rules::{Rules, Set};
use rackrate_core::seed::Seed;
use rackrate_core::simulator::Held;
use rackrate_simulator::faults::Faults;
use rackrate_simulator::world::Boundary;

use account::account;
use mishaps::{crash, faults, outside, revocations, sparing};

pub use account::{Account, secrets};

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
    let back = dice.chance(400);
    // In haste, updates meet requests and reads of earlier ones that are still under way.
    let seconds = if dice.chance(300) { 4 } else { 100 };
    // There and back takes three.
    for _ in 0..dice.between(if back { 2 } else { 0 }, 3) {
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

fn within(dice: &mut Seed, seconds: u64) -> Duration {
    Duration::from_millis(dice.between(0, seconds * 1000))
}
