//! The simulator's own strictness, by raw requests.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::*;

pub(crate) const READ: &str = "restrictions?filter%5Bproperty_id%5D=716305c4-561a-4561-a187-7f5b8aeb5920\
    &filter%5Bdate%5D=2019-02-20&filter%5Brestrictions%5D=rate";

pub(crate) fn entry(fields: Value) -> String {
    let mut entry = json!({
        "property_id": DEMO, "rate_plan_id": BAR,
        "date_from": "2019-02-20", "date_to": "2019-02-21",
    });
    let own = entry.as_object_mut().unwrap();
    own.extend(fields.as_object().unwrap().clone());
    json!({ "values": [entry] }).to_string()
}

fn said(world: &mut World, body: &str) -> Value {
    serde_json::from_slice(&world.post(body).body).unwrap()
}

/// The fields that are warned of, and the words of the first.
fn warned(fields: Value) -> (Vec<String>, String) {
    let mut world = World::new(setup());
    let said = said(&mut world, &entry(fields));
    let warning = said["meta"]["warnings"][0]["warning"].as_object().cloned();
    let warning = warning.unwrap_or_default();
    assert_eq!(
        said["data"].as_array().unwrap().is_empty(),
        !warning.is_empty()
    );
    world.wait(10);
    assert_eq!(
        world.vendor.record().changes.is_empty(),
        !warning.is_empty()
    );
    let words = warning.values().next().map(|words| words[0].to_string());
    (warning.keys().cloned().collect(), words.unwrap_or_default())
}

#[test]
fn wrong_values_are_warned_of_and_change_nothing() {
    for (fields, field, words) in [
        (json!({"rate": "0.00"}), "rate", "must be greater than 0"),
        (json!({"rate": -5}), "rate", "must be greater than 0"),
        (json!({"rate": 129.5}), "rate", "is invalid"),
        (json!({"rate": "129.005"}), "rate", "is invalid"),
        (json!({"rate": true}), "rate", "is invalid"),
        (
            json!({"rates": [{"occupancy": 1, "rate": 100}]}),
            "rates",
            "is invalid",
        ),
        (json!({"rates": {"occupancy": 3}}), "rates", "is invalid"),
        (
            json!({"min_stay_through": 0}),
            "min_stay_through",
            "must be greater than or equal to 1",
        ),
        (json!({"max_stay": "3"}), "max_stay", "is invalid"),
        (json!({"stop_sell": 2}), "stop_sell", "is invalid"),
        (
            json!({"rate": 100, "min_stay": 2}),
            "min_stay",
            "is invalid",
        ),
        (json!({"rate": 100, "days": ["xx"]}), "days", "is invalid"),
        (
            json!({"rate": 100, "rate_plan_id": "nobody"}),
            "rate_plan_id",
            "is invalid",
        ),
        (
            json!({"rate": 100, "date_from": "2019-01-14"}),
            "date_from",
            "is invalid",
        ),
        (
            json!({"rate": 100, "date_to": "2019-02-19"}),
            "date_to",
            "is invalid",
        ),
        (
            json!({"rate": 100, "date": "20-02-2019"}),
            "date",
            "is invalid",
        ),
        (
            json!({}),
            "rate",
            "at least one restriction should be present",
        ),
    ] {
        let shown = fields.to_string();
        let (names, first) = warned(fields);
        assert_eq!(
            (names, first),
            (vec![field.to_owned()], format!("{words:?}")),
            "{shown}"
        );
    }
}

#[test]
fn both_spellings_of_prices_and_flags_are_taken() {
    for fields in [
        json!({"rate": "129.5"}),
        json!({"rate": 12950}),
        json!({"stop_sell": 1, "closed_to_arrival": false}),
        json!({"rates": [{"occupancy": 3, "rate": "129.50"}]}),
        json!({"max_stay": 0}),
    ] {
        assert_eq!(warned(fields.clone()).0, [""; 0], "{fields}");
    }
}

#[test]
fn one_wrong_entry_does_not_stop_the_others() {
    let mut world = World::new(setup());
    let good = json!({"property_id": DEMO, "rate_plan_id": BAR, "date": "2019-02-20", "rate": 1});
    let mut bad = good.clone();
    bad["rate"] = json!(0);
    let body = json!({"values": [bad, good]}).to_string();
    let said = said(&mut world, &body);
    assert_eq!(said["data"].as_array().unwrap().len(), 1);
    assert_eq!(said["meta"]["warnings"].as_array().unwrap().len(), 1);
    world.wait(10);
    let record = world.vendor.record();
    assert_eq!((record.refused_rows, record.applied), (1, 1));
}

#[test]
fn a_warning_drops_the_entry_or_only_the_field_as_switched() {
    let fields = json!({"rate": 0, "stop_sell": true});
    for (how, applied) in [("entry", 0), ("field", 1)] {
        let mut world = World::new(setup());
        world.switch("warned", how);
        world.post(&entry(fields.clone()));
        world.wait(10);
        assert_eq!(world.vendor.record().applied, applied, "{how}");
    }
}

