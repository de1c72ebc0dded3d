//! A form with fields like `rates[0][rateID]`, as JSON in which every value is a text.

use std::collections::BTreeMap;

use anyhow::{Result, bail, ensure};
use serde_json::Value;

/// A field's value, or what stands below its name.
enum Node {
    Text(String),
    Named(BTreeMap<String, Node>),
}

/// The fields as one JSON object.
///
/// # Errors
/// When a field is there twice or broken, or a list has gaps.
pub(super) fn json(fields: &[(String, String)]) -> Result<String> {
    let mut all = Node::Named(BTreeMap::new());
    for (name, value) in fields {
        let path: Vec<&str> = name.split('[').collect();
        let closed = path.iter().skip(1).all(|part| part.ends_with(']'));
        ensure!(closed, "the field {name} has a bracket that does not close");
        let path = path.iter().map(|part| part.trim_end_matches(']'));
        all.put(path, value)?;
    }
    Ok(all.value()?.to_string())
}

impl Node {
    fn put<'a>(&mut self, mut path: impl Iterator<Item = &'a str>, value: &str) -> Result<()> {
        let (Self::Named(members), Some(name)) = (self, path.next()) else {
            bail!("a field is a value and a list of values");
        };
        let mut rest = path.peekable();
        if rest.peek().is_some() {
            let below = members.entry(name.to_owned());
            let below = below.or_insert_with(|| Self::Named(BTreeMap::new()));
            // A trait object keeps the depth of the recursion out of its type.
            let rest: &mut dyn Iterator<Item = &'a str> = &mut rest;
            return below.put(rest, value);
        }
        let before = members.insert(name.to_owned(), Self::Text(value.to_owned()));
        ensure!(before.is_none(), "the field {name} is there twice");
        Ok(())
    }

    fn value(self) -> Result<Value> {
        let members = match self {
            Self::Text(text) => return Ok(Value::String(text)),
            Self::Named(members) => members,
        };
        let numbered = |name: &String| name.bytes().all(|byte| byte.is_ascii_digit());
        if members.is_empty() || !members.keys().all(numbered) {
            let each = members.into_iter();
            return each.map(|(name, node)| Ok((name, node.value()?))).collect();
        }
        let mut items = BTreeMap::new();
        for (name, node) in members {
            items.insert(name.parse::<usize>()?, node.value()?);
        }
        let gapless = items.keys().copied().eq(0..items.len());
        ensure!(gapless, "a list has gaps");
        Ok(Value::Array(items.into_values().collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(fields: &[(&str, &str)]) -> Result<String> {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        json(&fields.iter().map(own).collect::<Vec<_>>())
    }

    #[test]
    fn brackets_become_lists_and_objects() {
        let fields = [
            ("propertyID", "7"),
            ("rates[0][interval][0][rate]", "129.00"),
            ("rates[0][rateID]", "8"),
        ];
        assert_eq!(
            of(&fields).unwrap(),
            r#"{"propertyID":"7","rates":[{"interval":[{"rate":"129.00"}],"rateID":"8"}]}"#
        );
    }

    #[test]
    fn gaps_repeats_and_broken_names_are_errors() {
        for fields in [
            vec![("rates[1]", "a")],
            vec![("a", "1"), ("a", "2")],
            vec![("a", "1"), ("a[b]", "2")],
            vec![("a[b", "1")],
        ] {
            assert!(of(&fields).is_err(), "{fields:?}");
        }
    }
}
