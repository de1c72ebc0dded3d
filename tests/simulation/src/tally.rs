//! Many seeds, added up: what was found, and which faults and crashes there really were.
//!
//! Invariant: the sum depends on the seeds alone, not on how many threads played them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rackrate_core::exchange::Operation;
use rackrate_simulator::faults::Fate;
use rackrate_simulator::world::Boundary;

use crate::judge::{Verdict, judge};
use crate::play::{Played, play};
use crate::scenario::Scenario;

/// The sum over many seeds.
#[derive(Debug, Default)]
pub struct Tally {
    /// Seeds played.
    pub seeds: u64,
    /// What was found.
    pub verdict: Verdict,
    /// Seeds whose run ended with an error: the ledger refused, or the engine never rested.
    pub broken_off: u64,
    /// Seeds that went another way when they were played again.
    pub unlike: u64,
    /// What failed, by seed, in words.
    pub failed: BTreeMap<u64, String>,
    crashes: BTreeMap<Boundary, u64>,
    faults: BTreeMap<(Fate, Operation), u64>,
}

/// Which seeds to play.
#[derive(Clone, Copy, Debug)]
pub struct Plan<'a> {
    /// From zero, so many.
    pub seeds: u64,
    /// Stop at the first seed that fails.
    pub first: bool,
    /// Vendors to draw from.
    pub vendors: &'a [&'a str],
}

impl Plan<'_> {
    /// The command that plays one seed again.
    pub fn replay(&self, seed: u64) -> String {
        format!(
            "cargo xtask sim-test --seed {seed} --vendors {}",
            self.vendors.join(",")
        )
    }

    /// Plays the seeds on all processors, and tells each failure at once.
    pub fn play(&self, tell: impl Fn(u64, &str) + Sync) -> Tally {
        let (next, stop) = (AtomicU64::new(0), AtomicBool::new(false));
        let work = || {
            let mut tally = Tally::default();
            while !stop.load(Ordering::Relaxed) {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= self.seeds {
                    break;
                }
                tally.take(seed, self.vendors);
                if let Some(why) = tally.failed.get(&seed) {
                    tell(seed, why);
                    stop.fetch_or(self.first, Ordering::Relaxed);
                }
            }
            tally
        };
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let mut sum = Tally::default();
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            for worker in workers {
                match worker.join() {
                    Ok(tally) => sum.add(tally),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
        });
        sum
    }
}

impl Tally {
    /// Plays a seed and counts what it shows.
    pub fn take(&mut self, seed: u64, vendors: &[&str]) {
        self.seeds += 1;
        let played = Scenario::of(seed, vendors).and_then(|scenario| {
            let played = play(&scenario, false)?;
            Ok((scenario, played))
        });
        match played {
            Ok((scenario, played)) => self.count(&scenario, &played),
            Err(error) => {
                self.broken_off += 1;
                self.failed.insert(seed, format!("{error:#}"));
            }
        }
    }

    fn count(&mut self, scenario: &Scenario, played: &Played) {
        let verdict = judge(scenario, played);
        self.verdict.add(&verdict);
        for boundary in &played.crashes {
            *self.crashes.entry(*boundary).or_default() += 1;
        }
        for (fate, count) in &played.world.fates {
            *self.faults.entry(*fate).or_default() += count;
        }
        // Playing everything twice would cost as much again, and one seed in a hundred shows
        // whatever is not decided by the seed.
        let again = scenario
            .seed
            .is_multiple_of(100)
            .then(|| play(scenario, false));
        let unlike = again.is_some_and(|again| !again.is_ok_and(|again| again.is_like(played)));
        self.unlike += u64::from(unlike);
        if unlike || !verdict.is_clean() {
            let found = found(
                verdict
                    .counts()
                    .into_iter()
                    .chain([("unlike", u64::from(unlike))]),
            );
            self.failed.insert(scenario.seed, found);
        }
    }

    fn add(&mut self, other: Self) {
        self.seeds += other.seeds;
        self.verdict.add(&other.verdict);
        self.broken_off += other.broken_off;
        self.unlike += other.unlike;
        self.failed.extend(other.failed);
        for (boundary, count) in other.crashes {
            *self.crashes.entry(boundary).or_default() += count;
        }
        for (fate, count) in other.faults {
            *self.faults.entry(fate).or_default() += count;
        }
    }

    /// Everything that has to be zero, with its name.
    pub fn counts(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let more = [("broken off", self.broken_off), ("unlike", self.unlike)];
        self.verdict.counts().into_iter().chain(more)
    }
}

/// The counts that are not zero, in words.
fn found(counts: impl Iterator<Item = (&'static str, u64)>) -> String {
    let found = counts.filter(|(_, count)| *count > 0);
    let words: Vec<_> = found
        .map(|(name, count)| format!("{name} {count}"))
        .collect();
    words.join(", ")
}

/// The tables; the last line says how many seeds failed, and the counts that found them.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<14} {:>8}", "crash before", "times")?;
        for (boundary, count) in &self.crashes {
            writeln!(f, "{:<14} {count:>8}", format!("{boundary:?}"))?;
        }
        const COLUMNS: [(Operation, &str); 5] = [
            (Operation::Token, "token"),
            (Operation::Read, "read"),
            (Operation::Push, "push"),
            (Operation::Poll, "poll"),
            (Operation::LookUp, "look up"),
        ];
        write!(f, "\n{:<14}", "fault")?;
        for (_, name) in COLUMNS {
            write!(f, " {name:>8}")?;
        }
        writeln!(f)?;
        for fate in std::iter::once(Fate::Fine).chain(Fate::FAULTS) {
            write!(f, "{:<14}", format!("{fate:?}"))?;
            for (operation, _) in COLUMNS {
                let count = self.faults.get(&(fate, operation)).copied();
                write!(f, " {:>8}", count.unwrap_or_default())?;
            }
            writeln!(f)?;
        }
        writeln!(f)?;
        for (name, count) in self.counts() {
            writeln!(f, "{name:<16} {count:>6}")?;
        }
        write!(f, "\n{} seeds, {} failed", self.seeds, self.failed.len())?;
        match found(self.counts()).as_str() {
            "" => Ok(()),
            found => write!(f, ": {found}"),
        }
    }
}
