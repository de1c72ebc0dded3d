//! What an alert says.
//!
//! Its words are [`crate::message`]'s, so that every place where people look says the same.
//!
//! Invariant: all of it may leave the machine, so there is no secret in it, and of what a
//! vendor wrote only a code.

use std::collections::BTreeSet;
use std::fmt;

use rackrate_auth::fingerprint::Fingerprint;
use rackrate_core::ids::{ConnectionId, PropertyCode};
use serde::{Deserialize, Serialize};

use crate::held::Held;
use crate::mail::Mail;

/// A credential that fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alert {
    /// Whose credential.
    pub subject: Subject,
    /// What is wrong with it.
    pub trouble: Trouble,
    /// The vendor, for people; several where a place's secrets are for several.
    pub vendor: String,
    /// The connections that cannot be used.
    pub connections: BTreeSet<ConnectionId>,
    /// The vendor's code, or ours for a secret that cannot be fetched; empty where there is none.
    pub code: String,
    /// Who can act.
    pub actor: Actor,
    /// Which nights are held.
    pub held: Held,
    /// The refused request.
    pub request: Option<Fingerprint>,
}

/// Whose credential fails: there is one alert for each, however many properties it stops.
///
/// What cannot be fetched for several clients from one place is the place's failure.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// An app's registration at a vendor, which grants are given to.
    Client(String),
    /// What one connection was given.
    Grant(ConnectionId),
    /// What several clients' secrets are fetched from.
    Place(String),
}

/// What is wrong with a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// The vendor does not know the client, or its secret is another one now.
    ClientRefused,
    /// The vendor refuses a key that is sent as it is.
    KeyRefused,
    /// The vendor refuses what a person consented to; somebody has to consent again.
    NeedsAuthorization,
    /// The property has disconnected us.
    Disconnected,
    /// Whoever approved the connection is no user of the property any more.
    ApproverLeft,
    /// Nobody has consented yet.
    NotConnected,
    /// What was granted does not cover what was asked.
    MissingScope,
    /// The credential is good, and may not do what was asked.
    NotAllowed,
    /// The vendor has suspended the client, or everything of it fails at once.
    Suspended,
    /// The secret cannot be fetched, so the vendor was not even asked.
    SecretMissing,
}

/// Who can act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// Who runs the program.
    You {
        /// What to do.
        command: String,
    },
    /// Who can change the secret.
    Owner {
        /// Name and contact, where the configuration has them.
        who: Option<String>,
        /// The vendor's page, where the configuration has it.
        portal: Option<String>,
        /// What to do afterwards.
        then: String,
    },
    /// Somebody at the hotel: there is nothing to do tonight.
    Hotel {
        /// The hotels, those with a contact first.
        hotels: Vec<Hotel>,
        /// What brings the link for them.
        command: String,
        /// A mail to send to the first of them.
        mail: Mail,
    },
}

/// A hotel, and whom to ask there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hotel {
    /// Our code.
    pub code: PropertyCode,
    /// Its name.
    pub name: String,
    /// Whom to ask; empty where nobody is named.
    pub contact: String,
}

impl Alert {
    /// How it is called on record.
    pub fn name(&self) -> String {
        self.subject.to_string()
    }
}

/// The vendor's code, if it is one: what is written like a sentence may quote anything.
pub fn code(text: &str) -> String {
    const LONGEST: usize = 64;
    let is_code = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    match text.len() <= LONGEST && text.chars().all(is_code) {
        true => text.to_owned(),
        false => String::new(),
    }
}

impl Trouble {
    /// Whether it is the client's own, so that everything of it fails with it.
    pub fn is_of_client(self) -> bool {
        matches!(self, Self::ClientRefused | Self::Suspended)
    }

    /// Whether a consent is worth nothing any more.
    pub fn ends_consent(self) -> bool {
        matches!(
            self,
            Self::NeedsAuthorization | Self::Disconnected | Self::ApproverLeft
        )
    }

    /// A stable word for programs.
    pub fn slug(self) -> &'static str {
        match self {
            Self::ClientRefused => "client_refused",
            Self::KeyRefused => "key_refused",
            Self::NeedsAuthorization => "needs_authorization",
            Self::Disconnected => "disconnected",
            Self::ApproverLeft => "approver_left",
            Self::NotConnected => "not_connected",
            Self::MissingScope => "missing_scope",
            Self::NotAllowed => "not_allowed",
            Self::Suspended => "suspended",
            Self::SecretMissing => "secret_missing",
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client(name) => write!(f, "client {name}"),
            Self::Grant(connection) => write!(f, "grant {connection}"),
            Self::Place(name) => write!(f, "place {name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_written_like_a_code_leaves_as_one() {
        assert_eq!(code("invalid_client"), "invalid_client");
        assert_eq!(code("AUTH-004.2"), "AUTH-004.2");
        for text in ["bad secret hunter2", "<b>", &"x".repeat(65), "a\nb", "é"] {
            assert_eq!(code(text), "", "{text}");
        }
    }
}
