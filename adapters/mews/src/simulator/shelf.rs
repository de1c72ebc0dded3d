//! The restrictions of one service: set with merging, cleared with splicing.
//!
//! What was set by hotel staff and what came through the API are apart: each only touches
//! its own. A restriction that is replaced stays visible until reads catch up.

use rackrate_core::night::Night;
use serde::{Deserialize, Serialize};

use super::state::At;

/// Who set it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Origin {
    User,
    Integration,
}

/// What must be alike for two restrictions to be merged, or one to be cleared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Conditions {
    pub(super) kind: String,
    pub(super) exact_rate: Option<String>,
    pub(super) base_rate: Option<String>,
    pub(super) rate_group: Option<String>,
    pub(super) category: Option<String>,
    pub(super) category_type: Option<String>,
    /// Monday first.
    pub(super) days: [bool; 7],
}

/// What lifts it. All as they were sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Exceptions {
    pub(super) min_length: Option<String>,
    pub(super) max_length: Option<String>,
    pub(super) min_advance: Option<String>,
    pub(super) max_advance: Option<String>,
    pub(super) min_price: Option<(String, String)>,
    pub(super) max_price: Option<(String, String)>,
}

/// Days from first to last, both meant; the ends of time where it is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Interval {
    first: i32,
    last: i32,
}

/// A restriction as it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Item {
    pub(super) conditions: Conditions,
    pub(super) exceptions: Exceptions,
    pub(super) interval: Interval,
}

/// A restriction that is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    number: u64,
    pub(super) origin: Origin,
    pub(super) item: Item,
    shown_from: At,
    /// Set when it is no more.
    shown_until: Option<At>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Shelf {
    numbers: u64,
    kept: Vec<Kept>,
}

impl Interval {
    pub(super) fn of(first: Option<Night>, last: Option<Night>) -> Self {
        Self {
            first: first.map_or(i32::MIN, Night::days),
            last: last.map_or(i32::MAX, Night::days),
        }
    }

    pub(super) fn is_backwards(self) -> bool {
        self.last < self.first
    }

    /// Its ends, where it has them.
    pub(super) fn ends(self) -> (Option<Night>, Option<Night>) {
        let night = |day: i32| Some(Night::from_days(day));
        (
            night(self.first).filter(|_| self.first != i32::MIN),
            night(self.last).filter(|_| self.last != i32::MAX),
        )
    }

    fn overlaps(self, other: Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }

    /// Whether they overlap or one begins right after the other.
    fn touches(self, other: Self) -> bool {
        let after = |one: Self, other: Self| one.last.saturating_add(1) >= other.first;
        after(self, other) && after(other, self)
    }

    fn joined(self, other: Self) -> Self {
        Self {
            first: self.first.min(other.first),
            last: self.last.max(other.last),
        }
    }

    /// What is left of it before and after the other.
    fn without(self, other: Self) -> impl Iterator<Item = Self> {
        let before = Self {
            last: other.first.saturating_sub(1),
            ..self
        };
        let after = Self {
            first: other.last.saturating_add(1),
            ..self
        };
        let open = [other.first == i32::MIN, other.last == i32::MAX];
        let parts = [before, after].into_iter().zip(open);
        parts
            .filter(|(part, open)| !open && !part.is_backwards())
            .map(|(part, _)| part)
    }
}

impl Kept {
    pub(super) fn is_alive(&self) -> bool {
        self.shown_until.is_none()
    }

    pub(super) fn is_shown(&self, at: At) -> bool {
        self.shown_from <= at && self.shown_until.is_none_or(|until| at < until)
    }

    /// Its place in the order of making.
    pub(super) fn number(&self) -> u64 {
        self.number
    }
}

impl Shelf {
    pub(super) fn all(&self) -> impl Iterator<Item = &Kept> {
        self.kept.iter()
    }

    pub(super) fn alive(&self) -> usize {
        self.kept.iter().filter(|kept| kept.is_alive()).count()
    }

    /// Sets a restriction: equal neighbours are joined with it, what says otherwise on its
    /// days is cut.
    pub(super) fn set(&mut self, origin: Origin, item: &Item, shown_from: At) {
        let mut whole = item.interval;
        for at in self.alike(origin, item) {
            let old = &self.kept[at].item;
            let (same, interval) = (old.exceptions == item.exceptions, old.interval);
            if same && interval.joined(item.interval) == interval {
                return;
            }
            if same && interval.touches(item.interval) {
                whole = whole.joined(interval);
                self.kept[at].shown_until = Some(shown_from);
            } else if !same && interval.overlaps(item.interval) {
                self.cut(at, item.interval, shown_from);
            }
        }
        self.add(origin, item, whole, shown_from);
    }

