//! What `verify` expects of restrictions: the newest wish, in whatever company it was told.

#![expect(clippy::unwrap_used, reason = "a failed setup is a failed test")]

use std::time::Duration;

use rackrate_catalog::{Entry, showcase};
use rackrate_core::clock::Wall;
use rackrate_core::rules::Restriction;
use rackrate_orchestrator::exit::Exit;
use rackrate_orchestrator::flow::apply::{Applied, apply};
use rackrate_orchestrator::flow::plan::{Wish, make};
use rackrate_orchestrator::flow::verify::{Verified, verify};
use rackrate_orchestrator::host::Simulated;
use rackrate_orchestrator::portfolio::Portfolio;
use rackrate_orchestrator::sample::Sample;
use rackrate_plan::calendar::Calendar;
use rackrate_plan::selection::Selection;
use rackrate_runtime::engine::types::Policy;
use rackrate_simulator::faults::Faults;
use rackrate_simulator::world::World;

/// 2026-12-14T09:00:00Z, before the first night of the sample's calendar.
const EPOCH: Wall = Wall(1_797_238_800_000);

/// A vendor of the sample, and what it is told of one night.
struct Stage {
    host: Simulated,
    portfolio: Portfolio,
    /// The vendor's first restriction.
    kind: Restriction,
    /// A line of the sample's calendar.
    line: Vec<String>,
}

impl Stage {
    fn with(entry: &'static Entry) -> Self {
        let sample = Sample::new(None).unwrap();
        let vendor = (entry.simulator)(sample.simulator(entry, 1, EPOCH, None)).unwrap();
        let mut portfolio = sample.portfolio().unwrap();
        portfolio.links.retain(|link| link.entry.id == entry.id);
        let line = sample.calendar.lines().nth(40).unwrap();
        Self {
            kind: portfolio.links[0].adapter.manifest().restrictions[0],
            host: Simulated::new(World::new(1, EPOCH, vec![vendor], Faults::none())),
            line: line.split(',').map(str::to_owned).collect(),
            portfolio,
        }
    }

    /// Plans and applies a wish for that night.
    async fn tell(&mut self, amount: &str, nights: u32) -> Applied {
        let kind = self.kind;
        let calendar = format!(
            "property,room_type,rate_plan,stay_date,adults,amount,currency,{kind}\n{},{amount},{},{nights}\n",
            self.line[..5].join(","),
            self.line[6],
        );
        let today = |_: &_| "2026-12-14".parse().unwrap();
        let calendar = Calendar::read(
            calendar.as_bytes(),
            "rates.csv",
            &self.portfolio.properties,
            &today,
        );
        let wish = Wish {
            max_age: Duration::from_secs(1800),
            ..Wish::default()
        };
        let policy = Policy::default();
        let (host, portfolio) = (&mut self.host, &self.portfolio);
        let planned = make(host, portfolio, &calendar.unwrap(), &wish, policy).await;
        apply(host, portfolio, &planned.unwrap().outcome.plan, policy)
            .await
            .unwrap()
    }

    async fn verified(&mut self) -> Verified {
        let everything = Selection::default();
        let policy = Policy::default();
        verify(&mut self.host, &self.portfolio, &everything, policy)
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn a_restriction_told_alone_is_forgotten_when_it_is_told_with_a_price() {
    for entry in showcase() {
        let mut stage = Stage::with(entry);
        assert_eq!(stage.tell("", 3).await.exit(), Exit::Done, "{}", entry.id);
        let price = stage.line[5].clone();
        assert_eq!(stage.tell(&price, 2).await.exit(), Exit::Done);
        let verified = stage.verified().await;
        assert_eq!(verified.differences, [], "{}", entry.id);
        assert_eq!(verified.cells.values().sum::<u64>(), 1);
    }
}
