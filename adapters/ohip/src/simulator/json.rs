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

/// The days of a week, as flags that are all set.
pub(super) fn whole_week() -> Vec<(&'static str, String)> {
    DAYS.map(|day| (day, "true".to_owned())).to_vec()
}

/// The names of the days, from Monday on.
pub(super) const DAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];
