//! Names of persons, by what stands beside them.
//!
//! A name has no form of its own. It is found behind a label (`"firstName":"…"`, `guest: …`),
//! behind a title or the word guest, and, where the text has a mail address or a number of a
//! person, as words with capitals.

use std::ops::Range;

use super::spans::Spans;

const MASK: &str = "[name]";

/// Labels that only a person's name follows.
const LABELS: [&str; 27] = [
    "guestname",
    "guestfirstname",
    "guestlastname",
    "guestfullname",
    "firstname",
    "lastname",
    "middlename",
    "surname",
    "givenname",
    "familyname",
    "fullname",
    "customername",
    "cardholder",
    "cardholdername",
    "holdername",
    "accountholder",
    "bookername",
    "bookedby",
    "reservedby",
    "contactname",
    "contactperson",
    "travellername",
    "travelername",
    "passengername",
    "primaryguest",
    "nameoncard",
    "attendeename",
];

/// Persons, where a name follows at once.
const PERSONS: [&str; 8] = [
    "guest",
    "customer",
    "booker",
    "traveller",
    "traveler",
    "passenger",
    "cardholder",
    "attendee",
];

const TITLES: [&str; 12] = [
    "Mr", "Mrs", "Ms", "Mme", "Mlle", "Herr", "Frau", "Senhor", "Senhora", "Señor", "Señora",
    "Signora",
];

/// Words that go with `Guest` and are no name.
const ROOMS: [&str; 22] = [
    "room",
    "rooms",
    "house",
    "suite",
    "suites",
    "rate",
    "rates",
    "count",
    "type",
    "services",
    "service",
    "king",
    "queen",
    "double",
    "twin",
    "single",
    "deluxe",
    "standard",
    "superior",
    "favourite",
    "favorite",
    "id",
];

/// Small words inside names.
const PARTICLES: [&str; 14] = [
    "de", "da", "do", "dos", "das", "van", "von", "der", "den", "la", "le", "di", "del", "el",
];

/// The longest name looked for, in words.
const LONGEST: usize = 5;

pub(super) fn find(line: &str, loose: bool, spans: &mut Spans) {
    let words = words(line, spans);
    let text = |at: usize| &line[words[at].clone()];
    for at in 0..words.len() {
        let word = fold(text(at));
        let two = at.checked_sub(1).map(|before| fold(text(before)) + &word);
        let labels = |word: &str| LABELS.contains(&word);
        if labels(&word) || two.as_deref().is_some_and(labels) {
            labelled(line, &words, at, true, spans);
        } else if PERSONS.contains(&word.as_str()) || is_whose(line, &words, at) {
            labelled(line, &words, at, false, spans);
            prose(line, &words, at, spans);
        } else if TITLES.contains(&text(at)) {
            prose(line, &words, at, spans);
        }
    }
    if loose {
        beside(line, &words, spans);
    }
}

/// Words by their letters, joined by `-`, `_` or an apostrophe; none that is masked.
fn words(line: &str, spans: &Spans) -> Vec<Range<usize>> {
    let mut words: Vec<Range<usize>> = Vec::new();
    let is_part = |c: char| c.is_alphabetic() || "-_'’".contains(c);
    for (at, letter) in line.char_indices().filter(|(_, c)| is_part(*c)) {
        let end = at + letter.len_utf8();
        match words.last_mut() {
            Some(last) if last.end == at => last.end = end,
            _ => words.push(at..end),
        }
    }
    let trimmed = words.into_iter().map(|word| {
        let text = &line[word.clone()];
        let inner = text.trim_start_matches(|c: char| !c.is_alphabetic());
        let start = word.end - inner.len();
        start..start + inner.trim_end_matches(|c: char| !c.is_alphabetic()).len()
    });
    trimmed
        .filter(|word| !word.is_empty() && !spans.touches(word))
        .filter(|word| !is_mask(line, word))
        .collect()
}

/// Whether a word belongs to what an earlier cleaning put there.
fn is_mask(line: &str, word: &Range<usize>) -> bool {
    let masks = ["[mail]", "[phone]", "[card number]", "[name]"];
    let open = line[..word.start].rfind('[').unwrap_or(word.start);
    masks
        .iter()
        .any(|mask| line[open..].starts_with(mask) && open + mask.len() > word.end)
}

