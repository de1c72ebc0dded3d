//! Clause P4: answers that nobody would send, made of good ones.

use serde_json::Value;

use crate::answers::understood;
use crate::clause::Check;
use crate::parse::is_success;
use crate::vendor::Vendor;

/// Values that a field may be sent as by mistake.
const STRANGE: [&str; 9] = [
    "null",
    "true",
    "-1",
    "1e300",
    "18446744073709551616",
    "\"\"",
    "\"\\u0000é\"",
    "[[]]",
    "{}",
];

/// A panic ends the check by itself, so all that is asked here is that it ends.
pub(crate) fn never_panics(vendor: &Vendor) -> Check {
    let adapter = vendor.adapter()?;
    for golden in understood(vendor)? {
        let Ok(body) = serde_json::from_slice::<Value>(&golden.response.body) else {
            continue;
        };
        for strange in STRANGE {
            let strange: Value = serde_json::from_str(strange).unwrap_or_default();
            for at in 0..parts(&body) {
                let mut answer = golden.response.clone();
                answer.body = replaced(&body, &mut Some(at), &strange).to_string().into();
                let _ = is_success(vendor, &*adapter, golden.operation, &answer);
            }
        }
    }
    no_json_at_all(vendor)
}

fn no_json_at_all(vendor: &Vendor) -> Check {
    let adapter = vendor.adapter()?;
    for golden in understood(vendor)? {
        for odd in ["", "<html>", "\u{feff}{}", "[", "nul", "\u{0}"] {
            let mut answer = golden.response.clone();
            answer.body = odd.to_owned().into();
            let _ = is_success(vendor, &*adapter, golden.operation, &answer);
        }
    }
    Ok(())
}

/// How many values there are inside a value, itself included.
fn parts(value: &Value) -> usize {
    1 + match value {
        Value::Object(fields) => fields.values().map(parts).sum(),
        Value::Array(items) => items.iter().map(parts).sum(),
        _ => 0,
    }
}

/// The value with its n-th part replaced, counted from the outside.
fn replaced(value: &Value, at: &mut Option<usize>, with: &Value) -> Value {
    match at {
        Some(0) => {
            *at = None;
            return with.clone();
        }
        Some(left) => *left -= 1,
        None => {}
    }
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), replaced(value, at, with)))
            .collect(),
        Value::Array(items) => items.iter().map(|item| replaced(item, at, with)).collect(),
        other => other.clone(),
    }
}
