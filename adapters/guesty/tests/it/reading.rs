//! Reading a property: its listings found, asked for in batches, night by night.

use rackrate_core::adapter::ReadAsk;
use rackrate_core::ids::VendorId;
use rackrate_core::money::Minor;
use rackrate_core::rules::Set;
use rackrate_core::series::Seen;
use rackrate_core::simulator::{Control, Held};

use crate::support::*;

const TAGS: &str = "adults = 2\ngroup_by = 'tag'\ntag_prefix = 'hotel:'";

fn of(property: &str, first: &str, last: &str) -> ReadAsk {
    ReadAsk {
        target: target_of(property, "EUR"),
        ..ask(first, last)
    }
}

#[test]
fn a_property_known_by_its_identifier_alone_is_read_whole() {
    for settings in ["adults = 2\ngroup_by = 'complex'", TAGS] {
        let mut world = World::open(setup());
        let ask = of(COMPLEX, "2026-12-01", "2026-12-02");
        let seen = world.read(&adapter(settings), &ask).unwrap();
        for (listing, minor) in [(SEA, 10_000), (GARDEN, 11_000)] {
            for night in ask.first.through(ask.last) {
                assert_eq!(seen.price(listing, night), Some(Seen::Price(Minor(minor))));
                assert_eq!(seen.rules(listing, night), Some(none()));
            }
        }
        assert_eq!(seen.prices.len(), 4);
    }
}

#[test]
fn what_is_no_group_is_read_as_a_listing() {
    for settings in ["adults = 2\ngroup_by = 'complex'", TAGS, "adults = 2"] {
        let mut world = World::open(setup());
        let ask = of(GARDEN, "2026-12-01", "2026-12-01");
        let seen = world.read(&adapter(settings), &ask).unwrap();
        let wanted = (ids(GARDEN), 2, ask.first, Seen::Price(Minor(11_000)));
        assert_eq!(seen.prices, [wanted]);
    }
}

#[test]
fn many_listings_with_odd_identifiers_are_all_read_once() {
    let names: Vec<String> = (0..25)
        .map(|at| match at % 3 {
            0 => format!("a,b/{at}"),
            1 => format!("é {at}?x=1&y"),
            _ => format!("..%2F{at}"),
        })
        .collect();
    let mut setup = setup();
    setup.hotels[0].plans = names.iter().map(|name| plan(name, "Room", None)).collect();
    setup.hotels[0].prices = (1..)
        .zip(&names)
        .map(|(price, name)| Held {
            property: VendorId::new(COMPLEX).unwrap(),
            ids: ids(name),
            night: night("2026-12-01"),
            adults: 0,
            price: Some(Minor(price)),
            rules: Default::default(),
        })
        .collect();
    let mut world = World::open(setup);
    let ask = of(COMPLEX, "2026-12-01", "2026-12-01");
    let seen = world.read(&guesty(), &ask).unwrap();
    assert_eq!(seen.prices.len(), names.len());
    for (price, name) in (1..).zip(&names) {
        let found = seen.price(name, ask.first);
        assert_eq!(found, Some(Seen::Price(Minor(price))), "{name}");
    }
}

#[test]
fn every_form_of_the_calendar_reads_the_same() {
    let read = |form: &str| {
        let mut world = World::open(setup());
        world.switch("calendar", form);
        let ask = of(COMPLEX, "2027-03-01", "2027-03-31");
        world.read(&guesty(), &ask).unwrap()
    };
    assert_eq!(read("wrapped"), read("list"));
}

#[test]
fn nights_around_a_clock_change_and_a_leap_day_are_nights_like_others() {
    for (first, last) in [("2027-03-27", "2027-03-29"), ("2027-10-30", "2027-11-01")] {
        let (adapter, mut world) = (guesty(), World::open(setup()));
        let middle = night(first).next();
        let mut one = row(SEA, first, first, 12_345);
        (one.first, one.last) = (middle, middle);
        assert!(world.push(&adapter, &chunk(vec![one])).is_success());
        let seen = world.read(&adapter, &of(COMPLEX, first, last)).unwrap();
        let prices = night(first).through(night(last));
        let prices: Vec<_> = prices.map(|night| seen.price(SEA, night)).collect();
        let wanted = [10_000, 12_345, 10_000].map(|minor| Some(Seen::Price(Minor(minor))));
        assert_eq!(prices, wanted);
    }
    let (adapter, mut world) = (guesty(), World::open(setup()));
    let chunk = chunk(vec![row(SEA, "2028-02-29", "2028-02-29", 9_900)]);
    assert!(world.push(&adapter, &chunk).is_success());
    let seen = world
        .read(&adapter, &of(COMPLEX, "2028-02-28", "2028-03-01"))
        .unwrap();
    let price = seen.price(SEA, night("2028-02-29"));
    assert_eq!(price, Some(Seen::Price(Minor(9_900))));
}

#[test]
fn a_night_at_the_listings_base_is_read_with_its_price_and_minimum() {
    let mut world = World::open(setup());
    world.switch("base_min_nights", "3");
    let ask = of(COMPLEX, "2029-01-01", "2029-01-01");
    let seen = world.read(&guesty(), &ask).unwrap();
    assert_eq!(seen.price(SEA, ask.first), Some(Seen::Price(Minor(10_000))));
    let three = rules(Set::To(3), Set::Clear, Set::Clear);
    assert_eq!(seen.rules(SEA, ask.first), Some(three));
}

#[test]
fn clearing_a_minimum_stay_does_not_bring_the_listings_base_back() {
    let (adapter, mut world) = (guesty(), World::open(setup()));
    world.switch("base_min_nights", "7");
    let mut row = row(SEA, "2026-12-01", "2026-12-01", 1);
    row.prices.clear();
    row.rules = none();
    assert!(world.push(&adapter, &chunk(vec![row])).is_success());
    let ask = of(COMPLEX, "2026-12-01", "2026-12-02");
    let seen = world.read(&adapter, &ask).unwrap();
    assert_eq!(seen.rules(SEA, ask.first), Some(none()));
    let base = rules(Set::To(7), Set::Clear, Set::Clear);
    assert_eq!(seen.rules(SEA, ask.last), Some(base));
}

#[test]
fn a_sub_unit_shows_its_parents_price() {
    let mut setup = setup();
    let child = plan("child", "Room 1", Some((ids(SEA), -10)));
    setup.hotels[0].plans.push(child);
    let mut world = World::open(setup);
    let held = Held {
        property: id(COMPLEX),
        ids: ids(SEA),
        night: night("2026-12-01"),
        adults: 0,
        price: Some(Minor(12_345)),
        rules: Default::default(),
    };
    world.vendor.control(&Control::SetPrice(held), world.now);
    let ask = of(COMPLEX, "2026-12-01", "2026-12-01");
    let seen = world.read(&guesty(), &ask).unwrap();
    assert_eq!(
        seen.price("child", ask.first),
        Some(Seen::Price(Minor(11_111)))
    );
    let found = world.discover(&guesty(), &discover_ask()).unwrap();
    assert!(found.properties[0].sellables[2].derived);
}
