//! The sections `discover` and `read`.

use http::Method;
use rackrate_core::money::Basis;
use rackrate_core::rules::Restriction;
use rackrate_core::shape::Shape;

use super::parts;
use super::report::{Field, Section};
use crate::described::description::{
    Discover, NameList, Nights, PlanList, PropertyList, Read, RowFields, Source,
};
use crate::described::route::{Named, Route, Routes};
use crate::described::template::Slot;

pub(super) fn discover(field: Field<'_>) -> Option<Discover> {
    let section = field.section()?;
    let ask = parts::ask(&section, Method::GET, &[Slot::Property, Slot::Today]);
    let next = parts::next(&section);
    let property = parts::maybe(&section, "property", property);
    let room = parts::maybe(&section, "room", room);
    let plan = section.need("plan").and_then(plan);
    if let (Some(property), Some(plan)) = (&property, &plan)
        && property.is_some() == plan.property.is_some()
    {
        section.wrong(
            "plans stand either inside a property, then `discover.property` lists those, or in \
             one list for all, then `discover.plan.property` says whose each is",
        );
    }
    if let (
        Some(Some(_)),
        Some(PlanList {
            property: Some(_), ..
        }),
    ) = (&room, &plan)
    {
        section.wrong("where plans stand in one list, `discover.plan.room` names the room type");
    }
    section.done();
    Some(Discover {
        ask: ask?,
        next: next?,
        property: property?,
        room: room?,
        plan: plan?,
    })
}

fn property(field: Field<'_>) -> Option<PropertyList> {
    let section = field.section()?;
    let list = section.need("list").and_then(parts::routes);
    let id = section.need("id").and_then(parts::route);
    let name = parts::maybe(&section, "name", parts::route);
    let time_zone = parts::maybe(&section, "time_zone", parts::route);
    let currency = parts::maybe(&section, "currency", parts::route);
    let basis = parts::maybe(&section, "basis", parts::route);
    let mut words = Vec::new();
    for (key, meaning) in [("gross", Basis::Gross), ("net", Basis::Net)] {
        if let Some(field) = section.get(key) {
            words.extend(parts::constant(&field).map(|word| (word, meaning)));
        }
    }
    if matches!(&basis, Some(Some(_))) && words.is_empty() {
        section.wrong("beside `basis`, `gross` or `net` says how the vendor spells it");
    }
    section.done();
    Some(PropertyList {
        list: list?,
        id: id?,
        name: name?,
        time_zone: time_zone?,
        currency: currency?,
        basis: basis?.map(|route| (route, words)),
    })
}

fn room(field: Field<'_>) -> Option<NameList> {
    let section = field.section()?;
    let list = names(&section);
    section.done();
    list
}

fn names(section: &Section<'_>) -> Option<NameList> {
    let list = section.need("list").and_then(parts::routes);
    let id = section.need("id").and_then(parts::route);
    let name = parts::maybe(section, "name", parts::route);
    Some(NameList {
        list: list?,
        id: id?,
        name: name?,
    })
}

fn plan(field: Field<'_>) -> Option<PlanList> {
    let section = field.section()?;
    let names = names(&section);
    let property = parts::maybe(&section, "property", parts::route);
    let room = parts::maybe(&section, "room", parts::route);
    let currency = parts::maybe(&section, "currency", parts::route);
    let derived = parts::maybe(&section, "derived", parts::route);
    section.done();
    Some(PlanList {
        names: names?,
        property: property?,
        room: room?,
        currency: currency?,
        derived: derived?,
    })
}

pub(super) fn read(field: Field<'_>) -> Option<Read> {
    let section = field.section()?;
    let slots = [Slot::Property, Slot::First, Slot::Last, Slot::End];
    let ask = parts::ask(&section, Method::GET, &slots);
    if let Some(ask) = &ask {
        let asked: Vec<_> = ask
            .query
            .iter()
            .flat_map(|(_, text)| text.slots())
            .collect();
        let path: Vec<_> = ask.path.slots().collect();
        let has = |slot| asked.contains(&slot) || path.contains(&slot);
        if !has(Slot::First) || !(has(Slot::Last) || has(Slot::End)) {
            section.wrong(
                "the request has to name its nights: {first}, and {last} where the vendor means \
                 the last night too, or {end} where it means the day after",
            );
        }
    }
    // A window of one night is asked with a night more on either side.
    let nights = section
        .need("max_nights")
        .and_then(|field| field.number(3, 4_000));
    let property = parts::maybe(&section, "property", parts::route);
    let next = parts::next(&section);
    let rows = section.need("rows").and_then(parts::routes);
    let row = match (section.need("row"), &rows) {
        (Some(field), Some(rows)) => row(field, rows),
        _ => None,
    };
    section.done();
    Some(Read {
        ask: ask?,
        max_nights: nights?,
        shape: Shape::window(nights?.saturating_sub(2)),
        property: property?,
        next: next?,
        rows: rows?,
        row: row?,
    })
}

fn row(field: Field<'_>, rows: &Routes) -> Option<RowFields> {
    let section = field.section()?;
    let property = parts::maybe(&section, "property", parts::route);
    let room = source(&section, "room", Named::Room, rows);
    let plan = source(&section, "plan", Named::Plan, rows);
    if let (Some(None), Some(None)) = (&room, &plan) {
        section.wrong("a row has to name its `room` or its `plan`");
    }
    let nights = nights(&section, rows);
    let adults = source(&section, "adults", Named::Adults, rows);
    let amount = section.need("amount").and_then(parts::route);
    let currency = parts::maybe(&section, "currency", parts::route);
    let mut rules = Vec::new();
    for kind in Restriction::ALL {
        if let Some(field) = section.get(kind.name()) {
            rules.extend(parts::route(field).map(|route| (kind, route)));
        }
    }
    section.done();
    Some(RowFields {
        property: property?,
        room: room?,
        plan: plan?,
        nights: nights?,
        adults: adults?,
        amount: amount?,
        currency: currency?,
        rules,
    })
}

/// A member of the row, or a name on the way to it. Outer `None` where it is wrong.
fn source(
    section: &Section<'_>,
    key: &'static str,
    named: Named,
    rows: &Routes,
) -> Option<Option<Source>> {
    match (section.get(key), rows.names(named)) {
        (None, false) => Some(None),
        (None, true) => Some(Some(Source::Name(named))),
        (Some(field), false) => parts::route(field).map(|route| Some(Source::Member(route))),
        (Some(field), true) => {
            field.wrong("it is told twice: `rows` names it on the way to the row");
            None
        }
    }
}

fn nights(section: &Section<'_>, rows: &Routes) -> Option<Nights> {
    let night = source(section, "night", Named::Night, rows)?;
    let member = |key| -> Option<Option<Route>> { parts::maybe(section, key, parts::route) };
    match (night, member("first")?, member("last")?, member("end")?) {
        (Some(night), None, None, None) => Some(Nights::One(night)),
        (None, Some(first), Some(last), None) => Some(Nights::Last { first, last }),
        (None, Some(first), None, Some(end)) => Some(Nights::End { first, end }),
        _ => {
            section.wrong(
                "a row has to name its `night`, or its `first` night with the `last` one, or \
                 its `first` night with the `end`, the day after the last",
            );
            None
        }
    }
}
