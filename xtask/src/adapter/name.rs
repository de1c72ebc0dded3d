//! What a vendor may be called, and its name in the places where templates leave it out.

use anyhow::{bail, ensure};

/// A vendor's name in the catalogue: also the name of its folder and of its crate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name(String);

/// Names of crates of our own, and words that Rust keeps for itself where a crate's name is
/// written alone.
const TAKEN: [&str; 13] = [
    "auth",
    "catalog",
    "conformance",
    "core",
    "ledger",
    "newvendor",
    "orchestrator",
    "plan",
    "runtime",
    "simulation",
    "simulator",
    "bench",
    "e2e",
];

impl Name {
    /// The name, if it can be one.
    ///
    /// # Errors
    /// A sentence about what is wrong with it.
    pub(super) fn new(text: &str) -> anyhow::Result<Self> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        ensure!(
            text.as_bytes().first().is_some_and(u8::is_ascii_lowercase) && text.bytes().all(plain),
            "{text:?} is no name: it begins with a to z and goes on with a to z, 0 to 9 and _"
        );
        ensure!(text.len() <= 32, "a name has at most 32 letters");
        ensure!(
            !text.ends_with('_') && !text.contains("__"),
            "{text:?} is no name: a letter or digit comes after each _"
        );
        if TAKEN.contains(&text) {
            bail!("rackrate-{text} is a crate of this project already; take another name");
        }
        Ok(Self(text.to_owned()))
    }

    /// As in the catalogue: `blue_bay`.
    pub(super) fn word(&self) -> &str {
        &self.0
    }

    /// As a type: `BlueBay`.
    fn kind(&self) -> String {
        let words = self.0.split('_');
        let capital = |word: &str| {
            let (first, rest) = word.split_at(1);
            first.to_ascii_uppercase() + rest
        };
        words.map(capital).collect()
    }

    /// A template's text with this name in it.
    pub(super) fn filled(&self, template: &str) -> String {
        template
            .replace("NewVendor", &self.kind())
            .replace("newvendor", &self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_plain_word_that_is_not_taken() {
        for good in ["acme", "blue_bay", "d360"] {
            assert!(Name::new(good).is_ok(), "{good}");
        }
        for bad in [
            "", "Acme", "9to5", "a-b", "a b", "a__b", "a_", "../x", "core", "é",
        ] {
            assert!(Name::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_name_stands_in_code_as_a_word_and_as_a_type() {
        let name = Name::new("blue_bay").unwrap();
        let filled = name.filled("use rackrate_newvendor::NewVendor;");
        assert_eq!(filled, "use rackrate_blue_bay::BlueBay;");
    }
}
