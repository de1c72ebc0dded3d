//! Groups of digits that stand side by side, and what stands before them.

use std::ops::Range;

use super::Part;

/// Words between a label and its number that say nothing.
const FILLERS: [&str; 5] = ["no", "nr", "number", "is", "was"];

/// Labels of identifiers, beside every word that ends in `id`.
const IDENTIFIERS: [&str; 20] = [
    "property",
    "properties",
    "hotel",
    "room",
    "rooms",
    "rate",
    "rates",
    "plan",
    "plans",
    "rateplan",
    "roomtype",
    "job",
    "jobs",
    "task",
    "request",
    "reference",
    "ref",
    "connection",
    "listing",
    "key",
];

/// No label is longer; so much is looked at before a number, in bytes.
const LONGEST_LABEL: usize = 64;

/// Groups with at most a sign and a blank between two.
#[derive(Clone, Debug)]
pub(super) struct Run<'l> {
    line: &'l str,
    groups: Vec<Part>,
}

/// Every run of groups that are no part of a word and no date.
pub(super) fn runs(line: &str) -> Vec<Run<'_>> {
    let mut runs: Vec<Run<'_>> = Vec::new();
    let groups = undated(line, whole(line, groups(line)));
    for group in groups {
        match runs.last_mut() {
            Some(run) if run.goes_on(&group) => run.groups.push(group),
            _ => runs.push(Run {
                line,
                groups: vec![group],
            }),
        }
    }
    runs
}

fn groups(line: &str) -> Vec<Part> {
    let mut groups: Vec<Part> = Vec::new();
    for (at, _) in line
        .bytes()
        .enumerate()
        .filter(|(_, byte)| byte.is_ascii_digit())
    {
        match groups.last_mut() {
            Some(last) if last.end == at => last.end += 1,
            _ => groups.push(at..at + 1),
        }
    }
    groups
}

/// Only groups in words without letters: `5f3c-4111` is one identifier.
fn whole(line: &str, groups: Vec<Part>) -> Vec<Part> {
    let joins = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    // Each word is looked at once, however many groups it has.
    let (mut word, mut is_whole) = (0..0, false);
    let mut is_in_whole = |group: &Part| {
        if group.start >= word.end {
            let (before, after) = (&line[..group.start], &line[group.end..]);
            let start = before.trim_end_matches(joins).len();
            let length = after.find(|c| !joins(c)).unwrap_or(after.len());
            word = start..group.end + length;
            let text = &line[word.clone()];
            is_whole = !text.contains(|c: char| c.is_alphabetic() || c == '_');
        }
        is_whole
    };
    let mut groups = groups;
    groups.retain(&mut is_in_whole);
    groups
}

/// Without the groups of dates, `2026-12-01` and `01.12.2026`.
fn undated(line: &str, groups: Vec<Part>) -> Vec<Part> {
    let mut left = Vec::new();
    let mut rest = groups.as_slice();
    while let [first, tail @ ..] = rest {
        if is_date(line, rest) {
            rest = &rest[3..];
        } else {
            left.push(first.clone());
            rest = tail;
        }
    }
    left
}

fn is_date(line: &str, groups: &[Part]) -> bool {
    let [one, two, three, ..] = groups else {
        return false;
    };
    let sign = |a: &Part, b: &Part| line.get(a.end..b.start);
    let joined =
        sign(one, two) == sign(two, three) && matches!(sign(one, two), Some("-" | "." | "/"));
    let lengths = (one.len(), two.len(), three.len());
    let number = |part: &Part| line[part.clone()].parse::<u32>().unwrap_or(u32::MAX);
    let year = |part: &Part| (1900..2100).contains(&number(part));
    let small = number(two) <= 31;
    joined
        && small
        && match lengths {
            (4, 1..=2, 1..=2) => year(one) && number(three) <= 31,
            (1..=2, 1..=2, 4) => year(three) && number(one) <= 31,
            _ => false,
        }
}

impl<'l> Run<'l> {
    pub(super) fn len(&self) -> usize {
        self.groups.len()
    }

    /// Whether that group follows close enough.
    fn goes_on(&self, next: &Part) -> bool {
        let end = self.groups.last().map_or(0, |last| last.end);
        let between = &self.line[end..next.start];
        (1..=3).contains(&between.len()) && between.chars().all(|c| " -./()".contains(c))
    }

