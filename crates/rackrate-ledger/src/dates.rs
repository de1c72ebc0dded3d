//! When credentials were used, renewed, checked and changed: the records of [`Drawer::Use`].
//!
//! Each moment of an account is a record of its own, so that whoever writes one down need not
//! know the others. Who writes commits it together with what happened: the engine with its
//! batches and with the close of the ledger, a command with its own word in the audit trail.
//!
//! Invariant: a date is never later than what it tells of; after a crash it may be earlier, so
//! whoever keeps credentials in use by it uses them too early rather than too late.

use std::collections::BTreeMap;

use rackrate_core::clock::Wall;
use rackrate_core::ids::ConnectionId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::error::LedgerError;
use crate::op::{Drawer, Filed, LedgerOp};
use crate::store::Result;

/// The form of the records; a later one is not read as if it were this one.
const FORM: u8 = 1;

/// What is on record of an account's credential.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dates {
    /// When its vendor last took a request with it.
    pub used: Option<Wall>,
    /// When its access token was last renewed, and what came with it.
    pub renewed: Option<Renewed>,
    /// When `creds check` last found it good.
    pub checked: Option<Wall>,
    /// Since when its secret is the one configured now.
    pub secret: Option<SecretSince>,
}

/// A new access token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Renewed {
    form: u8,
    /// When it came.
    pub at: Wall,
    /// The scopes granted, where the vendor said.
    pub scope: Option<String>,
}

/// Since when a secret is configured, as far as the ledger knows. The secret is not in it:
/// both marks are sealed, so that nobody without the sealing key can try guesses against them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretSince {
    form: u8,
    /// When it was first seen.
    pub at: Wall,
    /// Whether another one was there before; otherwise it may be older than `at`.
    pub replaced: bool,
    /// Opens with the key that sealed both marks.
    pub key_mark: String,
    /// Opens with that key and this secret.
    pub secret_mark: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Moment {
    form: u8,
    at: Wall,
}

impl SecretSince {
    /// A secret with the marks that recognise it.
    pub fn new(at: Wall, replaced: bool, key_mark: String, secret_mark: String) -> Self {
        Self {
            form: FORM,
            at,
            replaced,
            key_mark,
            secret_mark,
        }
    }
}

/// A vendor took a request with an account's credential.
pub fn used(connection: &ConnectionId, at: Wall) -> LedgerOp {
    filed("used", connection, &json!({ "form": FORM, "at": at }))
}

/// An account has a new access token, with these scopes where the vendor said.
pub fn renewed(connection: &ConnectionId, at: Wall, scope: Option<&str>) -> LedgerOp {
    let body = json!({ "form": FORM, "at": at, "scope": scope });
    filed("renewed", connection, &body)
}

/// An account's credential was checked and is good.
pub fn checked(connection: &ConnectionId, at: Wall) -> LedgerOp {
    filed("checked", connection, &json!({ "form": FORM, "at": at }))
}

/// An account's secret is this one.
pub fn secret(connection: &ConnectionId, since: &SecretSince) -> LedgerOp {
    filed("secret", connection, &json!(since))
}

fn filed(what: &str, connection: &ConnectionId, body: &Value) -> LedgerOp {
    LedgerOp::Filed(Filed {
        drawer: Drawer::Use,
        name: format!("{what}/{connection}"),
        body: Some(body.to_string()),
    })
}

/// What the records say, by account.
///
/// # Errors
/// [`LedgerError::Broken`] for a record that no known rackrate wrote.
pub fn read(filed: &BTreeMap<String, String>) -> Result<BTreeMap<ConnectionId, Dates>> {
    let mut all = BTreeMap::<_, Dates>::new();
    for (name, body) in filed {
        let (what, connection) = name.split_once('/').ok_or_else(|| broken(name))?;
        let connection = ConnectionId::new(connection).map_err(|_| broken(name))?;
        let dates = all.entry(connection).or_default();
        match what {
            "used" => dates.used = Some(moment(name, body)?),
            "checked" => dates.checked = Some(moment(name, body)?),
            "renewed" => dates.renewed = Some(parsed(name, body, |one: &Renewed| one.form)?),
            "secret" => dates.secret = Some(parsed(name, body, |one: &SecretSince| one.form)?),
            _ => return Err(broken(name)),
        }
    }
    Ok(all)
}

fn moment(name: &str, body: &str) -> Result<Wall> {
    parsed(name, body, |one: &Moment| one.form).map(|one| one.at)
}

fn parsed<'a, T: Deserialize<'a>>(name: &str, body: &'a str, form: fn(&T) -> u8) -> Result<T> {
    let read = serde_json::from_str(body).ok();
    let known = read.filter(|one| form(one) == FORM);
    known.ok_or_else(|| broken(name))
}

fn broken(name: &str) -> LedgerError {
    LedgerError::Broken {
        what: "record of a credential's dates",
        reason: format!("{name:?} is not written as this version writes it"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawer(ops: Vec<LedgerOp>) -> BTreeMap<String, String> {
        let record = |op| match op {
            LedgerOp::Filed(Filed { name, body, .. }) => (name, body.unwrap()),
            other => panic!("{other:?}"),
        };
        ops.into_iter().map(record).collect()
    }

    #[test]
    fn each_moment_is_read_back_whatever_an_account_is_called() {
        let (pms, odd) = (
            ConnectionId::new("pms").unwrap(),
            ConnectionId::new("a/b used").unwrap(),
        );
        let since = SecretSince::new(Wall(4), true, "k".into(), "s".into());
        let all = read(&drawer(vec![
            used(&pms, Wall(1)),
            renewed(&pms, Wall(2), Some("rates:write")),
            checked(&odd, Wall(3)),
            secret(&odd, &since),
        ]))
        .unwrap();
        assert_eq!(all[&pms].used, Some(Wall(1)));
        let renewed = all[&pms].renewed.as_ref().unwrap();
        assert_eq!(renewed.scope.as_deref(), Some("rates:write"));
        assert_eq!(all[&odd].checked, Some(Wall(3)));
        assert_eq!(all[&odd].secret, Some(since));
    }

    #[test]
    fn a_record_of_another_form_is_not_guessed_at() {
        for (name, body) in [
            ("used/pms", r#"{"form":2,"at":1}"#),
            ("used/pms", r#"{"form":1,"at":1,"by":"x"}"#),
            ("used", r#"{"form":1,"at":1}"#),
            ("seen/pms", r#"{"form":1,"at":1}"#),
        ] {
            let one = BTreeMap::from([(name.to_owned(), body.to_owned())]);
            assert!(read(&one).is_err(), "{name} {body}");
        }
    }
}
