//! Amounts at speed: plain digits are counted without an allocation.
//!
//! Anything unusual goes through the currency's own parser, so that both agree.

use rackrate_core::money::{AmountError, Currency, Minor};

/// Reads what a person wrote.
pub(super) fn amount(currency: Currency, text: &[u8]) -> Result<Minor, AmountError> {
    match plain(text, currency.exponent() as usize) {
        Some(amount) => Ok(amount),
        None => std::str::from_utf8(text)
            .map_err(|_| AmountError::Malformed)
            .and_then(|text| currency.parse(text)),
    }
}

/// At most twelve digits with exactly the currency's decimals; `None` for anything else.
fn plain(text: &[u8], exponent: usize) -> Option<Minor> {
    let decimals = match exponent {
        0 => 0,
        some => some + 1,
    };
    if text.len() <= decimals || text.len() > 12 {
        return None;
    }
    let (whole, fraction) = text.split_at(text.len() - decimals);
    let fraction = match fraction {
        [] => fraction,
        [b'.', digits @ ..] => digits,
        _ => return None,
    };
    let mut amount = 0_u64;
    for byte in whole.iter().chain(fraction) {
        if !byte.is_ascii_digit() {
            return None;
        }
        amount = amount * 10 + u64::from(byte - b'0');
    }
    Some(Minor(amount))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_text_is_read_as_the_currency_reads_it(
            text in "-?[0-9]{0,14}(\\.[0-9]{0,4})?|\\PC{0,8}",
        ) {
            for code in ["EUR", "JPY", "KWD"] {
                let currency = Currency::new(code).unwrap();
                prop_assert_eq!(amount(currency, text.as_bytes()), currency.parse(&text));
            }
        }
    }
}
