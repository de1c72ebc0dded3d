//! How big and of what form one request of an operation may be.
//!
//! An adapter declares it; the planner cuts to it, the conformance suite checks that
//! nothing over it is ever built, and the engine keeps its lane rule.

use serde::{Deserialize, Serialize};

use crate::adapter::ReadAsk;
use crate::chunk::{Chunk, Row};
use crate::exchange::Operation;

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

impl Shape {
    /// The form of a read: a window of nights of one property, several at once.
    pub const fn window(max_nights: u32) -> Self {
        Self {
            group: Group::Property,
            item: Item::Range { max_nights },
            max_items: 1,
            max_nights,
            max_bytes: 0,
            unit: Unit::Cell,
            lane: LaneRule::Pipelined,
            clears_apart: false,
        }
    }

    /// Lets one read ask for that window, a night more on either side included.
    ///
    /// # Errors
    /// Why not: a fault of this program.
    pub fn check_window(&self, ask: &ReadAsk) -> Result<(), &'static str> {
        match ask.first.span(ask.last) {
            0 => Err("a window without nights"),
            nights if nights > self.max_nights.saturating_add(2) => {
                Err("a window of more nights than a read takes")
            }
            _ => Ok(()),
        }
    }

    /// Lets one write of that operation carry the chunk, as far as counting can tell.
    ///
    /// # Errors
    /// Why not: a fault of this program.
    pub fn check(&self, operation: Operation, chunk: &Chunk) -> Result<(), &'static str> {
        if chunk.operation != operation {
            return Err("the chunk is of another operation");
        }
        if chunk.rows.is_empty() {
            return Err("the chunk has no rows");
        }
        for row in &chunk.rows {
            self.check_row(row)?;
            if self.group == Group::Plan && !of_one_plan(row, &chunk.rows[0]) {
                return Err("the chunk is of several rate plans");
            }
        }
        let items = chunk.rows.iter().map(|row| self.items(row));
        if items.fold(0, u64::saturating_add) > u64::from(self.max_items) {
            return Err("the chunk has more items than a request may have");
        }
        if span(&chunk.rows) > self.max_nights {
            return Err("the chunk spans more nights than a request may");
        }
        Ok(())
    }

    fn check_row(&self, row: &Row) -> Result<(), &'static str> {
        if row.last < row.first {
            return Err("a row ends before it begins");
        }
        if row.prices.is_empty() && row.rules.is_leave() {
            return Err("a row wants nothing");
        }
        match self.item {
            Item::Range { max_nights } if row.nights() > max_nights => {
                Err("a row has more nights than an item may have")
            }
            Item::Range { .. } | Item::Night => Ok(()),
        }
    }

    /// The items that a row becomes: where an item is a night, one for each price of each.
    fn items(&self, row: &Row) -> u64 {
        match self.item {
            Item::Night => u64::from(row.nights()).saturating_mul(row.prices.len().max(1) as u64),
            Item::Range { .. } => 1,
        }
    }
}

/// Whether both go to one rate plan; where the vendor has none, to one thing.
fn of_one_plan(one: &Row, other: &Row) -> bool {
    match (&one.ids.plan, &other.ids.plan) {
        (None, None) => one.ids == other.ids,
        (one, other) => one == other,
    }
}

