//! Days at the edges of time: clock changes, and zones on both sides of Greenwich.

use rackrate_core::adapter::Adapter;
use rackrate_core::exchange::{Body, Operation};
use rackrate_core::money::{Basis, Minor};
use rackrate_core::rules::{Rules, Set};
use rackrate_core::series::Seen;
use serde_json::Value;

use crate::support::*;

/// The instants that a price for these nights names.
fn instants(zone: &str, first: &str, last: &str) -> (String, String) {
    let mut target = (*example_target()).clone();
    target.facts.time_zone = Some(zone.into());
    let rows = vec![priced(DOUBLE, first, last, 10_000)];
    let request = mews().push(&chunk(&target.into(), Operation::Push, rows));
    let Body::Json(body) = request.unwrap().body else {
        panic!("no JSON")
    };
    let body: Value = serde_json::from_slice(&body).unwrap();
    let text = |name: &str| body["PriceUpdates"][0][name].as_str().unwrap().to_owned();
    (text("FirstTimeUnitStartUtc"), text("LastTimeUnitStartUtc"))
}

#[test]
fn a_night_is_the_instant_of_its_local_midnight() {
    for (zone, first, last, begins, ends) in [
        // The clock goes forward on the 28th, and back on the 31st.
        (
            BUDAPEST,
            "2027-03-28",
            "2027-03-29",
            "2027-03-27T23:00:00Z",
            "2027-03-28T22:00:00Z",
        ),
        (
            BUDAPEST,
            "2027-10-31",
            "2027-11-01",
            "2027-10-30T22:00:00Z",
            "2027-10-31T23:00:00Z",
        ),
        (
            "Europe/Lisbon",
            "2027-03-27",
            "2027-04-02",
            "2027-03-27T00:00:00Z",
            "2027-04-01T23:00:00Z",
        ),
        (
            "America/New_York",
            "2027-03-14",
            "2027-03-15",
            "2027-03-14T05:00:00Z",
            "2027-03-15T04:00:00Z",
        ),
        (
            "Pacific/Auckland",
            "2027-01-02",
            "2027-01-03",
            "2027-01-01T11:00:00Z",
            "2027-01-02T11:00:00Z",
        ),
        (
            "Asia/Kathmandu",
            "2027-01-02",
            "2027-01-02",
            "2027-01-01T18:15:00Z",
            "2027-01-01T18:15:00Z",
        ),
        // Midnight is skipped here: the day begins at one o'clock.
        (
            "America/Santiago",
            "2026-09-06",
            "2026-09-07",
            "2026-09-06T04:00:00Z",
            "2026-09-07T03:00:00Z",
        ),
    ] {
        let told = instants(zone, first, last);
        assert_eq!(told, (begins.to_owned(), ends.to_owned()), "{zone} {first}");
    }
}

#[test]
fn every_night_of_a_year_goes_both_ways_in_every_kind_of_zone() {
    for zone in [
        BUDAPEST,
        "America/New_York",
        "Pacific/Auckland",
        "Pacific/Pago_Pago",
        "America/Santiago",
        "Africa/Cairo",
        "Australia/Lord_Howe",
    ] {
        let mut world = World::of(hotel(zone, "EUR", Basis::Gross));
        let first = night("2027-01-02");
        let days = first.through(first.plus(364));
        let rows = (10_000..).zip(days).map(|(price, at)| {
            let at = at.to_string();
            priced(DOUBLE, &at, &at, price)
        });
        world.push(Operation::Push, rows.collect()).unwrap();
        let seens = world.read("2027-01-01", "2028-01-02");
        for (price, at) in (10_000..).zip(first.through(first.plus(364))) {
            let seen = seens.prices[&(ids(DOUBLE, RATE), at)];
            assert_eq!(seen, Seen::Price(Minor(price)), "{zone} {at}");
        }
        assert_eq!(seens.price(DOUBLE, "2027-01-01"), Some(Seen::Absent));
        assert_eq!(seens.price(DOUBLE, "2028-01-02"), Some(Seen::Absent));
    }
}

#[test]
fn a_restriction_over_a_clock_change_holds_on_its_days_only() {
    for zone in ["America/New_York", BUDAPEST, "America/Santiago"] {
        let mut world = World::of(hotel(zone, "EUR", Basis::Gross));
        for (first, last) in [("2027-03-12", "2027-03-30"), ("2027-08-30", "2027-11-09")] {
            let closed = Rules {
                closed_to_arrival: Set::To(true),
                ..Rules::LEAVE
            };
            let nights = night(first).through(night(last));
            let rows = nights.map(|at| ruled(DOUBLE, &at.to_string(), closed));
            world.push(Operation::Restrict, rows.collect()).unwrap();
            let outside = [night(first).previous(), night(last).next()];
            let seens = world.read(&outside[0].to_string(), &outside[1].to_string());
            let is_closed = |at| seens.rules[&(ids(DOUBLE, RATE), at)].closed_to_arrival;
            assert_eq!(outside.map(is_closed), [Set::Clear; 2], "{zone}");
            for at in night(first).through(night(last)) {
                assert_eq!(is_closed(at), Set::To(true), "{zone} {at}");
            }
        }
    }
}
