//! What is listed, and what of it can be written.

use rackrate_channex::Channex;
use rackrate_core::adapter::{Adapter, Carry, DiscoverAsk, Discovery, Step};
use rackrate_core::chunk::Sellable;
use rackrate_core::error::ErrorKind;
use serde_json::{Value, json};

use crate::support::*;

fn by_room_for_two() -> Channex {
    Channex::new(toml::from_str("adults = 2").unwrap()).unwrap()
}

/// The published plan with other attributes, as that adapter lists it.
fn listed(adapter: &Channex, changes: Value) -> Sellable {
    let mut list: Value = serde_json::from_str(RATE_PLANS).unwrap();
    let plan = &mut list["data"][0];
    for (name, value) in changes.as_object().unwrap() {
        match value.is_null() {
            true => _ = plan["attributes"].as_object_mut().unwrap().remove(name),
            false => plan["attributes"][name] = value.clone(),
        }
    }
    let ask = DiscoverAsk {
        mapped: Vec::new(),
        property: None,
        today: night("2019-01-15"),
    };
    let (mut out, mut carry) = (Discovery::default(), Carry::default());
    for body in [PROPERTIES, &list.to_string()] {
        let step = adapter.parse_discover(&ask, &carry, &ok(body), &mut out);
        if let Step::Next { carry: more, .. } = step.unwrap() {
            carry = more;
        }
    }
    out.properties[0].sellables[0].clone()
}

#[test]
fn a_plan_is_derived_when_its_price_comes_from_another_one() {
    let parent = || json!("another-plan");
    for (attributes, derived) in [
        (json!({}), false),
        (json!({"rate_mode": "auto"}), false),
        // Here the other occupancies are computed from the primary one.
        (json!({"rate_mode": "derived"}), false),
        (
            json!({"rate_mode": "derived", "parent_rate_plan_id": parent()}),
            true,
        ),
        (json!({"rate_mode": "cascade"}), true),
        (json!({"rate_mode": "something new"}), true),
        (json!({"inherit_rate": true}), true),
        (
            json!({"inherit_rate": null, "parent_rate_plan_id": parent()}),
            true,
        ),
        (
            json!({"inherit_rate": false, "parent_rate_plan_id": parent()}),
            false,
        ),
        (json!({"rate_mode": null, "inherit_rate": null}), false),
    ] {
        assert_eq!(
            listed(&channex(), attributes.clone()).derived,
            derived,
            "{attributes}"
        );
    }
}

#[test]
fn a_plan_by_person_is_for_its_primary_occupancy() {
    let options = |primary: u8| {
        let option =
            |occupancy: u8| json!({"occupancy": occupancy, "is_primary": occupancy == primary});
        json!({"sell_mode": "per_person", "options": [option(1), option(2), option(3)]})
    };
    for adapter in [channex(), by_room_for_two()] {
        assert_eq!(listed(&adapter, options(3)).adults, [3]);
        assert_eq!(listed(&adapter, options(1)).adults, [1]);
        assert_eq!(
            listed(&adapter, options(9)).adults,
            [0_u8; 0],
            "no primary one"
        );
    }
}

#[test]
fn a_plan_by_room_is_for_as_many_as_it_takes_or_as_the_setting_says() {
    assert_eq!(listed(&channex(), json!({})).adults, [3]);
    assert_eq!(listed(&by_room_for_two(), json!({})).adults, [2]);
    let single = json!({"options": [{"occupancy": 1, "is_primary": true}]});
    assert_eq!(listed(&by_room_for_two(), single).adults, [1]);
    assert_eq!(
        listed(&by_room_for_two(), json!({"options": []})).adults,
        [2]
    );
}

#[test]
fn an_inherited_restriction_cannot_be_written_and_the_message_names_it() {
    let attributes = json!({
        "parent_rate_plan_id": "p", "inherit_rate": false, "inherit_stop_sell": null,
    });
    let sellable = listed(&channex(), attributes);
    assert_eq!(sellable.extra["inherited"], "stop_sell");
    // A list may leave the parent out, and still say what comes from it.
    let orphan = json!({"inherit_stop_sell": true});
    assert_eq!(
        listed(&channex(), orphan).extra["inherited"],
        sellable.extra["inherited"]
    );
    let mut target = (*target(DEMO)).clone();
    target
        .facts
        .sellables
        .insert(sellable.ids.clone(), sellable);
    let target = std::sync::Arc::new(target);
    let mut row = row(BAR, "2019-02-20", "2019-02-20", 3, 12_900);
    assert!(
        channex()
            .push(&chunk_of(&target, vec![row.clone()]))
            .is_ok()
    );
    row.rules = all_set();
    let error = channex().push(&chunk_of(&target, vec![row])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Misconfigured);
    assert!(
        error.text().contains("stop_sell from its parent"),
        "{error}"
    );
}

#[test]
fn a_plan_has_its_own_currency_and_an_unknown_one_is_no_list() {
    let euro = listed(&channex(), json!({"currency": "EUR"}));
    assert_eq!(euro.currency.unwrap().code(), "EUR");
    assert_eq!(listed(&channex(), json!({"currency": null})).currency, None);
    let broken = RATE_PLANS.replace("\"GBP\"", "\"XAU\"");
    let carry: Carry =
        serde_json::from_value(json!(r#"{"list":"RatePlans","pages":0,"listed":0}"#)).unwrap();
    let ask = DiscoverAsk {
        mapped: Vec::new(),
        property: None,
        today: night("2019-01-15"),
    };
    let mut out = Discovery::default();
    let adapter = channex();
    adapter
        .parse_discover(&ask, &Carry::default(), &ok(PROPERTIES), &mut out)
        .unwrap();
    let error = adapter
        .parse_discover(&ask, &carry, &ok(&broken), &mut out)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Malformed);
}

#[test]
fn several_hundred_properties_and_plans_are_listed_once_each() {
    let mut setup = setup();
    let hotel = setup.hotels[0].clone();
    setup.hotels = (0..230)
        .map(|at| {
            let mut hotel = hotel.clone();
            hotel.id = id(&format!("hotel {at}/ü&"));
            hotel.prices.clear();
            hotel
        })
        .collect();
    let mut world = World::new(setup);
    let found = world.discover(&channex(), None);
    assert_eq!(found.properties.len(), 230);
    assert!(found.properties.iter().all(|one| one.sellables.len() == 2));
    // Three pages of properties and five of plans.
    assert_eq!(world.vendor.record().calls, 8);
    let one = world.discover(&channex(), Some(id("hotel 7/ü&")));
    assert_eq!(
        (one.properties.len(), one.properties[0].sellables.len()),
        (1, 2)
    );
    assert!(
        world
            .discover(&channex(), Some(id("nobody")))
            .properties
            .is_empty()
    );
}

#[test]
fn a_list_that_stands_still_before_its_end_is_no_list() {
    let more = PROPERTIES.replace("\"total\":1", "\"total\":7");
    let ask = DiscoverAsk {
        mapped: Vec::new(),
        property: None,
        today: night("2019-01-15"),
    };
    let (adapter, mut out) = (channex(), Discovery::default());
    let step = adapter.parse_discover(&ask, &Carry::default(), &ok(&more), &mut out);
    let Ok(Step::Next { carry, .. }) = step else {
        panic!("{step:?}")
    };
    for body in [&more, r#"{"data":[],"meta":{"total":7}}"#] {
        let error = adapter
            .parse_discover(&ask, &carry, &ok(body), &mut out)
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Malformed, "{body}");
    }
}
