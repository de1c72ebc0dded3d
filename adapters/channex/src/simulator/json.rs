//! Writes JSON as text, so that a price keeps the spelling it was given.

/// A text.
pub(super) fn text(value: &str) -> String {
    serde_json::Value::from(value).to_string()
}

/// An object of values that are JSON already.
pub(super) fn object<N: AsRef<str>>(fields: &[(N, String)]) -> String {
    let fields: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{}:{value}", text(name.as_ref())))
        .collect();
    format!("{{{}}}", fields.join(","))
}

/// An array of values that are JSON already.
pub(super) fn array(items: &[String]) -> String {
    format!("[{}]", items.join(","))
}

/// A list of texts.
pub(super) fn texts<T: AsRef<str>>(items: &[T]) -> String {
    let items: Vec<String> = items.iter().map(|item| text(item.as_ref())).collect();
    array(&items)
}
