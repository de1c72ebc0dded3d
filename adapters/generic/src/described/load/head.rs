//! Who the vendor is, where it is, how it knows us, and what it allows.

use std::collections::BTreeMap;
use std::time::Duration;

use rackrate_core::exchange::Operation;
use rackrate_core::idempotency::Guarantee;
use rackrate_core::ids::Vendor;
use rackrate_core::limit::{Penalty, Quota, Scope, Window};
use rackrate_core::rules::Restriction;
use rackrate_core::scope::{self, Given, Scopes};
use url::Url;

use super::parts;
use super::report::{Field, Section};
use crate::config::check_address;
use crate::described::description::{About, Auth, Bases, Failures, Keys, Limit, TokenRequest};
use crate::described::json::Json;
use crate::described::names;
use crate::described::values::{Money, Spelling};

pub(super) fn vendor(field: Field<'_>) -> Option<About> {
    let section = field.section()?;
    let id = section.need("id").and_then(|field| {
        let id = field.parsed(Vendor::new)?;
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !id.as_str().bytes().all(plain) {
            field.wrong("it has to be small letters, digits and -");
            return None;
        }
        Some(id)
    });
    let title = section.need("title").and_then(|field| field.text());
    let settle = section.need("settle").and_then(|field| field.time());
    let minute = Duration::from_secs(60);
    let horizon = section
        .get("flight_horizon")
        .map_or(Some(minute), |field| field.time());
    let trace = parts::maybe(&section, "trace_header", parts::header);
    let adults = parts::maybe(&section, "adults", |field| {
        u8::try_from(field.number(1, 99)?).ok()
    });
    // It is for the reader of the file.
    let documentation = section.need("documentation").and_then(|field| field.text());
    section.done();
    documentation?;
    Some(About {
        id: id?,
        title: names::keep(title?),
        settle: settle?,
        flight_horizon: horizon?,
        trace_header: trace?.map(|name| names::keep(name.as_str())),
        adults: adults?,
    })
}

pub(super) fn bases(field: Option<Field<'_>>) -> Option<Bases> {
    let Some(field) = field else {
        return Some(Bases::default());
    };
    let section = field.section()?;
    let api = parts::maybe(&section, "api", |field| address(&field));
    let token = parts::maybe(&section, "token", |field| address(&field));
    section.done();
    Some(Bases {
        api: api?,
        token: token?,
    })
}

fn address(field: &Field<'_>) -> Option<Url> {
    let url = field.parsed(Url::parse)?;
    if check_address("it", &url, false).is_err() {
        field.wrong("it has to be an https address without user, query or fragment");
        return None;
    }
    Some(url)
}

pub(super) fn auth(field: Field<'_>) -> Option<Auth> {
    let section = field.section()?;
    let kind = section
        .need("kind")
        .and_then(|field| field.word(&[("client_credentials", true), ("headers", false)]));
    let headers = section
        .get("headers")
        .map_or(Some(Vec::new()), |field| parts::secret_headers(&field));
    let token = match kind {
        Some(true) => client_credentials(&section).map(Some),
        Some(false) => Some(None),
        None => None,
    };
    if let (Some(false), Some(headers)) = (kind, &headers)
        && !headers
            .iter()
            .any(|(_, text)| text.slots().next().is_some())
    {
        section.wrong("`auth.headers` has to name a header with a secret in it, such as {api_key}");
    }
    if kind.is_some() {
        section.done();
    }
    Some(Auth {
        token: token?,
        headers: headers?,
    })
}

fn client_credentials(section: &Section<'_>) -> Option<TokenRequest> {
    let path = section.need("path").and_then(|field| {
        parts::path(&field, &[])?;
        field.text()
    });
    let basic = section.get("secret_in").map_or(Some(false), |field| {
        field.word(&[("form", false), ("basic", true)])
    });
    let scopes = parts::maybe(section, "scopes", scopes);
    let (scopes, needs) = scopes?.unwrap_or_else(|| (Vec::new(), Scopes::new(Given::Asked)));
    Some(TokenRequest {
        path: path?.to_owned(),
        basic: basic?,
        scopes,
        needs,
    })
}

