//! The sample's files: calendar, properties, mapping.

use std::fmt::Write as _;

use rackrate_catalog::Entry;
use rackrate_core::ids::{Ids, VendorId};
use rackrate_core::night::Night;

use super::{CALENDAR, Rooms, SampleHotel, ids, knows};

/// The embedded calendar, moved by whole weeks to that night or later.
pub(super) fn moved(from: Night) -> String {
    let first = CALENDAR
        .lines()
        .skip(1)
        .filter_map(|line| line.split(',').nth(3)?.parse::<Night>().ok())
        .min()
        .unwrap_or(from);
    let days = from.since(first);
    let weeks = days.div_euclid(7) + i32::from(days.rem_euclid(7) > 0);
    let line = |line: &str| {
        let mut cells: Vec<_> = line.split(',').map(str::to_owned).collect();
        if let Some(night) = cells.get(3).and_then(|cell| cell.parse::<Night>().ok()) {
            cells[3] = night.plus(weeks * 7).to_string();
        }
        cells.join(",") + "\n"
    };
    CALENDAR.lines().map(line).collect()
}

/// The embedded rows, for every hotel those of the one it is like.
pub(super) fn calendar_of(hotels: &[SampleHotel], embedded: &str) -> String {
    let mut lines = embedded.lines();
    let head = lines.next().unwrap_or_default();
    let rows: Vec<_> = lines.filter_map(|line| line.split_once(',')).collect();
    let mut text = format!("{head}\n");
    for hotel in hotels {
        for (_, rest) in rows.iter().filter(|(code, _)| *code == hotel.like) {
            // Writing to a text cannot fail.
            let _ = writeln!(text, "{},{rest}", hotel.code);
        }
    }
    text
}

pub(super) fn properties_of(hotels: &[SampleHotel]) -> String {
    let mut text = "code,name,time_zone,day_ends,currency,basis,region,tags,contact\n".to_owned();
    for hotel in hotels {
        // Writing to a text cannot fail.
        let _ = writeln!(
            text,
            "{},{},Europe/Lisbon,04:00,EUR,gross,{},,",
            hotel.code, hotel.name, hotel.region
        );
    }
    text
}

pub(super) fn mapping(vendors: &[&Entry], hotels: &[SampleHotel], rooms: &Rooms) -> String {
    let mut text = "connection,property,room_type,rate_plan,vendor_property,vendor_room_type,vendor_rate_plan\n".to_owned();
    let word = |id: Option<VendorId>| id.map(|id| id.to_string()).unwrap_or_default();
    for entry in vendors {
        for ((property, room), number) in rooms {
            let known =
                |(_, hotel): &(usize, &SampleHotel)| hotel.code == property && knows(hotel, entry);
            let Some((place, hotel)) = hotels.iter().enumerate().find(known) else {
                continue;
            };
            let Ids { room: theirs, plan } = ids(entry, place, *number);
            // Writing to a text cannot fail.
            let _ = writeln!(
                text,
                "{},{property},{room},BAR,{},{},{}",
                entry.id,
                hotel.id,
                word(theirs),
                word(plan)
            );
        }
    }
    text
}
