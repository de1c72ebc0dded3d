//! Restrictions of a night, beside its price.
//!
//! A restriction has three wishes: leave it, clear it, set it. Reading uses the same
//! type, where `Leave` means that the vendor did not say.
//!
//! Invariant: there is one meaning of "none". A minimum stay of one night, a maximum stay
//! of zero and a flag that is off are no restriction, however they are spelled.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What should happen to a restriction, or what is known of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Set<T> {
    /// Not spoken of: leave it as it is; on reading, not told.
    #[default]
    Leave,
    /// There is none.
    Clear,
    /// It has this value.
    To(T),
}

impl<T> Set<T> {
    /// Whether nothing is said.
    pub fn is_leave(&self) -> bool {
        matches!(self, Self::Leave)
    }

    /// The same wish about another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Set<U> {
        match self {
            Self::Leave => Set::Leave,
            Self::Clear => Set::Clear,
            Self::To(value) => Set::To(change(value)),
        }
    }
}

/// A kind of restriction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Restriction {
    /// Nights a guest must stay when arriving on the night.
    MinStayArrival,
    /// Nights that a stay which includes the night must have.
    MinStayThrough,
    /// Nights a guest may stay at most when arriving on the night.
    MaxStayArrival,
    /// Nights that a stay which includes the night may have at most.
    MaxStayThrough,
    /// Nobody may arrive on the night.
    ClosedToArrival,
    /// Nobody may depart on the morning of this date.
    ClosedToDeparture,
    /// The night is not sold.
    StopSell,
}

impl Restriction {
    /// Every kind, in the order of the calendar's columns.
    pub const ALL: [Self; 7] = [
        Self::MinStayArrival,
        Self::MinStayThrough,
        Self::MaxStayArrival,
        Self::MaxStayThrough,
        Self::ClosedToArrival,
        Self::ClosedToDeparture,
        Self::StopSell,
    ];

    /// The name of its column in a calendar.
    pub fn name(self) -> &'static str {
        match self {
            Self::MinStayArrival => "min_stay_arrival",
            Self::MinStayThrough => "min_stay_through",
            Self::MaxStayArrival => "max_stay_arrival",
            Self::MaxStayThrough => "max_stay_through",
            Self::ClosedToArrival => "closed_to_arrival",
            Self::ClosedToDeparture => "closed_to_departure",
            Self::StopSell => "stop_sell",
        }
    }

    /// Whether it is on or off, rather than a number of nights.
    pub fn is_flag(self) -> bool {
        matches!(
            self,
            Self::ClosedToArrival | Self::ClosedToDeparture | Self::StopSell
        )
    }

    /// The one spelling of what is no restriction: [`Set::Clear`].
    pub fn plain(self, wish: Set<u16>) -> Set<u16> {
        match (self, wish) {
            (Self::MinStayArrival | Self::MinStayThrough, Set::To(0 | 1)) => Set::Clear,
            (_, Set::To(0)) => Set::Clear,
            (_, other) => other,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::MinStayArrival => "min stay",
            Self::MinStayThrough => "min stay through",
            Self::MaxStayArrival => "max stay",
            Self::MaxStayThrough => "max stay through",
            Self::ClosedToArrival => "closed to arrival",
            Self::ClosedToDeparture => "closed to departure",
            Self::StopSell => "stop sell",
        }
    }
}

impl fmt::Display for Restriction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The restrictions of a night.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Rules {
    /// See [`Restriction::MinStayArrival`].
    #[serde(default, skip_serializing_if = "Set::is_leave")]
    pub min_stay_arrival: Set<u16>,
    /// See [`Restriction::MinStayThrough`].
    #[serde(default, skip_serializing_if = "Set::is_leave")]
    pub min_stay_through: Set<u16>,
    /// See [`Restriction::MaxStayArrival`].
    #[serde(default, skip_serializing_if = "Set::is_leave")]
    pub max_stay_arrival: Set<u16>,
    /// See [`Restriction::MaxStayThrough`].
    #[serde(default, skip_serializing_if = "Set::is_leave")]
    pub max_stay_through: Set<u16>,
    /// See [`Restriction::ClosedToArrival`].
    #[serde(default, skip_serializing_if = "Set::is_leave")]
    pub closed_to_arrival: Set<bool>,
    /// See [`Restriction::ClosedToDeparture`].
    #[serde(default, skip_serializing_if = "Set::is_leave")]
    pub closed_to_departure: Set<bool>,
    /// See [`Restriction::StopSell`].
    #[serde(default, skip_serializing_if = "Set::is_leave")]
    pub stop_sell: Set<bool>,
}

impl Rules {
    /// No restriction is spoken of.
    pub const LEAVE: Self = Self {
        min_stay_arrival: Set::Leave,
        min_stay_through: Set::Leave,
        max_stay_arrival: Set::Leave,
        max_stay_through: Set::Leave,
        closed_to_arrival: Set::Leave,
        closed_to_departure: Set::Leave,
        stop_sell: Set::Leave,
    };

    /// Whether nothing is said at all.
    pub fn is_leave(&self) -> bool {
        *self == Self::LEAVE
    }

