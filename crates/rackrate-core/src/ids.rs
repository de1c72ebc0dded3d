//! Names of things: ours, and the opaque ones that vendors give.
//!
//! Every identifier is text. Vendors send numbers that outgrow 32 bits or lose leading
//! zeros when somebody counts with them, so nothing here can be added or compared by size.
//!
//! Invariant: an identifier is never empty and carries no control characters.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Why a text cannot be an identifier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The text is empty or only blanks.
    #[error("it is empty")]
    Empty,
    /// The text holds a control character, such as a line break.
    #[error("it holds a control character")]
    Control,
}

macro_rules! text_id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes the text as it is, blanks at the ends removed.
            ///
            /// # Errors
            /// [`IdError`] when nothing is left or a control character is inside.
            pub fn new(text: &str) -> Result<Self, IdError> {
                checked(text).map(|text| Self(text.into()))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::new(&text).map_err(serde::de::Error::custom)
            }
        }
    )*};
}

text_id! {
    /// A vendor of the catalogue, such as `acme`.
    Vendor;
    /// One account at one vendor, as named in `rackrate.toml`.
    ConnectionId;
    /// An app's registration at a vendor, as named in `rackrate.toml`.
    ClientName;
    /// A hotel in our words, as in `properties.csv`.
    PropertyCode;
    /// A room type in our words.
    RoomTypeCode;
    /// A rate plan in our words, such as `BAR`.
    RatePlanCode;
    /// What the vendor calls a property, room type or rate plan; opaque.
    VendorId;
    /// A vendor's asynchronous job; opaque.
    JobRef;
}

impl Vendor {
    /// The name that an adapter's source gives itself.
    ///
    /// # Panics
    /// When the text is no identifier. It is a constant, so the first test that builds the
    /// adapter finds that out.
    #[expect(
        clippy::expect_used,
        reason = "the text is a constant of an adapter, taken in its first test"
    )]
    pub fn constant(name: &'static str) -> Self {
        Self::new(name).expect("a constant name")
    }
}

fn checked(text: &str) -> Result<&str, IdError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(IdError::Empty);
    }
    if text.chars().any(char::is_control) {
        return Err(IdError::Control);
    }
    Ok(text)
}

/// Identifies rows of one vendor's calendar: a room type, a rate plan, or both.
///
/// Which of the two a vendor needs is the adapter's knowledge; the mapping fills what the
/// vendor's discovery offers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Ids {
    /// The vendor's room type, where prices are addressed by it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub room: Option<VendorId>,
    /// The vendor's rate plan.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub plan: Option<VendorId>,
}

impl fmt::Display for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.room, &self.plan) {
            (Some(room), Some(plan)) => write!(f, "{room}/{plan}"),
            (Some(one), None) | (None, Some(one)) => write!(f, "{one}"),
            (None, None) => f.write_str("-"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_digits_and_leading_zeros_survive() {
        let id: VendorId = serde_json::from_str("\"0005886676873777241\"").unwrap();
        assert_eq!(
            serde_json::to_string(&id).unwrap(),
            "\"0005886676873777241\""
        );
    }

    #[test]
    fn nothing_and_line_breaks_are_refused() {
        assert_eq!(VendorId::new("  "), Err(IdError::Empty));
        assert_eq!(VendorId::new("a\nb"), Err(IdError::Control));
    }
}
