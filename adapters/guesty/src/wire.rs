//! The vendor's JSON, read leniently in spelling and strictly in meaning.
//!
//! A price is a number and nothing else, taken from its text, never through a float.

use rackrate_core::money::{Currency, Minor};
use rackrate_core::rules::Set;
use rackrate_core::series::{LONGEST_STAY, Seen};
use serde_json::value::RawValue;

pub(crate) use rackrate_core::json::{Raw, items, night, object, text};

/// A whole body; `None` where it is no JSON.
pub(crate) fn root(body: &[u8]) -> Raw<'_> {
    serde_json::from_slice(body).ok()
}

/// The digits of a JSON number.
pub(crate) fn number(raw: Raw<'_>) -> Option<&str> {
    let raw = raw?.get();
    raw.starts_with(|c: char| c == '-' || c.is_ascii_digit())
        .then_some(raw)
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
}
