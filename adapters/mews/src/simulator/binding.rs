//! What restrictions mean: whom they bind, and what they are in the calendar's kinds.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use jiff::Span;
use rackrate_core::ids::Ids;
use rackrate_core::night::Night;
use rackrate_core::rules::{Restriction, Rules, Set};

use super::hotels::House;
use super::shelf::{Conditions, Exceptions, Interval, Item, Shelf};

/// No restriction is looked at further ahead than that many nights after its first one, so
/// that one without an end stays finite.
const HORIZON: i32 = 5 * 366;

/// The kinds of a type: closed, minimum, maximum.
pub(super) fn kinds(kind: &str) -> [Option<Restriction>; 3] {
    use Restriction::{
        ClosedToArrival, ClosedToDeparture, MaxStayArrival, MaxStayThrough, MinStayArrival,
        MinStayThrough, StopSell,
    };
    match kind {
        "Start" => [
            Some(ClosedToArrival),
            Some(MinStayArrival),
            Some(MaxStayArrival),
        ],
        "Stay" => [Some(StopSell), Some(MinStayThrough), Some(MaxStayThrough)],
        "End" => [Some(ClosedToDeparture), None, None],
        _ => [None, None, None],
    }
}

/// What a restriction of that type with these exceptions says: of all its kinds, where
/// those it does not impose are clear.
pub(super) fn says(kind: &str, exceptions: &Exceptions) -> Rules {
    let [closed, min, max] = kinds(kind);
    let lengths = [(min, &exceptions.min_length), (max, &exceptions.max_length)];
    let mut rules = Rules::LEAVE;
    for kind in kinds(kind).into_iter().flatten() {
        rules.set(kind, Set::Clear);
    }
    if *exceptions == Exceptions::default() {
        closed
            .into_iter()
            .for_each(|kind| rules.set(kind, Set::To(1)));
    }
    for (kind, text) in lengths {
        if let (Some(kind), Some(nights)) = (kind, text.as_deref().and_then(nights)) {
            rules.set(kind, kind.plain(Set::To(nights)));
        }
    }
    rules
}

/// A duration in whole nights.
pub(super) fn nights(text: &str) -> Option<u16> {
    let span: Span = text.parse().ok()?;
    let days = SignedDuration::from_hours(24);
    if span.get_months() != 0 || span.get_years() != 0 {
        return None;
    }
    let whole = span
        .to_duration(jiff::SpanRelativeTo::days_are_24_hours())
        .ok()?;
    let nights = whole.as_secs() / days.as_secs();
    (nights * days.as_secs() == whole.as_secs()).then(|| u16::try_from(nights).ok())?
}

/// Whether it binds that rate in that category.
pub(super) fn binds(house: &House, conditions: &Conditions, ids: &Ids) -> bool {
    let rate = ids.plan.as_ref().map_or("", |rate| rate.as_str());
    let room = ids.room.as_ref().map_or("", |room| room.as_str());
    let is = |named: &Option<String>, own: &str| named.as_deref().is_none_or(|named| named == own);
    let mut below = Some(rate);
    let mut depth = 0;
    let mut based = conditions.base_rate.is_none();
    while let Some(one) = below.filter(|_| depth < 8) {
        based |= conditions.base_rate.as_deref() == Some(one);
        below = house.base(one).map(|(base, _)| base.as_str());
        depth += 1;
    }
    based
        && is(&conditions.exact_rate, rate)
        && is(&conditions.category, room)
        && is(&conditions.rate_group, &house.group)
        && is(&conditions.category_type, "Room")
}

/// The nights of an interval on these days of the week, as far as anybody looks.
pub(super) fn span(interval: Interval, days: [bool; 7]) -> impl Iterator<Item = Night> {
    let (first, last) = interval.ends();
    let first = first.or_else(|| Some(last?.plus(-HORIZON)));
    let first = first.unwrap_or(Night::from_days(20_000));
    let end = first.plus(HORIZON);
    let last = last.map_or(end, |last| last.min(end));
    first.through(last).filter(move |night| {
        let day = night.date().weekday().to_monday_zero_offset();
        usize::try_from(day).is_ok_and(|day| days[day])
    })
}

/// The restrictions that bind a rate in a category, by night; only those in force are said.
pub(super) fn in_force(house: &House, shelf: &Shelf, ids: &Ids) -> BTreeMap<Night, Rules> {
    let mut nights: BTreeMap<Night, Rules> = BTreeMap::new();
    let alive = shelf.all().filter(|kept| kept.is_alive());
    for item in alive.map(|kept| &kept.item) {
        let said = says(&item.conditions.kind, &item.exceptions);
        let said = said.only(|_, wish| matches!(wish, Set::To(_)));
        if said.is_leave() || !binds(house, &item.conditions, ids) {
            continue;
        }
        for night in span(item.interval, item.conditions.days) {
            let rules = nights.entry(night).or_default();
            for (kind, new) in said.said() {
                rules.set(kind, strictest(kind, rules.get(kind), new));
            }
        }
    }
    nights
}

fn strictest(kind: Restriction, one: Set<u16>, other: Set<u16>) -> Set<u16> {
    use Restriction::{MaxStayArrival, MaxStayThrough};
    match (one, other) {
        (Set::To(one), Set::To(other)) if matches!(kind, MaxStayArrival | MaxStayThrough) => {
            Set::To(one.min(other))
        }
        (Set::To(one), Set::To(other)) => Set::To(one.max(other)),
        (Set::To(one), _) => Set::To(one),
        (_, other) => other,
    }
}

/// Restrictions that say this of one rate, category and night, type by type: those to
/// keep, and those to clear.
pub(super) fn items(ids: &Ids, night: Night, rules: &Rules) -> Vec<(Item, bool)> {
    let mut items = Vec::new();
    for kind in ["Start", "Stay", "End"] {
        let said = |kind: Option<Restriction>| kind.map(|kind| kind.plain(rules.get(kind)));
        let [closed, min, max] = kinds(kind).map(said);
        if [closed, min, max].iter().flatten().all(Set::is_leave) {
            continue;
        }
        let length = |wish: Option<Set<u16>>| match wish {
            Some(Set::To(nights)) => Some(format!("P0Y0M{nights}DT0H0M0S")),
            _ => None,
        };
        let is_closed = matches!(closed, Some(Set::To(_)));
        let [min, max] = [min, max].map(|wish| length(wish).filter(|_| !is_closed));
        let keep = is_closed || min.is_some() || max.is_some();
        items.push((item(ids, night, kind, (min, max)), keep));
    }
    items
}

fn item(ids: &Ids, night: Night, kind: &str, lengths: (Option<String>, Option<String>)) -> Item {
    Item {
        conditions: Conditions {
            kind: kind.to_owned(),
            exact_rate: ids.plan.as_ref().map(ToString::to_string),
            base_rate: None,
            rate_group: None,
            category: ids.room.as_ref().map(ToString::to_string),
            category_type: None,
            days: [true; 7],
        },
        exceptions: Exceptions {
            min_length: lengths.0,
            max_length: lengths.1,
            ..Exceptions::default()
        },
        interval: Interval::of(Some(night), Some(night)),
    }
}
