//! The flags of `creds`.

use clap::{Args, Subcommand};

use crate::config::Span;

/// What to do with credentials.
#[derive(Clone, Debug, Subcommand)]
pub enum Creds {
    /// List the credential of every connection, and what state it is in.
    List,
    /// Ask a person for consent, and keep what comes of it.
    Login(Login),
    /// Ask for a new token now.
    Refresh(OneConnection),
    /// End a grant at its vendor, and forget it.
    Logout(OneConnection),
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
