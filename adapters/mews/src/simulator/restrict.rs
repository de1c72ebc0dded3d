//! `restrictions/set` and `restrictions/clear`: up to 1,000 items, all of them or none.

use jiff::Timestamp;
use rackrate_core::ids::{Ids, VendorId};
use rackrate_core::night::Night;
use rackrate_core::rules::{Rules, Set};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::Mews;
use super::binding;
use super::door::Call;
use super::hotels::House;
use super::http_text::Answer;
use super::shelf::{Conditions, Exceptions, Interval, Item, Origin};
use super::witness::Effect;

pub(super) const MAX_ITEMS: usize = 1_000;
const MAX_KEPT: usize = 150_000;
const TYPES: [&str; 3] = ["Stay", "Start", "End"];
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Write<'a> {
    #[serde(rename = "ClientToken")]
    _client_token: IgnoredAny,
    #[serde(rename = "AccessToken")]
    _access_token: IgnoredAny,
    #[serde(rename = "Client")]
    _client: IgnoredAny,
    service_id: String,
    #[serde(borrow)]
    data: Vec<Datum<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Datum<'a> {
    r#type: String,
    exact_rate_id: Option<String>,
    base_rate_id: Option<String>,
    rate_group_id: Option<String>,
    resource_category_id: Option<String>,
    resource_category_type: Option<String>,
    start_utc: Option<String>,
    end_utc: Option<String>,
    days: Days,
    min_length: Option<String>,
    max_length: Option<String>,
    min_advance: Option<String>,
    max_advance: Option<String>,
    #[serde(borrow)]
    min_price: Option<Amount<'a>>,
    #[serde(borrow)]
    max_price: Option<Amount<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Days {
    monday: bool,
    tuesday: bool,
    wednesday: bool,
    thursday: bool,
    friday: bool,
    saturday: bool,
    sunday: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Amount<'a> {
    currency: String,
    #[serde(borrow)]
    value: &'a RawValue,
}

impl Mews {
    pub(super) fn set(&mut self, call: &Call<'_>) -> Result<Answer, Answer> {
        self.write(call, true)
    }

    pub(super) fn clear(&mut self, call: &Call<'_>) -> Result<Answer, Answer> {
        self.write(call, false)
    }

    fn write(&mut self, call: &Call<'_>, sets: bool) -> Result<Answer, Answer> {
        let asked: Write<'_> = call.body()?;
        let (hotel, items) = match self.items(&asked, sets) {
            Ok(understood) => understood,
            Err(refused) => {
                self.state.record.refused_rows += asked.data.len() as u64;
                return Err(refused);
            }
        };
        self.work(&hotel, call.now, call.ready);
        let at = self.at(call.now);
        let from = self.shown_from(at);
        let shelf = self.state.shelves.entry(hotel.clone()).or_default();
        shelf.forget(at);
        for item in &items {
            match sets {
                true => shelf.set(Origin::Integration, item, from),
                false => shelf.clear(Origin::Integration, item, from),
            }
        }
        let effects: Vec<Effect> = items.iter().map(|item| effect(item, sets)).collect();
        self.witness(&hotel, &effects, call.now);
        Ok(Answer::done(call.minimal))
    }

    fn items(&self, asked: &Write<'_>, sets: bool) -> Result<(VendorId, Vec<Item>), Answer> {
        let house = self.hotels.of_service(&asked.service_id);
        let house = house.ok_or_else(|| Answer::invalid("ServiceId"))?;
        if !(1..=MAX_ITEMS).contains(&asked.data.len()) {
            return Err(Answer::invalid("Data"));
        }
        let shelf = self.state.shelves.get(&house.hotel.id);
        let kept = shelf.map_or(0, |shelf| shelf.alive());
        if sets && kept + asked.data.len() > MAX_KEPT {
            return Err(Answer::error(403, "Too many restrictions."));
        }
        let items = asked.data.iter().map(|datum| item(house, datum, sets));
        Ok((house.hotel.id.clone(), items.collect::<Result<_, _>>()?))
    }
}

