//! The flags of `creds`.

mod watch;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use rackrate_plan::selection::Selection;

pub use self::watch::{Check, Days, Forecast, Keepalive, Review};
use crate::config::Span;

/// What to do with credentials.
#[derive(Clone, Debug, Subcommand)]
pub enum Creds {
    /// List the credential of every connection, and what state it is in.
    List,
    /// Ask a person for consent, and keep what comes of it.
    Login(Login),
    /// Make links for hotels, by which they consent whenever they like.
    Invite(Invite),
    /// Wait for the answers to links, and for hotels that begin at the vendor, until Ctrl-C.
    Callback(Callback),
    /// List the links that are out, and the installations that wait for a connection.
    Installs,
    /// Give an installation that waits to a connection.
    Confirm(Confirm),
    /// End an installation that waits, at the vendor too where it can be told.
    Dismiss(OneInstall),
    /// Ask for a new token now.
    Refresh(OneConnection),
    /// Exchange the refresh token of a consent for a key that lasts, once and for good.
    Migrate(OneConnection),
    /// End a grant at its vendor, and forget it.
    Logout(OneConnection),
    /// Change the secret of a client, step by step; safe to repeat after a crash.
    Rotate(Rotate),
    /// Seal what the ledger keeps with another key.
    Rekey(Rekey),
    /// Try credentials on their vendors; for deployment pipelines. Exit 5 when a person must
    /// act, 1 when something else is wrong.
    Check(Check),
    /// Tell what ends when, by which rule, and who must act. Nothing is sent.
    Forecast(Forecast),
    /// Use every credential once whose last use is so old that its vendor may end it; for cron.
    Keepalive(Keepalive),
    /// Write the sheet of a quarter's review, take it in, or check that it was done.
    Review(Review),
}

/// What a command of `creds` fetches before it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// No secret at all.
    Nothing,
    /// The key that seals tokens; accounts are unlocked one by one, so that what one lacks
    /// stops no other.
    Seal,
    /// The secrets of all accounts.
    Secrets,
}

impl Creds {
    /// What it fetches before it begins.
    pub fn needs(&self) -> Needs {
        match self {
            Self::List | Self::Forecast(_) | Self::Review(_) => Needs::Nothing,
            Self::Check(_) | Self::Keepalive(_) => Needs::Seal,
            _ => Needs::Secrets,
        }
    }
}

/// One connection.
#[derive(Clone, Debug, Args)]
pub struct OneConnection {
    /// The connection; not needed where the configuration has only one.
    pub connection: Option<String>,
}

/// Flags of `creds login`.
#[derive(Clone, Debug, Args)]
pub struct Login {
    /// Which one.
    #[command(flatten)]
    pub one: OneConnection,
    /// Paste the address that the browser ends at, instead of waiting for it here; for
    /// browsers on another machine.
    #[arg(long)]
    pub paste: bool,
    /// Wait so long for the person.
    #[arg(long, default_value = "10m")]
    pub wait: Span,
}

/// Flags of `creds invite`.
#[derive(Clone, Debug, Args)]
pub struct Invite {
    /// Connections, by name.
    #[arg(required_unless_present = "select")]
    pub connection: Vec<String>,
    /// The connections of these hotels that nobody has connected yet: property:CODE|CODE.
    #[arg(long)]
    pub select: Vec<Selection>,
    /// The links are good so long; 30d at most, for whoever has one may use it.
    #[arg(long, default_value = "7d", value_parser = validity)]
    pub valid: Span,
}

/// Flags of `creds callback`.
#[derive(Clone, Debug, Args)]
pub struct Callback {
    /// Where to listen; without a certificate an address of this machine, behind a proxy.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: SocketAddr,
    /// The certificate with its chain, as PEM.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// Its private key, as PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
}

/// An installation.
#[derive(Clone, Debug, Args)]
pub struct OneInstall {
    /// Its name, as `creds installs` lists it.
    pub install: String,
}

/// Flags of `creds confirm`.
#[derive(Clone, Debug, Args)]
pub struct Confirm {
    /// Which one.
    #[command(flatten)]
    pub one: OneInstall,
    /// The connection, which nobody has connected yet; not needed where the mapping leaves
    /// only one.
    #[arg(long)]
    pub connection: Option<String>,
}

/// Flags of `creds rotate`.
#[derive(Clone, Debug, Args)]
pub struct Rotate {
    /// The client, as in [clients.NAME] of the configuration.
    #[arg(long, value_name = "NAME")]
    pub client: String,
    /// Where the new secret is, beside the old one: a reference such as file:PATH; for vendors
    /// that take both for a while.
    #[arg(long, value_name = "REFERENCE")]
    pub new: Option<String>,
    /// The name of the secret, where the client has several.
    #[arg(long, value_name = "NAME")]
    pub secret: Option<String>,
    /// Go on: what was waited for is done.
    #[arg(long = "continue", conflicts_with = "abort")]
    pub goes_on: bool,
    /// Give the change up, and hold nothing any more.
    #[arg(long)]
    pub abort: bool,
}

/// Flags of `creds rekey`.
#[derive(Clone, Debug, Args)]
pub struct Rekey {
    /// Where the new key is: a reference such as file:PATH to 32 random bytes in base64.
    #[arg(long, value_name = "REFERENCE", required_unless_present = "lost")]
    pub new: Option<String>,
    /// The key before is lost: forget what it sealed, and go on with the configured one.
    #[arg(long, conflicts_with = "new")]
    pub lost: bool,
}

/// How long a link may be good.
fn validity(text: &str) -> Result<Span, String> {
    const DAY: u64 = 24 * 3600;
    let days = text.strip_suffix('d').and_then(|days| days.parse().ok());
    let span = match days {
        Some(days) => Span(Duration::from_secs(DAY.saturating_mul(days))),
        None => text.parse()?,
    };
    match span.0.as_secs() {
        0 => Err("it has to be a second at least".to_owned()),
        1..=2_592_000 => Ok(span),
        _ => Err("it may be 30d at most".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_good_for_a_second_to_thirty_days() {
        let seconds = |text| validity(text).map(|span| span.0.as_secs()).ok();
        assert_eq!(seconds("7d"), Some(604_800));
        assert_eq!(seconds("30d"), Some(2_592_000));
        assert_eq!(seconds("90s"), Some(90));
        for bad in ["31d", "721h", "0d", "0s", "d", "-1d", "soon"] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }
}