/// The operations that scopes may be given for, by the name of their section.
const NEEDY: [(&str, Operation); 4] = [
    ("discover", Operation::Discover),
    ("read", Operation::Read),
    ("push", Operation::Push),
    ("job", Operation::Poll),
];

/// All scopes, and what needs them: one list, of which writing needs every one, or a list for
/// each operation.
fn scopes(field: Field<'_>) -> Option<(Vec<String>, Scopes)> {
    let none = Scopes::new(Given::Asked);
    if field.value().is_array() {
        let scopes = list(&field)?;
        let one = |needs: Scopes, scope: &String| needs.need(Operation::Push, [scope]);
        let needs = scopes.iter().fold(none, one);
        return Some((scopes, needs));
    }
    let section = field.section()?;
    let each = NEEDY.map(|(name, operation)| {
        let scopes = parts::maybe(&section, name, |field| list(&field))?;
        Some((operation, scopes.unwrap_or_default()))
    });
    section.done();
    let mut needs = none;
    for one in each {
        let (operation, scopes) = one?;
        for scope in scopes {
            needs = needs.need(operation, [scope]);
        }
    }
    Some((needs.of(&Operation::ALL), needs))
}

fn list(field: &Field<'_>) -> Option<Vec<String>> {
    let each = field.items()?;
    let scopes: Vec<_> = each.iter().map(scope).collect();
    scopes.into_iter().collect()
}

fn scope(field: &Field<'_>) -> Option<String> {
    let text = field.text()?;
    if let Some(what) = scope::refused(text).filter(|_| !text.contains('*')) {
        field.wrong(format!(
            "the scope {text} gives {what}: rates only, no guest data"
        ));
        return None;
    }
    if text.is_empty() || text.contains(['*', ' ']) {
        field.wrong("a scope is asked for by its name, without `*`: rates only, no guest data");
        return None;
    }
    Some(text.to_owned())
}

pub(super) fn money(field: Field<'_>) -> Option<Money> {
    let words = [
        ("text", Money::Text),
        ("number", Money::Number),
        ("minor", Money::Minor),
    ];
    field.word(&words)
}

pub(super) fn rules(field: Option<Field<'_>>) -> Option<BTreeMap<Restriction, Spelling>> {
    let Some(field) = field else {
        return Some(BTreeMap::new());
    };
    let section = field.section()?;
    let mut rules = BTreeMap::new();
    let mut good = true;
    for kind in Restriction::ALL {
        if let Some(field) = section.get(kind.name()) {
            match spelling(kind, &field) {
                Some(spelling) => drop(rules.insert(kind, spelling)),
                None => good = false,
            }
        }
    }
    section.done();
    good.then_some(rules)
}

fn spelling(kind: Restriction, field: &Field<'_>) -> Option<Spelling> {
    let section = field.section()?;
    let clear = section
        .need("clear")
        .and_then(|field| parts::constant(&field));
    let set = match kind.is_flag() {
        true => section
            .get("set")
            .map_or(Some(Json::Flag(true)), |field| parts::constant(&field))
            .map(Some),
        false => Some(None),
    };
    section.done();
    let spelling = Spelling {
        set: set?,
        clear: clear?,
    };
    if spelling.set.as_ref() == Some(&spelling.clear) {
        field.wrong("set and cleared are spelled alike");
        return None;
    }
    Some(spelling)
}

pub(super) fn errors(field: Option<Field<'_>>) -> Option<Failures> {
    let Some(field) = field else {
        return Some(Failures::default());
    };
    let section = field.section()?;
    let code = parts::maybe(&section, "code", parts::route);
    let text = parts::maybe(&section, "text", parts::route);
    let wait = parts::maybe(&section, "wait", |field| field.time());
    section.done();
    Some(Failures {
        code: code?,
        text: text?,
        wait: wait?,
    })
}

