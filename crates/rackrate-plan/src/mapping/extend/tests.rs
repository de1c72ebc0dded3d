//! What a file becomes when guesses are added.

use super::*;
use proptest::prelude::*;
use rackrate_core::ids::{ConnectionId, Ids, PropertyCode, RatePlanCode, RoomTypeCode};

const OLD: &str =
    "connection,property,room_type,rate_plan,vendor_property,vendor_room_type,vendor_rate_plan\n";

fn guess(room: &str, plan: &str) -> Guess {
    Guess {
        connection: ConnectionId::new("cloud").unwrap(),
        property: PropertyCode::new("lisbon").unwrap(),
        room_type: RoomTypeCode::new(&format!("R{room}")).unwrap(),
        rate_plan: RatePlanCode::new("BAR").unwrap(),
        vendor_property: VendorId::new("5886676873777241").unwrap(),
        ids: Ids {
            room: VendorId::new(room).ok(),
            plan: VendorId::new(plan).ok(),
        },
        vendor_property_name: "Hôtel, \"Lisbon\"".into(),
        vendor_name: "=2+2, best\nrate".into(),
    }
}

fn text(old: &str, guesses: &[Guess]) -> String {
    String::from_utf8(extended(old.as_bytes(), "mapping.csv", guesses).unwrap()).unwrap()
}

#[test]
fn a_file_without_a_status_gets_one_and_its_rows_stay_confirmed() {
    let old = format!("{OLD}pms,lisbon,STD,BAR,P1,STD,BAR\n\npms,lisbon,\"S,U\",BAR,P1,SUP,BAR");
    insta::assert_snapshot!(text(&old, &[guess("10", "11")]), @r#"
    connection,property,room_type,rate_plan,vendor_property,vendor_room_type,vendor_rate_plan,status,vendor_property_name,vendor_name
    pms,lisbon,STD,BAR,P1,STD,BAR,confirmed,,

    pms,lisbon,"S,U",BAR,P1,SUP,BAR,confirmed,,
    cloud,lisbon,R10,BAR,'5886676873777241,10,11,guess,"Hôtel, ""Lisbon""","'=2+2, best rate"
    "#);
}

#[test]
fn nothing_becomes_a_file_with_a_header_and_a_wide_file_only_grows() {
    let new = text("", &[guess("10", "11")]);
    assert!(new.starts_with("connection,property,"), "{new}");
    let more = text(&new, &[guess("12", "")]);
    assert_eq!(more.strip_prefix(&new).unwrap().lines().count(), 1);
    let read = Mapping::read(more.as_bytes(), "mapping.csv").unwrap();
    let (_, _, lane) = read.lanes().next().unwrap();
    assert_eq!(lane.guesses.values().copied().collect::<Vec<_>>(), [2, 3]);
    assert_eq!(lane.vendor_property.as_str(), "5886676873777241");
}

#[test]
fn line_ends_a_byte_order_mark_and_the_order_of_columns_are_kept() {
    let old = "\u{feff}rate_plan,connection,property,room_type,vendor_property,vendor_room_type,vendor_rate_plan\r\nBAR,pms,lisbon,STD,P1,STD,BAR\r\n";
    let new = text(old, &[guess("10", "11")]);
    assert!(new.starts_with("\u{feff}rate_plan,connection"), "{new}");
    assert!(new.contains("\r\nBAR,pms,lisbon,STD,P1,STD,BAR,confirmed,,\r\nBAR,cloud,"));
    assert_eq!(new.matches('\n').count(), new.matches("\r\n").count());
}

#[test]
fn zeros_at_the_beginning_mark_the_whole_column_as_text() {
    let new = text(OLD, &[guess("0044", "1"), guess("45", "2")]);
    assert!(
        new.contains(",'0044,1,guess") && new.contains(",'45,2,guess"),
        "{new}"
    );
}

#[test]
fn a_guess_that_would_break_the_file_is_told_and_not_added() {
    let old = format!("{OLD}cloud,porto,STD,BAR,5886676873777241,7,8\n");
    let findings = extended(old.as_bytes(), "mapping.csv", &[guess("10", "11")]).unwrap_err();
    assert_eq!(findings[0].code, "mapping.vendor_property_twice");
}

proptest! {
    #[test]
    fn every_identifier_and_name_can_be_read_back(
        room in "\\PC{1,20}", plan in "\\PC{1,20}", name in "\\PC{0,30}", lines in 0_usize..3,
    ) {
        prop_assume!(VendorId::new(&room).is_ok() && VendorId::new(&plan).is_ok());
        let mut one = guess("1", "1");
        one.ids = Ids { room: VendorId::new(&room).ok(), plan: VendorId::new(&plan).ok() };
        one.vendor_name = name;
        let old = format!("{OLD}pms,lisbon,STD,BAR,P1,STD,BAR{}", "\n".repeat(lines));
        let out = extended(old.as_bytes(), "mapping.csv", std::slice::from_ref(&one)).unwrap();
        let read = Mapping::read(&out[..], "mapping.csv").unwrap();
        let lane = read.property(&one.connection, &one.property).unwrap();
        prop_assert_eq!(lane.sold.values().collect::<Vec<_>>(), [&one.ids]);
    }
}
