//! Restrictions by the vendor's names: which of ours they are, and how each is written and
//! told. Lead times (`cutOff`, `lastMinuteBooking`) are none of ours and are left alone.
//!
//! Invariant: what is written for "none" is what reading takes for none: one night at
//! least, zero nights at most, a flag that is false.

use rackrate_core::rules::{Restriction, Rules, Set};
use serde::Deserialize;

use crate::wire::{self, Raw};

/// Whom a connection's minimum and maximum stays bind: the vendor has one field for each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LengthOfStay {
    /// Every stay that includes the night, as the vendor's own booking engine does.
    #[default]
    Through,
    /// Guests who arrive on the night, as some of the channels behind the vendor do.
    Arrival,
}

impl LengthOfStay {
    /// What can be written and read back.
    pub(crate) fn restrictions(self) -> [Restriction; 5] {
        [
            self.shortest(),
            self.longest(),
            Restriction::ClosedToArrival,
            Restriction::ClosedToDeparture,
            Restriction::StopSell,
        ]
    }

    fn shortest(self) -> Restriction {
        match self {
            Self::Through => Restriction::MinStayThrough,
            Self::Arrival => Restriction::MinStayArrival,
        }
    }

    fn longest(self) -> Restriction {
        match self {
            Self::Through => Restriction::MaxStayThrough,
            Self::Arrival => Restriction::MaxStayArrival,
        }
    }
}

/// The fields that say these restrictions; what is left alone has none, because the vendor
/// changes only what is sent.
pub(crate) fn fields(rules: &Rules) -> Vec<(&'static str, String)> {
    rules
        .said()
        .map(|(kind, wish)| (name(kind), text(kind, wish)))
        .collect()
}

fn name(kind: Restriction) -> &'static str {
    match kind {
        Restriction::MinStayArrival | Restriction::MinStayThrough => "minLos",
        Restriction::MaxStayArrival | Restriction::MaxStayThrough => "maxLos",
        Restriction::ClosedToArrival => "closedToArrival",
        Restriction::ClosedToDeparture => "closedToDeparture",
        Restriction::StopSell => "blocked",
    }
}

fn text(kind: Restriction, wish: Set<u16>) -> String {
    let number = match (kind.plain(wish), kind) {
        (Set::To(number), _) => number,
        (_, Restriction::MinStayArrival | Restriction::MinStayThrough) => 1,
        _ => 0,
    };
    match kind.is_flag() {
        true => (number != 0).to_string(),
        false => number.to_string(),
    }
}

/// The restrictions of a night or of a job's update, as they are told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Told<'a> {
    pub(crate) min_los: Raw<'a>,
    pub(crate) max_los: Raw<'a>,
    pub(crate) closed_to_arrival: Raw<'a>,
    pub(crate) closed_to_departure: Raw<'a>,
    pub(crate) blocked: Raw<'a>,
}

impl Told<'_> {
    /// What is said of each kind; what is missing or cannot be read says nothing.
    pub(crate) fn rules(&self, stays: LengthOfStay) -> Rules {
        let mut rules = Rules::LEAVE;
        for (kind, said) in [
            (stays.shortest(), nights(self.min_los)),
            (stays.longest(), nights(self.max_los)),
            (Restriction::ClosedToArrival, flag(self.closed_to_arrival)),
            (
                Restriction::ClosedToDeparture,
                flag(self.closed_to_departure),
            ),
            (Restriction::StopSell, flag(self.blocked)),
        ] {
            rules.set(kind, kind.plain(said));
        }
        rules
    }
}

fn nights(raw: Raw<'_>) -> Set<u16> {
    let number = wire::text(raw).and_then(|text| text.parse().ok());
    number.map_or(Set::Leave, Set::To)
}

fn flag(raw: Raw<'_>) -> Set<u16> {
    match wire::flag(raw) {
        None => Set::Leave,
        Some(false) => Set::Clear,
        Some(true) => Set::To(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_has_a_value_of_its_own_for_each_kind() {
        let mut none = Rules::LEAVE;
        for kind in LengthOfStay::Through.restrictions() {
            none.set(kind, Set::Clear);
        }
        let sent = fields(&none);
        let sent: Vec<_> = sent
            .iter()
            .map(|(name, text)| format!("{name}={text}"))
            .collect();
        assert_eq!(
            sent.join(" "),
            "minLos=1 maxLos=0 closedToArrival=false closedToDeparture=false blocked=false"
        );
    }

    #[test]
    fn what_is_missing_or_unreadable_says_nothing() {
        let raw = |text: &'static str| serde_json::from_str(text).ok();
        let told = Told {
            min_los: raw("\"many\""),
            max_los: raw("-1"),
            closed_to_arrival: raw("7"),
            closed_to_departure: raw("[]"),
            blocked: None,
        };
        assert!(told.rules(LengthOfStay::Through).is_leave());
    }
}
