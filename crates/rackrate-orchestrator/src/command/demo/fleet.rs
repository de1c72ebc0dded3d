//! `rackrate demo --all`: every vendor at once, in virtual time and within its real limits.
//!
//! The prices go to each hotel's own system. Some of those feed a channel manager; there the
//! program only looks whether the prices arrived.

use std::time::Duration;

use rackrate_catalog::Entry;
use rackrate_core::exchange::Operation;
use rackrate_core::ids::{ConnectionId, Ids};
use rackrate_core::shape::LaneRule;
use rackrate_core::simulator::{Control, Held, Record};
use rackrate_ledger::op::Ending;
use rackrate_plan::planner::Role;

use super::stage::{Stage, confirmed, names};
use super::state::State;
use super::{ended, portfolio};
use crate::cli::Demo;
use crate::command::{Done, verify as verify_command};
use crate::flow::apply::Applied;
use crate::flow::plan::Planned;
use crate::flow::verify::Verified;
use crate::portfolio::Link;
use crate::problem::{Problem, Result};
use crate::screen::{Page, Table, count};

/// The widest bar.
const BAR: u128 = 20;

pub(super) async fn run(flags: &Demo, page: &mut Page) -> Result<Done> {
    let sample = portfolio::sample().map_err(Problem::input)?;
    let folder = flags.state.join("all");
    let state = match flags.fresh {
        true => None,
        false => State::load(&folder, &names(&sample))?,
    };
    let again = state.is_some();
    let portfolio = portfolio::portfolio(&sample).map_err(Problem::input)?;
    let mut fleet = Fleet(Stage::set(sample, portfolio, flags.seed, state)?);
    page.line(format!(
        "rackrate demo --all: {} simulated vendors, virtual time, it is {}.",
        fleet.0.sample.vendors.len(),
        fleet.0.now()
    ));
    page.line("Nothing leaves this machine.");
    let good = match again {
        true => fleet.second(page).await?,
        false => fleet.first(page).await?,
    };
    fleet.0.save(&folder)?;
    Ok(ended(good, page))
}

/// All vendors, and what is told of them.
struct Fleet(Stage);

impl Fleet {
    async fn first(&mut self, page: &mut Page) -> Result<bool> {
        let planned = self.plan(page).await?;
        page.line("\n2. Apply: all hotels at once, each vendor within its limits.");
        let before: Vec<Record> = (0..self.0.portfolio.links.len())
            .map(|at| self.0.record(at).clone())
            .collect();
        let began = self.0.now();
        let plan = &planned.outcome.plan;
        let applied = self.0.apply(&planned).await?;
        let confirmed = self.report(&planned, &applied, &before, began, page);
        let rules = applied.rules_by_connection.values().flatten();
        let rules = rules.filter(|(ending, _)| **ending == Ending::Confirmed);
        let rules: u64 = rules.map(|(_, nights)| nights).sum();
        page.line(format!(
            "Nights whose restrictions travelled by themselves, confirmed: {}.",
            count(rules)
        ));
        page.line("\n3. The channel manager, before the hotels' systems have passed on a price.");
        let before = self.look(page).await?;
        page.line("\n4. They have passed them on. `verify` compares every hotel and the manager.");
        self.pass_on();
        let after = self.look(page).await?;
        let fed = self
            .0
            .portfolio
            .links
            .iter()
            .any(|link| !link.fed_by.is_empty());
        let whole = plan.refused.is_empty() && planned.findings.is_empty();
        Ok(whole
            && confirmed
            && (before.nights() > 0 || !fed)
            && after.nights() == 0
            && after.failed.is_none())
    }

    async fn second(&mut self, page: &mut Page) -> Result<bool> {
        page.line("An earlier demo left its hotels, its ledger and its clock.");
        let pushes = self.0.pushes();
        let planned = self.plan(page).await?;
        let rows = planned.outcome.plan.totals.rows;
        page.line(format!(
            "\n2. {rows} rows differ; requests pushed, by the vendors' record: {}.",
            self.0.pushes() - pushes
        ));
        page.line("   `rackrate demo --all --fresh` shows the whole way again.");
        Ok(rows == 0 && self.0.pushes() == pushes && planned.outcome.plan.refused.is_empty())
    }

    async fn plan(&mut self, page: &mut Page) -> Result<Planned> {
        page.line("\n1. Connect, and read what the hotels show.");
        let calendar = self.0.calendar(&self.0.sample.calendar)?;
        let planned = self.0.plan(&calendar, "all vendors").await?;
        self.hotels(&planned, page);
        Ok(planned)
    }

    fn hotels(&self, planned: &Planned, page: &mut Page) {
        let mut table = Table::new(["connection", "hotel", ">cells", ">rows that differ"]);
        for lane in &planned.outcome.plan.lanes {
            table.row([
                lane.connection.to_string(),
                lane.name.clone(),
                count(self.cells(&lane.connection)),
                count(lane.rows.len() as u64),
            ]);
        }
        page.line(table.to_string());
        for finding in planned.outcome.all_findings().chain(&planned.findings) {
            page.line(format!("   {finding}"));
        }
    }

