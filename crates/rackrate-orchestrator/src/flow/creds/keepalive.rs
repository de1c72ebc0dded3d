//! Keeps credentials from ending for want of use.
//!
//! A call is made where the last one that is on record is too old; the record is never later
//! than the use, so a call too many is possible and one too few is not.
//!
//! Invariant: an access token that lives is used; another one is asked for only where none does.

use std::time::Duration;

use rackrate_core::clock::Wall;
use rackrate_core::finding::Place;
use rackrate_runtime::engine::types::{ConnIx, Event, Policy, Report};

use super::super::assemble::Bench;
use super::super::standing::Holders;
use super::Settled;
use super::standing::Standing;
use crate::host::Host;
use crate::portfolio::Link;
use crate::problem::{Result, of_failure, of_silence};

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

/// Uses an account's credential once.
///
/// # Errors
/// When the ledger fails, or the account cannot be used.
pub async fn touch(host: &mut dyn Host, link: &Link, policy: Policy) -> Result<Settled> {
    let ledger = host.ledger();
    let links = std::slice::from_ref(link);
    let bench = Bench::new(links, ledger.as_ref(), policy, host.now()).await?;
    let events = vec![Event::Touch(ConnIx(0))];
    let job = bench.job(ledger.as_ref(), false, events).await?;
    let holders = Holders::of(&job.setup);
    let mut told = None;
    for report in host.work(job).await? {
        told = told.or(holders.told(&report));
        match report {
            Report::Touched(_) => return Ok(Settled::Done(told.map(|(_, finding)| finding))),
            Report::DiscoverFailed(_, failure) => {
                let (exit, finding) = of_failure(&failure, Place::default(), &link.id);
                return Ok(Settled::Stopped(exit, finding));
            }
            _ => {}
        }
    }
    let (exit, finding) = of_silence(Place::default(), &link.id);
    Ok(Settled::Stopped(exit, finding))
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
