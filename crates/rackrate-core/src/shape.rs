//! How big and of what form one request of an operation may be.
//!
//! An adapter declares it; the planner cuts to it, the conformance suite checks that
//! nothing over it is ever built, and the engine keeps its lane rule.

use serde::{Deserialize, Serialize};

/// The form of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// What may share a request.
    pub group: Group,
    /// What one item of the request covers.
    pub item: Item,
    /// Items in one request at most.
    pub max_items: u32,
    /// Nights that one request may span at most, from its first to its last. A read has to
    /// take one night more on either side: verification looks for prices that spilled over.
    pub max_nights: u32,
    /// Bytes of the body at most.
    pub max_bytes: u32,
    /// What must travel together.
    pub unit: Unit,
    /// How requests of one property follow each other.
    pub lane: LaneRule,
    /// Whether clearing a restriction needs a request of its own. It leaves before the one
    /// that sets others on the same nights.
    pub clears_apart: bool,
}

/// What may share a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// All rows of one property.
    Property,
    /// Rows of one rate plan of one property.
    Plan,
}

/// What one item of a request covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// One night.
    Night,
    /// Consecutive nights with equal wishes.
    Range {
        /// Nights in one item at most.
        max_nights: u32,
    },
}

/// What must travel together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Each price for itself.
    Cell,
    /// The prices for all numbers of adults of a night.
    AllOccupancies,
    /// Price and restrictions of a night, even if only one of them changes.
    PriceAndRestrictions,
    /// All restrictions of a night, even if only one of them changes; prices each for
    /// itself.
    AllRestrictions,
}

/// How requests of one property follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LaneRule {
    /// Several at once; the vendor keeps their order.
    Pipelined,
    /// The next one leaves when the last one is answered.
    OneRequest,
    /// The next one leaves when the job of the last one has ended.
    OneJob,
}
