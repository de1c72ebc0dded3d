//! The steps of the demo.

use std::time::Duration;

use rackrate_core::exchange::Operation;
use rackrate_core::money::Minor;
use rackrate_core::seed::Seed;
use rackrate_core::simulator::Control;
use rackrate_ledger::op::Ending;
use rackrate_plan::calendar::Calendar;
use rackrate_plan::show::View;
use rackrate_simulator::faults::Fate;

use super::stage::{Stage, confirmed};
use crate::command::{apply as apply_command, show, verify as verify_command};
use crate::flow::apply::Applied;
use crate::flow::plan::Planned;
use crate::problem::Result;
use crate::screen::{Page, Table, count};

/// The short demo, told step by step.
pub(super) struct Story(pub(super) Stage);

impl Story {
    /// The first demo. True when everything went as promised.
    pub(super) async fn first(&mut self, seed: u64, page: &mut Page) -> Result<bool> {
        let calendar = self.0.calendar(&self.0.sample.calendar)?;
        let cells = calendar.cells;
        page.line("\n1. Connect, and read what the hotels show.");
        let planned = self.0.plan(&calendar, "demo").await?;
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
        let pushes = self.0.pushes();
        let calendar = self.0.calendar(&self.0.sample.calendar)?;
        page.line("\n1. Connect, and read what the hotels show.");
        let planned = self.0.plan(&calendar, "second demo").await?;
        self.hotels(&planned, page);
        let rows = planned.outcome.plan.totals.rows;
        page.line(format!(
            "\n2. {} rows differ; requests pushed, by the vendors' record: {}.",
            rows,
            self.0.pushes() - pushes
        ));
        page.line("   `rackrate demo --fresh` shows the whole way again.");
        Ok(rows == 0 && self.0.pushes() == pushes)
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
        let pushes = self.0.pushes();
        let mut done = false;
        let lines = self.0.sample.calendar.lines().map(|line| {
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
        let calendar = self.0.calendar(&text)?;
        let planned = self.0.plan(&calendar, "a typo").await?;
        for refused in &planned.outcome.plan.refused {
            for finding in refused.findings.iter().take(1) {
                page.line(format!("   {finding}"));
            }
        }
        let pushed = self.0.pushes() - pushes;
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
            && planned.outcome.plan.refused.len() == self.0.sample.vendors.len()
            && pushed == 0)
    }

    async fn push(&mut self, seed: u64, planned: &Planned, page: &mut Page) -> Result<Applied> {
        page.line("\n4. Apply. In the middle all tokens are revoked, and two answers are lost.");
        let mut dice = Seed::new(seed).branch("demo faults");
        let now = self.0.host.world.now();
        for vendor in 0..self.0.sample.vendors.len() {
            if self.0.portfolio.links[vendor]
                .secrets
                .get("client_id")
                .is_some()
            {
                self.0.host.world.control(
                    now.after(Duration::from_millis(dice.between(2_000, 12_000))),
                    vendor,
                    Control::RevokeTokens,
                );
            }
        }
        self.0.host.world.script = vec![
            (Operation::Push, dice.between(2, 5), Fate::AnswerLost),
            (Operation::Push, dice.between(6, 9), Fate::ResetAfter),
        ];
        let applied = self.0.apply(planned).await?;
        for (at, entry) in self.0.sample.vendors.iter().enumerate() {
            if let Some(request) = self.0.host.world.first_writes.get(&at) {
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
            self.0.now()
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
        for (at, link) in self.0.portfolio.links.iter().enumerate() {
            let record = self.0.record(at);
            let confirmed = confirmed(applied, &link.id);
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
        let vendor = self.0.sample.vendors.len() - 1;
        let mut held = self.0.host.world.vendors[vendor].held().swap_remove(40);
        held.price = held.price.map(|price| Minor(price.0 + 700));
        self.0
            .host
            .world
            .change_now(vendor, &Control::SetPrice(held));
        self.0
            .host
            .world
            .skip_to(self.0.host.world.now().after(Duration::from_secs(3600)));
        let found = self.0.verify().await?;
        verify_command::print(&found, 5, page);
        let planned = self.0.plan(calendar, "put it back").await?;
        show::print_changes(&View::of(&planned.outcome.plan), 5, page);
        let applied = self.0.apply(&planned).await?;
        page.line(format!(
            "   Pushed back: {} night confirmed.",
            applied.of(Ending::Confirmed)
        ));
        let clean = self.0.verify().await?;
        verify_command::print(&clean, 5, page);
        Ok(found.nights() == 1 && applied.of(Ending::Confirmed) == 1 && clean.nights() == 0)
    }
}
