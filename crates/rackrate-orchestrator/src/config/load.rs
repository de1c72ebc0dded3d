//! Reads `rackrate.toml`, first for its mistakes, then for its meaning.

use std::path::Path;

use figment::Figment;
use figment::providers::{Env, Format, Toml};
use rackrate_core::finding::{Finding, Place};

use super::schema::Config;
use super::{clients, references, scopes};

/// The keys that the environment may set, as `RACKRATE_PLAN__MAX_AGE`. Others with the same
/// beginning are left alone, because secrets live there too.
const FROM_ENVIRONMENT: [&str; 6] = ["ledger", "properties", "mapping", "plan", "apply", "guards"];

/// Reads a configuration; `file` is its name in messages.
///
/// # Errors
/// `config.unreadable` for a file that cannot be read, `config.invalid` with line and column
/// for what is no configuration, `config.secret` and `config.exec_not_allowed` with the same
/// for references, `config.scope_refused` likewise for scopes, `config.unknown_client` and its
/// like with the same for clients, `config.environment` for a variable that does not fit.
pub fn load(path: &Path) -> Result<Config, Vec<Finding>> {
    let file = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| vec![unreadable(&file, &error)])?;
    let mut wrong = references::check(&file, &text);
    wrong.extend(scopes::check(&file, &text));
    if !wrong.is_empty() {
        return Err(wrong);
    }
    toml::from_str::<Config>(&text).map_err(|error| vec![invalid(&file, &text, &error)])?;
    let clients = clients::check(&file, &text);
    if !clients.mistakes.is_empty() {
        return Err(clients.mistakes);
    }
    let known = |key: &figment::value::UncasedStr| {
        let first = key
            .as_str()
            .split("__")
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        FROM_ENVIRONMENT.contains(&first.as_str())
    };
    let config = Figment::from(Toml::string(&text))
        .merge(Env::prefixed("RACKRATE_").filter(known).split("__"))
        .extract()
        .map_err(|error| vec![from_environment(&error)])?;
    Ok(Config {
        oddities: clients.oddities,
        ..config
    })
}

fn unreadable(file: &str, error: &std::io::Error) -> Finding {
    let message = format!("it cannot be read: {error}");
    Finding::error("config.unreadable", Place::file(file), message)
        .hint("Name the configuration with --config, or make one with `rackrate sim --sample DIR`.")
}

fn invalid(file: &str, text: &str, error: &toml::de::Error) -> Finding {
    let place = place(file, text, error.span().map_or(0, |span| span.start));
    Finding::error("config.invalid", place, without_values(error.message()))
        .hint("Correct the file; `rackrate config validate` checks it without doing anything else.")
}

/// The line and column of a byte of the file.
pub(super) fn place(file: &str, text: &str, start: usize) -> Place {
    let before = text.get(..start.min(text.len())).unwrap_or_default();
    let line = before.matches('\n').count() as u64 + 1;
    let column = before
        .rsplit('\n')
        .next()
        .unwrap_or_default()
        .chars()
        .count()
        + 1;
    Place::file(file).at(line, column.to_string())
}

fn from_environment(error: &figment::Error) -> Finding {
    let key = error.path.join("__").to_ascii_uppercase();
    Finding::error(
        "config.environment",
        Place::default(),
        format!("RACKRATE_{key} does not fit its key"),
    )
    .hint("Correct or unset the variable.")
}

/// A message without the values it quotes: somebody may have written a secret there.
pub(crate) fn without_values(message: &str) -> String {
    let message = without_variant(message.lines().next().unwrap_or_default());
    let mut parts = message.split('"');
    let mut clean = parts.next().unwrap_or_default().to_owned();
    while parts.next().is_some() {
        clean.push_str("\"…\"");
        clean.push_str(parts.next().unwrap_or_default());
    }
    clean
}

/// Where one of several words was expected, the word that was written: it stands in backticks
/// like the expected ones, and is the first of them.
fn without_variant(message: &str) -> String {
    let Some((before, rest)) = message.split_once("unknown variant `") else {
        return message.to_owned();
    };
    // A value may hold a backtick itself, so its end is looked for from what follows it.
    let expected = rest.find("`, expected").map_or("", |end| &rest[end..]);
    format!("{before}unknown variant `…{expected}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_is_found_with_its_line_and_values_are_not_shown() {
        let text = "ledger = \"a.db\"\n\n[plan]\nmax_agee = \"1h\"\n[connections]\n";
        let error = toml::from_str::<Config>(text).unwrap_err();
        let finding = invalid("rackrate.toml", text, &error);
        assert_eq!(
            (finding.place.line, finding.code.as_str()),
            (Some(4), "config.invalid")
        );
        assert!(finding.message.contains("max_agee"), "{}", finding.message);
        assert_eq!(
            without_values("invalid type: string \"s3cret\", expected u32"),
            "invalid type: string \"…\", expected u32"
        );
        assert_eq!(
            without_values("unknown variant `s3`cret`, expected `gross` or `net`"),
            "unknown variant `…`, expected `gross` or `net`"
        );
    }
}
