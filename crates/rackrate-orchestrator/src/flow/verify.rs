//! Compares what vendors show now with the wishes last applied.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rackrate_core::chunk::Target;
use rackrate_core::finding::{Finding, Place};
use rackrate_core::ids::{ConnectionId, Ids, PropertyCode};
use rackrate_core::night::Night;
use rackrate_core::series::Seen;
use rackrate_ledger::op::DesiredSeries;
use rackrate_plan::selection::Selection;
use rackrate_runtime::engine::types::{Event, Policy, Report};
use rackrate_runtime::observation::Observation;
use serde::Serialize;

use super::assemble::Bench;
use super::discover::{Found, discover, undiscovered};
use super::fed;
use crate::exit::Exit;
use crate::host::Host;
use crate::portfolio::{Link, Portfolio};
use crate::problem::{Result, of_failure, of_silence};

/// What was compared.
#[derive(Debug, Default)]
pub struct Verified {
    /// Cells compared, by connection and property.
    pub cells: BTreeMap<(ConnectionId, PropertyCode), u64>,
    /// Nights that differ, neighbours with the same difference together.
    pub differences: Vec<Difference>,
    /// What could not be read.
    pub findings: Vec<Finding>,
    /// The strongest reason of those.
    pub failed: Option<Exit>,
}

/// Consecutive nights that show the same wrong thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The account.
    pub connection: ConnectionId,
    /// The property.
    pub property: PropertyCode,
    /// What is sold, in our words where the mapping has them.
    pub sold: String,
    /// For how many adults the price is; none where restrictions differ, which are for any.
    pub adults: Option<u8>,
    /// The first night.
    pub first: Night,
    /// The last night, meant too.
    pub last: Night,
    /// What should be shown.
    pub wish: String,
    /// What is shown.
    pub shown: String,
}

/// Reads everything that was wished, and compares; also where another system, which we
/// write to, should have passed it on.
///
/// # Errors
/// When the ledger fails.
pub async fn verify(
    host: &mut dyn Host,
    portfolio: &Portfolio,
    selection: &Selection,
    policy: Policy,
) -> Result<Verified> {
    let ledger = host.ledger();
    let mut wishes: BTreeMap<(ConnectionId, PropertyCode), Vec<DesiredSeries>> = BTreeMap::new();
    let mut written = Vec::new();
    for link in &portfolio.links {
        written.extend(ledger.desired(&link.id).await?);
    }
    let links = portfolio.links.iter();
    let fed: Vec<_> = links
        .flat_map(|link| fed::wishes(portfolio, link, &written))
        .collect();
    for wish in written.into_iter().chain(fed) {
        if selection.has_property(&wish.property) {
            let key = (wish.connection.clone(), wish.property.clone());
            wishes.entry(key).or_default().push(wish);
        }
    }
    let asked = |link: &Link| {
        let wished = wishes.keys().any(|(connection, _)| *connection == link.id);
        wished && link.adapter.manifest().reads_need_facts
    };
    let found = discover(host, portfolio, asked, policy).await?;
    let mut bench = Bench::new(&portfolio.links, ledger.as_ref(), policy, host.now()).await?;
    let mut events = Vec::new();
    for ((connection, property), series) in &wishes {
        let Some(target) = target(portfolio, &found, connection, property) else {
            continue;
        };
        let today = portfolio.properties.today(property, host.now());
        let Some((first, last)) = span(series, today, selection) else {
            continue;
        };
        let prices = series.iter().filter(|one| one.adults != DesiredSeries::ANY);
        let expected = prices.map(|wish| (wish.ids.clone(), wish.adults)).collect();
        if let Some(lane) = bench.lane(&target, expected) {
            events.push(Event::Read { lane, first, last });
        }
    }
    let targets = bench.lanes().to_vec();
    let job = bench.job(ledger.as_ref(), false, events).await?;
    let mut verified = Verified {
        failed: found.exit,
        findings: found.findings,
        ..Verified::default()
    };
    let mut silent: BTreeSet<_> = (0..targets.len()).collect();
    for report in host.work(job).await? {
        match report {
            Report::Read(lane, seen) => {
                silent.remove(&lane.0);
                let target = &targets[lane.0];
                let key = (target.connection.clone(), target.property.clone());
                verified.compare(portfolio, target, &wishes[&key], &seen, selection);
            }
            Report::ReadFailed(lane, failure) => {
                silent.remove(&lane.0);
                let target = &targets[lane.0];
                verified.unread(of_failure(&failure, named(target), &target.connection));
            }
            _ => {}
        }
    }
    for target in silent.into_iter().map(|lane| &targets[lane]) {
        verified.unread(of_silence(named(target), &target.connection));
    }
    Ok(verified)
}

