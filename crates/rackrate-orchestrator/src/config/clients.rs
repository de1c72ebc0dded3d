//! Clients and the connections that use them, looked at with line and column.
//!
//! A key that both give would leave open which of them counts, so neither does.
//!
//! Invariant: no finding shows the value of a secret's key.

use std::ops::Range;

use rackrate_core::finding::{Finding, Place};
use rackrate_core::ids::ConnectionId;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::load::place;
use super::references::{table, tables};

/// What was found out about the clients of a file.
#[derive(Debug, Default)]
pub(super) struct Checked {
    /// What stops everything.
    pub(super) mistakes: Vec<Finding>,
    /// What is only told.
    pub(super) oddities: Vec<Finding>,
}

/// Checks the clients of a file. What is no TOML has none.
pub(super) fn check(file: &str, text: &str) -> Checked {
    let Ok(root) = DeTable::parse(text) else {
        return Checked::default();
    };
    let of = File { name: file, text };
    let root = root.get_ref();
    let uses: Vec<_> = uses(root).collect();
    let mut checked = Checked::default();
    for one in &uses {
        checked.mistakes.extend(of.mistakes(root, one));
    }
    checked.mistakes.extend(of.strangers(&uses));
    for (name, client) in table(root, "clients").into_iter().flatten() {
        let finding = |code, message| Finding::warning(code, of.place(name.span()), message);
        if !uses.iter().any(|one| one.client == name.get_ref().as_ref()) {
            let message = format!("no connection uses the client {}", name.get_ref());
            let hint = "Say client = \"NAME\" in a connection, or remove it.";
            let finding = finding("config.unused_client", message);
            checked.oddities.push(finding.hint(hint));
        }
        checked.mistakes.extend(portal(&of, client));
    }
    checked
}

/// A connection that names a client.
struct Use<'t> {
    id: &'t str,
    connection: &'t DeTable<'t>,
    client: &'t str,
    at: Range<usize>,
}

fn uses<'t>(root: &'t DeTable<'t>) -> impl Iterator<Item = Use<'t>> {
    tables(root, "connections").filter_map(|(id, connection)| {
        let client = connection.get("client")?;
        Some(Use {
            id,
            connection,
            client: client.get_ref().as_str().unwrap_or_default(),
            at: client.span(),
        })
    })
}

struct File<'f> {
    name: &'f str,
    text: &'f str,
}

impl File<'_> {
    fn place(&self, span: Range<usize>) -> Place {
        place(self.name, self.text, span.start)
    }

    fn on(&self, one: &Use<'_>, span: Range<usize>) -> Place {
        let place = self.place(span);
        match ConnectionId::new(one.id) {
            Ok(id) => place.on(&id),
            Err(_) => place,
        }
    }

    /// What is wrong with a use by itself.
    fn mistakes(&self, root: &DeTable<'_>, one: &Use<'_>) -> Vec<Finding> {
        match tables(root, "clients").find(|(known, _)| *known == one.client) {
            Some((_, client)) => {
                let both = collisions(one.client, client, one.connection);
                let found = both.map(|(at, both)| both.finding(self.on(one, at)));
                found.collect()
            }
            None => {
                let known: Vec<_> = tables(root, "clients").map(|(name, _)| name).collect();
                vec![unknown(one.client, self.on(one, one.at.clone()), &known)]
            }
        }
    }

    /// Uses of a client at another vendor than its first one's: an app is registered at one,
    /// and its secret would be sent to the other.
    fn strangers(&self, uses: &[Use<'_>]) -> Vec<Finding> {
        let vendor =
            |one: &Use<'_>| Some(one.connection.get("vendor")?.get_ref().as_str()?.to_owned());
        let elsewhere = uses.iter().filter_map(|one| {
            let first = uses.iter().find(|other| other.client == one.client)?;
            (vendor(first) != vendor(one)).then_some((first, one))
        });
        let finding = |(first, one): (&Use<'_>, &Use<'_>)| {
            let (client, first) = (one.client, first.id);
            let message = format!("the client {client} is that of {first}, at another vendor");
            let place = self.on(one, one.at.clone());
            Finding::error("config.client_vendor", place, message)
                .hint("Name the client that was registered at this connection's vendor.")
        };
        elsewhere.map(finding).collect()
    }
}

/// A key that a connection and its client both give.
struct Both<'t> {
    client: &'t str,
    key: String,
}

impl Both<'_> {
    fn finding(&self, place: Place) -> Finding {
        let Self { client, key } = self;
        let message = format!("{key} is given here and by the client {client}");
        Finding::error("config.client_collision", place, message)
            .hint("Remove one of the two; what several connections share belongs to the client.")
    }
}

