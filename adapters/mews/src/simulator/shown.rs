//! `restrictions/getAll`: what reads are shown, as the vendor keeps it.

use jiff::Timestamp;
use rackrate_core::night::Night;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::Mews;
use super::door::Call;
use super::hotels::{House, name};
use super::http_text::Answer;
use super::lists::Limitation;
use super::restrict::MAX_ITEMS;
use super::shelf::{Item, Kept, Origin};

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
