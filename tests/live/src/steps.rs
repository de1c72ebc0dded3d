//! The single steps: each asks the account one thing, and says what was seen or what is wrong.
//!
//! Invariant: [`restore`] removes the restore file only after a read has shown the old values.

use std::sync::Arc;

use rackrate_core::chunk::Target;
use rackrate_core::finding::Finding;
use rackrate_core::ids::Ids;
use rackrate_core::money::{Currency, Minor};
use rackrate_core::night::Night;
use rackrate_core::series::Seen;
use rackrate_orchestrator::problem::Result;
use rackrate_orchestrator::screen;
use rackrate_plan::guards::Limits;
use rackrate_runtime::observation::Observation;

use crate::differences::{differences, shown};
use crate::kept::{Kept, KeptNight};
use crate::session::{Purpose, Said, Session, words};
use crate::subject::Subject;
use crate::wishes::Wishes;

/// Nights nearer than this may be on sale to somebody who looks at a test account.
const NEAREST: i32 = 28;
/// Where nothing was said: within the year that most calendars show.
const AHEAD: i32 = 330;

/// What the writes stand on.
#[derive(Debug)]
pub(crate) struct Ground {
    /// The property as discovery found it.
    pub(crate) target: Arc<Target>,
    /// The first read: the nights under test, and one more on either side.
    pub(crate) seen: Arc<Observation>,
    /// What is put back in the end.
    pub(crate) kept: Kept,
}

/// The nights that are meant.
///
/// # Errors
/// `live.too_near`.
pub(crate) fn subject(
    session: &Session,
    connection: rackrate_core::ids::ConnectionId,
) -> Result<Subject> {
    let asked = &session.asked;
    let today = today(session, &asked.property);
    let first = asked.from.unwrap_or(today.plus(AHEAD));
    let mapped = session
        .portfolio
        .mapping
        .property(&connection, &asked.property);
    let (Some(mapped), (room_type, rate_plan)) = (mapped, asked.names.clone()) else {
        let finding = Finding::error(
            "live.not_mapped",
            rackrate_core::finding::Place::default(),
            "it is not mapped",
        );
        return Err(finding.hint("Add its row to mapping.csv.").into());
    };
    let subject = Subject {
        vendor_property: mapped.vendor_property.clone(),
        ids: asked.ids.clone(),
        property: asked.property.clone(),
        last: first.plus(i32::from(asked.nights) - 1),
        connection,
        room_type,
        rate_plan,
        first,
    };
    if first < today.plus(NEAREST) {
        let message = format!("{first} is less than {NEAREST} nights away");
        let finding = Finding::error("live.too_near", subject.place(), message);
        return Err(finding.hint("Take later nights, that nobody books.").into());
    }
    Ok(subject)
}

fn today(session: &Session, property: &rackrate_core::ids::PropertyCode) -> Night {
    let now = session.now();
    let today = session.portfolio.properties.today(property, now);
    today.unwrap_or_else(|| rackrate_orchestrator::flow::assemble::utc_day(now))
}

/// Finds the property and the rate plan, which must be one that can be written.
pub(crate) async fn discovery(
    session: &mut Session,
    subject: &Subject,
) -> Result<Said<Arc<Target>>> {
    let found = session.discover().await?;
    let key = (subject.connection.clone(), subject.property.clone());
    let Some(target) = found.targets.get(&key) else {
        let ours = |one: &&Finding| one.place.property.as_ref().is_none_or(|at| *at == key.1);
        let findings: Vec<_> = found.findings.iter().filter(ours).cloned().collect();
        return Ok(Err(words(&findings)));
    };
    let ids = &subject.ids;
    let Some(sellable) = target.facts.sellables.get(ids) else {
        return Ok(Err(format!("the vendor does not list {ids}")));
    };
    if sellable.derived {
        return Ok(Err(format!(
            "the vendor derives {} from another plan",
            sellable.name
        )));
    }
    let hotel = session.portfolio.properties.get(&subject.property);
    let (ours, theirs) = (hotel.map(|hotel| hotel.currency), target.currency(ids));
    if ours != Some(theirs) {
        let ours = ours.map_or("none", Currency::code);
        return Ok(Err(format!(
            "prices are in {theirs} there, in {ours} in properties.csv"
        )));
    }
    Ok(Ok(Arc::clone(target)))
}

