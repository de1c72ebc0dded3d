//! Clauses M: amounts, both ways.

use std::sync::Arc;

use rackrate_core::adapter::Adapter;
use rackrate_core::chunk::{Chunk, Target};
use rackrate_core::money::{Currency, Minor};
use rackrate_core::series::Seen;

use crate::cells::Cells;
use crate::clause::{Check, ensure, skip};
use crate::parse;
use crate::shapes::first;
use crate::vendor::{Price, Vendor};

/// Two, no and three decimals.
const CURRENCIES: [&str; 3] = ["EUR", "JPY", "KWD"];
/// Amounts that floats and careless formats spoil.
const MINORS: [u64; 9] = [
    1,
    10,
    100,
    999,
    1_005,
    12_900,
    12_910,
    8_007_199_254,
    90_071_992_547,
];

/// The first chunk with its first row only, at another price and in another currency.
fn priced(chunk: &Chunk, currency: Currency, price: u64) -> Option<Chunk> {
    let mut row = chunk
        .rows
        .iter()
        .find(|row| !row.prices.is_empty())?
        .clone();
    for (_, old) in &mut row.prices {
        *old = Minor(price);
    }
    let mut target: Target = (*chunk.target).clone();
    target.facts.currency = currency;
    for sellable in target.facts.sellables.values_mut() {
        sellable.currency = sellable.currency.map(|_| currency);
    }
    Some(Chunk {
        target: Arc::new(target),
        rows: vec![row],
        ..chunk.clone()
    })
}

fn currency(code: &str) -> Result<Currency, String> {
    Currency::new(code).map_err(|error| error.to_string())
}

pub(crate) fn written(vendor: &Vendor) -> Check {
    let adapter = vendor.adapter()?;
    let chunk = first(vendor)?;
    for code in CURRENCIES {
        for price in MINORS {
            let chunk = priced(chunk, currency(code)?, price)
                .ok_or_else(|| skip("the sample chunk has no prices"))?;
            let request = adapter.push(&chunk)?;
            let wire = request.expose(&adapter.manifest().vendor)?;
            let written = Cells::written(&chunk, (vendor.written)(&wire))?;
            let meant = Cells::meant(&*adapter, &chunk);
            ensure(written.prices == meant.prices, || {
                format!("{price} minor units of {code} became {written:?}")
            })?;
        }
    }
    Ok(())
}

/// Spellings of 129, some of which a vendor may not use.
const SPELLINGS: [&str; 6] = ["129", "129.0", "129.00", "1.29e2", "\"129\"", "\"129.00\""];
/// What is no exact amount of any currency.
const NO_AMOUNTS: [&str; 7] = [
    "129.000000001",
    "-129.00",
    "\"-1\"",
    "\"12,90\"",
    "\"on request\"",
    "[]",
    "true",
];

pub(crate) fn read(vendor: &Vendor) -> Check {
    let adapter = vendor.adapter()?;
    let ours = vendor.target.facts.currency;
    let exact = Some(Seen::Price(Minor(129 * 10_u64.pow(ours.exponent()))));
    let mut understood = false;
    for amount in SPELLINGS {
        let seen = shown(vendor, &*adapter, amount, ours);
        understood |= seen == exact;
        // A vendor's kind of number is its own affair; a wrong price is not.
        let harmless = seen == exact || !matches!(seen, Some(Seen::Price(_)));
        ensure(harmless, || format!("{amount} was read as {seen:?}"))?;
    }
    ensure(understood, || "no spelling of 129 is a price".to_owned())?;
    for amount in NO_AMOUNTS {
        let seen = shown(vendor, &*adapter, amount, ours);
        ensure(!matches!(seen, Some(Seen::Price(_))), || {
            format!("{amount} was read as {seen:?}")
        })?;
    }
    Ok(())
}

/// How a page's one price is read; `None` when the page is refused.
fn shown(vendor: &Vendor, adapter: &dyn Adapter, amount: &str, currency: Currency) -> Option<Seen> {
    let answer = (vendor.page)(&Price { amount, currency });
    let (noted, step) = parse::page(vendor, adapter, &answer);
    step.ok()?;
    noted.prices.first().map(|(_, _, _, seen)| *seen)
}
