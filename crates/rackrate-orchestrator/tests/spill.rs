//! An adapter that takes the end of an interval a night too far: the vendor confirms every
//! price that was wished, and only the night behind them tells.

#![expect(clippy::unwrap_used, reason = "a failed setup is a failed test")]

use std::sync::Arc;
use std::time::Duration;

use rackrate_catalog::{Entry, showcase};
use rackrate_core::adapter::{
    Adapter, Carry, DiscoverAsk, Discovery, Manifest, ReadAsk, Sink, Step, Submission,
};
use rackrate_core::auth::Authenticate;
use rackrate_core::chunk::Chunk;
use rackrate_core::clock::Wall;
use rackrate_core::error::Result;
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::idempotency::Idempotency;
use rackrate_core::jobs::Jobs;
use rackrate_core::limit::RateLimit;
use rackrate_core::night::Night;
use rackrate_core::shape::{Item, Shape};
use rackrate_ledger::op::Ending;
use rackrate_orchestrator::exit::Exit;
use rackrate_orchestrator::flow::apply::{Applied, apply};
use rackrate_orchestrator::flow::plan::{Wish, make};
use rackrate_orchestrator::host::Simulated;
use rackrate_orchestrator::portfolio::{Link, Portfolio};
use rackrate_orchestrator::sample::Sample;
use rackrate_plan::calendar::Calendar;
use rackrate_runtime::engine::types::Policy;
use rackrate_simulator::faults::Faults;
use rackrate_simulator::world::World;

/// 2026-12-14T09:00:00Z, before the first night of the sample's calendar.
const EPOCH: Wall = Wall(1_797_238_800_000);

/// The first and the last night that are written.
const WRITTEN: [&str; 2] = ["2027-01-05", "2027-01-10"];

/// Writes the last night's wish to the night behind it too.
#[derive(Debug)]
struct NightTooFar(Arc<dyn Adapter>);

impl Adapter for NightTooFar {
    fn manifest(&self) -> &Manifest {
        self.0.manifest()
    }

    fn auth(&self) -> &dyn Authenticate {
        self.0.auth()
    }

    fn limits(&self) -> &dyn RateLimit {
        self.0.limits()
    }

    fn idempotency(&self) -> &dyn Idempotency {
        self.0.idempotency()
    }

    fn jobs(&self) -> Option<&dyn Jobs> {
        self.0.jobs()
    }

    fn shape(&self, operation: Operation) -> Option<Shape> {
        self.0.shape(operation)
    }

    fn discover(&self, ask: &DiscoverAsk) -> Result<Request> {
        self.0.discover(ask)
    }

    fn parse_discover(
        &self,
        ask: &DiscoverAsk,
        carry: &Carry,
        response: &Response,
        out: &mut Discovery,
    ) -> Result<Step<()>> {
        self.0.parse_discover(ask, carry, response, out)
    }

    fn read(&self, ask: &ReadAsk) -> Result<Request> {
        self.0.read(ask)
    }

    fn parse_read(
        &self,
        ask: &ReadAsk,
        carry: &Carry,
        response: &Response,
        sink: &mut dyn Sink,
    ) -> Result<Step<()>> {
        self.0.parse_read(ask, carry, response, sink)
    }

    fn push(&self, chunk: &Chunk) -> Result<Request> {
        let mut chunk = chunk.clone();
        let end: Night = WRITTEN[1].parse().unwrap();
        for row in chunk.rows.iter_mut().filter(|row| row.last == end) {
            row.last = row.last.next();
        }
        self.0.push(&chunk)
    }

    fn parse_push(&self, chunk: &Chunk, response: &Response) -> Result<Submission> {
        self.0.parse_push(chunk, response)
    }
}

/// A world with one vendor, and the portfolio that goes with it.
fn stage(entry: &'static Entry, sample: &Sample) -> (Simulated, Portfolio) {
    let vendor = (entry.simulator)(sample.simulator(entry, 1, EPOCH, None)).unwrap();
    let world = World::new(1, EPOCH, vec![vendor], Faults::none());
    let mut portfolio = sample.portfolio().unwrap();
    portfolio.links.retain(|link| link.entry.id == entry.id);
    (Simulated::new(world), portfolio)
}

/// Vendors that are told where an interval ends; the others are told every night.
fn with_intervals() -> Vec<&'static Entry> {
    let sample = Sample::new(None).unwrap();
    let links = sample.portfolio().unwrap().links.into_iter();
    let takes = links.filter(|link| {
        let shape = link.adapter.shape(Operation::Push).unwrap();
        matches!(shape.item, Item::Range { .. })
    });
    takes.map(|link| link.entry).collect()
}

/// Plans some nights with the right adapter, and applies them with another one.
async fn applied(entry: &'static Entry, wrong: impl Fn(&Link) -> Arc<dyn Adapter>) -> Applied {
    let sample = Sample::new(None).unwrap();
    let (mut host, mut portfolio) = stage(entry, &sample);
    let today = |_: &_| WRITTEN[0].parse().unwrap();
    let calendar = Calendar::read(
        sample.calendar.as_bytes(),
        "rates.csv",
        &portfolio.properties,
        &today,
    );
    let wish = Wish {
        selection: format!("date:{}..{}", WRITTEN[0], WRITTEN[1])
            .parse()
            .unwrap(),
        max_age: Duration::from_secs(1800),
        ..Wish::default()
    };
    let policy = Policy::default();
    let planned = make(&mut host, &portfolio, &calendar.unwrap(), &wish, policy).await;
    for link in &mut portfolio.links {
        link.adapter = wrong(link);
    }
    let plan = planned.unwrap().outcome.plan;
    apply(&mut host, &portfolio, &plan, policy).await.unwrap()
}

#[tokio::test]
async fn the_night_behind_an_interval_taken_too_far_is_told_though_every_price_is_confirmed() {
    let entries = with_intervals();
    assert!(!entries.is_empty());
    for entry in entries {
        let wrong =
            |link: &Link| -> Arc<dyn Adapter> { Arc::new(NightTooFar(Arc::clone(&link.adapter))) };
        let applied = applied(entry, wrong).await;
        let endings: Vec<_> = applied.nights.keys().collect();
        assert_eq!(endings, [&Ending::Confirmed], "{:#?}", applied.open);
        assert_eq!(applied.exit(), Exit::Partly);
        let behind = |text: &str| text.contains("2027-01-11 was ");
        assert!(!applied.findings.is_empty(), "{}", entry.id);
        for finding in &applied.findings {
            assert_eq!(finding.code, "apply.spilled");
            assert!(behind(&finding.message), "{finding}");
        }
    }
}

#[tokio::test]
async fn an_adapter_that_keeps_to_its_nights_is_not_accused() {
    for entry in showcase() {
        let applied = applied(entry, |link| Arc::clone(&link.adapter)).await;
        assert!(applied.of(Ending::Confirmed) > 0, "{}", entry.id);
        assert_eq!(applied.findings, [], "{}", entry.id);
        assert_eq!(applied.exit(), Exit::Done);
    }
}
