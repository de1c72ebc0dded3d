//! The life of an installation, from the link or the vendor's own beginning to its connection:
//! pure.
//!
//! Invariant: a code is exchanged only after its installation has become [`Standing::Answered`],
//! and nothing becomes that twice.

use std::fmt;

use rackrate_core::clock::Wall;
use rackrate_core::ids::{ConnectionId, VendorId};
use serde::{Deserialize, Serialize};

/// Where an installation stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Standing {
    /// Its link is out.
    Invited {
        /// Until when it may be used.
        until: Wall,
    },
    /// Its code has come and may have left. Where no later word follows, what became of it is
    /// not known, and a person has to begin again.
    Answered {
        /// Since when.
        at: Wall,
    },
    /// Its grant is kept under its own name; what it reaches has not been found yet.
    Granted {
        /// Since when.
        at: Wall,
    },
    /// It waits for its connection.
    Pending {
        /// Since when.
        at: Wall,
        /// What its grant reaches.
        properties: Vec<Reached>,
    },
    /// Its grant is a connection's.
    Connected {
        /// Since when.
        at: Wall,
        /// Whose.
        connection: ConnectionId,
    },
    /// Nothing comes of it any more.
    Closed {
        /// Since when.
        at: Wall,
        /// Why.
        why: Why,
    },
}

/// A property that a grant reaches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reached {
    /// The vendor's identifier.
    pub id: VendorId,
    /// Its name at the vendor.
    pub name: String,
}

/// Why nothing comes of an installation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Why {
    /// The person or the vendor said no.
    Declined,
    /// A newer link went out.
    Replaced,
    /// Somebody here ended it.
    Dismissed,
    /// The code was not exchanged; in words.
    Failed(String),
}

/// What happens to an installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Its code came.
    Answered,
    /// A no came.
    Declined,
    /// A newer link goes out.
    Replaced,
    /// The exchange brought a grant.
    Granted,
    /// The exchange brought none.
    Failed(String),
    /// The vendor said what the grant reaches.
    Reached(Vec<Reached>),
    /// The grant is a connection's.
    Connected(ConnectionId),
    /// Somebody here ends it.
    Dismissed,
}

/// Why a step cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It was taken before, or nothing comes of the installation any more.
    Used,
    /// The link is too old.
    Expired,
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invited { until } => write!(f, "invited until {until}"),
            Self::Answered { at } => write!(f, "answered {at}, nothing more heard"),
            Self::Granted { at } => write!(f, "granted {at}, not known for what"),
            Self::Pending { properties, .. } => {
                f.write_str("waits for a connection; reaches")?;
                let mut all = properties.iter();
                all.try_for_each(|one| write!(f, " {} ({})", one.id, one.name))
            }
            Self::Connected { at, .. } => write!(f, "connected {at}"),
            Self::Closed { why, .. } => write!(f, "{why}"),
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Declined => f.write_str("declined"),
            Self::Replaced => f.write_str("replaced by a newer link"),
            Self::Dismissed => f.write_str("dismissed"),
            Self::Failed(why) => write!(f, "failed: {why}"),
        }
    }
}

impl Standing {
    /// Where it stands after that step.
    ///
    /// # Errors
    /// [`Refused`]; then it stands where it stood.
    pub fn after(&self, step: Step, now: Wall) -> Result<Self, Refused> {
        let closed = |why| Ok(Self::Closed { at: now, why });
        match (self, step) {
            (Self::Invited { until }, Step::Answered | Step::Declined) if now >= *until => {
                Err(Refused::Expired)
            }
            (Self::Invited { .. }, Step::Answered) => Ok(Self::Answered { at: now }),
            (Self::Invited { .. }, Step::Declined) => closed(Why::Declined),
            (Self::Invited { .. }, Step::Replaced) => closed(Why::Replaced),
            (Self::Answered { .. }, Step::Granted) => Ok(Self::Granted { at: now }),
            (Self::Answered { .. }, Step::Failed(why)) => closed(Why::Failed(why)),
            (Self::Granted { .. } | Self::Pending { .. }, Step::Reached(properties)) => {
                let at = now;
                Ok(Self::Pending { at, properties })
            }
            (
                Self::Answered { .. } | Self::Granted { .. } | Self::Pending { .. },
                Step::Connected(connection),
            ) => {
                let at = now;
                Ok(Self::Connected { at, connection })
            }
            (
                Self::Answered { .. } | Self::Granted { .. } | Self::Pending { .. },
                Step::Dismissed,
            ) => closed(Why::Dismissed),
            _ => Err(Refused::Used),
        }
    }

