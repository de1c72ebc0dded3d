//! The credentials of accounts as a list for people and programs.

use rackrate_core::clock::Wall;
use rackrate_core::ids::ConnectionId;
use serde::Serialize;

use super::Way;
use super::standing::{Standing, State};

/// One account's credential, dates in UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Credential {
    /// The account.
    pub connection: ConnectionId,
    /// Its vendor, for people.
    pub vendor: &'static str,
    /// How it proves who we are.
    pub way: Way,
    /// Its state.
    #[serde(flatten)]
    pub state: State,
    /// When a person consented.
    pub consented: Option<String>,
    /// Until when the token at hand lives, where there is one and the vendor said.
    pub token_until: Option<String>,
    /// The scopes asked for.
    pub asked: Vec<String>,
    /// What was granted, where the vendor said.
    pub scope: Option<String>,
    /// When its vendor last took a request with it.
    pub last_used: Option<String>,
    /// When its access token was last renewed.
    pub last_renewed: Option<String>,
    /// When its secret or its refresh token was last another one before.
    pub last_changed: Option<String>,
    /// When `creds check` last found it good.
    pub last_checked: Option<String>,
}

impl From<&Standing> for Credential {
    fn from(one: &Standing) -> Self {
        let text = |at: Option<Wall>| at.map(|at| at.to_string());
        Self {
            connection: one.connection.clone(),
            vendor: one.vendor,
            way: one.way,
            state: one.state.clone(),
            consented: text(one.consented),
            token_until: text(one.token_until),
            asked: one.asked.clone(),
            scope: one.granted.clone(),
            last_used: text(one.dates.used),
            last_renewed: text(one.dates.renewed.as_ref().map(|renewed| renewed.at)),
            last_changed: text(one.last_change()),
            last_checked: text(one.dates.checked),
        }
    }
}
