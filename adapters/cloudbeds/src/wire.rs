//! The vendor's JSON, read leniently in spelling and strictly in meaning.
//!
//! The same field comes as number or text, and a list as array or object, depending on
//! the method. So fields stay raw until somebody says what they should be; a price is
//! taken from its text, never through a float.

use rackrate_core::money::Currency;
use rackrate_core::night::Night;
use rackrate_core::series::Seen;
use serde::Deserialize;
use serde_json::value::RawValue;

/// A field whose type is not to be trusted; `None` when missing or null.
pub(crate) type Raw<'a> = Option<&'a RawValue>;

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

/// The text of a JSON text or number; `None` for anything else, and for nothing.
pub(crate) fn text(raw: Raw<'_>) -> Option<String> {
    let raw = raw?.get();
    let text = match raw.as_bytes().first()? {
        b'"' => serde_json::from_str::<String>(raw).ok()?,
        b'-' | b'0'..=b'9' => raw.to_owned(),
        _ => return None,
    };
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
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
    let raw = raw?;
    match raw.get().as_bytes().first()? {
        b'[' => serde_json::from_str(raw.get()).ok(),
        b'{' => Some(vec![raw]),
        _ => None,
    }
}

/// A structure, where the value is one.
pub(crate) fn item<'a, T: Deserialize<'a>>(raw: &'a RawValue) -> Option<T> {
    // A sequence would fill a struct by position, which no field here means.
    raw.get()
        .starts_with('{')
        .then(|| serde_json::from_str(raw.get()).ok())
        .flatten()
}

/// A day, from a date or from the start of a date with time.
pub(crate) fn night(raw: Raw<'_>) -> Option<Night> {
    let text = text(raw)?;
    text.get(..10)?.parse().ok()
}

/// A price: exact, or marked as unreadable.
pub(crate) fn seen(raw: Raw<'_>, currency: Currency) -> Seen {
    match raw {
        None => Seen::Absent,
        Some(_) => text(raw)
            .and_then(|text| currency.parse_vendor(&text).ok())
            .map_or(Seen::Unreadable, Seen::Price),
    }
}
