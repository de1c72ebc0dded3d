//! Plans for one small hotel: what is planned, what is refused, and in which words.

use super::*;
use crate::show::{View, What};
use proptest::prelude::*;
use rackrate_core::chunk::{Facts, Row, Sellable};
use rackrate_core::finding::Severity;
use rackrate_core::ids::{Ids, VendorId};
use rackrate_core::money::{Currency, Minor};
use rackrate_core::night::Night;
use rackrate_core::rules::{Rules, Set};
use rackrate_core::series::{Seen, Series};
use rackrate_core::shape::{Group, Item, LaneRule, Shape, Unit};
use rackrate_ledger::op::Origin;

const NOW: Wall = Wall(1_803_600_000_000); // 2027-02-26T00:00:00Z
const MAX_AGE: Duration = Duration::from_secs(3600);

/// A small world: one hotel, two room types, two rate plans, one live connection.
struct World {
    calendar: Calendar,
    properties: Properties,
    mapping: Mapping,
    connections: Vec<Connection>,
    seen: Vec<SeenSegment>,
    guards: Guards,
    allows: Vec<Allow>,
    first_push: bool,
    selection: Selection,
    skip_unsupported: bool,
    reason: String,
}

fn night(day: i32) -> Night {
    "2027-03-01".parse::<Night>().unwrap().plus(day)
}

fn ids(room: &str, plan: &str) -> Ids {
    Ids {
        room: Some(VendorId::new(room).unwrap()),
        plan: Some(VendorId::new(plan).unwrap()),
    }
}

fn sellable(room: &str, plan: &str, derived: bool) -> Sellable {
    Sellable {
        ids: ids(room, plan),
        name: format!("{room} {plan}"),
        currency: None,
        derived,
        adults: vec![1, 2],
        extra: BTreeMap::new(),
    }
}

fn target() -> Target {
    let all = [
        sellable("S", "B", false),
        sellable("U", "B", false),
        sellable("S", "N", true),
    ];
    Target {
        connection: ConnectionId::new("pms").unwrap(),
        property: PropertyCode::new("lisbon-city").unwrap(),
        vendor_property: VendorId::new("P1").unwrap(),
        facts: Facts {
            name: "Lisbon City Hotel".into(),
            currency: Currency::new("EUR").unwrap(),
            basis: Some(Basis::Gross),
            time_zone: None,
            sellables: all.map(|one| (one.ids.clone(), one)).into(),
        },
    }
}

fn shapes(unit: Unit) -> Shapes {
    Shapes {
        prices: shape(unit),
        restrictions: None,
    }
}

fn shape(unit: Unit) -> Shape {
    Shape {
        group: Group::Property,
        item: Item::Range { max_nights: 365 },
        max_items: 30,
        max_nights: 700,
        max_bytes: 1_000_000,
        unit,
        lane: LaneRule::OneJob,
        clears_apart: false,
    }
}

fn connection() -> Connection {
    Connection {
        id: ConnectionId::new("pms").unwrap(),
        vendor: Vendor::new("generic").unwrap(),
        environment: Environment::Live,
        role: Role::Write,
        basis: Basis::Gross,
        adults: None,
        shapes: shapes(Unit::Cell),
        restrictions: vec![Restriction::MinStayArrival],
        reads_before_writing: false,
        targets: [(target().property, Arc::new(target()))].into(),
    }
}

fn world(rows: &str) -> World {
    let properties = "code,name,time_zone,currency,basis\n\
        lisbon-city,Lisbon City Hotel,Europe/Lisbon,EUR,gross\n\
        porto,Porto Inn,Europe/Lisbon,EUR,gross\n";
    let mapping = "connection,property,room_type,rate_plan,vendor_property,vendor_room_type,vendor_rate_plan\n\
        pms,lisbon-city,STD,BAR,P1,S,B\n\
        pms,lisbon-city,SUP,BAR,P1,U,B\n\
        pms,lisbon-city,STD,NRF,P1,S,N\n\
        pms,lisbon-city,OLD,BAR,P1,O,B\n";
    let properties = Properties::read(properties.as_bytes(), "properties.csv").unwrap();
    let guards = "floor = \"50.00\"\nceiling = \"400.00\"";
    World {
        calendar: calendar(rows, &properties),
        mapping: Mapping::read(mapping.as_bytes(), "mapping.csv").unwrap(),
        properties,
        connections: vec![connection()],
        seen: vec![seen(100, Set::Clear)],
        guards: toml::from_str(guards).unwrap(),
        allows: Vec::new(),
        first_push: false,
        selection: Selection::default(),
        skip_unsupported: false,
        reason: "spring".into(),
    }
}

