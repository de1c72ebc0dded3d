//! Progress at a terminal: for each connection, how many requests the vendor has taken.
//!
//! Invariant: a bar and a line of words never write into each other, so whatever goes to
//! standard error while bars are up goes through [`stderr`].

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::LazyLock;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use rackrate_ledger::op::ChunkState;
use rackrate_runtime::engine::types::{ConnIx, Event, LaneIx, Report};

use crate::host::Job;

/// All bars; hidden where standard error is no terminal.
static ALL: LazyLock<MultiProgress> =
    LazyLock::new(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr()));

/// No colour, and on a narrow terminal the counts outlast the bar.
const TEMPLATE: &str = "{prefix} {pos}/{len} requests {wide_bar}";

/// The bars of a job; they go away with it.
#[derive(Debug)]
pub struct Bars {
    lanes: Vec<ConnIx>,
    bars: BTreeMap<ConnIx, ProgressBar>,
}

impl Bars {
    /// Puts up a bar for each connection that has requests to take.
    pub fn begin(job: &Job) -> Self {
        let lanes: Vec<_> = job.setup.lanes.iter().map(|lane| lane.connection).collect();
        let mut bars = BTreeMap::new();
        for (connection, requests) in planned(job, &lanes) {
            let bar = ALL.add(ProgressBar::new(requests));
            let style = ProgressStyle::with_template(TEMPLATE);
            // The template is fixed, and a bar without it is still a bar.
            bar.set_style(
                style
                    .unwrap_or_else(|_| ProgressStyle::default_bar())
                    .progress_chars("=> "),
            );
            bar.set_prefix(job.setup.connections[connection.0].id.to_string());
            bar.tick();
            bars.insert(connection, bar);
        }
        Self { lanes, bars }
    }

    /// Takes note of a report.
    pub fn told(&self, report: &Report) {
        if let Report::Accepted(lane) = report
            && let Some(bar) = self.lanes.get(lane.0).and_then(|at| self.bars.get(at))
        {
            bar.inc(1);
        }
    }
}

impl Drop for Bars {
    fn drop(&mut self) {
        for bar in self.bars.values() {
            bar.finish_and_clear();
        }
    }
}

/// How many requests each connection has before it: new ones, and those left to settle.
fn planned(job: &Job, lanes: &[ConnIx]) -> BTreeMap<ConnIx, u64> {
    let new = job.events.iter().flat_map(|event| match event {
        Event::NewDesired { lanes, .. } => lanes.as_slice(),
        _ => &[],
    });
    let new = new.map(|(lane, chunks)| (*lane, chunks.len() as u64));
    let unsettled = job.recovered.unfinished.iter();
    let left = unsettled
        .filter(|record| record.state != ChunkState::Answered)
        .filter_map(|record| {
            let mut all = job.setup.lanes.iter();
            let lane = all.position(|lane| lane.key == record.id.lane)?;
            Some((LaneIx(lane), 1))
        });
    let mut planned = BTreeMap::new();
    for (lane, requests) in new.chain(left) {
        if let Some(connection) = lanes.get(lane.0) {
            *planned.entry(*connection).or_default() += requests;
        }
    }
    planned
}

/// Standard error, with the bars out of the way while something is written.
pub fn stderr() -> impl Write {
    Stderr
}

struct Stderr;

impl Write for Stderr {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        ALL.suspend(|| io::stderr().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
