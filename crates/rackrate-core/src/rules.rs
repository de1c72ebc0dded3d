//! Restrictions of a night, beside its price.
//!
//! A restriction has three wishes: leave it, clear it, set it. Reading uses the same
//! type, where `Leave` means that the vendor did not say.
//!
//! Invariant: a minimum stay of one night is no restriction; both spellings agree.

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
}

/// The restrictions of a night.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Rules {
    /// Nights a guest must stay when arriving on this night.
    #[serde(default, skip_serializing_if = "Set::is_leave")]
    pub min_stay_arrival: Set<u16>,
}

impl Rules {
    /// No restriction is spoken of.
    pub const LEAVE: Self = Self {
        min_stay_arrival: Set::Leave,
    };

    /// Whether nothing is said at all.
    pub fn is_leave(&self) -> bool {
        *self == Self::LEAVE
    }

    /// Whether what was `seen` fulfils this wish; what is left alone is always fulfilled.
    pub fn fulfilled_by(&self, seen: &Self) -> bool {
        self.min_stay_arrival.is_leave()
            || plain_stay(self.min_stay_arrival) == plain_stay(seen.min_stay_arrival)
    }
}

fn plain_stay(stay: Set<u16>) -> Set<u16> {
    match stay {
        Set::To(0 | 1) => Set::Clear,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stay(min_stay_arrival: Set<u16>) -> Rules {
        Rules { min_stay_arrival }
    }

    #[test]
    fn one_night_and_none_agree_but_two_do_not() {
        assert!(stay(Set::To(1)).fulfilled_by(&stay(Set::Clear)));
        assert!(stay(Set::Clear).fulfilled_by(&stay(Set::To(1))));
        assert!(!stay(Set::To(2)).fulfilled_by(&stay(Set::Clear)));
        assert!(!stay(Set::To(2)).fulfilled_by(&stay(Set::Leave)));
        assert!(stay(Set::Leave).fulfilled_by(&stay(Set::To(7))));
    }
}