fn calendar(rows: &str, properties: &Properties) -> Calendar {
    let header = "room_type,rate_plan,stay_date,adults,amount,min_stay_arrival,property,currency";
    let rows: Vec<String> = rows
        .split_whitespace()
        .map(|row| match row.split(',').count() {
            6 => format!("{row},lisbon-city,EUR"),
            _ => format!("{row},EUR"),
        })
        .collect();
    let text = format!("{header}\n{}\n", rows.join("\n"));
    let today = |code: &PropertyCode| properties.today(code, NOW).unwrap();
    Calendar::read(text.as_bytes(), "rates.csv", properties, &today).unwrap()
}

/// STD BAR for two adults, 29 nights from March on, just read.
fn seen(euro: u64, stay: Set<u16>) -> SeenSegment {
    let mut series = Series::unknown(night(0), night(28));
    for day in 0..29 {
        series.set_price(night(day), Some(Seen::Price(Minor(euro * 100))));
        let min_stay_arrival = stay;
        let rules = Rules {
            min_stay_arrival,
            ..Rules::LEAVE
        };
        series.set_rules(night(day), rules);
    }
    SeenSegment {
        connection: ConnectionId::new("pms").unwrap(),
        vendor_property: VendorId::new("P1").unwrap(),
        ids: ids("S", "B"),
        adults: 2,
        series,
        origin: Origin::Read,
        at: NOW,
    }
}

impl World {
    fn inputs(&self) -> Inputs<'_> {
        Inputs {
            calendar: &self.calendar,
            properties: &self.properties,
            mapping: &self.mapping,
            connections: &self.connections,
            seen: &self.seen,
            guards: &self.guards,
            allows: &self.allows,
            first_push: self.first_push,
            selection: &self.selection,
            skip_unsupported: self.skip_unsupported,
            now: NOW,
            max_age: MAX_AGE,
            lifetime: LIFETIME,
            author: "ana",
            reason: &self.reason,
        }
    }

    fn plan(&self) -> Outcome {
        plan(&self.inputs())
    }

    fn codes(&self) -> Vec<String> {
        self.plan()
            .all_findings()
            .map(|one| one.code.clone())
            .collect()
    }
}

#[test]
fn only_what_differs_is_planned_with_what_was_before() {
    let outcome = world(
        "STD,BAR,2027-03-01,2,110.00, STD,BAR,2027-03-02,2,110.00, STD,BAR,2027-03-03,2,100.00,",
    )
    .plan();
    assert_eq!(outcome.findings, []);
    assert_eq!(outcome.plan.refused, []);
    let lane = &outcome.plan.lanes[0];
    let rows = [Row {
        ids: ids("S", "B"),
        first: night(0),
        last: night(1),
        prices: vec![(2, Minor(11_000))],
        rules: Rules::LEAVE,
    }];
    assert_eq!(lane.rows, rows);
    assert_eq!(lane.before.len(), 1);
    assert_eq!(lane.before[0].price(2), Some(Seen::Price(Minor(10_000))));
    assert_eq!(lane.desired.iter().map(Row::nights).sum::<u32>(), 3);
    assert_eq!(outcome.plan.totals.prices, 2);
}

