//! The vendor's name of what is sold, parted into room type and rate plan.
//!
//! Adapters say both in one name, "room type, rate plan"; either may have a comma of its
//! own. What the rate plans of one room type have in common at the beginning is the room
//! type's.

use rackrate_core::chunk::Sellable;

/// Room type and rate plan, in the vendor's words; empty where nothing is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) room: String,
    pub(super) plan: String,
}

/// The parts of each, in order.
pub(super) fn parts(sellables: &[Sellable]) -> Vec<Parts> {
    sellables.iter().map(|one| of(one, sellables)).collect()
}

fn of(one: &Sellable, all: &[Sellable]) -> Parts {
    let pieces = pieces(one);
    if pieces.len() == 1 {
        let name = one.name.trim().to_owned();
        return match one.ids.room {
            Some(_) => parted(name, String::new()),
            None => parted(String::new(), name),
        };
    }
    let most = pieces.len() - 1;
    let siblings = all
        .iter()
        .filter(|other| other.ids.room.is_some() && other.ids.room == one.ids.room)
        .filter(|other| other.name != one.name);
    let common = siblings.map(|other| shared(&pieces, other)).min();
    let cut = common
        .filter(|common| *common > 0)
        .unwrap_or(most)
        .min(most);
    parted(pieces[..cut].join(", "), pieces[cut..].join(", "))
}

fn parted(room: String, plan: String) -> Parts {
    Parts { room, plan }
}

fn pieces(one: &Sellable) -> Vec<&str> {
    one.name.trim().split(", ").collect()
}

/// How many pieces both begin with; at least one is left for the rate plan.
fn shared(mine: &[&str], other: &Sellable) -> usize {
    let theirs = pieces(other);
    let equal = mine.iter().zip(&theirs).take_while(|(a, b)| a == b);
    equal.count().min(theirs.len() - 1)
}
