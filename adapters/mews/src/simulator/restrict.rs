//! `restrictions/set`, `restrictions/clear` and `restrictions/getAll`.

use jiff::Timestamp;
use rackrate_core::ids::{Ids, VendorId};
use rackrate_core::night::Night;
use rackrate_core::rules::{Rules, Set};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::Mews;
use super::binding;
use super::door::Call;
use super::hotels::{House, name};
use super::http_text::Answer;
use super::lists::Limitation;
use super::shelf::{Conditions, Exceptions, Interval, Item, Kept, Origin};
use super::witness::Effect;

const MAX_ITEMS: usize = 1_000;
const MAX_KEPT: usize = 150_000;
const TYPES: [&str; 3] = ["Stay", "Start", "End"];
const DAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

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

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct GetAll {
    #[serde(rename = "ClientToken")]
    _client_token: IgnoredAny,
    #[serde(rename = "AccessToken")]
    _access_token: IgnoredAny,
    #[serde(rename = "Client")]
    _client: IgnoredAny,
    service_ids: Vec<String>,
    colliding_utc: Option<Colliding>,
    exact_rate_ids: Option<Vec<String>>,
    resource_category_ids: Option<Vec<String>>,
    origin: Option<String>,
    limitation: Limitation,
}

/// A filter's interval; its end is not meant.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Colliding {
    start_utc: Option<Timestamp>,
    end_utc: Option<Timestamp>,
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
        let from = self.shown_from(self.at(call.now));
        let shelf = self.state.shelves.entry(hotel.clone()).or_default();
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

    pub(super) fn restrictions(&self, call: &Call<'_>) -> Result<Answer, Answer> {
        let asked: GetAll = call.body()?;
        if !(1..=MAX_ITEMS).contains(&asked.service_ids.len()) {
            return Err(Answer::invalid("ServiceIds"));
        }
        let at = self.at(call.now);
        let mut items = Vec::new();
        for service in &asked.service_ids {
            let house = self.hotels.of_service(service);
            let house = house.ok_or_else(|| Answer::invalid("ServiceIds"))?;
            let shelf = self.state.shelves.get(&house.hotel.id);
            let kept = shelf.into_iter().flat_map(|shelf| shelf.all());
            let shown = kept.filter(|kept| kept.is_shown(at) && asked.wants(house, kept));
            items.extend(shown.map(|kept| describe(house, kept)));
        }
        let (page, cursor) = asked.limitation.page(items)?;
        let answer = json!({"Restrictions": page, "Cursor": cursor});
        Ok(Answer::json(answer.to_string()))
    }
}

impl GetAll {
    fn wants(&self, house: &House, kept: &Kept) -> bool {
        let conditions = &kept.item.conditions;
        let named = |wanted: &Option<Vec<String>>, own: &Option<String>| {
            let has = |wanted: &Vec<String>| own.as_ref().is_some_and(|own| wanted.contains(own));
            wanted.as_ref().is_none_or(has)
        };
        let origin = origin(kept.origin);
        self.origin.as_deref().is_none_or(|wanted| wanted == origin)
            && named(&self.exact_rate_ids, &conditions.exact_rate)
            && named(&self.resource_category_ids, &conditions.category)
            && self.collides(house, kept)
    }

    fn collides(&self, house: &House, kept: &Kept) -> bool {
        let Some(wanted) = &self.colliding_utc else {
            return true;
        };
        let (first, last) = kept.item.interval.ends();
        let start = |night: Option<Night>| night.and_then(|night| house.start(night));
        // It lasts until the end of its last day.
        let (begins, ends) = (start(first), start(last.map(Night::next)));
        let before = |one: Option<Timestamp>, other: Option<Timestamp>| {
            one.zip(other).is_none_or(|(one, other)| one < other)
        };
        before(begins, wanted.end_utc) && before(wanted.start_utc, ends)
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

fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::User => "User",
        Origin::Integration => "Integration",
    }
}

fn describe(house: &House, kept: &Kept) -> Value {
    let Item {
        conditions,
        exceptions,
        interval,
    } = &kept.item;
    let (first, last) = interval.ends();
    let start = |night: Option<Night>| Some(house.start(night?)?.to_string());
    let days = DAYS.iter().zip(conditions.days);
    let days: Vec<_> = days.filter(|(_, on)| *on).map(|(day, _)| day).collect();
    let price = |price: &Option<(String, String)>| {
        let (currency, value) = price.as_ref()?;
        let value: Value = serde_json::from_str(value).ok()?;
        Some(json!({"Currency": currency, "Value": value}))
    };
    json!({
        "Id": name(&house.hotel.id, &format!("restriction {}", kept.number())),
        "ServiceId": house.service, "ExternalIdentifier": null, "Origin": origin(kept.origin),
        "Conditions": {
            "Type": conditions.kind, "ExactRateId": conditions.exact_rate,
            "BaseRateId": conditions.base_rate, "RateGroupId": conditions.rate_group,
            "ResourceCategoryId": conditions.category,
            "ResourceCategoryType": conditions.category_type,
            "StartUtc": start(first), "EndUtc": start(last), "Days": days, "Hours": null,
        },
        "Exceptions": {
            "MinAdvance": exceptions.min_advance, "MaxAdvance": exceptions.max_advance,
            "MinLength": exceptions.min_length, "MaxLength": exceptions.max_length,
            "MinPrice": price(&exceptions.min_price), "MaxPrice": price(&exceptions.max_price),
        },
    })
}
