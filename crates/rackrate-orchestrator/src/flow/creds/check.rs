//! Tries credentials on their vendors: is a token to be had, is it taken, what may it do, what
//! does it reach.
//!
//! What is asked is decided by the engine, so a token that lives is used and a refresh token is
//! not spent on a check. What the answers mean is decided here, without I/O.
//!
//! Invariant: a credential that cannot be checked fails; it is never taken for good.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use rackrate_core::adapter::{Adapter, Discovery};
use rackrate_core::clock::Wall;
use rackrate_core::error::{Delivery, ErrorKind};
use rackrate_core::exchange::Operation;
use rackrate_core::finding::{Finding, Place};
use rackrate_core::ids::{ConnectionId, VendorId};
use rackrate_core::scope::Granted;
use rackrate_plan::planner::Role;
use rackrate_runtime::engine::types::{ConnIx, Event, Failure, Policy, Report};
use serde::Serialize;

use super::super::standing::beyond;
use super::forecast::{Ending, forecast};
use super::round::Round;
use super::standing::Standing;
use crate::exit::Exit;
use crate::host::Host;
use crate::portfolio::Link;
use crate::problem::{Problem, Result, of_failure, of_silence};

/// A clock that is further off is told: signed statements begin to be refused.
const CLOCK_WARNS: Duration = Duration::from_secs(60);
/// A clock that is further off fails: the dates of the audit trail are wrong, and signed
/// requests are refused.
const CLOCK_FAILS: Duration = Duration::from_secs(300);
/// What ends so soon by a person's neglect is told.
const SOON: Duration = Duration::from_secs(14 * 24 * 3600);

/// What came of one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It is as it should be.
    Good,
    /// It cannot be told.
    Untold,
    /// It works, and somebody should look.
    Warning,
    /// It does not work.
    Failed,
}

/// One question about a credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was asked, in one word.
    pub what: &'static str,
    /// What came of it.
    pub verdict: Verdict,
    /// The answer, short.
    pub answer: String,
}

/// Everything about one account's credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The account.
    pub connection: ConnectionId,
    /// The questions, in the order in which they were asked.
    pub checks: Vec<Check>,
    /// What a person is told.
    pub findings: Vec<Finding>,
    /// The exit code that leads to.
    pub exit: Exit,
}

/// What the vendor let us see.
#[derive(Debug, Default)]
pub struct Seen {
    listed: Option<Arc<Discovery>>,
    failure: Option<Failure>,
    introspected: Option<Result<bool, Failure>>,
    /// By how much the vendor's clock is ahead of ours, in milliseconds.
    ahead: Option<i64>,
}

impl Seen {
    /// Whether its vendor said nothing at all before the run ended.
    pub fn is_silence(&self) -> bool {
        self.listed.is_none() && self.failure.is_none()
    }

    /// Why there is no list of properties.
    fn why_not(&self, connection: &ConnectionId) -> Option<(Exit, Finding)> {
        let place = Place::default;
        match &self.failure {
            Some(failure) => Some(of_failure(failure, place(), connection)),
            None => self.is_silence().then(|| of_silence(place(), connection)),
        }
    }
}

impl Checked {
    /// What is known when a credential cannot even be asked about.
    pub fn without(connection: &ConnectionId, problem: Problem) -> Self {
        let mut checked = Self::new(connection);
        let why = problem.findings.first();
        let why = why.map_or_else(String::new, |finding| finding.message.clone());
        checked.add("credential", Verdict::Failed, why);
        // Whatever its secret lacks, a person has to bring it.
        checked.exit = match problem.exit {
            Exit::BadInput => Exit::Person,
            exit => exit,
        };
        checked.findings = problem.findings;
        checked
    }

    fn new(connection: &ConnectionId) -> Self {
        Self {
            connection: connection.clone(),
            checks: Vec::new(),
            findings: Vec::new(),
            exit: Exit::Done,
        }
    }

    /// The worst of its answers.
    pub fn verdict(&self) -> Verdict {
        let all = self.checks.iter().map(|check| check.verdict);
        let worst = all.filter(|verdict| *verdict != Verdict::Untold).max();
        worst.unwrap_or(Verdict::Untold)
    }

    fn add(&mut self, what: &'static str, verdict: Verdict, answer: impl Into<String>) {
        let answer = answer.into();
        self.checks.push(Check {
            what,
            verdict,
            answer,
        });
    }

