//! `GET /properties` and `GET /rate_plans`, in pages of 10 and at most 100.

use rackrate_core::simulator::{Hotel, HotelPlan};

use super::catalog;
use super::http_text::{Answer, Asked};
use super::json::{array, object, text};

/// The properties of a key, by title.
pub(super) fn properties(hotels: &[Hotel], asked: &Asked) -> Answer {
    let wanted = asked.argument("filter[id]");
    let mut found: Vec<&Hotel> = hotels
        .iter()
        .filter(|hotel| wanted.is_none_or(|wanted| names(wanted, hotel.id.as_str())))
        .collect();
    found.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    let items: Vec<String> = found.into_iter().map(property).collect();
    page(&items, asked)
}

/// The rate plans of a key's properties, by title.
pub(super) fn rate_plans(hotels: &[Hotel], asked: &Asked) -> Answer {
    let wanted = asked.argument("filter[property_id]");
    let mut found: Vec<(String, String)> = hotels
        .iter()
        .filter(|hotel| wanted.is_none_or(|wanted| names(wanted, hotel.id.as_str())))
        .flat_map(|hotel| hotel.plans.iter().map(move |plan| (hotel, plan)))
        .filter_map(|(hotel, plan)| Some((title(plan), rate_plan(hotel, plan)?)))
        .collect();
    found.sort();
    let items: Vec<String> = found.into_iter().map(|(_, item)| item).collect();
    page(&items, asked)
}

/// A filter is a list of which any may fit.
fn names(list: &str, id: &str) -> bool {
    list.split(',').any(|one| one == id)
}

fn page(items: &[String], asked: &Asked) -> Answer {
    let number = |name: &str, usual: usize| match asked.argument(name) {
        None => Ok(usual),
        Some(text) => match text.parse::<usize>() {
            Ok(number @ 1..) => Ok(number),
            _ => Err(Answer::bad_request(&[format!("{name} is invalid")])),
        },
    };
    let (page, limit) = match (
        number("pagination[page]", 1),
        number("pagination[limit]", 10),
    ) {
        (Ok(page), Ok(limit)) => (page, limit.min(100)),
        (Err(wrong), _) | (_, Err(wrong)) => return wrong,
    };
    let shown: Vec<String> = items
        .iter()
        .skip((page - 1).saturating_mul(limit))
        .take(limit)
        .cloned()
        .collect();
    let meta = [
        ("page", page.to_string()),
        ("total", items.len().to_string()),
        ("limit", limit.to_string()),
    ];
    Answer::good(object(&[("data", array(&shown)), ("meta", object(&meta))]))
}

fn resource(
    kind: &str,
    id: &str,
    attributes: &[(&str, String)],
    links: &[(&str, String)],
) -> String {
    let mut own = vec![("id", text(id))];
    own.extend(attributes.iter().cloned());
    object(&[
        ("type", text(kind)),
        ("id", text(id)),
        ("attributes", object(&own)),
        ("relationships", object(links)),
    ])
}

fn property(hotel: &Hotel) -> String {
    let settings = object(&[("min_stay_type", text("both"))]);
    let attributes = [
        ("title", text(&hotel.name)),
        ("is_active", "true".to_owned()),
        ("currency", text(hotel.currency.code())),
        ("timezone", text(&hotel.time_zone)),
        ("property_type", text("hotel")),
        ("settings", settings),
        ("acc_channels_count", "0".to_owned()),
    ];
    resource("property", hotel.id.as_str(), &attributes, &[])
}

/// Titles are unique in a property, so the room is part of it.
fn title(plan: &HotelPlan) -> String {
    format!("{}, {}", plan.room_name, plan.plan_name)
}

/// What a plan takes from its parent, or has for itself.
const INHERITED: [&str; 7] = [
    "inherit_rate",
    "inherit_closed_to_arrival",
    "inherit_closed_to_departure",
    "inherit_stop_sell",
    "inherit_min_stay_arrival",
    "inherit_min_stay_through",
    "inherit_max_stay",
];

fn rate_plan(hotel: &Hotel, plan: &HotelPlan) -> Option<String> {
    let (id, room) = (catalog::id(plan)?, plan.ids.room.as_ref()?);
    let inherits = plan.derived.is_some();
    let parent = plan.derived.as_ref();
    let parent = parent.and_then(|(parent, _)| parent.plan.as_ref());
    let parent = parent.map_or("null".to_owned(), |id| text(id.as_str()));
    let sell_mode = match catalog::occupancies(hotel, plan).len() {
        1 => "per_room",
        _ => "per_person",
    };
    let rate_mode = if inherits { "derived" } else { "manual" };
    let mut attributes = vec![
        ("title", text(&title(plan))),
        ("sell_mode", text(sell_mode)),
        ("rate_mode", text(rate_mode)),
        ("currency", text(hotel.currency.code())),
        ("options", options(hotel, plan)),
        ("parent_rate_plan_id", parent),
        ("meal_type", text("none")),
    ];
    attributes.extend(INHERITED.map(|name| (name, inherits.to_string())));
    let links = [
        ("room_type", link("room_type", room.as_str())),
        ("property", link("property", hotel.id.as_str())),
    ];
    Some(resource("rate_plan", id.as_str(), &attributes, &links))
}

fn link(kind: &str, id: &str) -> String {
    let data = object(&[("type", text(kind)), ("id", text(id))]);
    object(&[("data", data)])
}

fn options(hotel: &Hotel, plan: &HotelPlan) -> String {
    let primary = catalog::primary(hotel, plan);
    let modifier = plan.derived.as_ref().map(|(_, percent)| {
        let way = if *percent < 0 {
            "decrease_by_percent"
        } else {
            "increase_by_percent"
        };
        let step = array(&[text(way), text(&percent.unsigned_abs().to_string())]);
        object(&[("rate", array(&[step]))])
    });
    let options: Vec<String> = catalog::occupancies(hotel, plan)
        .into_iter()
        .map(|occupancy| {
            object(&[
                ("occupancy", occupancy.to_string()),
                ("is_primary", (occupancy == primary).to_string()),
                (
                    "derived_option",
                    modifier.clone().unwrap_or("null".to_owned()),
                ),
                ("rate", "0".to_owned()),
            ])
        })
        .collect();
    array(&options)
}
