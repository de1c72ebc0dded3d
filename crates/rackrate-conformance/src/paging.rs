//! Clauses R: pages.

use std::collections::BTreeSet;

use rackrate_core::adapter::{Carry, Step};
use rackrate_core::exchange::Operation;
use rackrate_core::series::Seen;

use crate::clause::{Check, ensure, skip};
use crate::desk::Desk;
use crate::parse::{Noted, page, window};
use crate::vendor::{Meaning, Vendor};

/// More pages than any window has.
const PATIENCE: usize = 10_000;

pub(crate) fn ends(vendor: &Vendor) -> Check {
    let Some(answer) = &vendor.first_page else {
        return Err(skip("a read has one page"));
    };
    let adapter = vendor.adapter()?;
    let mut carry = Carry::default();
    for turn in 0..PATIENCE {
        let mut noted = Noted::default();
        match adapter.parse_read(&window(vendor), &carry, answer, &mut noted) {
            Ok(Step::Next { carry: next, .. }) => carry = next,
            _ if turn > 0 => return Ok(()),
            Err(error) => return Err(error.into()),
            Ok(Step::Done(())) => {
                return Err("the first page is taken for the last".to_owned().into());
            }
        }
    }
    Err("a page that comes again and again is read for ever"
        .to_owned()
        .into())
}

pub(crate) fn once(vendor: &Vendor) -> Check {
    let Some(stage) = &vendor.stage else {
        return Err(skip("there is no simulator"));
    };
    if stage.crowded.prices.is_empty() {
        return Err(skip("a read has one page"));
    }
    let mut desk = Desk::open(vendor, &stage.crowded)?;
    let noted = desk.read(&window(vendor))?;
    ensure(desk.pages > 1, || {
        "the crowded hotel fits one page".to_owned()
    })?;
    let cells: BTreeSet<_> = noted
        .prices
        .iter()
        .map(|(ids, adults, night, _)| (ids, *adults, *night))
        .collect();
    ensure(cells.len() == noted.prices.len(), || {
        "a price is read twice".to_owned()
    })?;
    let fixed = vendor.adapter()?.manifest().adults;
    for held in &stage.crowded.prices {
        let adults = fixed.unwrap_or(held.adults);
        let seen = noted.price(&held.ids, adults, held.night);
        ensure(seen == held.price.map(Seen::Price), || {
            format!("{held:?} is read as {seen:?}")
        })?;
    }
    Ok(())
}

pub(crate) fn half(vendor: &Vendor) -> Check {
    let adapter = vendor.adapter()?;
    let golden = vendor
        .golden
        .iter()
        .find(|one| one.operation == Operation::Read && one.meaning == Meaning::Success)
        .ok_or_else(|| skip("there is no golden page"))?;
    let body = golden.response.body.trim_ascii();
    for end in 0..body.len() {
        let mut part = golden.response.clone();
        part.body = golden.response.body.slice_ref(&body[..end]);
        let (noted, _) = page(vendor, &*adapter, &part);
        ensure(noted.prices.is_empty() && noted.rules.is_empty(), || {
            format!("a page cut at byte {end} tells prices")
        })?;
    }
    Ok(())
}
