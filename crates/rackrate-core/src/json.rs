//! A vendor's JSON whose types are not to be trusted: read leniently in spelling and strictly
//! in meaning.
//!
//! The same field comes as number or text, depending on the method, and samples contradict
//! descriptions. So an adapter keeps fields raw until it says what they should be; a price is
//! taken from its text, never through a float.
//!
//! Invariant: what is not of the form asked for is nothing, never a default.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::money::Currency;
use crate::night::Night;
use crate::series::Seen;

/// A field that says anything; `None` when missing or null.
pub type Raw<'a> = Option<&'a RawValue>;

/// The text of a JSON text or number, blanks at its ends removed; `None` for anything else,
/// and for nothing.
pub fn text(raw: Raw<'_>) -> Option<String> {
    let raw = raw?.get();
    let text = match raw.as_bytes().first()? {
        b'"' => serde_json::from_str::<String>(raw).ok()?,
        b'-' | b'0'..=b'9' => raw.to_owned(),
        _ => return None,
    };
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// The items of an array.
pub fn items(raw: Raw<'_>) -> Option<Vec<&RawValue>> {
    serde_json::from_str(raw?.get()).ok()
}

/// A structure, where the value is an object.
pub fn object<'a, T: Deserialize<'a>>(raw: impl Into<Raw<'a>>) -> Option<T> {
    body(raw.into()?.get().as_bytes())
}

/// A structure, where a whole body is one object. A sequence would fill it by position, which
/// no answer means.
pub fn body<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Option<T> {
    bytes
        .trim_ascii_start()
        .starts_with(b"{")
        .then(|| serde_json::from_slice(bytes).ok())
        .flatten()
}

/// Whether a value is made of numbers, flags and nulls: no text, so no words of a person. For
/// members that an adapter keeps without knowing them.
pub fn is_figures(raw: &RawValue) -> bool {
    fn of(value: &serde_json::Value) -> bool {
        match value {
            serde_json::Value::String(_) => false,
            serde_json::Value::Array(items) => items.iter().all(of),
            serde_json::Value::Object(members) => members.values().all(of),
            _ => true,
        }
    }
    serde_json::from_str(raw.get()).is_ok_and(|value| of(&value))
}

/// A day, from a date or from the start of a date with time.
pub fn night(raw: Raw<'_>) -> Option<Night> {
    let text = text(raw)?;
    let (day, time) = text.split_at_checked(10)?;
    match time.as_bytes().first() {
        Some(byte) if byte.is_ascii_digit() => None,
        _ => day.parse().ok(),
    }
}

/// A price: exact, absent, or marked as unreadable.
pub fn price(raw: Raw<'_>, currency: Currency) -> Seen {
    match raw {
        None => Seen::Absent,
        Some(_) => text(raw)
            .and_then(|text| currency.parse_vendor(&text).ok())
            .map_or(Seen::Unreadable, Seen::Price),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Minor;
    use proptest::prelude::*;

    fn raw(text: &str) -> Box<RawValue> {
        RawValue::from_string(text.to_owned()).unwrap()
    }

    #[test]
    fn a_text_may_come_as_a_number_and_not_otherwise() {
        let of = |json: &str| text(Some(&raw(json)));
        assert_eq!(of("\" 0810 \"").as_deref(), Some("0810"));
        assert_eq!(of("-12.50").as_deref(), Some("-12.50"));
        for none in ["\" \"", "true", "null", "[1]", "{}"] {
            assert_eq!(of(none), None, "{none}");
        }
        assert_eq!(text(None), None);
    }

    #[test]
    fn a_list_fills_no_structure() {
        #[derive(Deserialize)]
        struct Named {
            name: String,
        }
        let name = |json: &str| object(&*raw(json)).map(|named: Named| named.name);
        assert_eq!(name(r#"{"name":"BAR","more":1}"#).as_deref(), Some("BAR"));
        for none in [r#"["BAR"]"#, r#"{"name":1}"#, "{}", "\"BAR\"", "null"] {
            assert_eq!(name(none), None, "{none}");
        }
        let named = body(b" \n{\"name\":\"BAR\"}").map(|named: Named| named.name);
        assert_eq!(named.as_deref(), Some("BAR"));
        assert!(items(Some(&raw("{}"))).is_none());
    }

    #[test]
    fn figures_are_all_but_texts() {
        for yes in ["1.50", "true", "null", r#"{"days":[1,{"x":2}]}"#] {
            assert!(is_figures(&raw(yes)), "{yes}");
        }
        for no in ["\"1\"", r#"{"days":[1,{"x":"2"}]}"#] {
            assert!(!is_figures(&raw(no)), "{no}");
        }
    }

    #[test]
    fn a_day_may_carry_a_time() {
        let day = |json: &str| night(Some(&raw(json))).map(|night| night.to_string());
        for good in [
            "\"2026-12-01\"",
            "\"2026-12-01T00:00:00.000Z\"",
            "\"2026-12-01 10:00:00\"",
        ] {
            assert_eq!(day(good).as_deref(), Some("2026-12-01"), "{good}");
        }
        for none in [
            "\"2026-12-011\"",
            "\"2026-12-0é\"",
            "\"2026-12\"",
            "20261201",
            "\"\"",
            "null",
        ] {
            assert_eq!(day(none), None, "{none}");
        }
    }

    #[test]
    fn a_price_that_is_there_and_no_number_is_not_absent() {
        let of = |json: &str| price(Some(&raw(json)), Currency::new("EUR").unwrap());
        assert_eq!(of("129.0"), Seen::Price(Minor(12_900)));
        assert_eq!(of("\"129\""), Seen::Price(Minor(12_900)));
        for odd in ["\"\"", "\"129,00\"", "true", "129.005", "[]"] {
            assert_eq!(of(odd), Seen::Unreadable, "{odd}");
        }
        assert_eq!(price(None, Currency::new("EUR").unwrap()), Seen::Absent);
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_readers_panic(bytes: Vec<u8>, word in "\\PC*") {
            let _ = body::<Raw<'_>>(&bytes);
            if let Ok(word) = serde_json::to_string(&word) {
                let _ = night(Some(&raw(&word)));
            }
        }
    }
}