    pub(super) fn part(&self, of: Range<usize>) -> Self {
        Self {
            line: self.line,
            groups: self.groups[of].to_vec(),
        }
    }

    /// The bytes to mask: with the plus sign and the brackets.
    pub(super) fn marked(&self) -> Part {
        let (start, end) = (self.start(), self.end());
        let before = &self.line[..start];
        let opened = before.trim_end_matches(['(', '+']).len();
        let signs = &self.line[opened..start];
        let start = if signs.len() <= 2 && (self.plus() || self.bracketed()) {
            opened
        } else {
            start
        };
        start..end
    }

    fn start(&self) -> usize {
        self.groups.first().map_or(0, |first| first.start)
    }

    fn end(&self) -> usize {
        self.groups.last().map_or(0, |last| last.end)
    }

    pub(super) fn digits(&self) -> Vec<u8> {
        let groups = self.groups.iter();
        groups
            .flat_map(|group| self.line[group.clone()].bytes())
            .map(|byte| byte - b'0')
            .collect()
    }

    pub(super) fn lengths(&self) -> Vec<usize> {
        self.groups.iter().map(Range::len).collect()
    }

    fn between(&self) -> Vec<&'l str> {
        let pairs = self.groups.iter().zip(self.groups.iter().skip(1));
        pairs.map(|(a, b)| &self.line[a.end..b.start]).collect()
    }

    /// Whether one sign alone stands between all groups.
    pub(super) fn is_even(&self) -> bool {
        let between = self.between();
        let first = between.first().copied().unwrap_or(" ");
        first.len() == 1 && between.iter().all(|sign| *sign == first)
    }

    /// The same without the first group, which may be a country code or an area code.
    pub(super) fn is_even_after_first(&self) -> bool {
        self.len() < 3 || self.part(1..self.len()).is_even() || self.part(2..self.len()).is_even()
    }

    /// The sign between the groups.
    pub(super) fn separator(&self) -> Option<char> {
        self.between().first()?.chars().next()
    }

    pub(super) fn starts(&self, digits: &str) -> bool {
        self.line[self.start()..].starts_with(digits)
    }

    pub(super) fn plus(&self) -> bool {
        let before = self.line[..self.start()].trim_end_matches('(');
        before.ends_with('+') && !self.starts("0")
    }

    /// Whether the first group stands in brackets.
    pub(super) fn bracketed(&self) -> bool {
        let opened = self.line[..self.start()].ends_with('(');
        let closed = self
            .between()
            .first()
            .is_some_and(|sign| sign.starts_with(')'));
        opened && closed && self.groups[0].len() <= 5
    }

    /// Whether it ends or goes on as a price does, `129.00`.
    pub(super) fn is_decimal(&self) -> bool {
        let after = &self.line[self.end()..];
        let cents = |text: &str| {
            let digits = text.bytes().take_while(u8::is_ascii_digit).count();
            (1..=3).contains(&digits)
        };
        let goes_on = after.strip_prefix(['.', ',']).is_some_and(cents);
        let own = self.between();
        let only_last = own.last() == Some(&".") && own.first() != Some(&".");
        goes_on || only_last || own == ["."]
    }

    /// The word before, in small letters and without signs.
    pub(super) fn label(&self) -> String {
        let is_sign = |c: char| c.is_whitespace() || "\"'“”:=.#([])+«".contains(c);
        let from = self.start().saturating_sub(LONGEST_LABEL);
        let mut before = &self.line[self.line.floor_char_boundary(from)..self.start()];
        for _ in 0..3 {
            before = before.trim_end_matches(is_sign);
            let joins = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
            let start = before.trim_end_matches(joins).len();
            let word: String = before[start..]
                .chars()
                .filter(|c| c.is_alphanumeric())
                .collect();
            let word = word.to_lowercase();
            if !FILLERS.contains(&word.as_str()) {
                return word;
            }
            before = &before[..start];
        }
        String::new()
    }

    /// Whether its label or its place in a path says that it is an identifier.
    pub(super) fn is_identifier(&self) -> bool {
        let label = self.label();
        let in_path = |text: Option<char>| text == Some('/');
        in_path(self.line[..self.start()].chars().next_back())
            || in_path(self.line[self.end()..].chars().next())
            || label.ends_with("id")
            || label.ends_with("ids")
            || IDENTIFIERS.contains(&label.as_str())
    }
}
