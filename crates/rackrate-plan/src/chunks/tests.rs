//! Cutting: what must travel together does, nothing is over the shape, nothing is lost.

use super::*;
use crate::intervals::{self, Occupancy};
use proptest::prelude::*;
use rackrate_core::chunk::Facts;
use rackrate_core::ids::{ConnectionId, PropertyCode};
use rackrate_core::money::{Currency, Minor};
use rackrate_core::series::{Seen, Series};
use rackrate_core::shape::LaneRule;

fn target() -> Arc<Target> {
    Arc::new(Target {
        connection: ConnectionId::new("pms").unwrap(),
        property: PropertyCode::new("lisbon-city").unwrap(),
        vendor_property: VendorId::new("P00017").unwrap(),
        facts: Facts {
            name: "Lisbon City".into(),
            currency: Currency::new("EUR").unwrap(),
            basis: None,
            time_zone: None,
            sellables: BTreeMap::new(),
        },
    })
}

fn shape(item: Item, max_items: u32) -> Shape {
    Shape {
        group: Group::Property,
        item,
        max_items,
        max_nights: 365,
        max_bytes: 1_000_000,
        unit: Unit::Cell,
        lane: LaneRule::OneRequest,
        clears_apart: false,
    }
}

/// A vendor whose restrictions travel with prices.
fn alone(prices: Shape) -> Shapes {
    Shapes {
        prices,
        restrictions: None,
    }
}

fn ids(plan: usize) -> Ids {
    Ids {
        room: Some(VendorId::new("STD").unwrap()),
        plan: Some(VendorId::new(&format!("PLAN{plan}")).unwrap()),
    }
}

fn night(day: usize) -> Night {
    Night::from_days(20_820 + day as i32)
}

fn row(first: usize, last: usize, prices: &[(u8, u64)]) -> Row {
    Row {
        ids: ids(0),
        first: night(first),
        last: night(last),
        prices: prices
            .iter()
            .map(|(who, price)| (*who, Minor(*price)))
            .collect(),
        rules: Rules::LEAVE,
    }
}

fn stay(row: Row, min_stay_arrival: Set<u16>) -> Row {
    let rules = Rules {
        min_stay_arrival,
        ..Rules::LEAVE
    };
    Row { rules, ..row }
}

#[test]
fn touching_rows_with_equal_wishes_become_one_item() {
    let shape = shape(Item::Range { max_nights: 365 }, 30);
    let rows = vec![row(5, 9, &[(2, 129)]), row(0, 4, &[(2, 129)])];
    let chunks = chunks(&target(), &alone(shape), rows);
    assert_eq!(chunks.len(), 1);
    assert_eq!(chunks[0].rows, [row(0, 9, &[(2, 129)])]);
}

#[test]
fn a_night_counts_once_for_each_price_and_parts_at_the_limit() {
    let shape = shape(Item::Night, 5);
    let rows = vec![stay(row(0, 1, &[(1, 90), (2, 129), (3, 150)]), Set::To(2))];
    let chunks = chunks(&target(), &alone(shape), rows);
    let sizes: Vec<u32> = chunks
        .iter()
        .map(|chunk| chunk.rows.iter().map(|row| items(&shape, row)).sum())
        .collect();
    assert_eq!(sizes, [5, 1]);
    assert_eq!(chunks[1].rows, [row(1, 1, &[(3, 150)])]);
}

#[test]
fn restrictions_leave_apart_where_the_vendor_wants_that() {
    let prices = shape(Item::Range { max_nights: 365 }, 30);
    let shapes = Shapes {
        prices,
        restrictions: Some(Shape {
            clears_apart: true,
            ..prices
        }),
    };
    let rows = vec![
        stay(row(0, 1, &[(2, 129)]), Set::To(2)),
        stay(row(2, 3, &[(2, 129)]), Set::Clear),
    ];
    let chunks = chunks(&target(), &shapes, rows);
    let said: Vec<_> = chunks
        .into_iter()
        .map(|chunk| (chunk.operation, chunk.rows))
        .collect();
    let expected = [
        (Operation::Push, vec![row(0, 3, &[(2, 129)])]),
        (Operation::Restrict, vec![stay(row(2, 3, &[]), Set::Clear)]),
        (Operation::Restrict, vec![stay(row(0, 1, &[]), Set::To(2))]),
    ];
    assert_eq!(said, expected);
}

#[test]
fn a_request_spans_no_more_nights_than_allowed() {
    let shape = Shape {
        max_nights: 10,
        ..shape(Item::Range { max_nights: 365 }, 30)
    };
    let chunks = chunks(&target(), &alone(shape), vec![row(0, 24, &[(2, 129)])]);
    let spans: Vec<u32> = chunks.iter().map(|chunk| chunk.rows[0].nights()).collect();
    assert_eq!(spans, [10, 10, 5]);
}

