//! The guards at work on single prices: floor, ceiling, change, horizon, unknown before.
//!
//! Findings are gathered by guard, room type, rate plan and adults, each naming its first
//! night and how many more there are, so that a wrong year does not fill a screen.

use std::collections::BTreeMap;

use rackrate_core::chunk::Row;
use rackrate_core::ids::RoomTypeCode;
use rackrate_core::money::{Currency, Minor};
use rackrate_core::night::Night;
use rackrate_core::series::Seen;

use super::Environment;
use super::checks::Checks;
use crate::allow::{Allow, Waivable};
use crate::calendar::SeriesKey;
use crate::guards::Limits;
use crate::intervals::Occupancy;
use crate::selection::Nights;

/// One cell that a guard is against, and how many more.
struct Caught {
    first: Night,
    last: Night,
    count: u32,
    text: String,
}

impl Checks<'_> {
    /// The guards on what would be sent.
    pub(super) fn rows(&mut self, key: &SeriesKey, rows: &[Row], occupancies: &[Occupancy<'_>]) {
        if rows.is_empty() {
            return;
        }
        let currency = self.hotel.currency;
        let limits = self
            .inputs
            .guards
            .limits(&key.property, &key.room_type, currency);
        let limits = match limits {
            Ok(limits) => limits,
            Err((text, error)) => {
                let message = format!(
                    "{}: the limit {text:?} is no amount of {currency}: {error}",
                    key.room_type
                );
                return self.error(
                    "guard.bad_limit",
                    message,
                    "Correct [guards] in rackrate.toml.",
                );
            }
        };
        self.missing_limits(&key.room_type, &limits);
        let mut caught = BTreeMap::new();
        for row in rows {
            for night in row.first.through(row.last) {
                self.night(key, &limits, row, night, occupancies, &mut caught);
            }
        }
        for ((code, adults), caught) in caught {
            self.told(key, code, adults, &caught);
        }
    }

    fn missing_limits(&mut self, room_type: &RoomTypeCode, limits: &Limits) {
        if self.connection.environment == Environment::Test {
            return;
        }
        let both = [("floor", limits.floor), ("ceiling", limits.ceiling)];
        for (word, _) in both.into_iter().filter(|(_, limit)| limit.is_none()) {
            let message = format!("{room_type} has no {word}, and the connection is live");
            self.error(
                &format!("guard.no_{word}"),
                message,
                &format!("Set {word} in [guards] of rackrate.toml."),
            );
        }
    }

    fn night(
        &mut self,
        key: &SeriesKey,
        limits: &Limits,
        row: &Row,
        night: Night,
        occupancies: &[Occupancy<'_>],
        caught: &mut BTreeMap<(&'static str, u8), Caught>,
    ) {
        let mut catch = |code, adults, text: String| {
            let one = caught.entry((code, adults)).or_insert(Caught {
                first: night,
                last: night,
                count: 0,
                text,
            });
            one.last = night;
            one.count += 1;
        };
        let far = i64::from(night.since(self.today)) > i64::from(limits.horizon_nights);
        if far && !self.waived(Waivable::Horizon, key, night) {
            let text = format!("more than {} nights ahead", limits.horizon_nights);
            catch(
                "guard.horizon",
                row.prices.first().map_or(0, |(adults, _)| *adults),
                text,
            );
        }
        if row.prices.is_empty() && !self.inputs.first_push && unseen(occupancies, night) {
            catch(
                "guard.unknown_before",
                0,
                "its restrictions were never read".into(),
            );
        }
        for (adults, after) in &row.prices {
            for (code, text) in self.price(
                key,
                limits,
                night,
                *after,
                before(occupancies, *adults, night),
            ) {
                catch(code, *adults, text);
            }
        }
    }

    fn price(
        &mut self,
        key: &SeriesKey,
        limits: &Limits,
        night: Night,
        after: Minor,
        before: Option<Seen>,
    ) -> Vec<(&'static str, String)> {
        let currency = self.hotel.currency;
        let mut against = Vec::new();
        if limits.floor.is_some_and(|floor| after < floor)
            && !self.waived(Waivable::Floor, key, night)
        {
            against.push((
                "guard.floor",
                limit("below the floor", limits.floor, currency),
            ));
        }
        if limits.ceiling.is_some_and(|ceiling| after > ceiling)
            && !self.waived(Waivable::Ceiling, key, night)
        {
            against.push((
                "guard.ceiling",
                limit("above the ceiling", limits.ceiling, currency),
            ));
        }
        match before {
            Some(Seen::Absent) => {}
            Some(Seen::Price(price)) => {
                let large = limits.exceeds_change(price, after);
                if large && !self.waived(Waivable::MaxChange, key, night) {
                    against.push((
                        "guard.max_change",
                        format!("more than {} %", limits.max_change_percent),
                    ));
                }
            }
            None | Some(Seen::Unreadable) if self.inputs.first_push => {}
            None => against.push((
                "guard.unknown_before",
                "the price there is not known".into(),
            )),
            Some(Seen::Unreadable) => {
                against.push((
                    "guard.unknown_before",
                    "the price there cannot be read".into(),
                ));
            }
        }
        let shown = shown(before, currency);
        against
            .into_iter()
            .map(|(code, why)| {
                (
                    code,
                    format!("{shown} to {}, {why}", currency.format(after)),
                )
            })
            .collect()
    }

    fn waived(&mut self, guard: Waivable, key: &SeriesKey, night: Night) -> bool {
        let covers = |allow: &Allow| allow.covers(guard, &key.property, &key.room_type, night);
        let allows = self.inputs.allows.iter();
        let found: Vec<usize> = allows
            .enumerate()
            .filter(|(_, one)| covers(one))
            .map(|(at, _)| at)
            .collect();
        self.used.extend(&found);
        !found.is_empty()
    }

    fn told(&mut self, key: &SeriesKey, code: &'static str, adults: u8, caught: &Caught) {
        let more = match caught.count {
            1 => String::new(),
            count => format!("; and {} more nights until {}", count - 1, caught.last),
        };
        let whom = match adults {
            0 => String::new(),
            adults => format!(" for {adults} adults"),
        };
        let message = format!(
            "{} {}{whom}, {}: {}{more}",
            key.room_type, key.rate_plan, caught.first, caught.text
        );
        let guard = Waivable::ALL
            .into_iter()
            .find(|one| code.ends_with(one.word()));
        let hint = match guard {
            Some(guard) => {
                let allow = Allow {
                    guard,
                    property: key.property.clone(),
                    room_type: Some(key.room_type.clone()),
                    date: Some(Nights {
                        first: caught.first,
                        last: caught.last,
                    }),
                };
                format!("If it is meant: --allow {allow} --reason \"…\"")
            }
            None => "Read the connection again; if it is new: --first-push.".to_owned(),
        };
        self.error(code, message, &hint);
    }
}

fn limit(words: &str, limit: Option<Minor>, currency: Currency) -> String {
    let amount = limit
        .map(|limit| currency.format(limit))
        .unwrap_or_default();
    format!("{words} of {amount}")
}

fn before(occupancies: &[Occupancy<'_>], adults: u8, night: Night) -> Option<Seen> {
    let one = occupancies.iter().find(|one| one.adults == adults)?;
    one.known?.price(night)
}

/// Whether nothing at all is known of a night.
fn unseen(occupancies: &[Occupancy<'_>], night: Night) -> bool {
    let mut known = occupancies.iter().filter_map(|one| one.known);
    known.all(|series| series.price(night).is_none() && series.rules(night).is_leave())
}

fn shown(before: Option<Seen>, currency: Currency) -> String {
    match before {
        Some(Seen::Price(price)) => currency.format(price),
        Some(Seen::Absent) => "no price".to_owned(),
        Some(Seen::Unreadable) => "unreadable".to_owned(),
        None => "unknown".to_owned(),
    }
}
