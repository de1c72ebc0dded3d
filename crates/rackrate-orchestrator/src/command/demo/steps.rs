//! The steps of the demo.

use std::path::Path;
use std::time::Duration;

use rackrate_core::clock::Wall;
use rackrate_core::exchange::Operation;
use rackrate_core::finding::{Finding, Place};
use rackrate_core::money::Minor;
use rackrate_core::night::Night;
use rackrate_core::seed::Seed;
use rackrate_core::simulator::{Control, Record};
use rackrate_ledger::op::Ending;
use rackrate_plan::calendar::Calendar;
use rackrate_plan::show::View;
use rackrate_runtime::engine::types::Policy;
use rackrate_simulator::faults::{Fate, Faults};
use rackrate_simulator::world::World;

use super::state::State;
use super::{EPOCH, ids};
use crate::command::{apply as apply_command, show, verify as verify_command};
use crate::flow::apply::{Applied, apply};
use crate::flow::plan::{Planned, Wish, make};
use crate::flow::verify::verify;
use crate::host::{Host, Simulated};
use crate::portfolio::Portfolio;
use crate::problem::{Problem, Result};
use crate::sample::Sample;
use crate::screen::{Page, Table, count};

/// The hotels, the vendors and the program.
pub(super) struct Stage {
    host: Simulated,
    portfolio: Portfolio,
    sample: Sample,
}

impl Stage {
    /// Sets the stage, as an earlier demo left it where there was one.
    pub(super) fn set(seed: u64, state: Option<State>) -> Result<Self> {
        let sample = Sample::new(None).map_err(Problem::input)?;
        let saved = |at: usize| state.as_ref().map(|state| state.vendors[at].clone());
        let vendors =
            sample.vendors.iter().enumerate().map(|(at, entry)| {
                (entry.simulator)(sample.simulator(entry, seed, EPOCH, saved(at)))
            });
        let vendors = vendors.collect::<Result<Vec<_>, _>>().map_err(broken)?;
        let mut world = World::new(seed, EPOCH, vendors, Faults::none());
        world.journal = Some(Vec::new());
        if let Some(state) = state {
            world.skip_to(state.clock.after(Duration::from_secs(24 * 3600)));
            world.note(state.journal).map_err(broken)?;
        }
        Ok(Self {
            host: Simulated::new(world),
            portfolio: sample.portfolio()?,
            sample,
        })
    }

    pub(super) fn now(&self) -> Wall {
        self.host.now()
    }

    pub(super) fn save(&self, folder: &Path) -> Result<()> {
        Ok(State::save(&self.host.world, &ids(), folder)?)
    }

    /// The first demo. True when everything went as promised.
    pub(super) async fn first(&mut self, seed: u64, page: &mut Page) -> Result<bool> {
        let calendar = self.calendar(&self.sample.calendar.clone())?;
        let cells = calendar.cells;
        page.line("\n1. Connect, and read what the hotels show.");
        let planned = self.plan(&calendar, "demo").await?;
        self.hotels(&planned, page);
        page.line("\n2. What would change, the dearest first.");
        show::print_changes(&View::of(&planned.outcome.plan), 5, page);
        let refused = self.typo(page).await?;
        let applied = self.push(seed, &planned, page).await?;
        let confirmed = self.confirmed(&applied, cells, page);
        let mended = self.somebody_else(&calendar, page).await?;
        Ok(planned.outcome.plan.refused.is_empty() && refused && confirmed && mended)
    }

    /// A later demo: everything is in place, so nothing is pushed.
    pub(super) async fn second(&mut self, page: &mut Page) -> Result<bool> {
        page.line(
            "An earlier demo left its hotels, its ledger and its clock, so this one is short:",
        );
        page.line("the prices are in place, and only what differs is ever pushed.");
        let pushes = self.pushes();
        let calendar = self.calendar(&self.sample.calendar.clone())?;
        page.line("\n1. Connect, and read what the hotels show.");
        let planned = self.plan(&calendar, "second demo").await?;
        self.hotels(&planned, page);
        let rows = planned.outcome.plan.totals.rows;
        page.line(format!(
            "\n2. {} rows differ; requests pushed, by the vendors' record: {}.",
            rows,
            self.pushes() - pushes
        ));
        page.line("   `rackrate demo --fresh` shows the whole way again.");
        Ok(rows == 0 && self.pushes() == pushes)
    }

