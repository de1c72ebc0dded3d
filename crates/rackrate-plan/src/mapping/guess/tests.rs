//! Which rows are guessed for small accounts.

use super::*;
use rackrate_core::chunk::Sellable;
use rackrate_core::money::Currency;

const PROPERTIES: &str = "code,name,time_zone,currency,basis\n\
    lisbon,Hôtel São-Jorge,Europe/Lisbon,EUR,gross\n\
    york,Grand Hotel,Europe/London,GBP,gross\n\
    nice,Grand Hotel,Europe/Paris,EUR,gross\n";
const HEADER: &str =
    "connection,property,room_type,rate_plan,vendor_property,vendor_room_type,vendor_rate_plan";

fn id(text: &str) -> Option<VendorId> {
    VendorId::new(text).ok()
}

fn sellable((room, plan, name): (&str, &str, &str)) -> Sellable {
    Sellable {
        ids: Ids {
            room: id(room),
            plan: id(plan),
        },
        name: name.to_owned(),
        currency: None,
        derived: name.ends_with('*'),
        adults: Vec::new(),
        extra: BTreeMap::new(),
    }
}

fn hotel(
    vendor: &str,
    name: &str,
    currency: &str,
    sold: &[(&str, &str, &str)],
) -> DiscoveredProperty {
    DiscoveredProperty {
        id: id(vendor).unwrap(),
        name: name.to_owned(),
        time_zone: None,
        currency: Currency::new(currency).ok(),
        basis: None,
        sellables: sold.iter().copied().map(sellable).collect(),
    }
}

fn mapping(rows: &str) -> Mapping {
    Mapping::read(format!("{HEADER}\n{rows}\n").as_bytes(), "mapping.csv").unwrap_or_default()
}

fn guessed(hotels: Vec<DiscoveredProperty>, rows: &str) -> Guesses {
    let properties = Properties::read(PROPERTIES.as_bytes(), "properties.csv").unwrap();
    let mapping = mapping(rows);
    let connection = ConnectionId::new("cloud").unwrap();
    let discovery = Discovery { properties: hotels };
    guess(
        &connection,
        &discovery,
        &properties,
        &mapping,
        &Codes::of(&mapping),
    )
}

fn rows(guesses: &Guesses) -> String {
    let row = |one: &Guess| {
        format!(
            "{} {} {} = {} {}\n",
            one.property, one.room_type, one.rate_plan, one.vendor_property, one.ids
        )
    };
    guesses.rows.iter().map(row).collect()
}

fn lisbon(sold: &[(&str, &str, &str)]) -> Vec<DiscoveredProperty> {
    vec![hotel("P1", "HOTEL SAO JORGE", "EUR", sold)]
}

