//! What people and programs see: tables of 80 columns, JSON, JUnit, findings.

mod bars;
mod findings;
mod junit;
mod page;
mod table;

pub use bars::{Bars, stderr};
pub use findings::tell;
pub use junit::{Case, cases, junit};
pub use page::Page;
pub use table::Table;

use rackrate_core::night::Night;

/// The widest a line for people may be.
const WIDTH: usize = 80;

/// A thousand's separator, so that large counts can be read.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A text in lines of at most 80 columns, each beginning with `indent`; a longer word stays
/// whole.
pub fn wrapped(text: &str, indent: &str) -> String {
    let (mut lines, mut line) = (Vec::new(), String::new());
    for word in text.split_whitespace() {
        let width = indent.chars().count() + line.chars().count() + 1 + word.chars().count();
        if !line.is_empty() && width > WIDTH {
            lines.push(format!("{indent}{line}"));
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(format!("{indent}{line}"));
    lines.join("\n")
}

/// A span of nights, short.
pub fn nights(first: Night, last: Night) -> String {
    if first == last {
        first.to_string()
    } else {
        format!("{first}..{last}")
    }
}
