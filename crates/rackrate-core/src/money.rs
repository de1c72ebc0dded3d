//! Exact money: whole minor units of an ISO 4217 currency, never a float.
//!
//! Parsing is in two strengths. A person's file is read strictly, because `129.000` in a
//! euro column is a mistake to show. A vendor's number is read exactly but leniently,
//! because `129.0`, `129` and `1.29e2` are the same price.
//!
//! Invariant: no value passes through a float, and nothing is rounded.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An amount in minor units (cents for EUR, yen for JPY, fils for KWD).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Minor(pub u64);

/// A currency of ISO 4217 that has minor units.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency(iso_currency::Currency);

/// Whether prices include tax.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Basis {
    /// Taxes are in the price.
    Gross,
    /// Taxes come on top.
    Net,
}

/// Why a text is not an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Not a plain decimal number.
    #[error("not a decimal number such as 129.00")]
    Malformed,
    /// Below zero.
    #[error("it is negative")]
    Negative,
    /// More decimals than the currency has.
    #[error("more decimals than the currency has")]
    TooPrecise,
    /// Larger than 18 digits of minor units.
    #[error("it is too large")]
    TooLarge,
}

/// A text that is no currency we can count in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an ISO 4217 currency with minor units")]
pub struct CurrencyError(String);

impl Currency {
    /// The currency of a three-letter code in capitals.
    ///
    /// # Errors
    /// [`CurrencyError`] for an unknown code, or one without minor units such as XAU.
    pub fn new(code: &str) -> Result<Self, CurrencyError> {
        iso_currency::Currency::from_code(code)
            .filter(|currency| currency.exponent().is_some())
            .map(Self)
            .ok_or_else(|| CurrencyError(code.chars().take(12).collect()))
    }

    /// The three-letter code.
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// Decimals of the minor unit: 2 for EUR, 0 for JPY, 3 for KWD.
    pub fn exponent(self) -> u32 {
        u32::from(self.0.exponent().unwrap_or_default())
    }

    /// Reads what a person wrote: digits, at most as many decimals as the currency has.
    ///
    /// # Errors
    /// [`AmountError`], naming what is wrong with the text.
    pub fn parse(self, text: &str) -> Result<Minor, AmountError> {
        match text.strip_prefix('-') {
            None => parse_decimal(text, self.exponent()),
            Some(rest) => parse_decimal(rest, self.exponent()).and(Err(AmountError::Negative)),
        }
    }

    /// Reads a vendor's number, from JSON or a decimal string: exact, whatever the spelling.
    ///
    /// # Errors
    /// [`AmountError`] when the text is no number, is negative, or would need rounding.
    pub fn parse_vendor(self, text: &str) -> Result<Minor, AmountError> {
        let (mantissa, shift) = split_exponent(text)?;
        let (negative, mantissa) = match mantissa.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, mantissa),
        };
        let minor = shifted(mantissa, shift, self.exponent())?;
        if negative && minor.0 > 0 {
            return Err(AmountError::Negative);
        }
        Ok(minor)
    }

    /// The amount as text with exactly the currency's decimals: `129.00`, `12900`, `12.900`.
    pub fn format(self, amount: Minor) -> String {
        let exponent = self.exponent();
        if exponent == 0 {
            return amount.0.to_string();
        }
        let unit = 10_u64.pow(exponent);
        let width = exponent as usize;
        format!("{}.{:0width$}", amount.0 / unit, amount.0 % unit)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl TryFrom<String> for Currency {
    type Error = CurrencyError;
    fn try_from(code: String) -> Result<Self, CurrencyError> {
        Self::new(&code)
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

impl fmt::Display for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gross => "gross",
            Self::Net => "net",
        })
    }
}

/// The largest count of digits that always fits `u64`.
const MOST_DIGITS: usize = 18;

fn parse_decimal(text: &str, exponent: u32) -> Result<Minor, AmountError> {
    let (whole, fraction) = split_point(text)?;
    if fraction.len() > exponent as usize {
        return Err(AmountError::TooPrecise);
    }
    digits(whole, fraction, exponent as usize - fraction.len())
}

fn split_point(text: &str) -> Result<(&str, &str), AmountError> {
    let (whole, fraction) = match text.split_once('.') {
        Some((_, "")) => return Err(AmountError::Malformed),
        Some(parts) => parts,
        None => (text, ""),
    };
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !plain(whole) || !plain(fraction) {
        return Err(AmountError::Malformed);
    }
    Ok((whole, fraction))
}