/// Nights from the first to the last of all rows.
fn span(rows: &[Row]) -> u32 {
    let first = rows.iter().map(|row| row.first).min();
    let last = rows.iter().map(|row| row.last).max();
    first.zip(last).map_or(0, |(first, last)| first.span(last))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chunk::Target;
    use crate::ids::Ids;
    use crate::money::Minor;
    use crate::night::Night;
    use crate::rules::Rules;

    const RANGES: Shape = Shape {
        item: Item::Range { max_nights: 10 },
        max_items: 2,
        max_nights: 20,
        ..Shape::window(0)
    };

    fn night(day: i32) -> Night {
        Night::from_days(20_000 + day)
    }

    fn row(plan: &str, first: i32, last: i32) -> Row {
        Row {
            ids: serde_json::from_str(&format!(r#"{{"room":"STD","plan":"{plan}"}}"#)).unwrap(),
            first: night(first),
            last: night(last),
            prices: vec![(1, Minor(1)), (2, Minor(2))],
            rules: Rules::LEAVE,
        }
    }

    fn chunk(rows: Vec<Row>) -> Chunk {
        let target: Target = serde_json::from_str(
            r#"{"connection":"c","property":"P","vendor_property":"1",
            "facts":{"name":"Hotel","currency":"EUR"}}"#,
        )
        .unwrap();
        Chunk {
            target: target.into(),
            operation: Operation::Push,
            rows,
        }
    }

    fn why(shape: Shape, rows: Vec<Row>) -> &'static str {
        let checked = shape.check(Operation::Push, &chunk(rows));
        checked.err().unwrap_or("nothing")
    }

    #[test]
    fn what_is_within_the_shape_is_let_through() {
        let rows = vec![row("BAR", 0, 9), row("NRF", 10, 19)];
        assert_eq!(RANGES.check(Operation::Push, &chunk(rows)), Ok(()));
    }

    #[test]
    fn what_is_over_the_shape_is_said() {
        let bar = |first, last| row("BAR", first, last);
        let silent = Row {
            prices: Vec::new(),
            ..bar(0, 0)
        };
        for (rows, words) in [
            (vec![], "no rows"),
            (vec![bar(1, 0)], "ends before"),
            (vec![silent], "wants nothing"),
            (vec![bar(0, 10)], "an item may have"),
            (vec![bar(0, 0), bar(1, 1), bar(2, 2)], "more items"),
            (vec![bar(0, 9), bar(20, 20)], "spans more nights"),
        ] {
            let why = why(RANGES, rows);
            assert!(why.contains(words), "{why}: {words}");
        }
        let restrict = RANGES.check(Operation::Restrict, &chunk(vec![bar(0, 0)]));
        assert!(restrict.unwrap_err().contains("another operation"));
    }

    #[test]
    fn where_an_item_is_a_night_every_price_of_it_counts() {
        let nights = Shape {
            item: Item::Night,
            max_items: 6,
            ..RANGES
        };
        assert_eq!(why(nights, vec![row("BAR", 0, 2)]), "nothing");
        assert!(why(nights, vec![row("BAR", 0, 3)]).contains("more items"));
    }

    #[test]
    fn a_request_of_one_plan_takes_no_other() {
        let plan = Shape {
            group: Group::Plan,
            ..RANGES
        };
        let rooms = |plan: Option<&str>| {
            ["STD", "SUP"].map(|room| Row {
                ids: Ids {
                    room: room.parse().ok(),
                    plan: plan.and_then(|plan| plan.parse().ok()),
                },
                ..row("BAR", 0, 0)
            })
        };
        let several = "several rate plans";
        assert!(why(plan, vec![row("BAR", 0, 0), row("NRF", 0, 0)]).contains(several));
        assert_eq!(why(plan, rooms(Some("BAR")).into()), "nothing");
        assert!(why(plan, rooms(None).into()).contains(several));
    }

    #[test]
    fn a_window_has_a_night_more_on_either_side() {
        let target = chunk(Vec::new()).target;
        let asked = |nights: i32| {
            let ask = ReadAsk {
                target: target.clone(),
                first: night(0),
                last: night(nights - 1),
            };
            Shape::window(31).check_window(&ask).is_ok()
        };
        assert_eq!([0, 1, 33, 34].map(asked), [false, true, true, false]);
    }

    #[test]
    fn a_night_in_two_rows_of_one_thing_is_twice_there() {
        let bar = |first, last| row("BAR", first, last);
        assert!(chunk(vec![bar(5, 9), row("NRF", 0, 9), bar(0, 5)]).has_a_night_twice());
        assert!(!chunk(vec![bar(5, 9), row("NRF", 0, 9), bar(0, 4)]).has_a_night_twice());
    }
}