fn fold(word: &str) -> String {
    let letters = word.chars().filter(|c| c.is_alphabetic());
    letters.flat_map(char::to_lowercase).collect()
}

/// Whether the word ends a phrase such as "booked by" or "reservation of".
fn is_whose(line: &str, words: &[Range<usize>], at: usize) -> bool {
    let Some(before) = at.checked_sub(1) else {
        return false;
    };
    let pair = (
        fold(&line[words[before].clone()]),
        fold(&line[words[at].clone()]),
    );
    matches!(
        (pair.0.as_str(), pair.1.as_str()),
        ("booked" | "reserved" | "made" | "paid", "by")
            | (
                "reservation" | "booking" | "stay" | "arrival" | "behalf",
                "of"
            )
    )
}

/// Masks what a label is followed by: a quoted text, or some words; without a sign between only
/// where the label alone is enough (`bare`).
fn labelled(line: &str, words: &[Range<usize>], at: usize, bare: bool, spans: &mut Spans) {
    let from = words[at].end;
    let value = line[from..].trim_start_matches(|c: char| "\"' :=\\".contains(c) || c == '“');
    let start = line.len() - value.len();
    let gap = &line[from..start];
    let quote = gap.chars().next_back().filter(|c| "\"'“".contains(*c));
    let signed = gap.contains([':', '=']);
    if gap.is_empty() || !(signed || bare || (quote.is_some() && gap.starts_with(' '))) {
        return;
    }
    if let (Some(quote), true) = (quote, signed || gap.starts_with(' ')) {
        let close = if quote == '“' { '”' } else { quote };
        let end = value.find(close).unwrap_or(value.len());
        let inner = value[..end].trim_end_matches('\\').len();
        spans.add(start..start + inner, MASK);
        return;
    }
    let next = words.iter().position(|word| word.start == start);
    let Some(next) = next else { return };
    // `firstName=maria` is a form; `first_name: cannot be blank` is a sentence.
    let form = gap.ends_with('=').then(|| words[next].end);
    let end = name_from(line, words, next).or(form);
    if let Some(end) = end {
        spans.add(start..end, MASK);
    }
}

/// Masks a name in a sentence, right behind the word.
fn prose(line: &str, words: &[Range<usize>], at: usize, spans: &mut Spans) {
    let Some(next) = words.get(at + 1) else {
        return;
    };
    let gap = &line[words[at].end..next.start];
    if !matches!(gap, " " | ". ") || ROOMS.contains(&fold(&line[next.clone()]).as_str()) {
        return;
    }
    if let Some(end) = name_from(line, words, at + 1) {
        spans.add(next.start..end, MASK);
    }
}

/// Masks words with capitals: two or more, or one that stands before something masked.
fn beside(line: &str, words: &[Range<usize>], spans: &mut Spans) {
    let mut at = 0;
    while at < words.len() {
        let start = words[at].start;
        let Some(end) = name_from(line, words, at) else {
            at += 1;
            continue;
        };
        let count = words[at..]
            .iter()
            .take_while(|word| word.end <= end)
            .count();
        let tail = line[end..].trim_start_matches([' ', '(', '<', '‹', ',', ':']);
        let next = line.len() - tail.len();
        let before_mask = next > end && spans.within(&(next..next + 1)).is_some();
        if count > 1 || before_mask {
            spans.add(start..end, MASK);
        }
        at += count.max(1);
    }
}

/// The end of a name that begins with this word: words with capitals, and particles between.
fn name_from(line: &str, words: &[Range<usize>], first: usize) -> Option<usize> {
    let is_capital = |word: &Range<usize>| line[word.clone()].starts_with(char::is_uppercase);
    let mut end = Some(words.get(first)?).filter(|word| is_capital(word))?.end;
    let mut last = end;
    for word in words.iter().skip(first + 1).take(LONGEST - 1) {
        if !matches!(&line[last..word.start], " " | ". ") {
            break;
        }
        last = word.end;
        if is_capital(word) {
            end = word.end;
        } else if !PARTICLES.contains(&&line[word.clone()]) {
            break;
        }
    }
    Some(end)
}