/// One thing's wishes and knowledge, by adults and night: price and minimum stay.
type Hotel = Vec<Vec<(Vec<Option<u64>>, Vec<Option<u64>>)>>;

const NIGHTS: usize = 24;

fn cells() -> impl Strategy<Value = Vec<Option<u64>>> {
    prop::collection::vec(prop::option::weighted(0.9, 100_u64..103), NIGHTS)
}

fn hotel() -> impl Strategy<Value = Hotel> {
    prop::collection::vec(prop::collection::vec((cells(), cells()), 1..4), 1..4)
}

fn stays() -> impl Strategy<Value = Vec<Set<u16>>> {
    let stay = prop_oneof![
        3 => Just(Set::Leave),
        1 => Just(Set::Clear),
        2 => (1_u16..4).prop_map(Set::To),
    ];
    prop::collection::vec(stay, NIGHTS)
}

fn any_shapes() -> impl Strategy<Value = Shapes> {
    let item = prop_oneof![
        Just(Item::Night),
        (1_u32..40).prop_map(|max_nights| Item::Range { max_nights }),
    ];
    let group = prop_oneof![Just(Group::Property), Just(Group::Plan)];
    let flags = (any::<bool>(), any::<bool>());
    (item, group, 1_u32..20, 1_u32..40, 1_500_u32..9_000, flags).prop_map(
        |(item, group, max_items, max_nights, max_bytes, (rules_apart, clears_apart))| {
            let prices = Shape {
                group,
                max_nights,
                max_bytes,
                clears_apart,
                ..shape(item, max_items)
            };
            Shapes {
                prices,
                restrictions: rules_apart.then_some(prices),
            }
        },
    )
}

fn series(prices: &[Option<u64>], stays: &[Set<u16>]) -> Series {
    let mut series = Series::unknown(night(0), night(NIGHTS - 1));
    for (day, price) in prices.iter().enumerate() {
        series.set_price(night(day), price.map(|price| Seen::Price(Minor(price))));
    }
    for (day, stay) in stays.iter().enumerate() {
        let min_stay_arrival = *stay;
        let rules = Rules {
            min_stay_arrival,
            ..Rules::LEAVE
        };
        series.set_rules(night(day), rules);
    }
    series
}

fn all_rows(hotel: &Hotel, wished: &[Set<u16>], shown: &[Set<u16>], unit: Unit) -> Vec<Row> {
    let needs = alone(Shape {
        unit,
        ..shape(Item::Night, 1)
    })
    .needs();
    let mut rows = Vec::new();
    for (plan, adults) in hotel.iter().enumerate() {
        let columns: Vec<(Series, Series)> = adults
            .iter()
            .map(|(desired, known)| (series(desired, wished), series(known, shown)))
            .collect();
        let occupancies: Vec<Occupancy<'_>> = columns
            .iter()
            .zip(1_u8..)
            .map(|((desired, known), adults)| Occupancy {
                adults,
                desired: Some(desired),
                known: Some(known),
            })
            .collect();
        rows.extend(intervals::rows(&ids(plan), &occupancies, needs));
    }
    rows
}

/// Every cell as text, sorted: prices and restrictions by thing and night.
fn expanded<'a>(rows: impl IntoIterator<Item = &'a Row>) -> Vec<String> {
    let mut cells = Vec::new();
    for row in rows {
        for night in row.first.through(row.last) {
            for (adults, price) in &row.prices {
                cells.push(format!("{} {night} {adults} {}", row.ids, price.0));
            }
            if !row.rules.is_leave() {
                cells.push(format!("{} {night} {:?}", row.ids, row.rules));
            }
        }
    }
    cells.sort();
    cells
}

fn differing(hotel: &Hotel, wished: &[Set<u16>], shown: &[Set<u16>]) -> Vec<String> {
    let plain = |stay: Set<u16>| match stay {
        Set::To(1) => Set::Clear,
        other => other,
    };
    let mut cells = Vec::new();
    for (plan, adults) in hotel.iter().enumerate() {
        for day in 0..NIGHTS {
            for (at, (desired, known)) in adults.iter().enumerate() {
                if desired[day].is_some() && desired[day] != known[day] {
                    let price = desired[day].unwrap();
                    cells.push(format!("{} {} {} {price}", ids(plan), night(day), at + 1));
                }
            }
            let wish = wished[day];
            if !wish.is_leave() && plain(wish) != plain(shown[day]) {
                let min_stay_arrival = wish;
                let rules = Rules {
                    min_stay_arrival,
                    ..Rules::LEAVE
                };
                cells.push(format!("{} {} {rules:?}", ids(plan), night(day)));
            }
        }
    }
    cells.sort();
    cells
}

