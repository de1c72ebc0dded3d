//! One run against the account: the program's flows, held to the subject.
//!
//! Invariant: what [`Session::put`] sends has passed [`Subject::holds`].

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rackrate_core::chunk::Target;
use rackrate_core::finding::{Finding, Place};
use rackrate_core::ids::Ids;
use rackrate_core::night::Night;
use rackrate_ledger::lease::Lease;
use rackrate_ledger::op::{ChunkState, Ending};
use rackrate_orchestrator::exit::Exit;
use rackrate_orchestrator::flow::apply::{Applied, apply, resume};
use rackrate_orchestrator::flow::assemble::Bench;
use rackrate_orchestrator::flow::discover::{Found, discover};
use rackrate_orchestrator::flow::plan::{Planned, Wish, make};
use rackrate_orchestrator::host::{Host, Live};
use rackrate_orchestrator::portfolio::{Link, Portfolio};
use rackrate_orchestrator::problem::{Problem, Result, of_failure, of_silence};
use rackrate_plan::allow::{Allow, Waivable};
use rackrate_plan::plan::Plan;
use rackrate_plan::selection::Nights;
use rackrate_runtime::engine::types::{Event, Policy, Report};
use rackrate_runtime::observation::Observation;

use crate::account::{Account, Asked};
use crate::subject::Subject;
use crate::wishes::Wishes;

/// What was seen, or in words why it is wrong.
pub(crate) type Said<T> = std::result::Result<T, String>;

/// Beyond the settle time, so long is read-back waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// A run against one account.
#[derive(Debug)]
pub(crate) struct Session {
    host: Live,
    /// The hotels and names.
    pub(crate) portfolio: Portfolio,
    /// What is to be tried.
    pub(crate) asked: Asked,
    /// Where the values to put back are kept.
    pub(crate) restore_file: PathBuf,
    policy: Policy,
    /// Nights that changed beside those written, in any write so far.
    pub(crate) spilled: Vec<Finding>,
    _lease: Lease,
}

/// Why something is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To see whether it works; the guards hold.
    Test,
    /// To put back what was there, which no guard may keep us from.
    Restore,
}

/// What a write came to, when all of it was confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Put {
    /// Rows of the plan; without any nothing was sent.
    pub(crate) rows: usize,
    /// Requests that the vendor took.
    pub(crate) requests: u64,
}

impl Session {
    /// Opens the ledger and the way out.
    ///
    /// # Errors
    /// When either cannot be had, or the configured ledger is in use.
    pub(crate) async fn open(account: Account) -> Result<Self> {
        let lease = account.quiet().await?;
        let host = Live::open(&account.ledger(), account.config.apply.grace.0).await?;
        let settle = account.portfolio.links.iter();
        let settle = settle.map(|link| link.adapter.manifest().settle).max();
        let policy = Policy {
            deadline: account.config.apply.deadline.0,
            wait: account
                .config
                .apply
                .wait
                .0
                .max(settle.unwrap_or_default() + PATIENCE),
            ..Policy::default()
        };
        Ok(Self {
            host,
            restore_file: account.restore_file(),
            portfolio: account.portfolio,
            asked: account.asked,
            policy,
            spilled: Vec::new(),
            _lease: lease,
        })
    }

    /// The host's clock.
    pub(crate) fn now(&self) -> rackrate_core::clock::Wall {
        self.host.now()
    }

    /// The signal that came, so that nothing more is tried; taken, so that what was changed
    /// can still be put back.
    pub(crate) fn take_signal(&mut self) -> Option<Exit> {
        self.host.interrupted.take()
    }

    /// Whether a signal came.
    pub(crate) fn is_interrupted(&self) -> bool {
        self.host.interrupted.is_some()
    }

    /// The account of a subject.
    pub(crate) fn link(&self, subject: &Subject) -> Result<&Link> {
        let link = self.portfolio.link(&subject.connection);
        link.ok_or_else(|| {
            let finding = Finding::error("live.unknown_connection", subject.place(), "it is gone");
            finding.hint("Add it to the configuration again.").into()
        })
    }

    /// Asks what the account sells.
    ///
    /// # Errors
    /// When the ledger fails.
    pub(crate) async fn discover(&mut self) -> Result<Found> {
        discover(&mut self.host, &self.portfolio, |_| true, self.policy).await
    }

    /// Reads nights of the property; of what is `expected` a night that is not shown has no
    /// price.
    ///
    /// # Errors
    /// When the ledger fails.
    pub(crate) async fn read(
        &mut self,
        target: &Arc<Target>,
        expected: Vec<(Ids, u8)>,
        (first, last): (Night, Night),
    ) -> Result<Said<Arc<Observation>>> {
        let (ledger, now) = (self.host.ledger(), self.host.now());
        let links = &self.portfolio.links;
        let mut bench = Bench::new(links, ledger.as_ref(), self.policy, now).await?;
        let lane = bench.lane(target, expected);
        let events = lane.map(|lane| Event::Read { lane, first, last });
        let job = bench
            .job(ledger.as_ref(), false, events.into_iter().collect())
            .await?;
        let place = || Place::property(&target.property, &target.facts.name);
        let mut said = Err(of_silence(place(), &target.connection));
        for report in self.host.work(job).await? {
            match report {
                Report::Read(_, seen) => said = Ok(seen),
                Report::ReadFailed(_, why) => {
                    said = Err(of_failure(&why, place(), &target.connection))
                }
                _ => {}
            }
        }
        Ok(said.map_err(|(_, finding)| words(&[finding])))
    }