    /// What is said of one kind; a flag is 1 when it is on.
    pub fn get(&self, kind: Restriction) -> Set<u16> {
        match kind {
            Restriction::MinStayArrival => self.min_stay_arrival,
            Restriction::MinStayThrough => self.min_stay_through,
            Restriction::MaxStayArrival => self.max_stay_arrival,
            Restriction::MaxStayThrough => self.max_stay_through,
            Restriction::ClosedToArrival => self.closed_to_arrival.map(u16::from),
            Restriction::ClosedToDeparture => self.closed_to_departure.map(u16::from),
            Restriction::StopSell => self.stop_sell.map(u16::from),
        }
    }

    /// Says something of one kind; any number but 0 turns a flag on.
    pub fn set(&mut self, kind: Restriction, wish: Set<u16>) {
        let flag = wish.map(|value| value != 0);
        match kind {
            Restriction::MinStayArrival => self.min_stay_arrival = wish,
            Restriction::MinStayThrough => self.min_stay_through = wish,
            Restriction::MaxStayArrival => self.max_stay_arrival = wish,
            Restriction::MaxStayThrough => self.max_stay_through = wish,
            Restriction::ClosedToArrival => self.closed_to_arrival = flag,
            Restriction::ClosedToDeparture => self.closed_to_departure = flag,
            Restriction::StopSell => self.stop_sell = flag,
        }
    }

    /// The kinds that something is said of, with what is said.
    pub fn said(&self) -> impl Iterator<Item = (Restriction, Set<u16>)> {
        let rules = *self;
        let each = Restriction::ALL.into_iter();
        each.map(move |kind| (kind, rules.get(kind)))
            .filter(|(_, wish)| !wish.is_leave())
    }

    /// Whether both say something of the same kind.
    pub fn shares_a_kind(&self, other: &Self) -> bool {
        self.said().any(|(kind, _)| !other.get(kind).is_leave())
    }

    /// What is said here, of those kinds only.
    #[must_use]
    pub fn only(&self, keep: impl Fn(Restriction, Set<u16>) -> bool) -> Self {
        let mut kept = Self::LEAVE;
        for (kind, wish) in self.said().filter(|(kind, wish)| keep(*kind, *wish)) {
            kept.set(kind, wish);
        }
        kept
    }

    /// What is said here, and where nothing is, what `other` says.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        let mut both = *other;
        self.said().for_each(|(kind, wish)| both.set(kind, wish));
        both
    }

    /// Whether what was `seen` fulfils this wish; what is left alone is always fulfilled.
    pub fn fulfilled_by(&self, seen: &Self) -> bool {
        self.said()
            .all(|(kind, wish)| kind.plain(wish) == kind.plain(seen.get(kind)))
    }
}

/// In words: `min stay 2, closed to arrival`.
impl fmt::Display for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut between = "";
        for (kind, wish) in self.said() {
            let words = kind.words();
            match kind.plain(wish) {
                Set::To(_) if kind.is_flag() => write!(f, "{between}{words}")?,
                Set::To(nights) => write!(f, "{between}{words} {nights}")?,
                Set::Clear | Set::Leave => write!(f, "{between}no {words}")?,
            }
            between = ", ";
        }
        match between {
            "" => f.write_str("no restriction"),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stay(min_stay_arrival: Set<u16>) -> Rules {
        Rules {
            min_stay_arrival,
            ..Rules::LEAVE
        }
    }

    #[test]
    fn one_night_and_none_agree_but_two_do_not() {
        assert!(stay(Set::To(1)).fulfilled_by(&stay(Set::Clear)));
        assert!(stay(Set::Clear).fulfilled_by(&stay(Set::To(1))));
        assert!(!stay(Set::To(2)).fulfilled_by(&stay(Set::Clear)));
        assert!(!stay(Set::To(2)).fulfilled_by(&stay(Set::Leave)));
        assert!(stay(Set::Leave).fulfilled_by(&stay(Set::To(7))));
    }

    #[test]
    fn every_kind_is_kept_apart_and_none_has_one_spelling() {
        for kind in Restriction::ALL {
            let mut wish = Rules::LEAVE;
            wish.set(kind, Set::To(1));
            let said: Vec<_> = wish.said().collect();
            assert_eq!(said, [(kind, Set::To(1))]);
            let mut off = Rules::LEAVE;
            off.set(kind, Set::To(0));
            let mut clear = Rules::LEAVE;
            clear.set(kind, Set::Clear);
            assert!(
                clear.fulfilled_by(&off) && off.fulfilled_by(&clear),
                "{kind}"
            );
            assert!(!clear.fulfilled_by(&Rules::LEAVE), "{kind}");
        }
    }

    #[test]
    fn a_wish_is_completed_by_what_it_leaves() {
        let wish = stay(Set::Clear);
        let known = Rules {
            stop_sell: Set::To(true),
            ..stay(Set::To(4))
        };
        assert_eq!(wish.or(&known).to_string(), "no min stay, stop sell");
        assert_eq!(
            known.only(|kind, _| kind.is_flag()).to_string(),
            "stop sell"
        );
    }
}
