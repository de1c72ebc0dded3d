//! A field of a JSON object that is wholly secret.
//!
//! Invariant: the names of fields may be told, their values never; so no message of the JSON
//! library is passed on, because it quotes values.

use std::collections::BTreeMap;

use rackrate_core::secret::Secret;
use serde_json::value::RawValue;

use crate::wiped::{secret, unusable};
use crate::{ErrorKind, SecretError};

/// As many names of fields as a message takes.
const MOST: usize = 12;

/// Reads the field's text; the other fields stay unread.
pub(crate) fn field(object: &str, name: &str) -> Result<Secret, SecretError> {
    let fields: BTreeMap<String, &RawValue> =
        serde_json::from_str(object).map_err(|_| unusable("it is not a JSON object"))?;
    let value = fields.get(name).ok_or_else(|| missing(name, &fields))?;
    let text = serde_json::from_str::<zeroize::Zeroizing<String>>(value.get());
    let text = text.map_err(|_| unusable(format!("its field {name:?} is not a text")))?;
    secret(&text).map_err(|error| error.about(&format!("its field {name:?}")))
}

fn missing(name: &str, fields: &BTreeMap<String, &RawValue>) -> SecretError {
    let names: Vec<_> = fields.keys().take(MOST).map(String::as_str).collect();
    let hint = match names.as_slice() {
        [] => "It has no field at all.".to_owned(),
        names => format!(
            "It has: {}.",
            rackrate_core::error::clean(&names.join(", "))
        ),
    };
    let message = format!("it has no field {name:?}");
    SecretError::new(ErrorKind::NotFound, message, hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OBJECT: &str = r#"{"key": "MARKER\u0041", "port": 51789, "user": "x"}"#;

    #[test]
    fn a_text_is_taken_as_it_is_meant() {
        assert_eq!(field(OBJECT, "key").unwrap().expose(), "MARKERA");
    }

    #[test]
    fn a_missing_field_names_those_that_are_there_and_no_value() {
        let error = field(OBJECT, "secret").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert_eq!(error.hint(), "It has: key, port, user.");
    }

    #[test]
    fn what_is_no_text_is_refused_unseen() {
        for (object, name) in [(OBJECT, "port"), ("MARKER", "key"), ("[\"MARKER\"]", "key")] {
            let error = field(object, name).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unusable);
            let shown = format!("{error} {error:?} {}", error.hint());
            assert!(
                !shown.contains("MARKER") && !shown.contains("51789"),
                "{shown}"
            );
        }
    }
}
