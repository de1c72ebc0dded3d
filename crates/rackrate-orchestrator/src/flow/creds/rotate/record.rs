//! What the ledger has of changes that are under way.

use rackrate_auth::changeover::Changeover;
use rackrate_auth::source::SecretRef;
use rackrate_core::clock::Wall;
use rackrate_core::finding::{Finding, Place};
use rackrate_core::ids::ClientName;
use rackrate_ledger::op::Drawer;
use rackrate_ledger::store::Ledger;
use serde::{Deserialize, Serialize};

use crate::problem::{Problem, Result};

/// How records are written; a reader that does not know a form refuses it.
const FORM: u32 = 1;
/// Begins the names of these records in their drawer.
const CLIENT: &str = "client:";

/// A change that is under way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    pub(in crate::flow::creds) form: u32,
    /// How its vendor does it, and how far it is.
    pub at: Changeover,
    /// The name of the secret.
    pub secret: String,
    /// Where the new one is, where it lives beside the old one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new: Option<SecretRef>,
    /// The one before, sealed, to tell whether it has changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
    /// Since when.
    pub since: Wall,
}

impl Record {
    pub(super) fn new(
        at: Changeover,
        secret: String,
        new: Option<SecretRef>,
        was: Option<String>,
        since: Wall,
    ) -> Self {
        Self {
            form: FORM,
            at,
            secret,
            new,
            was,
            since,
        }
    }

    /// As the ledger keeps it.
    pub(in crate::flow::creds) fn text(&self) -> Result<String> {
        serde_json::to_string(self).map_err(|error| broken(&error.to_string()))
    }

    fn read(text: &str) -> Result<Self> {
        let record: Self =
            serde_json::from_str(text).map_err(|error| broken(&error.to_string()))?;
        match record.form {
            FORM => Ok(record),
            form => Err(broken(&format!("form {form}"))),
        }
    }
}

fn broken(why: &str) -> Problem {
    let message = format!("a change of a secret is written down in a way nobody knows: {why}");
    let hint = "Use the rackrate that began it, or a newer one.";
    Problem::failed(Finding::error("creds.unknown_record", Place::default(), message).hint(hint))
}

/// The name of a client's record.
pub(in crate::flow::creds) fn name(client: &ClientName) -> String {
    format!("{CLIENT}{client}")
}

/// What the secret before a change is sealed for.
pub(in crate::flow::creds) fn bound_to(client: &ClientName) -> Vec<u8> {
    format!("secret before a change of the client {client}").into_bytes()
}

/// The changes under way, by client.
///
/// # Errors
/// When the ledger cannot be read.
pub async fn all(ledger: &dyn Ledger) -> Result<Vec<(ClientName, Record)>> {
    let filed = ledger.filed(Drawer::Rotation).await?;
    let of_clients = filed.iter().filter_map(|(name, text)| {
        let client = name.strip_prefix(CLIENT)?;
        Some((ClientName::new(client).ok()?, text))
    });
    of_clients
        .map(|(client, text)| Ok((client, Record::read(text)?)))
        .collect()
}

/// The change of a client's secret, if one is under way.
///
/// # Errors
/// When the ledger cannot be read.
pub async fn of_client(ledger: &dyn Ledger, client: &ClientName) -> Result<Option<Record>> {
    let mut all = all(ledger).await?.into_iter();
    Ok(all
        .find(|(name, _)| name == client)
        .map(|(_, record)| record))
}

#[cfg(test)]
mod tests {
    use rackrate_auth::changeover::{Stage, Way};

    use super::*;

    #[test]
    fn a_record_is_read_as_it_was_written_and_an_unknown_one_is_refused() {
        let at = Changeover {
            way: Way::Overlap,
            stage: Stage::Proved,
        };
        let new = "file:secrets/next".parse().ok();
        let record = Record::new(at, "client_secret".to_owned(), new, None, Wall(7));
        let text = record.text().unwrap();
        assert_eq!(Record::read(&text).unwrap(), record);
        assert_eq!(
            text,
            r#"{"form":1,"at":{"way":"overlap","stage":"proved"},"secret":"client_secret","new":"file:secrets/next","since":7}"#
        );
        for other in [text.replace(":1,", ":2,"), text.replace("since", "from")] {
            let refused = Record::read(&other).unwrap_err();
            assert_eq!(refused.findings[0].code, "creds.unknown_record");
        }
    }
}
