//! What goes wrong in a scenario: tokens die, somebody changes a price, the way is bad, the
//! program dies.

use std::collections::BTreeSet;
use std::time::Duration;

use rackrate_core::exchange::Operation;
use rackrate_core::money::Minor;
use rackrate_core::seed::Seed;
use rackrate_core::simulator::Held;
use rackrate_simulator::faults::{Fate, Faults};
use rackrate_simulator::world::Boundary;

use super::account::Account;
use super::{OUTSIDE, within};

/// When tokens die. A key that cannot be renewed is left alone: its end needs a person. So does
/// a second death, where it is doubtful that a token died.
pub(super) fn revocations(accounts: &[Account], dice: &mut Seed) -> Vec<(Duration, usize)> {
    let drawn: Vec<_> = (0..dice.between(0, 2))
        .map(|_| {
            let account = dice.between(0, accounts.len() as u64 - 1) as usize;
            (within(dice, 120), account)
        })
        .collect();
    let renews = |(_, account): &(Duration, usize)| {
        accounts[*account].renews() && !accounts[*account].has_few_tokens()
    };
    let mut doubted = BTreeSet::new();
    let is_the_first = |(_, account): &(Duration, usize)| {
        !accounts[*account].doubts_tokens() || doubted.insert(*account)
    };
    drawn
        .into_iter()
        .filter(renews)
        .filter(is_the_first)
        .collect()
}

/// A price that somebody changes by hand, in some scenarios.
pub(super) fn outside(accounts: &[Account], dice: &mut Seed) -> Vec<(Duration, usize, Held)> {
    if !dice.chance(250) {
        return Vec::new();
    }
    let account = dice.between(0, accounts.len() as u64 - 1) as usize;
    let prices = &accounts[account].hotels[0].prices;
    let mut held = prices[dice.between(0, prices.len() as u64 - 1) as usize].clone();
    held.price = held.price.map(|price| Minor(price.0 + OUTSIDE));
    vec![(within(dice, 200), account, held)]
}

/// Before which effect the program dies, after how many others of that kind.
pub(super) fn crash(dice: &mut Seed) -> (Boundary, u64) {
    let boundary = Boundary::ALL[dice.between(0, Boundary::ALL.len() as u64 - 1) as usize];
    (boundary, dice.between(0, 6))
}

/// Lost token answers would use up a day's tokens, and then nothing can be settled.
pub(super) fn sparing(few_tokens: bool, mut faults: Faults) -> Faults {
    if few_tokens {
        if faults.operations.is_empty() {
            faults.operations = Operation::ALL.to_vec();
        }
        faults.operations.retain(|one| *one != Operation::Token);
    }
    faults
}

/// What may happen on the way, and how often.
pub(super) fn faults(dice: &mut Seed) -> Faults {
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
