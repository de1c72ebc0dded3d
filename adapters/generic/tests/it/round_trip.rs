//! What a chunk says and what its body says are the same cells, read here independently.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rackrate_core::adapter::Adapter;
use rackrate_core::chunk::{Chunk, Row};
use rackrate_core::exchange::Body;
use rackrate_core::money::Minor;
use rackrate_core::night::Night;
use rackrate_core::rules::{Rules, Set};
use serde_json::Value;

use crate::support::*;

fn any_stay() -> impl Strategy<Value = Set<u16>> {
    prop_oneof![
        Just(Set::Leave),
        Just(Set::Clear),
        (1_u16..30).prop_map(Set::To)
    ]
}

fn any_row() -> impl Strategy<Value = Row> {
    let plan = prop::sample::select(vec![("STD", "BAR"), ("SUI", "BAR"), ("STD", "x&\"é")]);
    let prices = prop::collection::btree_map(1_u8..6, 0_u64..100_000_000, 0..4);
    (plan, 21_000_i32..21_400, 0_i32..20, prices, any_stay()).prop_map(
        |((room, plan), first, nights, prices, stay)| Row {
            ids: ids(room, plan),
            first: Night::from_days(first),
            last: Night::from_days(first + nights),
            prices: prices
                .into_iter()
                .map(|(adults, price)| (adults, Minor(price)))
                .collect(),
            rules: Rules {
                min_stay_arrival: stay,
                ..Rules::LEAVE
            },
        },
    )
}

fn any_chunk() -> impl Strategy<Value = Chunk> {
    let rows = prop::collection::vec(any_row(), 1..6);
    (rows, prop::sample::select(vec!["EUR", "JPY", "KWD"])).prop_filter_map(
        "a row has to say something",
        |(mut rows, currency)| {
            rows.retain(|row| !row.prices.is_empty() || !row.rules.is_leave());
            let mut chunk = chunk(rows);
            chunk.target = target_in(currency);
            (!chunk.rows.is_empty()).then_some(chunk)
        },
    )
}

/// Room, plan, date, adults, amount, currency and minimum stay, as JSON spells them.
type Cell = (String, String, String, Option<u64>, Option<String>, String);

fn meant(chunk: &Chunk) -> BTreeMap<Cell, usize> {
    let currency = chunk.target.facts.currency;
    let mut cells = BTreeMap::new();
    for row in &chunk.rows {
        let stay = match row.rules.min_stay_arrival {
            Set::Leave => "absent".to_owned(),
            Set::Clear => "null".to_owned(),
            Set::To(nights) => nights.to_string(),
        };
        let mut prices: Vec<_> = row
            .prices
            .iter()
            .map(|(adults, price)| Some((*adults, *price)))
            .collect();
        if prices.is_empty() {
            prices.push(None);
        }
        for (night, price) in row
            .first
            .through(row.last)
            .flat_map(|night| prices.iter().map(move |price| (night, price)))
        {
            let cell = (
                row.ids.room.as_ref().unwrap().to_string(),
                row.ids.plan.as_ref().unwrap().to_string(),
                night.to_string(),
                price.map(|(adults, _)| u64::from(adults)),
                price.map(|(_, price)| {
                    format!("{} {currency}", decimal(price, currency.exponent()))
                }),
                stay.clone(),
            );
            *cells.entry(cell).or_default() += 1;
        }
    }
    cells
}

fn decimal(Minor(price): Minor, decimals: u32) -> String {
    match 10_u64.pow(decimals) {
        1 => price.to_string(),
        unit => format!(
            "{}.{:0width$}",
            price / unit,
            price % unit,
            width = decimals as usize
        ),
    }
}

fn written(body: &[u8]) -> BTreeMap<Cell, usize> {
    let body: Value = serde_json::from_slice(body).unwrap();
    let mut cells = BTreeMap::new();
    for rate in body["rates"].as_array().unwrap() {
        assert_eq!(rate["property_id"], "P00017");
        let text = |name: &str| rate[name].as_str().unwrap().to_owned();
        let cell = (
            text("room_type"),
            text("rate_plan"),
            text("date"),
            rate.get("adults").map(|adults| adults.as_u64().unwrap()),
            rate.get("amount")
                .map(|_| format!("{} {}", text("amount"), text("currency"))),
            rate.get("min_stay_arrival")
                .map_or("absent".to_owned(), Value::to_string),
        );
        *cells.entry(cell).or_default() += 1;
    }
    cells
}

proptest! {
    #[test]
    fn a_body_carries_exactly_the_chunks_cells(chunk in any_chunk()) {
        let Body::Json(body) = adapter().push(&chunk).unwrap().body else { panic!("JSON") };
        prop_assert_eq!(written(&body), meant(&chunk));
    }

    #[test]
    fn what_is_never_over_the_shape_is_built(rows in prop::collection::vec(any_row(), 1..40)) {
        if let Ok(request) = adapter().push(&chunk(rows)) {
            let Body::Json(body) = request.body else { panic!("JSON") };
            prop_assert!(written(&body).values().sum::<usize>() <= 500);
        }
    }
}
