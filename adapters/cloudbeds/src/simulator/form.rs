//! Request fields with nested brackets, as PHP reads them; also from a JSON body.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// A field, or fields below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tree {
    /// A value.
    Leaf(String),
    /// Named or numbered fields; numbers may leave gaps.
    Branch(BTreeMap<String, Tree>),
}

impl Default for Tree {
    fn default() -> Self {
        Self::Branch(BTreeMap::new())
    }
}

impl Tree {
    /// The fields of a form or query, percent-encoded or raw.
    pub(super) fn of_form(form: &[u8]) -> Self {
        let mut tree = Self::default();
        for (name, value) in form_urlencoded::parse(form) {
            let (head, rest) = name.split_once('[').unwrap_or((&name, ""));
            let keys = rest.split('[').map(|key| key.trim_end_matches(']'));
            let path: Vec<&str> = std::iter::once(head)
                .chain(keys.filter(|key| !key.is_empty()))
                .collect();
            tree.put(&path, value.into_owned());
        }
        tree
    }

    /// The fields of a JSON body; `None` when it is none.
    pub(super) fn of_json(json: &str) -> Option<Self> {
        let json = json.trim();
        match json.as_bytes().first()? {
            b'{' => {
                let fields: BTreeMap<String, Box<RawValue>> = serde_json::from_str(json).ok()?;
                let fields = fields
                    .into_iter()
                    .map(|(name, raw)| Some((name, Self::of_json(raw.get())?)));
                fields.collect::<Option<_>>().map(Self::Branch)
            }
            b'[' => {
                let items: Vec<Box<RawValue>> = serde_json::from_str(json).ok()?;
                let items = items
                    .into_iter()
                    .enumerate()
                    .map(|(at, raw)| Some((at.to_string(), Self::of_json(raw.get())?)));
                items.collect::<Option<_>>().map(Self::Branch)
            }
            b'"' => serde_json::from_str(json).ok().map(Self::Leaf),
            _ => Some(Self::Leaf(json.to_owned())),
        }
    }

    fn put(&mut self, path: &[&str], value: String) {
        match (path, self) {
            ([], own) => *own = Self::Leaf(value),
            ([key, rest @ ..], Self::Branch(fields)) => {
                fields
                    .entry((*key).to_owned())
                    .or_default()
                    .put(rest, value);
            }
            (path, own) => {
                *own = Self::default();
                own.put(path, value);
            }
        }
    }

    /// A field below.
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Leaf(_) => None,
            Self::Branch(fields) => fields.get(name),
        }
    }

    /// The text of a field below; `null` and nothing are no text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Self::Leaf(text) if !text.is_empty() && text != "null" => Some(text),
            _ => None,
        }
    }

    /// The numbered fields, by number.
    pub(super) fn items(&self) -> Vec<&Self> {
        let Self::Branch(fields) = self else {
            return Vec::new();
        };
        let mut items: Vec<(u64, &Self)> = fields
            .iter()
            .filter_map(|(name, item)| Some((name.parse().ok()?, item)))
            .collect();
        items.sort_by_key(|(at, _)| *at);
        items.into_iter().map(|(_, item)| item).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_nest_raw_or_encoded_and_may_leave_gaps() {
        let tree = Tree::of_form(b"p=1&rates%5B7%5D%5Ba%5D=x&rates[2][a]=y");
        let rates = tree.get("rates").unwrap().items();
        let values: Vec<_> = rates.iter().map(|rate| rate.text("a")).collect();
        assert_eq!(values, [Some("y"), Some("x")]);
    }

    #[test]
    fn json_and_form_mean_the_same() {
        let json = Tree::of_json(r#"{"rates":[{"rate":129.0}]}"#).unwrap();
        assert_eq!(json, Tree::of_form(b"rates[0][rate]=129.0"));
    }
}
