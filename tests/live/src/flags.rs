//! What the program takes; the texts here are its `--help`.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use rackrate_core::ids::{ConnectionId, PropertyCode, RatePlanCode, RoomTypeCode};
use rackrate_core::night::Night;

/// Tries an adapter on a test account, and puts back what it changed.
///
/// Reads first, then writes small changes to a few far nights of one rate plan, reads them
/// back, and restores what was there, also after it was killed: then the next start does it.
/// A connection whose environment is live is refused before anything is sent.
///
/// Exit code: 0 when no check failed and all is as before, else 1; 2 for what it refuses.
#[derive(Clone, Debug, Parser)]
#[command(name = "rackrate-live-conformance", version, max_term_width = 80)]
pub(crate) struct Flags {
    /// The configuration, a rackrate.toml; relative paths in it start from its folder.
    pub(crate) config: PathBuf,
    /// The connection. Default: the only one, or the only one of the vendor.
    #[arg(long)]
    pub(crate) connection: Option<ConnectionId>,
    /// Only a connection of this vendor.
    #[arg(long)]
    pub(crate) vendor: Option<String>,
    /// The property, by its code in properties.csv.
    #[arg(long)]
    pub(crate) property: PropertyCode,
    /// The room type, by its code in mapping.csv.
    #[arg(long)]
    pub(crate) room_type: RoomTypeCode,
    /// The rate plan, by its code in mapping.csv. Nothing else is written.
    #[arg(long)]
    pub(crate) rate_plan: RatePlanCode,
    /// The first night, at least 28 nights away. Default: 330 nights from today.
    #[arg(long)]
    pub(crate) from: Option<Night>,
    /// How many nights.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=14))]
    pub(crate) nights: u8,
    /// How the results are written to standard output.
    #[arg(short, long, value_enum, default_value_t = Output::Table)]
    pub(crate) output: Output,
    /// Also write the results to this file, as JUnit.
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
}

/// How results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people.
    Table,
    /// For pipelines.
    Junit,
}
