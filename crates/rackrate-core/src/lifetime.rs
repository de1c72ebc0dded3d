//! The rules by which vendors end credentials that nobody ends.
//!
//! They are data of an adapter, each with its source, so that a person can be told what ends
//! when and why. Access tokens have none here: they say themselves how long they live, and
//! are renewed without anybody.
//!
//! Invariant: a rule is the vendor's; the margin that we leave before it is not in it.

use std::borrow::Cow;
use std::time::Duration;

/// One rule, with where it is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// When it ends a credential.
    pub ends: Ends,
    /// Who says so: a public address with its date, or the setting that states it.
    pub source: Cow<'static, str>,
}

/// When a rule ends a key, or what a person granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// When it was not used for so long; every use of it begins the time anew.
    Unused(Duration),
    /// So long after it was given, whatever is done with it.
    After(Duration),
}

impl Lifetime {
    /// The rule that ends what is not used for so long.
    pub const fn unused(time: Duration, source: &'static str) -> Self {
        Self {
            ends: Ends::Unused(time),
            source: Cow::Borrowed(source),
        }
    }

    /// The shortest time without use that one of these rules allows.
    pub fn shortest_unused(rules: &[Self]) -> Option<Duration> {
        let unused = rules.iter().filter_map(|rule| match rule.ends {
            Ends::Unused(time) => Some(time),
            Ends::After(_) => None,
        });
        unused.min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strictest_rule_about_use_decides() {
        let days = |days: u64| Duration::from_secs(days * 24 * 3600);
        let rule = |ends| Lifetime {
            ends,
            source: Cow::Borrowed("a page"),
        };
        let rules = [
            rule(Ends::Unused(days(365))),
            rule(Ends::After(days(7))),
            rule(Ends::Unused(days(30))),
        ];
        assert_eq!(Lifetime::shortest_unused(&rules), Some(days(30)));
        assert_eq!(Lifetime::shortest_unused(&rules[1..2]), None);
    }
}
