//! The flags of the commands that look after credentials.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::Args;

use crate::config::Span;
use crate::flow::creds::review::Quarter;

/// Flags of `creds check`.
#[derive(Clone, Debug, Args)]
pub struct Check {
    /// The connections; not needed where the configuration has only one.
    #[arg(value_name = "CONNECTION", conflicts_with = "all")]
    pub connections: Vec<String>,
    /// All connections.
    #[arg(long)]
    pub all: bool,
}

/// Flags of `creds forecast`.
#[derive(Clone, Debug, Args)]
pub struct Forecast {
    /// What ends within that time from now.
    #[arg(long, default_value = "90d", value_name = "TIME")]
    pub within: Days,
    /// Exit 5 when a person must act within that time.
    #[arg(long, value_name = "TIME")]
    pub fail_if_human: Option<Days>,
}

/// Flags of `creds keepalive`.
#[derive(Clone, Copy, Debug, Args)]
pub struct Keepalive {
    /// Use those too whose last use is young enough.
    #[arg(long)]
    pub all: bool,
}

/// Flags of `creds review`.
#[derive(Clone, Debug, Args)]
pub struct Review {
    /// The quarter, such as 2027Q1. Default: the last one that has ended.
    #[arg(long)]
    pub quarter: Option<Quarter>,
    /// Write the sheet there, as CSV, for a person to fill in.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["done", "check"])]
    pub out: Option<PathBuf>,
    /// Take in a sheet that was filled in.
    #[arg(long, value_name = "FILE", conflicts_with = "check")]
    pub done: Option<PathBuf>,
    /// Exit 5 when the review was not taken in, or decided nothing about a credential.
    #[arg(long)]
    pub check: bool,
}

/// A span of time in which days count: `90d`, `2w`, or as in the configuration `12h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days(pub Duration);

impl FromStr for Days {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let day = 24 * 3600;
        let unit = match text.chars().last() {
            Some('d') => day,
            Some('w') => 7 * day,
            _ => 0,
        };
        let count = |unit| {
            let count = text[..text.len() - 1].parse::<u32>().ok()?;
            Some(Duration::from_secs(u64::from(count) * unit))
        };
        let span = match unit {
            0 => text.parse::<Span>().ok().map(|span| span.0),
            unit => count(unit),
        };
        span.map(Self)
            .ok_or_else(|| "it is not a span of time such as 90d, 2w or 12h".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_weeks_are_spans_of_time_too() {
        let hours = |text: &str| text.parse::<Days>().map(|days| days.0.as_secs() / 3600);
        assert_eq!(
            [hours("90d"), hours("2w"), hours("12h")],
            [Ok(2160), Ok(336), Ok(12)]
        );
        for wrong in ["", "d", "-1d", "1.5d", "soon", "9999999999d", "1 d"] {
            assert!(hours(wrong).is_err(), "{wrong}");
        }
    }
}
