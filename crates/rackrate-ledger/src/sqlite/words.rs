//! Values as SQLite keeps them, and back.
//!
//! Invariant: what cannot be read back exactly is an error, never a default.

use rackrate_core::ids::Ids;
use rusqlite::Row;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::LedgerError;
use crate::store::Result;

impl From<rusqlite::Error> for LedgerError {
    fn from(err: rusqlite::Error) -> Self {
        Self::Storage {
            file: String::new(),
            reason: err.to_string(),
        }
    }
}

pub(super) fn json<T: Serialize>(what: &'static str, value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|err| broken(what, err))
}

pub(super) fn from_json<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|err| broken(what, err))
}

/// The word of a value whose JSON form is one text, without its quotes.
pub(super) fn word<T: Serialize>(what: &'static str, value: &T) -> Result<String> {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => Ok(word),
        Ok(_) => Err(broken(what, "it is not one word")),
        Err(err) => Err(broken(what, err)),
    }
}

pub(super) fn from_word<T: DeserializeOwned>(what: &'static str, word: String) -> Result<T> {
    serde_json::from_value(Value::String(word)).map_err(|err| broken(what, err))
}

/// The value of a word in a column.
pub(super) fn column<T: DeserializeOwned>(row: &Row<'_>, name: &'static str) -> Result<T> {
    from_word(name, row.get(name)?)
}

/// The room type and rate plan in the columns `room` and `plan`.
pub(super) fn ids(row: &Row<'_>) -> Result<Ids> {
    let part = |name: &'static str| {
        let text: String = row.get(name)?;
        if text.is_empty() {
            return Ok(None);
        }
        from_word(name, text).map(Some)
    };
    Ok(Ids {
        room: part("room")?,
        plan: part("plan")?,
    })
}

/// Both parts of the identifiers; the empty text where one is not needed.
pub(super) fn parts(ids: &Ids) -> (&str, &str) {
    let room = ids.room.as_ref().map_or("", |id| id.as_str());
    let plan = ids.plan.as_ref().map_or("", |id| id.as_str());
    (room, plan)
}

pub(super) fn signed(what: &'static str, number: u64) -> Result<i64> {
    i64::try_from(number).map_err(|_| LedgerError::TooLarge { what })
}

pub(super) fn unsigned(what: &'static str, number: i64) -> Result<u64> {
    u64::try_from(number).map_err(|err| broken(what, err))
}

fn broken(what: &'static str, reason: impl ToString) -> LedgerError {
    LedgerError::Broken {
        what,
        reason: reason.to_string(),
    }
}
