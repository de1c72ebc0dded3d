//! `rates/getPricing`: one rate, exact day starts, lists that line up.
//!
//! Amounts are written as text, with as many decimals as the price needs and one at least.
//! The tax here is seven percent, and the part that was not set is rounded to the currency.

use jiff::Timestamp;
use rackrate_core::ids::{Ids, VendorId};
use rackrate_core::money::{Basis, Currency, Minor};
use rackrate_core::night::Night;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::Mews;
use super::door::Call;
use super::hotels::House;
use super::http_text::Answer;

const MAX_DAYS: u32 = 367;
const TAX_CODE: &str = "DE-2020-1-L";
const TAX_PERCENT: u128 = 7;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct GetPricing {
    #[serde(rename = "ClientToken")]
    _client_token: IgnoredAny,
    #[serde(rename = "AccessToken")]
    _access_token: IgnoredAny,
    #[serde(rename = "Client")]
    _client: IgnoredAny,
    rate_id: String,
    product_id: Option<IgnoredAny>,
    first_time_unit_start_utc: String,
    last_time_unit_start_utc: String,
}

impl Mews {
    pub(super) fn pricing(&self, call: &Call<'_>) -> Result<Answer, Answer> {
        let asked: GetPricing = call.body()?;
        let house = self.hotels.of_rate(&asked.rate_id);
        let house = house.ok_or_else(|| Answer::invalid("RateId"))?;
        if asked.product_id.is_some() {
            return Err(Answer::invalid("ProductId"));
        }
        let night = |name: &str, text: &str| {
            let instant = text.parse::<Timestamp>().ok();
            let night = instant.and_then(|instant| house.exactly(instant));
            night.ok_or_else(|| Answer::invalid(name))
        };
        let first = night("FirstTimeUnitStartUtc", &asked.first_time_unit_start_utc)?;
        let last = night("LastTimeUnitStartUtc", &asked.last_time_unit_start_utc)?;
        if !(1..=MAX_DAYS).contains(&first.span(last)) {
            return Err(Answer::invalid("LastTimeUnitStartUtc"));
        }
        let nights: Vec<Night> = first.through(last).collect();
        Ok(Answer::json(self.page(
            call,
            house,
            &asked.rate_id,
            &nights,
        )))
    }

    fn page(&self, call: &Call<'_>, house: &House, rate: &str, nights: &[Night]) -> String {
        let at = self.at(call.now);
        let currency = house.hotel.currency;
        let prices = |room: Option<&VendorId>| -> Vec<Minor> {
            let ids = Ids {
                room: room.cloned(),
                plan: VendorId::new(rate).ok(),
            };
            let price = |night: &Night| self.state.price(house, &ids, *night, Some(at));
            nights.iter().map(price).collect()
        };
        let starts = nights.iter().filter_map(|night| house.start(*night));
        let base = prices(None);
        let categories = house.categories().map(|(id, _)| {
            let (id, prices) = (quoted(id.as_str()), prices(Some(id)));
            let (plain, amounts) = (numbers(currency, &prices), amounts(house, &prices));
            format!(r#"{{"CategoryId":{id},"Prices":{plain},"AmountPrices":{amounts}}}"#)
        });
        let percent = house.base(rate).map_or(0, |(_, percent)| percent);
        format!(
            r#"{{"Currency":"{currency}","DatesUtc":null,"TimeUnitStartsUtc":{},"BasePrices":{},"BaseAmountPrices":{},"CategoryPrices":{},"CategoryAdjustments":{},"AgeCategoryAdjustments":[],"RelativeAdjustment":{},"AbsoluteAdjustment":0,"EmptyUnitAdjustment":0,"ExtraUnitAdjustment":20}}"#,
            list(starts.map(|start| quoted(&start.to_string()))),
            numbers(currency, &base),
            amounts(house, &base),
            list(categories),
            list(house.categories().map(|(id, _)| adjustment(id))),
            hundredths(percent),
        )
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}

fn numbers(currency: Currency, prices: &[Minor]) -> String {
    list(prices.iter().map(|price| number(currency, *price)))
}

fn amounts(house: &House, prices: &[Minor]) -> String {
    list(prices.iter().map(|price| amount(house, *price)))
}

/// No category costs more than the base price here.
fn adjustment(category: &VendorId) -> String {
    let id = quoted(category.as_str());
    format!(r#"{{"CategoryId":{id},"ParentCategoryId":null,"AbsoluteValue":0,"RelativeValue":0}}"#)
}

/// A percentage as a factor to add.
fn hundredths(percent: i32) -> String {
    let sign = if percent < 0 { "-" } else { "" };
    let whole = percent.unsigned_abs();
    format!("{sign}{}.{:02}", whole / 100, whole % 100)
}

/// A price as .NET prints it: no zeros at the end but one.
fn number(currency: Currency, price: Minor) -> String {
    let text = currency.format(price);
    match text.split_once('.') {
        None => format!("{text}.0"),
        Some((whole, decimals)) => {
            let decimals = decimals.trim_end_matches('0');
            format!(
                "{whole}.{}",
                if decimals.is_empty() { "0" } else { decimals }
            )
        }
    }
}

/// A price with its tax, whichever side of it was set.
fn amount(house: &House, price: Minor) -> String {
    let currency = house.hotel.currency;
    let times = |of: u128, by: u128| {
        let minor = (u128::from(price.0) * of * 2 + by) / (by * 2);
        Minor(u64::try_from(minor).unwrap_or(u64::MAX))
    };
    let (net, gross) = match house.hotel.basis {
        Basis::Gross => (times(100, 100 + TAX_PERCENT), price),
        Basis::Net => (price, times(100 + TAX_PERCENT, 100)),
    };
    let tax = number(currency, Minor(gross.0.saturating_sub(net.0)));
    let (net, gross) = (number(currency, net), number(currency, gross));
    format!(
        r#"{{"Currency":"{currency}","NetValue":{net},"GrossValue":{gross},"TaxValues":[{{"Code":"{TAX_CODE}","Value":{tax}}}],"Breakdown":{{"Items":[{{"TaxRateCode":"{TAX_CODE}","NetValue":{net},"TaxValue":{tax}}}]}}}}"#
    )
}