    /// Clears restrictions of exactly these conditions from these days.
    pub(super) fn clear(&mut self, origin: Origin, item: &Item, shown_from: At) {
        for at in self.alike(origin, item) {
            if self.kept[at].item.interval.overlaps(item.interval) {
                self.cut(at, item.interval, shown_from);
            }
        }
    }

    /// Drops what is no more and not shown either.
    pub(super) fn forget(&mut self, at: At) {
        self.kept
            .retain(|kept| kept.shown_until.is_none_or(|until| at < until));
    }

    fn alike(&self, origin: Origin, item: &Item) -> Vec<usize> {
        let all = self.kept.iter().enumerate();
        let alike = all.filter(|(_, kept)| {
            kept.is_alive() && kept.origin == origin && kept.item.conditions == item.conditions
        });
        alike.map(|(at, _)| at).collect()
    }

    fn cut(&mut self, at: usize, interval: Interval, shown_from: At) {
        self.kept[at].shown_until = Some(shown_from);
        let (origin, item) = (self.kept[at].origin, self.kept[at].item.clone());
        for part in item.interval.without(interval) {
            self.add(origin, &item, part, shown_from);
        }
    }

    fn add(&mut self, origin: Origin, item: &Item, interval: Interval, shown_from: At) {
        self.numbers += 1;
        self.kept.push(Kept {
            number: self.numbers,
            origin,
            item: Item {
                interval,
                ..item.clone()
            },
            shown_from,
            shown_until: None,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(first: i32, last: i32, min: Option<&str>) -> Item {
        let night = |day| Some(Night::from_days(20_000 + day));
        Item {
            conditions: Conditions {
                kind: "Start".into(),
                exact_rate: Some("rate".into()),
                base_rate: None,
                rate_group: None,
                category: None,
                category_type: None,
                days: [true; 7],
            },
            exceptions: Exceptions {
                min_length: min.map(str::to_owned),
                ..Exceptions::default()
            },
            interval: Interval::of(night(first), night(last)),
        }
    }

    /// First and last day of each, with its minimum.
    fn kept(shelf: &Shelf) -> Vec<(i32, i32, Option<&str>)> {
        let alive = shelf.all().filter(|kept| kept.is_alive());
        let mut all: Vec<_> = alive
            .map(|kept| {
                let Interval { first, last } = kept.item.interval;
                let min = kept.item.exceptions.min_length.as_deref();
                (first - 20_000, last - 20_000, min)
            })
            .collect();
        all.sort_unstable();
        all
    }

    fn shelf(items: &[Item]) -> Shelf {
        let mut shelf = Shelf::default();
        for item in items {
            shelf.set(Origin::Integration, item, At::default());
        }
        shelf
    }

    #[test]
    fn clearing_the_middle_leaves_both_ends() {
        let mut shelf = shelf(&[item(5, 25, None)]);
        shelf.clear(Origin::Integration, &item(10, 20, None), At::default());
        assert_eq!(kept(&shelf), [(5, 9, None), (21, 25, None)]);
    }

    #[test]
    fn equal_neighbours_are_joined_and_a_shorter_one_changes_nothing() {
        let shelf = shelf(&[item(1, 3, None), item(4, 6, None), item(2, 5, None)]);
        assert_eq!(kept(&shelf), [(1, 6, None)]);
    }

    #[test]
    fn other_exceptions_cut_what_was_there() {
        let shelf = shelf(&[item(1, 9, Some("P2D")), item(4, 6, None)]);
        assert_eq!(
            kept(&shelf),
            [(1, 3, Some("P2D")), (4, 6, None), (7, 9, Some("P2D"))]
        );
    }

    #[test]
    fn staff_and_integration_do_not_touch_each_others() {
        let mut shelf = shelf(&[item(1, 9, None)]);
        shelf.clear(Origin::User, &item(1, 9, None), At::default());
        assert_eq!(kept(&shelf), [(1, 9, None)]);
    }

    #[test]
    fn an_open_end_stays_open_when_it_is_cut() {
        let open = Item {
            interval: Interval::of(None, None),
            ..item(0, 0, None)
        };
        let mut shelf = shelf(&[open]);
        shelf.clear(Origin::Integration, &item(4, 4, None), At::default());
        let ends: Vec<_> = shelf
            .all()
            .filter(|kept| kept.is_alive())
            .map(|kept| kept.item.interval.ends())
            .collect();
        let night = |day| Some(Night::from_days(20_000 + day));
        assert_eq!(ends, [(None, night(3)), (night(5), None)]);
    }
}
