//! JSON in lines, without reading it: spelling, order and digits stay as they were sent.

/// Columns that a value may take to stay in one line.
const WIDTH: usize = 140;

/// The text with a line for each item of what is longer than a line.
pub(crate) fn json(text: &str) -> String {
    laid(text.trim(), 0)
}

fn laid(text: &str, indent: usize) -> String {
    let ends = [('{', '}'), ('[', ']')];
    let whole = |(open, close): &(char, char)| text.starts_with(*open) && text.ends_with(*close);
    let Some((open, close)) = ends.into_iter().find(whole) else {
        return keyed(text, indent);
    };
    if indent + text.len() <= WIDTH {
        return text.to_owned();
    }
    let pad = " ".repeat(indent + 2);
    let items = items(&text[1..text.len() - 1]).into_iter();
    let items = items.map(|item| format!("{pad}{}", laid(item, indent + 2)));
    let items: Vec<_> = items.collect();
    format!(
        "{open}\n{}\n{}{close}",
        items.join(",\n"),
        " ".repeat(indent)
    )
}

/// A member whose value may be long; anything else stays as it is.
fn keyed(text: &str, indent: usize) -> String {
    let colon = tops(text, b':').next();
    match colon {
        Some(at) if text.starts_with('"') && indent + text.len() > WIDTH => {
            let (name, value) = text.split_at(at + 1);
            format!("{name}{}", laid(value, indent))
        }
        _ => text.to_owned(),
    }
}

fn items(text: &str) -> Vec<&str> {
    let mut items = Vec::new();
    let mut start = 0;
    for at in tops(text, b',') {
        items.push(&text[start..at]);
        start = at + 1;
    }
    items.push(&text[start..]);
    items
}

/// Where a mark stands outside of texts, objects and arrays.
fn tops(text: &str, mark: u8) -> impl Iterator<Item = usize> {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    let top = move |(at, byte): (usize, u8)| {
        let quoted = in_text;
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_text,
            b'"' => in_text = !in_text,
            _ if quoted => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => return (byte == mark && depth == 0).then_some(at),
        }
        None
    };
    let all: Vec<usize> = text.bytes().enumerate().filter_map(top).collect();
    all.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_value_stays_in_one_line() {
        assert_eq!(json(r#"{"rate":129.00}"#), r#"{"rate":129.00}"#);
    }

    #[test]
    fn what_is_long_gets_a_line_for_each_item_and_marks_in_texts_do_not_count() {
        let item = r#"{"name":"a, \"b\" ]: c","rate":129.00,"rest":"0123456789 0123456789"}"#;
        let text = format!(r#"{{"rates":[{item},{item}],"more":false}}"#);
        let laid = json(&text);
        assert_eq!(
            laid,
            format!("{{\n  \"rates\":[\n    {item},\n    {item}\n  ],\n  \"more\":false\n}}")
        );
        let joined: String = laid.lines().map(str::trim_start).collect();
        assert_eq!(joined, text);
    }
}