fn is_within(shape: &Shape, chunk: &Chunk) -> bool {
    let first = chunk.rows.iter().map(|row| row.first).min().unwrap();
    let last = chunk.rows.iter().map(|row| row.last).max().unwrap();
    let count: u32 = chunk.rows.iter().map(|row| items(shape, row)).sum();
    let bytes: u64 = chunk
        .rows
        .iter()
        .map(|row| estimated_bytes(&chunk.target, shape, row))
        .sum();
    let one_plan = chunk
        .rows
        .iter()
        .all(|row| row.ids.plan == chunk.rows[0].ids.plan);
    let item_fits = |row: &Row| row.nights() <= longest(shape);
    first.span(last) <= shape.max_nights
        && count <= shape.max_items
        && bytes + ENVELOPE_BYTES <= u64::from(shape.max_bytes)
        && (shape.group == Group::Property || one_plan)
        && chunk.rows.iter().all(item_fits)
}

proptest! {
    #[test]
    fn chunks_carry_exactly_the_differing_cells(
        hotel in hotel(), wished in stays(), shown in stays(), shapes in any_shapes(),
    ) {
        let rows = all_rows(&hotel, &wished, &shown, Unit::Cell);
        let chunks = chunks(&target(), &shapes, rows);
        let sent = expanded(chunks.iter().flat_map(|chunk| &chunk.rows));
        prop_assert_eq!(sent, differing(&hotel, &wished, &shown));
        for chunk in &chunks {
            prop_assert!(is_within(&shapes.prices, chunk), "{chunk:?}");
        }
    }

    #[test]
    fn equal_neighbours_are_in_two_items_only_where_one_would_be_too_long(
        hotel in hotel(), wished in stays(), shown in stays(), shapes in any_shapes(),
        max_nights in 1_u32..40,
    ) {
        let shape = Shape { item: Item::Range { max_nights }, ..shapes.prices };
        let shapes = Shapes { prices: shape, restrictions: shapes.restrictions.map(|_| shape) };
        let rows = all_rows(&hotel, &wished, &shown, Unit::Cell);
        let chunks = chunks(&target(), &shapes, rows);
        let rows: Vec<&Row> = chunks.iter().flat_map(|chunk| &chunk.rows).collect();
        for one in &rows {
            for other in rows.iter().filter(|other| continues(one, other)) {
                prop_assert_eq!(one.nights(), longest(&shape));
                prop_assert!(one.nights() + other.nights() > longest(&shape));
            }
        }
    }

    #[test]
    fn requests_are_full_where_nothing_but_items_bounds_them(
        hotel in hotel(), wished in stays(), shown in stays(), max_items in 1_u32..30,
    ) {
        for item in [Item::Night, Item::Range { max_nights: 365 }] {
            let shape = shape(item, max_items);
            let rows = all_rows(&hotel, &wished, &shown, Unit::Cell);
            let chunks = chunks(&target(), &alone(shape), rows);
            let count = |chunk: &Chunk| chunk.rows.iter().map(|row| items(&shape, row)).sum::<u32>();
            let total: u32 = chunks.iter().map(count).sum();
            prop_assert_eq!(chunks.len() as u32, total.div_ceil(max_items));
        }
    }

    #[test]
    fn what_must_travel_together_does(
        hotel in hotel(), wished in stays(), shown in stays(),
    ) {
        for row in all_rows(&hotel, &wished, &shown, Unit::AllOccupancies) {
            if row.prices.is_empty() {
                continue;
            }
            let plan = (0..hotel.len()).find(|plan| ids(*plan) == row.ids).unwrap();
            for night in row.first.through(row.last) {
                let day = night.since(self::night(0)) as usize;
                let priced = |(desired, known): &(Vec<Option<u64>>, Vec<Option<u64>>)| {
                    desired[day].or(known[day]).is_some()
                };
                let expected = hotel[plan].iter().filter(|columns| priced(columns)).count();
                prop_assert_eq!(row.prices.len(), expected);
            }
        }
        // What is known to be none is not sent along; what is wished or known to be set is.
        let along = |day: usize| match (wished[day], shown[day]) {
            (Set::Leave, Set::To(nights)) => Set::To(nights),
            (wish, _) => wish,
        };
        for unit in [Unit::PriceAndRestrictions, Unit::AllRestrictions] {
            for row in all_rows(&hotel, &wished, &shown, unit) {
                let day = row.first.since(night(0)) as usize;
                let alone = unit == Unit::AllRestrictions && row.rules.is_leave();
                prop_assert!(alone || row.rules.min_stay_arrival == along(day), "{row:?}");
            }
        }
    }
}