#[test]
fn each_guard_refuses_its_property() {
    let cases = [
        ("STD,BAR,2027-03-01,2,131.00,", "guard.max_change"),
        (
            "STD,BAR,2027-03-29,2,450.00,",
            "guard.ceiling guard.max_change",
        ),
        (
            "STD,BAR,2027-03-29,2,49.99,",
            "guard.floor guard.max_change",
        ),
        ("STD,BAR,2027-04-29,2,100.00,", "guard.unknown_before"),
        (
            "STD,BAR,2028-09-15,2,100.00,",
            "guard.horizon guard.unknown_before",
        ),
        ("STD,BAR,2027-04-29,2,,2", "guard.unknown_before"),
        (
            "STD,NRF,2027-03-01,2,100.00,",
            "plan.derived guard.unknown_before",
        ),
        ("FAM,BAR,2027-03-01,2,100.00,", "mapping.unmapped_rate_plan"),
        (
            "OLD,BAR,2027-03-01,2,100.00,",
            "plan.unknown_sellable guard.unknown_before",
        ),
        ("STD,BAR,2027-03-01,3,100.00,", "plan.unsupported_adults"),
    ];
    for (row, expected) in cases {
        let world = world(row);
        assert_eq!(world.codes().join(" "), expected, "{row}");
        assert!(world.plan().plan.lanes.is_empty());
    }
}

/// The small world's mapping with one of its rows being a guess.
fn guessed(row: &str) -> Mapping {
    let rows = ["STD,BAR,P1,S,B", "SUP,BAR,P1,U,B"].map(|one| {
        let status = if one.starts_with(row) {
            "guess"
        } else {
            "confirmed"
        };
        format!("pms,lisbon-city,{one},{status}\n")
    });
    let header = "connection,property,room_type,rate_plan,vendor_property,vendor_room_type,vendor_rate_plan,status";
    let text = format!("{header}\n{}", rows.concat());
    Mapping::read(text.as_bytes(), "mapping.csv").unwrap()
}

