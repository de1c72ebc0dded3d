//! What of the credentials ends when, by which rule, and who has to act.
//!
//! Pure: it asks nobody and reads no clock. What ends by itself and is renewed by rackrate is
//! in it too, with the day until which rackrate has to run.
//!
//! Invariant: where a person has to act, the day is the vendor's, without a margin.

use std::time::Duration;

use rackrate_core::clock::Wall;
use rackrate_core::ids::ConnectionId;
use rackrate_core::lifetime::{Ends, Lifetime};
use serde::Serialize;

use super::Way;
use super::keepalive::rests;
use super::standing::{Hotel, Standing, State};

/// Something that ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// The account.
    pub connection: ConnectionId,
    /// What of it: a key, a client, a consent.
    pub what: &'static str,
    /// When; `None` where it is on no record since when the rule counts.
    pub at: Option<Wall>,
    /// By which rule.
    pub rule: String,
    /// Who says so.
    pub source: String,
    /// Who has to act.
    pub act: Act,
}

/// Who has to act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "who", rename_all = "snake_case")]
pub enum Act {
    /// Nobody, as long as `creds keepalive` or any other use comes before.
    Nobody {
        /// By when; `None` where it should come now.
        #[serde(skip)]
        before: Option<Wall>,
    },
    /// Whoever owns the secret makes a new one.
    Owner {
        /// Who that is, where the configuration says.
        name: Option<String>,
    },
    /// The hotel consents again.
    Hotel {
        /// The hotels that the account is used for.
        hotels: Vec<Hotel>,
    },
}

impl Ending {
    /// Whether a person has to act by that time.
    pub fn needs_person(&self, by: Wall) -> bool {
        !matches!(self.act, Act::Nobody { .. }) && self.at.is_some_and(|at| at <= by)
    }
}

/// Everything that ends within that time from now, or has ended; what has no date comes first,
/// the others by date.
pub fn forecast(all: &[Standing], now: Wall, within: Duration) -> Vec<Ending> {
    let until = now.after(within);
    let mut endings: Vec<_> = all.iter().flat_map(|one| endings(one, now)).collect();
    endings.retain(|ending| ending.at.is_none_or(|at| at <= until));
    endings.sort_by(|one, other| {
        (one.at, &one.connection, one.what).cmp(&(other.at, &other.connection, other.what))
    });
    endings
}

fn endings(one: &Standing, now: Wall) -> Vec<Ending> {
    let over = |at, rule: &str| {
        let source = "the ledger".to_owned();
        vec![ending(one, at, rule.to_owned(), source, person(one))]
    };
    match &one.state {
        State::NotConnected => return over(Some(now), "nobody has consented yet"),
        State::NeedsAuthorization { why }
        | State::Disconnected { why }
        | State::ApproverLeft { why }
        | State::Suspended { why } => return over(one.ended.or(Some(now)), why),
        State::Configured | State::Connected | State::ToMigrate | State::Open => {}
    }
    let ruled = one.lifetimes.iter().map(|rule| by_rule(one, rule, now));
    ruled.chain(secret(one)).collect()
}

/// The end of its client's secret, as its owner wrote it down.
fn secret(one: &Standing) -> Option<Ending> {
    let rule = "the secret's own date".to_owned();
    let source = "expires, of its client in the configuration".to_owned();
    let ends = ending(one, Some(one.secret_ends?), rule, source, owner(one));
    Some(Ending {
        what: "secret",
        ..ends
    })
}

fn owner(one: &Standing) -> Act {
    Act::Owner {
        name: one.owner.clone(),
    }
}

fn by_rule(one: &Standing, rule: &Lifetime, now: Wall) -> Ending {
    let (at, text, act) = match rule.ends {
        Ends::Unused(time) => {
            let since = one.last_life();
            let at = since.map(|since| since.after(time));
            let before = since.map(|since| since.after(rests(one.may_rest())));
            let act = match at.is_some_and(|at| at <= now) {
                true => person(one),
                false => Act::Nobody { before },
            };
            (at, format!("unused for {}", days(time)), act)
        }
        Ends::After(time) => {
            let given = match one.way {
                Way::Consent => one.consented,
                Way::Key | Way::Client => one.dates.secret.as_ref().map(|since| since.at),
            };
            let at = given.map(|given| given.after(time));
            (
                at,
                format!("{} after it was given", days(time)),
                person(one),
            )
        }
    };
    ending(one, at, text, rule.source.to_string(), act)
}

fn ending(one: &Standing, at: Option<Wall>, rule: String, source: String, act: Act) -> Ending {
    Ending {
        connection: one.connection.clone(),
        what: match one.way {
            Way::Key => "key",
            Way::Client => "client",
            Way::Consent => "consent",
        },
        at,
        rule,
        source,
        act,
    }
}

fn person(one: &Standing) -> Act {
    match one.way {
        Way::Key | Way::Client => owner(one),
        Way::Consent => Act::Hotel {
            hotels: one.hotels.clone(),
        },
    }
}

