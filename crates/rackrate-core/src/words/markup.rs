//! Text without HTML, escapes and line breaks.
//!
//! A tag of HTML goes, and its blank stays. Other words in angle brackets are kept, in brackets
//! that no browser reads: vendors write `<propertyID>` when they mean a field.
//! That is why no library does this: those that make text of HTML drop whatever looks like a
//! tag, and with it the one word that says what to mend. Most bring a browser's parser, too.

/// Elements that are met in error pages and in texts that people typed into an editor.
const ELEMENTS: [&str; 62] = [
    "a",
    "abbr",
    "address",
    "article",
    "aside",
    "b",
    "big",
    "blockquote",
    "body",
    "br",
    "button",
    "center",
    "code",
    "dd",
    "div",
    "dl",
    "dt",
    "em",
    "figure",
    "font",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hr",
    "html",
    "i",
    "iframe",
    "img",
    "input",
    "label",
    "li",
    "link",
    "main",
    "meta",
    "nav",
    "object",
    "ol",
    "option",
    "p",
    "pre",
    "section",
    "select",
    "small",
    "span",
    "strong",
    "style",
    "sub",
    "sup",
    "svg",
    "table",
    "td",
    "th",
    "title",
    "tr",
    "u",
];

/// Elements whose content is no text.
const SILENT: [&str; 4] = ["script", "style", "svg", "iframe"];

/// The longest name of an entity, such as `thetasym`.
const LONGEST_ENTITY: usize = 10;

/// One line of about so many characters at most, without HTML and control characters; blanks
/// are single.
pub(super) fn plain(text: &str, most: usize) -> String {
    let mut out = String::with_capacity(text.len().min(most));
    let mut rest = text;
    let mut count = 0;
    while count < most
        && let Some(next) = rest.chars().next()
    {
        let (letter, after) = match next {
            '<' => bracket(rest),
            '&' => entity(rest),
            _ => (next, &rest[next.len_utf8()..]),
        };
        rest = after;
        count += usize::from(put(&mut out, letter));
    }
    out.truncate(out.trim_end().len());
    out
}

/// Adds a character, blanks only between words.
fn put(out: &mut String, letter: char) -> bool {
    let blank = letter.is_whitespace() || letter.is_control() || is_unseen(letter);
    if blank && (out.is_empty() || out.ends_with(' ')) {
        return false;
    }
    let closes = letter == '>' && out.rfind('‹') > out.rfind('›');
    out.push(match letter {
        _ if blank => ' ',
        '>' if closes => '›',
        _ => letter,
    });
    true
}

/// Characters that show nothing, or turn the order of what is shown.
fn is_unseen(letter: char) -> bool {
    matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// What a `<` at the beginning of the text comes to, and what follows.
fn bracket(text: &str) -> (char, &str) {
    let inner = &text[1..];
    if let Some(comment) = inner.strip_prefix("!--") {
        return (
            ' ',
            comment.split_once("-->").map_or("", |(_, after)| after),
        );
    }
    let name = inner.strip_prefix('/').unwrap_or(inner);
    let end = name.find(|c: char| !c.is_ascii_alphanumeric());
    let (name, next) = name.split_at(end.unwrap_or(name.len()));
    let name = name.to_ascii_lowercase();
    let ends = next.is_empty() || next.starts_with(|c: char| "/>".contains(c) || c.is_whitespace());
    let is_known = ELEMENTS.contains(&name.as_str()) || SILENT.contains(&name.as_str());
    if (is_known && ends) || inner.starts_with(['!', '?']) {
        let after = inner.split_once('>').map_or("", |(_, after)| after);
        let silent = SILENT.contains(&name.as_str()) && !inner.starts_with('/');
        return (' ', if silent { behind(after, &name) } else { after });
    }
    let is_field = inner.starts_with(|c: char| c.is_alphabetic() || c == '/');
    (if is_field { '‹' } else { '<' }, inner)
}

/// What follows the end of a silent element.
fn behind<'t>(text: &'t str, name: &str) -> &'t str {
    let mut from = 0;
    while let Some(at) = text[from..].find("</") {
        let tail = &text[from + at + 2..];
        if tail
            .get(..name.len())
            .is_some_and(|own| own.eq_ignore_ascii_case(name))
        {
            return tail.split_once('>').map_or("", |(_, after)| after);
        }
        from += at + 2;
    }
    ""
}

/// What a `&` at the beginning of the text stands for, and what follows. `&amp;` stays: decoded,
/// it could make another entity.
fn entity(text: &str) -> (char, &str) {
    let is_end = |(at, letter): &(usize, char)| *letter == ';' || *at > LONGEST_ENTITY;
    let end = text.char_indices().find(is_end).map_or(0, |(at, _)| at);
    let after = text.get(end + 1..).unwrap_or_default();
    match text.get(1..end).and_then(decoded) {
        Some('<') => ('‹', after),
        Some(letter) if letter != '&' => (letter, after),
        _ => ('&', &text[1..]),
    }
}

fn decoded(name: &str) -> Option<char> {
    let number = name.strip_prefix('#');
    match number.map(|number| number.strip_prefix(['x', 'X']).ok_or(number)) {
        Some(Ok(hex)) => u32::from_str_radix(hex, 16).ok().and_then(char::from_u32),
        Some(Err(decimal)) => decimal.parse().ok().and_then(char::from_u32),
        None => Some(match name {
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            "nbsp" => ' ',
            "commat" => '@',
            "plus" => '+',
            "period" => '.',
            _ => return None,
        }),
    }
}
