//! How a vendor spells amounts and restrictions.
//!
//! Invariant: an amount is exact both ways, or it is none; and a restriction that is
//! neither set nor cleared is an error, never a guess.

use rackrate_core::money::{Currency, Minor};
use rackrate_core::rules::Set;
use rackrate_core::series::LONGEST_STAY;

use super::json::Json;

/// How an amount is spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Money {
    /// `"129.00"`.
    Text,
    /// `129.00`, as a JSON number.
    Number,
    /// `12900`, in minor units.
    Minor,
}

impl Money {
    pub(crate) fn write(self, currency: Currency, amount: Minor) -> Json {
        match self {
            Self::Text => Json::Text(currency.format(amount)),
            Self::Number => Json::Number(currency.format(amount)),
            Self::Minor => Json::Number(amount.0.to_string()),
        }
    }

    /// The amount, exactly; `None` for what is none.
    pub(crate) fn read(self, currency: Currency, said: &Json) -> Option<Minor> {
        let text = said.word()?;
        match self {
            Self::Text | Self::Number => currency.parse_vendor(text).ok(),
            // Digits and nothing else: "129.0" may be meant as major units.
            Self::Minor => {
                let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && text.len() <= 18;
                text.parse().ok().filter(|_| plain).map(Minor)
            }
        }
    }
}

/// How a restriction is set and cleared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spelling {
    /// What turns a flag on; none for numbers of nights.
    pub(crate) set: Option<Json>,
    pub(crate) clear: Json,
}

impl Spelling {
    pub(crate) fn write(&self, wish: Set<u16>) -> Option<Json> {
        match (wish, &self.set) {
            (Set::Leave, _) => None,
            (Set::Clear | Set::To(0), _) => Some(self.clear.clone()),
            (Set::To(_), Some(on)) => Some(on.clone()),
            (Set::To(nights), None) => Some(Json::Number(nights.to_string())),
        }
    }

    /// # Errors
    /// For what is neither spelling.
    pub(crate) fn read(&self, said: Option<&Json>) -> Result<Set<u16>, String> {
        let Some(said) = said else {
            return Ok(Set::Leave);
        };
        if *said == Json::Null || *said == self.clear {
            return Ok(Set::Clear);
        }
        match &self.set {
            Some(on) if on == said => Ok(Set::To(1)),
            Some(_) => Err("it is neither set nor cleared".to_owned()),
            None => said
                .whole()
                .and_then(|nights| u16::try_from(nights).ok())
                .filter(|nights| *nights <= LONGEST_STAY)
                .map(Set::To)
                .ok_or_else(|| "it is no number of nights".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Json {
        Json::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn amounts_are_exact_in_every_style() {
        for (code, minor, text) in [
            ("EUR", 12_905, "129.05"),
            ("JPY", 129, "129"),
            ("KWD", 1, "0.001"),
        ] {
            let currency = Currency::new(code).unwrap();
            let written = |money: Money| money.write(currency, Minor(minor)).to_string();
            assert_eq!(written(Money::Text), format!("\"{text}\""));
            assert_eq!(written(Money::Number), text);
            assert_eq!(written(Money::Minor), minor.to_string());
            for money in [Money::Text, Money::Number, Money::Minor] {
                let back = money.read(currency, &json(&written(money)));
                assert_eq!(back, Some(Minor(minor)), "{money:?}");
            }
        }
    }

    #[test]
    fn what_is_no_exact_amount_is_none() {
        let eur = Currency::new("EUR").unwrap();
        for odd in ["null", "true", "[]", "\"\"", "\"-1\"", "129.005", "-1"] {
            for money in [Money::Text, Money::Number, Money::Minor] {
                assert_eq!(money.read(eur, &json(odd)), None, "{money:?} {odd}");
            }
        }
        for odd in ["12900.0", "1e4", "\"1.00\"", "9999999999999999999"] {
            assert_eq!(Money::Minor.read(eur, &json(odd)), None, "{odd}");
        }
    }

    #[test]
    fn a_restriction_is_set_cleared_or_not_spoken_of() {
        let flag = Spelling {
            set: Some(json("\"Y\"")),
            clear: json("\"N\""),
        };
        let nights = Spelling {
            set: None,
            clear: json("0"),
        };
        for (spelling, wish, text) in [
            (&flag, Set::To(1), Some("\"Y\"")),
            (&flag, Set::Clear, Some("\"N\"")),
            (&nights, Set::To(3), Some("3")),
            (&nights, Set::Clear, Some("0")),
            (&nights, Set::Leave, None),
        ] {
            let written = spelling.write(wish);
            assert_eq!(written.as_ref().map(ToString::to_string).as_deref(), text);
            assert_eq!(spelling.read(written.as_ref()), Ok(wish));
        }
        assert_eq!(flag.read(Some(&json("null"))), Ok(Set::Clear));
        for odd in ["\"y\"", "1", "{}"] {
            assert!(flag.read(Some(&json(odd))).is_err(), "{odd}");
        }
        for odd in ["-1", "1.5", "65535", "\"2\""] {
            assert!(nights.read(Some(&json(odd))).is_err(), "{odd}");
        }
    }
}