/// A time in whole days, or in hours where it is shorter.
fn days(time: Duration) -> String {
    let hours = time.as_secs() / 3600;
    match hours {
        24 => "1 day".to_owned(),
        hours if hours > 24 => format!("{} days", hours / 24),
        1 => "1 hour".to_owned(),
        hours => format!("{hours} hours"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::creds::standing::tests::{DAY, NOW, connected, key};

    /// What a forecast of 90 days says of it, in one line each.
    fn lines(one: &Standing) -> Vec<String> {
        let line = |ending: Ending| {
            let at = ending.at.map_or("-".to_owned(), |at| at.to_string());
            let who = match ending.act {
                Act::Nobody { before } => format!(
                    "nobody before {}",
                    before.map_or("-".to_owned(), |at| at.to_string())
                ),
                Act::Owner { name } => name.unwrap_or("owner".to_owned()),
                Act::Hotel { hotels } => format!("{} hotels", hotels.len()),
            };
            format!("{at} {}: {}; {who}", ending.what, ending.rule)
        };
        let all = std::slice::from_ref(one);
        forecast(all, NOW, 90 * DAY).into_iter().map(line).collect()
    }

    fn ago(days: u32) -> Option<Wall> {
        let days = i64::from(days) * 24 * 3600 * 1000;
        Some(Wall(NOW.0 - days))
    }

    #[test]
    fn a_key_in_use_ends_unused_and_nobody_has_to_act() {
        let mut key = key();
        key.dates.used = ago(10);
        assert_eq!(
            lines(&key),
            ["2026-12-12T12:00:00Z key: unused for 30 days; nobody before 2026-12-07T12:00:00Z"]
        );
    }

    #[test]
    fn a_key_that_lay_too_long_is_its_owners_matter() {
        let mut key = key();
        key.dates.used = ago(31);
        let all = forecast(std::slice::from_ref(&key), NOW, DAY);
        assert!(all[0].needs_person(NOW), "{all:?}");
        assert_eq!(
            lines(&key),
            ["2026-11-21T12:00:00Z key: unused for 30 days; owner"]
        );
    }

    #[test]
    fn a_key_on_no_record_has_no_date_and_is_no_persons_matter() {
        let all = forecast(&[key()], NOW, DAY);
        assert_eq!(all[0].at, None);
        assert!(!all[0].needs_person(NOW.after(90 * DAY)));
        assert_eq!(
            lines(&key()),
            ["- key: unused for 30 days; nobody before -"]
        );
    }

    #[test]
    fn a_new_key_does_not_inherit_the_silence_of_the_old_one() {
        let mut key = key();
        key.dates.used = ago(40);
        key.dates.secret = Some(rackrate_ledger::dates::SecretSince::new(
            ago(1).unwrap(),
            true,
            String::new(),
            String::new(),
        ));
        assert!(
            lines(&key)[0].starts_with("2026-12-21"),
            "{:?}",
            lines(&key)
        );
    }

    #[test]
    fn a_consent_ends_on_its_day_whatever_is_done_with_it() {
        let mut consent = connected();
        consent.lifetimes = vec![Lifetime {
            ends: Ends::After(60 * DAY),
            source: "its settings".into(),
        }];
        consent.consented = ago(50);
        consent.dates.used = ago(0);
        assert_eq!(
            lines(&consent),
            ["2026-12-02T12:00:00Z consent: 60 days after it was given; 1 hotels"]
        );
        let all = forecast(std::slice::from_ref(&consent), NOW, 90 * DAY);
        let within = [9, 10].map(|days| all[0].needs_person(NOW.after(days * DAY)));
        assert_eq!(within, [false, true]);
        assert_eq!(forecast(&[consent], NOW, 9 * DAY), []);
    }

    #[test]
    fn a_secret_ends_on_the_day_that_its_owner_wrote_down() {
        let mut consent = connected();
        consent.owner = Some("Ops".to_owned());
        consent.secret_ends = Some(NOW.after(3 * DAY));
        assert_eq!(
            lines(&consent),
            ["2026-11-25T12:00:00Z secret: the secret's own date; Ops"]
        );
    }

    #[test]
    fn what_nobody_consented_to_and_what_has_ended_is_over_now() {
        let mut consent = connected();
        consent.state = State::NotConnected;
        assert_eq!(
            lines(&consent),
            ["2026-11-22T12:00:00Z consent: nobody has consented yet; 1 hotels"]
        );
        consent.ended = ago(3);
        consent.state = State::NeedsAuthorization {
            why: "revoked".to_owned(),
        };
        assert_eq!(
            lines(&consent),
            ["2026-11-19T12:00:00Z consent: revoked; 1 hotels"]
        );
    }

    #[test]
    fn a_vendor_without_rules_ends_nothing() {
        assert_eq!(lines(&connected()), [""; 0]);
    }

    #[test]
    fn the_next_to_end_comes_first() {
        let (mut early, mut late) = (key(), key());
        (early.dates.used, late.dates.used) = (ago(20), ago(5));
        let order = |all: &[Standing]| {
            let all = forecast(all, NOW, 90 * DAY);
            all.iter().map(|one| one.at).collect::<Vec<_>>()
        };
        let both = order(&[late.clone(), key(), early.clone()]);
        assert_eq!(both[0], None);
        assert!(both[1] < both[2]);
        assert_eq!(both, order(&[early, key(), late]));
    }
}