pub(super) fn limits(field: Option<Field<'_>>) -> Option<Vec<Limit>> {
    let Some(field) = field else {
        return Some(Vec::new());
    };
    let each = field.items()?;
    let limits: Vec<_> = each.iter().map(limit).collect();
    let limits = limits.into_iter().collect::<Option<Vec<_>>>()?;
    for (at, one) in limits.iter().enumerate() {
        if limits[..at]
            .iter()
            .any(|other| other.quota.name == one.quota.name)
        {
            each[at].wrong("another limit has the same name");
        }
    }
    let counted = |operation| limits.iter().any(|one| one.counts.contains(&operation));
    if !counted(Operation::Push) || !counted(Operation::Read) {
        field.wrong(
            "no limit counts `push`, or none counts `read`; what is not counted is not limited",
        );
    }
    Some(limits)
}

fn limit(field: &Field<'_>) -> Option<Limit> {
    let section = field.section()?;
    let name = section.need("name").and_then(|field| field.text());
    let scope = section.need("per").and_then(|field| {
        field.word(&[
            ("address", Scope::Address),
            ("client", Scope::Client),
            ("connection", Scope::Connection),
            ("property", Scope::Property),
            ("plan", Scope::Plan),
        ])
    });
    let calls = section
        .need("calls")
        .and_then(|field| field.number(1, 10_000_000));
    let window = section
        .get("in")
        .map_or(Some(Window::Concurrency), |field| match field.time() {
            Some(Duration::ZERO) => {
                field.wrong("it has to be longer than nothing; without `in`, calls at once count");
                None
            }
            time => time.map(Window::Rolling),
        });
    let penalty = section.get("penalty").map_or(Some(Penalty::Wait), |field| {
        field.word(&[("wait", Penalty::Wait), ("suspend", Penalty::Suspend)])
    });
    let counts = section.need("counts").and_then(|field| operations(&field));
    let source = section.need("source").and_then(|field| field.text());
    let date = section.need("date").and_then(|field| field.text());
    section.done();
    Some(Limit {
        quota: Quota {
            name: names::keep(name?),
            scope: scope?,
            window: window?,
            limit: calls?,
            penalty: penalty?,
            source: names::keep(&format!("{}, {}", source?, date?)),
        },
        counts: counts?,
    })
}

fn operations(field: &Field<'_>) -> Option<Vec<Operation>> {
    let words = [
        ("token", Operation::Token),
        ("discover", Operation::Discover),
        ("read", Operation::Read),
        ("push", Operation::Push),
        ("job", Operation::Poll),
    ];
    let each = field.items()?;
    let read: Vec<_> = each.iter().map(|one| one.word(&words)).collect();
    read.into_iter().collect()
}

pub(super) fn keys(field: Field<'_>) -> Option<Keys> {
    let section = field.section()?;
    let kind = section
        .need("kind")
        .and_then(|field| field.word(&[("key", 0), ("absolute", 1), ("none", 2)]))?;
    let keys = match kind {
        0 => {
            let header = section
                .need("header")
                .and_then(|field| parts::plain_header(&field, field.text()?));
            let retention = section.need("retention").and_then(|field| field.time());
            Keys {
                header: Some(header?),
                guarantee: Guarantee::Keyed {
                    retention: retention?,
                },
            }
        }
        1 => {
            let wait = section
                .get("not_again_within")
                .map_or(Some(Duration::ZERO), |field| field.time());
            Keys {
                header: None,
                guarantee: Guarantee::Absolute {
                    not_again_within: wait?,
                },
            }
        }
        _ => Keys {
            header: None,
            guarantee: Guarantee::None,
        },
    };
    section.done();
    Some(keys)
}
