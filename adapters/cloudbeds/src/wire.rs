//! The vendor's JSON, read leniently in spelling and strictly in meaning.
//!
//! The same field comes as number or text, and a list as array or object, depending on
//! the method. So fields stay raw until somebody says what they should be.

use rackrate_core::json;
use serde::Deserialize;
use serde_json::value::RawValue;

pub(crate) use rackrate_core::json::{Raw, night, object, price, text};

/// What every classic method answers.
#[derive(Debug, Deserialize)]
pub(crate) struct Envelope<'a> {
    #[serde(borrow, default)]
    pub(crate) success: Raw<'a>,
    #[serde(borrow, default)]
    pub(crate) message: Raw<'a>,
    #[serde(borrow, default)]
    pub(crate) data: Raw<'a>,
    #[serde(borrow, default)]
    pub(crate) total: Raw<'a>,
    #[serde(borrow, default, rename = "jobReferenceID")]
    pub(crate) job: Raw<'a>,
    #[serde(borrow, default, rename = "hasNextPage")]
    pub(crate) has_next_page: Raw<'a>,
    #[serde(borrow, default, rename = "nextPage")]
    pub(crate) next_page: Raw<'a>,
}

/// A truth value; also where it is written as text or number.
pub(crate) fn flag(raw: Raw<'_>) -> Option<bool> {
    match raw?.get() {
        "true" | "1" | "\"true\"" | "\"1\"" => Some(true),
        "false" | "0" | "\"false\"" | "\"0\"" => Some(false),
        _ => None,
    }
}

/// The items of an array, or the one item that stands without one.
pub(crate) fn list<'a>(raw: Raw<'a>) -> Option<Vec<&'a RawValue>> {
    match raw?.get().starts_with('{') {
        true => raw.map(|one| vec![one]),
        false => json::items(raw),
    }
}
