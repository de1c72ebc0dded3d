//! Keeps credentials from ending for want of use.
//!
//! A call is made where the last one that is on record is too old; the record is never later
//! than the use, so a call too many is possible and one too few is not.
//!
//! Invariant: an access token that lives is used; another one is asked for only where none does.

use std::collections::BTreeMap;
use std::time::Duration;

use rackrate_core::clock::Wall;
use rackrate_core::error::ErrorKind;
use rackrate_core::finding::{Finding, Place};
use rackrate_runtime::engine::types::{ConnIx, Event, Failure, Policy, Report};

use super::round::Round;
use super::standing::Standing;
use crate::exit::Exit;
use crate::host::Host;
use crate::portfolio::Link;
use crate::problem::{Problem, Result, of_failure, of_silence};

const DAY: Duration = Duration::from_secs(24 * 3600);
/// No credential rests longer, whatever its vendor allows.
const LONGEST: Duration = Duration::from_secs(25 * 24 * 3600);

/// How long a credential may rest before a call is due: 25 days, or what its vendor allows
/// less three days, and less a sixth where that is shorter.
pub fn rests(allowed: Option<Duration>) -> Duration {
    let spared = |allowed: Duration| allowed.saturating_sub((allowed / 6).min(3 * DAY));
    allowed.map_or(LONGEST, |allowed| spared(allowed).min(LONGEST))
}

/// Whether a call is due.
pub fn is_due(one: &Standing, now: Wall) -> bool {
    let due = one.dates.used.map(|used| used.after(rests(one.may_rest())));
    due.is_none_or(|due| due <= now)
}

/// How calls ended.
#[derive(Debug)]
pub struct Touched {
    /// At each account; `None` where nothing was heard of it before the run ended.
    pub each: Vec<Option<Called>>,
    /// What is told of grants and clients beside.
    pub beside: Called,
}

/// An end, with what a person is told.
#[derive(Debug)]
pub struct Called {
    /// The exit code.
    pub exit: Exit,
    /// What is told.
    pub findings: Vec<Finding>,
}

impl Called {
    /// An end with nothing to tell.
    fn well() -> Self {
        Self {
            exit: Exit::Done,
            findings: Vec::new(),
        }
    }

    /// No call was made. Whatever a secret lacks, a person has to bring it.
    pub fn without(problem: Problem) -> Self {
        let exit = match problem.exit {
            Exit::BadInput => Exit::Person,
            exit => exit,
        };
        let findings = problem.findings;
        Self { exit, findings }
    }

    /// The run ended before its vendor had answered.
    pub fn silent(link: &Link) -> Self {
        let (exit, finding) = of_silence(Place::default(), &link.id);
        let findings = vec![finding];
        Self { exit, findings }
    }

    fn failed(failure: &Failure, link: &Link) -> Self {
        let (exit, finding) = of_failure(failure, Place::default(), &link.id);
        // That is told once for all accounts of a client.
        let findings = match failure.kind {
            ErrorKind::Suspended => Vec::new(),
            _ => vec![finding],
        };
        Self { exit, findings }
    }
}

/// Uses the credentials of these accounts once, all at the same time.
///
/// # Errors
/// When the ledger fails.
pub async fn touch(host: &mut dyn Host, links: &[Link], policy: Policy) -> Result<Touched> {
    let round = Round::of(host, links, policy, |at, _| vec![Event::Touch(at)]).await?;
    let mut ends: BTreeMap<ConnIx, std::result::Result<(), Failure>> = BTreeMap::new();
    let mut beside = Called::well();
    for report in &round.reports {
        if let Some((exit, finding)) = round.holders.told(report) {
            beside.exit = beside.exit.and(exit);
            beside.findings.push(finding);
        }
        match report {
            Report::Touched(at) => drop(ends.insert(*at, Ok(()))),
            Report::DiscoverFailed(at, failure) => drop(ends.insert(*at, Err(failure.clone()))),
            _ => {}
        }
    }
    let called = |(link, place): (&Link, Result<ConnIx>)| match place {
        Err(problem) => Some(Called::without(problem)),
        Ok(at) => ends.get(&at).map(|end| match end {
            Ok(()) => Called::well(),
            Err(failure) => Called::failed(failure, link),
        }),
    };
    let each = links.iter().zip(round.places).map(called).collect();
    Ok(Touched { each, beside })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::creds::standing::tests::{NOW, connected, key};

    #[test]
    fn nothing_rests_longer_than_25_days_and_a_margin_is_left_before_every_limit() {
        let days = |allowed: Option<u32>| rests(allowed.map(|days| days * DAY)).as_secs() / 3600;
        let hours = [None, Some(365), Some(30), Some(28), Some(12), Some(1)].map(days);
        assert_eq!(hours, [25 * 24, 25 * 24, 25 * 24, 25 * 24, 10 * 24, 20]);
    }

    #[test]
    fn a_call_is_due_when_the_last_one_on_record_is_too_old_or_there_is_none() {
        let used = |days: i64| {
            let mut one = key();
            one.dates.used = Some(Wall(NOW.0 - days * 24 * 3600 * 1000));
            is_due(&one, NOW)
        };
        assert_eq!(
            [used(0), used(24), used(25), used(400)],
            [false, false, true, true]
        );
        assert!(is_due(&key(), NOW));
        assert!(is_due(&connected(), NOW), "a consent is no use yet");
    }
}