/// Reads the nights, and one more on either side.
pub(crate) async fn read(
    session: &mut Session,
    subject: &Subject,
    target: &Arc<Target>,
) -> Result<Said<Arc<Observation>>> {
    let fixed = session.link(subject)?.adapter.manifest().adults;
    let offered = target.facts.sellables.get(&subject.ids);
    let offered = offered.map(|one| one.adults.clone()).unwrap_or_default();
    let adults = fixed.map_or(offered, |fixed| vec![fixed]);
    let expected = adults
        .into_iter()
        .map(|adults| (subject.ids.clone(), adults));
    let span = (subject.first.previous(), subject.last.next());
    session.read(target, expected.collect(), span).await
}

/// The values that can be put back, when every price could be read.
pub(crate) fn keepable(
    session: &Session,
    subject: &Subject,
    target: &Target,
    seen: &Observation,
) -> Said<Kept> {
    let segments = seen.segments(target, session.now()).into_iter();
    let adults: Vec<u8> = segments
        .filter(|one| one.ids == subject.ids)
        .map(|one| one.adults)
        .collect();
    let mut nights = Vec::new();
    for night in subject.nights() {
        let price = |adults: &u8| (*adults, seen.price(&subject.ids, *adults, night));
        let prices: Vec<_> = adults.iter().map(price).collect();
        if prices
            .iter()
            .any(|(_, price)| *price == Some(Seen::Unreadable))
        {
            return Err(format!("the price of {night} cannot be read"));
        }
        let priced = prices.iter().filter_map(|(adults, price)| match price {
            Some(Seen::Price(price)) => Some((*adults, *price)),
            _ => None,
        });
        let prices: Vec<_> = priced.collect();
        // A price for somebody that is not there could not be taken away again.
        if prices.len() == adults.len() && !prices.is_empty() {
            let rules = seen.rules(&subject.ids, night);
            nights.push(KeptNight {
                night,
                prices,
                rules,
            });
        }
    }
    Ok(Kept::new(subject.clone(), session.now(), nights))
}

/// What was read, in words.
pub(crate) fn told(kept: &Kept, target: &Target) -> String {
    let nights = screen::nights(kept.subject.first, kept.subject.last);
    let all = kept.subject.nights().count();
    let Some((adults, price)) = kept.nights.first().and_then(|one| one.prices.first()) else {
        return format!("{nights}: no night has a price");
    };
    let price = shown(target, &kept.subject.ids, Some(Seen::Price(*price)));
    format!(
        "{nights}: {} of {all} nights have prices, the first {price} for {adults}",
        kept.nights.len()
    )
}

/// A price one unit of the currency up, or else down, as the guards allow it there and back.
pub(crate) fn step(session: &Session, ground: &Ground) -> Said<(Wishes, String)> {
    let subject = &ground.kept.subject;
    let currency = ground.target.currency(&subject.ids);
    let limits = session
        .portfolio
        .guards
        .limits(&subject.property, &subject.room_type, currency);
    let limits = limits.map_err(|(text, error)| format!("the limit {text:?}: {error}"))?;
    let unit = 10_u64.pow(currency.exponent());
    let prices = || ground.kept.nights.iter().flat_map(|night| &night.prices);
    let fits = |change: &dyn Fn(u64) -> u64| {
        prices().all(|(_, price)| allowed(&limits, *price, Minor(change(price.0))))
    };
    let (up, down) = (
        |price: u64| price.saturating_add(unit),
        |price: u64| price.saturating_sub(unit),
    );
    let amount = format!("{} {currency}", currency.format(Minor(unit)));
    if fits(&up) {
        let wishes = Wishes::prices(&ground.kept, |price| Minor(up(price.0)));
        return Ok((wishes, format!("{amount} more")));
    }
    if fits(&down) {
        let wishes = Wishes::prices(&ground.kept, |price| Minor(down(price.0)));
        return Ok((wishes, format!("{amount} less")));
    }
    Err(format!("the guards allow neither {amount} more nor less"))
}