    fn place(&self) -> Place {
        Place::default().on(&self.connection)
    }

    fn fail(&mut self, exit: Exit, finding: Finding) {
        self.exit = self.exit.and(exit);
        self.findings.push(finding);
    }
}

/// Asks the vendors of these accounts, all at once.
///
/// # Errors
/// When the ledger fails; the inner ones when an account cannot be used.
pub async fn ask(host: &mut dyn Host, links: &[Link], policy: Policy) -> Result<Vec<Result<Seen>>> {
    // First, so that a refresh token is asked about before anybody might have to use it.
    let events = |at, grant| vec![Event::Introspect(grant), Event::Discover(at)];
    let round = Round::of(host, links, policy, events).await?;
    let mut seen: BTreeMap<ConnIx, Seen> = BTreeMap::new();
    for report in &round.reports {
        match report {
            Report::Discovered(at, listed) => {
                seen.entry(*at).or_default().listed = Some(Arc::clone(listed));
            }
            Report::DiscoverFailed(at, failure) => {
                seen.entry(*at).or_default().failure = Some(failure.clone());
            }
            Report::Introspected(grant, told) => {
                if let Some(at) = round.holder(*grant) {
                    seen.entry(at).or_default().introspected = Some(told.clone());
                }
            }
            Report::Clock {
                connection,
                vendor,
                ours,
            } => seen.entry(*connection).or_default().ahead = Some(vendor.0 - ours.0),
            _ => {}
        }
    }
    let each = round.places.into_iter();
    Ok(each
        .map(|at| at.map(|at| seen.remove(&at).unwrap_or_default()))
        .collect())
}

/// What it means; `after` is what the ledger knows since then.
pub fn judge(link: &Link, seen: &Seen, after: &Standing, now: Wall) -> Checked {
    let mut checked = Checked::new(&link.id);
    refresh(&mut checked, seen);
    match seen.why_not(&link.id) {
        Some((exit, finding)) => {
            checked.add("call", Verdict::Failed, finding.message.clone());
            checked.fail(exit, finding);
        }
        None => checked.add("call", Verdict::Good, "answered"),
    }
    token(&mut checked, after);
    let operations: &[Operation] = match link.role {
        Role::Write => &[Operation::Discover, Operation::Read, Operation::Push],
        Role::Observe => &[Operation::Discover, Operation::Read],
    };
    scopes(&mut checked, link.adapter.as_ref(), after, operations);
    clock(&mut checked, seen.ahead);
    if let Some(listed) = &seen.listed {
        reach(&mut checked, &link.mapped, listed);
    }
    let soon = forecast(std::slice::from_ref(after), now, SOON);
    soon.iter()
        .filter(|ending| ending.needs_person(now.after(SOON)))
        .for_each(|ending| ends(&mut checked, ending));
    checked
}

fn refresh(checked: &mut Checked, seen: &Seen) {
    match &seen.introspected {
        None => {}
        Some(Ok(true)) => checked.add("refresh", Verdict::Good, "active"),
        Some(Ok(false)) => {
            checked.add("refresh", Verdict::Failed, "ended");
            let text = "the vendor says that the refresh token is not good any more";
            let ended = failure(ErrorKind::Reconnect, text.to_owned());
            let (exit, finding) = of_failure(&ended, Place::default(), &checked.connection);
            checked.fail(exit, finding);
        }
        Some(Err(failure)) => {
            checked.add("refresh", Verdict::Warning, "not told");
            let message = format!(
                "the vendor did not say whether the refresh token is good: {}",
                failure.text
            );
            let finding = Finding::warning("creds.not_introspected", checked.place(), message);
            checked.findings.push(finding);
        }
    }
}

fn token(checked: &mut Checked, after: &Standing) {
    if let Some(until) = after.token_until {
        let until = &until.to_string()[..16].replace('T', " ");
        checked.add("token", Verdict::Good, until.as_str());
    }
}

