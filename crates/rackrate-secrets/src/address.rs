//! The address of a service that gives out secrets.
//!
//! Invariant: https, or http to this machine only; nothing secret crosses a network in clear.

use std::fmt;
use std::str::FromStr;

use rackrate_core::address::check;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use url::Url;

/// An address that may be asked for secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(Url);

impl Address {
    /// The address with these segments after its path.
    pub(crate) fn with<'s>(&self, segments: impl IntoIterator<Item = &'s str>) -> Url {
        let mut url = self.0.clone();
        // An address of http or https always has a path.
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|error| format!("it is no address: {error}"))?;
        check("the address", &url).map_err(|error| error.to_string())?;
        Ok(Self(url))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_is_for_this_machine_only() {
        let good = |text: &str| text.parse::<Address>().is_ok();
        assert!(good("https://vault.test:8200") && good("http://127.0.0.1:8200"));
        assert!(good("http://localhost:8200/base"));
        assert!(!good("http://vault.test:8200") && !good("http://localhost.evil.test"));
        assert!(!good("unix:///run/vault.sock") && !good("vault.test:8200"));
        assert!(!good("https://me:pw@vault.test") && !good("https://vault.test/?a=b"));
    }

    #[test]
    fn segments_cannot_break_out_of_their_place() {
        let address: Address = "https://vault.test/base/".parse().unwrap();
        let url = address.with(["v1", "kv", "data", "a/../b", "c?d#e%2f"]);
        let expected = "https://vault.test/base/v1/kv/data/a%2F..%2Fb/c%3Fd%23e%252f";
        assert_eq!(url.as_str(), expected);
        assert_eq!(address.to_string(), "https://vault.test/base");
    }

    #[test]
    fn a_password_in_an_address_is_refused_unseen() {
        let error = "https://me:MARKER@vault.test"
            .parse::<Address>()
            .unwrap_err();
        assert!(!error.contains("MARKER"));
    }
}
