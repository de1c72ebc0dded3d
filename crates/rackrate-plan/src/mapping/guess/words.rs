//! Names compared as people compare them, and made into codes.

use icu_normalizer::DecomposingNormalizerBorrowed;

/// As long as a new code gets.
const LONGEST: usize = 40;

/// Letters that have no decomposition, and what people write instead.
const WRITTEN: [(char, &str); 9] = [
    ('ß', "ss"),
    ('ø', "o"),
    ('æ', "ae"),
    ('œ', "oe"),
    ('ł', "l"),
    ('đ', "d"),
    ('ð', "d"),
    ('þ', "th"),
    ('ı', "i"),
];

/// The words of a text in small letters, without accents and punctuation.
pub(super) fn words(text: &str) -> Vec<String> {
    let small = text.to_lowercase();
    let mut plain = String::new();
    let decomposed = DecomposingNormalizerBorrowed::new_nfkd().normalize_iter(small.chars());
    for letter in decomposed.filter(|letter| !is_accent(*letter)) {
        match WRITTEN.iter().find(|(special, _)| *special == letter) {
            Some((_, written)) => plain.push_str(written),
            // Within a word an apostrophe parts nothing: "King's".
            None if matches!(letter, '\'' | '’') => {}
            None => plain.push(letter),
        }
    }
    let parts = plain.split(|letter: char| !letter.is_alphanumeric());
    parts
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

fn is_accent(letter: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&letter)
}

/// A text by which names are equal.
pub(super) fn folded(text: &str) -> String {
    words(text).concat()
}

/// The first letters of the words: `bar` for "Best available rate".
pub(super) fn initials(text: &str) -> String {
    let words = words(text);
    words
        .iter()
        .filter_map(|word| word.chars().next())
        .collect()
}

/// A code of letters, digits and hyphens; empty where the text has none of them.
pub(super) fn code(text: &str) -> String {
    let mut code = String::new();
    for word in words(text) {
        let word: String = word.chars().filter(char::is_ascii_alphanumeric).collect();
        if word.is_empty() || code.len() + word.len() >= LONGEST {
            continue;
        }
        if !code.is_empty() {
            code.push('-');
        }
        code.push_str(&word.to_ascii_uppercase());
    }
    code
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_equal_whatever_their_case_accents_and_punctuation() {
        for (one, other) in [
            ("Hôtel du Château", "HOTEL DU CHATEAU"),
            ("Kings' Arms, York", "King's Arms (York)"),
            ("Großer Øresund", "grosser oresund"),
            ("東京 Inn", "東京・INN"),
        ] {
            assert_eq!(folded(one), folded(other));
        }
        assert_ne!(folded("Hotel 1"), folded("Hotel 2"));
    }

    #[test]
    fn a_code_is_made_of_the_words() {
        assert_eq!(code("Double room – sea view"), "DOUBLE-ROOM-SEA-VIEW");
        assert_eq!(code("Zimmer für 2 (groß)"), "ZIMMER-FUR-2-GROSS");
        assert_eq!(code("東京"), "");
    }

    proptest! {
        #[test]
        fn a_code_stays_the_same_when_made_of_itself(text in "\\PC{0,60}") {
            let once = code(&text);
            prop_assert!(once.len() <= LONGEST);
            prop_assert!(once.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'));
            prop_assert_eq!(code(&once), once);
        }
    }
}
