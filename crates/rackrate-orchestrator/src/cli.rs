//! The flags of the commands.

use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use rackrate_plan::allow::Allow;
use rackrate_plan::selection::Selection;

use crate::config::Span;

mod creds;

pub use creds::{
    Callback, Check, Confirm, Creds, Days, Forecast, Invite, Keepalive, Login, Needs,
    OneConnection, OneInstall, Rekey, Review, Rotate,
};

/// Keeps hotel room rates in parity across property management systems and channels.
#[derive(Debug, Parser)]
#[command(name = "rackrate", version, propagate_version = true)]
pub struct Cli {
    /// What every command takes.
    #[command(flatten)]
    pub common: Common,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What every command takes.
#[derive(Clone, Debug, Args)]
pub struct Common {
    /// The configuration; relative paths in it start from its folder.
    #[arg(
        long,
        global = true,
        default_value = "rackrate.toml",
        env = "RACKRATE_CONFIG"
    )]
    pub config: PathBuf,
    /// How results are written to standard output.
    #[arg(short, long, global = true, value_enum, default_value_t = Output::Table)]
    pub output: Output,
    /// More words on standard error: -v requests, -vv decisions, -vvv everything.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// How those words are written.
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Human)]
    pub log_format: LogFormat,
    /// Writes all findings there as JSON lines; the screen shows the first 100.
    #[arg(long, global = true)]
    pub errors_file: Option<PathBuf>,
    /// Writes the run's metrics there, in Prometheus' text format.
    #[arg(long, global = true)]
    pub metrics_file: Option<PathBuf>,
    /// The name of the command, for the audit trail.
    #[arg(skip)]
    pub command: String,
}

impl Cli {
    /// What was written on the command line.
    ///
    /// # Errors
    /// Help, version, and what cannot be understood or done.
    pub fn read() -> Result<Self, clap::Error> {
        let matches = Self::command().try_get_matches()?;
        let mut cli = Self::from_arg_matches(&matches)?;
        if cli.common.output == Output::Junit && !cli.command.has_junit() {
            let message =
                "only `verify` and `creds check` write JUnit; for programs there is -o json";
            return Err(Self::command().error(ErrorKind::ArgumentConflict, message));
        }
        matches
            .subcommand_name()
            .unwrap_or_default()
            .clone_into(&mut cli.common.command);
        Ok(cli)
    }
}

impl Command {
    /// Whether its results are cases that pass or fail.
    fn has_junit(&self) -> bool {
        matches!(self, Self::Verify(_) | Self::Creds(Creds::Check(_)))
    }
}

/// How results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people.
    Table,
    /// For programs.
    Json,
    /// For pipelines; `verify` and `creds check` only.
    Junit,
}

/// How logs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Human,
    /// One JSON object a line.
    Json,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show everything on simulated hotels, in virtual time; nothing leaves this machine.
    Demo(Demo),
    /// List what an account sells, and what of it is mapped; guess the rest.
    Discover(Discover),
    /// Compare a calendar with what the hotels show, and write a plan.
    Plan(Plan),
    /// Show what a plan changes, the dearest changes first.
    Show(Show),
    /// Push a plan, read the prices back, and say how every one of them ended.
    Apply(Apply),
    /// Compare what the hotels show now with the prices last applied.
    Verify(Verify),
    /// Connect accounts, see what state their credentials are in, renew or end them.
    #[command(subcommand)]
    Creds(Creds),
    /// List the alerts about credentials that are open; try whether alerts arrive.
    #[command(subcommand)]
    Alerts(AlertsCommand),
    /// Check, export and sign the audit trail; forget names, drop old lines.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Host simulated vendors on this machine.
    Sim(Sim),
    /// Check or show the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
}

/// What to do with alerts.
#[derive(Clone, Debug, Subcommand)]
pub enum AlertsCommand {
    /// List the alerts that are open.
    List,
    /// Send a message that is marked as a test.
    Test {
        /// To this sink only.
        #[arg(long)]
        sink: Option<String>,
    },
}

/// Flags of `demo`.
#[derive(Clone, Debug, Args)]
pub struct Demo {
    /// Moves the faults.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Where its state is kept between two demos.
    #[arg(long, default_value = "target/rackrate-demo")]
    pub state: PathBuf,
    /// Forget the state of an earlier demo.
    #[arg(long)]
    pub fresh: bool,
    /// Show all vendors: a hotel at each system, and a channel manager that some of them feed.
    #[arg(long)]
    pub all: bool,
}

/// Flags of `discover`.
#[derive(Clone, Debug, Args)]
pub struct Discover {
    /// The connection; not needed where the configuration has only one.
    pub connection: Option<String>,
    /// Add guessed rows for what is not mapped to the mapping, or write the mapping with
    /// them to a new file.
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true)]
    pub write_mapping: Option<Option<PathBuf>>,
    /// Guess codes that this calendar uses.
    #[arg(long, requires = "write_mapping")]
    pub calendar: Option<PathBuf>,
}