    /// Cells of the calendar that a connection should show.
    fn cells(&self, connection: &ConnectionId) -> u64 {
        let lines = self.0.sample.calendar.lines().skip(1);
        let codes = lines.filter_map(|line| line.split(',').next());
        let mapped = |code: &&str| {
            let mut lanes = self.0.portfolio.mapping.lanes();
            lanes.any(|(at, property, _)| at == connection && property.as_str() == *code)
        };
        codes.filter(mapped).count() as u64
    }

    /// What it took, by the vendors' record: requests, time, refusals for haste.
    fn report(
        &self,
        planned: &Planned,
        applied: &Applied,
        before: &[Record],
        began: rackrate_core::clock::Wall,
        page: &mut Page,
    ) -> bool {
        let mut table = Table::new([
            "connection",
            ">confirmed",
            ">writes",
            ">requests",
            ">429s",
            ">doubled",
            ">time",
            "",
        ]);
        let time = |id: &ConnectionId| {
            let confirmed = self.0.host.confirmed.get(id).copied();
            confirmed.map_or(Duration::ZERO, |at| at.since(began))
        };
        let written: Vec<_> = self.writing().collect();
        let slowest = written.iter().map(|(_, link)| time(&link.id)).max();
        let slowest = slowest.unwrap_or_default();
        let mut good = !planned.outcome.plan.lanes.is_empty();
        for (at, link) in &written {
            let (record, before) = (self.0.record(*at), &before[*at]);
            let confirmed = confirmed(applied, &link.id);
            let wide = time(&link.id).as_millis() * BAR / slowest.as_millis().max(1);
            table.row([
                link.id.to_string(),
                count(confirmed),
                count(record.pushes - before.pushes),
                count(record.calls - before.calls),
                count(record.breaches),
                count(record.doubled),
                seconds(time(&link.id)),
                "#".repeat(usize::try_from(wide).unwrap_or(0).max(1)),
            ]);
            let open = applied.open.iter();
            let open = open
                .filter(|one| one.chunk.lane.connection == link.id)
                .count();
            good &= confirmed == self.cells(&link.id) && open == 0;
            good &= record.breaches + record.doubled == 0;
        }
        page.line(table.to_string());
        let last = written.iter().find(|(_, link)| time(&link.id) == slowest);
        if let Some((_, link)) = last {
            page.line(format!("Slowest: {}. {}", link.id, why_slow(link)));
        }
        good
    }

    async fn look(&mut self, page: &mut Page) -> Result<Verified> {
        let found = self.0.verify().await?;
        verify_command::print(&found, 3, page);
        for finding in &found.findings {
            page.line(format!("   {finding}"));
        }
        Ok(found)
    }

    /// What the hotels' systems do in real life: each tells the channel manager its prices.
    fn pass_on(&mut self) {
        let mut told: Vec<(usize, Held)> = Vec::new();
        for (at, fed) in self.0.portfolio.links.iter().enumerate() {
            for (from, feeder) in self.writing() {
                if fed.fed_by.contains(&feeder.id) {
                    let held = self.0.host.world.vendors[from].held();
                    let there = held
                        .iter()
                        .filter_map(|one| self.translated(feeder, fed, one));
                    told.extend(there.map(|held| (at, held)));
                }
            }
        }
        for (at, held) in told {
            self.0.host.world.change_now(at, &Control::SetPrice(held));
        }
        let later = self.0.host.world.now().after(Duration::from_secs(3600));
        self.0.host.world.skip_to(later);
    }

    /// A price of one system in the words of another.
    fn translated(&self, from: &Link, to: &Link, held: &Held) -> Option<Held> {
        let mut lanes = self.0.portfolio.mapping.lanes();
        let (_, property, theirs) = lanes
            .find(|(at, _, mapped)| **at == from.id && mapped.vendor_property == held.property)?;
        let mapped = self.0.portfolio.mapping.property(&to.id, property)?;
        let same = |(_, ids): &(_, &Ids)| **ids == held.ids;
        let (names, _) = theirs.sold.iter().find(same)?;
        let adapter = to.adapter.manifest();
        Some(Held {
            property: mapped.vendor_property.clone(),
            ids: mapped.sold.get(names)?.clone(),
            adults: if adapter.adults.is_some() {
                0
            } else {
                held.adults.max(2)
            },
            rules: held
                .rules
                .only(|kind, _| adapter.restrictions.contains(&kind)),
            ..held.clone()
        })
    }

    /// The connections that we write, with their places among the vendors.
    fn writing(&self) -> impl Iterator<Item = (usize, &Link)> {
        let links = self.0.portfolio.links.iter().enumerate();
        links.filter(|(_, link)| link.role == Role::Write)
    }
}

fn seconds(time: Duration) -> String {
    format!("{}.{} s", time.as_secs(), time.subsec_millis() / 100)
}

/// What of a vendor's rules keeps its writes from going faster.
fn why_slow(link: &Link) -> String {
    let Entry { title, .. } = link.entry;
    let shape = link.adapter.shape(Operation::Push);
    let items = shape.map_or(0, |shape| shape.max_items);
    let order = match shape.map(|shape| shape.lane) {
        Some(LaneRule::OneJob) => "one job of a hotel at a time",
        Some(LaneRule::OneRequest) => "one request of a hotel at a time",
        Some(LaneRule::Pipelined) | None => "several requests at once",
    };
    let settle = link.adapter.manifest().settle.as_secs();
    format!(
        "{title} takes {order}, {} items in each,\nand may show old prices for {settle} s.",
        count(u64::from(items))
    )
}
