//! What a person sees of a plan: every change with before and after, the dearest first.
//!
//! Drawing it is left to the binary.
//!
//! Invariant: percentages are whole tenths; no float takes part.

use std::collections::BTreeMap;

use rackrate_core::ids::{ConnectionId, Ids, PropertyCode, RatePlanCode, RoomTypeCode};
use rackrate_core::money::{Currency, Minor};
use rackrate_core::night::Night;
use rackrate_core::rules::Rules;
use rackrate_core::series::Seen;
use serde::Serialize;

use crate::plan::{Lane, Plan};

/// All changes of a plan, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct View {
    /// The changes: those first that move the most money.
    pub changes: Vec<Change>,
    /// The sums, by connection and property.
    pub totals: Vec<PropertyTotal>,
}

/// One change on consecutive nights.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The account.
    pub connection: ConnectionId,
    /// The property.
    pub property: PropertyCode,
    /// Its name.
    pub name: String,
    /// Our room type.
    pub room_type: Option<RoomTypeCode>,
    /// Our rate plan.
    pub rate_plan: Option<RatePlanCode>,
    /// The first night.
    pub first: Night,
    /// The last night, meant too.
    pub last: Night,
    /// The currency of the amounts.
    pub currency: Currency,
    /// What changes.
    pub what: What,
}

/// What changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// A price.
    Price {
        /// For how many adults.
        adults: u8,
        /// What was shown; `None` where it was not known.
        before: Option<Seen>,
        /// What will be.
        after: Minor,
    },
    /// The restrictions.
    Rules {
        /// What was shown.
        before: Rules,
        /// What will be.
        after: Rules,
    },
}

/// The sum of one property at one connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PropertyTotal {
    /// The account.
    pub connection: ConnectionId,
    /// The property.
    pub property: PropertyCode,
    /// Its name.
    pub name: String,
    /// Prices that go up, from nothing or from the unknown too.
    pub up: u64,
    /// Prices that go down.
    pub down: u64,
    /// Nights whose restrictions change.
    pub restrictions: u64,
}

impl View {
    /// The view of a plan.
    pub fn of(plan: &Plan) -> Self {
        let (mut changes, mut totals) = (Vec::new(), Vec::new());
        for lane in &plan.lanes {
            let own = self::changes(lane);
            totals.push(total(lane, &own));
            changes.extend(own);
        }
        changes.sort_by_key(|change| std::cmp::Reverse(change.weight()));
        Self { changes, totals }
    }
}

impl Change {
    /// Nights of the change.
    pub fn nights(&self) -> u32 {
        self.first.span(self.last)
    }

    /// The change in tenths of a percent of the price before; `None` where there was none.
    /// Rounded towards zero.
    pub fn tenths(&self) -> Option<i64> {
        let What::Price {
            before: Some(Seen::Price(before)),
            after,
            ..
        } = self.what
        else {
            return None;
        };
        let difference = i128::from(after.0) - i128::from(before.0);
        let tenths = (difference * 1000).checked_div(i128::from(before.0))?;
        i64::try_from(tenths).ok()
    }

    /// The minor units moved, over all its nights; none for restrictions.
    pub fn weight(&self) -> u128 {
        let What::Price { before, after, .. } = self.what else {
            return 0;
        };
        let moved = match before {
            Some(Seen::Price(before)) => before.0.abs_diff(after.0),
            _ => after.0,
        };
        u128::from(moved) * u128::from(self.nights())
    }
}

/// The changes of a lane, each as long as its values last. What travels along unchanged is
/// no change.
fn changes(lane: &Lane) -> Vec<Change> {
    let mut columns: BTreeMap<(&Ids, Option<u8>), Vec<Change>> = BTreeMap::new();
    for row in &lane.rows {
        for night in row.first.through(row.last) {
            let before = lane.before(&row.ids, night);
            let prices = row.prices.iter().map(|(adults, after)| What::Price {
                adults: *adults,
                before: before.and_then(|before| before.price(*adults)),
                after: *after,
            });
            let rules = (!row.rules.is_leave()).then(|| What::Rules {
                before: before.map_or(Rules::LEAVE, |before| before.rules),
                after: row.rules,
            });
            for what in prices.chain(rules).filter(What::is_change) {
                let column = columns.entry((&row.ids, what.adults())).or_default();
                match column.last_mut() {
                    Some(last) if last.what == what && last.last.next() == night => {
                        last.last = night;
                    }
                    _ => column.push(change(lane, &row.ids, night, what)),
                }
            }
        }
    }
    columns.into_values().flatten().collect()
}

impl What {
    fn is_change(&self) -> bool {
        match self {
            Self::Price { before, after, .. } => *before != Some(Seen::Price(*after)),
            Self::Rules { before, after } => !after.fulfilled_by(before),
        }
    }

    fn adults(&self) -> Option<u8> {
        match self {
            Self::Price { adults, .. } => Some(*adults),
            Self::Rules { .. } => None,
        }
    }
}

fn change(lane: &Lane, ids: &Ids, night: Night, what: What) -> Change {
    let named = lane.named(ids);
    Change {
        connection: lane.connection.clone(),
        property: lane.property.clone(),
        name: lane.name.clone(),
        room_type: named.map(|named| named.room_type.clone()),
        rate_plan: named.map(|named| named.rate_plan.clone()),
        first: night,
        last: night,
        currency: lane.target.currency(ids),
        what,
    }
}

fn total(lane: &Lane, changes: &[Change]) -> PropertyTotal {
    let mut total = PropertyTotal {
        connection: lane.connection.clone(),
        property: lane.property.clone(),
        name: lane.name.clone(),
        up: 0,
        down: 0,
        restrictions: 0,
    };
    for change in changes {
        let nights = u64::from(change.nights());
        match change.what {
            What::Price {
                before: Some(Seen::Price(before)),
                after,
                ..
            } if after < before => {
                total.down += nights;
            }
            What::Price { .. } => total.up += nights,
            What::Rules { .. } => total.restrictions += nights,
        }
    }
    total
}
