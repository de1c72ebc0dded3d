//! Words from outside, made fit to be shown and kept: the one gate that every text of a vendor
//! passes before anything else sees it.
//!
//! Only rates are read, so nothing that a vendor sends should speak of a guest. Its error texts
//! do all the same, and a hotel's name is typed by people. So here, once, a text becomes one
//! line without markup, control characters, mail addresses, phone numbers, card numbers and
//! labelled names, and is cut. Identifiers are no text: they go back to the vendor, so nobody
//! may touch them, and they do not pass here.
//!
//! What is masked is found by its form, never by a list. A name that stands among other words
//! without a label, a title, a mail address or a number beside it cannot be told from them;
//! `docs/data.md` says so.
//!
//! Invariant: cleaning what is clean changes nothing, so a text may pass twice.

mod mail;
mod markup;
mod names;
mod numbers;
mod spans;

use spans::Spans;

/// The longest text kept, in characters.
pub const TEXT_LIMIT: usize = 300;

/// So many characters are looked at: what is masked gets shorter, and a whole page of them
/// would have to be masked away before more were missed.
const SEARCHED: usize = TEXT_LIMIT * 8;

/// A vendor's sentence: one line of at most [`TEXT_LIMIT`] characters without markup, control
/// characters or personal data.
pub fn clean(text: &str) -> String {
    cut(masked(&markup::plain(text, SEARCHED), true))
}

/// The name of a hotel, a room type or a rate plan, by the same rules but one: "Guest Room" and
/// "Mr Smith Suite" are what it is called, not who sleeps there.
pub fn clean_name(text: &str) -> String {
    cut(masked(&markup::plain(text, SEARCHED), false))
}

/// A text of any length with the same forms masked and nothing cut: for lists, such as granted
/// scopes, that something still has to be read from.
pub fn without_persons(text: &str) -> String {
    masked(&markup::plain(text, usize::MAX), false)
}

fn masked(line: &str, sentence: bool) -> String {
    let mut spans = Spans::default();
    mail::find(line, &mut spans);
    // Who leaves a mail address is spoken of, so looser forms of the rest count, too.
    let loose = sentence && !spans.is_empty();
    numbers::find(line, loose, &mut spans);
    if sentence {
        let loose = !spans.is_empty();
        names::find(line, loose, &mut spans);
    }
    spans.mask(line)
}

fn cut(line: String) -> String {
    match line.char_indices().nth(TEXT_LIMIT) {
        Some((end, _)) if line[end..] != *"…" => format!("{}…", &line[..end]),
        _ => line,
    }
}

#[cfg(test)]
mod tests;