/// The property as discovery found it, or as the files say where nobody had to be asked.
fn target(
    portfolio: &Portfolio,
    found: &Found,
    connection: &ConnectionId,
    property: &PropertyCode,
) -> Option<Arc<Target>> {
    let key = (connection.clone(), property.clone());
    let link = portfolio.link(connection)?;
    if let Some(target) = found.targets.get(&key) {
        return Some(Arc::clone(target));
    }
    if link.adapter.manifest().reads_need_facts {
        return None;
    }
    let mapped = portfolio.mapping.property(connection, property)?;
    let target = undiscovered(link, portfolio.properties.get(property)?, mapped);
    Some(Arc::new(target))
}

fn named(target: &Target) -> Place {
    Place::property(&target.property, &target.facts.name)
}

/// The nights to read: those wished for, from today on, that are selected.
fn span(
    series: &[DesiredSeries],
    today: Option<Night>,
    selection: &Selection,
) -> Option<(Night, Night)> {
    let nights = || {
        let all = series.iter().flat_map(|wish| wish.series.nights());
        all.filter(|night| today.is_none_or(|today| *night >= today) && selection.has_night(*night))
    };
    Some((nights().min()?, nights().max()?))
}

impl Verified {
    fn unread(&mut self, (exit, finding): (Exit, Finding)) {
        self.failed = Some(self.failed.unwrap_or(Exit::Done).and(exit));
        self.findings.push(finding);
    }

    fn compare(
        &mut self,
        portfolio: &Portfolio,
        target: &Target,
        wishes: &[DesiredSeries],
        seen: &Observation,
        selection: &Selection,
    ) {
        let (first, last) = seen.span();
        for wish in wishes {
            let mut open: Option<Difference> = None;
            for night in first
                .through(last)
                .filter(|night| selection.has_night(*night))
            {
                let priced = matches!(wish.series.price(night), Some(Seen::Price(_)));
                if !priced && wish.series.rules(night).is_leave() {
                    continue;
                }
                *self
                    .cells
                    .entry((target.connection.clone(), target.property.clone()))
                    .or_default() += u64::from(priced);
                let found = difference(portfolio, target, wish, seen, night);
                let joins = matches!((&open, &found), (Some(open), Some(found)) if open.last.next() == night && open.wish == found.wish && open.shown == found.shown);
                if let (true, Some(open)) = (joins, open.as_mut()) {
                    open.last = night;
                    continue;
                }
                self.differences.extend(open.take());
                open = found;
            }
            self.differences.extend(open);
        }
    }

    /// Nights that differ.
    pub fn nights(&self) -> u64 {
        self.differences
            .iter()
            .map(|one| u64::from(one.first.span(one.last)))
            .sum()
    }

    /// The exit code of it.
    pub fn exit(&self) -> Exit {
        let differ = if self.differences.is_empty() {
            Exit::Done
        } else {
            Exit::Different
        };
        self.failed.unwrap_or(Exit::Done).and(differ)
    }
}

fn difference(
    portfolio: &Portfolio,
    target: &Target,
    wish: &DesiredSeries,
    seen: &Observation,
    night: Night,
) -> Option<Difference> {
    let price = seen.price(&wish.ids, wish.adults, night);
    let wished = wish.series.price(night);
    let (rules, seen_rules) = (wish.series.rules(night), seen.rules(&wish.ids, night));
    let same_price = wished.is_none() || price == wished;
    if same_price && rules.fulfilled_by(&seen_rules) {
        return None;
    }
    let (wish_text, shown) = match same_price {
        true => (
            rules.to_string(),
            seen_rules
                .only(|kind, _| !rules.get(kind).is_leave())
                .to_string(),
        ),
        false => (
            amount(target, &wish.ids, wished),
            amount(target, &wish.ids, price),
        ),
    };
    Some(Difference {
        connection: target.connection.clone(),
        property: target.property.clone(),
        sold: sold(portfolio, &target.connection, &target.property, &wish.ids),
        adults: (wish.adults != DesiredSeries::ANY).then_some(wish.adults),
        first: night,
        last: night,
        wish: wish_text,
        shown,
    })
}

pub(super) fn amount(target: &Target, ids: &Ids, seen: Option<Seen>) -> String {
    let currency = target.currency(ids);
    match seen {
        Some(Seen::Price(price)) => format!("{} {currency}", currency.format(price)),
        Some(Seen::Unreadable) => "unreadable".to_owned(),
        Some(Seen::Absent) | None => "no price".to_owned(),
    }
}

/// Our words for what a vendor sells.
pub fn sold(
    portfolio: &Portfolio,
    connection: &ConnectionId,
    property: &PropertyCode,
    ids: &Ids,
) -> String {
    let mapped = portfolio.mapping.property(connection, property);
    let ours = mapped.and_then(|mapped| mapped.sold.iter().find(|(_, theirs)| *theirs == ids));
    ours.map_or_else(
        || ids.to_string(),
        |((room, plan), _)| format!("{room} {plan}"),
    )
}