fn collisions<'t>(
    name: &'t str,
    client: &'t DeTable<'t>,
    connection: &'t DeTable<'t>,
) -> impl Iterator<Item = (Range<usize>, Both<'t>)> {
    let theirs = table(client, "secrets");
    let ours = table(connection, "secrets").into_iter().flatten();
    let secrets = ours.filter_map(move |(secret, _)| {
        let of_client = theirs?.contains_key(secret.get_ref().as_ref());
        of_client.then(|| (secret.span(), format!("the secret {}", secret.get_ref())))
    });
    let redirect = client.contains_key("redirect");
    let redirect = connection.get("redirect").filter(|_| redirect);
    let redirect = redirect.map(|at| (at.span(), "the redirect".to_owned()));
    let all = secrets.chain(redirect);
    all.map(move |(at, key)| (at, Both { client: name, key }))
}

fn unknown(name: &str, place: Place, known: &[&str]) -> Finding {
    let message = format!("the client {name:?} is unknown");
    let hint = match known {
        [] => format!("Describe it under [clients.{name}], or remove the key."),
        known => format!("Known are: {}.", known.join(", ")),
    };
    Finding::error("config.unknown_client", place, message).hint(hint)
}

/// A portal is shown to people, who open it: it has to be a page, and carry nothing secret.
fn portal(of: &File<'_>, client: &Spanned<DeValue<'_>>) -> Option<Finding> {
    let DeValue::Table(client) = client.get_ref() else {
        return None;
    };
    let portal = client.get("portal")?;
    let url: url::Url = portal.get_ref().as_str()?.parse().ok()?;
    let is_page = matches!(url.scheme(), "https" | "http");
    let bare = url.username().is_empty() && url.password().is_none();
    let message = "the portal is not the address of a page, or carries a login";
    (!is_page || !bare).then(|| {
        Finding::error("config.portal", of.place(portal.span()), message)
            .hint("Write the https address of the page where the secret is changed.")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
[clients.shared]
portal = \"https://vendor.example/apps\"
redirect = \"https://us.example/back\"

[clients.shared.secrets]
client_id = \"env:ID\"
client_secret = \"file:secret\"

[clients.idle]
portal = \"https://me:MARKER@vendor.example\"

[connections.a]
client = \"shared\"

[connections.b]
client = \"shered\"

[connections.c]
redirect = \"https://other.example\"
client = \"shared\"
secrets = { user = \"env:USER\", client_secret = \"env:MARKER\" }
";

    fn told(findings: &[Finding]) -> String {
        let lines = findings.iter().map(|one| format!("{one}\n"));
        lines.collect()
    }

    #[test]
    fn every_mistake_has_its_line_and_column_and_shows_no_reference() {
        let checked = check("rackrate.toml", TEXT);
        let told = told(&checked.mistakes);
        assert!(!told.contains("MARKER"), "{told}");
        insta::assert_snapshot!(told, @r#"
        rackrate.toml:16:10 at b: the client "shered" is unknown [config.unknown_client]
          → Known are: idle, shared.
        rackrate.toml:21:32 at c: the secret client_secret is given here and by the client shared [config.client_collision]
          → Remove one of the two; what several connections share belongs to the client.
        rackrate.toml:19:12 at c: the redirect is given here and by the client shared [config.client_collision]
          → Remove one of the two; what several connections share belongs to the client.
        rackrate.toml:10:10: the portal is not the address of a page, or carries a login [config.portal]
          → Write the https address of the page where the secret is changed.
        "#);
    }

    #[test]
    fn the_secret_of_a_client_goes_to_one_vendor() {
        let text = "\
[clients.shared]

[connections.a]
vendor = \"generic\"
client = \"shared\"

[connections.b]
vendor = \"guesty\"
client = \"shared\"
";
        let checked = check("rackrate.toml", text);
        insta::assert_snapshot!(told(&checked.mistakes), @r#"
        rackrate.toml:9:10 at b: the client shared is that of a, at another vendor [config.client_vendor]
          → Name the client that was registered at this connection's vendor.
        "#);
    }

    #[test]
    fn a_client_that_nobody_uses_is_only_told() {
        let checked = check("rackrate.toml", TEXT);
        insta::assert_snapshot!(told(&checked.oddities), @r#"
        rackrate.toml:9:10: no connection uses the client idle [config.unused_client]
          → Say client = "NAME" in a connection, or remove it.
        "#);
    }

    #[test]
    fn without_clients_there_is_nothing_to_say() {
        let checked = check(
            "rackrate.toml",
            "[connections.a]\nsecrets = { k = 'env:K' }\n",
        );
        assert!(checked.mistakes.is_empty() && checked.oddities.is_empty());
        assert!(check("rackrate.toml", "no toml").mistakes.is_empty());
    }
}
