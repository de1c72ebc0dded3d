//! JSON as a tree in which numbers keep their text.
//!
//! A description says at run time where a price stands, so no wire type can be written for
//! it. `serde_json::Value` would turn 129.00 into 129.0 on the way.
//!
//! Invariant: a document is read whole or not at all, and no depth of nesting exhausts the
//! stack.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Deeper than any answer of a rate API, and far from the end of the stack.
const DEEPEST: usize = 64;

/// A JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Json {
    Null,
    Flag(bool),
    /// The number as it was written.
    Number(String),
    Text(String),
    List(Vec<Json>),
    /// In the order in which it was written; no name occurs twice.
    Object(Vec<(String, Json)>),
}

/// Why bytes are no document.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JsonError {
    #[error("it is not JSON: {0}")]
    Syntax(#[from] serde_json::Error),
    #[error("it is nested deeper than {DEEPEST} levels")]
    Deep,
    #[error("an object names a member twice")]
    Twice,
}

impl Json {
    /// Reads a document.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, JsonError> {
        let raw: &RawValue = serde_json::from_slice(bytes)?;
        tree(raw, 0)
    }

    /// The member of that name, where this is an object that has it.
    pub(crate) fn member(&self, name: &str) -> Option<&Json> {
        match self {
            Self::Object(members) => {
                let mut members = members.iter();
                members.find(|(own, _)| own == name).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// A text, or a number in the spelling that it has; for identifiers and cursors.
    pub(crate) fn word(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Number(text) => Some(text),
            _ => None,
        }
    }

    /// A whole number that is not negative.
    pub(crate) fn whole(&self) -> Option<u64> {
        match self {
            Self::Number(text) => text.parse().ok(),
            _ => None,
        }
    }
}

/// Compact JSON; texts at the top are shown without quotes by [`Json::word`] only.
impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Flag(flag) => flag.fmt(f),
            Self::Number(text) => f.write_str(text),
            Self::Text(text) => f.write_str(&quoted(text)),
            Self::List(items) => {
                f.write_str("[")?;
                for (at, item) in items.iter().enumerate() {
                    let comma = if at == 0 { "" } else { "," };
                    write!(f, "{comma}{item}")?;
                }
                f.write_str("]")
            }
            Self::Object(members) => {
                f.write_str("{")?;
                for (at, (name, value)) in members.iter().enumerate() {
                    let comma = if at == 0 { "" } else { "," };
                    write!(f, "{comma}{}:{value}", quoted(name))?;
                }
                f.write_str("}")
            }
        }
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Every level is read by itself, because a raw value is only found one level down.
fn tree(raw: &RawValue, depth: usize) -> Result<Json, JsonError> {
    if depth > DEEPEST {
        return Err(JsonError::Deep);
    }
    let text = raw.get();
    Ok(match text.as_bytes().first() {
        Some(b'{') => {
            let Members(members) = serde_json::from_str(text)?;
            let mut names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
            names.sort_unstable();
            if names.windows(2).any(|pair| pair[0] == pair[1]) {
                return Err(JsonError::Twice);
            }
            let read = members
                .into_iter()
                .map(|(name, raw)| Ok((name, tree(raw, depth + 1)?)));
            Json::Object(read.collect::<Result<_, JsonError>>()?)
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(text)?;
            let read = items.into_iter().map(|raw| tree(raw, depth + 1));
            Json::List(read.collect::<Result<_, _>>()?)
        }
        Some(b'"') => Json::Text(serde_json::from_str(text)?),
        Some(b't') => Json::Flag(true),
        Some(b'f') => Json::Flag(false),
        Some(b'n') => Json::Null,
        _ => Json::Number(text.to_owned()),
    })
}

/// The members of an object, in their order.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_number_keeps_its_text_and_members_their_order() {
        let text = r#"{"b":129.00,"a":[1e2,"é\n",null,true,{}],"c":-0}"#;
        assert_eq!(Json::parse(text.as_bytes()).unwrap().to_string(), text);
    }

    #[test]
    fn a_member_named_twice_and_a_tower_of_brackets_are_no_documents() {
        let parse = |text: &str| Json::parse(text.as_bytes());
        assert!(matches!(parse(r#"{"a":1,"a":2}"#), Err(JsonError::Twice)));
        for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
            let tower = |levels| format!("{}1{}", open.repeat(levels), close.repeat(levels));
            assert!(parse(&tower(DEEPEST)).is_ok());
            assert!(matches!(parse(&tower(100_000)), Err(JsonError::Deep)));
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC*") {
            let _ = Json::parse(text.as_bytes());
        }
    }
}