#[test]
fn what_is_no_message_is_refused_whole() {
    let mut world = World::new(setup());
    for body in [
        "",
        "[]",
        "{}",
        r#"{"values":[]}"#,
        r#"{"values":[1]}"#,
        r#"{"values":{}}"#,
    ] {
        assert_eq!(world.post(body).status, 400, "{body}");
    }
    let huge = format!(r#"{{"values":[{{"x":"{}"}}]}}"#, "x".repeat(10_000_000));
    assert_eq!(world.post(&huge).status, 413);
    assert_eq!(world.get("bookings").status, 404);
    world.wait(10);
    assert!(world.vendor.record().changes.is_empty());
}

#[test]
fn a_limited_key_opens_one_property() {
    let mut world = World::new(setup());
    let mut get = |path: &str| world.raw(with_key("uKey/one", path, None));
    let listed: Value = serde_json::from_slice(&get("properties").body).unwrap();
    assert_eq!(listed["meta"]["total"], 1);
    assert_eq!(get(READ).status, 200);
    assert_eq!(get(&READ.replace(DEMO, OTHER)).status, 403);
    assert_eq!(get(&READ.replace(DEMO, "nobody")).status, 404);
    let foreign = entry(json!({"rate": 100})).replace(DEMO, OTHER);
    let said = world.raw(with_key("uKey/one", "restrictions", Some(&foreign)));
    assert_eq!(said.status, 403);
}

#[test]
fn a_read_shows_only_what_was_asked_for_and_defaults_where_nothing_was_set() {
    let mut world = World::new(setup());
    let path = READ
        .replace("2019-02-20", "2019-07-01")
        .replace("=rate", "=rate,max_stay,min_stay_arrival");
    let shown: Value = serde_json::from_slice(&world.get(&path).body).unwrap();
    let night = &shown["data"][BAR]["2019-07-01"];
    assert_eq!(
        *night,
        json!({"rate": "0.00", "max_stay": 0, "min_stay_arrival": 1})
    );
    assert_eq!(world.get(&READ.replace("=rate", "=price")).status, 400);
    assert_eq!(
        world.get(&READ.replace("2019-02-20", "2019-02-30")).status,
        400
    );
}

#[test]
fn lists_have_ten_items_unless_asked_and_never_more_than_a_hundred() {
    let mut setup = setup();
    let hotel = setup.hotels[0].clone();
    setup.hotels = (0..120)
        .map(|at| {
            let mut hotel = hotel.clone();
            hotel.id = id(&format!("hotel/{at}"));
            hotel
        })
        .collect();
    let mut world = World::new(setup);
    for (path, items, limit) in [
        ("properties", 10, 10),
        ("properties?pagination%5Blimit%5D=500", 100, 100),
        (
            "properties?pagination%5Blimit%5D=50&pagination%5Bpage%5D=3",
            20,
            50,
        ),
        ("rate_plans?pagination%5Bpage%5D=99", 0, 10),
    ] {
        let list: Value = serde_json::from_slice(&world.get(path).body).unwrap();
        let meta = (
            &list["meta"]["limit"],
            list["data"].as_array().unwrap().len(),
        );
        assert_eq!(meta, (&json!(limit), items), "{path}");
    }
    assert_eq!(world.get("properties?pagination%5Bpage%5D=0").status, 400);
}

#[test]
fn reads_fill_the_bucket_of_writes_or_their_own_as_switched() {
    for (reads, after) in [("shared", 429), ("apart", 200)] {
        let mut world = World::new(setup());
        world.switch("reads", reads);
        world.pace = Duration::ZERO;
        for _ in 0..10 {
            assert_eq!(world.get(READ).status, 200);
        }
        assert_eq!(
            world.post(&entry(json!({"rate": 100}))).status,
            after,
            "{reads}"
        );
        assert_eq!(world.get(READ).status, 429);
        let other = world.get(&READ.replace(DEMO, OTHER));
        assert_eq!(other.status, 200, "another property has its own");
        world.wait(60);
        assert_eq!(world.get(READ).status, 200);
    }
}

#[test]
fn who_asks_again_before_the_wait_he_was_told_is_counted() {
    for (told, early) in [("none", 0), ("header", 1), ("details", 1)] {
        let mut world = World::new(setup());
        world.switch("wait_told", told);
        world.pace = Duration::ZERO;
        let mut last = world.get(READ);
        for _ in 0..11 {
            last = world.get(READ);
        }
        assert_eq!(last.retry_after().is_some(), told == "header");
        assert_eq!(text(&last).1.contains("retry_after"), told == "details");
        let record = world.vendor.record();
        assert_eq!(
            (record.breaches, record.early_repeats),
            (2, early),
            "{told}"
        );
    }
}

#[test]
fn today_is_the_hotels_today() {
    let mut setup = setup();
    setup.hotels[0].time_zone = "Pacific/Auckland".into();
    // It is the 15th in London and the 16th in Auckland.
    let mut world = World::new(setup);
    let mut taken = |day: &str| {
        let fields = json!({"rate": 100, "date_from": day, "date_to": day});
        !said(&mut world, &entry(fields))["data"]
            .as_array()
            .unwrap()
            .is_empty()
    };
    assert_eq!([taken("2019-01-15"), taken("2019-01-16")], [false, true]);
}

#[test]
fn a_setup_without_a_key_or_with_an_unknown_zone_is_refused() {
    let mut keyless = setup();
    keyless.secrets = Default::default();
    let mut nowhere = setup();
    nowhere.hotels[0].time_zone = "Nowhere/At_All".into();
    let mut unsaved = setup();
    unsaved.saved = Some("{}".into());
    for setup in [keyless, nowhere, unsaved] {
        assert!(rackrate_channex::simulator::new(setup).is_err());
    }
}
