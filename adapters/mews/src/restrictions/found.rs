//! One restriction as the vendor writes it, and what of it matters here.
//!
//! Invariant: what cannot be told in our kinds is `Leave` or nothing, never a guess.

use jiff::Timestamp;
use jiff::civil::Weekday;
use rackrate_core::adapter::ReadAsk;
use rackrate_core::ids::Ids;
use rackrate_core::night::Night;
use rackrate_core::rules::{Restriction, Set};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::days::Days;
use crate::extra::Extra;
use crate::types::Type;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Told {
    pub(super) service_id: String,
    origin: String,
    conditions: Conditions,
    exceptions: Option<Exceptions>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Conditions {
    r#type: String,
    exact_rate_id: Option<String>,
    base_rate_id: Option<String>,
    rate_group_id: Option<String>,
    resource_category_id: Option<String>,
    resource_category_type: Option<String>,
    start_utc: Option<String>,
    end_utc: Option<String>,
    days: Option<Vec<String>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Exceptions {
    min_length: Option<String>,
    max_length: Option<String>,
    min_advance: Option<IgnoredAny>,
    max_advance: Option<IgnoredAny>,
    min_price: Option<IgnoredAny>,
    max_price: Option<IgnoredAny>,
}

/// What a restriction binds. What is not named binds all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Scope {
    rate: Option<String>,
    base: Option<String>,
    group: Option<String>,
    category: Option<String>,
    category_type: Option<String>,
}

/// What is said of some kinds; `Leave` where that cannot be told.
pub(super) type Says = Vec<(Restriction, Set<u16>)>;

/// A restriction as far as it matters here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Found {
    pub(super) scope: Scope,
    by_integration: bool,
    first: Option<Night>,
    last: Option<Night>,
    /// A bit for each day of the week, Monday first.
    days: u8,
    /// What it says of each kind that it speaks of.
    pub(super) says: Says,
}

const ALL_DAYS: u8 = 0b111_1111;

/// A restriction; none of a type that we do not know.
pub(super) fn read(days: &Days, told: Told) -> Result<Option<Found>, &'static str> {
    let Told {
        origin,
        conditions,
        exceptions,
        ..
    } = told;
    let night = |text: Option<String>| match text {
        None => Ok(None),
        Some(text) => text
            .parse::<Timestamp>()
            .ok()
            .and_then(|instant| days.night(instant))
            .map(Some)
            .ok_or("a restriction that begins or ends at no instant"),
    };
    let Some(one) = Type::of(&conditions.r#type) else {
        return Ok(None);
    };
    Ok(Some(Found {
        by_integration: origin == "Integration",
        first: night(conditions.start_utc)?,
        last: night(conditions.end_utc)?,
        days: days_of_week(conditions.days)?,
        says: says(one, &exceptions.unwrap_or_default()),
        scope: Scope {
            rate: conditions.exact_rate_id,
            base: conditions.base_rate_id,
            group: conditions.rate_group_id,
            category: conditions.resource_category_id,
            category_type: conditions.resource_category_type,
        },
    }))
}

/// What a restriction of that type with these exceptions says. A reservation escapes it
/// only by meeting all of them, so lengths hold whatever stands beside them, and with
/// other exceptions alone it says nothing that has a kind.
fn says(one: Type, exceptions: &Exceptions) -> Says {
    let lengths = [
        (one.shortest(), &exceptions.min_length),
        (one.longest(), &exceptions.max_length),
    ];
    let none = exceptions.min_length.is_none()
        && exceptions.max_length.is_none()
        && exceptions.min_advance.is_none()
        && exceptions.max_advance.is_none()
        && exceptions.min_price.is_none()
        && exceptions.max_price.is_none();
    match none {
        true => vec![(one.closed(), Set::To(1))],
        false => lengths
            .into_iter()
            .filter_map(|(kind, length)| Some((kind?, length.as_deref()?)))
            .map(|(kind, text)| (kind, nights(text).map_or(Set::Leave, Set::To)))
            .collect(),
    }
}

/// The nights of an ISO 8601 duration; none where it is not in whole days.
fn nights(text: &str) -> Option<u16> {
    let rest = text.strip_prefix('P')?;
    let (date, time) = rest.split_once('T').unwrap_or((rest, ""));
    let mut total = 0_u16;
    for (number, unit) in parts(date)? {
        match (number, unit) {
            (0, _) => {}
            (_, 'D') => total = total.checked_add(number)?,
            (_, 'W') => total = total.checked_add(number.checked_mul(7)?)?,
            _ => return None,
        }
    }
    let timeless = parts(time)?.iter().all(|(number, _)| *number == 0);
    timeless.then_some(total)
}

/// Numbers with the letters that follow them.
fn parts(text: &str) -> Option<Vec<(u16, char)>> {
    let letters = text.split_inclusive(|c: char| c.is_ascii_alphabetic());
    let part = |part: &str| {
        let unit = part.chars().next_back()?;
        let number = part.strip_suffix(unit)?;
        Some((number.parse().ok()?, unit))
    };
    letters.map(part).collect()
}

fn days_of_week(names: Option<Vec<String>>) -> Result<u8, &'static str> {
    let Some(names) = names else {
        return Ok(ALL_DAYS);
    };
    let mut days = 0;
    for name in names {
        days |= match name.as_str() {
            "Monday" => bit(Weekday::Monday),
            "Tuesday" => bit(Weekday::Tuesday),
            "Wednesday" => bit(Weekday::Wednesday),
            "Thursday" => bit(Weekday::Thursday),
            "Friday" => bit(Weekday::Friday),
            "Saturday" => bit(Weekday::Saturday),
            "Sunday" => bit(Weekday::Sunday),
            _ => return Err("a day of the week that there is not"),
        };
    }
    Ok(days)
}

fn bit(day: Weekday) -> u8 {
    1 << day.to_monday_zero_offset()
}

impl Scope {
    pub(super) fn binds(&self, ids: &Ids, extra: &Extra) -> bool {
        let is = |named: &Option<String>, own: Option<&str>| {
            named.as_deref().is_none_or(|named| own == Some(named))
        };
        let base = |named: &String| extra.bases.contains(named);
        is(&self.rate, ids.plan.as_ref().map(|plan| plan.as_str()))
            && is(&self.category, ids.room.as_ref().map(|room| room.as_str()))
            && is(&self.group, extra.group.as_deref())
            && is(&self.category_type, extra.category_type.as_deref())
            && self.base.as_ref().is_none_or(base)
    }

    /// Whether it is what our writes name: a rate and a category, and nothing else.
    fn is_ours(&self) -> bool {
        let wider = [&self.base, &self.group, &self.category_type];
        self.rate.is_some() && self.category.is_some() && wider.iter().all(|one| one.is_none())
    }
}

impl Found {
    /// Whether a set of ours would replace it.
    pub(super) fn is_ours(&self) -> bool {
        self.by_integration && self.days == ALL_DAYS && self.scope.is_ours()
    }

    /// Its nights within the window.
    pub(super) fn nights(&self, ask: &ReadAsk) -> impl Iterator<Item = Night> {
        let first = self.first.map_or(ask.first, |first| first.max(ask.first));
        let last = self.last.map_or(ask.last, |last| last.min(ask.last));
        let days = self.days;
        first
            .through(last)
            .filter(move |night| days & bit(night.date().weekday()) != 0)
    }
}
