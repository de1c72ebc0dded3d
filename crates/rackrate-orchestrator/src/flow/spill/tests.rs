//! Neighbours of intervals: which nights they are, what counts as evidence, what is told.

use rackrate_core::chunk::Facts;
use rackrate_core::ids::VendorId;
use rackrate_core::money::{Currency, Minor};
use rackrate_core::rules::Set;
use rackrate_core::series::Series;
use rackrate_plan::guards::Guards;
use rackrate_plan::mapping::Mapping;
use rackrate_plan::properties::Properties;

use super::*;

const RUN: Wall = Wall(1_000);

fn night(day: i32) -> Night {
    Night::from_days(20_000 + day)
}

fn ids() -> Ids {
    Ids {
        room: VendorId::new("11").ok(),
        plan: VendorId::new("81").ok(),
    }
}

fn target() -> Target {
    Target {
        connection: ConnectionId::new("pms").unwrap(),
        property: "lisbon-city".parse().unwrap(),
        vendor_property: VendorId::new("58").unwrap(),
        facts: Facts {
            name: "Lisbon City Hotel".to_owned(),
            currency: Currency::new("EUR").unwrap(),
            basis: None,
            time_zone: None,
            sellables: BTreeMap::new(),
        },
    }
}

fn row(first: i32, last: i32) -> Row {
    Row {
        ids: ids(),
        first: night(first),
        last: night(last),
        prices: vec![(2, Minor(12_000))],
        rules: Rules::LEAVE,
    }
}

/// What was known since then of nights from `first` on: a price and a minimum stay each.
fn segment(origin: Origin, at: i64, first: i32, nights: &[(u64, u16)]) -> SeenSegment {
    let mut series = Series::unknown(night(first), night(first));
    for (day, (price, stay)) in (first..).zip(nights) {
        series.set_price(night(day), Some(Seen::Price(Minor(*price))));
        let min_stay_arrival = match stay {
            0 => Set::Leave,
            stay => Set::To(*stay),
        };
        let rules = Rules {
            min_stay_arrival,
            ..Rules::LEAVE
        };
        series.set_rules(night(day), rules);
    }
    SeenSegment {
        connection: target().connection,
        vendor_property: target().vendor_property,
        ids: ids(),
        adults: 2,
        series,
        origin,
        at: Wall(at),
    }
}

fn portfolio() -> Portfolio {
    let head = "connection,property,room_type,rate_plan,vendor_property,vendor_room_type,vendor_rate_plan\n";
    let mapping = format!("{head}pms,lisbon-city,STD,BAR,58,11,81\n");
    let hotels = "code,name,time_zone,day_ends,currency,basis,region,tags,contact\n\
        lisbon-city,Lisbon City Hotel,Europe/Lisbon,04:00,EUR,gross,,,\n";
    Portfolio {
        links: Vec::new(),
        properties: Properties::read(hotels.as_bytes(), "properties.csv").unwrap(),
        mapping: Mapping::read(mapping.as_bytes(), "mapping.csv").unwrap(),
        guards: Guards::default(),
    }
}

/// What is told of a run that wrote these rows, with what was known before and after it.
fn told(rows: &[Row], before: &[SeenSegment], after: &[SeenSegment]) -> Vec<String> {
    let places = neighbours(&rows.iter().collect::<Vec<_>>());
    let before = shown(before, &places, None);
    let after = shown(after, &places, Some(RUN));
    let findings = tell(&target(), &changes(&before, &after), &portfolio());
    assert!(findings.iter().all(|one| one.code == "apply.spilled"));
    findings.into_iter().map(|one| one.message).collect()
}

fn read(at: i64, prices: &[u64]) -> SeenSegment {
    let nights: Vec<_> = prices.iter().map(|price| (*price, 0)).collect();
    segment(Origin::Read, at, 0, &nights)
}

#[test]
fn a_night_behind_an_interval_that_took_its_price_is_told_with_both_values() {
    let before = [read(500, &[10_000, 10_000, 10_000, 10_000])];
    let after = [read(2_000, &[10_000, 12_000, 12_000, 12_000])];
    let findings = told(&[row(1, 2)], &before, &after);
    insta::assert_snapshot!(findings.join("\n"), @"STD BAR for 2 adults, where this run wrote nothing: 2024-10-07 was 100.00 EUR before it and is 120.00 EUR now");
}

#[test]
fn nights_that_belong_to_rows_are_not_neighbours() {
    let before = [read(500, &[10_000; 5])];
    let after = [read(2_000, &[10_000, 12_000, 12_000, 12_000, 10_000])];
    assert_eq!(told(&[row(1, 1), row(2, 3)], &before, &after), [""; 0]);
}

#[test]
fn neighbours_on_consecutive_nights_are_one_finding() {
    let before = [read(500, &[10_000, 10_000, 10_000, 10_000, 10_000])];
    let after = [read(2_000, &[12_000, 12_000, 13_000, 12_000, 12_000])];
    // Nights 1 and 2 lie between the rows, each beside one of them.
    let findings = told(&[row(0, 0), row(3, 4)], &before, &after);
    insta::assert_snapshot!(findings.join("\n"), @"STD BAR for 2 adults, where this run wrote nothing: 2024-10-05 was 100.00 EUR before it and is 120.00 EUR now; 2024-10-06 was 100.00 EUR before it and is 130.00 EUR now");
}

#[test]
fn a_restriction_that_spilled_is_told_once_for_all_adults() {
    let before = [segment(Origin::Read, 500, 0, &[(10_000, 2), (10_000, 2)])];
    let after = [segment(Origin::Read, 2_000, 0, &[(12_000, 4), (10_000, 4)])];
    let mut written = row(0, 0);
    written.rules.min_stay_arrival = Set::To(4);
    let findings = told(&[written], &before, &after);
    insta::assert_snapshot!(findings.join("\n"), @"STD BAR, where this run wrote nothing: 2024-10-05 was min stay 2 before it and is min stay 4 now");
}

#[test]
fn without_two_readings_nothing_is_told() {
    let old = || read(500, &[10_000, 10_000]);
    let new = || read(2_000, &[12_000, 12_000]);
    let stale = read(900, &[12_000, 12_000]);
    let pushed = segment(Origin::Pushed, 700, 0, &[(12_000, 0), (12_000, 0)]);
    let rows = [row(0, 0)];
    assert_eq!(told(&rows, &[], &[new()]), [""; 0]);
    assert_eq!(told(&rows, &[old()], &[stale]), [""; 0]);
    assert_eq!(told(&rows, &[old(), pushed], &[new()]), [""; 0]);
    assert_eq!(told(&rows, &[old()], &[new()]).len(), 1);
}

#[test]
fn a_night_that_shows_what_was_last_wished_settled_late_and_did_not_spill() {
    let places = neighbours(&[&row(0, 0)]);
    let before = shown(&[read(500, &[10_000, 10_000])], &places, None);
    let after = shown(&[read(2_000, &[12_000, 12_000])], &places, Some(RUN));
    let wish = |price: u64| {
        let wished = DesiredSeries {
            connection: target().connection,
            property: target().property,
            ids: ids(),
            adults: 2,
            series: read(0, &[12_000, price]).series,
        };
        let wishes = Wishes([(target().connection, vec![wished])].into());
        let mut spilled = changes(&before, &after);
        wishes.take_out(&target(), &mut spilled);
        tell(&target(), &spilled, &portfolio()).len()
    };
    assert_eq!((wish(12_000), wish(10_000)), (0, 1));
}