    fn calendar(&self, text: &str) -> Result<Calendar> {
        let now = self.host.now();
        let today = |code: &_| {
            self.portfolio
                .properties
                .today(code, now)
                .unwrap_or(Night::from_days(0))
        };
        Calendar::read(
            text.as_bytes(),
            "rates.csv",
            &self.portfolio.properties,
            &today,
        )
        .map_err(Problem::input)
    }

    async fn plan(&mut self, calendar: &Calendar, reason: &str) -> Result<Planned> {
        let wish = Wish {
            author: "demo".to_owned(),
            reason: reason.to_owned(),
            max_age: Duration::from_secs(1800),
            ..Wish::default()
        };
        make(&mut self.host, &self.portfolio, calendar, &wish, patient()).await
    }

    fn hotels(&self, planned: &Planned, page: &mut Page) {
        let mut table = Table::new([
            "vendor",
            "hotel",
            "identifier",
            ">plans",
            ">rows that differ",
        ]);
        for lane in &planned.outcome.plan.lanes {
            let facts = &lane.target.facts;
            table.row([
                lane.connection.to_string(),
                facts.name.clone(),
                lane.target.vendor_property.to_string(),
                facts.sellables.len().to_string(),
                count(lane.rows.len() as u64),
            ]);
        }
        page.line(table.to_string());
    }

    /// A price a hundred times too high is refused by name, and nothing of its hotel leaves.
    async fn typo(&mut self, page: &mut Page) -> Result<bool> {
        page.line("\n3. Somebody typed a price without its decimal point.");
        let pushes = self.pushes();
        let mut done = false;
        let lines = self.sample.calendar.lines().map(|line| {
            let cells: Vec<_> = line.split(',').collect();
            match (done, cells.as_slice()) {
                (
                    false,
                    [
                        property @ "lisbon-city",
                        room,
                        plan,
                        night,
                        adults,
                        amount,
                        rest @ ..,
                    ],
                ) => {
                    done = true;
                    let amount = amount.replace('.', "");
                    [
                        [property, *room, plan, night, adults, amount.as_str()].join(","),
                        rest.join(","),
                    ]
                    .join(",")
                }
                _ => line.to_owned(),
            }
        });
        let text = lines.collect::<Vec<_>>().join("\n");
        let calendar = self.calendar(&text)?;
        let planned = self.plan(&calendar, "a typo").await?;
        for refused in &planned.outcome.plan.refused {
            for finding in refused.findings.iter().take(1) {
                page.line(format!("   {finding}"));
            }
        }
        let pushed = self.pushes() - pushes;
        page.line(format!(
            "   Written by the vendors' record: {pushed} requests."
        ));
        let by_name = planned
            .outcome
            .plan
            .refused
            .iter()
            .all(|one| one.property.as_str() == "lisbon-city");
        Ok(by_name
            && planned.outcome.plan.refused.len() == self.sample.vendors.len()
            && pushed == 0)
    }

    async fn push(&mut self, seed: u64, planned: &Planned, page: &mut Page) -> Result<Applied> {
        page.line("\n4. Apply. In the middle all tokens are revoked, and two answers are lost.");
        let mut dice = Seed::new(seed).branch("demo faults");
        let now = self.host.world.now();
        for vendor in 0..self.sample.vendors.len() {
            if self.portfolio.links[vendor]
                .secrets
                .get("client_id")
                .is_some()
            {
                self.host.world.control(
                    now.after(Duration::from_millis(dice.between(2_000, 12_000))),
                    vendor,
                    Control::RevokeTokens,
                );
            }
        }
        self.host.world.script = vec![
            (Operation::Push, dice.between(2, 5), Fate::AnswerLost),
            (Operation::Push, dice.between(6, 9), Fate::ResetAfter),
        ];
        let applied = apply(
            &mut self.host,
            &self.portfolio,
            &planned.outcome.plan,
            patient(),
        )
        .await?;
        for (at, entry) in self.sample.vendors.iter().enumerate() {
            if let Some(request) = self.host.world.first_writes.get(&at) {
                page.line(format!(
                    "   {}: {}…",
                    entry.title,
                    request.chars().take(230).collect::<String>()
                ));
                page.line(format!("   described at {}", entry.documentation));
            }
        }
        Ok(applied)
    }

