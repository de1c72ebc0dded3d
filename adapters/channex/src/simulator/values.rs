//! The values of an entry's fields, read from their JSON, and the vendor's words against
//! what is none.

use rackrate_core::money::{Currency, Minor};

/// What is no value of the field's kind.
pub(super) const INVALID: &str = "is invalid";
const NULL: &str = "Should be a non null value or not existed field";

/// A text in major units, or a whole number of minor units; anything with a point is a
/// float and no price.
pub(super) fn amount(raw: &str, currency: Currency) -> Result<Minor, &'static str> {
    const TOO_SMALL: &str = "must be greater than 0";
    if raw == "null" {
        return Err(NULL);
    }
    let text: Option<String> = serde_json::from_str(raw).ok();
    let negative = text.as_deref().unwrap_or(raw).starts_with('-');
    let price = match text {
        Some(text) => currency.parse(&text).ok(),
        None => raw.parse().ok().map(Minor),
    };
    match price {
        Some(Minor(0)) => Err(TOO_SMALL),
        Some(price) => Ok(price),
        None if negative => Err(TOO_SMALL),
        None => Err(INVALID),
    }
}

/// A number of nights.
pub(super) fn nights(raw: &str, least: i64) -> Result<u16, String> {
    if raw == "null" {
        return Err(NULL.to_owned());
    }
    let number: i64 = raw.parse().map_err(|_| INVALID.to_owned())?;
    if number < least {
        return Err(format!("must be greater than or equal to {least}"));
    }
    u16::try_from(number).map_err(|_| INVALID.to_owned())
}

/// A truth value.
pub(super) fn flag(raw: &str) -> Result<u16, String> {
    match raw {
        "true" | "1" => Ok(1),
        "false" | "0" => Ok(0),
        "null" => Err(NULL.to_owned()),
        _ => Err(INVALID.to_owned()),
    }
}