    /// Whether it may be forgotten: nothing follows any more, and whoever comes with its state
    /// or its code is refused by the vendor, too, for both are long dead.
    pub fn is_over(&self, long_ago: Wall) -> bool {
        match self {
            Self::Invited { until } => *until < long_ago,
            Self::Connected { at, .. } | Self::Closed { at, .. } => *at < long_ago,
            Self::Answered { .. } | Self::Granted { .. } | Self::Pending { .. } => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Wall = Wall(1_000);

    fn connection() -> ConnectionId {
        ConnectionId::new("lisbon").unwrap()
    }

    fn standings() -> [(&'static str, Standing); 7] {
        let at = Wall(0);
        let properties = Vec::new();
        let connection = connection();
        let why = Why::Declined;
        [
            ("invited", Standing::Invited { until: Wall(1_001) }),
            ("expired", Standing::Invited { until: NOW }),
            ("answered", Standing::Answered { at }),
            ("granted", Standing::Granted { at }),
            ("pending", Standing::Pending { at, properties }),
            ("connected", Standing::Connected { at, connection }),
            ("closed", Standing::Closed { at, why }),
        ]
    }

    fn steps() -> [Step; 8] {
        [
            Step::Answered,
            Step::Declined,
            Step::Replaced,
            Step::Granted,
            Step::Failed("no".to_owned()),
            Step::Reached(Vec::new()),
            Step::Connected(connection()),
            Step::Dismissed,
        ]
    }

    fn word(after: &Result<Standing, Refused>) -> &'static str {
        match after {
            Ok(Standing::Invited { .. }) => "invited",
            Ok(Standing::Answered { .. }) => "answered",
            Ok(Standing::Granted { .. }) => "granted",
            Ok(Standing::Pending { .. }) => "pending",
            Ok(Standing::Connected { .. }) => "connected",
            Ok(Standing::Closed { .. }) => "closed",
            Err(Refused::Used) => "-",
            Err(Refused::Expired) => "too late",
        }
    }

    #[test]
    fn every_step_is_taken_from_where_it_may_be() {
        let row = |(name, standing): (&str, Standing)| {
            let after = steps().map(|step| word(&standing.after(step, NOW)));
            format!("{name:9} {}", after.join(", "))
        };
        let table = standings().map(row).join("\n");
        // Answered, declined, replaced, granted, failed, reached, connected, dismissed.
        insta::assert_snapshot!(table, @"
        invited   answered, closed, closed, -, -, -, -, -
        expired   too late, too late, closed, -, -, -, -, -
        answered  -, -, -, granted, closed, -, connected, closed
        granted   -, -, -, -, -, pending, connected, closed
        pending   -, -, -, -, -, pending, connected, closed
        connected -, -, -, -, -, -, -, -
        closed    -, -, -, -, -, -, -, -
        ");
    }

    #[test]
    fn nothing_is_answered_twice_on_any_way() {
        let mut reached = vec![Standing::Invited { until: Wall(2_000) }];
        let mut at = 0;
        while at < reached.len() {
            for step in steps() {
                let answered = step == Step::Answered;
                if let Ok(next) = reached[at].after(step, NOW) {
                    assert!(!answered || at == 0, "{:?}", reached[at]);
                    if !reached.contains(&next) {
                        reached.push(next);
                    }
                }
            }
            at += 1;
        }
        assert_eq!(reached.len(), 9, "{reached:?}");
    }

    #[test]
    fn only_what_is_over_may_be_forgotten() {
        let over = standings().map(|(name, standing)| (name, standing.is_over(Wall(1))));
        let over: Vec<_> = over.iter().filter(|(_, over)| *over).collect();
        assert_eq!(over, [&("connected", true), &("closed", true)]);
        assert!(standings()[1].1.is_over(Wall(1_001)));
    }

    #[test]
    fn it_is_read_as_it_was_written() {
        for (_, standing) in standings() {
            let text = serde_json::to_string(&standing).unwrap();
            let read: Standing = serde_json::from_str(&text).unwrap();
            assert_eq!(read, standing);
        }
        assert!(serde_json::from_str::<Standing>(r#"{"invited":{"until":1,"x":2}}"#).is_err());
    }
}