fn digits(whole: &str, fraction: &str, zeros: usize) -> Result<Minor, AmountError> {
    let all = format!(
        "{whole}{fraction}{}",
        "0".repeat(zeros.min(MOST_DIGITS + 1))
    );
    let significant = all.trim_start_matches('0');
    if significant.len() > MOST_DIGITS {
        return Err(AmountError::TooLarge);
    }
    match significant {
        "" => Ok(Minor(0)),
        digits => digits.parse().map(Minor).map_err(|_| AmountError::TooLarge),
    }
}

fn split_exponent(text: &str) -> Result<(&str, i32), AmountError> {
    match text.split_once(['e', 'E']) {
        None => Ok((text, 0)),
        Some((mantissa, power)) => {
            let power: i32 = power.parse().map_err(|_| AmountError::Malformed)?;
            if power.abs() > 30 {
                return Err(AmountError::TooLarge);
            }
            Ok((mantissa, power))
        }
    }
}

/// Moves the decimal point by `shift + exponent` places; what would be cut must be zeros.
fn shifted(mantissa: &str, shift: i32, exponent: u32) -> Result<Minor, AmountError> {
    let (whole, fraction) = split_point(mantissa)?;
    let places = shift + exponent as i32;
    let point = whole.len() as i32 + places;
    let all = format!("{whole}{fraction}");
    if point < 0 {
        return if all.bytes().all(|b| b == b'0') {
            Ok(Minor(0))
        } else {
            Err(AmountError::TooPrecise)
        };
    }
    let point = point as usize;
    if point >= all.len() {
        return digits(&all, "", point - all.len());
    }
    let (kept, cut) = all.split_at(point);
    if cut.bytes().any(|byte| byte != b'0') {
        return Err(AmountError::TooPrecise);
    }
    digits(kept, "", 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn eur() -> Currency {
        Currency::new("EUR").unwrap()
    }

    #[test]
    fn a_persons_amount_is_read_strictly() {
        assert_eq!(eur().parse("129.5"), Ok(Minor(12_950)));
        assert_eq!(eur().parse("129.000"), Err(AmountError::TooPrecise));
        assert_eq!(eur().parse("-1.00"), Err(AmountError::Negative));
        for text in [
            "", ".", "1.", ".5", "1,00", "1e2", "+1", "NaN", "12 0", "--1",
        ] {
            assert_eq!(eur().parse(text), Err(AmountError::Malformed), "{text}");
        }
        assert_eq!(
            Currency::new("JPY").unwrap().parse("100.00"),
            Err(AmountError::TooPrecise)
        );
    }

    #[test]
    fn a_vendors_number_is_exact_in_any_spelling() {
        for text in [
            "129", "129.0", "129.00", "129.0000", "1.29e2", "12900E-2", "0129.00",
        ] {
            assert_eq!(eur().parse_vendor(text), Ok(Minor(12_900)), "{text}");
        }
        assert_eq!(eur().parse_vendor("129.005"), Err(AmountError::TooPrecise));
        assert_eq!(eur().parse_vendor("1e-9"), Err(AmountError::TooPrecise));
        assert_eq!(eur().parse_vendor("-0.00"), Ok(Minor(0)));
        assert_eq!(eur().parse_vendor("9e30"), Err(AmountError::TooLarge));
    }

    #[test]
    fn currencies_without_minor_units_are_refused() {
        assert!(Currency::new("XAU").is_err());
        assert!(Currency::new("eur").is_err());
        assert_eq!(
            Currency::new("KWD").unwrap().format(Minor(12_900)),
            "12.900"
        );
    }

    proptest! {
        #[test]
        fn formatting_then_parsing_gives_the_amount_back(minor in 0_u64..1_000_000_000_000) {
            for code in ["EUR", "JPY", "KWD"] {
                let currency = Currency::new(code).unwrap();
                let text = currency.format(Minor(minor));
                prop_assert_eq!(currency.parse(&text), Ok(Minor(minor)));
                prop_assert_eq!(currency.parse_vendor(&text), Ok(Minor(minor)));
            }
        }

        #[test]
        fn no_text_makes_the_parsers_panic(text in "\\PC*") {
            let _ = eur().parse(&text);
            let _ = eur().parse_vendor(&text);
        }
    }
}