/// Flags of `plan`.
#[derive(Clone, Debug, Args)]
pub struct Plan {
    /// The prices that should hold, as CSV.
    pub calendar: PathBuf,
    /// Where to write the plan.
    #[arg(long, default_value = "plan.json")]
    pub out: PathBuf,
    /// Write no plan; exit 3 when something would change.
    #[arg(long)]
    pub check: bool,
    /// Only a part: property:CODE|CODE,date:A..B.
    #[arg(long)]
    pub select: Vec<Selection>,
    /// Let something through a guard: max_change:property=CODE,date=A..B; needs --reason.
    #[arg(long, requires = "reason")]
    pub allow: Vec<Allow>,
    /// Why, kept in the plan.
    #[arg(long, default_value = "")]
    pub reason: String,
    /// Who, kept in the plan. Default: the user's name.
    #[arg(long, env = "USER", default_value = "unknown")]
    pub author: String,
    /// Accept prices whose before-values nobody has seen.
    #[arg(long)]
    pub first_push: bool,
    /// Leave out, at each connection, restrictions and numbers of adults that it cannot
    /// have; without this they stop the property there.
    #[arg(long)]
    pub skip_unsupported: bool,
    /// Read again what was seen longer ago than that. Default: the configuration's.
    #[arg(long)]
    pub max_age: Option<Span>,
}

/// Flags of `show`.
#[derive(Clone, Debug, Args)]
pub struct Show {
    /// The plan.
    pub plan: PathBuf,
    /// So many changes at most.
    #[arg(long, default_value_t = 20)]
    pub most: usize,
}

/// Flags of `apply`.
#[derive(Clone, Debug, Args)]
pub struct Apply {
    /// The plan.
    #[arg(required_unless_present = "resume", conflicts_with = "resume")]
    pub plan: Option<PathBuf>,
    /// Go on with what an earlier run left.
    #[arg(long)]
    pub resume: bool,
    /// Wait so long for read-back. Default: the configuration's.
    #[arg(long)]
    pub wait: Option<Span>,
    /// Write to live connections though their adapters were never run against the vendor.
    #[arg(long)]
    pub untested_live: bool,
}

/// Flags of `verify`.
#[derive(Clone, Debug, Args)]
pub struct Verify {
    /// Only a part: property:CODE|CODE,date:A..B.
    #[arg(long)]
    pub select: Vec<Selection>,
}

/// Flags of `sim`.
#[derive(Clone, Debug, Args)]
pub struct Sim {
    /// Write a configuration, a mapping and a calendar for the simulators there, and exit.
    #[arg(long)]
    pub sample: Option<PathBuf>,
    /// Which vendors; those of the short demo where none is named.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub vendor: Vec<String>,
    /// The control port; the simulators take the ports after it. 0: any free ports, which
    /// are printed.
    #[arg(long, default_value_t = 7180)]
    pub port: u16,
    /// Decides the free choices of the simulators.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Keep the simulators' state there when stopped.
    #[arg(long)]
    pub state: Option<PathBuf>,
}

/// What to do with the configuration.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum ConfigCommand {
    /// Check it, with the files it names, and do nothing else.
    Validate,
    /// Show it with its defaults; secrets are references and stay so.
    Show,
}

/// What to do with the audit trail.
#[derive(Clone, Debug, Subcommand)]
pub enum AuditCommand {
    /// Check that no line was changed, dropped, added or cut off; exit 1 if one was.
    Verify(AuditVerify),
    /// Write lines and checkpoints as JSON Lines.
    Export(AuditExport),
    /// Sign the trail as it is, and write the checkpoint as JSON, to be kept elsewhere.
    Sign,
    /// List the checkpoints.
    Checkpoints,
    /// List the pseudonyms with the names behind them.
    Actors,
    /// Forget the name behind a pseudonym; the lines stay, and stay valid.
    Erase(AuditErase),
    /// Drop the lines up to a checkpoint; what follows stays valid.
    Cut(AuditCut),
}

/// Flags of `audit verify`.
#[derive(Clone, Debug, Args)]
pub struct AuditVerify {
    /// Checkpoints that were kept elsewhere, as `audit sign` or `audit export` wrote them.
    #[arg(long, value_name = "FILE")]
    pub kept: Vec<PathBuf>,
    /// A public key whose signatures count, beside the configured one's.
    #[arg(long, value_name = "KEY")]
    pub public_key: Vec<String>,
}

/// Flags of `audit export`.
#[derive(Clone, Debug, Args)]
pub struct AuditExport {
    /// Only from the first line of that day on, in UTC.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub since: Option<jiff::civil::Date>,
    /// Where to write it. Default: standard output.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Flags of `audit erase`.
#[derive(Clone, Debug, Args)]
pub struct AuditErase {
    /// The pseudonym, as `audit actors` lists it.
    pub actor: String,
}

/// Flags of `audit cut`.
#[derive(Clone, Debug, Args)]
pub struct AuditCut {
    /// The last line to drop, which has a checkpoint; or a day: then the last checkpoint
    /// before it.
    #[arg(long, value_name = "LINE|YYYY-MM-DD")]
    pub before: Before,
}

/// Up to where to cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// Up to this line.
    Line(u64),
    /// Up to the last checkpoint before this day.
    Day(jiff::civil::Date),
}

impl std::str::FromStr for Before {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let line = text.parse().map(Self::Line).ok();
        let day = || text.parse().map(Self::Day).ok();
        line.or_else(day)
            .ok_or_else(|| "it is neither the number of a line nor a day as YYYY-MM-DD".to_owned())
    }
}
