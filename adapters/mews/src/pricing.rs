//! Reading prices: `rates/getPricing`, one rate in a call.
//!
//! The finished price of a room category is compared, gross or net as the property sets
//! its prices; the other one is computed by tax and rounded. Amounts are taken from their
//! text. Source: github.com/MewsSystems/open-api-docs, connector-api/operations/rates.

use jiff::Timestamp;
use rackrate_core::adapter::{ReadAsk, Sink};
use rackrate_core::error::{ErrorKind, Result};
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::{Ids, VendorId};
use rackrate_core::money::{Basis, Currency, Minor};
use rackrate_core::night::Night;
use rackrate_core::series::Seen;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::answer::Api;
use crate::days::Days;

const OPERATION: Operation = Operation::Read;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GetPricing<'a> {
    client: &'a str,
    rate_id: &'a str,
    first_time_unit_start_utc: String,
    last_time_unit_start_utc: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Pricing<'a> {
    currency: String,
    time_unit_starts_utc: Vec<String>,
    #[serde(borrow)]
    category_prices: Vec<CategoryPrices<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CategoryPrices<'a> {
    category_id: String,
    #[serde(borrow)]
    amount_prices: Vec<Option<Amount<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Amount<'a> {
    currency: String,
    #[serde(borrow)]
    net_value: Option<&'a RawValue>,
    #[serde(borrow)]
    gross_value: Option<&'a RawValue>,
}

/// All prices of a rate in the window.
pub(crate) fn request(api: &Api, ask: &ReadAsk, rate: &VendorId) -> Result<Request> {
    let days = Days::of(api, OPERATION, &ask.target)?;
    let body = GetPricing {
        client: api.client(),
        rate_id: rate.as_str(),
        first_time_unit_start_utc: days.start(api, OPERATION, ask.first)?.to_string(),
        last_time_unit_start_utc: days.start(api, OPERATION, ask.last)?.to_string(),
    };
    api.call(OPERATION, "rates/getPricing", &body)
}

/// Tells the prices of that rate. Nothing is told of an answer that is not whole.
pub(crate) fn parse(
    api: &Api,
    adults: u8,
    ask: &ReadAsk,
    rate: &VendorId,
    response: &Response,
    sink: &mut dyn Sink,
) -> Result<()> {
    let pricing: Pricing<'_> = api.content(OPERATION, response)?;
    let nights: Vec<Night> = ask.first.through(ask.last).collect();
    check(api, ask, &nights, &pricing)?;
    let basis = ask.target.facts.basis.ok_or_else(|| {
        let text = "it is not known whether the property's prices are gross or net";
        api.error(ErrorKind::Misconfigured, OPERATION, text)
    })?;
    let sellables = ask.target.facts.sellables.keys();
    for ids in sellables.filter(|ids| ids.plan.as_ref() == Some(rate)) {
        let amounts = amounts(&pricing, ids);
        for (at, night) in nights.iter().enumerate() {
            let amount = amounts.and_then(|amounts| amounts.get(at)?.as_ref());
            let currency = ask.target.currency(ids);
            let seen = amount.map_or(Seen::Absent, |amount| amount.seen(basis, currency));
            sink.price(ids, adults, *night, seen);
        }
    }
    Ok(())
}

/// Whether the answer is of the nights asked for, and its lists are as long.
fn check(api: &Api, ask: &ReadAsk, nights: &[Night], pricing: &Pricing<'_>) -> Result<()> {
    let wrong = |text: &str| api.malformed(OPERATION, text);
    let days = Days::of(api, OPERATION, &ask.target)?;
    if pricing.time_unit_starts_utc.len() != nights.len() {
        return Err(wrong("the answer is of other nights than asked for"));
    }
    for (night, told) in nights.iter().zip(&pricing.time_unit_starts_utc) {
        if told.parse::<Timestamp>().ok() != Some(days.start(api, OPERATION, *night)?) {
            return Err(wrong("the answer is of other nights than asked for"));
        }
    }
    if Currency::new(&pricing.currency).is_err() {
        return Err(wrong("the prices are in no currency that is known"));
    }
    let uneven = |one: &CategoryPrices<'_>| one.amount_prices.len() != nights.len();
    match pricing.category_prices.iter().any(uneven) {
        true => Err(wrong("a category has more or fewer prices than nights")),
        false => Ok(()),
    }
}

fn amounts<'p>(pricing: &'p Pricing<'p>, ids: &Ids) -> Option<&'p [Option<Amount<'p>>]> {
    let category = ids.room.as_ref()?;
    let mut all = pricing.category_prices.iter();
    let own = all.find(|one| one.category_id == category.as_str())?;
    Some(&own.amount_prices)
}

impl Amount<'_> {
    /// The price as it was set: exact, or marked as unreadable.
    fn seen(&self, basis: Basis, currency: Currency) -> Seen {
        let value = match basis {
            Basis::Gross => self.gross_value,
            Basis::Net => self.net_value,
        };
        match value {
            None => Seen::Absent,
            Some(_) if self.currency != currency.code() => Seen::Unreadable,
            Some(raw) => match currency.parse_vendor(raw.get()) {
                // Where nothing was ever set, there is a number all the same.
                Ok(Minor(0)) => Seen::Absent,
                Ok(price) => Seen::Price(price),
                Err(_) => Seen::Unreadable,
            },
        }
    }
}
