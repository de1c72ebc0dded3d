//! From a new account to confirmed prices: list it, guess the mapping, confirm it, apply.

#![expect(
    clippy::unwrap_used,
    reason = "what the program did not write ends the test"
)]

use rackrate_catalog::showcase;
use rackrate_e2e::{Ended, Hotel, Stage};
use serde_json::Value;

fn price(night: u16) -> Option<u64> {
    Some(110 + u64::from(night % 7))
}

/// Two hotels with derived plans, and nothing mapped yet.
fn new_account() -> Stage {
    let lisbon = Hotel {
        rooms: vec!["STD", "SUP"],
        derived: true,
        ..Hotel::lisbon(4)
    };
    let names: Vec<_> = showcase().iter().map(|entry| entry.id).collect();
    let stage = Stage::new(&names, vec![lisbon, Hotel::algarve(4)]);
    stage.calendar(price);
    std::fs::remove_file(stage.path("mapping.csv")).unwrap();
    stage
}

/// The program's answer to something that goes wrong, with its first code.
fn told(stage: &Stage, arguments: &str, exit: i32) -> String {
    let ended = stage.run(&format!("{arguments} --errors-file errors.jsonl"));
    let _ = ended.with_code(exit);
    let finding = stage.findings().remove(0);
    assert!(!finding.hint.is_empty(), "{finding}");
    finding.code
}

fn is_narrow(ended: &Ended) -> bool {
    let all = || ended.stdout.lines();
    let narrow = all().all(|line| line.chars().count() <= 80);
    narrow && !ended.stdout.contains('\u{1b}') && !ended.stderr.contains('\u{1b}')
}

#[test]
fn a_new_account_is_listed_guessed_refused_confirmed_and_applied() {
    let stage = new_account();
    for entry in showcase() {
        let arguments = format!("discover {} --write-mapping --calendar rates.csv", entry.id);
        let ended = stage.run(&arguments).with_code(0);
        assert!(
            ended.stdout.contains("3 guesses written"),
            "{}",
            ended.stdout
        );
        assert!(ended.stdout.contains("2 derived"), "{}", ended.stdout);
    }
    let _ = stage
        .run("plan rates.csv --errors-file errors.jsonl")
        .with_code(6);
    let findings = stage.findings();
    let places: Vec<_> = findings.iter().map(|one| one.place.to_string()).collect();
    assert_eq!(places.len(), 2 * showcase().len(), "{findings:?}");
    assert!(findings.iter().all(|one| one.code == "mapping.guess"));
    assert!(places[0].contains("mapping.csv:"), "{places:?}");
    let _ = stage.run("apply plan.json");
    assert_eq!(stage.vendors.writes(), 0);

    stage.change("mapping.csv", ",guess,", ",confirmed,");
    let _ = stage.run("plan rates.csv").with_code(0);
    let _ = stage.run("apply plan.json").with_code(0);
    let _ = stage.run("verify").with_code(0);
    for entry in showcase() {
        assert_eq!(stage.wrong(entry.id, price), [""; 0], "{}", entry.id);
        let ended = stage.run(&format!("discover {} --write-mapping", entry.id));
        assert!(ended.with_code(0).stdout.contains("Nothing to add"));
    }
}

#[test]
fn a_guess_stops_its_property_and_the_others_go_on() {
    let stage = new_account();
    let _ = stage.run("discover generic --write-mapping").with_code(0);
    let text = stage.read("mapping.csv");
    let confirmed = |line: &str| match line.contains("lisbon-city") {
        true => line.replace(",guess,", ",confirmed,") + "\n",
        false => format!("{line}\n"),
    };
    let text: String = text.lines().map(confirmed).collect();
    stage.write("mapping.csv", &text);
    let _ = stage.run("plan rates.csv").with_code(6);
    let _ = stage.run("apply plan.json").with_code(0);
    let held = stage.vendors.held("generic");
    let algarve = held.iter().filter(|one| one.property.as_str() == "302817");
    assert!(algarve.clone().count() > 0);
    assert!(
        algarve
            .into_iter()
            .all(|one| one.price.unwrap().0 == 10_000)
    );
    assert!(stage.vendors.writes() > 0);
}

#[test]
fn a_new_account_that_cannot_be_reached_holds_nothing_elsewhere() {
    let stage = new_account();
    let _ = stage.run("discover cloudbeds --write-mapping --calendar rates.csv");
    stage.change("mapping.csv", ",guess,", ",confirmed,");
    let _ = stage.run("discover generic --write-mapping").with_code(0);
    let address = stage.vendors.address("generic").to_string();
    stage.change("rackrate.toml", &address, "127.0.0.1:1");
    let ended = stage.run("plan rates.csv -o json").with_code(6);
    let all: Value = serde_json::from_str(&ended.stdout).unwrap();
    let lanes = all["lanes"].as_array().unwrap();
    assert!(lanes.iter().all(|lane| lane["connection"] == "cloudbeds"));
    assert_eq!(lanes.len(), 2, "{}", ended.stdout);
}