fn scopes(
    checked: &mut Checked,
    adapter: &dyn Adapter,
    after: &Standing,
    operations: &[Operation],
) {
    let Some(granted) = &after.granted else {
        return checked.add("scopes", Verdict::Untold, "not told");
    };
    let granted = Granted::of(granted);
    let missing = missing(adapter, &after.asked, &granted, operations);
    if !missing.is_empty() {
        let missing = missing.into_iter().collect::<Vec<_>>().join(", ");
        checked.add("scopes", Verdict::Failed, format!("without {missing}"));
        let text = format!("the vendor did not grant {missing}");
        let less = failure(ErrorKind::Unscoped, text);
        let (exit, finding) = of_failure(&less, Place::default(), &checked.connection);
        return checked.fail(exit, finding);
    }
    let needs = adapter.scopes();
    let more = needs.map(|needs| needs.beyond(&granted, &after.asked));
    let more = more.filter(|more| !more.is_empty());
    let verdict = more.as_ref().map_or(Verdict::Good, |_| Verdict::Warning);
    checked.add("scopes", verdict, granted.to_string());
    let told = more.map(|more| beyond(&checked.connection, &more));
    checked.findings.extend(told);
}

/// What was not granted, with what it is needed for where the adapter says.
fn missing(
    adapter: &dyn Adapter,
    asked: &[String],
    granted: &Granted,
    operations: &[Operation],
) -> BTreeSet<String> {
    let Some(needs) = adapter.scopes() else {
        let missing = asked.iter().filter(|scope| !granted.has(scope));
        return missing.cloned().collect();
    };
    let each = operations.iter().flat_map(|one| {
        let missing = needs.missing(*one, granted).into_iter();
        missing.map(move |scope| format!("{scope} (to {one})"))
    });
    each.collect()
}

/// A failure that we found in what a vendor said.
fn failure(kind: ErrorKind, text: String) -> Failure {
    Failure {
        kind,
        delivery: Delivery::Refused,
        answered: true,
        code: String::new(),
        text,
        retry_after: None,
    }
}

fn clock(checked: &mut Checked, ahead: Option<i64>) {
    let Some(ahead) = ahead else {
        return checked.add("clock", Verdict::Untold, "not told");
    };
    let (off, seconds) = (Duration::from_millis(ahead.unsigned_abs()), ahead / 1000);
    let verdict = match off {
        off if off > CLOCK_FAILS => Verdict::Failed,
        off if off > CLOCK_WARNS => Verdict::Warning,
        _ => Verdict::Good,
    };
    checked.add("clock", verdict, format!("{seconds:+} s"));
    let side = if ahead < 0 { "behind" } else { "ahead of" };
    let message = format!(
        "the vendor's clock is {} s {side} ours",
        seconds.unsigned_abs()
    );
    let hint = "Set this machine's clock by NTP; if it is right, tell the vendor.";
    match verdict {
        Verdict::Failed => {
            let finding = Finding::error("creds.clock", checked.place(), message).hint(hint);
            checked.fail(Exit::Failed, finding);
        }
        Verdict::Warning => {
            let finding = Finding::warning("creds.clock", checked.place(), message).hint(hint);
            checked.findings.push(finding);
        }
        Verdict::Good | Verdict::Untold => {}
    }
}

fn reach(checked: &mut Checked, mapped: &[VendorId], listed: &Discovery) {
    let listed: BTreeSet<_> = listed.properties.iter().map(|one| &one.id).collect();
    let missing: Vec<_> = mapped.iter().filter(|id| !listed.contains(id)).collect();
    let reached = mapped.len() - missing.len();
    let verdict = match missing.is_empty() {
        true => Verdict::Good,
        false => Verdict::Failed,
    };
    checked.add("hotels", verdict, format!("{reached} of {}", mapped.len()));
    for id in missing {
        let message = format!("the vendor shows no property {id}");
        let finding = Finding::error("mapping.not_at_vendor", checked.place(), message).hint(
            "Check vendor_property in mapping.csv, and that the credential reaches this hotel.",
        );
        checked.fail(Exit::Failed, finding);
    }
}

fn ends(checked: &mut Checked, ending: &Ending) {
    let Some(at) = ending.at else { return };
    let day = &at.to_string()[..10];
    checked.add("expiry", Verdict::Warning, day);
    let message = format!("the {} ends on {day}: {}", ending.what, ending.rule);
    let finding = Finding::warning("creds.ends", checked.place(), message)
        .hint("`rackrate creds forecast` says who has to act.");
    checked.findings.push(finding);
}

#[cfg(test)]
mod tests;
