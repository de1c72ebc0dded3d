//! The three types of a Mews restriction, and which of our kinds share one.
//!
//! A restriction forbids stays that touch its dates, arrivals or departures on them. An
//! exception lifts it for a reservation that fulfils *all* its exceptions. So without any
//! it closes, and with lengths it asks for a length. Sources:
//! github.com/MewsSystems/open-api-docs, connector-api/concepts/restrictions and
//! operations/restrictions; help.mews.com, "Understanding restrictions in Mews Operations".
//!
//! Invariant: one rate and category has one restriction of a type on a day, so closing and
//! lengths of one type exclude each other.

use rackrate_core::rules::{Restriction, Rules};
use serde::{Deserialize, Serialize};

/// What a restriction forbids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Type {
    /// To stay on the dates.
    Stay,
    /// To arrive on the dates.
    Start,
    /// To depart on the dates.
    End,
}

impl Type {
    pub(crate) const ALL: [Self; 3] = [Self::Stay, Self::Start, Self::End];

    /// The type of the vendor's word; none for a word we do not know.
    pub(crate) fn of(word: &str) -> Option<Self> {
        Some(match word {
            "Stay" => Self::Stay,
            "Start" => Self::Start,
            "End" => Self::End,
            _ => return None,
        })
    }

    /// The kind it is without exceptions.
    pub(crate) fn closed(self) -> Restriction {
        match self {
            Self::Stay => Restriction::StopSell,
            Self::Start => Restriction::ClosedToArrival,
            Self::End => Restriction::ClosedToDeparture,
        }
    }

    /// The kind it is with a minimum length; no kind asks for a length on departure.
    pub(crate) fn shortest(self) -> Option<Restriction> {
        match self {
            Self::Stay => Some(Restriction::MinStayThrough),
            Self::Start => Some(Restriction::MinStayArrival),
            Self::End => None,
        }
    }

    /// The kind it is with a maximum length.
    pub(crate) fn longest(self) -> Option<Restriction> {
        match self {
            Self::Stay => Some(Restriction::MaxStayThrough),
            Self::Start => Some(Restriction::MaxStayArrival),
            Self::End => None,
        }
    }

    /// All kinds that share this type.
    pub(crate) fn kinds(self) -> impl Iterator<Item = Restriction> {
        let all = [Some(self.closed()), self.shortest(), self.longest()];
        all.into_iter().flatten()
    }

    /// Whether something is said of one of its kinds.
    pub(crate) fn is_said(self, rules: &Rules) -> bool {
        self.kinds().any(|kind| !rules.get(kind).is_leave())
    }
}
