//! What this process used up so far, as Linux tells it.

use std::fs::read_to_string;
use std::time::Instant;

use anyhow::{Context, Result};

/// Linux counts CPU time for its users in hundredths of a second on every machine.
const TICK: u64 = 10_000;

/// CPU time of all threads, in microseconds.
pub(crate) fn cpu() -> Result<u64> {
    let stat = read_to_string("/proc/self/stat")?;
    // The second field is the program's name, which may hold blanks.
    let (_, rest) = stat.rsplit_once(')').context("/proc/self/stat")?;
    let mut fields = rest.split_whitespace().skip(11).map(str::parse::<u64>);
    let (user, system) = (fields.next(), fields.next());
    let (user, system) = user.zip(system).context("/proc/self/stat is short")?;
    Ok((user? + system?) * TICK)
}

/// The most memory it ever had, in KiB.
pub(crate) fn peak() -> Result<u64> {
    let status = read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let line = line.context("/proc/self/status has no VmHWM")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse()?)
}

#[expect(clippy::disallowed_methods, reason = "measuring time takes a clock")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Milliseconds since then.
pub(crate) fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
