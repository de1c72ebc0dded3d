//! The kinds of value that several sections of a description share.

use http::{HeaderName, Method, header};

use super::report::{Field, Section, short};
use crate::described::description::{Ask, LastPage, Next, Sign, Size};
use crate::described::json::Json;
use crate::described::names;
use crate::described::route::{Route, Routes};
use crate::described::template::{Bad, Node, Slot, Text};

/// A text with placeholders of that list.
pub(super) fn text(field: &Field<'_>, allowed: &[Slot]) -> Option<Text> {
    written(field, field.text()?, allowed)
}

/// The same for a text that is known already, such as a key.
pub(super) fn written(field: &Field<'_>, text: &str, allowed: &[Slot]) -> Option<Text> {
    let known = |name: &str| allowed.iter().copied().find(|slot| slot.word() == name);
    let read = Text::parse(text, &known);
    read.map_err(|bad| complain(field, &bad, allowed)).ok()
}

/// Points at the placeholder itself, not only at the text that holds it.
fn complain(field: &Field<'_>, bad: &Bad, allowed: &[Slot]) {
    let (raw, span) = field.raw();
    let (code, at, message) = match bad {
        Bad::Brace => {
            let at = raw.find(['{', '}']).unwrap_or(0);
            let why = "a brace has no partner; a brace that means itself is written twice";
            ("description.wrong", at, why.to_owned())
        }
        Bad::Unknown(name) => {
            let at = raw.find(&format!("{{{name}}}")).unwrap_or(0);
            let known: Vec<_> = allowed.iter().map(|slot| braced(slot.word())).collect();
            let known = match known.is_empty() {
                true => "none are".to_owned(),
                false => format!("known are {}", known.join(", ")),
            };
            let name = braced(&short(name));
            let message = format!("{name} is no placeholder that is known here; {known}");
            ("description.placeholder", at, message)
        }
    };
    let message = format!("`{}`: {message}", field.name);
    field.report.wrong(span.start + at, code, message);
}

fn braced(name: &str) -> String {
    format!("{{{name}}}")
}

/// A text whose placeholders are names of secrets.
fn with_secrets(field: &Field<'_>) -> Option<Text> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let known = |name: &str| {
        let good = !name.is_empty() && name.bytes().all(plain);
        good.then(|| Slot::Secret(names::keep(name)))
    };
    let read = Text::parse(field.text()?, &known);
    read.map_err(|_| {
        field.wrong("a secret is named in braces, by small letters, digits and _: {api_key}");
    })
    .ok()
}

/// A constant or a placeholder, or a table or list of them.
pub(super) fn node(field: &Field<'_>, allowed: &[Slot]) -> Option<Node> {
    let value = field.value();
    if value.is_str() {
        return text(field, allowed).map(Node::Text);
    }
    if value.is_table() {
        return members(&field.section()?, allowed).map(Node::Object);
    }
    if value.is_array() {
        let items = field.items()?;
        let nodes: Vec<_> = items.iter().map(|item| node(item, allowed)).collect();
        return nodes.into_iter().collect::<Option<_>>().map(Node::List);
    }
    constant(field).map(Node::Constant)
}

/// Every member of a table, in the order of the file.
pub(super) fn members(section: &Section<'_>, allowed: &[Slot]) -> Option<Vec<(String, Node)>> {
    let all = section.all().into_iter();
    let nodes: Vec<_> = all
        .map(|(name, field)| Some((name, node(&field, allowed)?)))
        .collect();
    nodes.into_iter().collect()
}

/// A text, whole number, true or false; the word `null` is JSON's.
pub(super) fn constant(field: &Field<'_>) -> Option<Json> {
    let value = field.value();
    if let Some(number) = value.as_integer() {
        let digits = number.as_str().replace('_', "");
        let plain = i64::from_str_radix(&digits, number.radix()).ok();
        if plain.is_none() {
            field.wrong("the number is too large");
        }
        return plain.map(|number| Json::Number(number.to_string()));
    }
    if let Some(flag) = value.as_bool() {
        return Some(Json::Flag(flag));
    }
    if value.is_float() {
        field.wrong("a number with a point is not exact; write it as a text");
        return None;
    }
    Some(match field.text()? {
        "null" => Json::Null,
        text => Json::Text(text.to_owned()),
    })
}

pub(super) fn route(field: Field<'_>) -> Option<Route> {
    field.parsed(Route::parse)
}

pub(super) fn routes(field: Field<'_>) -> Option<Routes> {
    field.parsed(Routes::parse)
}

/// The name of a header of an answer.
pub(super) fn header(field: Field<'_>) -> Option<HeaderName> {
    header_named(&field, field.text()?)
}

/// The name of a header that carries no credential and belongs to no transport.
pub(super) fn plain_header(field: &Field<'_>, name: &str) -> Option<HeaderName> {
    const OTHERS: [HeaderName; 6] = [
        header::AUTHORIZATION,
        header::PROXY_AUTHORIZATION,
        header::COOKIE,
        header::CONTENT_TYPE,
        header::CONTENT_LENGTH,
        header::HOST,
    ];
    let header = header_named(field, name)?;
    if OTHERS.contains(&header) {
        field.wrong("credentials stand in `auth.headers`, and the program sets this header itself");
        return None;
    }
    Some(header)
}

fn header_named(field: &Field<'_>, name: &str) -> Option<HeaderName> {
    let header = HeaderName::from_bytes(name.as_bytes()).ok();
    if header.is_none() {
        field.wrong("it is no name of a header");
    }
    header
}