    fn confirmed(&self, applied: &Applied, cells: u64, page: &mut Page) -> bool {
        page.line("\n5. Read back.");
        apply_command::print_endings(applied, page);
        page.line(format!(
            "\n   What the vendors recorded, at {}:",
            self.now()
        ));
        let mut table = Table::new([
            "vendor",
            ">confirmed",
            ">pushes",
            ">applied",
            ">replayed",
            ">doubled",
            ">breaches",
            ">tokens",
        ]);
        let mut good = true;
        for (at, link) in self.portfolio.links.iter().enumerate() {
            let record = self.record(at);
            let endings = applied.by_connection.get(&link.id);
            let confirmed = endings
                .and_then(|endings| endings.get(&Ending::Confirmed))
                .copied()
                .unwrap_or_default();
            table.row([
                link.id.to_string(),
                count(confirmed),
                count(record.pushes),
                count(record.applied),
                count(record.replays),
                count(record.doubled),
                count(record.breaches),
                count(record.token_requests),
            ]);
            good = good && confirmed == cells && record.doubled == 0 && record.breaches == 0;
        }
        page.line(table.to_string());
        good
    }

    /// A price changed in the PMS by hand is found, named and pushed back.
    async fn somebody_else(&mut self, calendar: &Calendar, page: &mut Page) -> Result<bool> {
        page.line("\n6. Somebody changes a price in the PMS. `verify` finds it.");
        let vendor = self.sample.vendors.len() - 1;
        let mut held = self.host.world.vendors[vendor].held().swap_remove(40);
        held.price = held.price.map(|price| Minor(price.0 + 700));
        self.host.world.change_now(vendor, &Control::SetPrice(held));
        self.host
            .world
            .skip_to(self.host.world.now().after(Duration::from_secs(3600)));
        let found = verify(
            &mut self.host,
            &self.portfolio,
            &Default::default(),
            patient(),
        )
        .await?;
        verify_command::print(&found, 5, page);
        let planned = self.plan(calendar, "put it back").await?;
        show::print_changes(&View::of(&planned.outcome.plan), 5, page);
        let applied = apply(
            &mut self.host,
            &self.portfolio,
            &planned.outcome.plan,
            patient(),
        )
        .await?;
        page.line(format!(
            "   Pushed back: {} night confirmed.",
            applied.of(Ending::Confirmed)
        ));
        let clean = verify(
            &mut self.host,
            &self.portfolio,
            &Default::default(),
            patient(),
        )
        .await?;
        verify_command::print(&clean, 5, page);
        Ok(found.nights() == 1 && applied.of(Ending::Confirmed) == 1 && clean.nights() == 0)
    }

    fn record(&self, vendor: usize) -> &Record {
        self.host.world.vendors[vendor].record()
    }

    fn pushes(&self) -> u64 {
        (0..self.sample.vendors.len())
            .map(|vendor| self.record(vendor).pushes)
            .sum()
    }
}

/// In virtual time nobody minds to wait until the slowest vendor has settled.
pub(super) fn patient() -> Policy {
    Policy {
        deadline: Duration::from_secs(6 * 3600),
        wait: Duration::from_secs(1800),
        ..Policy::default()
    }
}

pub(super) fn broken(error: String) -> Problem {
    Problem::input([Finding::error("demo.state", Place::default(), error)
        .hint("Begin anew with `rackrate demo --fresh`.")])
}
