//! What is due with a login token of a certain age.
//!
//! Invariant: nothing here reads a clock.

use std::time::Duration;

/// How long a login token lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lease {
    /// From the answer that gave it; zero never ends.
    pub(super) length: Duration,
    /// Whether its holder may make it longer.
    pub(super) renewable: bool,
}

/// What to do before the token is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    Nothing,
    Renewal,
    Login,
}

impl Lease {
    /// From two thirds of the lease on the token is renewed. One that cannot be is used a
    /// little longer, but not to its last moment: it has to live until Vault has read it.
    pub(super) fn due(self, age: Duration) -> Due {
        let used = match self.renewable {
            true => self.length / 3 * 2,
            false => self.length / 10 * 9,
        };
        match self.renewable {
            _ if self.length.is_zero() || age < used => Due::Nothing,
            true if age < self.length => Due::Renewal,
            _ => Due::Login,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(renewable: bool, age: u64) -> Due {
        let length = Duration::from_secs(3600);
        Lease { length, renewable }.due(Duration::from_secs(age))
    }

    #[test]
    fn a_lease_is_renewed_from_two_thirds_on() {
        assert_eq!(due(true, 2399), Due::Nothing);
        assert_eq!(due(true, 2400), Due::Renewal);
        assert_eq!(due(true, 3599), Due::Renewal);
        assert_eq!(due(true, 3600), Due::Login);
    }

    #[test]
    fn what_cannot_be_renewed_is_replaced_before_it_ends() {
        assert_eq!(due(false, 3239), Due::Nothing);
        assert_eq!(due(false, 3240), Due::Login);
    }

    #[test]
    fn a_lease_of_no_length_never_ends() {
        let lease = Lease {
            length: Duration::ZERO,
            renewable: false,
        };
        assert_eq!(lease.due(Duration::MAX), Due::Nothing);
    }
}