fn allowed(limits: &Limits, before: Minor, after: Minor) -> bool {
    let within = limits.floor.is_none_or(|floor| after >= floor)
        && limits.ceiling.is_none_or(|ceiling| after <= ceiling);
    after.0 > 0 && within && !limits.exceeds_change(before, after)
}

/// What changed beside the nights under test since the first read.
pub(crate) async fn neighbours(session: &mut Session, ground: &Ground) -> Result<Said<String>> {
    let subject = &ground.kept.subject;
    let after = match read(session, subject, &ground.target).await? {
        Ok(after) => after,
        Err(why) => return Ok(Err(why)),
    };
    let beside = |ids: &Ids, night: Night| {
        let inside = subject.first <= night && night <= subject.last;
        *ids != subject.ids || !inside
    };
    let mut changed = differences(&ground.target, &ground.seen, &after, beside);
    changed.extend(session.spilled.iter().map(|one| one.message.clone()));
    match changed.first() {
        None => Ok(Ok("nothing changed beside what was written".to_owned())),
        Some(first) => Ok(Err(format!("{first}; {} more", changed.len() - 1))),
    }
}

/// Settles what was sent, puts everything back, reads it, and then forgets what had to be put
/// back.
///
/// # Errors
/// When the ledger fails; the restore file stays then, for the next start.
pub(crate) async fn restore(session: &mut Session, kept: &Kept) -> Result<Said<String>> {
    if let Err(why) = session.settle().await? {
        return Ok(Err(why));
    }
    let subject = &kept.subject;
    let kinds = session
        .link(subject)?
        .adapter
        .manifest()
        .restrictions
        .clone();
    let today = today(session, &subject.property);
    let put = if kept.nights.iter().any(|one| one.night >= today) {
        let wishes = Wishes::as_before(kept, &kinds, today);
        session.put(subject, wishes, Purpose::Restore).await?
    } else {
        Err("its nights are over, so nothing can be written any more".to_owned())
    };
    let put = match put {
        Ok(put) => put,
        Err(why) => return Ok(Err(why)),
    };
    if let Err(why) = is_as_before(session, kept, today).await? {
        return Ok(Err(why));
    }
    Kept::done(&session.restore_file)?;
    Ok(Ok(match put.rows {
        0 => "everything stands as it was, nothing had to be put back".to_owned(),
        rows => format!(
            "put back and read again: rows {rows}, requests {}",
            put.requests
        ),
    }))
}

/// Reads once more: the word of the run that wrote is not enough to forget the old values.
async fn is_as_before(session: &mut Session, kept: &Kept, today: Night) -> Result<Said<()>> {
    let target = match discovery(session, &kept.subject).await? {
        Ok(target) => target,
        Err(why) => return Ok(Err(why)),
    };
    let seen = match read(session, &kept.subject, &target).await? {
        Ok(seen) => seen,
        Err(why) => return Ok(Err(why)),
    };
    let ids = &kept.subject.ids;
    for one in kept.nights.iter().filter(|one| one.night >= today) {
        for (adults, price) in &one.prices {
            let is = seen.price(ids, *adults, one.night);
            if is != Some(Seen::Price(*price)) {
                let was = shown(&target, ids, Some(Seen::Price(*price)));
                let is = shown(&target, ids, is);
                return Ok(Err(format!("{} was {was} and is {is}", one.night)));
            }
        }
        let rules = seen.rules(ids, one.night);
        if !one.rules.fulfilled_by(&rules) {
            return Ok(Err(format!(
                "{} had {} and has {rules}",
                one.night, one.rules
            )));
        }
    }
    Ok(Ok(()))
}
