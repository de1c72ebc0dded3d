//! Tokens and consents of accounts. Of their secrets the ledger has sealed texts only.

use rackrate_core::clock::Wall;
use rackrate_core::error::ErrorKind;
use rackrate_core::ids::ConnectionId;
use serde::{Deserialize, Serialize};

/// A token, sealed: what the ledger has of it is worth nothing without the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedToken {
    /// The account.
    pub connection: ConnectionId,
    /// The token, as `rackrate-auth` seals it.
    pub sealed: String,
    /// When it was asked for: its life counts from here.
    pub asked: Wall,
    /// Milliseconds that it lives; `None` when the vendor did not say.
    pub lifetime: Option<u64>,
}

/// The token and the consent of an account under another key, where they could be opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resealed {
    /// The account.
    pub connection: ConnectionId,
    /// The token, as `rackrate-auth` seals it.
    pub token: Option<String>,
    /// The refresh token of the consent, likewise.
    pub consent: Option<String>,
}

/// What a person's consent gave an account: its refresh token, sealed, and what is known of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptGrant {
    /// The account.
    pub connection: ConnectionId,
    /// The refresh token, as `rackrate-auth` seals it.
    pub sealed: String,
    /// When the person consented.
    pub consented: Wall,
    /// How many refresh tokens have come of this consent, this one counted.
    pub generation: u64,
    /// When this one came.
    pub since: Wall,
    /// The granted scopes, where the vendor said.
    pub scope: Option<String>,
    /// What is known of it.
    pub state: GrantState,
}

/// What is known of a refresh token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum GrantState {
    /// Nobody has used it.
    Held,
    /// It is no refresh token but the credential itself, a key that lasts.
    Lasting,
    /// It is about to be used; without a later word it may have been.
    Leaving {
        /// Since when.
        at: Wall,
        /// For the second time, within the vendor's grace.
        again: bool,
    },
    /// It is worth nothing any more; a person has to consent again.
    Ended {
        /// Since when.
        at: Wall,
        /// Why, for people.
        why: String,
        /// Why, to act on.
        #[serde(default = "reconnect")]
        kind: ErrorKind,
    },
}

/// Consents that ended before the kind was kept.
fn reconnect() -> ErrorKind {
    ErrorKind::Reconnect
}