#[test]
fn a_guess_that_is_needed_stops_the_property_with_its_line_and_is_not_read_for() {
    let mut world = world("STD,BAR,2027-03-01,2,110.00, FAM,BAR,2027-03-01,2,110.00,");
    world.mapping = guessed("STD");
    world.seen.clear();
    assert_eq!(stale(&world.inputs()), []);
    let outcome = world.plan();
    assert_eq!(outcome.plan.lanes, []);
    let told: Vec<_> = outcome.all_findings().map(ToString::to_string).collect();
    insta::assert_snapshot!(told.join("\n"), @"
    mapping.csv:2:status lisbon-city (Lisbon City Hotel) at pms: guesses that nobody has confirmed: STD BAR (line 2) [mapping.guess]
      → Compare the codes with vendor_name, correct them, and write confirmed as the status.
    lisbon-city (Lisbon City Hotel) at pms: FAM BAR is in the calendar and not mapped here [mapping.unmapped_rate_plan]
      → One of its guesses in mapping.csv may be this: give that row these codes, and write confirmed.
    ");
}

#[test]
fn a_guess_that_nothing_needs_stops_nothing() {
    let mut world = world("STD,BAR,2027-03-01,2,110.00,");
    world.mapping = guessed("SUP");
    assert_eq!(world.codes(), [""; 0]);
    assert_eq!(world.plan().plan.totals.prices, 1);
}

#[test]
fn a_refusal_names_hotel_room_date_amounts_and_the_way_out() {
    let outcome = world("STD,BAR,2027-03-01,2,140.00, STD,BAR,2027-03-02,2,141.00,").plan();
    insta::assert_snapshot!(outcome.plan.refused[0].findings[0], @r#"
    lisbon-city (Lisbon City Hotel) at pms: STD BAR for 2 adults, 2027-03-01: 100.00 to 140.00, more than 30 %; and 1 more nights until 2027-03-02 [guard.max_change]
      → If it is meant: --allow max_change:property=lisbon-city,room_type=STD,date=2027-03-01..2027-03-02 --reason "…"
    "#);
}

#[test]
fn contradicting_facts_refuse_the_property() {
    let change = "STD,BAR,2027-03-01,2,110.00,";
    let mut net = world(change);
    net.connections[0].basis = Basis::Net;
    assert_eq!(net.codes(), ["guard.basis", "guard.basis"]);
    let with = |edit: fn(&mut Target)| {
        let mut world = world(change);
        let mut target = target();
        edit(&mut target);
        world.connections[0].targets = [(target.property.clone(), Arc::new(target))].into();
        world.codes()
    };
    assert_eq!(
        with(|one| one.facts.basis = Some(Basis::Net)),
        ["guard.basis"]
    );
    assert_eq!(
        with(|one| one.facts.currency = Currency::new("USD").unwrap()),
        ["guard.currency"]
    );
    let mut fixed = world(change);
    fixed.connections[0].adults = Some(1);
    assert_eq!(fixed.codes(), ["plan.unsupported_adults"]);
    let mut undiscovered = world(change);
    undiscovered.connections[0].targets.clear();
    assert_eq!(undiscovered.codes(), ["plan.undiscovered"]);
}

#[test]
fn what_a_connection_cannot_have_stops_the_property_or_is_left_out() {
    let mut world = world(
        "STD,BAR,2027-03-01,2,110.00,3 STD,BAR,2027-03-02,2,110.00,3 STD,BAR,2027-03-01,3,130.00,",
    );
    world.connections[0].restrictions = Vec::new();
    let outcome = world.plan();
    let told: Vec<_> = outcome.all_findings().map(ToString::to_string).collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    lisbon-city (Lisbon City Hotel) at pms: min_stay_arrival on 2 nights from 2027-03-01 on: generic does not have it [plan.unsupported_restriction]
      → Take it out of the calendar, or leave it out here with --skip-unsupported.
    lisbon-city (Lisbon City Hotel) at pms: prices for 3 adults on 1 night, 2027-03-01: the vendor does not offer them [plan.unsupported_adults]
      → Take it out of the calendar, or leave it out here with --skip-unsupported.
    ");
    assert!(outcome.plan.lanes.is_empty());
    world.skip_unsupported = true;
    let outcome = world.plan();
    let severe = |one: &Finding| one.severity == Severity::Error;
    assert!(!outcome.all_findings().any(severe));
    assert_eq!(outcome.all_findings().count(), 2);
    let rows = &outcome.plan.lanes[0].rows;
    assert_eq!(
        (rows.len(), rows[0].nights(), rows[0].rules),
        (1, 2, Rules::LEAVE)
    );
}

#[test]
fn clearing_what_a_vendor_cannot_have_is_fulfilled_as_it_is() {
    let mut world = world("STD,BAR,2027-03-01,2,110.00,-");
    world.connections[0].restrictions = Vec::new();
    let outcome = world.plan();
    assert_eq!(outcome.all_findings().count(), 0);
    assert_eq!(outcome.plan.lanes[0].rows[0].rules, Rules::LEAVE);
}

#[test]
fn a_connection_that_must_be_read_before_writing_is_read_for_every_plan() {
    let mut world = world("STD,BAR,2027-03-03,2,110.00,");
    assert_eq!(stale(&world.inputs()), []);
    world.connections[0].reads_before_writing = true;
    let windows = stale(&world.inputs());
    assert_eq!(windows.len(), 1);
    assert_eq!((windows[0].first, windows[0].last), (night(2), night(2)));
}

#[test]
fn live_connections_need_a_floor_and_a_ceiling() {
    let mut world = world("STD,BAR,2027-03-01,2,110.00,");
    world.guards = Guards::default();
    assert_eq!(world.codes(), ["guard.no_floor", "guard.no_ceiling"]);
    world.connections[0].environment = Environment::Test;
    assert_eq!(world.codes(), Vec::<String>::new());
    world.guards.floor = Some("50,00".into());
    assert_eq!(world.codes(), ["guard.bad_limit"]);
}

#[test]
fn an_allowance_lets_through_what_it_names_and_is_kept() {
    let mut world = world("STD,BAR,2027-03-01,2,140.00, STD,BAR,2027-03-02,2,140.00,");
    world.allows = vec![
        "max_change:property=lisbon-city,date=2027-03-01"
            .parse()
            .unwrap(),
    ];
    assert_eq!(world.codes(), ["guard.max_change"]);
    world.allows[0].date = None;
    let outcome = world.plan();
    assert_eq!(outcome.all_findings().count(), 0);
    assert_eq!(outcome.plan.allows, world.allows);
    world.reason = String::new();
    assert_eq!(world.codes(), ["allow.no_reason"]);
}

#[test]
fn an_allowance_that_let_nothing_through_is_a_warning() {
    let mut world = world("STD,BAR,2027-03-01,2,110.00,");
    world.allows = vec!["floor:property=lisbon-city".parse().unwrap()];
    let outcome = world.plan();
    assert_eq!(outcome.findings[0].code, "allow.unused");
    assert_eq!(outcome.findings[0].severity, Severity::Warning);
}

#[test]
fn a_first_push_lets_unknown_prices_be_overwritten() {
    let mut world = world("SUP,BAR,2027-03-01,2,300.00,");
    assert_eq!(world.codes(), ["guard.unknown_before"]);
    world.first_push = true;
    let outcome = world.plan();
    assert_eq!(outcome.all_findings().count(), 0);
    assert_eq!(outcome.plan.lanes[0].before[0].price(2), None);
}

#[test]
fn a_property_mapped_nowhere_is_an_error_and_the_others_go_on() {
    let outcome =
        world("STD,BAR,2027-03-01,2,110.00,,lisbon-city STD,BAR,2027-03-01,2,110.00,,porto").plan();
    assert_eq!(outcome.findings[0].code, "mapping.unmapped_property");
    assert_eq!(outcome.plan.lanes.len(), 1);
}

#[test]
fn a_selection_narrows_hotels_and_nights() {
    let mut world = world("STD,BAR,2027-03-01,2,110.00, STD,BAR,2027-03-05,2,110.00,");
    world.selection = "property:lisbon-city,date:2027-03-05".parse().unwrap();
    let rows = &world.plan().plan.lanes[0].rows;
    assert_eq!((rows.len(), rows[0].first), (1, night(4)));
    world.selection = "property:porto".parse().unwrap();
    assert_eq!(world.codes(), ["selection.unknown_property"]);
}

#[test]
fn what_was_seen_too_long_ago_is_read_again() {
    let rows = "STD,BAR,2027-03-01,2,110.00, STD,BAR,2027-03-02,2,110.00, SUP,BAR,2027-03-03,2,99.00, STD,BAR,2027-03-09,2,110.00,";
    let mut world = world(rows);
    let spans = |world: &World| -> Vec<String> {
        let windows = stale(&world.inputs());
        windows
            .iter()
            .map(|one| format!("{}..{}", one.first, one.last))
            .collect()
    };
    assert_eq!(spans(&world), ["2027-03-03..2027-03-03"]);
    world.seen[0].at = Wall(NOW.0 - 3_600_001);
    assert_eq!(
        spans(&world),
        ["2027-03-01..2027-03-03", "2027-03-09..2027-03-09"]
    );
}

#[test]
fn a_plan_survives_its_file_and_unknown_fields_do_not() {
    let plan = world("STD,BAR,2027-03-01,2,110.00,3").plan().plan;
    let text = plan.to_json().unwrap();
    assert_eq!(Plan::parse(&text, "a.plan").unwrap(), plan);
    let text = String::from_utf8(text).unwrap();
    let code = |text: String| Plan::parse(text.as_bytes(), "a.plan").unwrap_err().code;
    assert_eq!(
        code(text.replacen("\"format\": 1", "\"format\": 2", 1)),
        "plan.unknown_format"
    );
    let outer = text.replacen("\"format\": 1", "\"format\": 1, \"new\": 0", 1);
    assert_eq!(code(outer), "plan.unreadable");
    let inner = text.replacen("\"vendor_property\"", "\"new\": 0, \"vendor_property\"", 1);
    assert_eq!(code(inner), "plan.edited");
    assert_eq!(code("{".into()), "plan.unreadable");
}

#[test]
fn a_hotel_that_moved_since_is_noticed() {
    let mut world = world("STD,BAR,2027-03-01,2,110.00, STD,BAR,2027-03-02,2,110.00,");
    let plan = world.plan().plan;
    assert_eq!(plan.moved(&world.seen), []);
    let mut later = seen(103, Set::Clear);
    later.at = Wall(NOW.0 + 1);
    world.seen.push(later);
    let findings = plan.moved(&world.seen);
    insta::assert_snapshot!(findings[0], @r"
    lisbon-city (Lisbon City Hotel) at pms: STD BAR, 2027-03-01: 2 adults were 100.00 EUR and are 103.00 EUR, and 1 more since the plan was made [plan.moved]
      → Somebody else changes these prices; look, and make a new plan.
    ");
}

#[test]
fn the_view_puts_the_dearest_change_first() {
    let rows =
        "STD,BAR,2027-03-01,2,120.00,2 STD,BAR,2027-03-05,2,89.90, STD,BAR,2027-03-06,2,89.90,";
    let plan = world(rows).plan().plan;
    let view = View::of(&plan);
    let lines: Vec<String> = view
        .changes
        .iter()
        .map(|one| match one.what {
            What::Price { after, .. } => {
                format!(
                    "{} {} {} {:?}",
                    one.first,
                    one.nights(),
                    after.0,
                    one.tenths()
                )
            }
            What::Rules { after, .. } => format!("{} {after}", one.first),
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    2027-03-05 2 8990 Some(-101)
    2027-03-01 1 12000 Some(200)
    2027-03-01 min stay 2
    ");
    let total = &view.totals[0];
    assert_eq!((total.up, total.down, total.restrictions), (1, 2, 1));
}

/// Does to the known series what a vendor does with rows.
fn applied(mut seen: Vec<SeenSegment>, rows: &[Row]) -> Vec<SeenSegment> {
    for row in rows {
        for adults in [1, 2] {
            let mut series = Series::unknown(row.first, row.first.previous());
            let price = row.prices.iter().find(|(who, _)| *who == adults);
            for night in row.first.through(row.last) {
                series.set_price(night, price.map(|(_, price)| Seen::Price(*price)));
                series.set_rules(night, row.rules);
            }
            seen.push(SeenSegment {
                ids: row.ids.clone(),
                adults,
                series,
                ..super::tests::seen(1, Set::Leave)
            });
        }
    }
    seen
}

proptest! {
    #[test]
    fn planning_and_applying_leaves_nothing_to_do(
        cells in prop::collection::btree_map(
            (0_usize..2, 0_i32..20, 1_u8..3),
            (prop::option::of(70_u64..160), 0_u16..4),
            1..60,
        ),
        unit in prop_oneof![
            Just(Unit::Cell),
            Just(Unit::AllOccupancies),
            Just(Unit::PriceAndRestrictions),
        ],
    ) {
        let rows: Vec<String> = cells
            .iter()
            .map(|((room, day, adults), (price, stay))| {
                let room = ["STD", "SUP"][*room];
                let price = price.map(|price| format!("{price}.00")).unwrap_or_default();
                let stay = cells.get(&(usize::from(room == "SUP"), *day, 1)).map_or(*stay, |one| one.1);
                let stay = ["", "-", "1", "3"][usize::from(stay)];
                format!("{room},BAR,{},{adults},{price},{stay}", night(*day))
            })
            .collect();
        let mut world = world(&rows.join(" "));
        world.connections[0].shapes = shapes(unit);
        world.first_push = true;
        world.allows = vec!["max_change:property=lisbon-city".parse().unwrap()];
        let plan = world.plan().plan;
        prop_assert!(plan.refused.is_empty());
        for lane in &plan.lanes {
            prop_assert_eq!(lane.rows.is_empty(), lane.before.is_empty());
            world.seen = applied(std::mem::take(&mut world.seen), &lane.rows);
        }
        let known = Known::of(&world.seen, NOW);
        for lane in &plan.lanes {
            let shown = known.lane(&lane.connection, &lane.target.vendor_property).unwrap();
            for row in &lane.desired {
                for night in row.first.through(row.last) {
                    for (adults, price) in &row.prices {
                        let is = shown[&(row.ids.clone(), *adults)].price(night);
                        prop_assert_eq!(is, Some(Seen::Price(*price)));
                    }
                    let stays = [1, 2].map(|adults| {
                        let series = shown.get(&(row.ids.clone(), adults));
                        series.map_or(Rules::LEAVE, |series| series.rules(night))
                    });
                    prop_assert!(stays.iter().any(|stay| row.rules.fulfilled_by(stay)));
                }
            }
        }
        let again = world.plan().plan;
        prop_assert_eq!(again.totals, Totals::default());
    }
}
