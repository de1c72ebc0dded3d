//! Names that live as long as the program.
//!
//! A manifest and a quota hold names that are written in code; those of a description come
//! from a file. Each different text is kept once, so loading a file again costs nothing.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

static KEPT: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

/// The same text, for ever.
pub(crate) fn keep(text: &str) -> &'static str {
    // A set of finished texts is whole even where its last user panicked.
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = kept.get(text) {
        return known;
    }
    let name: &'static str = String::leak(text.to_owned());
    kept.insert(name);
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_kept_once() {
        let (one, two) = (keep("a quota"), keep(&format!("a {}", "quota")));
        assert!(std::ptr::eq(one, two));
    }
}
