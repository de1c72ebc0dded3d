//! The keys of `[alerts]`: who is told that a credential failed, and by which way.
//!
//! Invariant: a way out has one name, so that it is known on record which of them took what.

use std::collections::BTreeSet;
use std::time::Duration;

use rackrate_alerts::settings::{SinkSettings, Way};
use rackrate_auth::source::SecretRef;
use serde::{Deserialize, Serialize};
use toml::de::{DeTable, DeValue};

use super::references::{Reference, table};
use super::schema::Span;

/// Whom alerts go to.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, try_from = "Written")]
pub struct AlertsConfig {
    /// What still fails is told again after so long. Default: 24 hours.
    pub remind: Span,
    /// Whether standard error is one of the ways out. Default: yes.
    pub stderr: bool,
    /// A program, with its arguments, that is started when a secret is refused; it needs
    /// `allow_exec`. Default: none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hook: Vec<String>,
    /// The other ways out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sink: Vec<SinkSettings>,
}

/// The table as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    remind: Option<Span>,
    stderr: Option<bool>,
    #[serde(default)]
    hook: Vec<String>,
    #[serde(default)]
    sink: Vec<SinkSettings>,
}

impl Default for AlertsConfig {
    fn default() -> Self {
        Self {
            remind: Span(Duration::from_secs(24 * 3600)),
            stderr: true,
            hook: Vec::new(),
            sink: Vec::new(),
        }
    }
}

impl TryFrom<Written> for AlertsConfig {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let default = Self::default();
        let config = Self {
            remind: written.remind.unwrap_or(default.remind),
            stderr: written.stderr.unwrap_or(default.stderr),
            hook: written.hook,
            sink: written.sink,
        };
        if config.remind.0 < Duration::from_secs(60) {
            return Err("remind has to be a minute at least".to_owned());
        }
        let mut names = BTreeSet::new();
        match config
            .sinks()
            .into_iter()
            .find(|one| !names.insert(one.name.clone()))
        {
            Some(twice) => Err(format!(
                "two sinks are called {}; give each a name of its own",
                twice.name
            )),
            None => Ok(config),
        }
    }
}

impl AlertsConfig {
    /// All ways out, standard error first.
    pub fn sinks(&self) -> Vec<SinkSettings> {
        let given = self.sink.iter().any(|sink| sink.way == Way::Stderr);
        let stderr = (self.stderr && !given).then(|| SinkSettings {
            name: "stderr".to_owned(),
            way: Way::Stderr,
        });
        stderr.into_iter().chain(self.sink.clone()).collect()
    }
}

/// The keys of a way out that refer to something secret.
const KEYS: [&str; 3] = ["url", "secret", "password"];

/// The references of `[alerts]`. The address of a webhook of ours may stand there itself.
pub(super) fn references<'t>(root: &'t DeTable<'t>) -> Vec<Reference<'t>> {
    let sinks = table(root, "alerts").and_then(|alerts| alerts.get("sink"));
    let Some(DeValue::Array(sinks)) = sinks.map(toml::Spanned::get_ref) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for sink in sinks.iter() {
        let DeValue::Table(sink) = sink.get_ref() else {
            continue;
        };
        let text = |key: &str| sink.get(key)?.get_ref().as_str();
        let is_address = text("kind") == Some("webhook")
            && text("url").is_some_and(|url| SecretRef::parse(url).is_err());
        let keys = KEYS.iter().filter(|key| !(is_address && **key == "url"));
        found.extend(keys.filter_map(|key| {
            Some(Reference {
                key: format!("alerts.sink.{key}"),
                connection: None,
                value: sink.get(*key)?,
            })
        }));
    }
    found
}

/// Where a hook stands in the file, if there is one.
pub(super) fn hook<'t>(root: &'t DeTable<'t>) -> Option<std::ops::Range<usize>> {
    Some(table(root, "alerts")?.get("hook")?.span())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<AlertsConfig, String> {
        toml::from_str(text).map_err(|error| error.message().to_owned())
    }

    fn names(text: &str) -> Vec<String> {
        let sinks = read(text).unwrap().sinks().into_iter();
        sinks.map(|sink| sink.name).collect()
    }

    #[test]
    fn standard_error_is_a_way_out_unless_told_otherwise() {
        assert_eq!(names(""), ["stderr"]);
        let slack = "[[sink]]\nkind = 'slack'\nurl = 'env:S'\n";
        assert_eq!(names(slack), ["stderr", "slack"]);
        assert_eq!(names(&format!("stderr = false\n{slack}")), ["slack"]);
        assert_eq!(names("[[sink]]\nkind = 'stderr'\nname = 'log'"), ["log"]);
    }

    #[test]
    fn two_ways_out_have_two_names() {
        let slack = "[[sink]]\nkind = 'slack'\nurl = 'env:S'\n";
        assert_eq!(
            read(&slack.repeat(2)).unwrap_err(),
            "two sinks are called slack; give each a name of its own"
        );
        assert!(read("remind = '5s'").is_err());
    }

    #[test]
    fn what_was_read_is_written_as_it_was() {
        let text = "remind = '12h'\nhook = ['renew']\n[[sink]]\nkind = 'teams'\nurl = 'env:T'\n";
        let config = read(text).unwrap();
        assert_eq!(read(&toml::to_string(&config).unwrap()).unwrap(), config);
    }
}
