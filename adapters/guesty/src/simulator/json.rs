//! Writes JSON as text, so that a price keeps its digits.

/// A text.
pub(super) fn text(value: &str) -> String {
    serde_json::Value::from(value).to_string()
}

/// An object of values that are JSON already.
pub(super) fn object(fields: &[(&str, String)]) -> String {
    let fields: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{}:{value}", text(name)))
        .collect();
    format!("{{{}}}", fields.join(","))
}

/// An array of values that are JSON already.
pub(super) fn array(items: &[String]) -> String {
    format!("[{}]", items.join(","))
}
