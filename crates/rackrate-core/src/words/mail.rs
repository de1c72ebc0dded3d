//! Mail addresses, plain or with the sign in its URL form.

use super::spans::Spans;

const MASK: &str = "[mail]";

/// So much before a sign is looked at, in bytes; the standard allows 64 (RFC 5321, 4.5.3.1.1).
const LONGEST_LOCAL: usize = 256;

pub(super) fn find(line: &str, spans: &mut Spans) {
    for sign in ["@", "%40"] {
        for (at, _) in line.match_indices(sign) {
            let from = line.floor_char_boundary(at.saturating_sub(LONGEST_LOCAL));
            let local = from + line[from..at].trim_end_matches(is_local).len()..at;
            let domain = domain(&line[at + sign.len()..]);
            if !local.is_empty() && domain > 0 {
                spans.add(local.start..at + sign.len() + domain, MASK);
            }
        }
    }
}

/// What may stand before the sign. Signs that separate an address from its label do not count,
/// though the standard lets some of them in.
fn is_local(letter: char) -> bool {
    letter.is_alphanumeric() || "._%+-~!#$^*{}|'’".contains(letter)
}

/// The length of the domain at the beginning of the text: labels, the last one of letters, so
/// that `2@129.00` is no address.
fn domain(text: &str) -> usize {
    let is_part = |c: char| c.is_alphanumeric() || c == '-' || c == '.';
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    let domain = text[..end].trim_end_matches(['.', '-']);
    match domain.rsplit_once('.') {
        Some((host, last)) if !host.is_empty() && is_top(last) => domain.len(),
        _ => 0,
    }
}

fn is_top(label: &str) -> bool {
    let letters = label.chars().filter(|c| c.is_alphabetic()).count();
    letters >= 2 && (label.starts_with("xn--") || letters == label.chars().count())
}
