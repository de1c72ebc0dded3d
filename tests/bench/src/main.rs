//! Measures what a run costs, and prints a table: planning, the driver, verification, and how
//! many requests a year of a property takes.
//!
//! Each figure about time or memory is taken in a process of its own, which this program
//! starts from itself, so that one measurement does not colour the next. Nothing is asserted
//! about them: machines differ, and the figures are for reading.
//!
//! Invariant: a ratio compares two measurements of one run on one machine.

#![expect(clippy::print_stdout, reason = "the table is this program's result")]

mod children;
mod drive;
mod generate;
mod load;
mod planning;
mod raw;
mod serve;
mod usage;
mod verify;

use anyhow::Result;
use clap::{Parser, Subcommand};

use children::Figures;

/// Measures planning, the driver and verification.
#[derive(Debug, Parser)]
struct Flags {
    #[command(subcommand)]
    part: Option<Part>,
    /// Cells of the large calendar.
    #[arg(long, default_value_t = 10_000_000)]
    cells: u64,
    /// Writes to send through the driver and through the raw client.
    #[arg(long, default_value_t = 20_000)]
    requests: usize,
}

/// What the children do.
#[derive(Debug, Subcommand)]
enum Part {
    /// Read and plan a calendar of about that many cells.
    Plan { cells: u64 },
    /// Answer every request at once, until the parent closes the input.
    Serve,
    /// Send writes through the driver; the ledger is `sqlite` or `memory`.
    Drive {
        url: String,
        requests: usize,
        ledger: drive::Kind,
    },
    /// Send the same bodies through a bare client.
    Raw { url: String, requests: usize },
    /// Count the writes that a property's year takes at every vendor; this part alone.
    Requests,
}

fn main() -> Result<()> {
    let flags = Flags::parse();
    match flags.part {
        None => report(&flags),
        Some(Part::Plan { cells }) => planning::run(cells).map(told),
        Some(Part::Serve) => serve::run(),
        Some(Part::Drive {
            url,
            requests,
            ledger,
        }) => drive::run(&url, requests, ledger).map(told),
        Some(Part::Raw { url, requests }) => raw::run(&url, requests).map(told),
        Some(Part::Requests) => request_rows(),
    }
}

fn told(figures: Figures) {
    println!("{figures}");
}

fn report(flags: &Flags) -> Result<()> {
    println!("measure                                            figure");
    planning_rows(flags.cells)?;
    driver_rows(flags.requests)?;
    for (rates, asked) in verify::run()? {
        let what = format!("Cloudbeds, verify a year of {rates} rates");
        row(&what, &format!("{asked} requests"));
    }
    println!();
    request_rows()
}

/// How many writes a property's year takes at every vendor.
fn request_rows() -> Result<()> {
    print!("{}", rackrate_payloads::year::table()?);
    Ok(())
}

fn planning_rows(cells: u64) -> Result<()> {
    let small = children::figures(&["plan", "1000"])?;
    let large = children::figures(&["plan", &cells.to_string()])?;
    let count = large.get("cells")?;
    row("cells of the calendar", &count.to_string());
    row("cells that differ", &large.get("changed")?.to_string());
    for (what, time) in [
        ("generate and drop the CSV", "generate_ms"),
        ("read it, with generating", "read_ms"),
        ("plan", "plan_ms"),
    ] {
        let millis = large.get(time)?.max(1);
        let pace = count * 1000 / millis;
        row(what, &format!("{pace} cells/s ({millis} ms)"));
    }
    for (what, peak) in [
        ("peak memory after reading", "read_kib"),
        ("peak memory after planning", "plan_kib"),
    ] {
        let more = large.get(peak)?.saturating_sub(small.get(peak)?);
        let tenths = more * 10_240 / count.max(1);
        let bytes = format!("{}.{} bytes a cell", tenths / 10, tenths % 10);
        row(what, &format!("{bytes} ({} MiB more)", more / 1024));
    }
    Ok(())
}

fn driver_rows(requests: usize) -> Result<()> {
    let server = children::Server::start()?;
    let (url, count) = (server.url(), requests.to_string());
    let raw = children::figures(&["raw", url, &count])?;
    let bare = cost("bare reqwest loop", &raw)?;
    for ledger in ["memory", "sqlite"] {
        let driver = children::figures(&["drive", url, &count, ledger])?;
        let own = cost(&format!("driver, {ledger} ledger"), &driver)?;
        let hundredths = own * 100 / bare.max(1);
        let ratio = format!("{}.{:02} times", hundredths / 100, hundredths % 100);
        row(&format!("driver, {ledger} ledger, to bare"), &ratio);
    }
    Ok(())
}

/// CPU microseconds for 1,000 requests.
fn cost(what: &str, figures: &Figures) -> Result<u64> {
    let (cpu, done) = (figures.get("cpu_us")?, figures.get("requests")?);
    let cost = cpu * 1000 / done.max(1);
    let text = format!("{} ms CPU for 1,000 requests ({done} sent)", cost / 1000);
    row(what, &text);
    Ok(cost)
}

fn row(what: &str, figure: &str) {
    println!("{what:<50} {figure}");
}
