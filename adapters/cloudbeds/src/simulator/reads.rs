//! `getHotels` and `getRatePlans`, with the vendor's inconsistent spellings by seed.

use rackrate_core::ids::VendorId;
use rackrate_core::money::{Currency, Minor};
use rackrate_core::night::Night;
use rackrate_core::seed::Seed;
use rackrate_core::simulator::{Hotel, HotelPlan};

use super::form::Tree;
use super::http_text::Answer;
use super::json::{array, flag, object, text};
use super::state::{Cell, State, plan};

/// How many parents a derived rate may have above it.
const DEPTH: u8 = 5;

/// A price as PHP prints it: without zeros at the end.
pub(super) fn number(currency: Currency, price: Minor) -> String {
    let text = currency.format(price);
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

fn is_named(list: Option<&str>, id: &VendorId) -> bool {
    list.is_none_or(|list| list.split(',').any(|one| one.trim() == id.as_str()))
}

/// The properties of a key, in pages.
pub(super) fn hotels(seed: &Seed, hotels: &[Hotel], fields: &Tree) -> Answer {
    let wanted = fields
        .text("propertyIDs")
        .or_else(|| fields.text("propertyID"));
    let number = |name: &str, habit: usize| match fields.text(name) {
        None => Ok(habit),
        Some(text) => match text.parse::<usize>() {
            Ok(number @ 1..) => Ok(number),
            _ => Err(Answer::failure(&format!("Parameter {name} is not valid"))),
        },
    };
    let (page, size) = match (number("pageNumber", 1), number("pageSize", 20)) {
        (Ok(page), Ok(size)) => (page, size.min(100)),
        (Err(answer), _) | (_, Err(answer)) => return answer,
    };
    let all: Vec<&Hotel> = hotels
        .iter()
        .filter(|hotel| is_named(wanted, &hotel.id))
        .collect();
    let shown: Vec<String> = all
        .iter()
        .skip((page - 1).saturating_mul(size))
        .take(size)
        .map(|hotel| describe(seed, hotel))
        .collect();
    Answer::json(
        200,
        object(&[
            ("success", flag(true)),
            ("data", array(&shown)),
            ("count", shown.len().to_string()),
            ("total", all.len().to_string()),
        ]),
    )
}

fn describe(seed: &Seed, hotel: &Hotel) -> String {
    let currency = object(&[
        ("currencyCode", text(hotel.currency.code())),
        ("currencySymbol", text(hotel.currency.code())),
        ("currencyPosition", text("before")),
    ]);
    let currency = match seed.branch("currency as array").chance(200) {
        true => array(&[currency]),
        false => currency,
    };
    object(&[
        ("propertyID", text(hotel.id.as_str())),
        ("organizationID", text("12345")),
        ("propertyName", text(&hotel.name)),
        ("propertyImage", text("")),
        ("propertyDescription", text("")),
        ("propertyTimezone", text(&hotel.time_zone)),
        ("propertyCurrency", currency),
    ])
}

/// The rates of a property over nights; the end is the day of departure.
pub(super) fn rates(state: &State, seed: &Seed, hotel: &Hotel, fields: &Tree) -> Answer {
    let night = |name: &str| match fields.text(name) {
        None => Err(Answer::failure(&format!("Parameter {name} is required"))),
        Some(text) => text
            .parse::<Night>()
            .map_err(|_| Answer::failure(&format!("Parameter {name} is not valid"))),
    };
    let (start, end) = match (night("startDate"), night("endDate")) {
        (Ok(start), Ok(end)) => (start, end),
        (Err(answer), _) | (_, Err(answer)) => return answer,
    };
    if end <= start {
        return Answer::failure("Parameter endDate should be greater than startDate");
    }
    let detailed = matches!(fields.text("detailedRates"), Some("true" | "1"));
    let (rate_ids, rooms) = (fields.text("rateIDs"), fields.text("roomTypeID"));
    let items: Vec<String> = hotel
        .plans
        .iter()
        .filter(|one| {
            one.ids
                .plan
                .as_ref()
                .is_some_and(|id| is_named(rate_ids, id))
        })
        .filter(|one| one.ids.room.as_ref().is_some_and(|id| is_named(rooms, id)))
        .map(|one| rate(state, seed, hotel, one, (start, end.previous()), detailed))
        .collect();
    Answer::json(
        200,
        object(&[("success", flag(true)), ("data", array(&items))]),
    )
}

fn rate(
    state: &State,
    seed: &Seed,
    hotel: &Hotel,
    plan: &HotelPlan,
    (first, last): (Night, Night),
    detailed: bool,
) -> String {
    let spell = Spelling::of(seed, hotel.currency);
    let cells: Vec<(Night, Cell)> = first
        .through(last)
        .filter_map(|night| Some((night, state.shown(hotel, &plan.ids, night, DEPTH)?)))
        .collect();
    let prices = cells.iter().filter_map(|(_, cell)| cell.price);
    // Without details the vendor gives one amount for all nights.
    let total = Minor(prices.map(|price| price.0).sum());
    let id = |id: &Option<VendorId>| text(id.as_ref().map_or("", |id| id.as_str()));
    let mut fields = vec![
        ("rateID", id(&plan.ids.plan)),
        ("isDerived", flag(plan.derived.is_some())),
        ("roomRate", spell.price(total)),
        ("totalRate", spell.price(total)),
        ("roomsAvailable", "3".to_owned()),
        ("roomTypeID", id(&plan.ids.room)),
        ("roomTypeName", text(&plan.room_name)),
        ("propertyID", text(hotel.id.as_str())),
        ("addOns", array(&[])),
    ];
    if !is_base(hotel, plan) {
        fields.push(("ratePlanID", id(&plan.ids.plan)));
        fields.push(("ratePlanNamePublic", text(&plan.plan_name)));
        fields.push(("ratePlanNamePrivate", text(&plan.plan_name)));
    }
    if let Some((parent, percent)) = &plan.derived {
        fields.push(("derivedType", text("percentage")));
        fields.push(("derivedValue", percent.to_string()));
        fields.push(("parentRateID", id(&parent.plan)));
    }
    if detailed {
        let nights: Vec<String> = cells
            .iter()
            .map(|(night, cell)| spell.night(*night, cell))
            .collect();
        fields.push(("roomRateDetailed", array(&nights)));
    }
    object(&fields)
}

/// A room type's first own rate is its base rate, which has no plan.
fn is_base(hotel: &Hotel, one: &HotelPlan) -> bool {
    let first = hotel
        .plans
        .iter()
        .find(|other| other.ids.room == one.ids.room && other.derived.is_none());
    plan(hotel, &one.ids).is_some() && first.is_some_and(|first| first.ids == one.ids)
}

/// How this seed's vendor writes numbers.
struct Spelling {
    currency: Currency,
    texts: bool,
    key: &'static str,
}

impl Spelling {
    fn of(seed: &Seed, currency: Currency) -> Self {
        let base = seed.branch("rateBase").chance(200);
        Self {
            currency,
            texts: seed.branch("numbers as text").chance(250),
            key: if base { "rateBase" } else { "rate" },
        }
    }

    fn price(&self, price: Minor) -> String {
        match self.texts {
            true => text(&self.currency.format(price)),
            false => number(self.currency, price),
        }
    }

    fn night(&self, night: Night, cell: &Cell) -> String {
        let price = cell
            .price
            .map_or_else(|| "null".to_owned(), |price| self.price(price));
        let mut fields = vec![
            ("date", text(&night.to_string())),
            (self.key, price.clone()),
            ("totalRate", price),
            ("roomsAvailable", "3".to_owned()),
        ];
        fields.extend(cell.in_force.shown());
        fields.push(("cutOff", "0".to_owned()));
        fields.push(("lastMinuteBooking", "0".to_owned()));
        object(&fields)
    }
}
