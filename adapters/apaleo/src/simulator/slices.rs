//! Time slices: from the check-in of a day to the check-out of the next, by the clocks of
//! the property. Over a clock change both ends have different offsets.

use jiff::Timestamp;
use jiff::civil::{Time, time};
use jiff::tz::TimeZone;
use rackrate_core::night::Night;

const CHECK_IN: Time = time(17, 0, 0, 0);
const CHECK_OUT: Time = time(11, 0, 0, 0);
pub(super) const CHECK_IN_TEXT: &str = "17:00:00";
pub(super) const CHECK_OUT_TEXT: &str = "11:00:00";

/// The ends of a night's slice; `None` at the end of all time.
pub(super) fn ends(zone: &TimeZone, night: Night) -> Option<(Timestamp, Timestamp)> {
    let local = |night: Night, time: Time| {
        let instant = zone.to_ambiguous_timestamp(night.date().to_datetime(time));
        instant.compatible().ok()
    };
    Some((local(night, CHECK_IN)?, local(night.next(), CHECK_OUT)?))
}

/// The night whose slice has exactly these ends, however they are spelled.
pub(super) fn night_of(zone: &TimeZone, from: Timestamp, to: Timestamp) -> Option<Night> {
    let night = Night::from_date(from.to_zoned(zone.clone()).date()).ok()?;
    (ends(zone, night)? == (from, to)).then_some(night)
}

/// An instant as the vendor spells it.
pub(super) fn spelled(zone: &TimeZone, instant: Timestamp, utc: bool) -> String {
    if utc {
        return instant.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    }
    let local = instant.to_zoned(zone.clone());
    local.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// An end of a window: a day, which begins at the property's midnight, or an instant
/// without fractions of a second.
pub(super) fn bound(zone: &TimeZone, text: &str) -> Option<Timestamp> {
    if let Ok(day) = text.parse::<Night>() {
        return day
            .date()
            .to_zoned(zone.clone())
            .ok()
            .map(|it| it.timestamp());
    }
    let whole = !text.contains(['.', ',']);
    whole.then(|| text.parse().ok()).flatten()
}

/// The nights whose slices begin from `first` on and before `end`, within the calendar.
pub(super) fn within(
    zone: &TimeZone,
    calendar: (Night, Night),
    first: Timestamp,
    end: Timestamp,
) -> Vec<Night> {
    let day = |instant: Timestamp| {
        let date = instant.to_zoned(zone.clone()).date();
        Night::from_date(date).unwrap_or(Night::from_days(0))
    };
    let (from, to) = (day(first).max(calendar.0), day(end).min(calendar.1));
    let begins = |night: &Night| {
        let from = ends(zone, *night).map(|(from, _)| from);
        from.is_some_and(|from| first <= from && from < end)
    };
    from.through(to).filter(begins).collect()
}