fn item(house: &House, datum: &Datum<'_>, sets: bool) -> Result<Item, Answer> {
    let night = |name: &str, text: &Option<String>| match text {
        None => Ok(None),
        Some(text) => text
            .parse::<Timestamp>()
            .ok()
            .and_then(|instant| house.exactly(instant))
            .map(Some)
            .ok_or_else(|| Answer::invalid(name)),
    };
    let interval = Interval::of(
        night("StartUtc", &datum.start_utc)?,
        night("EndUtc", &datum.end_utc)?,
    );
    if interval.is_backwards() {
        return Err(Answer::invalid("EndUtc"));
    }
    let exceptions = exceptions(datum)?;
    if !sets && exceptions != Exceptions::default() {
        return Err(Answer::error(400, "Invalid JSON."));
    }
    Ok(Item {
        conditions: conditions(house, datum)?,
        exceptions,
        interval,
    })
}

fn conditions(house: &House, datum: &Datum<'_>) -> Result<Conditions, Answer> {
    let rate = |name: &str, id: &Option<String>| match id {
        Some(id) if !house.rates().any(|own| own.as_str() == id) => Err(Answer::invalid(name)),
        _ => Ok(id.clone()),
    };
    let category = &datum.resource_category_id;
    let known = |id: &String| house.categories().any(|(own, _)| own.as_str() == id);
    if !TYPES.contains(&datum.r#type.as_str()) {
        return Err(Answer::invalid("Type"));
    }
    if !category.as_ref().is_none_or(known) {
        return Err(Answer::invalid("ResourceCategoryId"));
    }
    let days = &datum.days;
    Ok(Conditions {
        kind: datum.r#type.clone(),
        exact_rate: rate("ExactRateId", &datum.exact_rate_id)?,
        base_rate: rate("BaseRateId", &datum.base_rate_id)?,
        rate_group: datum.rate_group_id.clone(),
        category: category.clone(),
        category_type: datum.resource_category_type.clone(),
        days: [
            days.monday,
            days.tuesday,
            days.wednesday,
            days.thursday,
            days.friday,
            days.saturday,
            days.sunday,
        ],
    })
}

fn exceptions(datum: &Datum<'_>) -> Result<Exceptions, Answer> {
    let duration = |name: &str, text: &Option<String>| match text {
        Some(text) if text.parse::<jiff::Span>().is_err() => Err(Answer::invalid(name)),
        _ => Ok(text.clone()),
    };
    let amount = |one: &Option<Amount<'_>>| {
        let one = one.as_ref()?;
        Some((one.currency.clone(), one.value.get().to_owned()))
    };
    Ok(Exceptions {
        min_length: duration("MinLength", &datum.min_length)?,
        max_length: duration("MaxLength", &datum.max_length)?,
        min_advance: duration("MinAdvance", &datum.min_advance)?,
        max_advance: duration("MaxAdvance", &datum.max_advance)?,
        min_price: amount(&datum.min_price),
        max_price: amount(&datum.max_price),
    })
}

/// What an item did, for the record.
fn effect(item: &Item, sets: bool) -> Effect {
    let kind = &item.conditions.kind;
    let id = |id: &Option<String>| VendorId::new(id.as_deref()?).ok();
    let mut rules = Rules::LEAVE;
    for kind in binding::kinds(kind).into_iter().flatten() {
        rules.set(kind, Set::Clear);
    }
    if sets {
        rules = binding::says(kind, &item.exceptions);
    }
    let mut nights = binding::span(item.interval, [true; 7]);
    let first = nights.next().unwrap_or(Night::from_days(0));
    Effect {
        ids: Ids {
            room: id(&item.conditions.category),
            plan: id(&item.conditions.exact_rate),
        },
        first,
        last: nights.last().unwrap_or(first),
        price: None,
        kind: kind.clone(),
        rules,
    }
}