    /// Plans the wishes against what the account shows now, and sends nothing.
    ///
    /// # Errors
    /// When the ledger fails; `live.outside`.
    pub(crate) async fn plan(
        &mut self,
        subject: &Subject,
        wishes: Wishes,
        purpose: Purpose,
    ) -> Result<Said<Plan>> {
        let wish = wish(subject, purpose);
        let calendar = wishes.calendar(subject);
        let planned = make(
            &mut self.host,
            &self.portfolio,
            &calendar,
            &wish,
            self.policy,
        )
        .await?;
        match refusals(subject, &planned) {
            Some(why) => Ok(Err(why)),
            None => {
                subject.holds(&planned.outcome.plan)?;
                Ok(Ok(planned.outcome.plan))
            }
        }
    }

    /// Makes the wishes come true, and says how far they were confirmed.
    ///
    /// # Errors
    /// When the ledger fails; `live.outside`.
    pub(crate) async fn put(
        &mut self,
        subject: &Subject,
        wishes: Wishes,
        purpose: Purpose,
    ) -> Result<Said<Put>> {
        let plan = match self.plan(subject, wishes, purpose).await? {
            Ok(plan) => plan,
            Err(why) => return Ok(Err(why)),
        };
        let rows = plan.lanes.iter().map(|lane| lane.rows.len()).sum();
        if rows == 0 {
            return Ok(Ok(Put { rows, requests: 0 }));
        }
        match apply(&mut self.host, &self.portfolio, &plan, self.policy).await {
            Ok(applied) => {
                let requests = applied.requests;
                Ok(self.confirmed(applied).map(|()| Put { rows, requests }))
            }
            Err(problem) if is_about_the_plan(&problem) => Ok(Err(words(&problem.findings))),
            Err(problem) => Err(problem),
        }
    }

    /// Settles what may still be on its way: a price that arrives after the old one was put
    /// back would stay.
    ///
    /// # Errors
    /// When the ledger fails.
    pub(crate) async fn settle(&mut self) -> Result<Said<()>> {
        if self.host.ledger().recover().await?.unfinished.is_empty() {
            return Ok(Ok(()));
        }
        let _ = resume(&mut self.host, &self.portfolio, self.policy).await?;
        let left = self.host.ledger().recover().await?.unfinished;
        let open = left.iter().find(|one| one.state != ChunkState::Answered);
        Ok(match open {
            Some(one) => Err(format!("{} is {} and may still arrive", one.id, one.state)),
            None => Ok(()),
        })
    }

    fn confirmed(&mut self, mut applied: Applied) -> Said<()> {
        let spilled = |one: &Finding| one.code == "apply.spilled";
        let (spilled, others) = std::mem::take(&mut applied.findings)
            .into_iter()
            .partition::<Vec<_>, _>(spilled);
        self.spilled.extend(spilled);
        if let Some(open) = applied.open.first() {
            let reason = match open.reason.as_str() {
                "" => String::new(),
                reason => format!(": {reason}"),
            };
            return Err(format!("{} from {} on{reason}", open.ending, open.first));
        }
        if !others.is_empty() {
            return Err(words(&others));
        }
        match applied.of(Ending::Confirmed) {
            0 => Err("the run ended before anything was confirmed".to_owned()),
            _ => Ok(()),
        }
    }
}

fn wish(subject: &Subject, purpose: Purpose) -> Wish {
    let allow = |guard| Allow {
        guard,
        property: subject.property.clone(),
        room_type: Some(subject.room_type.clone()),
        date: Some(Nights {
            first: subject.first,
            last: subject.last,
        }),
    };
    let restoring = purpose == Purpose::Restore;
    let allows = Waivable::ALL.into_iter().filter(|_| restoring).map(allow);
    Wish {
        allows: allows.collect(),
        first_push: restoring,
        author: "live-conformance".to_owned(),
        reason: match purpose {
            Purpose::Test => "a live conformance test",
            Purpose::Restore => "to put back what a live conformance test changed",
        }
        .to_owned(),
        // Only what is read in this minute tells what the account shows.
        max_age: Duration::ZERO,
        ..Wish::default()
    }
}

/// Why there is no plan for the property.
fn refusals(subject: &Subject, planned: &Planned) -> Option<String> {
    let plan = &planned.outcome.plan;
    let ours = |property: Option<&_>| property.is_none_or(|one| *one == subject.property);
    let refused = plan.refused.iter().filter(|one| ours(Some(&one.property)));
    let refused: Vec<_> = refused.flat_map(|one| one.findings.clone()).collect();
    if !refused.is_empty() {
        return Some(words(&refused));
    }
    let is_there = plan
        .lanes
        .iter()
        .any(|lane| lane.property == subject.property);
    let found = planned.findings.iter().chain(&planned.outcome.findings);
    let found: Vec<_> = found
        .filter(|one| ours(one.place.property.as_ref()))
        .cloned()
        .collect();
    (!is_there).then(|| words(&found))
}

fn is_about_the_plan(problem: &Problem) -> bool {
    let plan = |finding: &Finding| finding.code.starts_with("plan.");
    problem.findings.iter().all(plan)
}

/// Findings in one line; the place is known to whoever reads it.
pub(crate) fn words(findings: &[Finding]) -> String {
    let one = |finding: &Finding| format!("{} [{}]", finding.message, finding.code);
    let all: Vec<_> = findings.iter().map(one).collect();
    match all.is_empty() {
        true => "the account could not be asked".to_owned(),
        false => all.join("; "),
    }
}