#[test]
fn new_codes_are_made_of_the_vendors_words_and_derived_plans_are_left_out() {
    let sold = [
        ("1", "B", "Double, sea view, Best available rate"),
        ("1", "N", "Double, sea view, Non-refundable"),
        ("1", "D", "Double, sea view, Members*"),
        ("2", "B", "Suíte, Best available rate"),
        ("2", "L", "Suíte, Long stay, breakfast"),
        ("3", "B", "Suite, Best available rate"),
        ("4", "B", "東, Best available rate"),
    ];
    let guesses = guessed(lisbon(&sold), "");
    insta::assert_snapshot!(rows(&guesses), @"
    lisbon DOUBLE-SEA-VIEW BAR = P1 1/B
    lisbon DOUBLE-SEA-VIEW NRF = P1 1/N
    lisbon SUITE BAR = P1 2/B
    lisbon SUITE LONG-STAY-BREAKFAST = P1 2/L
    lisbon SUITE-2 BAR = P1 3/B
    lisbon 4 BAR = P1 4/B
    ");
    assert_eq!(guesses.derived, 1);
}

#[test]
fn codes_in_use_are_preferred_to_new_ones() {
    let sold = [
        ("10", "77", "STD, base rate"),
        ("20", "88", "Deluxe Sea View, base rate"),
    ];
    let elsewhere = "pms,lisbon,STD,FLEX,P9,1,1\npms,lisbon,DSV,FLEX,P9,2,1";
    insta::assert_snapshot!(rows(&guessed(lisbon(&sold), elsewhere)), @"
    lisbon STD FLEX = P1 10/77
    lisbon DSV FLEX = P1 20/88
    ");
}

#[test]
fn what_is_mapped_already_is_not_guessed_and_its_codes_are_kept() {
    let sold = [
        ("10", "77", "Twin, Flexible"),
        ("10", "78", "Twin, Breakfast"),
        ("20", "77", "Queen, Flexible"),
        ("30", "77", "A1, Flexible"),
    ];
    let there = "cloud,lisbon,A1,BAR,P1,10,77";
    insta::assert_snapshot!(rows(&guessed(lisbon(&sold), there)), @"
    lisbon A1 BREAKFAST = P1 10/78
    lisbon QUEEN BAR = P1 20/77
    lisbon A1-2 BAR = P1 30/77
    ");
}

#[test]
fn equal_names_are_told_apart_by_currency_and_else_left_to_a_person() {
    let sold = [("1", "B", "Twin, BAR")];
    let grand = |vendor, currency| hotel(vendor, "The Grand Hotel", currency, &sold);
    let named = |vendor, currency| hotel(vendor, "grand hotel", currency, &sold);
    let both = guessed(vec![named("P1", "GBP"), named("P2", "EUR")], "");
    assert_eq!(
        rows(&both),
        "york TWIN BAR = P1 1/B\nnice TWIN BAR = P2 1/B\n"
    );
    let same = guessed(vec![named("P1", "EUR"), named("P2", "EUR")], "");
    assert_eq!(rows(&same), "");
    let rivals: Vec<_> = same.strangers.iter().map(|one| one.rivals.len()).collect();
    assert_eq!(rivals, [2, 2]);
    let unknown = guessed(vec![grand("P1", "GBP")], "");
    assert_eq!(unknown.strangers[0].rivals, []);
}

#[test]
fn a_property_that_is_mapped_takes_no_second_partner() {
    let sold = [("1", "B", "Twin, BAR")];
    let guesses = guessed(
        vec![hotel("P2", "Hotel Sao Jorge", "EUR", &sold)],
        "cloud,lisbon,TWIN,BAR,P1,1,B",
    );
    assert_eq!((guesses.rows.len(), guesses.strangers.len()), (0, 1));
}

#[test]
fn a_calendars_codes_count_as_in_use() {
    let properties = Properties::read(PROPERTIES.as_bytes(), "properties.csv").unwrap();
    let mut codes = Codes::default();
    codes.add(
        &PropertyCode::new("lisbon").unwrap(),
        &RoomTypeCode::new("TWN").unwrap(),
        &RatePlanCode::new("FLEX").unwrap(),
    );
    let discovery = Discovery {
        properties: lisbon(&[("TWN", "", "Twin")]),
    };
    let connection = ConnectionId::new("cloud").unwrap();
    let guesses = guess(
        &connection,
        &discovery,
        &properties,
        &Mapping::default(),
        &codes,
    );
    assert_eq!(rows(&guesses), "lisbon TWN FLEX = P1 TWN\n");
}

proptest::proptest! {
    #[test]
    fn guesses_are_one_to_one_whatever_the_vendor_calls_things(
        names in proptest::collection::vec("[ABab,é ]{0,8}", 1..12), mapped in 0_usize..3,
    ) {
        let ids: Vec<_> = (0..names.len()).map(|at| ((at / 3).to_string(), at.to_string())).collect();
        let sold: Vec<_> = ids.iter().zip(&names)
            .map(|((room, plan), name)| (room.as_str(), plan.as_str(), name.as_str()))
            .collect();
        let there: Vec<_> = sold.iter().take(mapped).enumerate()
            .map(|(at, (room, plan, _))| format!("cloud,lisbon,A,B-{at},P1,{room},{plan}"))
            .collect();
        let there = there.join("\n");
        let guesses = guessed(lisbon(&sold), &there);
        proptest::prop_assert_eq!(guesses.rows.len(), sold.len() - mapped.min(sold.len()));
        let text = format!("{HEADER}\n{there}\n");
        if !guesses.rows.is_empty() {
            let out = super::super::extend::extended(text.as_bytes(), "mapping.csv", &guesses.rows);
            proptest::prop_assert!(out.is_ok(), "{:?}", out);
        }
    }
}