#[test]
fn an_account_is_shown_within_eighty_columns() {
    let stage = new_account();
    let ended = stage.run("discover generic").with_code(0);
    insta::assert_snapshot!(ended.stdout, @"
    Algarve Resort
      302817, Europe/Lisbon, EUR, gross; not mapped
    room type rate plan name                     ours
    112400    810000    STD, Best available rate not mapped

    Lisbon City Hotel
      5886676873777241, Europe/Lisbon, EUR, gross; not mapped
    room type rate plan name                     ours
    112100    810000    STD, Best available rate not mapped
    112100    9810000   STD, Members             derived
    112101    810000    SUP, Best available rate not mapped
    112101    9810000   SUP, Members             derived

    2 properties at generic, 5 things to sell: 3 not mapped, 2 derived.
    Write guesses for what is not mapped with --write-mapping.
    ");
}

#[test]
fn guesses_are_added_to_what_is_mapped_and_shown_as_what_they_are() {
    let stage = new_account();
    let old = "connection,property,room_type,rate_plan,vendor_property,vendor_room_type,vendor_rate_plan\ngeneric,lisbon-city,STANDARD,FLEX,5886676873777241,112100,810000\n";
    stage.write("mapping.csv", old);
    let ended = stage
        .run("discover generic --write-mapping=new.csv")
        .with_code(0);
    assert_eq!(stage.read("mapping.csv"), old);
    insta::assert_snapshot!(stage.read("new.csv"), @r#"
    connection,property,room_type,rate_plan,vendor_property,vendor_room_type,vendor_rate_plan,status,vendor_property_name,vendor_name
    generic,lisbon-city,STANDARD,FLEX,5886676873777241,112100,810000,confirmed,,
    generic,algarve-resort,STD,BAR,302817,112400,810000,guess,Algarve Resort,"STD, Best available rate"
    generic,lisbon-city,SUP,FLEX,'5886676873777241,112101,810000,guess,Lisbon City Hotel,"SUP, Best available rate"
    "#);
    assert!(ended.stdout.contains("STANDARD FLEX\n"), "{}", ended.stdout);
    assert!(
        ended.stdout.contains("SUP FLEX, guess\n"),
        "{}",
        ended.stdout
    );
    let again = "discover generic --write-mapping=new.csv";
    assert_eq!(told(&stage, again, 2), "discover.file_exists");
}

#[test]
fn a_program_gets_all_of_it() {
    let stage = new_account();
    stage.write(
        "mapping.csv",
        "connection,property,room_type,rate_plan,vendor_property,vendor_room_type,vendor_rate_plan\n",
    );
    let ended = stage
        .run("discover generic -o json --write-mapping")
        .with_code(0);
    let all: Value = serde_json::from_str(&ended.stdout).unwrap();
    let lisbon = &all["properties"][1];
    assert_eq!(all["written"]["guesses"], 3);
    assert_eq!(all["written"]["derived_left_out"], 2);
    assert_eq!(all["findings"], serde_json::json!([]));
    let told = ["property", "currency", "time_zone", "basis"].map(|fact| &lisbon[fact]);
    assert_eq!(told, ["lisbon-city", "EUR", "Europe/Lisbon", "gross"]);
    insta::assert_json_snapshot!(lisbon["sold"][1], @r#"
    {
      "adults": [],
      "currency": null,
      "derived": true,
      "name": "STD, Members",
      "rate_plan": null,
      "room_type": null,
      "status": "not_mapped",
      "vendor_rate_plan": "9810000",
      "vendor_room_type": "112100"
    }
    "#);
    assert_eq!(lisbon["sold"][2]["status"], "guess");
}

#[test]
fn an_account_that_cannot_be_asked_says_why() {
    let stage = new_account();
    assert_eq!(told(&stage, "discover", 2), "discover.which_connection");
    let unknown = told(&stage, "discover pms", 2);
    assert_eq!(unknown, "discover.unknown_connection");
    stage.write("secrets/api_key", "cbat_of_somebody_else");
    let refused = told(&stage, "discover cloudbeds --write-mapping", 5);
    assert_eq!(refused, "credential.needs_authorization");
    let address = stage.vendors.address("generic").to_string();
    stage.change("rackrate.toml", &address, "127.0.0.1:1");
    let unreachable = told(&stage, "discover generic --write-mapping", 1);
    assert_eq!(unreachable, "vendor.unreachable");
    assert!(!stage.path("mapping.csv").exists());

    let empty = Stage::new(&["generic"], Vec::new());
    std::fs::remove_file(empty.path("properties.csv")).unwrap();
    assert_eq!(told(&empty, "discover", 1), "discover.nothing");
}

#[test]
fn a_hotel_that_is_none_of_ours_is_told_and_not_written() {
    let stage = new_account();
    stage.change("properties.csv", "Lisbon City Hotel", "Another House");
    stage.change("properties.csv", "lisbon-city", "another");
    let told = told(&stage, "discover generic --write-mapping", 0);
    assert_eq!(told, "discover.unknown_property");
    assert!(!stage.read("mapping.csv").contains("5886676873777241"));
}

#[test]
fn what_a_vendor_lists_no_more_is_told() {
    let stage = new_account();
    let _ = stage.run("discover generic --write-mapping").with_code(0);
    stage.change("mapping.csv", ",112101,", ",999,");
    let gone = told(&stage, "discover generic", 1);
    assert_eq!(gone, "mapping.not_at_vendor");
}

#[test]
fn long_names_stay_narrow_and_a_reader_may_go_away() {
    let hotel = Hotel {
        name: "Grand Hotel of the Western Algarve and its Islands by the Sea and Annex and Spa House",
        rooms: vec![
            "Deluxe superior room with a view of the ocean and balcony and kitchen",
            "STD",
        ],
        ..Hotel::algarve(4)
    };
    let stage = Stage::new(&["cloudbeds", "generic"], vec![hotel]);
    for vendor in ["cloudbeds", "generic"] {
        let program = stage.program().with("NO_COLOR", "1");
        let ended = program.run(&format!("discover {vendor} -v")).with_code(0);
        assert!(is_narrow(&ended), "{}", ended.stdout);
    }
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = stage.program().command("discover generic");
    let ended = Ended::of(command.stdout(writer).output().unwrap()).with_code(0);
    assert_eq!(ended.stderr, "");
}