/// Headers with secrets in them.
pub(super) fn secret_headers(field: &Field<'_>) -> Option<Vec<(HeaderName, Text)>> {
    let all = field.section()?.all().into_iter();
    let headers: Vec<_> = all
        .map(|(name, field)| Some((header_named(&field, &name)?, with_secrets(&field)?)))
        .collect();
    headers.into_iter().collect()
}

/// Names and texts, in the order of the file.
pub(super) fn pairs(field: &Field<'_>, allowed: &[Slot]) -> Option<Vec<(String, Text)>> {
    let all = field.section()?.all().into_iter();
    let pairs: Vec<_> = all
        .map(|(name, field)| Some((name, text(&field, allowed)?)))
        .collect();
    pairs.into_iter().collect()
}

/// `method`, `path`, `query` and `headers` of a request.
pub(super) fn ask(section: &Section<'_>, method: Method, allowed: &[Slot]) -> Option<Ask> {
    const METHODS: [(&str, Method); 4] = [
        ("GET", Method::GET),
        ("POST", Method::POST),
        ("PUT", Method::PUT),
        ("PATCH", Method::PATCH),
    ];
    let method = section.get("method").map_or(Some(method), |field| {
        let words: Vec<_> = METHODS
            .iter()
            .map(|(word, method)| (*word, method))
            .collect();
        field.word(&words).cloned()
    });
    let path = section.need("path").and_then(|field| path(&field, allowed));
    let query = section
        .get("query")
        .map_or(Some(Vec::new()), |field| pairs(&field, allowed));
    let headers = section.get("headers").map_or(Some(Vec::new()), |field| {
        let all = pairs(&field, allowed)?.into_iter();
        let named: Vec<_> = all
            .map(|(name, text)| Some((plain_header(&field, &name)?, text)))
            .collect();
        named.into_iter().collect()
    });
    Some(Ask {
        method: method?,
        path: path?,
        query: query?,
        headers: headers?,
    })
}

/// A path below the base.
pub(super) fn path(field: &Field<'_>, allowed: &[Slot]) -> Option<Text> {
    let path = text(field, allowed)?;
    let odd = field.text()?.contains(['?', '#']);
    let up = field.text()?.split('/').any(|step| step == "..");
    if !path.beginning().starts_with('/') || odd || up {
        field.wrong(
            "it has to begin with `/` and hold no `?`, `#` or `..`; arguments go into `query`",
        );
        return None;
    }
    Some(path)
}

/// `status` and `when`. A status alone is not believed: some vendors say 200 and mean no.
pub(super) fn sign(section: &Section<'_>, (low, high): (u32, u32)) -> Option<Sign> {
    let statuses = section.need("status").and_then(|field| {
        let each = field.one_or_more()?;
        let numbers = each.iter().map(|one| one.number(low, high));
        let numbers: Vec<_> = numbers
            .map(|one| one.and_then(|n| u16::try_from(n).ok()))
            .collect();
        numbers.into_iter().collect::<Option<Vec<_>>>()
    });
    let when = section.need("when").and_then(|field| {
        let inner = field.section()?;
        let mut signs = Vec::new();
        let mut good = true;
        for (name, field) in inner.all() {
            match (Route::parse(&name), constant(&field)) {
                (Ok(route), Some(wanted)) => signs.push((route, wanted)),
                (Err(why), _) => {
                    field.wrong(why);
                    good = false;
                }
                (_, None) => good = false,
            }
        }
        if signs.is_empty() && good {
            field.wrong("it has to name a member of the answer: a status alone is not believed");
            good = false;
        }
        good.then_some(signs)
    });
    Some(Sign {
        statuses: statuses?,
        when: when?,
    })
}

/// `next`: how the next page is asked for.
pub(super) fn next(section: &Section<'_>) -> Option<Option<Next>> {
    let Some(field) = section.get("next") else {
        return Some(None);
    };
    let inner = field.section()?;
    let link = inner.get("link").map(route);
    let cursor = inner.get("cursor").map(route);
    let pages = inner.get("pages").map(route);
    let items = inner.get("items").map(route);
    let parameter = inner.get("parameter").and_then(|field| field.text());
    let first = inner
        .get("first")
        .map_or(Some(1), |field| field.number(0, 1));
    let size = inner.get("size").and_then(|field| {
        if field.value().is_str() {
            return route(field).map(Size::At);
        }
        field.number(1, 1_000_000).map(Size::Fixed)
    });
    let parameter = parameter.map(str::to_owned);
    let next = match (link, cursor, pages, items, parameter, size) {
        (Some(at), None, None, None, None, None) => Next::Link { at: at? },
        (None, Some(at), None, None, Some(parameter), None) => Next::Cursor { at: at?, parameter },
        (None, None, Some(at), None, Some(parameter), None) => Next::Page {
            parameter,
            first: first?,
            last: LastPage::Pages(at?),
        },
        (None, None, None, Some(at), Some(parameter), Some(size)) => Next::Page {
            parameter,
            first: first?,
            last: LastPage::Items { at: at?, size },
        },
        _ => {
            field.wrong(
                "it has to be `link` alone, `cursor` and `parameter`, `pages` and `parameter`, \
                 or `items`, `size` and `parameter`",
            );
            return None;
        }
    };
    inner.done();
    Some(Some(next))
}

/// What stands under a key that may be missing. Outer `None` where it is wrong.
pub(super) fn maybe<'d, T>(
    section: &Section<'d>,
    key: &'static str,
    read: impl FnOnce(Field<'d>) -> Option<T>,
) -> Option<Option<T>> {
    match section.get(key) {
        None => Some(None),
        Some(field) => read(field).map(Some),
    }
}
