//! `rates/updatePrice`: one rate, up to 1,000 intervals, all of them or none.
//!
//! Any instant means the local date it lies in. No value takes an override away. Only root
//! rates, within the editable history and five years ahead.

use jiff::Timestamp;
use rackrate_core::clock::Mono;
use rackrate_core::ids::{Ids, VendorId};
use rackrate_core::money::Minor;
use rackrate_core::night::Night;
use rackrate_core::rules::Rules;
use rackrate_core::simulator::Held;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::Mews;
use super::door::Call;
use super::hotels::House;
use super::http_text::Answer;
use super::shelf::Origin;
use super::state::{At, PriceKey, key_of};
use super::witness::Effect;

const MAX_ITEMS: usize = 1_000;
/// The editable history of every property here.
const HISTORY: i32 = 7;
const AHEAD: i32 = 5 * 365 + 1;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct UpdatePrice<'a> {
    #[serde(rename = "ClientToken")]
    _client_token: IgnoredAny,
    #[serde(rename = "AccessToken")]
    _access_token: IgnoredAny,
    #[serde(rename = "Client")]
    _client: IgnoredAny,
    rate_id: String,
    product_id: Option<IgnoredAny>,
    #[serde(borrow)]
    price_updates: Vec<Update<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Update<'a> {
    category_id: Option<String>,
    #[serde(borrow)]
    value: Option<&'a RawValue>,
    first_time_unit_start_utc: Option<String>,
    last_time_unit_start_utc: Option<String>,
}

/// An interval that was understood.
struct Interval {
    category: Option<VendorId>,
    first: Night,
    last: Night,
    price: Option<Minor>,
}

impl Interval {
    fn effect(&self, rate: &VendorId) -> Effect {
        Effect {
            ids: Ids {
                room: self.category.clone(),
                plan: Some(rate.clone()),
            },
            first: self.first,
            last: self.last,
            price: self.price,
            kind: String::new(),
            rules: Rules::LEAVE,
        }
    }
}

impl Mews {
    pub(super) fn update_price(&mut self, call: &Call<'_>) -> Result<Answer, Answer> {
        let at = self.at(call.now);
        let asked: UpdatePrice<'_> = call.body()?;
        let count = asked.price_updates.len() as u64;
        let (hotel, rate, intervals) = match self.understood(&asked, at) {
            Ok((house, rate, intervals)) => (house.hotel.id.clone(), rate, intervals),
            Err(refused) => {
                self.state.record.refused_rows += count;
                return Err(refused);
            }
        };
        self.work(&hotel, call.now, call.ready);
        let from = self.shown_from(at);
        for one in &intervals {
            for night in one.first.through(one.last) {
                let key = PriceKey {
                    rate: rate.clone(),
                    category: one.category.clone(),
                    night,
                };
                self.state.set_price(key, one.price, at, from);
            }
        }
        let effects: Vec<Effect> = intervals.iter().map(|one| one.effect(&rate)).collect();
        self.witness(&hotel, &effects, call.now);
        Ok(Answer::done(call.minimal))
    }

    fn understood(
        &self,
        asked: &UpdatePrice<'_>,
        at: At,
    ) -> Result<(&House, VendorId, Vec<Interval>), Answer> {
        let house = self.hotels.of_rate(&asked.rate_id);
        let house = house.ok_or_else(|| Answer::invalid("RateId"))?;
        let rate = VendorId::new(&asked.rate_id).map_err(|_| Answer::invalid("RateId"))?;
        if asked.product_id.is_some() {
            return Err(Answer::invalid("ProductId"));
        }
        if house.base(&asked.rate_id).is_some() {
            let status = self.state.switches.dependent_status;
            let text = "The price of a dependent rate cannot be updated.";
            return Err(Answer::error(status, text));
        }
        if !(1..=MAX_ITEMS).contains(&asked.price_updates.len()) {
            return Err(Answer::invalid("PriceUpdates"));
        }
        let today = house.night(at.timestamp());
        let today = today.ok_or_else(|| Answer::error(500, "There is no today."))?;
        let updates = asked.price_updates.iter();
        let intervals = updates.map(|one| self.interval(house, one, today));
        Ok((house, rate, intervals.collect::<Result<_, _>>()?))
    }

    fn interval(&self, house: &House, one: &Update<'_>, today: Night) -> Result<Interval, Answer> {
        let night = |name: &str, text: &Option<String>| {
            let instant = text
                .as_ref()
                .and_then(|text| text.parse::<Timestamp>().ok());
            let night = instant.and_then(|instant| house.night(instant));
            night.ok_or_else(|| Answer::invalid(name))
        };
        let first = night("FirstTimeUnitStartUtc", &one.first_time_unit_start_utc)?;
        let last = night("LastTimeUnitStartUtc", &one.last_time_unit_start_utc)?;
        if last < first || first.span(last) > self.state.switches.interval_maximum {
            return Err(Answer::invalid("LastTimeUnitStartUtc"));
        }
        if first < today.plus(-HISTORY) || last > today.plus(AHEAD) {
            let text = "The interval is outside of the editable history or too far ahead.";
            return Err(Answer::error(403, text));
        }
        Ok(Interval {
            category: category(house, one.category_id.as_deref())?,
            first,
            last,
            price: price(house, one.value)?,
        })
    }

    /// Somebody at the property changes a price or its restrictions.
    pub(super) fn by_hand(&mut self, held: &Held, now: Mono, at: At) {
        let only_rules = held.price.is_none() && !held.rules.is_leave();
        if let Some(key) = key_of(held).filter(|_| !only_rules) {
            self.state.set_price(key, held.price, at, at);
        }
        self.state.hang(held, Origin::User, at);
        self.by_hand_witnessed(held, now);
    }
}

fn category(house: &House, id: Option<&str>) -> Result<Option<VendorId>, Answer> {
    let Some(id) = id else { return Ok(None) };
    let mut own = house.categories().map(|(own, _)| own);
    let known = own.find(|own| own.as_str() == id);
    known
        .map(|own| Some(own.clone()))
        .ok_or_else(|| Answer::invalid("CategoryId"))
}

fn price(house: &House, value: Option<&RawValue>) -> Result<Option<Minor>, Answer> {
    let Some(value) = value else { return Ok(None) };
    let price = house.hotel.currency.parse_vendor(value.get());
    price.map(Some).map_err(|_| Answer::invalid("Value"))
}
