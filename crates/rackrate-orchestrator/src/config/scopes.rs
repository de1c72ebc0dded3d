//! Scopes that a configuration asks for, looked at before its meaning is.
//!
//! Vendors know more scopes than rackrate may ask for. Which ones it may never is one list in
//! the core; here is where in the file one of them stands.

use rackrate_core::finding::{Finding, Place};
use rackrate_core::ids::ConnectionId;
use rackrate_core::scope;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::load::place;
use super::references::{table, tables};

type Value<'t> = Spanned<DeValue<'t>>;

/// Every scope of the file that nobody may ask for. What is no TOML has none.
pub(super) fn check(file: &str, text: &str) -> Vec<Finding> {
    let Ok(root) = DeTable::parse(text) else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    for (id, connection) in tables(root.get_ref(), "connections") {
        for value in asked(connection) {
            let scope = value.get_ref().as_str().unwrap_or_default();
            if let Some(what) = scope::refused(scope) {
                let place = place(file, text, value.span().start);
                let place = match ConnectionId::new(id) {
                    Ok(id) => place.on(&id),
                    Err(_) => place,
                };
                findings.push(refused(scope, what, place));
            }
        }
    }
    findings
}

fn refused(scope: &str, what: &str, place: Place) -> Finding {
    let scope: String = scope.chars().take(60).collect();
    let message = format!("the scope {scope:?} gives {what}, and rackrate reads and writes rates");
    Finding::error("config.scope_refused", place, message)
        .hint("Leave it out; the vendor's README lists the scopes that the operations need.")
}

/// The scopes of a connection: a list, or lists by operation.
fn asked<'t>(connection: &'t DeTable<'t>) -> Vec<&'t Value<'t>> {
    let mut texts = Vec::new();
    let settings = table(connection, "settings");
    if let Some(scopes) = settings.and_then(|settings| settings.get("scopes")) {
        collect(scopes, &mut texts);
    }
    texts
}

fn collect<'t>(value: &'t Value<'t>, texts: &mut Vec<&'t Value<'t>>) {
    match value.get_ref() {
        DeValue::String(_) => texts.push(value),
        DeValue::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        DeValue::Table(lists) => lists.iter().for_each(|(_, list)| collect(list, texts)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_scope_that_gives_too_much_is_found_where_it_stands() {
        let text = "\
[connections.pms]
vendor = \"generic\"

[connections.pms.settings]
scopes = [\"rates:read\", \"guests:read\", \"*\"]

[connections.two.settings.scopes]
read = [\"rates:read\"]
push = [
  \"rates:write\",
  \"write:payment\",
]
";
        let findings = check("rackrate.toml", text);
        let told: Vec<_> = findings
            .iter()
            .map(|one| format!("{}: {}", one.place, one.message))
            .collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        rackrate.toml:5:25 at pms: the scope "guests:read" gives guests, and rackrate reads and writes rates
        rackrate.toml:5:40 at pms: the scope "*" gives everything, and rackrate reads and writes rates
        rackrate.toml:11:3 at two: the scope "write:payment" gives payments, and rackrate reads and writes rates
        "#);
        assert!(
            findings
                .iter()
                .all(|one| one.code == "config.scope_refused")
        );
    }
}
