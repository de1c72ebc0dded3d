//! References to secrets, looked at before the file's meaning is.
//!
//! Serde tells the first mistake only, and in its own words. A secret that was written in the
//! place of a reference deserves better: all of them, each with its line and its key.
//!
//! Invariant: no finding shows the text of a reference.

use rackrate_auth::source::SecretRef;
use rackrate_core::finding::Finding;
use rackrate_core::ids::ConnectionId;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::alerts;
use super::load::place;

/// The keys of `[vault]` that refer to something secret.
const OF_VAULT: [&str; 4] = ["token", "role_id", "secret_id", "jwt"];

/// What to do about a program that may not be started.
const EXEC: &str = "Set allow_exec = true at the top of the file if those who may write it may start programs, or refer to another place.";

/// Every reference of the file that cannot be followed. What is no TOML has none.
pub(super) fn check(file: &str, text: &str) -> Vec<Finding> {
    let Ok(root) = DeTable::parse(text) else {
        return Vec::new();
    };
    let root = root.get_ref();
    let allowed = matches!(
        root.get("allow_exec").map(Spanned::get_ref),
        Some(DeValue::Boolean(true))
    );
    let findings = references(root).into_iter().filter_map(|one| {
        let (code, message, hint) = trouble(&one.key, one.value.get_ref().as_str()?, allowed)?;
        let place = place(file, text, one.value.span().start);
        let place = one.connection.iter().fold(place, |place, id| place.on(id));
        Some(Finding::error(code, place, message).hint(hint))
    });
    let hook = alerts::hook(root).filter(|_| !allowed);
    let hook = hook.map(|at| {
        let (message, hint) = (
            "alerts.hook: it starts a program, and that is not allowed",
            EXEC,
        );
        let place = place(file, text, at.start);
        Finding::error("config.exec_not_allowed", place, message).hint(hint)
    });
    findings.chain(hook).collect()
}

/// A value that refers to a secret.
pub(super) struct Reference<'t> {
    pub(super) key: String,
    pub(super) connection: Option<ConnectionId>,
    pub(super) value: &'t Spanned<DeValue<'t>>,
}

/// All references of the file.
fn references<'t>(root: &'t DeTable<'t>) -> Vec<Reference<'t>> {
    let of_file = |key: String, value| Reference {
        key,
        connection: None,
        value,
    };
    let mut found = Vec::new();
    for key in ["seal_key", "audit_key"] {
        found.extend(root.get(key).map(|value| of_file(key.to_owned(), value)));
    }
    if let Some(vault) = table(root, "vault") {
        let named = OF_VAULT
            .iter()
            .filter_map(|key| Some((key, vault.get(*key)?)));
        found.extend(named.map(|(key, value)| of_file(format!("vault.{key}"), value)));
    }
    found.extend(alerts::references(root));
    for (name, client) in tables(root, "clients") {
        let secrets = table(client, "secrets").into_iter().flatten();
        found.extend(secrets.map(|(secret, value)| {
            let key = format!("the secret {} of the client {name}", secret.get_ref());
            of_file(key, value)
        }));
    }
    for (id, connection) in tables(root, "connections") {
        let secrets = table(connection, "secrets").into_iter().flatten();
        found.extend(secrets.map(|(name, value)| Reference {
            key: format!("the secret {}", name.get_ref()),
            connection: ConnectionId::new(id).ok(),
            value,
        }));
    }
    found
}

/// The tables within a table, by name.
pub(super) fn tables<'t>(
    of: &'t DeTable<'t>,
    key: &str,
) -> impl Iterator<Item = (&'t str, &'t DeTable<'t>)> {
    let all = table(of, key).into_iter().flatten();
    all.filter_map(|(name, value)| match value.get_ref() {
        DeValue::Table(table) => Some((name.get_ref().as_ref(), table)),
        _ => None,
    })
}

pub(super) fn table<'t>(of: &'t DeTable<'t>, key: &str) -> Option<&'t DeTable<'t>> {
    match of.get(key)?.get_ref() {
        DeValue::Table(table) => Some(table),
        _ => None,
    }
}

fn trouble(key: &str, text: &str, allowed: bool) -> Option<(&'static str, String, &'static str)> {
    match SecretRef::parse(text) {
        Err(error) => Some((
            "config.secret",
            format!("{key}: {error}"),
            "Put the secret where the reference can name it; docs/secrets.md shows every form. One that stood here should be replaced.",
        )),
        Ok(reference) if reference.starts_a_program() && !allowed => Some((
            "config.exec_not_allowed",
            format!("{key}: it starts a program, and that is not allowed"),
            EXEC,
        )),
        Ok(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
seal_key = \"MARKER\"

[vault]
token = \"hvs.MARKER\"

[connections.pms]
vendor = \"generic\"

[connections.pms.secrets]
client_id = \"env:ID\"
client_secret = \"vault:kv/MARKER\"
other = 'exec:op read MARKER'
";

    #[test]
    fn every_wrong_reference_has_its_line_and_column_and_none_is_shown() {
        let findings = check("rackrate.toml", TEXT);
        let at: Vec<_> = findings
            .iter()
            .map(|one| {
                (
                    one.place.line.unwrap(),
                    one.place.column.clone().unwrap(),
                    one.code.as_str(),
                )
            })
            .collect();
        let expected = [
            (1, "12".to_owned(), "config.secret"),
            (4, "9".to_owned(), "config.secret"),
            (11, "17".to_owned(), "config.secret"),
            (12, "9".to_owned(), "config.exec_not_allowed"),
        ];
        assert_eq!(at, expected);
        assert!(!format!("{findings:?}").contains("MARKER"), "{findings:?}");
        assert_eq!(
            findings[2].place.connection.as_ref().unwrap().as_str(),
            "pms"
        );
        let words = "the secret client_secret: vault: needs a field";
        assert!(
            findings[2].message.starts_with(words),
            "{}",
            findings[2].message
        );
    }

    #[test]
    fn a_program_needs_the_word_of_the_file_itself() {
        let with = |line: &str| {
            let text = format!("{line}\n[connections.a.secrets]\nkey = 'exec:op read'\n");
            check("rackrate.toml", &text).len()
        };
        assert_eq!((with("allow_exec = true"), with("")), (0, 1));
        assert_eq!(
            (with("allow_exec = false"), with("allow_exec = 'true'")),
            (1, 1)
        );
    }

    #[test]
    fn what_is_no_toml_is_left_to_its_own_message() {
        assert!(check("rackrate.toml", "seal_key = MARKER").is_empty());
    }
}
