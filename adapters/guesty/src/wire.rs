//! The vendor's JSON, read leniently in spelling and strictly in meaning.
//!
//! Fields stay raw until somebody says what they should be; a price is taken from its
//! text, never through a float.

use rackrate_core::money::{Currency, Minor};
use rackrate_core::night::Night;
use rackrate_core::rules::Set;
use rackrate_core::series::{LONGEST_STAY, Seen};
use serde::Deserialize;
use serde_json::value::RawValue;

/// A field whose type is not to be trusted; `None` when missing or null.
pub(crate) type Raw<'a> = Option<&'a RawValue>;

/// A whole body; `None` where it is no JSON.
pub(crate) fn root(body: &[u8]) -> Raw<'_> {
    serde_json::from_slice(body).ok()
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

/// The digits of a JSON number.
pub(crate) fn number(raw: Raw<'_>) -> Option<&str> {
    let raw = raw?.get();
    raw.starts_with(|c: char| c == '-' || c.is_ascii_digit())
        .then_some(raw)
}

/// The items of an array.
pub(crate) fn items(raw: Raw<'_>) -> Option<Vec<&RawValue>> {
    let raw = raw?.get();
    raw.starts_with('[')
        .then(|| serde_json::from_str(raw).ok())
        .flatten()
}

/// A structure, where the value is an object. A sequence would fill it by position, which
/// nothing here means.
pub(crate) fn object<'a, T: Deserialize<'a>>(raw: Raw<'a>) -> Option<T> {
    let raw = raw?.get();
    raw.starts_with('{')
        .then(|| serde_json::from_str(raw).ok())
        .flatten()
}

/// A day, from a date or from the start of a date with time.
pub(crate) fn night(raw: Raw<'_>) -> Option<Night> {
    let text = text(raw)?;
    match text.get(10..)?.as_bytes().first() {
        None | Some(b'T') => text.get(..10)?.parse().ok(),
        Some(_) => None,
    }
}

/// A price: exact, absent, or marked as unreadable.
pub(crate) fn seen(raw: Raw<'_>, currency: Currency) -> Seen {
    match raw {
        None => Seen::Absent,
        Some(_) => number(raw)
            .and_then(|text| currency.parse_vendor(text).ok())
            .map_or(Seen::Unreadable, Seen::Price),
    }
}

/// A minimum stay: none and one night are no restriction, what is no number is no word.
pub(crate) fn min_stay(raw: Raw<'_>) -> Set<u16> {
    match number(raw).and_then(|text| text.parse().ok()) {
        Some(0 | 1) => Set::Clear,
        Some(nights) if nights <= LONGEST_STAY => Set::To(nights),
        _ => Set::Leave,
    }
}

/// A flag that is a restriction when it is on.
pub(crate) fn flag(raw: Raw<'_>) -> Set<bool> {
    match raw.map(RawValue::get) {
        Some("true") => Set::To(true),
        Some("false") => Set::Clear,
        _ => Set::Leave,
    }
}

/// An amount as the vendor's examples spell it: a number without zeros at its end.
pub(crate) fn amount(currency: Currency, price: Minor) -> String {
    let text = currency.format(price);
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// One segment of a path, whatever is in the identifier.
pub(crate) fn segment(id: &str) -> String {
    let mut out = String::with_capacity(id.len());
    for byte in id.bytes() {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'_' | b'~' | b'.' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> Box<RawValue> {
        RawValue::from_string(text.to_owned()).unwrap()
    }

    #[test]
    fn an_amount_loses_only_zeros_that_say_nothing() {
        let spelled = |code, minor| amount(Currency::new(code).unwrap(), Minor(minor));
        assert_eq!(spelled("EUR", 18_000), "180");
        assert_eq!(spelled("EUR", 9_950), "99.5");
        assert_eq!(spelled("EUR", 1), "0.01");
        assert_eq!(spelled("JPY", 12_900), "12900");
        assert_eq!(spelled("KWD", 12_900), "12.9");
    }

    #[test]
    fn a_minimum_stay_is_a_whole_number_or_no_word() {
        let stay = |text: &str| min_stay(Some(&raw(text)));
        assert_eq!(stay("3"), Set::To(3));
        assert_eq!([stay("0"), stay("1")], [Set::Clear; 2]);
        for text in ["\"3\"", "-1", "2.5", "70000", "65534", "true", "{}"] {
            assert_eq!(stay(text), Set::Leave, "{text}");
        }
        assert_eq!(min_stay(None), Set::Leave);
    }

    #[test]
    fn a_day_may_carry_a_time() {
        let day = |text: &str| night(Some(&raw(text))).map(|night| night.to_string());
        assert_eq!(day("\"2026-12-01\"").as_deref(), Some("2026-12-01"));
        assert_eq!(
            day("\"2026-12-01T00:00:00.000Z\"").as_deref(),
            Some("2026-12-01")
        );
        for text in [
            "\"2026-12-011\"",
            "20261201",
            "\"\"",
            "\"2026-12-0é\"",
            "null",
        ] {
            assert_eq!(day(text), None, "{text}");
        }
    }

    #[test]
    fn an_identifier_stays_one_segment() {
        assert_eq!(segment("5fa02f-a.b"), "5fa02f-a.b");
        assert_eq!(segment("a/b ?é,%"), "a%2Fb%20%3F%C3%A9%2C%25");
    }
}
