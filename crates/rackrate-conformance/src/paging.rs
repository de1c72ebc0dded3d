//! Clauses R: pages.

use std::collections::BTreeSet;
use std::sync::Arc;

use rackrate_core::adapter::{Adapter, Carry, Discovery, ReadAsk, Step};
use rackrate_core::exchange::{Operation, Response};
use rackrate_core::money::Minor;
use rackrate_core::series::Seen;
use rackrate_core::simulator::{Held, Hotel};

use crate::clause::{Check, Stop, ensure, skip};
use crate::desk::Desk;
use crate::nights::described;
use crate::parse::{Noted, page, window};
use crate::shapes::first;
use crate::vendor::{Meaning, Vendor};

/// More pages than any window has.
const PATIENCE: usize = 10_000;

pub(crate) fn ends(vendor: &Vendor) -> Check {
    if vendor.first_pages.is_empty() {
        return Err(skip("nothing is told in pages"));
    }
    let adapter = vendor.adapter()?;
    for (operation, answer) in &vendor.first_pages {
        let (mut carry, mut out) = (Carry::default(), Told::default());
        let step = turn(vendor, &*adapter, *operation, answer, &carry, &mut out)?;
        carry = step.ok_or_else(|| format!("{operation}: the first page is taken for the last"))?;
        let stops = (0..PATIENCE).any(|_| {
            match turn(vendor, &*adapter, *operation, answer, &carry, &mut out) {
                Ok(Some(next)) => carry = next,
                Ok(None) | Err(_) => return true,
            }
            false
        });
        ensure(stops, || {
            format!("{operation}: a page that comes again and again is read for ever")
        })?;
    }
    Ok(())
}

/// What all pages told.
#[derive(Default)]
struct Told {
    noted: Noted,
    found: Discovery,
}

/// Reads one page; what to carry to the next one, or `None` after the last.
fn turn(
    vendor: &Vendor,
    adapter: &dyn Adapter,
    operation: Operation,
    answer: &Response,
    carry: &Carry,
    told: &mut Told,
) -> Result<Option<Carry>, Stop> {
    fn next<T>(step: Step<T>) -> Option<Carry> {
        match step {
            Step::Next { carry, .. } => Some(carry),
            Step::Done(_) => None,
        }
    }
    Ok(match (operation, adapter.jobs(), &vendor.job) {
        (Operation::Read, ..) => {
            next(adapter.parse_read(&window(vendor), carry, answer, &mut told.noted)?)
        }
        (Operation::Discover, ..) => {
            next(adapter.parse_discover(&vendor.discover, carry, answer, &mut told.found)?)
        }
        (Operation::Poll, Some(jobs), Some(job)) => {
            next(jobs.parse_poll(first(vendor)?, job, carry, answer)?)
        }
        _ => return Err(format!("{operation} has no pages").into()),
    })
}

pub(crate) fn once(vendor: &Vendor) -> Check {
    let Some(stage) = &vendor.stage else {
        return Err(skip("there is no simulator"));
    };
    if stage.crowded.prices.is_empty() {
        return Err(skip("there are no prices to read"));
    }
    let mut desk = Desk::open(vendor, &stage.crowded)?;
    let ask = ReadAsk {
        target: Arc::new(described(vendor, &mut desk)?),
        ..window(vendor)
    };
    let noted = desk.read(&ask)?;
    let mut pages = vendor.first_pages.iter();
    let has_pages = pages.any(|(operation, _)| *operation == Operation::Read);
    ensure(desk.pages > 1 || !has_pages, || {
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
        computed(&stage.crowded, held, adults, &noted)?;
    }
    Ok(())
}

/// Whether what the vendor computes from that price is read too, where any of that plan is:
/// an adapter may leave such plans out. How a vendor rounds is its own affair, so the cent
/// below and the cent above are both good.
fn computed(hotel: &Hotel, held: &Held, adults: u8, noted: &Noted) -> Check {
    let Some(Minor(base)) = held.price else {
        return Ok(());
    };
    for plan in &hotel.plans {
        let Some((parent, percent)) = &plan.derived else {
            continue;
        };
        let mut prices = noted.prices.iter();
        if *parent != held.ids || prices.all(|told| told.0 != plan.ids) {
            continue;
        }
        let exact = base.saturating_mul(u64::try_from(100 + percent).unwrap_or(0));
        let seen = noted.price(&plan.ids, adults, held.night);
        let near = |price: Minor| (price.0.saturating_mul(100)).abs_diff(exact) < 100;
        ensure(
            matches!(seen, Some(Seen::Price(price)) if near(price)),
            || {
                let (ids, night) = (&plan.ids, held.night);
                format!("{ids} on {night} is {base} and {percent} %, and read as {seen:?}")
            },
        )?;
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
